import { regOf } from "../devicetree/meaning/addresses.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { numberFromCells, stringOf, u32Property } from "../devicetree/values.js";
import { alignDown } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet, totalSize } from "../units/ranges.js";
import type { Memblock, MemoryBank } from "./memblock.js";
import type { BootProfile } from "./profile.js";

/** No architecture here has physical addresses of more bits; with arm64's 4 KiB pages it is usually 48. */
const PHYS_ADDR_BITS = 52;

/**
 * Cuts each bank to the whole pages in it, drops what is left empty and what the kernel has no addresses for: above 4 GiB where they have
 * 32 bits, else above 2^52.
 *
 * @returns banks in the order given; NUMA nodes kept
 * @see Linux 6.12 `drivers/of/fdt.c` `early_init_dt_add_memory_arch()`, `arch/arm64/mm/init.c` `arm64_memblock_init()`
 */
export function trimBanks(banks: readonly MemoryBank[], profile: BootProfile): readonly MemoryBank[] {
  const top = 2 ** Math.min(profile.physAddrBits, PHYS_ADDR_BITS);
  const out: MemoryBank[] = [];
  for (const bank of banks) {
    // Not alignUp(): a bank may begin in the last page below 2^53, and then holds no whole one.
    const base = Math.ceil(bank.base / profile.pageSize) * profile.pageSize;
    const end = Math.min(alignDown(endOf(bank), profile.pageSize), top);
    if (end > base) out.push({ base, size: end - base, nid: bank.nid ?? null });
  }
  return out;
}

/**
 * Applies `mem=`: keeps the lowest `limit` bytes of RAM, and of the rest what the kernel cannot do without.
 *
 * @param pieces - kernel image and initrd, kept wherever they are
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `arm64_memblock_init()`, `mm/memblock.c` `memblock_mem_limit_remove_map()`
 */
export function limitMemory(memory: Memblock, limit: number, pieces: readonly Range[]): void {
  const kept = alignDown(limit, memory.pageSize);
  if (kept === 0 || kept >= totalSize(memory.memory)) return;
  let left = kept;
  let end = 0;
  for (const range of memory.memory) {
    end = range.base + Math.min(left, range.size);
    left -= Math.min(left, range.size);
    if (left === 0) break;
  }
  const needed = intersectRanges(memory.memory, toRangeSet(pieces));
  memory.remove(end, Number.MAX_SAFE_INTEGER - end);
  for (const part of needed) memory.add(part.base, part.size);
}

/**
 * The whole pages that the initrd takes, from `/chosen`.
 *
 * @returns null when the tree names none
 * @see Linux 6.12 `drivers/of/fdt.c` `early_init_dt_check_for_initrd()`
 */
export function initrdPages(tree: DeviceTree, pageSize: number): Range | null {
  const chosen = tree.root.child("chosen");
  const address = (name: string): number | null => {
    const value = chosen?.get(name);
    return value === undefined ? null : numberFromCells(value, 0, Math.floor(value.length / 4));
  };
  const [start, end] = [address("linux,initrd-start"), address("linux,initrd-end")];
  if (start === null || end === null || start >= end) return null;
  const base = alignDown(start, pageSize);
  return { base, size: Math.ceil(end / pageSize) * pageSize - base };
}

/**
 * The NUMA node of each bank, from the `numa-node-id` of the memory nodes whose `reg` covers it; banks that name a node keep it.
 *
 * @returns the banks, cut where the node changes; all without a node when the tree names none
 */
export function nameNumaNodes(tree: DeviceTree, banks: readonly MemoryBank[]): readonly MemoryBank[] {
  if (banks.some((bank) => bank.nid !== undefined && bank.nid !== null)) return banks;
  const named: MemoryBank[] = [];
  for (const node of tree.root.children) {
    if (!isMemoryNode(node)) continue;
    const nid = u32Property(node, "numa-node-id");
    if (nid === undefined) continue;
    for (const range of regOf(node)) {
      for (const part of intersectRanges(toRangeSet(banks), toRangeSet([{ base: range.address, size: range.size }]))) {
        named.push({ base: part.base, size: part.size, nid });
      }
    }
  }
  return named.length === 0 ? banks : named;
}

function isMemoryNode(node: TreeNode): boolean {
  const type = node.get("device_type");
  return type !== undefined && stringOf(type) === "memory";
}
