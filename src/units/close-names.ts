/**
 * The candidates nearest to a misspelt name, best first.
 *
 * A candidate is near when it contains the text or is contained in it, or when few edits lead from one to the other: at most a third of
 * the text's length, at least 1.
 *
 * @param candidates - in any order; duplicates count once
 * @param most - length of the answer at most
 * @returns ordered by number of edits, then alphabetically
 */
export function closeNames(text: string, candidates: Iterable<string>, most = 5): readonly string[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return [];
  const bound = Math.max(1, Math.floor(wanted.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const name of new Set(candidates)) {
    const other = name.toLowerCase();
    const contained = wanted.length >= 3 && (other.includes(wanted) || (other.length >= 3 && wanted.includes(other)));
    const distance = contained ? Math.abs(other.length - wanted.length) / 64 : editDistance(wanted, other, bound);
    if (contained || distance <= bound) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, most).map((entry) => entry.name);
}

/** Edits that lead from one text to the other, two letters exchanged being one; some number above `bound` once it is known to exceed it. */
function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const kept = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let value = Math.min(kept, (previous[j] as number) + 1, (row[j - 1] as number) + 1);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) value = Math.min(value, (beforePrevious[j - 2] as number) + 1);
      row.push(value);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] as number;
}
