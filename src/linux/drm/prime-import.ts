import type { DeviceImport } from "../memory/linux-memory.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { DRM_IOCTL_GEM_CLOSE, DRM_IOCTL_PRIME_FD_TO_HANDLE, drmGemClose, drmPrimeHandle } from "../uapi/drm.js";

/**
 * Imports a dma-buf into a graphics device. Most drivers attach and map at once; those with page tables of their own may map later.
 *
 * The node stays open as long as the import lives: handles belong to it.
 *
 * @param path - of a primary or render node
 * @throws SystemCallError when the driver refuses
 * @see Linux 6.12 `drivers/gpu/drm/drm_prime.c` `drm_gem_prime_import_dev()`
 */
export function importIntoDrm(kernel: Kernel, path: string, dmabuf: Descriptor): DeviceImport {
  const card = kernel.open(path);
  let handle: number;
  try {
    const prime = makeStruct(drmPrimeHandle, { fd: dmabuf.number });
    kernel.ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, prime);
    handle = getField(drmPrimeHandle, prime, "handle");
  } catch (error) {
    card.close();
    throw error;
  }
  const close = (): void => {
    if (!card.isOpen) return;
    kernel.ioctl(card, DRM_IOCTL_GEM_CLOSE, makeStruct(drmGemClose, { handle }));
    card.close();
  };
  return { via: "prime", path, handle, close, [Symbol.dispose]: close };
}
