import type { Algorithm } from "../../algorithms/allocator.js";
import { firstFit } from "../../algorithms/first-fit.js";

import type { MemorySource } from "../../heaps/source.js";
import { roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { World } from "../world.js";
import { AlgorithmPlacer } from "./algorithm-placer.js";
import { ContiguousArea } from "./contiguous.js";
import { SearchPlacer } from "./search-placer.js";

/** What of a CMA area differs from what the device tree and the command line make. */
export interface CmaOptions {
  /** Replaces the kernel's search. */
  readonly algorithm?: Algorithm | undefined;
  /** Log2 of the pages that one bit stands for. Areas from the tree and the command line have 0. */
  readonly orderPerBit?: number;
  /** Default `movable`, what a CMA area is; `nothing` for memblock-reserved memory served the same way. */
  readonly lending?: "movable" | "nothing";
}

/**
 * The area of a source, empty.
 *
 * A request of `n` pages is aligned to `n` rounded up to a power of two, at most to `CONFIG_CMA_ALIGNMENT`, counted from physical address 0. Who asks
 * for a larger alignment gets that, up to the same limit.
 *
 * @see Linux 6.12 `mm/cma.c` `__cma_alloc()`, `kernel/dma/contiguous.c` `cma_alloc_aligned()`
 * @throws RangeError when the algorithm is not one for contiguous memory
 */
export function cmaArea(world: World, source: MemorySource, options: CmaOptions = {}): ContiguousArea {
  const { orderPerBit = 0, lending = "movable", algorithm } = options;
  const { pageSize, cmaAlignmentOrder } = world.machine.profile;
  const { base, size } = source.regions[0] ?? { base: 0, size: 0 };
  const unit = pageSize * 2 ** orderPerBit;
  const units = Math.floor(size / unit);
  const mostAlign = 2 ** Math.max(0, cmaAlignmentOrder - orderPerBit);
  const origin = (base / unit) % mostAlign;
  const placer =
    algorithm === undefined
      ? new SearchPlacer({ name: source.algorithm, units, search: firstFit, origin })
      : new AlgorithmPlacer(algorithm, { units, alignOrigin: origin });
  const alignOf = (asked: number): number => Math.min(roundUpToPowerOfTwo(asked), mostAlign);
  return new ContiguousArea(world, { source, base, unit, placer, alignOf, mostAlign, lending });
}
