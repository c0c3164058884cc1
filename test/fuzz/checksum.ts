/** A number from 1 to 2^32 - 1 that depends on every byte: what an input chooses by, where it has nothing else to choose with. */
export function checksum(data: Uint8Array): number {
  let sum = 1;
  for (const byte of data) sum = (Math.imul(sum, 31) + byte + 1) >>> 0;
  return sum || 1;
}
