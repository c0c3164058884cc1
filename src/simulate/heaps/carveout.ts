import type { Algorithm } from "../../algorithms/allocator.js";
import { firstFit } from "../../algorithms/first-fit.js";
import type { MemorySource } from "../../heaps/source.js";
import type { World } from "../world.js";
import { AlgorithmPlacer } from "./algorithm-placer.js";
import { ContiguousArea } from "./contiguous.js";
import { SearchPlacer } from "./search-placer.js";

/** Pages of the largest alignment a request can ask for: 1 GiB with 4 KiB pages. */
const MOST_ALIGN = 2 ** 18;

/**
 * Memblock-reserved memory that a driver or an override offers for buffers: lends nothing, so that nothing ever has to move. Requests are aligned as they
 * ask, counted from physical address 0, and to no more.
 *
 * @throws RangeError when the algorithm is not one for contiguous memory
 */
export function carveoutHeap(world: World, source: MemorySource, algorithm?: Algorithm): ContiguousArea {
  const { pageSize } = world.machine.profile;
  const { base, size } = source.regions[0] ?? { base: 0, size: 0 };
  const units = Math.floor(size / pageSize);
  const origin = (base / pageSize) % MOST_ALIGN;
  const placer =
    algorithm === undefined
      ? new SearchPlacer({ name: source.algorithm, units, search: firstFit, origin })
      : new AlgorithmPlacer(algorithm, { units, alignOrigin: origin });
  return new ContiguousArea(world, {
    source,
    base,
    unit: pageSize,
    placer,
    alignOf: () => 1,
    mostAlign: MOST_ALIGN,
    lending: "nothing",
  });
}
