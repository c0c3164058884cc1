import { readBootFile } from "../../../src/lint/boot-file.js";
import { checkRefusal } from "../check-refusal.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/** Reading one takes a few hundred microseconds. */
export const testExecutions = 5000;

/**
 * Reads a text as boot file.
 *
 * @throws when it is refused with more than one line, or at a place outside of the text; or accepted with a range that is empty or inexact
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const result = readBootFile(text);
  if (!result.ok) {
    checkRefusal(text, result.refusal);
    return;
  }
  const { kernel, initrd, fdt, reserved, beforeDefaultCma } = result.value;
  const ranges = [kernel ?? [], initrd ?? [], fdt ?? [], reserved ?? [], beforeDefaultCma ?? []].flat();
  for (const { base, size } of ranges) {
    if (!Number.isSafeInteger(base) || base < 0 || !(size > 0) || base + size > 2 ** 53) {
      throw new Error(`${size} bytes at ${base} are no range`);
    }
  }
}

const encoder = new TextEncoder();

/** Every field, in both ways to write a number. */
export const seeds: Uint8Array[] = [
  { kernel: { base: 1_075_838_976, size: 45_285_376 }, initrd: { base: "0x48000000", size: "0xf2000" }, fdt: null },
  {
    fdt: { base: 4096, size: "64K" },
    reserved: [
      [4096, 8192],
      ["0x40200000", "48M"],
    ],
    beforeDefaultCma: null,
  },
  { reserved: [], beforeDefaultCma: [[0, 1]] },
].map((file) => encoder.encode(JSON.stringify(file, null, 1)));

export const mutation: Mutation = textMutation([
  ": ",
  ", ",
  "{",
  "}",
  "[",
  "]",
  "\n",
  '"',
  "-",
  "0x",
  "9007199254740991",
  "1e400",
  "null",
  '"reserved": ',
  '"kernel": ',
  '"size": ',
]);
