import { type Mutation, mutate } from "./mutate.js";
import type { Random } from "./random.js";

/** A place in a document: the container and the key in it. */
interface Place {
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
}

/** Values at which checks of numbers go wrong. */
const NUMBERS = [
  0,
  1,
  -1,
  2,
  3,
  0.5,
  63,
  64,
  65,
  4095,
  4096,
  4097,
  2 ** 16,
  2 ** 20,
  2 ** 30,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 52,
  2 ** 53 - 4096,
  2 ** 53 - 2,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e300,
];

/** Strings that mean something to readers of masks, names and limits, and some that mean nothing to anybody. */
const STRANGE_STRINGS = [
  "",
  "unlimited",
  "0x0",
  "0x1",
  "0xffffffff",
  "0xFFFFFFFF",
  "0x0000ffff",
  "0xffffffffffffffff",
  "0x8000000000000001",
  "/",
  "//",
  "a#b",
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "line\nbreak",
  "\ud800",
];

/**
 * Mutations of JSON text: an eighth of the inputs is changed byte by byte, the others stay JSON, with values in one to four places
 * exchanged for others, mostly of their own kind, so that many are still accepted.
 *
 * @param words - strings that have a meaning in the format
 */
export function jsonMutation(words: readonly string[]): Mutation {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  return (seed, other, longest, random) => {
    if (random.below(8) === 0) return mutate(seed, other, longest, random);
    const document: Place = { holder: { root: JSON.parse(decoder.decode(seed)) }, key: "root" };
    const strings = random.below(8) === 0 ? STRANGE_STRINGS : words;
    for (let left = 1 + random.below(4); left > 0; left--) {
      changeOne(somePlace(document, random), document, strings, random);
    }
    return encoder.encode(JSON.stringify(document.holder["root"]));
  };
}

/** Walks down from the whole document, so that a small part of it is met as often as a large one. */
function somePlace(from: Place, random: Random): Place {
  const value = from.holder[from.key];
  if (typeof value !== "object" || value === null || random.below(16) === 0) return from;
  const holder = value as Place["holder"];
  const keys = Object.keys(holder);
  if (keys.length === 0) return from;
  return somePlace({ holder, key: keys[random.below(keys.length)] as string }, random);
}

function changeOne({ holder, key }: Place, document: Place, words: readonly string[], random: Random): void {
  const value = holder[key];
  switch (random.below(16)) {
    case 0:
      holder[key] = anything(random);
      break;
    case 1:
      remove(holder, key);
      break;
    case 2:
      add(holder, value, random);
      break;
    case 3:
      holder[key] = copyOf(somePlace(document, random));
      break;
    case 4:
    case 5:
    case 6:
    case 7:
      holder[key] = sameKeyElsewhere(key, document, random) ?? another(value, words, random);
      break;
    default:
      holder[key] = another(value, words, random);
  }
}

/** A value of the same kind. */
function another(value: unknown, words: readonly string[], random: Random): unknown {
  switch (typeof value) {
    case "number":
      return anotherNumber(value, random);
    case "string":
      return words[random.below(words.length)];
    case "boolean":
      return !value;
    default:
      return value === null ? anything(random) : Array.isArray(value) ? shuffled(value, random) : value;
  }
}

function anotherNumber(value: number, random: Random): number {
  switch (random.below(6)) {
    case 0:
      return value + random.below(3) - 1;
    case 1:
      return value * 2;
    case 2:
      return Math.floor(value / 2);
    case 3:
      return value + (random.below(33) - 16) * 4096;
    default:
      return NUMBERS[random.below(NUMBERS.length)] as number;
  }
}

function anything(random: Random): unknown {
  const kinds = [null, true, false, [], {}, [[]], { base: 0, size: 1 }];
  const which = random.below(kinds.length + 2);
  if (which === kinds.length) return NUMBERS[random.below(NUMBERS.length)];
  return which > kinds.length ? STRANGE_STRINGS[random.below(STRANGE_STRINGS.length)] : structuredClone(kinds[which]);
}

function remove(holder: Place["holder"], key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (key !== "root") delete holder[key];
}

/** One element or field more. */
function add(holder: Place["holder"], value: unknown, random: Random): void {
  if (Array.isArray(holder)) holder.splice(random.below(holder.length + 1), 0, structuredClone(value));
  else {
    // Assignment would set the prototype where the name is `__proto__`; JSON.parse makes a field.
    const key = STRANGE_STRINGS[random.below(STRANGE_STRINGS.length)] as string;
    const field = { value: structuredClone(value), enumerable: true, configurable: true, writable: true };
    if (!Object.hasOwn(holder, key)) Object.defineProperty(holder, key, field);
  }
}

/** A value that stands under the same key elsewhere; undefined when a few tries meet none. */
function sameKeyElsewhere(key: string | number, document: Place, random: Random): unknown {
  for (let tries = 0; tries < 16; tries++) {
    const { holder } = somePlace(document, random);
    if (Object.hasOwn(holder, key)) return structuredClone(holder[key]);
  }
  return undefined;
}

function copyOf({ holder, key }: Place): unknown {
  return structuredClone(holder[key]);
}

function shuffled(values: readonly unknown[], random: Random): unknown[] {
  const out = [...values];
  if (out.length > 1) {
    const from = random.below(out.length);
    const [moved] = out.splice(from, 1);
    out.splice(random.below(out.length + 1), 0, moved);
  }
  return random.below(3) === 0 ? [] : out;
}
