/**
 * The form of the facts that `npm run facts` extracts from the source of one kernel: `coalloc/fact-database/1`.
 *
 * One record holds what a driver does for the compatibles it treats alike. What is the same for most drivers is left out, and every file is named once.
 */
import type { DeviceFact, LimitFact, MaskFact, QueueFact, SourceLine } from "../fact.js";

/** File, as an index into `files`, and line, from 1. */
export type StoredLine = readonly [file: number, line: number];

/** A value whose lines are stored short. */
export type Stored<T> = { readonly [K in keyof T]: K extends "sources" ? readonly StoredLine[] : T[K] };

/** A compatible and the line of the match table that names it. */
export type StoredName = readonly [compatible: string, line: number];

/** Fields that stand as they are, and are left out where most drivers have the same. */
type Plain = "appliesTo" | "mmu" | "role" | "slaveDma";
/** Fields that a fact leaves out too. */
type Optional = "export" | "import" | "memoryRegionUse" | "memoryRegionWhen" | "note" | "pictureQueue";

/** What one driver does for some compatibles. */
export interface StoredFact extends Partial<Pick<DeviceFact, Plain | Optional>>, Pick<DeviceFact, "confidence"> {
  readonly names: readonly StoredName[];
  readonly module: string;
  /** The file of the match table, as an index into `files`. */
  readonly file: number;
  /** Another driver claims these compatibles too, and is the one a machine is built with. */
  readonly rival?: boolean;
  readonly dmaMask: Stored<MaskFact>;
  /** Left out where it is the streaming mask again. */
  readonly coherentDmaMask?: Stored<MaskFact>;
  readonly maxSegmentSize?: Stored<LimitFact>;
  readonly maxSegments?: Stored<LimitFact>;
  readonly segmentBoundaryMask?: Stored<MaskFact>;
  readonly buffers?: readonly Stored<QueueFact>[];
}

/** A database as stored. */
export interface FactDatabase {
  readonly schema: "coalloc/fact-database/1";
  /** Version of the kernel that was read, `6.12.117`. */
  readonly kernel: string;
  /** Revision of the extraction that the oldest record is of: another one may answer differently for the same source. */
  readonly generator: number;
  readonly files: readonly string[];
  readonly drivers: readonly StoredFact[];
}

/** Values short for storing: each line as `lineOf` has it. */
export function shortened<T extends { readonly sources?: readonly SourceLine[] }>(
  value: T,
  lineOf: (line: SourceLine) => StoredLine,
): Stored<T> {
  return (value.sources === undefined ? value : { ...value, sources: value.sources.map(lineOf) }) as Stored<T>;
}

/** The way back from {@link shortened}. */
export function written<T extends { readonly sources?: readonly SourceLine[] }>(
  stored: Stored<T>,
  lineOf: (line: StoredLine) => SourceLine,
): T {
  const { sources } = stored as { readonly sources?: readonly StoredLine[] };
  return (sources === undefined ? stored : { ...stored, sources: sources.map(lineOf) }) as T;
}
