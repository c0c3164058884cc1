/**
 * Names of nodes and properties as strings, each made once.
 *
 * The same few thousand names fill every tree, so a small direct-mapped cache saves most strings. It never grows: a name
 * that lands on a taken place replaces it.
 */
import { latin1Of } from "./values.js";

const PLACES = 1 << 14;
const LONGEST = 64;
const cache: string[] = new Array<string>(PLACES).fill("");

/** The NUL-terminated name at `start`; Latin-1, so that writing gives the same bytes. */
export function nameAt(bytes: Uint8Array, start: number): string {
  let hash = 0;
  let end = start;
  for (let byte = bytes[end] as number; byte !== 0; byte = bytes[end] as number) {
    hash = (Math.imul(hash, 31) + byte) | 0;
    end += 1;
  }
  const length = end - start;
  if (length > LONGEST) return latin1Of(bytes, start, end);
  const place = (hash ^ (hash >>> 14)) & (PLACES - 1);
  const known = cache[place] as string;
  if (known.length === length) {
    let at = 0;
    while (at < length && known.charCodeAt(at) === bytes[start + at]) at += 1;
    if (at === length) return known;
  }
  const name = latin1Of(bytes, start, end);
  cache[place] = name;
  return name;
}
