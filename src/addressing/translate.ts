import type { DmaRange } from "../machine/machine.js";
import type { PhysAddr } from "../units/quantity.js";

/**
 * The address a device emits to reach a physical address: through the first window that holds it, unchanged without windows.
 *
 * @returns a bus address, null when no window holds it
 * @see Linux 6.12 `include/linux/dma-direct.h` `translate_phys_to_dma()`
 */
export function translate(windows: readonly DmaRange[] | null, address: PhysAddr): number | null {
  if (windows === null) return address;
  for (const { cpu, dma, size } of windows) {
    if (address >= cpu && address - cpu < size) return dma + (address - cpu);
  }
  return null;
}
