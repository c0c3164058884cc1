import type { DeviceImport } from "../memory/linux-memory.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { DRM_IOCTL_PRIME_FD_TO_HANDLE, drmPrimeHandle } from "../uapi/drm.js";

/**
 * Imports a dma-buf into a graphics device. Most drivers attach and map at once; those with page tables of their own may map later.
 *
 * The node stays open as long as the import lives. Handles end with it, also where the device is gone and answers no request any more.
 *
 * @param path - of a primary or render node
 * @throws SystemCallError when the driver refuses
 * @see Linux 6.12 `drivers/gpu/drm/drm_prime.c` `drm_gem_prime_import_dev()`, `drivers/gpu/drm/drm_gem.c` `drm_gem_release()`
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
  const close = (): void => card.close();
  return { via: "prime", path, handle, close, [Symbol.dispose]: close };
}
