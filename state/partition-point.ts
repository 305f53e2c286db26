/** The first place from `from` on of which `isBefore` does not hold, `to` where there is none; it holds of none behind that. */
export function partitionPoint(from: number, to: number, isBefore: (place: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
