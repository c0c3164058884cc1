import type { Confidence } from "../facts/confidence.js";
import type { AppliesTo, DriverSource, LayoutFact, QueueFact, Role } from "../facts/fact.js";
import type { Bytes, DmaAddr, Iova, PhysAddr } from "../units/quantity.js";
import type { Range, RangeSet } from "../units/ranges.js";
import type { Arch, KernelProfile } from "./profile.js";

export type { Arch } from "./profile.js";

/**
 * All that placement needs of a board and its kernel, as plain immutable data: it can be saved as JSON, loaded again and
 * compared. Every array is sorted by path, node or base, so that the same input gives the same bytes.
 */
export interface Machine {
  readonly schema: "coalloc/machine/1";
  /** `model` of the root node, or `""`. */
  readonly model: string;
  /** `compatible` of the root node. */
  readonly compatible: readonly string[];
  readonly arch: Arch;
  readonly profile: KernelProfile;
  readonly commandLine: string;
  /** What a change to the board's tree has to fit. */
  readonly tree: TreeShape;
  /** RAM the kernel may use, before any reservation; `mem=` applied, ends cut to whole pages. */
  readonly banks: readonly MemoryBank[];
  /** Parts of the memory specification that were cut out because device registers occupy them. */
  readonly cutOuts: readonly CutOut[];
  readonly buses: readonly Bus[];
  readonly iommus: readonly Iommu[];
  readonly devices: readonly Device[];
  readonly regions: readonly ReservedRegion[];
  /** The area that serves a device without one of its own; null when the kernel has none. */
  readonly defaultCma: DefaultCma | null;
  /** Exclusive end of the first memory zone: what `GFP_DMA` pages and the default CMA area stay below. */
  readonly zoneDmaEnd: PhysAddr;
  /** RAM that is neither reserved nor part of a CMA area or pool when boot is over: where single pages come from. */
  readonly pages: RangeSet;
  /** What was taken for granted while building, not tied to a single device. */
  readonly assumptions: readonly Assumption[];
}

/** The form of the board's tree that new nodes must follow. */
export interface TreeShape {
  /** `#address-cells` of the root, which `/reserved-memory` must repeat. */
  readonly addressCells: number;
  /** `#size-cells` of the root. */
  readonly sizeCells: number;
  readonly hasReservedMemory: boolean;
}

/** A bank of RAM. */
export interface MemoryBank extends Range {
  /** NUMA node, 0 where the tree says nothing. */
  readonly numaNode: number;
  readonly provenance: Provenance;
}

/** A range taken out of the memory given, and the node whose registers lie there. */
export interface CutOut extends Range {
  readonly node: string;
}

/** Where a value comes from. `kernel-default`: what Linux uses when the driver says nothing. `live`: read from the running kernel. */
export interface Provenance {
  readonly kind:
    | "tree"
    | "bus"
    | "fact"
    | "override"
    | "cmdline"
    | "config"
    | "derived"
    | "kernel-default"
    | "live"
    | "unknown";
  /** `file:line` of a driver, `node:property` of the tree, the option, or null when there is nothing to point at. */
  readonly source: string | null;
}

/** Something taken for granted, in one code, with where it stands. */
export interface Assumption {
  readonly code: AssumptionCode;
  readonly device: string | null;
  readonly field: string | null;
  readonly source: string | null;
  /** What each possible value hangs on, `0xffffffff if no 64-bit capability; ...`, where the driver has several and the tightest was taken. */
  readonly condition?: string;
}

/** Why an answer is assumed and not proven. Codes are public and never change meaning. */
export type AssumptionCode =
  | "device-disabled"
  | "iommu-disabled"
  | "default-mask"
  | "conditional-mask"
  | "runtime-mask"
  | "unknown-driver"
  | "unknown-buffers"
  | "unknown-layout"
  | "aggregate"
  | "iommu-output-width"
  | "boot-placement"
  | "pool-not-placed"
  | "memory-from-tree"
  | "memory-from-zones"
  | "memory-size-only"
  | "registers-cut-out"
  | "condition"
  | "arch-guessed";

/** One window of a bus: `size` bytes that the CPU sees at `cpu` and devices on the bus emit at `dma`. */
export interface DmaRange {
  readonly cpu: PhysAddr;
  readonly dma: DmaAddr;
  readonly size: Bytes;
}

/** A node whose `dma-ranges` the kernel would consult: Linux 6.12 `drivers/of/address.c` `of_dma_get_range()`. */
export interface Bus {
  readonly path: string;
  /** Windows after translation to CPU addresses; null when the bus puts no limit on its devices. */
  readonly windows: readonly DmaRange[] | null;
  /** Highest bus address a device may emit, inclusive; `unlimited` without windows. */
  readonly dmaLimit: DmaAddr | "unlimited";
  readonly provenance: Provenance;
}

/** An IOMMU instance. */
export interface Iommu {
  readonly path: string;
  readonly compatible: readonly string[];
  readonly enabled: boolean;
  /** Module of the driver that serves it; null when the kernel has none and devices go direct. */
  readonly driver: string | null;
  /** Page sizes of the tables in bytes, ascending. */
  readonly pageSizes: readonly Bytes[];
  /** Address space of a default domain; `end` exclusive, clamped to 2^53 - 1. */
  readonly aperture: { readonly base: Iova; readonly end: Iova };
  /** Physical address bits its tables can point at: pages at or above 2^bits cannot be mapped. */
  readonly outputBits: number;
  /** Which devices share an address space: every device its own, or all of the instance one. */
  readonly grouping: "device" | "instance";
  readonly provenance: {
    readonly pageSizes: Provenance;
    readonly aperture: Provenance;
    readonly outputBits: Provenance;
  };
}

/**
 * Ids of a client: those that are equal to `id` in every bit outside `mask`.
 *
 * @see Linux 6.12 `drivers/iommu/arm/arm-smmu/arm-smmu.c` `arm_smmu_of_xlate()`
 */
export interface StreamMatch {
  readonly id: number;
  readonly mask: number;
}

/** How a device hangs on an IOMMU. */
export interface IommuAttachment {
  /** The IOMMU, of several the disabled one, else the first; null when the property names none that can be read. */
  readonly path: string | null;
  /**
   * Which of the IOMMU's clients the device is: the first cell of its `iommus` entry, or what `iommu-map` makes of its id. Null where the IOMMU knows no
   * clients apart (`#iommu-cells` is 0) and for a bridge, behind which there are several; missing in documents older than the field.
   */
  readonly streamId?: number | null;
  /** Every id by which that IOMMU knows the device, where `streamId` is not all: several entries, or one with a mask. */
  readonly streams?: readonly StreamMatch[];
  /**
   * `translate`: its default domain translates. `identity`: the driver or the command line asks for pass-through. `disabled`: the provider's
   * node is disabled. `no-driver`: no driver serves it. `malformed`: the property cannot be parsed. Only `translate` changes an address.
   */
  readonly state: "translate" | "identity" | "disabled" | "no-driver" | "malformed";
  /** State if the tree enabled the provider: what a disabled device is judged by. */
  readonly stateIfEnabled: "translate" | "identity" | "no-driver" | "malformed";
  readonly source: string;
}

/**
 * How the pages of an imported buffer become addresses for the engine.
 *
 * `none`: the device emits bus addresses. `iommu`: the DMA API maps behind the IOMMU. `driver-domain`: the driver maps into its own domain,
 * after the DMA API has mapped directly for the DMA device. `device-mmu`: tables inside the engine. `cpu`: the CPU copies, nothing is mapped.
 */
export type Translation = "none" | "iommu" | "driver-domain" | "device-mmu" | "cpu";

/** A device that does DMA, with everything the tree and the facts say of it. */
export interface Device {
  /** Full path in the tree, or the PCI address. */
  readonly path: string;
  /** Node name with unit address. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly aliases: readonly string[];
  /** Nodes under `/dev` that open it, sorted; missing where nobody has looked, which is everywhere but on a machine that runs. */
  readonly devNodes?: readonly string[];
  readonly compatible: readonly string[];
  readonly enabled: boolean;
  readonly role: Role | null;
  /** The driver whose facts are used; null when none is known. */
  readonly driver: DriverSource | null;
  /** The device the DMA API sees: this node, another one, or one without a node. */
  readonly dmaDevice: DmaDevice;
  readonly appliesTo: AppliesTo;
  /** NUMA node, 0 where nothing is said. */
  readonly numaNode: number;
  /** Path of the bus whose windows apply to the DMA device; null when none does. */
  readonly bus: string | null;
  /** Windows of that bus; null when addresses pass unchanged and unlimited. */
  readonly windows: readonly DmaRange[] | null;
  /** Highest bus address, inclusive. */
  readonly busDmaLimit: DmaAddr | "unlimited";
  /** Hexadecimal, as the driver leaves it; the bus limit is not folded in. Null when unknown. */
  readonly dmaMask: string | null;
  readonly coherentDmaMask: string | null;
  readonly coherent: boolean;
  /**
   * The IOMMU whose tables the device's accesses go through: that of the DMA device when `translation` is `iommu`, else that of the named node,
   * else of a block that belongs to the same aggregate. Whether the DMA API uses it stands in `translation`.
   */
  readonly iommu: IommuAttachment | null;
  readonly translation: Translation;
  /** Translation if the device, the blocks of its aggregate and their IOMMUs were enabled. */
  readonly translationIfEnabled: Translation;
  /** Bytes; 65536 is Linux's answer where nothing is set. */
  readonly maxSegmentSize: Bytes | "unlimited";
  readonly maxSegments: number | "unlimited";
  /** Hexadecimal, or `unlimited`. */
  readonly segmentBoundaryMask: string | "unlimited";
  /** Queues with their buffer kinds; empty when unknown. Conditions on an IOMMU are still in them. */
  readonly queues: readonly QueueFact[];
  readonly pictureQueue: string | null;
  readonly ownMmu: boolean;
  /** Physical address bits of the engine's own MMU, null when it has none or nobody knows. */
  readonly mmuOutputBits: number | null;
  readonly import: { readonly v4l2Dmabuf: boolean; readonly prime: boolean } | null;
  readonly export: {
    readonly v4l2Mmap: boolean;
    readonly dumb: boolean;
    readonly gem: boolean;
    readonly cpuMapping: CpuMapping | null;
  } | null;
  /** What the driver does with a `memory-region`, whether or not the tree gives one. */
  readonly memoryRegionUse: "buffers" | "firmware" | "none" | "unknown";
  /** In the order of the `memory-region` property of the DMA device; regions the driver is known to ignore are left out. */
  readonly memoryRegions: readonly RegionBinding[];
  readonly layouts: readonly LayoutFact[];
  readonly slaveDma: boolean;
  /** Of the fact the limits come from: that of the DMA device, where one is known. */
  readonly confidence: Confidence;
  readonly note: string | null;
  /**
   * Where each field comes from, by field name: every field a constraint rests on has an entry. A `translation` of kind `cmdline` or `config` is
   * `none` only because default domains pass through by the word of that: with the IOMMU enabled, for a disabled device.
   */
  readonly provenance: Readonly<Record<string, Provenance>>;
  /** What was assumed about this device. `device-disabled` is added by whoever places it. */
  readonly assumptions: readonly Assumption[];
  /** What only a running system tells; missing where the machine was not read while it ran, or the system does not know the device. */
  readonly running?: RunningDevice;
}

/** A device as the running kernel has it. */
export interface RunningDevice {
  /** Name on its bus: `0000:01:00.0`, `fdd90000.vop`, `vivid.0`. */
  readonly busId: string;
  /** The driver that is bound to it. */
  readonly driver: string | null;
  /** Devices that can only be given an address space together; null for a device that no IOMMU serves. */
  readonly iommuGroup: IommuGroup | null;
}

/** A group of devices behind an IOMMU. */
export interface IommuGroup {
  readonly id: number;
  /** `DMA`, `DMA-FQ`, `identity`, `blocked`, `unmanaged`; null where it may not be read. */
  readonly type: string | null;
  /** I/O addresses that cannot be handed out, sorted by base; an end beyond 2^53 - 1 is clamped. */
  readonly reserved: readonly ReservedIova[];
}

/** Addresses that an IOMMU driver keeps: `msi` doorbells, `direct` mappings that firmware relies on, `reserved`, `direct-relaxable`. */
export interface ReservedIova extends Range {
  readonly kind: string;
}

/** The device the DMA API sees. */
export type DmaDevice = { readonly path: string } | { readonly virtual: string; readonly configuredFrom: string };

/** How a process sees the memory. */
export type CpuMapping = "cached" | "write-combined" | "uncached" | "none";

/** A device's claim on a reserved region. */
export interface RegionBinding {
  /** Path of the reserved-memory node. */
  readonly node: string;
  /** From `memory-region-names`, or null. */
  readonly name: string | null;
  readonly use: "buffers" | "firmware" | "unknown";
}

/** A child of `/reserved-memory` after boot. */
export interface ReservedRegion {
  readonly node: string;
  /** Node name with unit address: the name Linux uses. */
  readonly name: string;
  readonly compatible: readonly string[];
  /** `cma`: lent to movable pages. `coherent-pool`: per-device pool. `restricted-pool`: bounce pool of its devices. `reserved`: nothing allocates from it. */
  readonly kind: "cma" | "coherent-pool" | "restricted-pool" | "reserved";
  /** Null when the kernel could not place it. */
  readonly base: PhysAddr | null;
  readonly size: Bytes;
  readonly noMap: boolean;
  readonly status: "placed" | "failed" | "ignored";
  readonly certainty: "exact" | "assumed";
  /** `static`: its `reg` says where it lies. `dynamic`: boot looks for a place. */
  readonly placement: "static" | "dynamic";
  /** Where a region without `reg` may lie, by its `alloc-ranges`; null when all RAM will do. */
  readonly allocRanges: RangeSet | null;
  /** Serves devices without an area of their own (`linux,cma-default`, and not overridden). */
  readonly isDefaultCma: boolean;
  /** Why nothing came of it, in the words of the boot model; null when placed. */
  readonly failure: string | null;
  /** Paths of the devices whose `memory-region` names it, sorted. */
  readonly boundDevices: readonly string[];
}

/** The default CMA area. */
export interface DefaultCma {
  readonly base: PhysAddr;
  readonly size: Bytes;
  readonly source: "tree" | "cmdline" | "config";
  readonly node: string | null;
  /** Name of the area, which is the name of its dma-heap on 6.12. */
  readonly name: string;
  /** Name of its dma-heap where the running kernel shows another; newer ones call it `default_cma_region`. */
  readonly heapName?: string;
  readonly certainty: "exact" | "assumed";
}
