import { readSync } from "node:fs";
import type { Descriptor } from "../native/descriptor.js";
import { hasBit } from "../native/has-bit.js";
import type { Kernel, Watch } from "../native/kernel.js";
import { makeStruct, readStruct } from "../native/struct.js";
import type { SystemCallError } from "../native/system-call-error.js";
import {
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_SET_IRQS,
  VFIO_IRQ_INFO_AUTOMASKED,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_ACTION_UNMASK,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_PCI_INTX_IRQ_INDEX,
  VFIO_PCI_MSI_IRQ_INDEX,
  VFIO_PCI_MSIX_IRQ_INDEX,
  VFIO_PCI_REQ_IRQ_INDEX,
  vfioIrqInfo,
  vfioIrqSet,
} from "../uapi/vfio.js";

/**
 * A kind of interrupts. Those of the device: by a line, by messages, by messages with a table of their own. And `request`, which the kernel raises when the device is being
 * unplugged or taken away: it waits until the device is closed, and raises it again every 10 s.
 *
 * @see Linux 6.12 `drivers/vfio/vfio_main.c` `vfio_unregister_group_dev()`
 */
export type InterruptKind = "intx" | "msi" | "msix" | "request";

/**
 * Told of interrupts.
 *
 * @param vector - from 0 on
 * @param times - how often it was raised since the last call, at least 1; one by line counts once until it is served
 */
export type InterruptHandler = (vector: number, times: number) => void;

const INDEX: Readonly<Record<InterruptKind, number>> = {
  intx: VFIO_PCI_INTX_IRQ_INDEX,
  msi: VFIO_PCI_MSI_IRQ_INDEX,
  msix: VFIO_PCI_MSIX_IRQ_INDEX,
  request: VFIO_PCI_REQ_IRQ_INDEX,
};

/** How many interrupts of a kind a device has, and whether the kernel masks one that it has told. */
export function interruptsOf(
  kernel: Kernel,
  device: Descriptor,
  kind: InterruptKind,
): { readonly count: number; readonly isAutomasked: boolean } {
  const answer = makeStruct(vfioIrqInfo, { argsz: vfioIrqInfo.size, index: INDEX[kind] });
  kernel.ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, answer);
  const { flags, count } = readStruct(vfioIrqInfo, answer);
  return { count, isAutomasked: hasBit(flags, VFIO_IRQ_INFO_AUTOMASKED) };
}

/**
 * Interrupts of one kind, told through event counters that stand in Node's own epoll. A line that was masked when it was told is let through again when the handler
 * has returned, which by then has made the device lower it.
 */
export class VfioInterrupts implements Disposable {
  readonly kind: InterruptKind;
  readonly #kernel: Kernel;
  readonly #device: Descriptor;
  readonly #counters: readonly Descriptor[];
  readonly #watches: Watch[] = [];
  #isOpen = true;

  /**
   * Switches them on.
   *
   * @param count - the first so many of the device's
   * @param failed - told when waiting for one fails, which ends only that one
   * @throws RangeError when the device has fewer; SystemCallError when the kernel refuses
   */
  constructor(
    kernel: Kernel,
    device: Descriptor,
    { kind, count }: { readonly kind: InterruptKind; readonly count: number },
    handler: InterruptHandler,
    failed: (error: SystemCallError) => void,
  ) {
    const has = interruptsOf(kernel, device, kind);
    if (!Number.isInteger(count) || count < 1 || count > has.count) {
      throw new RangeError(`${count} interrupts (${kind}) of ${device.path}, which has ${has.count}`);
    }
    this.kind = kind;
    this.#kernel = kernel;
    this.#device = device;
    const counters: Descriptor[] = [];
    this.#counters = counters;
    try {
      for (let vector = 0; vector < count; vector += 1) counters.push(kernel.eventfd());
      this.#set(VFIO_IRQ_SET_DATA_EVENTFD + VFIO_IRQ_SET_ACTION_TRIGGER, 0, count, counters);
      for (const [vector, counter] of counters.entries()) {
        const ready = (error: SystemCallError | null): void => {
          if (error !== null) return failed(error);
          const times = countOf(counter);
          if (times === 0) return;
          handler(vector, times);
          if (has.isAutomasked && this.#isOpen) {
            this.#set(VFIO_IRQ_SET_DATA_NONE + VFIO_IRQ_SET_ACTION_UNMASK, vector, 1);
          }
        };
        this.#watches.push(kernel.watch(counter, { readable: true }, ready));
      }
    } catch (error) {
      this.#closeFiles();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Lets the process end although it waits for them. */
  unref(): void {
    for (const watch of this.#watches) watch.unref();
  }

  /** Switches them off; a second call does nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#set(VFIO_IRQ_SET_DATA_NONE + VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0);
    } finally {
      this.#closeFiles();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A watch ends before its descriptor does. */
  #closeFiles(): void {
    for (const watch of this.#watches) watch.close();
    for (const counter of this.#counters) counter.close();
  }

  #set(flags: number, start: number, count: number, counters: readonly Descriptor[] = []): void {
    const argument = new Uint8Array(vfioIrqSet.size + 4 * counters.length);
    argument.set(makeStruct(vfioIrqSet, { argsz: argument.length, flags, index: INDEX[this.kind], start, count }));
    const numbers = new DataView(argument.buffer, vfioIrqSet.size);
    for (const [i, { number }] of counters.entries()) numbers.setInt32(4 * i, number, true);
    this.#kernel.ioctl(this.#device, VFIO_DEVICE_SET_IRQS, argument);
  }
}

/** Reads an event counter, which is 0 afterwards. */
function countOf(counter: Descriptor): number {
  const bytes = new Uint8Array(8);
  try {
    readSync(counter.number, bytes, 0, 8, null);
  } catch (error) {
    // Woken for nothing.
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
  return Number(new DataView(bytes.buffer).getBigUint64(0, true));
}
