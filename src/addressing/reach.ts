import type { Device, Machine, Translation } from "../machine/machine.js";
import { MAX_EXACT } from "../units/quantity.js";
import { intersectRanges, type Range, type RangeSet, toRangeSet } from "../units/ranges.js";
import { limitOfMask } from "./mask.js";

/** Which mask counts: `streaming` for imports, `coherent` for what the device allocates itself. */
export type MaskKind = "streaming" | "coherent";

/** How a device is judged. */
export interface ReachOptions {
  /** A disabled device is taken with the translation it would have if it and its IOMMU were enabled. Default false. */
  readonly asIfEnabled?: boolean;
}

/**
 * CPU physical addresses that a device can emit without an IOMMU, whether or not there is RAM: its mask and its bus windows.
 *
 *   bus     |---- window ----|          |---- window ----|
 *   mask  ==================================|                    (inclusive limit)
 *   reach   |<-------------->|          |<->|
 *
 * A window that starts above the limit is gone, one that crosses it is cut. Without windows bus and CPU addresses are the same.
 *
 * @see Linux 6.12 `include/linux/dma-direct.h` `translate_phys_to_dma()`, `dma_capable()`
 */
export function busReach(device: Device, kind: MaskKind): RangeSet {
  const mask = kind === "streaming" ? device.dmaMask : device.coherentDmaMask;
  const busLimit = device.busDmaLimit === "unlimited" ? MAX_EXACT : device.busDmaLimit;
  const limit = Math.min(mask === null ? MAX_EXACT : limitOfMask(mask), busLimit);
  if (device.windows === null) return [{ base: 0, size: Math.min(limit + 1, MAX_EXACT) }];
  const reach: Range[] = [];
  for (const { cpu, dma, size } of device.windows) {
    if (dma <= limit) reach.push({ base: cpu, size: Math.min(size, limit - dma + 1, MAX_EXACT - cpu) });
  }
  return toRangeSet(reach);
}

/**
 * RAM that a device can use in place.
 *
 * Behind a translating IOMMU that is RAM its tables can point at, whatever the mask; where the driver maps into a domain of its own, the DMA
 * API maps directly first, so both limits count. A device whose driver copies with the CPU reaches all RAM.
 */
export function reachOf(machine: Machine, device: Device, kind: MaskKind, options: ReachOptions = {}): RangeSet {
  const ram = toRangeSet(machine.banks);
  const translation = translationFor(device, options);
  switch (translation) {
    case "cpu":
      return ram;
    case "iommu":
      return belowBits(ram, outputBits(machine, device));
    case "driver-domain":
      return belowBits(intersectRanges(ram, busReach(device, kind)), outputBits(machine, device));
    case "device-mmu":
      return belowBits(intersectRanges(ram, busReach(device, kind)), device.mmuOutputBits);
    case "none":
      return intersectRanges(ram, busReach(device, kind));
  }
}

/** The translation a device is judged by. */
export function translationFor(device: Device, options: ReachOptions): Translation {
  return options.asIfEnabled === true && !device.enabled ? device.translationIfEnabled : device.translation;
}

function outputBits(machine: Machine, device: Device): number | null {
  return machine.iommus.find((iommu) => iommu.path === device.iommu?.path)?.outputBits ?? null;
}

function belowBits(ranges: RangeSet, bits: number | null): RangeSet {
  return bits === null || bits >= 53 ? ranges : intersectRanges(ranges, [{ base: 0, size: 2 ** bits }]);
}
