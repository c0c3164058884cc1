/**
 * What a person read in the source of Linux 6.12 about one drawn compatible, before anything extracted was looked at.
 *
 * The same words as a fact, so that both are compared field by field; a reading has no confidence and claims less: what it leaves out was not judged.
 */
import type { BufferKind, DeviceFact, SourceLine } from "../../../src/facts/fact.js";

/** Limits and behaviour, in the words of a fact. */
type Judged = Pick<
  DeviceFact,
  "appliesTo" | "dmaMask" | "coherentDmaMask" | "maxSegmentSize" | "segmentBoundaryMask" | "mmu" | "slaveDma"
>;

/** One compatible as one driver treats it. */
export interface Reading extends Judged {
  readonly compatible: string;
  /** The match table's line for the compatible. */
  readonly driver: SourceLine;
  /** Whether the driver, or the core it hands the device to, maps or allocates memory for DMA at all. */
  readonly usesDma: boolean;
  /** Every kind of buffer user space can get from it or share with it, each once, in alphabetical order; empty where it has no buffers of user space. */
  readonly kinds: readonly BufferKind[];
  /** What the driver does with the node's `memory-region`; null when no line of it looks there. */
  readonly memoryRegionUse: NonNullable<DeviceFact["memoryRegionUse"]> | null;
  /** Where `kinds`, `mmu` and the rest are decided; masks and limits name their own lines. */
  readonly evidence: readonly SourceLine[];
  /** Why, where the fields alone would surprise. */
  readonly note?: string;
}

/** A drawn name that no driver binds to: named in passing, or matched by a bus without masters. */
export interface Unbound {
  readonly compatible: string;
  /** Why nothing is to be read. */
  readonly unbound: string;
  readonly evidence: readonly SourceLine[];
}
