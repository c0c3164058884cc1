import { busRangesOf, translateAddress } from "../devicetree/meaning/addresses.js";
import { isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { alignDown, GIB, MAX_EXACT } from "../units/quantity.js";
import { endOf, type Range, toRangeSet } from "../units/ranges.js";
import type { BootProfile } from "./profile.js";

/**
 * Exclusive end of the first DMA zone; also the limit of the default CMA area on arm64 and riscv.
 *
 * arm64: the end of the bus window that reaches least, of every available node with a non-empty `dma-ranges`; below 4 GiB when any
 * RAM is; never above the end of RAM. A limit below the start of RAM makes an empty zone. arm: the end of RAM within 4 GiB
 * (a boot cuts it to low memory as well). riscv: the end of RAM within 4 GiB. x86: 16 MiB.
 *
 * @param banks - RAM as the kernel knows it: whole pages, `mem=` applied
 * @see Linux 6.12 `arch/arm64/mm/init.c` `zone_sizes_init()`, `drivers/of/address.c` `of_dma_get_max_cpu_address()`
 */
export function zoneDmaLimit(tree: DeviceTree, banks: readonly Range[], arch: BootProfile["arch"]): number {
  const ram = toRangeSet(banks);
  const first = ram[0];
  const last = ram[ram.length - 1];
  const start = first === undefined ? 0 : first.base;
  const end = last === undefined ? 0 : endOf(last);
  if (arch === "x86") return Math.min(16 * 1024 * 1024, end);
  if (arch !== "arm64") return Math.min(4 * GIB, end);
  let inclusive = largestCpuAddress(tree.root);
  if (start < 4 * GIB - 1) inclusive = Math.min(inclusive, 4 * GIB - 1);
  return Math.min(inclusive, end - 1) + 1;
}

/** Last CPU address that every bus window below `node` reaches; {@link MAX_EXACT} when there is no window. */
function largestCpuAddress(node: TreeNode): number {
  let limit = MAX_EXACT;
  const windows = busRangesOf(node, "dma-ranges");
  if (windows !== null && windows !== "identity" && windows.length > 0) {
    let last = 0;
    for (const window of joinWindows(node, windows)) {
      // An entry that cannot be translated counts as the highest address there is, and its end wraps to almost nothing.
      const end = window.cpu !== null ? window.cpu + window.size : window.size === 0 ? MAX_EXACT : window.size - 1;
      if (end > last) last = end - 1;
    }
    limit = last;
  }
  for (const child of node.children) {
    if (isAvailable(child)) limit = Math.min(limit, largestCpuAddress(child));
  }
  return limit;
}

interface CpuWindow {
  readonly bus: number;
  readonly cpu: number | null;
  readonly flags: number | null;
  size: number;
}

/** Translates the windows and joins neighbours that go on in both address spaces, as the kernel's range parser does. */
function joinWindows(
  node: TreeNode,
  windows: readonly { child: number; parent: number; size: number; flags: number | null }[],
): readonly CpuWindow[] {
  const out: CpuWindow[] = [];
  for (const window of windows) {
    const cpu = translateAddress(node, window.parent, "dma-ranges");
    const before = out[out.length - 1];
    if (
      before !== undefined &&
      before.flags === window.flags &&
      before.cpu !== null &&
      before.bus + before.size === window.child &&
      before.cpu + before.size === cpu
    ) {
      before.size += window.size;
    } else {
      out.push({ bus: window.child, cpu, flags: window.flags, size: window.size });
    }
  }
  return out;
}

/**
 * Addresses where one zone ends and the next begins, ascending. A CMA area across one of them cannot be activated.
 *
 * @param zoneDmaEnd - exclusive end of the first zone
 * @param lowMemoryEnd - exclusive end of low memory; the end of RAM where all of it is low
 */
export function zoneBorders(
  arch: BootProfile["arch"],
  zoneDmaEnd: number,
  lowMemoryEnd: number,
  pageSize: number,
): readonly number[] {
  const borders = arch === "arm" ? [lowMemoryEnd] : [alignDown(zoneDmaEnd, pageSize), 4 * GIB];
  return [...new Set(borders)].sort((a, b) => a - b);
}

/**
 * Name of the zone an address of RAM belongs to, as the kernel prints it.
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `zone_sizes_init()`, `arch/arm/mm/init.c` `zone_sizes_init()`, `arch/riscv/mm/init.c`
 *   `zone_sizes_init()`, `arch/x86/mm/init.c` `zone_sizes_init()`
 */
export function zoneNameAt(
  address: number,
  arch: BootProfile["arch"],
  zoneDmaEnd: number,
  lowMemoryEnd: number,
): "DMA" | "DMA32" | "Normal" | "HighMem" {
  switch (arch) {
    case "arm":
      return address < lowMemoryEnd ? "Normal" : "HighMem";
    case "riscv":
      return address < zoneDmaEnd ? "DMA32" : "Normal";
    case "arm64":
    case "x86":
      if (address < zoneDmaEnd) return "DMA";
      return address < 4 * GIB ? "DMA32" : "Normal";
  }
}

/**
 * Exclusive end of low memory: what the kernel maps permanently. The end of RAM where the profile has no bound.
 *
 * @see Linux 6.12 `arch/arm/mm/mmu.c` `adjust_lowmem_bounds()`
 */
export function lowMemoryEnd(banks: readonly Range[], profile: BootProfile): number {
  const ram = toRangeSet(banks);
  const start = ram[0]?.base ?? 0;
  let end = 0;
  for (const bank of ram) {
    if (profile.lowMemory === null) end = endOf(bank);
    else if (bank.base < start + profile.lowMemory) end = Math.min(endOf(bank), start + profile.lowMemory);
  }
  return end;
}
