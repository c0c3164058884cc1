import { busRangesOf, regOf, translateAddress } from "../devicetree/meaning/addresses.js";
import { compatiblesOf, isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { stringOf } from "../devicetree/values.js";
import { alignDown, alignUp, MAX_EXACT, MIB } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { CutOut } from "./machine.js";

/** Root children whose `reg` is RAM or no address at all. */
const NOT_REGISTERS: ReadonlySet<string> = new Set([
  "memory",
  "reserved-memory",
  "cpus",
  "chosen",
  "firmware",
  "aliases",
  "__symbols__",
  "thermal-zones",
]);

/** Compatibles whose `reg` describes a piece of RAM. */
const LIES_IN_RAM: ReadonlySet<string> = new Set([
  "simple-framebuffer",
  "ramoops",
  "qcom,smem",
  "qcom,rmtfs-mem",
  "qcom,cmd-db",
  "mtd-ram",
  "pmem-region",
  "shared-dma-pool",
  "restricted-dma-pool",
]);

/** Where only a size is given, areas of devices start and end at multiples of this. */
const AREA_STEP = 16 * MIB;

/** The widest gap between registers that is taken for a part of their area, although a bank that was given says there is RAM. */
const WIDEST_GAP = 16 * MIB;

/** The same where only a size is given, so that nobody said there is RAM. */
const WIDEST_GAP_OF_SIZE = 240 * MIB;

/** RAM without the parts that device registers occupy, and those parts. */
export interface WithoutRegisters {
  readonly banks: RangeSet;
  /** Sorted by base, whole pages; each names the first node, in tree order, whose registers lie there. */
  readonly cutOuts: readonly CutOut[];
}

/**
 * Cuts device registers out of RAM: the `reg` of every node, enabled or not, that translates to a CPU address.
 *
 * @param banks - as given; pages in which registers lie are cut, and what lies between or behind such pages and is no larger than 16 MiB
 * @param wholeAreas - true where only a size was given: the windows of PCI host bridges are cut out too, the cut goes out to
 *   multiples of 16 MiB, and so do pieces between and behind of at most 240 MiB, as memory maps are laid out. The largest piece of RAM always stays.
 */
export function cutRegisters(
  tree: DeviceTree,
  banks: RangeSet,
  pageSize: number,
  wholeAreas: boolean,
): WithoutRegisters {
  const last = banks[banks.length - 1];
  const first = banks[0];
  if (first === undefined || last === undefined) return { banks, cutOuts: [] };
  const found: CutOut[] = [];
  const visit = (node: TreeNode, base: number, size: number): void => {
    if (size === 0 || base >= endOf(last) || base + size <= first.base) return;
    const step = wholeAreas ? AREA_STEP : pageSize;
    const start = alignDown(base, step);
    const end = alignUp(Math.min(base + size, MAX_EXACT - step), step);
    found.push({ base: start, size: end - start, node: node.path });
  };
  visitRegisters(tree, { withWindows: wholeAreas, enters: () => true }, visit);
  found.sort((a, b) => a.base - b.base);
  const areas: { base: number; size: number; node: string }[] = [];
  for (const block of found) {
    const area = areas[areas.length - 1];
    if (area !== undefined && block.base <= endOf(area)) {
      area.size = Math.max(endOf(area), endOf(block)) - area.base;
    } else {
      areas.push({ ...block });
    }
  }
  // What lies in no bank that was given has been thought of: it says nothing of the banks around it.
  const met = wholeAreas ? areas : areas.filter((area) => intersectRanges(banks, [area]).length > 0);
  const cutOuts = joinAreas(banks, met, wholeAreas ? WIDEST_GAP_OF_SIZE : WIDEST_GAP).flatMap((area) =>
    intersectRanges(banks, [area]).map((part): CutOut => ({ base: part.base, size: part.size, node: area.node })),
  );
  return { banks: subtractBanks(banks, toRangeSet(cutOuts)), cutOuts };
}

/**
 * Where the CPU sees the registers of enabled devices, byte by byte, in tree order. What stands below a disabled node is not among them, nor what
 * describes a piece of RAM.
 */
export function enabledRegisters(tree: DeviceTree): readonly CutOut[] {
  const out: CutOut[] = [];
  visitRegisters(tree, { withWindows: false, enters: isAvailable }, ({ path }, base, size) => {
    if (size > 0) out.push({ base, size, node: path });
  });
  return out;
}

/** Areas of devices with the gaps of at most `widestGap` between them and behind the last, none of which is the largest piece of RAM. */
function joinAreas(banks: RangeSet, areas: readonly CutOut[], widestGap: number): readonly CutOut[] {
  const pieces = subtractBanks(banks, toRangeSet(areas));
  const largest = pieces.reduce((most, piece) => Math.max(most, piece.size), 0);
  const joined: { base: number; size: number; node: string }[] = [];
  for (const area of areas) {
    const before = joined[joined.length - 1];
    const gap = before === undefined ? largest : area.base - endOf(before);
    if (before !== undefined && gap <= widestGap && gap < largest) before.size = endOf(area) - before.base;
    else joined.push({ ...area });
  }
  const last = joined[joined.length - 1];
  const end = banks.reduce((most, bank) => Math.max(most, endOf(bank)), 0);
  const behind = last === undefined ? 0 : end - endOf(last);
  if (last !== undefined && behind > 0 && behind <= widestGap && behind < largest) last.size += behind;
  return joined;
}

function subtractBanks(banks: RangeSet, cut: RangeSet): RangeSet {
  return cut.length === 0 ? banks : subtractRanges(banks, cut);
}

interface Walk {
  /** Also the windows of PCI host bridges. */
  readonly withWindows: boolean;
  /** Whether a node and what is below it are looked at. */
  readonly enters: (node: TreeNode) => boolean;
}

type Visit = (node: TreeNode, base: number, size: number) => void;

function visitRegisters(tree: DeviceTree, how: Walk, found: Visit): void {
  for (const node of tree.root.children) {
    if (NOT_REGISTERS.has(baseNameOf(node)) || stringProperty(node, "device_type") === "memory") continue;
    walk(node, how, found);
  }
}

/** A bus whose `ranges` is missing ends the walk: nothing below it has a CPU address. */
function walk(node: TreeNode, how: Walk, found: Visit): void {
  if (!how.enters(node)) return;
  if (!compatiblesOf(node).some((name) => LIES_IN_RAM.has(name) || name.startsWith("linux,"))) {
    for (const range of regOf(node)) {
      const base = translateAddress(node, range.address, "ranges");
      if (base !== null) found(node, base, range.size);
    }
  }
  if (stringProperty(node, "device_type") === "pci") {
    if (how.withWindows) for (const window of windowsOf(node)) found(node, window.base, window.size);
    return;
  }
  if (!node.has("ranges")) return;
  for (const child of node.children) walk(child, how, found);
}

/** The windows through which the CPU sees a PCI bus. */
function windowsOf(node: TreeNode): readonly Range[] {
  const windows = busRangesOf(node, "ranges");
  if (windows === null || windows === "identity") return [];
  return windows.flatMap((window) => {
    const base = translateAddress(node, window.parent, "ranges");
    return base === null ? [] : [{ base, size: window.size }];
  });
}

function baseNameOf(node: TreeNode): string {
  return node.name.split("@", 1)[0] as string;
}

function stringProperty(node: TreeNode, name: string): string | null {
  const value = node.get(name);
  return value === undefined ? null : stringOf(value);
}
