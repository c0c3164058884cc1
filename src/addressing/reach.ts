import type { Device, DmaRange, Iommu, Machine, Translation } from "../machine/machine.js";
import { MAX_EXACT } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import { limitOfMask } from "./limits.js";
import { reservedIovas } from "./reserved-iovas.js";

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
 * A window that starts above the limit is gone, one that crosses it is cut; where two hold an address, the first in the tree counts. Without windows bus and CPU addresses are the same.
 *
 * Windows that follow each other on the CPU's side and not on the bus stay apart: the two ranges touch, and no buffer can lie across the
 * border, since the kernel translates the start of a range alone.
 *
 * @see Linux 6.12 `include/linux/dma-direct.h` `translate_phys_to_dma()`, `dma_capable()`
 */
export function busReach(device: Device, kind: MaskKind): RangeSet {
  const limit = emittedLimit(device, kind);
  if (device.windows === null) return [{ base: 0, size: Math.min(limit + 1, MAX_EXACT) }];
  const cut: DmaRange[] = [];
  for (const { cpu, dma, size } of apart(device.windows)) {
    if (dma <= limit && size > 0) cut.push({ cpu, dma, size: Math.min(size, limit - dma + 1, MAX_EXACT - cpu) });
  }
  return joinWindows(cut.sort((a, b) => a.cpu - b.cpu));
}

/** Windows without what an earlier one translates already: the kernel takes the first that holds an address, whether the device can emit the result or not. */
function apart(windows: readonly DmaRange[]): readonly DmaRange[] {
  if (windows.length < 2) return windows;
  const parts: DmaRange[] = [];
  let taken: RangeSet = [];
  for (const { cpu, dma, size } of windows) {
    if (size <= 0) continue;
    const whole = { base: cpu, size: Math.min(size, MAX_EXACT - cpu) };
    for (const { base, size: left } of subtractRanges([whole], taken)) {
      parts.push({ cpu: base, dma: dma + (base - cpu), size: left });
    }
    taken = toRangeSet([...taken, whole]);
  }
  return parts;
}

/** @param windows - sorted by CPU address, none empty */
function joinWindows(windows: readonly DmaRange[]): RangeSet {
  const reach: { base: number; size: number }[] = [];
  let offset = 0;
  for (const { cpu, dma, size } of windows) {
    const last = reach[reach.length - 1];
    const end = last === undefined ? 0 : endOf(last);
    if (last !== undefined && cpu <= end && cpu - dma === offset) {
      last.size = Math.max(end, cpu + size) - last.base;
    } else {
      const base = Math.max(cpu, end);
      if (base < cpu + size) reach.push({ base, size: cpu + size - base });
    }
    offset = cpu - dma;
  }
  return reach;
}

/**
 * RAM that a device can use in place, a subset of the machine's banks.
 *
 * Behind a translating IOMMU that is RAM its tables can point at, whatever the mask; where the driver maps into a domain of its own, the DMA
 * API maps directly first, so both limits count. A device whose driver copies with the CPU reaches all RAM.
 */
export function reachOf(machine: Machine, device: Device, kind: MaskKind, options: ReachOptions = {}): RangeSet {
  const ram = toRangeSet(machine.banks);
  switch (translationFor(device, options)) {
    case "cpu":
      return ram;
    case "iommu":
      return belowBits(ram, iommuOf(machine, device)?.outputBits ?? null);
    case "driver-domain":
      return belowBits(intersectRanges(ram, busReach(device, kind)), iommuOf(machine, device)?.outputBits ?? null);
    case "device-mmu":
      return belowBits(intersectRanges(ram, busReach(device, kind)), device.mmuOutputBits);
    case "none":
      return intersectRanges(ram, busReach(device, kind));
  }
}

/**
 * The longest run of I/O addresses that the domain of a device can hand out, half-open: the IOMMU's aperture without its first granule, and unless the driver
 * runs the domain itself, up to the mask and the limit of the bus, and without what the IOMMU's driver reserves on a machine that runs. Null for a device that uses no IOMMU. A disabled device is judged as
 * if it and its IOMMU were enabled. All devices of a group share the room.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `iommu_dma_init_domain()`, `iommu_dma_alloc_iova()`
 */
export function iovaRoom(machine: Machine, device: Device, kind: MaskKind = "streaming"): Range | null {
  const translation = translationFor(device, { asIfEnabled: true });
  if (translation !== "iommu" && translation !== "driver-domain") return null;
  const iommu = iommuOf(machine, device);
  const granule = iommu?.pageSizes[0];
  if (iommu === null || granule === undefined) return null;
  const end =
    translation === "iommu" ? Math.min(iommu.aperture.end, emittedLimit(device, kind) + 1) : iommu.aperture.end;
  // Address 0 stands for failure, so the first granule is never given away.
  const base = Math.max(granule, Math.ceil(iommu.aperture.base / granule) * granule);
  const room = { base, size: Math.max(0, Math.min(end, MAX_EXACT) - base) };
  const reserved = translation === "iommu" ? toRangeSet(reservedIovas(device)) : [];
  return subtractRanges([room], reserved).reduce((best, run) => (run.size > best.size ? run : best), { base, size: 0 });
}

/** The translation a device is judged by. */
export function translationFor(device: Device, options: ReachOptions): Translation {
  return options.asIfEnabled === true && !device.enabled ? device.translationIfEnabled : device.translation;
}

/** Highest address a device emits, inclusive: the tighter of mask and bus. An unknown mask does not bound. */
function emittedLimit(device: Device, kind: MaskKind): number {
  const mask = kind === "streaming" ? device.dmaMask : device.coherentDmaMask;
  const limit = mask === null ? MAX_EXACT : limitOfMask(mask);
  return device.busDmaLimit === "unlimited" ? limit : Math.min(limit, device.busDmaLimit);
}

function iommuOf(machine: Machine, device: Device): Iommu | null {
  const path = device.iommu?.path ?? null;
  return path === null ? null : (machine.iommus.find((iommu) => iommu.path === path) ?? null);
}

function belowBits(ranges: RangeSet, bits: number | null): RangeSet {
  return bits === null || bits >= 53 ? ranges : intersectRanges(ranges, [{ base: 0, size: 2 ** bits }]);
}
