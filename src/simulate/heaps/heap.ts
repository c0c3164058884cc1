import type { MemorySource } from "../../heaps/source.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { Result } from "../../units/result.js";
import type { Errno } from "../errno.js";
import type { ScatterList } from "../scatter-list.js";

/** What is asked of a heap. */
export interface HeapRequest {
  /** At least 1; rounded up to whole pages. */
  readonly size: Bytes;
  /** Alignment of the first byte, a power of two; the heap gives at least a page, and at most what its algorithm can. */
  readonly alignment: Bytes;
  /** Who asks, for statistics and leak reports: path of a device, or any name. */
  readonly owner: string;
  /**
   * Exclusive: its pages come from the highest zone that lies below it altogether, or lower ones. Heaps made of pages keep to it, all others ignore
   * it. Default: any zone.
   */
  readonly below?: PhysAddr;
  /** Orders of the blocks that scattered pages may be made of, descending and ending in 0. Default: those of the heap. */
  readonly orders?: readonly number[];
}

/** Memory that a heap has handed out. Reads as zero until somebody writes. */
export interface Backing {
  readonly heap: Heap;
  /** Counts from 1 within its heap, never used again. */
  readonly id: number;
  readonly memory: ScatterList;
  /** Bytes asked for, rounded up to whole pages: the sum of `memory`. */
  readonly size: Bytes;
  /** Bytes the heap gave up for it, rounding of its algorithm included. */
  readonly taken: Bytes;
  readonly owner: string;
}

/**
 * Why a heap has no memory. `no-hole`: enough is free, but not in one piece. `exhausted`: too little is free. `too-large`: larger than the
 * heap could ever give. `pages-busy`: holes exist, and in each lies a page that cannot be moved. `no-room-to-migrate`: the pages lent
 * to others have nowhere to go. `interrupted`: the process that asks has been killed. `fault`: the fault switch said so.
 */
export interface HeapRefusal {
  readonly code: "no-hole" | "exhausted" | "too-large" | "pages-busy" | "no-room-to-migrate" | "interrupted" | "fault";
  /** What the modelled kernel's allocator returns. */
  readonly errno: Errno;
  /** Id of the heap. */
  readonly heap: string;
  readonly requested: Bytes;
  readonly free: Bytes;
  /** Longest free run, in bytes. */
  readonly largest: Bytes;
  /** Candidates that were tried and given up because a page was busy. */
  readonly busyTries: number;
  /** The page that stood in the way of the last candidate; null when none did. */
  readonly busyPage: PhysAddr | null;
}

/** Counters of a heap, all exact. Bytes unless said otherwise. */
export interface HeapStats {
  readonly size: Bytes;
  readonly used: Bytes;
  readonly free: Bytes;
  /** Longest free run. */
  readonly largestHole: Bytes;
  /** Most bytes in use at any time. */
  readonly highWater: Bytes;
  /** Allocations that live, have succeeded, have failed. */
  readonly live: number;
  readonly allocations: number;
  readonly failures: number;
  /** Pages moved out of the way so far; areas that lend nothing stay at 0. */
  readonly migratedPages: number;
}

/**
 * A memory source with state. Every heap can be served by any algorithm that fits it (one block for contiguous heaps).
 *
 * An allocation that is refused leaves every counter but `failures` as it was; and `migratedPages`, since pages that were moved for it stay
 * where they went.
 */
export interface Heap {
  readonly source: MemorySource;
  /** Name of the algorithm in use. */
  readonly algorithm: string;
  /** @throws RangeError for a size below 1, an alignment that is no power of two, or orders that do not descend to 0 */
  allocate(request: HeapRequest): Result<Backing, HeapRefusal>;
  /** Takes memory back; its bytes are gone. @throws RangeError when it is not this heap's, or was taken back before */
  release(backing: Backing): void;
  stats(): HeapStats;
  /** Recomputes every counter from what is out. @throws Error when one has drifted */
  audit(): void;
}
