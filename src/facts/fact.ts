/**
 * What a driver does that no device tree says: masks, segment limits, kinds of buffers, image layouts.
 *
 * A fact is data read from the source of Linux; `sources` name the file and line, relative to the kernel's source
 * root. Limits that the tree imposes (bus windows, IOMMU apertures) are never folded into a fact.
 */

import type { Confidence } from "./confidence.js";

/** A line of a source file, path relative to the kernel's source root. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/**
 * Whose device tree node, driver or PCI id a fact is about. `platformDriver` is the name of a driver as its bus knows it, for devices without a node;
 * `parameter` a value of its module, `allocators=1`, where the driver differs by it.
 */
export type FactMatch =
  | { readonly compatible: string }
  | { readonly platformDriver: string; readonly parameter?: string }
  | { readonly pci: readonly [vendor: number, device: number] };

/** Where the facts of a driver stand, and the module that holds it. `module` is the module's name, without `.ko`. */
export interface DriverSource extends SourceLine {
  readonly module: string;
  /** Version of the kernel that was read, `6.12`; of what is outside its tree, name and version. */
  readonly kernel: string;
}

/**
 * How a value is known.
 *
 * `exact`: one constant. `variant`: one constant chosen by match data of this compatible. `set`: several, chosen by a
 * condition (`when`). `inherited`: from the parent device. `runtime`: read from a register. `default`: the driver says nothing, the
 * kernel's default counts. `unknown`: not read.
 */
export type ValueKind = "exact" | "variant" | "set" | "inherited" | "runtime" | "default" | "unknown";

/**
 * A 64-bit mask as a driver sets it. Masks are hexadecimal strings, `"0xffffffff"`, because 64 ones are no exact number.
 * A `set` lists its candidates, tightest first, and says in `when` what chooses each, in the same order.
 */
export interface MaskFact {
  readonly kind: ValueKind;
  readonly value?: string;
  readonly candidates?: readonly string[];
  readonly when?: readonly string[];
  /**
   * For each candidate of a `set`, in the same order, the boards it holds on: where an IOMMU serves the DMA device, in whatever domain, or where none does. The
   * board then decides, and nothing is assumed.
   */
  readonly byIommu?: readonly ("iommu" | "no-iommu")[];
  readonly sources: readonly SourceLine[];
}

/** A limit in bytes or entries. `setBy` names the layer that wrote it last. */
export interface LimitFact {
  readonly kind: ValueKind;
  readonly value?: number | "unlimited";
  readonly setBy?: "driver" | "mmc-core" | "scsi-core" | "pci-core" | "default";
  readonly sources?: readonly SourceLine[];
}

/**
 * How the driver's buffers are made and what it takes.
 *
 * `contig`: videobuf2 contiguous: contiguous as the device sees it. `sg`: videobuf2 scatter. `vmalloc`: the CPU copies.
 * `gem-dma`: DRM GEM DMA helpers, contiguous as the device sees it. `gem-shmem`: DRM shmem helpers, scattered pages.
 * `own`: the driver's own code, explained by `allocates` and `accepts`. `ttm`: DRM TTM.
 */
export type BufferKind = "contig" | "sg" | "vmalloc" | "gem-dma" | "gem-shmem" | "own" | "ttm";

/** One queue of a driver. */
export interface QueueFact {
  /**
   * `capture` and `output` as V4L2 names them, `gem` for DRM, `meta`, `firmware`, or the driver's own word. Where the video nodes of one device differ,
   * the second node's queues carry its name in front: `encoder-output`.
   */
  readonly queue: string;
  readonly kind: BufferKind;
  /** The entry holds only when an IOMMU translates for the device, or only when none does. */
  readonly when?: "iommu" | "no-iommu";
  /** `dma32`: pages below 4 GiB are asked for, whatever the mask. */
  readonly gfp?: "dma32";
  readonly attrs?: readonly ("alloc-single-pages" | "no-kernel-mapping" | "force-contiguous")[];
  /** The driver insists on a single scatter-list entry: `maxSegmentSize` must hold a whole buffer. */
  readonly oneEntry?: boolean;
  /** What an allocation of this queue gives; needed for kind `own`, else it follows from the kind. */
  readonly allocates?: "contiguous" | "scattered";
  /** What an import into this queue must be, as the device sees it; needed for kind `own`. */
  readonly accepts?: "contiguous" | "scattered";
  /** Whether this queue takes a dma-buf, where the queues of a driver differ in it; else the driver's `import` says. */
  readonly takesDmabuf?: boolean;
  readonly sources?: readonly SourceLine[];
}

/** A video device, `/dev/videoN`, that a driver registers for a device: programs list it by this name, which no tree has. */
export interface VideoNodeFact {
  /** As the driver writes it, and `v4l2-ctl --list-devices` or `media-ctl` show it. */
  readonly name: string;
  /** Those of {@link DeviceFact.buffers} that belong to this video device, by their names there. */
  readonly queues: readonly string[];
  /** The one of `queues` that carries pictures. */
  readonly pictureQueue: string;
  readonly sources: readonly SourceLine[];
}

/** Largest alignment of a picture that is taken from a file: more than any engine wants, and small enough that those of several engines stay exact together. */
export const LARGEST_PICTURE_ALIGN: number = 2 ** 20;

/**
 * What the engine wants of a picture in memory. All alignments in bytes, except `heightAlign` in rows; 1 is stated only where
 * the driver states it. A missing field is not known.
 */
export interface LayoutFact {
  /** DRM fourcc, or `*` for every format of the driver. */
  readonly fourcc: string;
  /** Name of the modifier, `LINEAR` when plain. */
  readonly modifier: string;
  readonly strideAlign?: number;
  readonly heightAlign?: number;
  readonly offsetAlign?: number;
  readonly sources?: readonly SourceLine[];
}

/**
 * Which device the DMA API sees.
 *
 * `self`: the node that matched. `parent`: its parent node. `dma-channel`: the DMA controller named by `dmas`. `card`: the sound card.
 * `phandle`: the node this property points at. `aggregate`: the node with this compatible, under which several blocks act as
 * one device. `virtual`: a device without a node, which the driver creates and configures from the first enabled node with
 * the compatible `configuredFrom`.
 */
export type AppliesTo =
  | "self"
  | "parent"
  | "dma-channel"
  | "card"
  | { readonly phandle: string }
  | { readonly aggregate: string }
  | { readonly virtual: string; readonly configuredFrom: string };

/** {@link AppliesTo}, or an aggregate that differs between chips: the first of these compatibles that is enabled in the tree, else the first one in it. */
export type FactAppliesTo = AppliesTo | { readonly aggregate: string | readonly string[] };

/** What a device is for, in the words people use. */
export type Role = "camera" | "codec" | "scaler" | "2d" | "display" | "gpu" | "npu" | "dsp" | "other";

/** All that is known of one compatible under one driver. */
export interface DeviceFact {
  readonly match: FactMatch;
  readonly driver: DriverSource;
  readonly role: Role;
  readonly appliesTo: FactAppliesTo;
  readonly dmaMask: MaskFact;
  readonly coherentDmaMask: MaskFact;
  readonly maxSegmentSize: LimitFact;
  readonly maxSegments?: LimitFact;
  readonly segmentBoundaryMask: MaskFact;
  /** One entry per queue and condition; empty for a block without buffers of its own (its aggregate has them). */
  readonly buffers: readonly QueueFact[];
  /** The queue meant when none is named: the one that carries pictures. */
  readonly pictureQueue?: string;
  /** Where the driver names its video devices otherwise than the tree names the device, or has several for one device. */
  readonly videoNodes?: readonly VideoNodeFact[];
  readonly import?: { readonly v4l2Dmabuf?: boolean; readonly prime?: boolean };
  readonly export?: {
    readonly v4l2Mmap?: boolean;
    readonly dumb?: boolean;
    readonly gem?: boolean;
    /** CPU mapping of what is exported, where the driver decides it; else it follows from kind and coherency. */
    readonly cpuMapping?: "cached" | "write-combined" | "uncached" | "none";
  };
  /**
   * The driver has its device configured again from another node: bus windows, coherency and IOMMU are then that node's. Counted is the first node in
   * the tree with one of these compatibles and, where one is named, with this property. Linux 6.12 `drivers/of/device.c` `of_dma_configure_id()`.
   */
  readonly configuredFrom?: {
    readonly compatibles: readonly string[];
    readonly property?: string;
    readonly sources: readonly SourceLine[];
  };
  /** What the driver does with the node's `memory-region`: takes buffers from it, loads firmware into it, or ignores it. */
  readonly memoryRegionUse?: "buffers" | "firmware" | "none";
  /** `no-iommu`: the use holds only where no IOMMU serves the node, whatever its default domain; else the driver ignores the regions. */
  readonly memoryRegionWhen?: "no-iommu";
  /**
   * `none`: what the tree's `iommus` says. `device`: translation inside the engine, which takes scattered pages.
   * `manages-iommu-domain`: the driver maps into a domain of its own behind the IOMMU of the tree.
   */
  readonly mmu: "none" | "device" | "manages-iommu-domain";
  /** Physical address bits of the engine's own MMU, when it has one and the source says so. */
  readonly mmuOutputBits?: number;
  /** The node is a client of a DMA controller, its own masks do not matter. */
  readonly slaveDma: boolean;
  readonly layouts?: readonly LayoutFact[];
  readonly confidence: Confidence;
  /** Read by a person in the source, with the lines given. */
  readonly reviewed: boolean;
  /** A sentence for what the fields cannot say. */
  readonly note?: string;
  /** Address of public documentation, for drivers outside the kernel's tree. */
  readonly url?: string;
}
