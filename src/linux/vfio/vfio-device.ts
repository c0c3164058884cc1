import { limitOfMask } from "../../addressing/limits.js";
import type { AddressedView } from "../../simulate/buffers/dma-buffer.js";
import { SegmentView } from "../../simulate/buffers/view.js";
import type { Direction } from "../../simulate/mapping/dma-map-ops.js";
import type { Bytes, DmaAddr, Iova } from "../../units/quantity.js";
import type { Result } from "../../units/result.js";
import type { Descriptor } from "../native/descriptor.js";
import { hasBit } from "../native/has-bit.js";
import type { Kernel } from "../native/kernel.js";
import { makeStruct, readStruct } from "../native/struct.js";
import type { SystemCallError } from "../native/system-call-error.js";
import { PCI_COMMAND, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY } from "../uapi/pci-regs.js";
import {
  VFIO_DEVICE_FLAGS_RESET,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_RESET,
  VFIO_PCI_CONFIG_REGION_INDEX,
  vfioDeviceInfo,
} from "../uapi/vfio.js";
import { closeInReverse } from "./close-in-reverse.js";
import type { VfioMapFailure } from "./map-failure.js";
import type { DmaMaster, PinnableMemory, VfioDomain } from "./vfio-domain.js";
import { type InterruptHandler, type InterruptKind, interruptsOf, VfioInterrupts } from "./vfio-interrupts.js";
import { type RegisterView, VfioRegion } from "./vfio-region.js";

/** What a driver knows of its device and the kernel does not: the masks that a kernel driver sets when it probes. */
export interface VfioDeviceOptions {
  /** Addresses the device can emit, `0x` first: `dma_set_mask()`. Nothing is ever mapped above it. */
  readonly dmaMask: string;
  /** Longest segment the device takes, in bytes: `dma_set_max_seg_size()`; views are cut there. Default: any. */
  readonly maxSegmentSize?: Bytes;
}

/**
 * A PCI function that this process drives. Opened by a `VfioContainer`, or by `openVfioDevice()`.
 *
 *     using device = orThrow(openVfioDevice(kernel, "0000:00:04.0", { dmaMask: "0xfffffff" }));
 *     device.enable();
 *     const registers = device.mapRegion(0);
 *     const view = orThrow(device.map(memory, "bidirectional"));    // view.dmaAddr is what the device is told
 *
 * {@link close} ends what was opened on it, the last first; DMA before the mappings it goes to.
 */
export class VfioDevice implements Disposable {
  readonly address: string;
  /** Highest address it emits, inclusive. */
  readonly dmaLimit: DmaAddr;
  /** Number of its regions, the configuration space among them. */
  readonly regions: number;
  readonly canReset: boolean;
  /** Its configuration space. */
  readonly config: VfioRegion;
  readonly #kernel: Kernel;
  readonly #descriptor: Descriptor;
  readonly #domain: VfioDomain;
  readonly #master: DmaMaster;
  readonly #views: Set<SegmentView> = new Set();
  #opened: readonly Opened[] = [];
  readonly #closed: () => void;

  /**
   * @param descriptor - the device's, which belongs to this object from now on
   * @param closed - called when all is closed
   * @throws RangeError for a mask or a segment size that cannot be; SystemCallError
   */
  constructor(
    kernel: Kernel,
    descriptor: Descriptor,
    domain: VfioDomain,
    master: DmaMaster,
    closed: () => void = () => undefined,
  ) {
    this.address = master.address;
    this.dmaLimit = master.dmaLimit;
    this.#master = master;
    this.#kernel = kernel;
    this.#descriptor = descriptor;
    this.#domain = domain;
    this.#closed = closed;
    const answer = makeStruct(vfioDeviceInfo, { argsz: vfioDeviceInfo.size });
    kernel.ioctl(descriptor, VFIO_DEVICE_GET_INFO, answer);
    const { flags, num_regions } = readStruct(vfioDeviceInfo, answer);
    this.regions = num_regions;
    this.canReset = hasBit(flags, VFIO_DEVICE_FLAGS_RESET);
    this.config = new VfioRegion(kernel, descriptor, VFIO_PCI_CONFIG_REGION_INDEX);
  }

  get isOpen(): boolean {
    return this.#descriptor.isOpen;
  }

  /** Lets it answer to its memory regions and do DMA: what `pci_enable_device()` and `pci_set_master()` do. */
  enable(): void {
    this.#command(PCI_COMMAND_MEMORY, true);
    this.#command(PCI_COMMAND_MASTER, true);
  }

  /** Takes DMA from it; its registers stay. */
  disableDma(): void {
    this.#command(PCI_COMMAND_MASTER, false);
  }

  /** A region by its number: 0 to 5 are the function's own. @throws SystemCallError: EINVAL for one that it has not */
  region(index: number): VfioRegion {
    return new VfioRegion(this.#kernel, this.#descriptor, index);
  }

  /**
   * Maps the registers of a region into this process, until the view or the device is closed.
   *
   * @throws RangeError when it cannot be mapped, or the device's memory is off (an access would end the process); SystemCallError
   */
  mapRegion(index: number): RegisterView {
    if (!this.#has(PCI_COMMAND_MEMORY)) {
      throw new RangeError(`${this.address} does not answer to its memory regions: enable() it first`);
    }
    return this.#keep(this.region(index).map());
  }

  /** How many interrupts of a kind it has. */
  interruptCount(kind: InterruptKind): number {
    return interruptsOf(this.#kernel, this.#descriptor, kind).count;
  }

  /**
   * Switches interrupts on, until they or the device are closed. One kind of the device's own can be on at a time, and `request` beside it.
   *
   * @param count - the first so many. Default 1
   * @param failed - told when waiting fails. Default: it is thrown
   * @throws RangeError when it has fewer; SystemCallError when the kernel refuses
   */
  openInterrupts(
    kind: InterruptKind,
    handler: InterruptHandler,
    {
      count = 1,
      failed = rethrow,
    }: { readonly count?: number; readonly failed?: (error: SystemCallError) => void } = {},
  ): VfioInterrupts {
    return this.#keep(new VfioInterrupts(this.#kernel, this.#descriptor, { kind, count }, handler, failed));
  }

  /**
   * Gives memory addresses that the device can emit, and pins it. Objects of a list are one range for the device, in their order.
   *
   * @param options - `iova`: where the range is to begin. Default: where there is room
   * @returns what the device sees, until {@link unmap} or the device's end
   */
  map(
    memory: PinnableMemory | readonly PinnableMemory[],
    direction: Direction,
    options: { readonly iova?: Iova } = {},
  ): Result<AddressedView, VfioMapFailure> {
    const list = "bytes" in memory ? [memory] : memory;
    const mapped = this.#domain.map(this.#master, { memory: list, direction, ...options });
    if (mapped.ok) this.#views.add(mapped.value);
    return mapped;
  }

  /** Takes a mapping back. @throws RangeError when the view is none of this device's, or has ended */
  unmap(view: AddressedView): void {
    if (!(view instanceof SegmentView) || !this.#views.has(view)) {
      throw new RangeError(`the view is of nothing that ${this.address} has mapped`);
    }
    this.#domain.unmap(view);
    this.#views.delete(view);
  }

  /** Resets it; the command register stays as it is. @throws RangeError when it cannot be reset alone; SystemCallError */
  reset(): void {
    if (!this.canReset) throw new RangeError(`${this.address} cannot be reset alone`);
    this.#kernel.ioctl(this.#descriptor, VFIO_DEVICE_RESET, 0);
  }

  /** Ends DMA, then all that was opened on it, then its mappings; a second call does nothing. */
  close(): void {
    if (!this.#descriptor.isOpen) return;
    const endings = [
      () => this.#closed(),
      () => this.#descriptor.close(),
      // Before the device: where it is being unplugged, closing it ends the group's part in the container, and the mappings with it.
      ...[...this.#views].map((view) => () => this.unmap(view)),
      ...this.#opened.map((one) => () => one.close()),
      () => this.disableDma(),
    ];
    this.#opened = [];
    closeInReverse(endings);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #keep<T extends Opened>(one: T): T {
    this.#opened = [...this.#opened.filter(({ isOpen }) => isOpen), one];
    return one;
  }

  #has(bit: number): boolean {
    return hasBit(this.config.read(PCI_COMMAND, 2), bit);
  }

  #command(bit: number, on: boolean): void {
    if (this.#has(bit) === on) return;
    const now = this.config.read(PCI_COMMAND, 2);
    this.config.write(PCI_COMMAND, 2, on ? now + bit : now - bit);
  }
}

/** What ends with the device. */
interface Opened {
  readonly isOpen: boolean;
  close(): void;
}

/** A master of these options. @throws RangeError for a mask or a segment size that cannot be */
export function dmaMasterOf(address: string, { dmaMask, maxSegmentSize }: VfioDeviceOptions): DmaMaster {
  if (maxSegmentSize !== undefined && (!Number.isSafeInteger(maxSegmentSize) || maxSegmentSize < 1)) {
    throw new RangeError(`segments of ${maxSegmentSize} bytes: a whole number from 1 on is possible`);
  }
  return { address, dmaLimit: limitOfMask(dmaMask), maxSegmentSize: maxSegmentSize ?? Number.POSITIVE_INFINITY };
}

function rethrow(error: SystemCallError): void {
  throw error;
}
