/**
 * A text that sorts as a person would sort the path: `drop-9` before `drop-10`. Digits are padded to equal width;
 * the path itself follows, so that two paths never compare equal.
 */
export function naturalOrder(path: string): string {
  return `${path.replace(/[0-9]+/g, (digits) => digits.replace(/^0+(?=.)/, '').padStart(20, '0'))}\u0001${path}`;
}
