/**
 * Names of nodes and properties as strings, each made once.
 *
 * The same few thousand names fill every tree, so small direct-mapped caches save most strings. They never grow: a name that
 * lands on a taken place replaces what was there. Names are Latin-1, so that writing gives the same bytes.
 */
import { latin1Of } from "./values.js";

const PLACES = 1 << 13;
const LONGEST = 64;
const names: string[] = new Array<string>(PLACES).fill("");

/** The NUL-terminated name at `start`. */
export function nameAt(bytes: Uint8Array, start: number): string {
  let hash = 0;
  let end = start;
  for (let byte = bytes[end] as number; byte !== 0; byte = bytes[end] as number) {
    hash = (Math.imul(hash, 31) + byte) | 0;
    end += 1;
  }
  const length = end - start;
  if (length > LONGEST) return latin1Of(bytes, start, end);
  const place = (hash ^ (hash >>> 13)) & (PLACES - 1);
  const known = names[place] as string;
  if (known.length === length) {
    let at = 0;
    while (at < length && known.charCodeAt(at) === bytes[start + at]) at += 1;
    if (at === length) return known;
  }
  const name = latin1Of(bytes, start, end);
  names[place] = name;
  return name;
}

const ALIGNED_PLACES = 1 << 15;
/** Words a name may take, its NUL and padding included. */
const SLOT_WORDS = 8;
const alignedNames: string[] = new Array<string>(ALIGNED_PLACES).fill("");
/** The bytes of each name in {@link alignedNames}, {@link SLOT_WORDS} words a place; a place never used holds the empty name. */
const alignedWords = new Int32Array(ALIGNED_PLACES * SLOT_WORDS);
const word = new Int32Array(SLOT_WORDS);

/**
 * The same for a name in the structure block, which is padded to whole words and so can be compared word by word. Padding that
 * is not zero only costs a place in the cache.
 */
export function alignedNameAt(bytes: Uint8Array, view: DataView, start: number): string {
  let hash = 0;
  let count = 0;
  for (;;) {
    if (count === SLOT_WORDS) return latin1Of(bytes, start, bytes.indexOf(0, start));
    const next = view.getInt32(start + count * 4);
    word[count] = next;
    hash = (Math.imul(hash, 0x9e3779b1) + next) | 0;
    count += 1;
    if (((next - 0x01010101) & ~next & 0x80808080) !== 0) break;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  const place = hash >>> 17;
  const slot = place * SLOT_WORDS;
  let same = 0;
  while (same < count && alignedWords[slot + same] === word[same]) same += 1;
  if (same === count) return alignedNames[place] as string;
  const name = latin1Of(bytes, start, bytes.indexOf(0, start));
  alignedNames[place] = name;
  alignedWords.set(word, slot);
  return name;
}
