/**
 * A 32-bit checksum (murmur3's mixing step a word): SQLite notices bit rot in its pages, not in blobs.
 *
 * @param bytes at an offset that is a multiple of 4, or they are copied
 */
export function checksum(bytes: Uint8Array): number {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  const words = new Uint32Array(buffer, byteOffset, bytes.byteLength >> 2);
  let hash = words.length;
  for (let at = 0; at < words.length; at++) hash = mix(hash, words[at]!);
  for (let at = words.length * 4; at < bytes.byteLength; at++) hash = mix(hash, bytes[at]!);
  return hash >>> 0;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0xcc9e2d51);
  return (mixed << 13) | (mixed >>> 19);
}
