import { readSync, writeSync } from "node:fs";
import type { Bytes } from "../../units/quantity.js";
import type { Descriptor } from "../native/descriptor.js";
import { hasBit } from "../native/has-bit.js";
import type { Kernel } from "../native/kernel.js";
import { makeStruct, readStruct } from "../native/struct.js";
import { SystemCallError, systemCallErrorOf } from "../native/system-call-error.js";
import {
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_REGION_INFO_FLAG_MMAP,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
  vfioRegionInfo,
} from "../uapi/vfio.js";

/** Bytes of one access. */
export type AccessWidth = 1 | 2 | 4;

/** Registers of a device, mapped into this process: each access through a view is one access of that width to the device. */
export interface RegisterView extends Disposable {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  /** Bytes that do not fill a view's last element are left out of it. */
  readonly u64: BigUint64Array;
  readonly isOpen: boolean;
  /** Ends it: whoever still looks sees zeros. */
  close(): void;
}

/** A range of registers, or of the configuration space, of an open device. */
export class VfioRegion {
  readonly index: number;
  /** Bytes; 0 for one that is not there. */
  readonly size: Bytes;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** True when {@link map} is possible; otherwise its registers are read and written by calls alone. */
  readonly isMappable: boolean;
  readonly #kernel: Kernel;
  readonly #device: Descriptor;
  readonly #offset: Bytes;

  /** Asks the kernel for a region. @throws SystemCallError: EINVAL for an index that the device has not */
  constructor(kernel: Kernel, device: Descriptor, index: number) {
    const answer = makeStruct(vfioRegionInfo, { argsz: vfioRegionInfo.size, index });
    kernel.ioctl(device, VFIO_DEVICE_GET_REGION_INFO, answer);
    const { size, offset, flags } = readStruct(vfioRegionInfo, answer);
    const has = (flag: number): boolean => hasBit(flags, flag);
    this.index = index;
    this.size = size;
    this.isReadable = has(VFIO_REGION_INFO_FLAG_READ);
    this.isWritable = has(VFIO_REGION_INFO_FLAG_WRITE);
    this.isMappable = has(VFIO_REGION_INFO_FLAG_MMAP);
    this.#kernel = kernel;
    this.#device = device;
    this.#offset = offset;
  }

  /** Reads a register. @throws RangeError outside of the region; SystemCallError when the kernel refuses */
  read(offset: Bytes, width: AccessWidth): number {
    const bytes = new Uint8Array(width);
    this.#transfer("pread", offset, bytes);
    return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  }

  /** Writes a register. @throws as {@link read} does, and RangeError for a value that does not fit */
  write(offset: Bytes, width: AccessWidth, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
      throw new RangeError(`${value} is no number of ${8 * width} bits`);
    }
    const bytes = Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i));
    this.#transfer("pwrite", offset, bytes);
  }

  /**
   * Maps the registers into this process.
   *
   * Where the device's memory is switched off an access ends the process (SIGBUS): `mapRegion()` of a `VfioDevice` looks at that.
   *
   * @throws RangeError when it cannot be mapped; SystemCallError when the kernel refuses
   */
  map(): RegisterView {
    if (!this.isMappable) throw new RangeError(`region ${this.index} of ${this.#device.path} cannot be mapped`);
    const mapping = this.#kernel.map(this.#device, this.size, this.#offset);
    const { buffer } = mapping.bytes;
    const whole = (width: number): number => Math.floor(this.size / width);
    return {
      u8: mapping.bytes,
      u16: new Uint16Array(buffer, 0, whole(2)),
      u32: new Uint32Array(buffer, 0, whole(4)),
      u64: new BigUint64Array(buffer, 0, whole(8)),
      get isOpen() {
        return mapping.isOpen;
      },
      close: () => mapping.close(),
      [Symbol.dispose]: () => mapping.close(),
    };
  }

  #transfer(call: "pread" | "pwrite", offset: Bytes, bytes: Uint8Array): void {
    const { path, number } = this.#device;
    if (!Number.isInteger(offset) || offset < 0 || offset + bytes.length > this.size) {
      throw new RangeError(`${bytes.length} bytes at ${offset} are not in region ${this.index} (${this.size} bytes)`);
    }
    const position = this.#offset + offset;
    let done = 0;
    try {
      done =
        call === "pread"
          ? readSync(number, bytes, 0, bytes.length, position)
          : writeSync(number, bytes, 0, bytes.length, position);
    } catch (error) {
      throw systemCallErrorOf(error, path, call);
    }
    if (done !== bytes.length) throw new SystemCallError(call, path, "EIO");
  }
}
