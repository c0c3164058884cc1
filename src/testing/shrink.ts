import type { Violation } from "./law.js";
import type { Operation } from "./operation.js";

/** Sequences tried at most; enough to get hundreds of steps down to a handful. */
const TRIES = 4000;

/**
 * A shorter sequence that breaks the same law: parts are cut out, from halves to single steps, then numbers are made smaller, until nothing
 * can go.
 *
 * @param run - runs a sequence from the start; null when no law is broken
 */
export function shrink(
  operations: readonly Operation[],
  violation: Violation,
  run: (operations: readonly Operation[]) => Violation | null,
): { readonly operations: readonly Operation[]; readonly violation: Violation } {
  let best = operations;
  let seen = violation;
  let tries = 0;
  const mayTry = (): boolean => tries < TRIES;
  const accept = (candidate: readonly Operation[]): boolean => {
    tries += 1;
    const again = run(candidate);
    if (again === null || again.law !== violation.law) return false;
    best = candidate;
    seen = again;
    return true;
  };

  for (let before = -1; before !== best.length && mayTry(); ) {
    before = best.length;
    for (let part = Math.ceil(best.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
      for (let at = 0; at < best.length && mayTry(); ) {
        if (!accept([...best.slice(0, at), ...best.slice(at + part)])) at += part;
      }
    }
  }
  for (let at = 0; at < best.length; at += 1) {
    for (let smaller = true; smaller && mayTry(); ) {
      smaller = simpler(best[at] as Operation).some((operation) =>
        accept([...best.slice(0, at), operation, ...best.slice(at + 1)]),
      );
    }
  }
  return { operations: best, violation: seen };
}

/** The same step with one number made smaller, boldest first. */
function simpler(operation: Operation): readonly Operation[] {
  if (operation.do !== "allocate" && operation.do !== "allocate-in") return [];
  const candidates: Operation[] = [];
  for (const units of [1, Math.floor(operation.units / 2), operation.units - 1]) {
    if (units >= 1 && units < operation.units) candidates.push({ ...operation, units });
  }
  for (const align of [1, operation.align / 2]) {
    if (align >= 1 && align < operation.align) candidates.push({ ...operation, align });
  }
  return candidates;
}
