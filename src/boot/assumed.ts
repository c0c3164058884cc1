/**
 * What is in memory when nobody says: usual load addresses before the scan, and what the kernel itself takes between the scan
 * and the default CMA area.
 */
import type { DeviceTree } from "../devicetree/tree.js";
import { alignDown, alignUp, GIB, KIB, MIB } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { Memblock } from "./memblock.js";
import type { BootAssumption } from "./outcome.js";
import type { BootProfile } from "./profile.js";

/** A way a board can be when the kernel starts. */
export interface StartState {
  readonly name: "low" | "initrd-low" | "top-below-4g" | "top" | "empty";
  readonly reservations: readonly BootAssumption[];
}

const KERNEL_SIZE = 48 * MIB;
const TREE_SIZE = 256 * KIB;
const INITRD_SIZE = 64 * MIB;

/**
 * The start that is taken when none is given: kernel image at the first 2 MiB boundary of RAM, device tree 128 MiB further up
 * (or directly behind the image where RAM ends before), no initrd.
 *
 * @param banks - RAM as the kernel knows it
 */
export function assumedReservations(banks: readonly Range[], profile: BootProfile): readonly BootAssumption[] {
  return (plausibleStarts(banks, profile)[0] as StartState).reservations;
}

/** Nothing but RAM: what even this start refuses, every start refuses. */
export const EMPTY_START: StartState = { name: "empty", reservations: [] };

/**
 * Starts the same board may well have, the assumed one first: an initrd low in RAM; tree and initrd as high as 32 bits reach,
 * where U-Boot moves them; kernel, tree and initrd at the top of RAM, where EFI firmware puts them. riscv reserves the tree only
 * after the scan, so there it is in none.
 */
export function plausibleStarts(banks: readonly Range[], profile: BootProfile): readonly StartState[] {
  const ram = toRangeSet(banks);
  const home = ram.find((range) => range.size >= KERNEL_SIZE + TREE_SIZE) ?? ram[0] ?? { base: 0, size: 0 };
  const image = named("kernel image", alignUp(home.base, 2 * MIB), KERNEL_SIZE, "first 2 MiB boundary of RAM");
  const far = home.base + 128 * MIB;
  const fits = far + TREE_SIZE + INITRD_SIZE <= endOf(home);
  const treeBase = fits ? far : endOf(image);
  const tree = named(
    "device tree",
    treeBase,
    TREE_SIZE,
    fits ? "128 MiB above the start of RAM" : "behind the kernel image",
  );
  const low: StartState = { name: "low", reservations: [image, tree] };
  const initrd = named("initrd", alignUp(endOf(tree), 2 * MIB), INITRD_SIZE, "behind the device tree");
  const starts: StartState[] = [low, { name: "initrd-low", reservations: [image, tree, initrd] }];
  const reach = profile.lowMemory === null ? 4 * GIB : home.base + profile.lowMemory;
  const below = stack(intersectRanges(ram, [{ base: 0, size: reach }]), [
    ["device tree", TREE_SIZE],
    ["initrd", INITRD_SIZE],
  ]);
  if (below !== null) starts.push({ name: "top-below-4g", reservations: [image, ...below] });
  const top = stack(ram, [
    ["kernel image", KERNEL_SIZE],
    ["device tree", TREE_SIZE],
    ["initrd", INITRD_SIZE],
  ]);
  if (top !== null) starts.push({ name: "top", reservations: top });
  if (profile.arch !== "riscv") return starts;
  return starts.map(({ name, reservations }) => ({
    name,
    reservations: reservations.filter((r) => r.name !== "device tree"),
  }));
}

/** Puts the pieces one below the other from the top of the memory given; null when they do not fit into its highest range. */
function stack(memory: RangeSet, pieces: readonly (readonly [string, number])[]): readonly BootAssumption[] | null {
  const last = memory[memory.length - 1];
  if (last === undefined) return null;
  const out: BootAssumption[] = [];
  let end = endOf(last);
  for (const [name, size] of pieces) {
    const base = alignDown(end - size, 2 * MIB);
    if (base < last.base) return null;
    out.push(named(name, base, size, "top of memory"));
    end = base;
  }
  return out;
}

/**
 * Takes from the early allocator what an arm64 kernel takes between the scan and its default CMA area: page tables for all RAM
 * outside the kernel image, the unflattened tree, tables of the memory model, then one memory map for each NUMA node.
 * All come from the top of RAM, so the default area lies below them.
 *
 * @param memory - changed: the estimates are reserved in it, and NUMA nodes become borders
 * @param kernelImage - mapped with larger blocks; null counts nothing for it
 * @returns what was reserved, page tables first
 * @see Linux 6.12 `arch/arm64/mm/mmu.c` `map_mem()`, `mm/sparse.c` `sparse_init_nid()`
 */
export function assumeEarlyMemory(
  memory: Memblock,
  tree: DeviceTree,
  kernelImage: Range | null,
  nodes: readonly Range[],
): readonly BootAssumption[] {
  const out: BootAssumption[] = [];
  const { pageSize } = memory;
  let tables = countTables(memory, kernelImage);
  for (const gap of [...memory.gaps()].reverse()) {
    const end = alignDown(endOf(gap), pageSize);
    const room = Math.floor((end - alignUp(gap.base, pageSize)) / pageSize);
    const count = Math.min(tables, room);
    if (count <= 0) continue;
    const size = count * pageSize;
    out.push(named("page tables", end - size, size, "one table for each block of RAM, from the top"));
    memory.reserve(end - size, size);
    tables -= count;
    if (tables === 0) break;
  }
  take(memory, out, "unflattened tree", unflattenedSize(tree), 8, "size from the number of nodes and properties");
  memory.setNodes(nodes);
  const nids = memory.nodes();
  for (const nid of nids) take(memory, out, "node data", 14 * KIB, memory.cacheLine, "description of a NUMA node", nid);
  take(memory, out, "section table", 132 * KIB, memory.cacheLine, "table of memory sections");
  const section = pageSize === 65536 ? 512 * MIB : 128 * MIB;
  const mapSize = (section / pageSize) * 64;
  for (const nid of nids) {
    const count = countBlocks(memory.ofNode(nid), section);
    if (count === 0) continue;
    take(memory, out, "section usage", 4 * KIB, memory.cacheLine, "bitmaps of the node's sections", nid);
    const basis = `64 bytes for each page of ${count} sections of ${section / MIB} MiB`;
    take(memory, out, "memory map", count * mapSize, Math.max(mapSize, 2 * MIB), basis, nid);
    take(memory, out, "page tables", 2 * pageSize, pageSize, "tables of the memory map", nid);
  }
  return out;
}

/** Last-level tables for mapped RAM, tables above them, and those of the kernel's own mapping. */
function countTables(memory: Memblock, kernelImage: Range | null): number {
  const block = (memory.pageSize * memory.pageSize) / 8;
  const mapped = subtractRanges(memory.memory, memory.noMap);
  let count = countBlocks(mapped, block) + countBlocks(mapped, (block * memory.pageSize) / 8) + 9;
  if (kernelImage !== null) {
    const inside = alignDown(endOf(kernelImage), block) - alignUp(kernelImage.base, block);
    count -= Math.max(0, inside / block);
  }
  return count;
}

/** Blocks of `step` bytes, aligned to themselves, that the set touches. */
function countBlocks(set: RangeSet, step: number): number {
  return toRangeSet(
    set.map((range) => {
      const base = alignDown(range.base, step);
      return { base, size: alignUp(endOf(range), step) - base };
    }),
  ).reduce((sum, range) => sum + range.size / step, 0);
}

/** Bytes of the kernel's node and property objects. */
function unflattenedSize(tree: DeviceTree): number {
  let size = 0;
  for (const node of tree.nodes())
    size += 240 + alignUp(node.name.length + 1, 8) + 64 * (node.propertyNames.length + 1);
  return size;
}

function take(
  memory: Memblock,
  out: BootAssumption[],
  name: string,
  size: number,
  alignment: number,
  basis: string,
  nid: number | null = null,
): void {
  const wanted = nid !== null && memory.nodes().length > 1 ? nid : null;
  const base = memory.allocate({ size, alignment, nid: wanted });
  if (base !== null) out.push(named(name, base, size, basis));
}

function named(name: string, base: number, size: number, basis: string): BootAssumption {
  return { name, base, size, basis };
}
