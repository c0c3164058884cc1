import { type Algorithm, NO_ROOM, outLength, type PoolShape } from "../../src/algorithms/allocator.js";

/** Plays `units`, `units@align` and `-n` (free the n-th request) and tells the first units of the requests. */
export function places(algorithm: Algorithm, pool: PoolShape, steps: readonly string[]): number[] {
  const allocator = algorithm.make(pool);
  const out = new Int32Array(outLength(1));
  const handles: number[] = [];
  const starts: number[] = [];
  for (const step of steps) {
    if (step.startsWith("-")) {
      allocator.free(handles[-Number(step) - 1]!);
      continue;
    }
    const [units, align = 1] = step.split("@").map(Number);
    const blocks = allocator.allocate(units!, align, out);
    handles.push(out[0]!);
    starts.push(blocks === NO_ROOM ? NO_ROOM : out[1]!);
  }
  return starts;
}
