import type { Algorithm } from "../../algorithms/allocator.js";
import { BYTES_PER_SLOT, bounceSlots, SLOTS_PER_SEGMENT } from "../../algorithms/bounce-slots.js";
import type { MemorySource } from "../../heaps/source.js";
import { roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { World } from "../world.js";
import { AlgorithmPlacer } from "./algorithm-placer.js";
import { ContiguousArea } from "./contiguous.js";
import type { Placer } from "./placer.js";
import { SearchPlacer } from "./search-placer.js";

/**
 * Coherent memory from a restricted pool: slots of 2 KiB that bounced mappings of the same devices take from as well.
 *
 *     slots   |-- segment: 128 slots --|-- segment --|
 *              └ a request is aligned, as a physical address, to its length rounded up to a power of two, at least a page;
 *                it ends within the segment, and segments count from the pool's start
 *
 * So at most 256 KiB can be had at once, and above 128 KiB only if the pool itself begins at a multiple of 256 KiB.
 *
 * @param slots - who keeps the slots, when bounced mappings share them: candidates in units of one slot; the kernel's search over slots of its own if left
 *   out
 * @see Linux 6.12 `kernel/dma/swiotlb.c` `swiotlb_alloc()`, `rmem_swiotlb_device_init()`
 * @throws RangeError when the algorithm is not one for contiguous memory
 */
export function restrictedPool(world: World, source: MemorySource, slots?: Algorithm | Placer): ContiguousArea {
  const { pageSize } = world.machine.profile;
  const { base, size } = source.regions[0] ?? { base: 0, size: 0 };
  const units = Math.floor(size / BYTES_PER_SLOT);
  const origin = (base / BYTES_PER_SLOT) % SLOTS_PER_SEGMENT;
  const placer =
    slots === undefined
      ? new SearchPlacer({ name: source.algorithm, units, search: bounceSlots, origin })
      : "make" in slots
        ? new AlgorithmPlacer(slots, { units, alignOrigin: origin })
        : slots;
  const leastUnits = Math.max(1, pageSize / BYTES_PER_SLOT);
  return new ContiguousArea(world, {
    source,
    base,
    unit: BYTES_PER_SLOT,
    placer,
    alignOf: (asked) => Math.min(roundUpToPowerOfTwo(Math.max(asked, leastUnits)), SLOTS_PER_SEGMENT),
    mostAlign: SLOTS_PER_SEGMENT,
    lending: "nothing",
  });
}
