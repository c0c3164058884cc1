/**
 * The kernel's heap sort, move for move: it is not stable, and where entries compare equal their final order is its own.
 *
 * Each sift first walks from the root of the heap down to a leaf, always to the larger child, then back up to the first entry
 * on that way that is larger than the one being placed, and moves the way's entries up by one.
 *
 * @param items - not changed
 * @returns the sorted entries
 * @see Linux 6.1 `lib/sort.c` `sort_r()`
 */
export function kernelSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const heap = [...items];
  const at = (index: number): T => heap[index] as T;
  const sift = (root: number, length: number): void => {
    const way = [root];
    let place = root;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      if (left >= length) break;
      place = right >= length || compare(at(left), at(right)) >= 0 ? left : right;
      way.push(place);
    }
    let depth = way.length - 1;
    while (depth > 0 && compare(at(root), at(way[depth] as number)) >= 0) depth -= 1;
    const placed = at(root);
    for (let i = 0; i < depth; i++) heap[way[i] as number] = at(way[i + 1] as number);
    heap[way[depth] as number] = placed;
  };
  for (let root = Math.floor(heap.length / 2) - 1; root >= 0; root--) sift(root, heap.length);
  for (let length = heap.length - 1; length > 0; length--) {
    const largest = at(0);
    heap[0] = at(length);
    heap[length] = largest;
    sift(0, length);
  }
  return heap;
}
