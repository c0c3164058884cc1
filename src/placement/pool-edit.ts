import { zoneBorders } from "../boot/zones.js";
import type { Device, Machine, ReservedRegion } from "../machine/machine.js";
import { alignDown, type Bytes } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, type RangeSet, subtractRanges, unionRanges } from "../units/ranges.js";

/** A change to `/reserved-memory` that gives a pool: a new node, or another size and place for one that is there. */
export interface PoolEdit {
  /** Name of the node. A new one gets a label as well, with `_` for `-`. */
  readonly name: string;
  /** True when the node is there, has no `reg`, and only its size and place change. */
  readonly isThere: boolean;
  readonly size: Bytes;
  readonly alignment: Bytes;
  /** Where the kernel may put it, in the order it tries; null to say nothing, which means anywhere for a new node. */
  readonly allocRanges: RangeSet | null;
  /** A CMA area, which lends its pages while nobody uses them; else a coherent pool, which does not. */
  readonly reusable: boolean;
  /** Becomes, or is, the area of every device without one of its own. */
  readonly isDefault: boolean;
  /** Path of a default area with `reg` that the new one stands in for: it is disabled. */
  readonly disables: string | null;
  /** Paths of the nodes whose `memory-region` is set to it alone, sorted: those the DMA API sees. */
  readonly bind: readonly string[];
}

/** The highest place for a pool in what boot leaves free, as the kernel looks for it; null when there is none. */
export function roomFor(free: RangeSet, window: RangeSet, size: Bytes, alignment: Bytes): Range | null {
  const usable = intersectRanges(free, window);
  for (let i = usable.length - 1; i >= 0; i--) {
    const range = usable[i] as Range;
    const base = alignDown(endOf(range) - size, alignment);
    if (base >= range.base) return { base, size };
  }
  return null;
}

/** The highest place in the first of several windows that has room; null for all RAM. */
export function roomInOrder(
  free: RangeSet,
  windows: readonly Range[] | null,
  size: Bytes,
  alignment: Bytes,
): Range | null {
  if (windows === null) return roomFor(free, free, size, alignment);
  for (const window of windows) {
    const room = roomFor(free, [window], size, alignment);
    if (room !== null) return room;
  }
  return null;
}

/** What is free for a new pool: free pages, and the default area that the new pool would replace. */
export function freeForPool(machine: Machine, replacesDefault: boolean): RangeSet {
  const area = machine.defaultCma;
  return replacesDefault && area !== null
    ? unionRanges(machine.pages, [{ base: area.base, size: area.size }])
    : machine.pages;
}

/**
 * Ranges cut where one memory zone ends and the next begins: no CMA area may lie across.
 *
 * @see Linux 6.12 `mm/cma.c` `cma_activate_area()`
 */
export function cutAtZones(machine: Machine, ranges: RangeSet): readonly Range[] {
  let parts: readonly Range[] = ranges;
  for (const border of bordersOf(machine)) {
    parts = parts.flatMap((range) =>
      range.base < border && border < endOf(range)
        ? [
            { base: range.base, size: border - range.base },
            { base: border, size: endOf(range) - border },
          ]
        : [range],
    );
  }
  return parts;
}

function bordersOf({ arch, zoneDmaEnd, profile }: Machine): readonly number[] {
  return zoneBorders(arch, zoneDmaEnd, zoneDmaEnd, profile.pageSize);
}

/** The machine as it would be after the edit; null when the kernel would find no room for the pool, or could not use the room it finds. */
export function withPool(machine: Machine, edit: PoolEdit): Machine | null {
  const node = `/reserved-memory/${edit.name}`;
  const before = edit.isThere ? machine.regions.find((region) => region.node === node) : undefined;
  const allocRanges = edit.allocRanges ?? before?.allocRanges ?? null;
  const free = freeForPool(machine, edit.isDefault);
  const room = roomInOrder(free, allocRanges, edit.size, edit.alignment);
  if (room === null || (edit.reusable && cutAtZones(machine, [room]).length > 1)) return null;
  const region: ReservedRegion = {
    node,
    name: edit.name,
    compatible: ["shared-dma-pool"],
    kind: edit.reusable ? "cma" : "coherent-pool",
    noMap: !edit.reusable,
    placement: "dynamic",
    isDefaultCma: edit.isDefault,
    boundDevices: machine.devices.filter((d) => isBound(d, edit)).map((d) => d.path),
    ...before,
    base: room.base,
    size: room.size,
    status: "placed",
    certainty: "assumed",
    allocRanges,
    failure: null,
  };
  const others = machine.regions
    .filter((other) => other.node !== node)
    .map((other) => (other.node === edit.disables ? ignored(other) : other));
  const bound = (device: Device): Device =>
    isBound(device, edit) ? { ...device, memoryRegions: [{ node, name: null, use: "buffers" }] } : device;
  return {
    ...machine,
    regions: [...others, region].sort((a, b) => (a.node < b.node ? -1 : 1)),
    devices: machine.devices.map(bound),
    pages: subtractRanges(free, [room]),
    defaultCma: edit.isDefault
      ? { base: room.base, size: room.size, source: "tree", node, name: edit.name, certainty: "assumed" }
      : machine.defaultCma,
  };
}

/** A region whose node is disabled: Linux 6.12 `drivers/of/of_reserved_mem.c` `fdt_scan_reserved_mem()` does not look at it. */
function ignored(region: ReservedRegion): ReservedRegion {
  return { ...region, base: null, status: "ignored", failure: "disabled", isDefaultCma: false };
}

/** True for a device whose DMA device is one of the nodes that are bound: every block of an aggregate among them. */
function isBound({ dmaDevice, memoryRegionUse }: Device, edit: PoolEdit): boolean {
  return "path" in dmaDevice && edit.bind.includes(dmaDevice.path) && memoryRegionUse === "buffers";
}
