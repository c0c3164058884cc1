import type { Device, DmaRange } from "../../machine/machine.js";
import type { DmaAddr } from "../../units/quantity.js";
import type { Heap } from "../heaps/heap.js";
import type { BouncePool } from "./bounce-pool.js";
import type { DmaMapOps } from "./dma-map-ops.js";
import type { IommuDomain } from "./iommu-domain.js";

/**
 * A device as the DMA API sees it: `struct device` with its masks narrowed to numbers once. Several blocks of a board may share one, since
 * drivers made of several blocks map for a single device.
 *
 * @see Linux 6.12 `include/linux/device.h` `struct device`
 */
export interface MappedDevice {
  /** Counts from 0, in the order of the machine's devices. */
  readonly id: number;
  /** Path of the node, or the name of a virtual device. */
  readonly path: string;
  /** The machine's device whose masks and limits count. */
  readonly device: Device;
  /** Highest address it may emit for streaming mappings, inclusive: the tighter of mask and bus. */
  readonly streamingLimit: DmaAddr;
  /** The same for coherent memory. */
  readonly coherentLimit: DmaAddr;
  readonly windows: readonly DmaRange[] | null;
  /** Accesses snoop the CPU's caches. */
  readonly coherent: boolean;
  /** Bytes; 65536 is the answer where the driver set nothing. */
  readonly maxSegmentSize: number;
  /** Inclusive, 2^n - 1; `Infinity` for none. */
  readonly segmentBoundaryMask: number;
  /** Inclusive, 2^n - 1; 0 for none. */
  readonly minAlignMask: number;
  /** Entries the engine takes; `Infinity` for any number. A limit of ours: Linux keeps it in drivers. */
  readonly maxSegments: number;
  /**
   * Bytes to which longer entries are cut when the list is mapped directly; `Infinity` when they stay as they are, as in Linux. Finite for
   * engines that are known to take short entries and only so many of them.
   */
  readonly splitSize: number;
  /** On PCI: addresses below 4 GiB are tried first behind an IOMMU, until that fails. */
  readonly isPci: boolean;
  readonly ops: DmaMapOps;
  /** For memory that came by its own allocation path. */
  readonly ownOps: DmaMapOps;
  /** The domain it is attached to; null when nothing translates. Devices of a group share one. */
  readonly domain: IommuDomain | null;
  /** Which of the IOMMU's clients it is, for fault reports. */
  readonly streamId: number | null;
  /** Its coherent pool: answers for every coherent allocation, finally. */
  readonly coherentPool: Heap | null;
  /** Its own CMA area, asked before anything else and instead of the default one. */
  readonly cmaArea: Heap | null;
  /**
   * It is bound to an area that the kernel could not activate, which answers in place of the default one: never with memory.
   *
   * @see Linux 6.12 `mm/cma.c` `cma_activate_area()`
   */
  readonly cmaAreaIsInactive: boolean;
  /** Where its mappings bounce: a restricted pool of its own, else that of the machine; null when there is none. */
  readonly bouncePool: BouncePool | null;
}
