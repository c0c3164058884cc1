import { type Mutation, mutate } from "./mutate.js";
import type { Random } from "./random.js";

/** Numbers at which parsers go wrong: around zero, 32 bits, 2^53 and 64 bits, in the spellings people use. */
const NUMBERS = [
  "0",
  "1",
  "-1",
  "00",
  "010",
  "08",
  "0x",
  "0x0",
  "0xffffffff",
  "4294967296",
  "4096",
  "0x1fffffffffffff",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "0xffffffffffffffff",
  "18446744073709551616",
  "99999999999999999999999999",
  "1e9",
  "1.5",
];

/** Pieces in which no text is expected to come: controls, quotes, a line's end, letters of two, three and four bytes. */
const STRANGERS = [
  "\0",
  "\n",
  "\r",
  "\t",
  " ",
  '"',
  "'",
  "\\",
  "\u007f",
  "\u2028",
  "é",
  "ſ",
  "K",
  "\ud83d\ude00",
  "__proto__",
];

/**
 * Mutations of text: half of the inputs get pieces cut, doubled, swapped or exchanged for words of the language, the other half is changed
 * byte by byte.
 *
 * @param words - what the language is made of; numbers and characters that are never welcome come on top
 */
export function textMutation(words: readonly string[]): Mutation {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return (seed, other, longest, random) => {
    if (random.below(2) === 0) return mutate(seed, other, longest, random);
    let text = decoder.decode(seed);
    for (let left = 1 + random.below(4); left > 0; left--)
      text = changePiece(text, decoder.decode(other), words, random);
    return encoder.encode(text).slice(0, longest + 4096);
  };
}

function changePiece(text: string, other: string, words: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(8));
  const exchange = (piece: string, to = end): string => text.slice(0, at) + piece + text.slice(to);
  switch (random.below(8)) {
    case 0:
      return exchange("");
    case 1:
      return exchange(wordOf(words, random), at);
    case 2:
      return exchange(wordOf(words, random));
    case 3:
      return exchange(wordOf(NUMBERS, random));
    case 4:
      return exchange(wordOf(STRANGERS, random), at);
    case 5:
      return exchange(other.slice(random.below(other.length + 1)));
    case 6:
      return exchange(text.slice(at, end).repeat(1 + random.below(40)));
    default:
      return replaceNumber(text, random);
  }
}

/** Exchanges one whole number of the text for another. */
function replaceNumber(text: string, random: Random): string {
  const numbers = [...text.matchAll(/0x[0-9a-f]+|\d+/gi)];
  const chosen = numbers[random.below(Math.max(1, numbers.length))];
  if (chosen === undefined) return text;
  return text.slice(0, chosen.index) + wordOf(NUMBERS, random) + text.slice(chosen.index + chosen[0].length);
}

function wordOf(words: readonly string[], random: Random): string {
  return words[random.below(Math.max(1, words.length))] ?? "";
}
