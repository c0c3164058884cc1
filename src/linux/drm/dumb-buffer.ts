import type { Bytes } from "../../units/quantity.js";
import { type LinuxHeap, type LinuxMemory, memoryOf } from "../memory/linux-memory.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import {
  DRM_IOCTL_MODE_CREATE_DUMB,
  DRM_IOCTL_PRIME_HANDLE_TO_FD,
  drmModeCreateDumb,
  drmPrimeHandle,
} from "../uapi/drm.js";
import { O_CLOEXEC, O_RDWR } from "../uapi/fcntl.js";

/** Bytes of a row of the picture that plain bytes are asked for as: short enough for every driver's limits, and a multiple of what they align rows to. */
const ROW: Bytes = 4096;

/**
 * Memory that a display allocates for itself: a dumb buffer, exported as dma-buf.
 *
 * Only the primary node of a device makes them, `/dev/dri/cardN`. The handle ends when the node is closed; the dma-buf keeps the memory.
 *
 * @see Linux 6.12 `drivers/gpu/drm/drm_dumb_buffers.c`, `drivers/gpu/drm/drm_prime.c`
 */
export class DumbBuffers implements LinuxHeap {
  readonly #kernel: Kernel;
  readonly #path: string;

  /** @param path - of the primary node */
  constructor(kernel: Kernel, path: string) {
    this.#kernel = kernel;
    this.#path = path;
  }

  allocate(size: Bytes): LinuxMemory {
    const kernel = this.#kernel;
    using card = kernel.open(this.#path);
    const height = Math.ceil(size / ROW);
    const made = makeStruct(drmModeCreateDumb, { width: ROW / 4, height, bpp: 32 });
    kernel.ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, made);
    const handle = getField(drmModeCreateDumb, made, "handle");
    const prime = makeStruct(drmPrimeHandle, { handle, flags: O_RDWR + O_CLOEXEC });
    kernel.ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, prime);
    const dmabuf = new Descriptor(getField(drmPrimeHandle, prime, "fd"), `dmabuf from ${this.#path}`);
    return memoryOf(dmabuf, kernel.sizeOf(dmabuf));
  }
}
