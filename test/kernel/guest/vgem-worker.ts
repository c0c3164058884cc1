import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Kernel } from "../../../src/linux/native/kernel.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import { DRM_IOCTL_PRIME_FD_TO_HANDLE, drmPrimeHandle } from "../../../src/linux/uapi/drm.js";
import {
  DRM_IOCTL_VGEM_FENCE_ATTACH,
  DRM_IOCTL_VGEM_FENCE_SIGNAL,
  drmVgemFenceAttach,
  drmVgemFenceSignal,
  VGEM_FENCE_WRITE,
} from "./vgem-drm.js";

/** A device at work on a buffer for as long as we say, and not longer than 10 s: fences of vgem. */
export class VgemWorker implements Disposable {
  readonly #kernel: Kernel;
  readonly #card: Descriptor;

  /** @param path - of a node of vgem */
  constructor(kernel: Kernel, path: string) {
    this.#kernel = kernel;
    this.#card = kernel.open(path);
  }

  /**
   * Begins to read or write.
   *
   * @param dmabuf - number of a descriptor
   * @returns what ends it
   */
  begin(dmabuf: number, access: "read" | "write"): () => void {
    const kernel = this.#kernel;
    const prime = makeStruct(drmPrimeHandle, { fd: dmabuf });
    kernel.ioctl(this.#card, DRM_IOCTL_PRIME_FD_TO_HANDLE, prime);
    const handle = getField(drmPrimeHandle, prime, "handle");
    const flags = access === "write" ? VGEM_FENCE_WRITE : 0;
    const attached = makeStruct(drmVgemFenceAttach, { handle, flags });
    kernel.ioctl(this.#card, DRM_IOCTL_VGEM_FENCE_ATTACH, attached);
    const fence = getField(drmVgemFenceAttach, attached, "out_fence");
    return () => void kernel.ioctl(this.#card, DRM_IOCTL_VGEM_FENCE_SIGNAL, makeStruct(drmVgemFenceSignal, { fence }));
  }

  /** Lets go of all buffers; what is not over is then. */
  [Symbol.dispose](): void {
    this.#card.close();
  }
}
