import type { Algorithm } from "../../algorithms/allocator.js";
import { powerOfTwoSlots } from "../../algorithms/power-of-two-slots.js";
import type { MemorySource } from "../../heaps/source.js";
import { roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { World } from "../world.js";
import { AlgorithmPlacer } from "./algorithm-placer.js";
import { ContiguousArea } from "./contiguous.js";
import { SearchPlacer } from "./search-placer.js";

/** Pages of the largest alignment an algorithm other than the kernel's can be asked for. */
const MOST_ALIGN = 2 ** 18;

/**
 * The pool of devices whose `memory-region` is a `shared-dma-pool` that is not reusable.
 *
 *     pool of 12 pages   8 asked: pages 0 to 7      4 asked: 8 to 11      1 asked: refused
 *                        5 of a pool of 6: refused, since a slot of 8 is needed
 *
 * Every request takes a slot of the next power of two, at a multiple of its own length counted from the pool's base: a pool that begins anywhere gives
 * physical addresses aligned no better than the pool itself, whatever a request asks for. Another algorithm aligns from physical
 * address 0 and takes what it takes.
 *
 * @see Linux 6.12 `kernel/dma/coherent.c` `__dma_alloc_from_coherent()`
 * @throws RangeError when the algorithm is not one for contiguous memory
 */
export function coherentPool(world: World, source: MemorySource, algorithm?: Algorithm): ContiguousArea {
  const { pageSize } = world.machine.profile;
  const { base, size } = source.regions[0] ?? { base: 0, size: 0 };
  const units = Math.floor(size / pageSize);
  const shape = { source, base, unit: pageSize, lending: "nothing" } as const;
  if (algorithm === undefined) {
    const placer = new SearchPlacer({
      name: source.algorithm,
      units,
      search: powerOfTwoSlots,
      origin: 0,
      takenBy: roundUpToPowerOfTwo,
    });
    return new ContiguousArea(world, { ...shape, placer, alignOf: () => 1, mostAlign: 1 });
  }
  const placer = new AlgorithmPlacer(algorithm, { units, alignOrigin: (base / pageSize) % MOST_ALIGN });
  return new ContiguousArea(world, { ...shape, placer, alignOf: () => 1, mostAlign: MOST_ALIGN });
}
