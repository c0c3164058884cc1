import { parseAmount } from "../units/amount.js";
import { formatHex, MAX_EXACT } from "../units/quantity.js";
import { quoted } from "../units/quote.js";
import { endOf, type Range } from "../units/ranges.js";
import { accepted, type Result, refused } from "../units/result.js";

/** RAM as a user states it: banks, or one size that starts where the tree's memory does. */
export type MemorySpec =
  | { readonly kind: "banks"; readonly banks: readonly Range[] }
  | { readonly kind: "size"; readonly size: number };

/** Why a memory specification cannot be used. `part` is the piece of text that is wrong. */
export type MemorySpecRefusal =
  | { readonly code: "memory-syntax"; readonly part: string }
  | { readonly code: "memory-negative"; readonly part: string }
  | { readonly code: "memory-zero-size"; readonly part: string }
  | { readonly code: "memory-too-large"; readonly part: string }
  | { readonly code: "memory-overlap"; readonly part: string; readonly other: string };

/**
 * Reads `BASE+SIZE[,BASE+SIZE...]` or `SIZE`. Numbers are decimal or `0x` hexadecimal; K, M, G and T, also written
 * KiB, MiB, GiB and TiB, are powers of 1024.
 *
 * Banks come back sorted by base. Ends beyond 2^53 - 1 are refused, and so are banks that overlap; banks that touch are kept apart.
 */
export function parseMemorySpec(text: string): Result<MemorySpec, MemorySpecRefusal> {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length === 1 && !(parts[0] as string).slice(1).includes("+")) {
    const size = readNumber(parts[0] as string, parts[0] as string);
    if (!size.ok) return size;
    if (size.value === 0) return refused({ code: "memory-zero-size", part: parts[0] as string });
    return accepted({ kind: "size", size: size.value });
  }
  const banks: { base: number; size: number; part: string }[] = [];
  for (const part of parts) {
    const plus = part.indexOf("+", 1);
    if (plus < 0) return refused({ code: "memory-syntax", part });
    const base = readNumber(part.slice(0, plus), part);
    if (!base.ok) return base;
    const size = readNumber(part.slice(plus + 1), part);
    if (!size.ok) return size;
    if (size.value === 0) return refused({ code: "memory-zero-size", part });
    if (base.value + size.value > MAX_EXACT) return refused({ code: "memory-too-large", part });
    banks.push({ base: base.value, size: size.value, part });
  }
  banks.sort((a, b) => a.base - b.base);
  for (const [i, bank] of banks.entries()) {
    const before = banks[i - 1];
    if (before !== undefined && endOf(before) > bank.base) {
      return refused({ code: "memory-overlap", part: bank.part, other: before.part });
    }
  }
  return accepted({ kind: "banks", banks: banks.map(({ base, size }) => ({ base, size })) });
}

function readNumber(text: string, part: string): Result<number, MemorySpecRefusal> {
  const number = parseAmount(text);
  return number.ok ? number : refused({ code: `memory-${number.refusal}`, part });
}

/** The sentence for a refusal, in one line: what was asked, what is wrong with it, what would do. */
export function explainMemorySpec(refusal: MemorySpecRefusal): string {
  switch (refusal.code) {
    case "memory-syntax":
      return `memory ${quoted(refusal.part)} is neither SIZE nor BASE+SIZE; write 4G or 0x80000000+2G`;
    case "memory-negative":
      return `memory ${quoted(refusal.part)} has a negative number; addresses and sizes start at 0`;
    case "memory-zero-size":
      return `memory ${quoted(refusal.part)} has size 0; a bank needs at least one page`;
    case "memory-too-large":
      return `memory ${quoted(refusal.part)} ends above ${formatHex(MAX_EXACT)}, the largest exact address`;
    case "memory-overlap":
      return `memory banks ${quoted(refusal.other)} and ${quoted(refusal.part)} overlap; a byte can be in one bank only`;
  }
}
