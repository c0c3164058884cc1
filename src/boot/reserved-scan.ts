/**
 * What the kernel makes of `/reserved-memory`.
 *
 *   tree order (6.12)   reserve all `reg`  >  place and set up each sized node  >  [paging]  >  set up each `reg`
 *   sorted (6.1)        reserve all `reg`  >  sort the table  >  place and set up, static and sized, in that order
 *
 * A node that cannot be set up is rolled back: its memory is freed, also the part that another node had reserved.
 *
 * @see Linux 6.12 `drivers/of/of_reserved_mem.c` `fdt_scan_reserved_mem()`, `fdt_scan_reserved_mem_reg_nodes()`
 */
import type { DeviceTree, MemReservation } from "../devicetree/tree.js";
import { u32At } from "../devicetree/values.js";
import { intersectRanges, largestAlignedRun, type Range, toRangeSet } from "../units/ranges.js";
import type { BootRun } from "./boot-run.js";
import { kernelSort } from "./kernel-sort.js";
import { ACCESSIBLE, ANYWHERE, type BlockRequest } from "./memblock.js";
import type { BootPhase, BootRegion } from "./outcome.js";
import type { BootProfile } from "./profile.js";
import {
  type RegionNode,
  type RootCells,
  readRegionNode,
  reservedMemoryNode,
  rootCells,
  type SearchWindow,
} from "./region-node.js";

/** A row of the kernel's table of regions. */
interface TableEntry {
  readonly region: RegionNode;
  base: number;
  size: number;
  /** Position in the tree. */
  readonly position: number;
}

/** The scan of one boot: {@link scan} first, {@link setUpStatic} when paging is up. */
export class ReservedMemoryScan {
  readonly #run: BootRun;
  readonly #nodes: readonly RegionNode[];
  readonly #cells: RootCells;
  readonly #unsupported: "size-cells" | "address-cells" | "ranges" | null;
  readonly #header: readonly MemReservation[];
  readonly #present: boolean;
  readonly #table: TableEntry[] = [];
  #capacity: number;

  constructor(run: BootRun, tree: DeviceTree) {
    this.#run = run;
    this.#header = tree.memReservations;
    const cells = rootCells(tree.root);
    const parent = reservedMemoryNode(tree);
    this.#present = parent !== undefined;
    this.#cells = cells;
    this.#capacity = run.profile.maxReservedRegions;
    this.#nodes = (parent?.children ?? []).map((node) => readRegionNode(node, cells, run.profile));
    if (parent === undefined) this.#unsupported = null;
    else if (!holdsCell(parent.get("#size-cells"), cells.size)) this.#unsupported = "size-cells";
    else if (!holdsCell(parent.get("#address-cells"), cells.address)) this.#unsupported = "address-cells";
    else this.#unsupported = parent.has("ranges") ? null : "ranges";
    for (const region of this.#nodes) run.regions.set(region.path, untouched(region, run.profile));
  }

  /** Reserves static regions and the header's `/memreserve/` entries and places dynamic ones; on 6.1 sets up all of them. */
  scan(): void {
    const sorted = this.#run.profile.regionScan === "sorted";
    if (this.#present && this.#unsupported !== null) {
      this.#run.failures.push({ kind: "unsupported-root", node: null, phase: "scan", reason: this.#unsupported });
    } else if (!sorted) {
      this.#scanInTreeOrder();
    } else {
      this.#fillTable();
    }
    for (const entry of this.#header) {
      if (entry.size === 0) break;
      this.#run.memory.reserve(entry.address, entry.size);
    }
    if (sorted) this.#placeSorted();
  }

  /** Sets up the static regions (6.12) and reports overlaps. */
  setUpStatic(): void {
    if (!this.#present || this.#run.profile.regionScan === "sorted") return;
    const { failures } = this.#run;
    if (this.#unsupported !== null) {
      failures.push({ kind: "unsupported-root", node: null, phase: "boot", reason: this.#unsupported });
      return;
    }
    this.#nodes.forEach((region, position) => {
      if (region.reg === null || !region.available) return;
      if ("badLength" in region.reg) {
        failures.push({
          kind: "bad-reg-length",
          node: region.path,
          phase: "boot",
          length: region.reg.badLength,
          entryLength: this.#entryLength,
        });
        return;
      }
      const [first, ...further] = region.reg;
      if (first === undefined) {
        failures.push({ kind: "empty-reg", node: region.path, phase: "boot" });
        return;
      }
      if (further.length > 0) {
        failures.push({ kind: "extra-reg-ignored", node: region.path, phase: "boot", ignored: further.length });
      }
      if (first.size > 0) this.#save({ region, base: first.base, size: first.size, position }, "boot");
    });
    this.#table.sort((a, b) => a.base - b.base || a.size - b.size || a.position - b.position);
    this.#reportOverlaps("boot");
  }

  /** The two passes of 6.12 up to the end of the first. */
  #scanInTreeOrder(): void {
    const dynamic: { region: RegionNode; position: number }[] = [];
    const limit = this.#run.profile.maxReservedRegions;
    let taken = 0;
    this.#nodes.forEach((region, position) => {
      if (!region.available) return;
      if (region.reg !== null) {
        if (this.#reserveStatic(region)) taken += 1;
      } else if (region.sized) {
        if (dynamic.length < limit) dynamic.push({ region, position });
        else this.#run.failures.push({ kind: "too-many-dynamic", node: region.path, phase: "scan", limit });
      }
    });
    for (const { region, position } of dynamic) {
      const base = this.#place(region);
      if (base === null) continue;
      taken += 1;
      this.#save({ region, base, size: region.size ?? 0, position }, "scan");
    }
    this.#capacity = taken;
  }

  /** 6.1: one table of all regions; those without `reg` at address 0, size 0. */
  #fillTable(): void {
    this.#nodes.forEach((region, position) => {
      if (!region.available) return;
      if (region.reg === null) {
        if (region.sized) this.#append({ region, base: 0, size: 0, position }, "scan");
        return;
      }
      if (!this.#reserveStatic(region) || "badLength" in region.reg) return;
      const first = region.reg[0];
      if (first !== undefined) this.#append({ region, base: first.base, size: first.size, position }, "scan");
    });
  }

  /** 6.1: sorts the table, then places and sets up in its order. */
  #placeSorted(): void {
    const sorted = kernelSort(this.#table, (a, b) => a.base - b.base || a.size - b.size);
    this.#table.splice(0, this.#table.length, ...sorted);
    this.#reportOverlaps("scan");
    for (const entry of this.#table) {
      if (entry.size === 0) {
        if (!entry.region.sized) continue;
        const base = this.#place(entry.region);
        if (base === null) continue;
        entry.base = base;
        entry.size = entry.region.size ?? 0;
      }
      this.#setUp(entry, "scan");
    }
  }

  /** Reserves every range of `reg`. True when the property can be read, whatever became of the ranges. */
  #reserveStatic(region: RegionNode): boolean {
    const { memory, failures } = this.#run;
    if (region.reg === null) return false;
    if ("badLength" in region.reg) {
      failures.push({
        kind: "bad-reg-length",
        node: region.path,
        phase: "scan",
        length: region.reg.badLength,
        entryLength: this.#entryLength,
      });
      this.#update(region, { status: "failed" });
      return false;
    }
    const [first, ...further] = region.reg;
    if (first === undefined) this.#update(region, { status: "failed" });
    region.reg.forEach((range, index) => {
      const { base, size } = range;
      const taken = region.noMap && memory.overlapsMemory(base, size) && memory.overlapsReserved(base, size);
      if (size === 0 || taken) {
        const blockers = intersectRanges(memory.reserved, toRangeSet([range]));
        failures.push({ kind: "reserve-failed", node: region.path, phase: "scan", base, size, blockers });
        if (index === 0) this.#update(region, { base, size, status: "failed", furtherRanges: further });
        return;
      }
      if (region.noMap) memory.markNoMap(base, size);
      else memory.reserve(base, size);
      if (index === 0) this.#update(region, { base, size, reserved: true, furtherRanges: further });
    });
    return true;
  }

  /** Finds a place for a region without `reg` and reserves it. */
  #place(region: RegionNode): number | null {
    const { memory, profile, failures } = this.#run;
    const fail = { node: region.path, phase: "scan" } as const;
    this.#update(region, { status: "failed" });
    if (region.size === null) {
      failures.push({ ...fail, kind: "bad-size-length", length: region.sizeLength, entryLength: this.#cells.size * 4 });
      return null;
    }
    if (region.alignment === null) {
      const entryLength = this.#cells.address * 4;
      failures.push({ ...fail, kind: "bad-alignment-length", length: region.alignmentLength, entryLength });
      return null;
    }
    const lent = profile.cma && region.sharedPool && region.reusable && !region.noMap;
    const asked = lent ? Math.max(region.alignment, profile.cmaMinAlign) : region.alignment;
    const alignment = asked === 0 ? profile.cacheLine : asked;
    const windows = region.allocRanges;
    if (windows !== null && "badLength" in windows) {
      const entryLength = this.#entryLength;
      failures.push({ ...fail, kind: "bad-alloc-ranges-length", length: windows.badLength, entryLength });
      return null;
    }
    this.#update(region, { alignment, allocRanges: windows === null ? null : windows.map(rangeOfWindow) });
    const request: BlockRequest = { size: region.size, alignment };
    let base: number | null = null;
    if (windows === null) {
      base = memory.allocate(request);
    } else {
      for (const window of windows) {
        base = memory.allocate({
          ...request,
          from: window.from,
          to: limitOfWindow(window),
          bottomUp: this.#direction(window) ?? memory.bottomUp,
        });
        if (base !== null) break;
      }
    }
    if (base === null) {
      const searched = windows === null ? null : windows.map(rangeOfWindow);
      const room = searched === null ? memory.gaps() : intersectRanges(toRangeSet(memory.gaps()), toRangeSet(searched));
      const ram = searched === null ? memory.memory : intersectRanges(memory.memory, toRangeSet(searched));
      failures.push({
        kind: "alloc-failed",
        node: region.path,
        phase: "scan",
        asked: region.size,
        alignment,
        ranges: searched,
        largestHole: largestAlignedRun(room, alignment),
        blockers: intersectRanges(toRangeSet([...memory.reserved, ...memory.noMap]), ram),
      });
      return null;
    }
    if (region.noMap) memory.markNoMap(base, region.size);
    this.#update(region, { base, status: "placed", reserved: true });
    return base;
  }

  /**
   * A window that begins at or in a region placed before and does not end at one is searched from the bottom, so that regions
   * stay together; the other way round from the top. Null: the usual direction.
   */
  #direction(window: SearchWindow): boolean | null {
    if (this.#run.profile.regionScan === "sorted") return null;
    let up = false;
    let down = false;
    for (const { base, size } of this.#table) {
      if (size === 0) continue;
      if (window.from >= base && window.from <= base + size) up = true;
      if (window.to >= base && window.to <= base + size) down = true;
    }
    return up === down ? null : up;
  }

  #append(entry: TableEntry, phase: BootPhase): boolean {
    if (this.#table.length >= this.#capacity) {
      this.#run.failures.push({ kind: "table-full", node: entry.region.path, phase, limit: this.#capacity });
      return false;
    }
    this.#table.push(entry);
    return true;
  }

  /** Adds a row and sets the region up; the row stays even when that fails. */
  #save(entry: TableEntry, phase: BootPhase): void {
    if (this.#append(entry, phase)) this.#setUp(entry, phase);
  }

  /** Runs the set-up of the region's kind, or frees its memory. */
  #setUp(entry: TableEntry, phase: BootPhase): void {
    const { memory, failures } = this.#run;
    const { region, base, size } = entry;
    const kind = this.#initialise(entry, phase);
    if (kind === null) {
      const stays = region.noMap && region.reg === null;
      failures.push({ kind: "init-failed", node: region.path, phase, base, size, returned: !stays });
      if (region.noMap) memory.clearNoMap(base, size);
      else memory.free(base, size);
      this.#update(region, { base, size, status: "failed", reserved: stays });
      return;
    }
    this.#update(region, { base, size, kind, status: "placed" });
    if (kind === "carveout" && this.#run.profile.regionScan === "sorted") return;
    this.#update(region, { announced: this.#run.announced });
    this.#run.announced += 1;
  }

  /** The kind the region becomes; null when every initialiser that claims its compatible refuses it. */
  #initialise(entry: TableEntry, phase: BootPhase): BootRegion["kind"] | null {
    const { profile } = this.#run;
    const { region } = entry;
    if (!region.sharedPool && !(region.restrictedPool && profile.restrictedPool)) return "carveout";
    if (region.sharedPool) {
      if (profile.cma && this.#becomesCma(entry, phase)) return "cma";
      if (this.#becomesDmaPool(entry, phase)) return "dma-pool";
    }
    if (region.restrictedPool && profile.restrictedPool) {
      if (!region.reusable && !region.noMap && !region.cmaDefault && !region.dmaDefault) return "restricted-pool";
    }
    return null;
  }

  /** Linux 6.12 `kernel/dma/contiguous.c` `rmem_cma_setup()`. */
  #becomesCma(entry: TableEntry, phase: BootPhase): boolean {
    const { profile, failures, options, areas, memory } = this.#run;
    const { region, base, size } = entry;
    const at = { node: region.path, phase, base, size };
    if (options.cma !== null && region.cmaDefault) {
      failures.push({ ...at, kind: "bypassed-by-cmdline" });
      return false;
    }
    if (!region.reusable || region.noMap) return false;
    if (base % profile.cmaMinAlign !== 0 || size % profile.cmaMinAlign !== 0) {
      failures.push({ ...at, kind: "cma-bad-alignment", alignment: profile.cmaMinAlign });
      return false;
    }
    if (areas.length >= profile.cmaAreas) {
      failures.push({ kind: "cma-no-slots", node: region.path, phase, slots: profile.cmaAreas, target: "region" });
      failures.push({ ...at, kind: "cma-setup-failed", reason: "no-slots" });
      return false;
    }
    if (size === 0 || !memory.overlapsReserved(base, size)) {
      failures.push({ ...at, kind: "cma-setup-failed", reason: size === 0 ? "empty" : "not-reserved" });
      return false;
    }
    const area = { base, size, name: region.node.name, node: region.path, source: "tree" } as const;
    areas.push(area);
    if (region.cmaDefault) this.#run.defaultArea = area;
    return true;
  }

  /** Linux 6.12 `kernel/dma/coherent.c` `rmem_dma_setup()`. */
  #becomesDmaPool(entry: TableEntry, phase: BootPhase): boolean {
    const { region, base, size } = entry;
    if (region.reusable) return false;
    if (this.#run.profile.arch === "arm" && !region.noMap) {
      this.#run.failures.push({ kind: "no-map-required", node: region.path, phase, base, size });
      return false;
    }
    return true;
  }

  /** Compares neighbours of the sorted table only. */
  #reportOverlaps(phase: BootPhase): void {
    for (let i = 0; i + 1 < this.#table.length; i++) {
      const a = this.#table[i] as TableEntry;
      const b = this.#table[i + 1] as TableEntry;
      if (a.base + a.size <= b.base) continue;
      this.#run.failures.push({
        kind: "overlap",
        node: a.region.path,
        phase,
        range: { base: a.base, size: a.size },
        other: b.region.path,
        otherRange: { base: b.base, size: b.size },
      });
    }
  }

  #update(region: RegionNode, change: Partial<BootRegion>): void {
    const before = this.#run.regions.get(region.path) ?? untouched(region, this.#run.profile);
    this.#run.regions.set(region.path, { ...before, ...change });
  }

  get #entryLength(): number {
    return (this.#cells.address + this.#cells.size) * 4;
  }
}

/** A region before anything happens to it. */
function untouched(region: RegionNode, profile: BootProfile): BootRegion {
  const fixed = region.reg !== null;
  return {
    node: region.path,
    name: region.node.name,
    base: null,
    size: region.size ?? 0,
    kind: intendedKind(region, profile),
    noMap: region.noMap,
    reusable: region.reusable,
    placement: fixed ? "static" : "dynamic",
    status: "ignored",
    reserved: false,
    certainty: "exact",
    isDefaultCma: false,
    alignment: fixed ? 1 : (region.alignment ?? 0),
    allocRanges: null,
    furtherRanges: [],
    announced: null,
  };
}

/** What the region would be if nothing went wrong. */
function intendedKind(region: RegionNode, profile: BootProfile): BootRegion["kind"] {
  if (region.sharedPool) return profile.cma && region.reusable && !region.noMap ? "cma" : "dma-pool";
  return region.restrictedPool && profile.restrictedPool ? "restricted-pool" : "carveout";
}

/** True when a cell-count property states `count`. */
function holdsCell(value: Uint8Array | undefined, count: number): boolean {
  return value !== undefined && value.length >= 4 && u32At(value, 0) === count;
}

function limitOfWindow(window: SearchWindow): number {
  if (window.to === 0) return ANYWHERE;
  return window.to === 1 ? ACCESSIBLE : window.to;
}

function rangeOfWindow(window: SearchWindow): Range {
  const to = window.to === 0 ? ANYWHERE : window.to;
  return { base: window.from, size: Math.max(0, to - window.from) };
}
