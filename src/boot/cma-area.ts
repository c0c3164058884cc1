/**
 * The CMA areas that do not come from the tree: the default one, and those of NUMA nodes.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_declare_contiguous_nid()`, `kernel/dma/contiguous.c` `dma_contiguous_reserve()`
 */
import { alignDown, GIB, MAX_EXACT } from "../units/quantity.js";
import { intersectRanges, largestAlignedRun, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { BootRun, CmaArea } from "./boot-run.js";
import type { BootProfile } from "./profile.js";

/** Where a new area may lie. */
interface AreaRequest {
  readonly size: number;
  /** Lowest base, or the base itself when `fixed`; 0 for any. */
  readonly base: number;
  /** Exclusive end; 0 for the end of RAM. */
  readonly limit: number;
  readonly fixed: boolean;
  readonly name: string;
  readonly source: CmaArea["source"];
  readonly nid: number | null;
}

/**
 * Makes the areas of NUMA nodes and the default one, unless the tree has given that already.
 *
 * @param limit - exclusive end the default area keeps to; arm passes the last address instead, which costs it one granule
 */
export function reserveDefaultArea(run: BootRun, limit: number): void {
  const { options, profile } = run;
  if (profile.numaCma === true) {
    for (const nid of run.memory.nodes()) {
      const wanted = { base: 0, limit: 0, fixed: false, source: "numa", nid } as const;
      const perNode = options.cmaPernuma ?? 0;
      if (perNode > 0) declareArea(run, { ...wanted, size: perNode, name: `pernuma${nid}` });
      const own = options.numaCma.get(nid) ?? 0;
      if (own > 0) declareArea(run, { ...wanted, size: own, name: `numa${nid}` });
    }
  }
  if (run.defaultArea !== null) return;
  const cma = options.cma;
  const size = cma === null ? configuredSize(profile, run.memory.ramSize) : cma.size;
  if (size === 0) return;
  run.defaultArea = declareArea(run, {
    size,
    base: cma?.base ?? 0,
    limit: smallestNonZero(cma?.limit ?? 0, limit),
    fixed: cma !== null && cma.base + cma.size === cma.limit,
    name: "reserved",
    source: cma === null ? "config" : "cmdline",
    nid: null,
  });
}

/** Bytes the build asks for: a size, a share of RAM in whole pages, or the smaller or larger of the two; not rounded to granules. */
export function configuredSize(profile: BootProfile, ramSize: number): number {
  const pages = Math.floor(ramSize / profile.pageSize);
  const share = Math.floor((pages * (profile.cmaDefaultPercent ?? 0)) / 100) * profile.pageSize;
  switch (profile.cmaDefaultSelect ?? "size") {
    case "size":
      return profile.cmaDefaultSize;
    case "percent":
      return share;
    case "min":
      return Math.min(profile.cmaDefaultSize, share);
    case "max":
      return Math.max(profile.cmaDefaultSize, share);
  }
}

/** Reserves memory for an area and creates it; null, with the kernel's complaints, when it cannot. */
function declareArea(run: BootRun, request: AreaRequest): CmaArea | null {
  const { memory, profile, failures, areas } = run;
  const granule = profile.cmaMinAlign;
  const at = { node: null, phase: "boot" } as const;
  if (areas.length >= profile.cmaAreas) {
    failures.push({ ...at, kind: "cma-no-slots", slots: profile.cmaAreas, target: "default-area" });
    return null;
  }
  const base = roundUp(request.base, granule);
  const size = roundUp(request.size, granule);
  const fixed = request.fixed && base !== 0;
  const asked = alignDown(request.limit, granule);
  const limit = asked === 0 || asked > memory.endOfRam ? memory.endOfRam : asked;
  const border = run.lowMemoryEnd;
  const fail = (): null => {
    const range = { base, size: Math.max(0, (fixed ? base + size : limit) - base) };
    // At a fixed place the kernel asks for nothing but what is reserved: memory that is not mapped is in nobody's way there.
    const taken = toRangeSet(fixed ? memory.reserved : [...memory.reserved, ...memory.noMap]);
    const free = fixed ? subtractRanges([range], taken) : intersectRanges(toRangeSet(memory.gaps()), [range]);
    const low = [{ base: 0, size: border }];
    const holes = fixed ? free : [...intersectRanges(free, low), ...subtractRanges(free, low)];
    failures.push({
      ...at,
      kind: "cma-reserve-failed",
      asked: size,
      range,
      largestHole: largestAlignedRun(holes, granule),
      blockers: intersectRanges(taken, [range]),
      certainty: "exact",
    });
    return null;
  };
  if (request.fixed && request.base % granule !== 0) {
    failures.push({ ...at, kind: "cma-base-misaligned", base: request.base, size, alignment: granule });
    return fail();
  }
  if (fixed && base < border && base + size > border) {
    failures.push({ ...at, kind: "cma-crosses-highmem", base, size, border });
    return fail();
  }
  if (base + size > limit) {
    failures.push({ ...at, kind: "cma-exceeds-limit", base, size, limit });
    return fail();
  }
  let place: number | null = base;
  if (!fixed) place = findPlace(run, { ...request, base, size, limit });
  else if (memory.overlapsReserved(base, size)) place = null;
  else memory.reserve(base, size);
  if (place === null) return fail();
  const area: CmaArea = { base: place, size, name: request.name, node: null, source: request.source };
  areas.push(area);
  return area;
}

/** The kernel's three tries: from 4 GiB upwards, in high memory, then anywhere below; the first two swapped in older kernels. */
function findPlace(run: BootRun, request: AreaRequest): number | null {
  const { memory, profile, lowMemoryEnd } = run;
  const { size, base, limit, nid } = request;
  const alignment = profile.cmaMinAlign;
  const search = (from: number, to: number, bottomUp = memory.bottomUp): number | null =>
    memory.allocate({ size, alignment, from, to, nid, bottomUp });
  const upwards = profile.physAddrBits === 64 && !memory.bottomUp && memory.endOfRam >= 4 * GIB + size;
  const twoHalves = base < lowMemoryEnd && limit > lowMemoryEnd;
  if (profile.highMemoryFirst) {
    const high = twoHalves ? search(lowMemoryEnd, limit) : null;
    const below = twoHalves ? lowMemoryEnd : limit;
    // The older kernel takes the answer of this second search even when it is "none".
    const found = upwards ? search(4 * GIB, below, true) : high;
    return found ?? search(base, below);
  }
  const found = upwards ? search(4 * GIB, limit, true) : null;
  if (found !== null || !twoHalves) return found ?? search(base, limit);
  return search(lowMemoryEnd, limit) ?? search(base, lowMemoryEnd);
}

function smallestNonZero(a: number, b: number): number {
  if (a === 0) return b;
  return b === 0 ? a : Math.min(a, b);
}

/** Rounds up; a number from the command line may be as large as it likes. */
function roundUp(value: number, step: number): number {
  return Math.min(Math.ceil(value / step) * step, MAX_EXACT);
}
