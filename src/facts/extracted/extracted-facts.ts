import type { DeviceFact, LimitFact, MaskFact, QueueFact, SourceLine } from "../fact.js";
import { type FactDatabase, type StoredFact, type StoredLine, written } from "./database.js";

/** Where a record stands for a compatible. */
interface Place {
  readonly record: number;
  /** Line of the match table. */
  readonly line: number;
}

/** Nobody restricts what a segment may cross. */
const NO_BOUNDARY: MaskFact = { kind: "default", sources: [] };
/** The DMA layer's own answer. */
const DEFAULT_SEGMENT: LimitFact = { kind: "default", setBy: "default" };

/** Facts found by a program in the source of one kernel. A record becomes a fact when it is asked for. Immutable. */
export class ExtractedFacts {
  /** Version of the kernel that was read. */
  readonly kernel: string;
  /** Revision of the extraction. */
  readonly generator: number;
  readonly #database: FactDatabase;
  readonly #places = new Map<string, Place[]>();

  /** @param database - kept, and not checked: the one that ships is checked by the tests */
  constructor(database: FactDatabase) {
    this.kernel = database.kernel;
    this.generator = database.generator;
    this.#database = database;
    for (const [record, { names, rival }] of database.drivers.entries()) {
      for (const [name, line] of names) {
        const place = { record, line };
        const known = this.#places.get(name);
        if (known === undefined) this.#places.set(name, [place]);
        else if (rival === true) known.push(place);
        else known.unshift(place);
      }
    }
  }

  /** Every compatible that has a fact, in no order that means anything. */
  names(): Iterable<string> {
    return this.#places.keys();
  }

  /** What drivers do for a compatible, the one a machine is built with first; empty when none is known. */
  of(compatible: string): readonly DeviceFact[] {
    const places = this.#places.get(compatible) ?? [];
    return places.map(({ record, line }) => this.#fact(compatible, line, this.#database.drivers[record]));
  }

  #fact(compatible: string, line: number, stored: StoredFact | undefined): DeviceFact {
    if (stored === undefined) throw new RangeError(`${compatible}: the database has no such record`);
    const {
      names: _,
      rival: __,
      module,
      file,
      dmaMask,
      coherentDmaMask,
      maxSegmentSize,
      maxSegments,
      ...rest
    } = stored;
    const { buffers = [], segmentBoundaryMask, ...plain } = rest;
    const lineOf = (at: StoredLine): SourceLine => this.#line(at);
    const streaming = written<MaskFact>(dmaMask, lineOf);
    return {
      match: { compatible },
      driver: { module, ...this.#line([file, line]), kernel: this.kernel },
      role: "other",
      appliesTo: "self",
      dmaMask: streaming,
      coherentDmaMask: coherentDmaMask === undefined ? streaming : written<MaskFact>(coherentDmaMask, lineOf),
      maxSegmentSize: maxSegmentSize === undefined ? DEFAULT_SEGMENT : written<LimitFact>(maxSegmentSize, lineOf),
      ...(maxSegments === undefined ? {} : { maxSegments: written<LimitFact>(maxSegments, lineOf) }),
      segmentBoundaryMask:
        segmentBoundaryMask === undefined ? NO_BOUNDARY : written<MaskFact>(segmentBoundaryMask, lineOf),
      buffers: buffers.map((queue) => written<QueueFact>(queue, lineOf)),
      mmu: "none",
      slaveDma: false,
      reviewed: false,
      ...plain,
    };
  }

  #line([file, line]: StoredLine): SourceLine {
    const name = this.#database.files[file];
    if (name === undefined) throw new RangeError(`the database has no file ${file}`);
    return { file: name, line };
  }
}
