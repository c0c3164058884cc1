import type { Device, Machine, ReservedRegion } from "../machine/machine.js";
import { alignDown, type Bytes, formatHex } from "../units/quantity.js";
import {
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  unionRanges,
} from "../units/ranges.js";

/** A reserved-memory pool to be added to a board's tree. */
export interface PoolEdit {
  /** Node name and label of the new node; the label has `_` for `-`. */
  readonly name: string;
  readonly size: Bytes;
  readonly alignment: Bytes;
  /** Where the kernel may put it; null for anywhere. */
  readonly allocRanges: RangeSet | null;
  /** A CMA area, which lends its pages while nobody uses them; else a coherent pool, which does not. */
  readonly reusable: boolean;
  /** Becomes the area of every device without one of its own. */
  readonly isDefault: boolean;
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

/** What is free for a new pool: free pages, and the default area that the new pool would replace. */
export function freeForPool(machine: Machine, replacesDefault: boolean): RangeSet {
  const area = machine.defaultCma;
  return replacesDefault && area !== null && area.source !== "tree"
    ? unionRanges(machine.pages, [{ base: area.base, size: area.size }])
    : machine.pages;
}

/** The machine as it would be after the edit; null when the kernel would find no room for the pool. */
export function withPool(machine: Machine, edit: PoolEdit): Machine | null {
  const free = freeForPool(machine, edit.isDefault);
  const room = roomFor(free, edit.allocRanges ?? toRangeSet(machine.banks), edit.size, edit.alignment);
  if (room === null) return null;
  const node = `/reserved-memory/${edit.name}`;
  const region: ReservedRegion = {
    node,
    name: edit.name,
    compatible: ["shared-dma-pool"],
    kind: edit.reusable ? "cma" : "coherent-pool",
    base: room.base,
    size: room.size,
    noMap: !edit.reusable,
    status: "placed",
    certainty: "assumed",
    placement: "dynamic",
    allocRanges: edit.allocRanges,
    isDefaultCma: edit.isDefault,
    failure: null,
    boundDevices: machine.devices.filter((d) => isBound(d, edit)).map((d) => d.path),
  };
  const bound = (device: Device): Device =>
    isBound(device, edit) ? { ...device, memoryRegions: [{ node, name: null, use: "buffers" }] } : device;
  return {
    ...machine,
    regions: [...machine.regions, region].sort((a, b) => (a.node < b.node ? -1 : 1)),
    devices: machine.devices.map(bound),
    pages: subtractRanges(free, [room]),
    defaultCma: edit.isDefault
      ? { base: room.base, size: room.size, source: "tree", node, name: edit.name, certainty: "assumed" }
      : machine.defaultCma,
  };
}

/** True for a device whose DMA device is one of the nodes that are bound: every block of an aggregate among them. */
function isBound({ dmaDevice, memoryRegionUse }: Device, edit: PoolEdit): boolean {
  return "path" in dmaDevice && edit.bind.includes(dmaDevice.path) && memoryRegionUse === "buffers";
}

/** The change as device tree source to be merged into the board's own. */
export function poolSource(machine: Machine, edit: PoolEdit): string {
  const lines = ["/ {", ...indent(reservedMemory(machine, edit)), "};"];
  for (const path of edit.bind) lines.push("", ...binding(path, edit));
  return `${lines.join("\n")}\n`;
}

/**
 * The change as an overlay. It has to be applied before the kernel starts (by the boot loader or the build): a running kernel
 * reserves no memory for a node that comes late.
 */
export function poolOverlay(machine: Machine, edit: PoolEdit): string {
  const target = machine.tree.hasReservedMemory
    ? ["&{/reserved-memory} {", ...indent(poolNode(machine, edit)), "};"]
    : ["&{/} {", ...indent(reservedMemory(machine, edit)), "};"];
  const lines = ["/dts-v1/;", "/plugin/;", "", ...target];
  for (const path of edit.bind) lines.push("", ...binding(path, edit));
  return `${lines.join("\n")}\n`;
}

function reservedMemory(machine: Machine, edit: PoolEdit): string[] {
  const { addressCells, sizeCells } = machine.tree;
  return [
    "reserved-memory {",
    ...indent([
      `#address-cells = <${addressCells}>;`,
      `#size-cells = <${sizeCells}>;`,
      "ranges;",
      "",
      ...poolNode(machine, edit),
    ]),
    "};",
  ];
}

function poolNode(machine: Machine, edit: PoolEdit): string[] {
  const { addressCells, sizeCells } = machine.tree;
  const properties = ['compatible = "shared-dma-pool";', edit.reusable ? "reusable;" : "no-map;"];
  properties.push(`size = <${cells(edit.size, sizeCells)}>;`, `alignment = <${cells(edit.alignment, addressCells)}>;`);
  if (edit.allocRanges !== null) {
    const ranges = edit.allocRanges.map((r) => `<${cells(r.base, addressCells)} ${cells(r.size, sizeCells)}>`);
    properties.push(`alloc-ranges = ${ranges.join(", ")};`);
  }
  if (edit.isDefault) properties.push("linux,cma-default;");
  return [`${labelOf(edit)}: ${edit.name} {`, ...indent(properties), "};"];
}

function binding(path: string, edit: PoolEdit): string[] {
  return [`&{${path}} {`, ...indent([`memory-region = <&${labelOf(edit)}>;`]), "};"];
}

function labelOf(edit: PoolEdit): string {
  return edit.name.replaceAll("-", "_");
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `\t${line}`));
}

/** A number as `count` cells of 32 bits, most significant first. */
function cells(value: number, count: number): string {
  const words: string[] = [];
  let rest = value;
  for (let i = 0; i < count; i++) {
    words.unshift(formatHex(rest % 2 ** 32));
    rest = Math.floor(rest / 2 ** 32);
  }
  return words.join(" ");
}
