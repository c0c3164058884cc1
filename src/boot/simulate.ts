import { alignDown, alignUp, GIB } from "../units/quantity.js";
import { endOf, type Range, type RangeSet, subtractRanges, toRangeSet, unionRanges } from "../units/ranges.js";
import { assumeEarlyMemory, EMPTY_START, packedStarts, plausibleStarts, type StartState } from "./assumed.js";
import { initrdPages, limitMemory, nameNumaNodes, trimBanks } from "./banks.js";
import type { BootRun, CmaArea } from "./boot-run.js";
import { reserveDefaultArea } from "./cma-area.js";
import { type BootOptions, parseCmdline } from "./cmdline.js";
import { Memblock } from "./memblock.js";
import type {
  BootAssumption,
  BootCertainty,
  BootFailure,
  BootInput,
  BootOutcome,
  BootRegion,
  BootReservation,
  DefaultCma,
} from "./outcome.js";
import { ReservedMemoryScan } from "./reserved-scan.js";
import { lowMemoryEnd, zoneBorders, zoneDmaLimit } from "./zones.js";

/**
 * Puts every reserved region and CMA area where Linux puts it at boot. Exact, byte for byte, where the start state is given.
 *
 * Where it is assumed, the boot is also run from other plausible starts and from an empty one. A place the allocator chose is then
 * `assumed`, since a boot loader may have put something right there; a static region, or a refusal, only when the starts disagree. So is a default area
 * that found no room: an empty start counts for nothing there, since some kernel is always in memory, but starts that leave the largest holes do.
 *
 * Never throws for a tree or a command line the kernel would complain about: complaints are in `failures`. Same input, same output.
 * Not modelled: growth of the allocator's own tables beyond 128 reservations, crash kernel and swiotlb (both come after the default area),
 * memory above what the linear map holds, `mem=` with an address.
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `arm64_memblock_init()`, `bootmem_init()`
 */
export function simulateBoot(input: BootInput): BootOutcome {
  if (input.reservedBeforeScan !== null) return boot(input, input.reservedBeforeScan, []);
  const { tree, profile } = input;
  const ram = kernelMemory(input, parseCmdline(input.cmdline)).memory;
  const known = { ...input, zoneDmaEnd: input.zoneDmaEnd ?? zoneDmaLimit(tree, ram, profile.arch) };
  const [assumed, ...others] = plausibleStarts(tree, ram, profile) as [StartState, ...StartState[]];
  const first = boot(known, assumed.reservations, assumed.reservations);
  const alternatives = [...others, EMPTY_START].map((start) => boot(known, start.reservations, null));
  const regions = first.regions.map((region, index): BootRegion => {
    const chosen = region.placement === "dynamic" && region.base !== null;
    const same = alternatives.every((other) => samePlace(region, other.regions[index]));
    return same && !chosen ? region : { ...region, certainty: "assumed" };
  });
  const areaStarts = [...others.map(({ reservations }) => reservations), ...packedStarts(tree, ram, profile)];
  return {
    ...first,
    regions,
    failures: first.failures.map((failure) => judgeFailure(failure, known, areaStarts)),
    defaultCma: first.defaultCma === null ? null : trust(first.defaultCma, regions),
  };
}

/** A default area that found no room is `assumed` to find none when it would find some from another start. */
function judgeFailure(
  failure: BootFailure,
  input: BootInput,
  starts: readonly (readonly BootAssumption[])[],
): BootFailure {
  if (failure.kind !== "cma-reserve-failed") return failure;
  const isCertain = starts.every((start) =>
    boot(input, start, start).failures.some(({ kind }) => kind === failure.kind),
  );
  return isCertain ? failure : { ...failure, certainty: "assumed" };
}

/** The default area of a boot whose start is assumed: as certain as its node; a place found by search never is. */
function trust(area: DefaultCma, regions: readonly BootRegion[]): DefaultCma {
  const owner = regions.find((region) => region.node === area.node);
  return { ...area, certainty: owner?.certainty ?? "assumed" };
}

/**
 * One boot from one start.
 *
 * @param assumed - what of the start is assumed; null when only the regions are asked for, which spares estimating what comes after
 */
function boot(
  input: BootInput,
  reserved: readonly BootReservation[],
  assumed: readonly BootAssumption[] | null,
): BootOutcome {
  const { tree, profile } = input;
  const options = parseCmdline(input.cmdline);
  const memory = kernelMemory(input, options);
  const lowEnd = lowMemoryEnd(memory.memory, profile);
  const zoneLimit = input.zoneDmaEnd ?? zoneDmaLimit(tree, memory.memory, profile.arch);
  const zoneDmaEnd = profile.arch === "arm" ? Math.min(zoneLimit, lowEnd) : zoneLimit;
  if (profile.lowMemory !== null) memory.currentLimit = lowEnd;
  memory.setReserved(reserved);
  const run: BootRun = {
    profile,
    options,
    memory,
    lowMemoryEnd: lowEnd,
    failures: [],
    areas: [],
    regions: new Map(),
    defaultArea: null,
    announced: 0,
  };
  for (const error of options.errors) {
    if (error.parameter === "cma" && error.reason === "no-value") {
      run.failures.push({ kind: "cma-bad-cmdline", node: null, phase: "scan", text: error.text });
    }
  }
  const scan = new ReservedMemoryScan(run, tree);
  scan.scan();
  const afterScan = memory.reserved;
  const banks = trimBanks(nameNumaNodes(tree, input.banks), profile);
  const image = reserved.find((range) => range.name === "kernel image") ?? input.kernelImage ?? null;
  const given = input.reservedBeforeDefaultCma ?? null;
  const assumptions = [...(assumed ?? [])];
  const estimate = (): void => {
    if (assumed !== null) assumptions.push(...assumeEarlyMemory(memory, tree, image, banks));
  };
  const earlyArea = profile.arch === "arm" || profile.arch === "riscv";
  if (earlyArea) {
    if (given !== null) memory.setReserved(given);
    reserveDefaultArea(run, areaLimit(input, memory, zoneDmaEnd));
    scan.setUpStatic();
    if (given === null) estimate();
  } else if (!diesOnPartialPage(run)) {
    scan.setUpStatic();
    if (given !== null) {
      memory.setReserved(given);
      memory.setNodes(banks);
    } else {
      estimate();
    }
    reserveDefaultArea(run, areaLimit(input, memory, zoneDmaEnd));
  }
  const borders = zoneBorders(profile.arch, zoneDmaEnd, lowEnd, profile.pageSize);
  const active = activateAreas(run, borders);
  const certainty = given !== null || earlyArea ? "exact" : "assumed";
  return {
    regions: [...run.regions.values()].map((region) => withDefault(region, run.defaultArea)),
    failures: run.failures,
    afterScan,
    noMap: memory.noMap,
    free: wholePages(freeMemory(run, active), profile.pageSize),
    defaultCma: describeDefault(run.defaultArea, certainty),
    cmaTotal: active.reduce((sum, area) => sum + area.size, 0),
    zoneDmaEnd,
    assumptions,
  };
}

/** RAM as the kernel knows it when the scan begins. */
function kernelMemory(input: BootInput, options: BootOptions): Memblock {
  const memory = new Memblock(trimBanks(input.banks, input.profile), input.profile.pageSize, input.profile.cacheLine);
  if (options.mem !== null) {
    const initrd = input.profile.arch === "arm64" ? initrdPages(input.tree, input.profile.pageSize) : null;
    const pieces = [input.kernelImage ?? null, initrd].filter((piece) => piece !== null);
    limitMemory(memory, options.mem, pieces);
  }
  return memory;
}

/** The end the default area keeps to, as each architecture passes it. Arm gives the last address, not the one after it. */
function areaLimit(input: BootInput, memory: Memblock, zoneDmaEnd: number): number {
  switch (input.profile.arch) {
    case "arm64":
    case "riscv":
      return zoneDmaEnd;
    case "arm":
      return 4 * GIB - 1;
    case "x86":
      return memory.endOfRam;
  }
}

/**
 * True when the next small thing the kernel allocates lands in a page of which a `no-map` region takes a part: that page is not mapped
 * any more, and writing to it ends the boot.
 */
function diesOnPartialPage(run: BootRun): boolean {
  const { memory } = run;
  const gap = [...memory.gaps()].reverse().find((range) => range.size >= memory.cacheLine);
  if (gap === undefined || endOf(gap) % memory.pageSize === 0) return false;
  const hidden = memory.noMap.find((range) => range.base === endOf(gap));
  if (hidden === undefined) return false;
  const owner = [...run.regions.values()].find((region) => region.noMap && region.base === hidden.base);
  const at = { node: owner?.node ?? null, phase: "boot", base: hidden.base, size: hidden.size } as const;
  run.failures.push({ ...at, kind: "panic", cause: "partial-no-map-page" });
  return true;
}

/**
 * Activates the areas in the order of their creation. One that is not all RAM ends the boot; one that spans zones or NUMA nodes is given up
 * and its pages go to the page allocator.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_activate_area()`
 */
function activateAreas(run: BootRun, borders: readonly number[]): readonly CmaArea[] {
  const { memory } = run;
  const active: CmaArea[] = [];
  for (const area of run.areas) {
    const { base, size, node } = area;
    if (subtractRanges([{ base, size }], memory.memory).length > 0) {
      run.failures.push({ kind: "panic", node, phase: "late", base, size, cause: "cma-outside-ram" });
      return active;
    }
    const edges = [...borders, ...memory.nodeBorders()];
    const border = edges.find((edge) => edge > base && edge < base + size);
    if (border === undefined) active.push(area);
    else run.failures.push({ kind: "cma-not-activated", node, phase: "late", base, size, border });
  }
  return active;
}

/** RAM in no reservation and not hidden, with the pages of areas that were given up. */
function freeMemory(run: BootRun, active: readonly CmaArea[]): RangeSet {
  const { memory } = run;
  const lost = toRangeSet(run.areas.filter((area) => !active.includes(area)));
  const kept = subtractRanges(
    unionRanges(memory.reserved, toRangeSet(active)),
    subtractRanges(lost, toRangeSet(active)),
  );
  return subtractRanges(subtractRanges(memory.memory, memory.noMap), kept);
}

function wholePages(set: RangeSet, pageSize: number): RangeSet {
  return toRangeSet(
    set.map((range): Range => {
      const base = alignUp(range.base, pageSize);
      return { base, size: alignDown(endOf(range), pageSize) - base };
    }),
  );
}

function withDefault(region: BootRegion, area: CmaArea | null): BootRegion {
  return area !== null && area.node === region.node ? { ...region, isDefaultCma: true } : region;
}

function describeDefault(area: CmaArea | null, certainty: BootCertainty): DefaultCma | null {
  if (area === null || area.source === "numa") return null;
  const { base, size, source, node, name } = area;
  return { base, size, source, node, name, certainty: source === "tree" ? "exact" : certainty };
}

function samePlace(a: BootRegion, b: BootRegion | undefined): boolean {
  return (
    b !== undefined && a.base === b.base && a.status === b.status && a.kind === b.kind && a.reserved === b.reserved
  );
}
