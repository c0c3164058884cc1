/**
 * The smallest conflict.
 *
 * Every candidate is refused by a set of facts, each of which would do alone. A set of facts makes the request impossible when it meets
 * each of those sets, so the smallest conflict is a smallest hitting set:
 *
 *   candidate     refused by
 *   system        { a.reach, b.contiguous }
 *   cma           { a.reach, size }             a.reach alone refuses both: conflict { a.reach }
 *
 * Dropping any member of a smallest hitting set frees some candidate, so it is inclusion-minimal too. Sets that contain another are left out
 * first; then sizes 1, 2, 3, ... are tried in turn, branching over the members of the first set not yet hit. Sets come from at most a
 * few devices with a few fields each, and the answer rarely has more than three members.
 *
 * @param refusals - per candidate the indices of the facts that refuse it, none empty
 * @param weight - order of preference among conflicts of the same size: lower sums first, then lower indices
 * @returns indices in ascending order; empty when there are no candidates
 */
export function smallestConflict(
  refusals: readonly (readonly number[])[],
  weight: (index: number) => number,
): readonly number[] {
  const sets = minimalSets(refusals);
  if (sets.length === 0) return [];
  for (let size = 1; ; size += 1) {
    const best = hit(sets, [], size, weight, null);
    if (best !== null) return best.members;
  }
}

interface Found {
  readonly members: readonly number[];
  readonly weight: number;
}

function hit(
  sets: readonly (readonly number[])[],
  chosen: readonly number[],
  size: number,
  weight: (index: number) => number,
  best: Found | null,
): Found | null {
  const open = sets.find((set) => !set.some((i) => chosen.includes(i)));
  if (open === undefined) {
    const members = [...chosen].sort((a, b) => a - b);
    const total = members.reduce((sum, i) => sum + weight(i), 0);
    return best === null || total < best.weight || (total === best.weight && precedes(members, best.members))
      ? { members, weight: total }
      : best;
  }
  if (chosen.length === size) return best;
  let result = best;
  for (const index of open) result = hit(sets, [...chosen, index], size, weight, result);
  return result;
}

/** Distinct sets, sorted members, none a superset of another, in the order of their size and members. */
function minimalSets(refusals: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const distinct = new Map<string, readonly number[]>();
  for (const refusal of refusals) {
    const set = [...new Set(refusal)].sort((a, b) => a - b);
    distinct.set(set.join(","), set);
  }
  const sorted = [...distinct.values()].sort((a, b) => a.length - b.length || (precedes(a, b) ? -1 : 1));
  const kept: (readonly number[])[] = [];
  for (const set of sorted) {
    if (!kept.some((smaller) => smaller.every((i) => set.includes(i)))) kept.push(set);
  }
  return kept;
}

function precedes(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return a.length < b.length;
}
