import { MAX_EXACT } from "./quantity.js";
import { accepted, type Result, refused } from "./result.js";

/** Why a number of bytes or of things cannot be read. */
export type AmountRefusal = "syntax" | "negative" | "too-large";

const STEPS = ["", "k", "m", "g", "t"];

/**
 * Reads `4096`, `0x1000`, `12M`, `12MiB` or `1g`: K, M, G and T are powers of 1024. Zero is read as zero.
 */
export function parseAmount(text: string): Result<number, AmountRefusal> {
  const trimmed = text.trim();
  if (/^-\s*\d/.test(trimmed)) return refused("negative");
  const match = /^(0x[0-9a-f]+|\d+)\s*(?:([kmgt])(?:ib)?)?$/i.exec(trimmed);
  if (match === null) return refused("syntax");
  const value = Number(match[1]) * 1024 ** STEPS.indexOf((match[2] ?? "").toLowerCase());
  return value > MAX_EXACT ? refused("too-large") : accepted(value);
}
