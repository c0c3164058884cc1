/**
 * Short forms for the hand-read facts: each builds a plain value of `fact.ts` and decides nothing.
 */
import type {
  DeviceFact,
  DriverSource,
  FactMatch,
  LimitFact,
  MaskFact,
  QueueFact,
  Role,
  SourceLine,
  VideoNodeFact,
} from "../fact.js";

/** Version of the kernel that was read for every fact in this folder. */
const KERNEL = "6.12";

/** The four limits the DMA layer keeps for a device. */
export type DmaLimits = Pick<DeviceFact, "dmaMask" | "coherentDmaMask" | "maxSegmentSize" | "segmentBoundaryMask">;

/** Names a line of the kernel's source; `file` relative to its root. */
export function at(file: string, line: number): SourceLine {
  return { file, line };
}

/** Names the match table entry (or probe) of a driver and the module that holds it. */
export function driver(module: string, file: string, line: number): DriverSource {
  return { module, file, line, kernel: KERNEL };
}

/** Matches nodes by compatible. */
export function compatible(name: string): FactMatch {
  return { compatible: name };
}

/** A mask set to one constant at the line given. */
export function exactMask(value: string, file: string, line: number): MaskFact {
  return { kind: "exact", value, sources: [at(file, line)] };
}

/** A mask chosen by match data: `line` is the call, `data` the lines that hold the value for this compatible. */
export function variantMask(value: string, file: string, line: number, ...data: readonly SourceLine[]): MaskFact {
  return { kind: "variant", value, sources: [at(file, line), ...data] };
}

/** A mask nobody sets: the line is the probe that was read to its end. */
export function defaultMask(file: string, line: number): MaskFact {
  return { kind: "default", sources: [at(file, line)] };
}

/** A mask read from the hardware; `candidates` tightest first, `when` says what chooses each, in the same order. */
export function runtimeMask(
  candidates: readonly string[],
  when: readonly string[],
  ...sources: readonly SourceLine[]
): MaskFact {
  return { kind: "runtime", candidates, when, sources };
}

/** A mask that follows a 64-bit capability in a host's registers; the lines set the wide mask, then the narrow one. */
export function capabilityMask(file: string, wideLine: number, narrowLine: number): MaskFact {
  return runtimeMask(
    ["0xffffffff", "0xffffffffffffffff"],
    ["no 64-bit capability in the host's registers", "64-bit capability"],
    at(file, wideLine),
    at(file, narrowLine),
  );
}

/** Nobody restricts what a segment may cross. */
export const noSegmentBoundary: MaskFact = { kind: "default", sources: [] };

/** Nobody sets a segment size: the DMA layer answers 64 KiB, which refuses nothing by itself. */
export const defaultSegmentSize: LimitFact = { kind: "default", setBy: "default" };

/** A segment size in bytes set by the driver at the line given. */
export function segmentSize(value: number | "unlimited", file: string, line: number): LimitFact {
  return { kind: "exact", value, setBy: "driver", sources: [at(file, line)] };
}

/** A driver that leaves segments alone and has one mask for streaming and coherent memory. */
export function sameMasks(mask: MaskFact, maxSegmentSize: LimitFact = defaultSegmentSize): DmaLimits {
  return { dmaMask: mask, coherentDmaMask: mask, maxSegmentSize, segmentBoundaryMask: noSegmentBoundary };
}

/** A driver that sets no limit at all: the line is the probe that was read to its end. */
export function untouchedLimits(file: string, line: number): DmaLimits {
  return sameMasks(defaultMask(file, line));
}

/** A driver that sets both masks to one constant and nothing else. */
export function bothMasks(value: string, file: string, line: number): DmaLimits {
  return sameMasks(exactMask(value, file, line));
}

/** A driver that leaves the masks alone and asks for one segment of any length: the probe read to its end, then the line that asks. */
export function oneLongSegment(
  probeFile: string,
  probeLine: number,
  segmentFile: string,
  segmentLine: number,
): DmaLimits {
  return sameMasks(defaultMask(probeFile, probeLine), segmentSize(0xffffffff, segmentFile, segmentLine));
}

/** A card host on the MMC core, which writes the segment size when a card appears. */
export function cardHost(mask: MaskFact): DmaLimits {
  return sameMasks(mask, { kind: "runtime", setBy: "mmc-core" });
}

/** Which buffers a driver takes and gives. */
export type Sharing = Pick<DeviceFact, "import" | "export">;

/** A V4L2 driver whose queues take DMABUF and give MMAP buffers with `VIDIOC_EXPBUF`. */
export const sharesV4l2: Sharing = { import: { v4l2Dmabuf: true }, export: { v4l2Mmap: true } };

/** A V4L2 driver whose queues take MMAP and user pointers only: nothing is imported or exported. */
export const sharesNothing: Sharing = { import: { v4l2Dmabuf: false }, export: { v4l2Mmap: false } };

/** A DRM driver that imports by PRIME and whose dumb buffers can be exported. */
export const sharesDumb: Sharing = { import: { prime: true }, export: { dumb: true, gem: true } };

/** A videobuf2 queue of contiguous memory; the line sets its `mem_ops`. */
export function contigQueue(queue: string, file: string, line: number, more: Partial<QueueFact> = {}): QueueFact {
  return { queue, kind: "contig", sources: [at(file, line)], ...more };
}

/** A video device with the queues `PREFIXoutput` and `PREFIXcapture`; the line holds its name. */
export function codecNode(
  name: string,
  pictureQueue: "output" | "capture",
  prefix: "" | "encoder-",
  ...sources: readonly SourceLine[]
): VideoNodeFact {
  const queues = [`${prefix}output`, `${prefix}capture`];
  return { name, queues, pictureQueue: `${prefix}${pictureQueue}`, sources };
}

/** The buffers of a DRM driver on the GEM DMA helpers; the line installs them. */
export function gemDmaQueue(file: string, line: number): QueueFact {
  return { queue: "gem", kind: "gem-dma", sources: [at(file, line)] };
}

/** Fields that are the same for most drivers: {@link reviewedFact} fills them in where nothing else is said. */
type Usual = "appliesTo" | "mmu" | "slaveDma";

/** What a person states of a driver, the usual fields left out. */
export type Stated = Omit<DeviceFact, "match" | "driver" | "reviewed" | "note" | Usual> &
  Partial<Pick<DeviceFact, Usual>> & { readonly note?: string | undefined };

/** A fact read by a person: the node is its own DMA device, has no MMU and no DMA controller between, unless `stated` says otherwise. */
export function reviewedFact(name: string, source: DriverSource, stated: Stated): DeviceFact {
  const { note, ...fields } = stated;
  return {
    match: compatible(name),
    driver: source,
    appliesTo: "self",
    mmu: "none",
    slaveDma: false,
    reviewed: true,
    ...fields,
    ...(note === undefined ? {} : { note }),
  };
}

/** What is stated of a V4L2 driver; it takes and gives dma-bufs unless `import` and `export` are there. */
export type V4l2Stated = Omit<Stated, "pictureQueue"> & { readonly pictureQueue: string };

/** A V4L2 driver with videobuf2 queues: codec, scaler, camera. */
export function v4l2Fact(name: string, source: DriverSource, stated: V4l2Stated): DeviceFact {
  return reviewedFact(name, source, { ...sharesV4l2, ...stated });
}

/**
 * A processor that Linux starts: its memory regions hold firmware, rings and tables, never pictures.
 *
 * @param source - the match table's entry
 * @param probeLine - the probe, in the same file, that was read to its end and sets no limit
 */
export function firmwareProcessor(
  name: string,
  role: Role,
  source: DriverSource,
  probeLine: number,
  note?: string,
): DeviceFact {
  return reviewedFact(name, source, {
    role,
    ...untouchedLimits(source.file, probeLine),
    buffers: [],
    memoryRegionUse: "firmware",
    confidence: "A",
    note,
  });
}

/** A bus master nobody shares pictures with. */
export function busMaster(
  name: string,
  source: DriverSource,
  limits: DmaLimits,
  confidence: DeviceFact["confidence"],
  more: Partial<Pick<Stated, "memoryRegionUse" | "mmu" | "note">> = {},
): DeviceFact {
  return reviewedFact(name, source, { role: "other", ...limits, buffers: [], confidence, ...more });
}

/** Rows of a driver's match table: compatible and line. */
export type MatchRows = readonly (readonly [name: string, line: number])[];

/**
 * Blocks of an aggregate that have no buffers of their own: planes, timing generators, encoders, PHYs. What a request says of one holds for the device that
 * allocates, exports and imports for all of them.
 *
 * @param probeLine - the probe or bind, in the same file, that was read to its end and sets no limit
 * @param aggregate - compatibles of that device; where several chips share the block, all of theirs
 * @param more - a block that fetches pictures says so in its note
 */
export function aggregateBlocks(
  module: string,
  file: string,
  probeLine: number,
  aggregate: string | readonly string[],
  rows: MatchRows,
  more: Partial<Pick<Stated, "role" | "layouts" | "note">> = {},
): readonly DeviceFact[] {
  return rows.map(([name, line]) =>
    reviewedFact(name, driver(module, file, line), {
      role: "display",
      appliesTo: { aggregate },
      ...untouchedLimits(file, probeLine),
      buffers: [],
      confidence: "B",
      note: "Fetches no picture itself.",
      ...more,
    }),
  );
}

/** Optional properties of a frame in Arm's compression, in the order of their bits in `drm_fourcc.h`. */
const AFBC_FLAGS = ["YTR", "SPLIT", "SPARSE", "CBR", "TILED", "SC", "DB", "BCH", "USM"] as const;

/**
 * Names a mode of Arm's frame buffer compression. Flags may come in any order: the same mode always has the same name.
 */
export function armAfbc(block: "16x16" | "32x8" | "64x4", ...flags: readonly (typeof AFBC_FLAGS)[number][]): string {
  const words = [`BLOCK_SIZE_${block}`, ...AFBC_FLAGS.filter((flag) => flags.includes(flag))];
  return `ARM_AFBC(${words.join(" | ")})`;
}
