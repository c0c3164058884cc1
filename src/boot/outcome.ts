import type { DeviceTree } from "../devicetree/tree.js";
import type { Range, RangeSet } from "../units/ranges.js";
import type { MemoryBank } from "./memblock.js";
import type { BootProfile } from "./profile.js";

/** How far an answer can be trusted: `assumed` when another plausible start of the same board could change it. */
export type BootCertainty = "exact" | "assumed";

/** Memory taken before the kernel looks at `/reserved-memory`. */
export interface BootReservation extends Range {
  /** What lies there: `kernel image`, `device tree`, `initrd`. */
  readonly name?: string;
}

/** What the boot starts from. */
export interface BootInput {
  readonly tree: DeviceTree;
  /** RAM in any order, as the boot loader states it: ends need not be whole pages, ranges may overlap, `mem=` is not applied. */
  readonly banks: readonly MemoryBank[];
  readonly cmdline: string;
  readonly profile: BootProfile;
  /**
   * All that is reserved just before the scan: kernel image, device tree, initrd. Null: usual load addresses are assumed
   * ({@link assumedReservations}) and every answer that another plausible start would change is marked `assumed`.
   */
  readonly reservedBeforeScan: readonly BootReservation[] | null;
  /**
   * All that is reserved just before the default CMA area is looked for. Null or absent: what the scan left plus page tables and
   * memory map, estimated; the place of the area is then `assumed`, unless it is looked for directly after the scan (arm, riscv).
   */
  readonly reservedBeforeDefaultCma?: readonly Range[] | null;
  /** Exclusive end of the first DMA zone. Absent: {@link zoneDmaLimit}. */
  readonly zoneDmaEnd?: number;
  /** Where the kernel image is, when known; `mem=` never removes it from RAM. */
  readonly kernelImage?: Range;
}

/** When a thing happened: while `/reserved-memory` is scanned, later while memory is set up, or when CMA areas are activated. */
export type BootPhase = "scan" | "boot" | "late";

/** A child of `/reserved-memory` after boot. */
export interface BootRegion {
  /** Path of the node. */
  readonly node: string;
  /** The node's name with its unit address: the kernel's name of the region and of its CMA area. */
  readonly name: string;
  /** First byte; null when it has no place. */
  readonly base: number | null;
  /** Bytes as the tree states them; never rounded. */
  readonly size: number;
  readonly kind: "cma" | "dma-pool" | "restricted-pool" | "carveout";
  readonly noMap: boolean;
  readonly reusable: boolean;
  /** `static` has `reg`, `dynamic` only `size`. */
  readonly placement: "static" | "dynamic";
  /** `placed`: it exists. `failed`: the kernel refused or rolled it back. `ignored`: the node is not looked at. */
  readonly status: "placed" | "failed" | "ignored";
  /** False for a `no-map` region that is announced although its memory was already taken by something else. */
  readonly reserved: boolean;
  readonly certainty: BootCertainty;
  /** True for the area that serves devices without one of their own. */
  readonly isDefaultCma: boolean;
  /** Bytes the base was aligned to (a bit mask, see Memblock); 1 for a static region. */
  readonly alignment: number;
  /** Half-open ranges a dynamic region may lie in, in the tree's order; null when all RAM will do. */
  readonly allocRanges: readonly Range[] | null;
  /** Further `reg` entries: reserved, but not part of the region. */
  readonly furtherRanges: readonly Range[];
  /** Position in the kernel's announcements, from 0; null when it makes none (6.1 announces no carve-outs). */
  readonly announced: number | null;
}

interface Failed {
  /** Path of the node; null when no node is concerned. */
  readonly node: string | null;
  readonly phase: BootPhase;
}

interface FailedAt extends Failed {
  readonly base: number;
  readonly size: number;
}

/**
 * A complaint of the kernel, in the order it is made. Sizes in bytes, ranges half-open.
 *
 * `empty-reg` is ours: the kernel reads behind the property and reports nonsense.
 */
export type BootFailure =
  | (Failed & {
      readonly kind: "alloc-failed";
      readonly asked: number;
      readonly alignment: number;
      /** Where it was looked for, in the order tried; null for all RAM. */
      readonly ranges: readonly Range[] | null;
      /** Longest free aligned run in those ranges. */
      readonly largestHole: number;
      /** What is reserved there. */
      readonly blockers: RangeSet;
    })
  | (FailedAt & { readonly kind: "cma-bad-alignment"; readonly alignment: number })
  | (FailedAt & { readonly kind: "cma-setup-failed"; readonly reason: "no-slots" | "empty" | "not-reserved" })
  | (Failed & { readonly kind: "cma-no-slots"; readonly slots: number; readonly target: "region" | "default-area" })
  | (FailedAt & { readonly kind: "bypassed-by-cmdline" })
  | (FailedAt & { readonly kind: "no-map-required" })
  | (FailedAt & {
      readonly kind: "init-failed";
      /** True when the memory is returned to the kernel; a dynamic `no-map` region stays lost. */
      readonly returned: boolean;
    })
  | (FailedAt & { readonly kind: "reserve-failed"; readonly blockers: RangeSet })
  | (Failed & { readonly kind: "bad-reg-length"; readonly length: number; readonly entryLength: number })
  | (Failed & { readonly kind: "bad-alloc-ranges-length"; readonly length: number; readonly entryLength: number })
  | (Failed & { readonly kind: "bad-size-length"; readonly length: number; readonly entryLength: number })
  | (Failed & { readonly kind: "bad-alignment-length"; readonly length: number; readonly entryLength: number })
  | (Failed & { readonly kind: "empty-reg" })
  | (Failed & { readonly kind: "unsupported-root"; readonly reason: "size-cells" | "address-cells" | "ranges" })
  | (Failed & { readonly kind: "too-many-dynamic"; readonly limit: number })
  | (Failed & { readonly kind: "table-full"; readonly limit: number })
  | (Failed & { readonly kind: "overlap"; readonly range: Range; readonly other: string; readonly otherRange: Range })
  | (Failed & { readonly kind: "extra-reg-ignored"; readonly ignored: number })
  | (Failed & { readonly kind: "cma-bad-cmdline"; readonly text: string })
  | (FailedAt & { readonly kind: "cma-base-misaligned"; readonly alignment: number })
  | (FailedAt & { readonly kind: "cma-crosses-highmem"; readonly border: number })
  | (FailedAt & { readonly kind: "cma-exceeds-limit"; readonly limit: number })
  | (Failed & {
      readonly kind: "cma-reserve-failed";
      readonly asked: number;
      /** Where it was looked for; one that holds the end of low memory was looked through on either side of it. */
      readonly range: Range;
      readonly largestHole: number;
      readonly blockers: RangeSet;
      /** `assumed` when there would be room if the boot loader put kernel and device tree elsewhere. */
      readonly certainty: BootCertainty;
    })
  | (FailedAt & { readonly kind: "cma-not-activated"; readonly border: number })
  | (FailedAt & { readonly kind: "panic"; readonly cause: "cma-outside-ram" | "partial-no-map-page" });

/** The area that serves devices without one of their own. */
export interface DefaultCma extends Range {
  readonly source: "config" | "cmdline" | "tree";
  /** Path of the node; null unless from the tree. */
  readonly node: string | null;
  /** The kernel's name of the area: `reserved`, or the node's name. */
  readonly name: string;
  readonly certainty: BootCertainty;
}

/** Something taken for granted because the input does not say it. */
export interface BootAssumption extends Range {
  /** `kernel image`, `device tree`, `page tables`, `unflattened tree`, `memory map`. */
  readonly name: string;
  /** Why it is put there. */
  readonly basis: string;
}

/** Where everything is when boot is over. */
export interface BootOutcome {
  /** Every child of `/reserved-memory`, in tree order. */
  readonly regions: readonly BootRegion[];
  /** In the order of the kernel's log. */
  readonly failures: readonly BootFailure[];
  /** All that is reserved when the scan and the header's `/memreserve/` entries are through; `no-map` RAM only where it is reserved too. */
  readonly afterScan: RangeSet;
  /** RAM out of the linear map when boot is over. */
  readonly noMap: RangeSet;
  /** RAM left for pages: whole pages, neither reserved nor hidden nor in a CMA area. */
  readonly free: RangeSet;
  readonly defaultCma: DefaultCma | null;
  /** Bytes in active CMA areas (`CmaTotal`). */
  readonly cmaTotal: number;
  /** Exclusive end of the first DMA zone. */
  readonly zoneDmaEnd: number;
  /** Empty when the input says everything. */
  readonly assumptions: readonly BootAssumption[];
}
