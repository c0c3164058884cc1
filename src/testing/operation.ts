import type { AllocatorTraits, PoolShape } from "../algorithms/allocator.js";
import type { Random } from "./random.js";

/**
 * One step of a sequence, as plain data. Allocations are numbered, and later steps name them by number: a step whose allocation was refused, or
 * was cut out of the sequence, does nothing. So every part of a sequence is a sequence.
 *
 * - `allocate`: `room` is the number of blocks `out` has room for
 * - `allocate-in`: as `allocate`, between `low` and `limit`, both allowed; only for allocators that have `allocateIn`
 * - `free`: gives the allocation back; when that has happened before, a double free
 * - `free-handle`: gives back a number that may be no handle at all
 * - `probe`: takes as much as `largestFree` promises, asks one unit more, and gives back
 */
export type Operation =
  | {
      readonly do: "allocate";
      readonly id: number;
      readonly units: number;
      readonly align: number;
      readonly room: number;
    }
  | {
      readonly do: "allocate-in";
      readonly id: number;
      readonly units: number;
      readonly align: number;
      readonly low: number;
      readonly limit: number;
    }
  | { readonly do: "free"; readonly id: number }
  | { readonly do: "free-handle"; readonly handle: number }
  | { readonly do: "probe" };

/** The step in words. */
export function describeOperation(operation: Operation): string {
  switch (operation.do) {
    case "allocate":
      return `allocate #${operation.id}: ${operation.units} units aligned to ${operation.align}, room for ${operation.room} blocks`;
    case "allocate-in":
      return `allocate #${operation.id}: ${operation.units} units aligned to ${operation.align}, from ${operation.low} to ${operation.limit}`;
    case "free":
      return `free #${operation.id}`;
    case "free-handle":
      return `free handle ${operation.handle}`;
    case "probe":
      return "probe the longest free run";
  }
}

/**
 * A random sequence that fills, thins out and empties the pool by turns. Each sequence has its own taste in sizes: one size only, small ones,
 * shares of the pool.
 */
export function randomOperations(
  random: Random,
  pool: PoolShape,
  traits: AllocatorTraits,
  count: number,
  longest: number,
): Operation[] {
  const operations: Operation[] = [];
  const held: number[] = [];
  const oneSize = random.oneIn(4) ? 1 + random.below(longest) : 0;
  const aligns = traits.aligned ? random.pick([1, 2, 8]) : 16;
  let ids = 0;
  let freeing = 2;
  while (operations.length < count) {
    if (random.oneIn(40)) freeing = random.pick([1, 2, 5, 8]);
    const choice = random.below(100);
    if (choice < 2) operations.push({ do: "probe" });
    else if (choice < 4) operations.push({ do: "free-handle", handle: random.pick(strangeHandles(random, pool)) });
    else if (choice < 6 && ids > 0) operations.push({ do: "free", id: 1 + random.below(ids) });
    else if (held.length > 0 && random.below(10) < freeing) {
      const index = random.pick([0, held.length - 1, random.below(held.length)]);
      const id = held[index] as number;
      held[index] = held[held.length - 1] as number;
      held.pop();
      operations.push({ do: "free", id });
    } else {
      ids += 1;
      held.push(ids);
      const units = oneSize > 0 ? oneSize : randomUnits(random, pool.units, longest);
      const align = random.oneIn(aligns) ? 2 ** random.below(random.pick([3, 8, 14])) : 1;
      if (random.oneIn(6)) {
        const low = random.below(pool.units);
        operations.push({
          do: "allocate-in",
          id: ids,
          units,
          align,
          low,
          limit: low + random.below(pool.units - low),
        });
      } else {
        const room = traits.blocks === "one" || random.oneIn(4) ? 1 + random.below(4) : units;
        operations.push({ do: "allocate", id: ids, units, align, room: Math.min(room, pool.units) });
      }
    }
  }
  return operations;
}

function randomUnits(random: Random, poolUnits: number, longest: number): number {
  if (random.oneIn(50)) return poolUnits + random.below(3);
  const units = 1 + random.below(random.oneIn(3) ? Math.min(4, longest) : longest);
  return random.oneIn(4) ? 2 ** Math.floor(Math.log2(units)) : units;
}

function strangeHandles(random: Random, pool: PoolShape): readonly number[] {
  return [
    -1,
    0,
    1,
    0.5,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    2 ** 32 + 1,
  ].concat(pool.units, random.below(pool.units), random.below(2 ** 31));
}
