import { accepted, type Result, refused } from "./result.js";

/** Nanoseconds by unit, longest first. */
const UNITS: readonly (readonly [name: string, nanoseconds: number])[] = [
  ["h", 3_600_000_000_000],
  ["min", 60_000_000_000],
  ["s", 1_000_000_000],
  ["ms", 1_000_000],
  ["us", 1_000],
  ["ns", 1],
];

/** How a duration is written: a number and its unit. */
export const DURATION_PATTERN: RegExp = /^(\d{1,15}(?:\.\d{1,9})?) ?(h|min|s|ms|us|ns)$/;

/**
 * Reads `10ms`, `1.5 s` or `2min`.
 *
 * @returns whole nanoseconds, rounded to the nearest, at most 2^53 - 1
 */
export function parseDuration(text: string): Result<number, "syntax" | "too-large"> {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined) return refused("syntax");
  const value = Math.round(Number(match[1]) * unit[1]);
  return Number.isSafeInteger(value) ? accepted(value) : refused("too-large");
}

/** A duration in the longest unit of which it has one, with at most three decimals: `1.5 s`, `33.333 ms`. */
export function formatDuration(nanoseconds: number): string {
  // Minutes and hours read worse than seconds: 90 s, not 1.5 min.
  const [name, size] = UNITS.find(([unit, length]) => length <= nanoseconds && unit.endsWith("s")) ?? ["s", 1e9];
  return `${Number((nanoseconds / size).toFixed(3))} ${name}`;
}
