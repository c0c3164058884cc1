import { explainMemorySpec, type MemorySpec, parseMemorySpec } from "../../../src/machine/memory-spec.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/**
 * Reads a text as memory specification.
 *
 * @throws when it is refused with more than one line or without naming a part of the text, or accepted with banks that are not sorted, apart,
 *   exact, positive and what the text says
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const result = parseMemorySpec(text);
  if (result.ok) {
    checkBanks(text, result.value);
    return;
  }
  const sentence = explainMemorySpec(result.refusal);
  if (sentence === "" || /[\p{Cc}\u2028\u2029]/u.test(sentence) || sentence.length > 1200) {
    throw new Error(`no sentence of one line: ${JSON.stringify(sentence)}`);
  }
  if (!text.includes(result.refusal.part)) throw new Error(`"${result.refusal.part}" is no part of the text`);
}

function checkBanks(text: string, spec: MemorySpec): void {
  const wanted = text.split(",").map((part) => part.split("+").map(valueOf));
  if (spec.kind === "size") {
    if (wanted.length !== 1 || wanted[0]?.length !== 1) throw new Error("banks were read as one size");
    expectExact(spec.size, wanted[0][0], 1);
    return;
  }
  if (spec.banks.length !== wanted.length) throw new Error("a bank was lost or made");
  wanted.sort((a, b) => ((a[0] as bigint) < (b[0] as bigint) ? -1 : 1));
  let end = 0;
  for (const [i, { base, size }] of spec.banks.entries()) {
    expectExact(base, wanted[i]?.[0], 0);
    expectExact(size, wanted[i]?.[1], 1);
    expectExact(base + size, (wanted[i]?.[0] as bigint) + (wanted[i]?.[1] as bigint), 1);
    if (base < end) throw new Error("banks are not sorted, or overlap");
    end = base + size;
  }
}

/** The number a text states, as nobody can get it wrong. */
function valueOf(text: string): bigint {
  const match = /^\s*(0x[0-9a-f]+|[0-9]+)\s*([kmgt]|)(?:(?<=[kmgt])ib)?\s*$/i.exec(text);
  if (match === null) throw new Error(`accepted, although "${text}" is no number`);
  const digits = match[1] as string;
  const shift = BigInt(" kmgt".indexOf((match[2] as string).toLowerCase() || " ") * 10);
  return (/^0x/i.test(digits) ? BigInt(digits) : BigInt(digits.replace(/^0+(?=\d)/, ""))) << shift;
}

function expectExact(value: number, wanted: bigint | undefined, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${value} is not exact, or below ${least}`);
  if (BigInt(value) !== wanted) throw new Error(`${value} was read for ${wanted}`);
}

const encoder = new TextEncoder();

/** Valid specifications to start from. */
export const seeds: Uint8Array[] = [
  "4G",
  "0x80000000",
  "0x80000000+2G",
  "0x200000+0xefe00000,0x100000000+12G",
  "0+512M, 1G+1024K ,0x1ffffffff000+4096",
  "2T+1T,1T+1T,0+1T",
  "1GiB+512MiB,0x2000KIB",
].map((text) => encoder.encode(text));

export const mutation: Mutation = textMutation([
  "+",
  ",",
  "K",
  "m",
  "G",
  "t",
  "iB",
  "0x",
  " ",
  "-",
  "4G",
  "0+1G",
  ",0x100000000+12G",
]);
