import { MAX_EXACT } from "../../units/quantity.js";
import { intersectRanges, type Range, subtractRanges, toRangeSet, unionRanges } from "../../units/ranges.js";
import type { Assumption, DefaultCma, Machine, ReservedRegion } from "../machine.js";
import type { MachineSource } from "../source.js";
import { valueOf } from "./layout.js";

/** A CMA area as debugfs shows it: bytes, none for one that was given up at boot. */
export interface SeenArea extends Range {
  readonly name: string;
}

/** Older kernels put a word before the names of areas. */
const OLD_PREFIX = "cma-";

/** The name of an area that no node of the tree describes. Linux 6.12 `kernel/dma/contiguous.c` `dma_contiguous_reserve_area()` */
const UNNAMED = "reserved";

/**
 * Reads the CMA areas that debugfs shows to root, sorted by name; none where it shows none.
 *
 * @param pageSize - bytes
 * @see Linux 6.12 `mm/cma_debug.c` `cma_debugfs_add_one()`
 */
export function seenAreas(source: MachineSource, pageSize: number): readonly SeenArea[] {
  const areas: SeenArea[] = [];
  for (const path of source.keys()) {
    const name = /^sys\/kernel\/debug\/cma\/([^/]+)\/base_pfn$/.exec(path)?.[1];
    if (name === undefined) continue;
    const [basePfn, count] = [path, path.replace(/base_pfn$/, "count")].map((file) => {
      const text = valueOf(source, file) ?? "";
      return /^\d{1,16}$/.test(text) ? Number(text) : null;
    });
    if (basePfn == null || count == null || (basePfn + count) * pageSize > MAX_EXACT) continue;
    areas.push({ name, base: basePfn * pageSize, size: count * pageSize });
  }
  return areas.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The machine with its CMA areas where the kernel has them, instead of where boot was expected to put them. Areas that are not seen are not there; those that the
 * machine does not know take their pages from it.
 *
 * @param areas - all that the kernel has; none: nobody could look, and the machine stays as it is
 */
export function withSeenAreas(machine: Machine, areas: readonly SeenArea[]): Machine {
  if (areas.length === 0) return machine;
  const regions = machine.regions.map((region) => seenRegion(region, areas));
  const expected = [machine.defaultCma, ...machine.regions].flatMap((area) => placeOf(area));
  const given = intersectRanges(toRangeSet(expected), toRangeSet(machine.banks));
  return {
    ...machine,
    regions,
    defaultCma: seenDefault(machine, areas),
    pages: subtractRanges(unionRanges(machine.pages, given), toRangeSet(areas)),
    assumptions: [
      ...machine.assumptions.filter(({ code }) => code !== "pool-not-placed"),
      ...regions.flatMap((region): readonly Assumption[] =>
        region.status === "failed" && region.kind !== "reserved"
          ? [{ code: "pool-not-placed", device: null, field: "regions", source: region.node }]
          : [],
      ),
    ],
  };
}

/** Where an area was expected; empty for what is none, or has no place. */
function placeOf(area: DefaultCma | ReservedRegion | null): readonly Range[] {
  if (area === null || area.base === null) return [];
  const isArea = !("kind" in area) || (area.kind === "cma" && area.status === "placed");
  return isArea ? [{ base: area.base, size: area.size }] : [];
}

function seenRegion(region: ReservedRegion, areas: readonly SeenArea[]): ReservedRegion {
  if (region.kind !== "cma" || region.status === "ignored") return region;
  const seen = named(region.name, areas);
  const exact = { ...region, certainty: "exact" } as const;
  if (seen !== null) return { ...exact, base: seen.base, size: seen.size, status: "placed", failure: null };
  return { ...exact, status: "failed", failure: region.failure ?? "cma-not-activated" };
}

function seenDefault({ defaultCma, commandLine }: Machine, areas: readonly SeenArea[]): DefaultCma | null {
  const seen = named(defaultCma?.name ?? UNNAMED, areas);
  if (seen === null) return null;
  const { base, size } = seen;
  if (defaultCma !== null) return { ...defaultCma, base, size, certainty: "exact" };
  const source = /(^|\s)cma=/.test(commandLine) ? "cmdline" : "config";
  return { base, size, source, node: null, name: UNNAMED, certainty: "exact" };
}

function named(name: string, areas: readonly SeenArea[]): SeenArea | null {
  const found = areas.find((area) => area.name === name) ?? areas.find((area) => area.name === OLD_PREFIX + name);
  return found === undefined || found.size === 0 ? null : found;
}
