/**
 * Names of nodes and properties as strings, each made once.
 *
 * The same few thousand names fill every tree, so a small direct-mapped cache saves most strings. It never grows: a name that
 * lands on a taken place replaces what was there. Names are compared four bytes at a time, wherever they start.
 */
import { latin1Of } from "./values.js";

const PLACES = 1 << 15;
/** Words of a name that fits the cache, its NUL included. */
const SLOT_WORDS = 8;
const names: string[] = new Array<string>(PLACES).fill("");
/** The bytes of each name, {@link SLOT_WORDS} words a place, zero behind its end; a place never used holds the empty name. */
const slots = new Int32Array(PLACES * SLOT_WORDS);
const words = new Int32Array(SLOT_WORDS);

/**
 * The NUL-terminated name at `start`; Latin-1, so that writing gives the same bytes.
 *
 * @param view - of the same bytes
 */
export function nameAt(bytes: Uint8Array, view: DataView, start: number): string {
  let hash = 0;
  let count = 0;
  for (let at = start; ; at += 4) {
    if (count === SLOT_WORDS || at + 4 > bytes.length) return latin1Of(bytes, start, bytes.indexOf(0, start));
    let word = view.getInt32(at);
    const last = ((word - 0x01010101) & ~word & 0x80808080) !== 0;
    if (last) word = upToNul(word);
    words[count] = word;
    hash = (Math.imul(hash, 0x9e3779b1) + word) | 0;
    count += 1;
    if (last) break;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  const place = hash >>> 17;
  const slot = place * SLOT_WORDS;
  let same = 0;
  while (same < count && slots[slot + same] === words[same]) same += 1;
  if (same === count) return names[place] as string;
  const name = latin1Of(bytes, start, bytes.indexOf(0, start));
  names[place] = name;
  for (let word = 0; word < count; word++) slots[slot + word] = words[word] as number;
  return name;
}

/** The bytes of a word before its first zero byte, zeros behind. */
function upToNul(word: number): number {
  if ((word & 0xff000000) === 0) return 0;
  if ((word & 0x00ff0000) === 0) return word & 0xff000000;
  if ((word & 0x0000ff00) === 0) return word & 0xffff0000;
  return word;
}
