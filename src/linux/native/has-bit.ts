/** True when a flag is set in a word of flags, of up to 53 bits. @param flag - a power of two */
export function hasBit(flags: number, flag: number): boolean {
  return Math.floor(flags / flag) % 2 === 1;
}
