import type { PageMemory } from "../../algorithms/page-memory.js";
import {
  type PfnRange,
  ZONE_DMA,
  ZONE_DMA32,
  ZONE_HIGHMEM,
  ZONE_NORMAL,
  type ZoneSpan,
  type ZoneType,
} from "../../algorithms/zone-types.js";
import type { Machine } from "../../machine/machine.js";
import { alignDown, alignUp, GIB } from "../../units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";

/**
 * A machine's memory when boot is over, as the page allocator takes it: zones, free pages, CMA areas.
 *
 *     arm64, x86   DMA up to `zoneDmaEnd`, DMA32 up to 4 GiB, NORMAL
 *     riscv        DMA32 up to `zoneDmaEnd`, NORMAL
 *     arm          NORMAL up to `zoneDmaEnd`, which is the end of low memory, HIGHMEM
 *
 * Areas that are not whole pageblocks of one zone are left out: no kernel would have lent them.
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `zone_sizes_init()`, `arch/riscv/mm/init.c` `zone_sizes_init()`, `arch/x86/mm/init.c` `zone_sizes_init()`,
 *   `arch/arm/mm/init.c` `zone_sizes_init()`
 */
export function pageMemoryOf(machine: Machine): Required<Pick<PageMemory, "zones" | "free" | "cma">> & PageMemory {
  const { pageSize, maxPageOrder, cmaGranule } = machine.profile;
  const areas = areasOf(machine);
  const all = [...machine.pages, ...areas];
  const end = all.reduce((most, range) => Math.max(most, endOf(range)), 0);
  const zones = zonesOf(machine, Math.ceil(end / pageSize));
  const pageblockOrder = Math.min(Math.max(0, Math.floor(Math.log2(cmaGranule / pageSize))), maxPageOrder);
  const block = 2 ** pageblockOrder;
  const cma = areas
    .map((area) => ({ startPfn: area.base / pageSize, endPfn: endOf(area) / pageSize }))
    .filter(
      ({ startPfn, endPfn }) =>
        startPfn % block === 0 &&
        endPfn % block === 0 &&
        zones.some((zone) => zone.startPfn <= startPfn && endPfn <= zone.endPfn),
    );
  const free = machine.pages
    .map((range) => ({
      startPfn: alignUp(range.base, pageSize) / pageSize,
      endPfn: alignDown(endOf(range), pageSize) / pageSize,
    }))
    .filter(({ startPfn, endPfn }) => startPfn < endPfn);
  return { zones, free, cma, maxOrder: maxPageOrder, pageblockOrder };
}

/** CMA areas in use, ascending: of two that overlap, the lower. */
function areasOf(machine: Machine): readonly Range[] {
  const areas: Range[] = machine.regions.flatMap(({ kind, status, base, size }) =>
    kind === "cma" && status === "placed" && base !== null && size > 0 ? [{ base, size }] : [],
  );
  if (machine.defaultCma !== null && machine.defaultCma.size > 0) areas.push(machine.defaultCma);
  areas.sort((a, b) => a.base - b.base || a.size - b.size);
  let end = 0;
  return areas.filter((area) => {
    // Pages of an area that was given up are free for all.
    if (area.base < end || intersectRanges(machine.pages, toRangeSet([area])).length > 0) return false;
    end = endOf(area);
    return true;
  });
}

function zonesOf({ arch, zoneDmaEnd, profile }: Machine, endPfn: number): readonly ZoneSpan[] {
  const { pageSize } = profile;
  const first = Math.floor(zoneDmaEnd / pageSize);
  const low = Math.max(first, (4 * GIB) / pageSize);
  const borders: readonly (readonly [ZoneType, number])[] =
    arch === "arm"
      ? [
          [ZONE_NORMAL, first],
          [ZONE_HIGHMEM, endPfn],
        ]
      : arch === "riscv"
        ? [
            [ZONE_DMA32, low],
            [ZONE_NORMAL, endPfn],
          ]
        : [
            [ZONE_DMA, first],
            [ZONE_DMA32, low],
            [ZONE_NORMAL, endPfn],
          ];
  const zones: (PfnRange & { type: ZoneType })[] = [];
  let startPfn = 0;
  for (const [type, end] of borders) {
    const to = Math.max(startPfn, Math.min(end, endPfn));
    zones.push({ type, startPfn, endPfn: to });
    startPfn = to;
  }
  return zones;
}
