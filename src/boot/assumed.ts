/**
 * What is in memory when nobody says: usual load addresses before the scan, and what the kernel itself takes between the scan
 * and the default CMA area.
 */
import type { DeviceTree } from "../devicetree/tree.js";
import { alignDown, alignUp, GIB, KIB, MIB } from "../units/quantity.js";
import { endOf, type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import { Memblock } from "./memblock.js";
import type { BootAssumption } from "./outcome.js";
import type { BootProfile } from "./profile.js";
import { fixedRanges } from "./region-node.js";

/** A way a board can be when the kernel starts. */
export interface StartState {
  readonly name: "low" | "initrd-low" | "top-below-4g" | "top" | "empty";
  readonly reservations: readonly BootAssumption[];
}

/** Debian's images take 44 MiB on arm64; armmp takes 22 with what lies in front of it. */
const KERNEL = { name: "kernel image", size: 48 * MIB };
const ARM_KERNEL = { name: "kernel image", size: 24 * MIB };
const TREE = { name: "device tree", size: 256 * KIB };
const INITRD = { name: "initrd", size: 64 * MIB };
const BLOCK = 2 * MIB;
const LOW = "lowest free 2 MiB boundary";

/**
 * The start that is taken when none is given: kernel image at the first 2 MiB boundary of RAM with room for it, device tree 128 MiB
 * above the start of RAM or at the next free place, no initrd. As a boot loader must, it keeps off the tree's static regions and
 * `/memreserve/` entries. On riscv, which reserves the tree only after the scan, there is none.
 *
 * @param banks - RAM as the kernel knows it
 */
export function assumedReservations(
  tree: DeviceTree,
  banks: readonly Range[],
  profile: BootProfile,
): readonly BootAssumption[] {
  return (plausibleStarts(tree, banks, profile)[0] as StartState).reservations;
}

/** Nothing but RAM: what even this start refuses, every start refuses. */
export const EMPTY_START: StartState = { name: "empty", reservations: [] };

/** What is loaded where one hole is left as large as can be: kernel and device tree side by side, at the start of RAM or at its end. */
export function packedStarts(
  tree: DeviceTree,
  banks: readonly Range[],
  profile: BootProfile,
): readonly (readonly BootAssumption[])[] {
  const { kernel, blob, load } = loader(tree, banks, profile);
  const side = (where: Parameters<Put>[1]): readonly BootAssumption[] =>
    load((put) => {
      for (const piece of [kernel, ...blob]) put(piece, where);
    });
  return [side({ bottomUp: true, basis: LOW }), side({ basis: "top of RAM" })];
}

/**
 * Starts the same board may well have, the assumed one first: an initrd low in RAM; tree and initrd as high as 32 bits reach,
 * where U-Boot moves them; kernel, tree and initrd at the top of RAM, where EFI firmware puts them.
 */
export function plausibleStarts(
  tree: DeviceTree,
  banks: readonly Range[],
  profile: BootProfile,
): readonly StartState[] {
  const start = toRangeSet(banks)[0]?.base ?? 0;
  const reach = profile.lowMemory === null ? 4 * GIB : start + profile.lowMemory;
  const far = {
    from: start + 128 * MIB,
    bottomUp: true,
    basis: "128 MiB above the start of RAM, or above what is there",
  };
  const { kernel, blob, load } = loader(tree, banks, profile);
  const state = (name: StartState["name"], place: (put: Put) => void): StartState => ({
    name,
    reservations: load(place),
  });
  const image = (put: Put): void => put(kernel, { bottomUp: true, basis: LOW });
  return [
    state("low", (put) => {
      image(put);
      for (const piece of blob) put(piece, far);
    }),
    state("initrd-low", (put) => {
      image(put);
      for (const piece of [...blob, INITRD]) put(piece, far);
    }),
    state("top-below-4g", (put) => {
      image(put);
      for (const piece of [...blob, INITRD]) put(piece, { to: reach, basis: "top of low memory" });
    }),
    state("top", (put) => {
      for (const piece of [kernel, ...blob, INITRD]) put(piece, { basis: "top of RAM" });
    }),
  ];
}

/** What a boot loader puts into memory before a kernel of this kind starts, and a way to do it that keeps off the tree's static regions. */
function loader(
  tree: DeviceTree,
  banks: readonly Range[],
  profile: BootProfile,
): {
  readonly kernel: Piece;
  readonly blob: readonly Piece[];
  readonly load: (place: (put: Put) => void) => readonly BootAssumption[];
} {
  return {
    kernel: profile.arch === "arm" ? ARM_KERNEL : KERNEL,
    blob: profile.arch === "riscv" ? [] : [TREE],
    load: (place) => {
      const memory = new Memblock(banks, profile.pageSize, profile.cacheLine);
      memory.setReserved(fixedRanges(tree, profile));
      const reservations: BootAssumption[] = [];
      place(({ name, size }, { basis, ...where }) => {
        const base = memory.allocate({ size, alignment: BLOCK, ...where });
        if (base !== null) reservations.push({ name, base, size, basis });
      });
      return reservations;
    },
  };
}

interface Piece {
  readonly name: string;
  readonly size: number;
}

/** Puts a piece somewhere; leaves it out when there is no room. */
type Put = (
  piece: Piece,
  where: { readonly from?: number; readonly to?: number; readonly bottomUp?: boolean; readonly basis: string },
) => void;

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
