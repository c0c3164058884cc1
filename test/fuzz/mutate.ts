import type { Random } from "./random.js";

/** Values at which parsers of lengths, offsets and counts go wrong, as 32-bit words. */
const WORDS = [
  0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc,
  0xffff_ffff, 0xd00d_feed,
];

/** Inputs never grow beyond the longest seed by more than this. */
const ROOM = 4096;

/**
 * Makes an input from a valid one. The same random numbers give the same input.
 *
 * @param seed - read, never written
 * @param other - a second input, from which pieces may be taken
 * @param longest - length of the longest seed, which the result exceeds by a few KiB at most
 */
export type Mutation = (seed: Uint8Array, other: Uint8Array, longest: number, random: Random) => Uint8Array;

type Step = (data: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Changes the bytes of an input in one to eight random steps; the result is at most 4 KiB longer than the longest seed. */
export const mutate: Mutation = (seed, other, longest, random) => {
  let data: Uint8Array = seed.slice();
  for (let left = 1 + random.below(8); left > 0; left--) {
    const step = STEPS[random.below(STEPS.length)] as Step;
    data = step(data, random, other);
    if (data.length > longest + ROOM) data = data.slice(0, longest + ROOM);
  }
  return data;
};

const flipBit: Step = (data, random) => {
  if (data.length > 0) (data[random.below(data.length)] as number) ^= 1 << random.below(8);
  return data;
};

const setByte: Step = (data, random) => {
  if (data.length > 0) data[random.below(data.length)] = random.below(256);
  return data;
};

const setWord: Step = (data, random) => {
  if (data.length < 4) return data;
  const aligned = random.below(2) === 0;
  const at = aligned ? random.below(Math.floor(data.length / 4)) * 4 : random.below(data.length - 3);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  view.setUint32(at, WORDS[random.below(WORDS.length)] as number, random.below(4) === 0);
  return data;
};

const addToWord: Step = (data, random) => {
  if (data.length < 4) return data;
  const at = random.below(Math.floor(data.length / 4)) * 4;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  view.setUint32(at, view.getUint32(at) + random.below(35) - 17);
  return data;
};

const copyWithin: Step = (data, random) => {
  if (data.length === 0) return data;
  const from = random.below(data.length);
  data.copyWithin(random.below(data.length), from, from + 1 + random.below(64));
  return data;
};

const takeFromOther: Step = (data, random, other) => {
  if (data.length === 0 || other.length === 0) return data;
  const from = random.below(other.length);
  const piece = other.subarray(from, from + 1 + random.below(128));
  const at = random.below(data.length);
  data.set(piece.subarray(0, data.length - at), at);
  return data;
};

const splice: Step = (data, random, other) => {
  const head = data.subarray(0, random.below(data.length + 1));
  const tail = other.subarray(random.below(other.length + 1));
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
};

const truncate: Step = (data, random) => data.slice(0, random.below(data.length + 1));

const remove: Step = (data, random) => {
  const from = random.below(data.length + 1);
  const to = Math.min(data.length, from + 1 + random.below(64));
  const shorter = new Uint8Array(data.length - Math.max(0, to - from));
  shorter.set(data.subarray(0, from));
  shorter.set(data.subarray(to), from);
  return shorter;
};

const insert: Step = (data, random) => {
  const at = random.below(data.length + 1);
  const count = 1 + random.below(64);
  const fill = random.below(3);
  const longer = new Uint8Array(data.length + count);
  longer.set(data.subarray(0, at));
  for (let i = 0; i < count; i++) longer[at + i] = fill === 0 ? 0 : fill === 1 ? 0xff : (data[at] ?? 0x20);
  longer.set(data.subarray(at), at + count);
  return longer;
};

const STEPS: readonly Step[] = [
  flipBit,
  setByte,
  setWord,
  setWord,
  addToWord,
  copyWithin,
  takeFromOther,
  splice,
  truncate,
  remove,
  insert,
];
