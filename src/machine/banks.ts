import { limitMemory, trimBanks } from "../boot/banks.js";
import { Memblock } from "../boot/memblock.js";
import type { BootProfile } from "../boot/profile.js";
import { addressCells, sizeCells } from "../devicetree/meaning/cells.js";
import { isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { numberFromCells, stringOf, u32Property } from "../devicetree/values.js";
import { formatHex, formatSize, MAX_EXACT } from "../units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet } from "../units/ranges.js";
import { MachineError } from "./error.js";
import type { CutOut, MemoryBank, Provenance } from "./machine.js";
import type { MemorySpec } from "./memory-spec.js";
import { cutRegisters } from "./registers.js";

/** RAM as the kernel will know it, and what had to be cut out of it. */
export interface Memory {
  /** Sorted by base, whole pages, not overlapping; `mem=` not applied. */
  readonly banks: readonly MemoryBank[];
  readonly cutOuts: readonly CutOut[];
}

/** How a user finds the banks of a board. */
const WHERE_SHOWN = "U-Boot's bdinfo and `sudo grep RAM /proc/iomem` on the board show the banks";

/**
 * Finds RAM: what the caller states, else what the tree's memory nodes state.
 *
 * @throws MachineError when there is none
 * @see Linux 6.12 `drivers/of/fdt.c` `early_init_dt_scan_memory()`
 */
export function findMemory(tree: DeviceTree, spec: MemorySpec | null, profile: BootProfile): Memory {
  const stated = statedBanks(tree);
  if (spec === null) {
    const banks = wholePages(stated, profile, null);
    if (banks.length === 0) {
      throw new MachineError(
        "no-memory",
        `the tree states no memory (the boot loader would); give it with --memory BASE+SIZE[,BASE+SIZE...]; ${WHERE_SHOWN}`,
      );
    }
    return { banks, cutOuts: [] };
  }
  const cut = cutRegisters(tree, toRangeSet(givenBanks(tree, spec)), profile.pageSize, spec.kind === "size");
  const banks = wholePages(
    // Banks that only touch stay apart, as the user wrote them.
    spec.kind === "banks" ? spec.banks.flatMap((bank) => intersectRanges(cut.banks, [bank])) : cut.banks,
    profile,
    stated,
  );
  if (banks.length === 0 && cut.cutOuts.length === 0) {
    throw new MachineError(
      "no-memory",
      `the memory given holds no whole page of ${formatSize(profile.pageSize)} that the kernel has addresses for; give more with --memory`,
    );
  }
  if (banks.length === 0) {
    throw new MachineError(
      "memory-all-registers",
      `device registers (${cut.cutOuts[0]?.node}) occupy all the memory given; give --memory where RAM is; ${WHERE_SHOWN}`,
    );
  }
  return { banks, cutOuts: cut.cutOuts };
}

/**
 * RAM as a running kernel reports it, cut to whole pages.
 *
 * @throws MachineError when no whole page is left
 */
export function runningMemory(reported: readonly MemoryBank[], profile: BootProfile): Memory {
  const banks = wholePages(reported, profile, null);
  if (banks.length === 0) throw new MachineError("no-memory", `the running kernel reports no whole page of memory`);
  return { banks, cutOuts: [] };
}

/**
 * Applies `mem=`, in bytes, as the architecture does: arm64 and riscv keep that much RAM, arm and x86 what lies below.
 *
 * @throws MachineError when that leaves no whole page
 */
export function limitBanks(
  banks: readonly MemoryBank[],
  mem: number | null,
  profile: BootProfile,
): readonly MemoryBank[] {
  if (mem === null) return banks;
  const memory = new Memblock(banks, profile.pageSize);
  if (profile.arch === "arm" || profile.arch === "x86") {
    const end = (profile.arch === "arm" ? (banks[0]?.base ?? 0) : 0) + mem;
    memory.remove(end, MAX_EXACT - end);
  } else {
    limitMemory(memory, mem, []);
  }
  const kept = wholePages(
    banks.flatMap((bank) => intersectRanges(memory.memory, [bank]).map((part) => ({ ...bank, ...part }))),
    profile,
    null,
  );
  if (kept.length === 0) {
    const lowest = banks[0]?.base ?? 0;
    throw new MachineError(
      "no-memory",
      `mem= of the command line leaves no memory: RAM starts at ${formatHex(lowest)}; give a larger limit or leave it out`,
    );
  }
  return kept;
}

/** A bank with the node it comes from. */
interface StatedBank extends Range {
  readonly numaNode: number;
  readonly provenance: Provenance;
}

function wholePages(
  banks: readonly (Range | StatedBank)[],
  profile: BootProfile,
  nodes: readonly StatedBank[] | null,
): readonly MemoryBank[] {
  const out: MemoryBank[] = [];
  for (const bank of [...banks].sort((a, b) => a.base - b.base)) {
    const [trimmed] = trimBanks([bank], profile);
    if (trimmed === undefined) continue;
    const before = out[out.length - 1];
    const base = before === undefined ? trimmed.base : Math.max(trimmed.base, endOf(before));
    const end = endOf(trimmed);
    if (end <= base) continue;
    const own = "provenance" in bank ? bank : null;
    out.push({
      base,
      size: end - base,
      numaNode: own?.numaNode ?? nodes?.find((node) => base >= node.base && base < endOf(node))?.numaNode ?? 0,
      provenance: own?.provenance ?? { kind: "override", source: "--memory" },
    });
  }
  return out;
}

function givenBanks(tree: DeviceTree, spec: MemorySpec): readonly Range[] {
  if (spec.kind === "banks") return spec.banks;
  const base = baseOfMemory(tree);
  if (base === null) {
    throw new MachineError(
      "memory-needs-base",
      `the tree has no memory node, so a size does not say where RAM starts; give --memory BASE+SIZE[,BASE+SIZE...]; ${WHERE_SHOWN}`,
    );
  }
  return [{ base, size: Math.min(spec.size, MAX_EXACT - base) }];
}

/** Lowest address any memory node names, with size 0 too: the boot loader fills the size in. */
function baseOfMemory(tree: DeviceTree): number | null {
  let base: number | null = null;
  for (const node of memoryNodes(tree)) {
    for (const range of entriesOf(tree, node)) base = Math.min(base ?? range.base, range.base);
  }
  return base;
}

function statedBanks(tree: DeviceTree): readonly StatedBank[] {
  return memoryNodes(tree).flatMap((node) => {
    const property = node.has("linux,usable-memory") ? "linux,usable-memory" : "reg";
    const provenance: Provenance = { kind: "tree", source: `${node.path}:${property}` };
    const numaNode = u32Property(node, "numa-node-id") ?? 0;
    return entriesOf(tree, node).flatMap((range) => (range.size === 0 ? [] : [{ ...range, numaNode, provenance }]));
  });
}

function memoryNodes(tree: DeviceTree): readonly TreeNode[] {
  return tree.root.children.filter((node) => {
    const type = node.get("device_type");
    const isMemory = type === undefined ? /^memory(@|$)/.test(node.name) : stringOf(type) === "memory";
    return isMemory && isAvailable(node);
  });
}

/** Address and size pairs in the root's cells; a rest that is no whole pair does not count. */
function entriesOf(tree: DeviceTree, node: TreeNode): readonly Range[] {
  const value = node.get("linux,usable-memory") ?? node.get("reg");
  const address = addressCells(tree.root);
  const size = sizeCells(tree.root);
  const entry = address + size;
  if (value === undefined || entry === 0) return [];
  const ranges: Range[] = [];
  for (let cell = 0; (cell + entry) * 4 <= value.length; cell += entry) {
    const base = numberFromCells(value, cell, address);
    const bytes = numberFromCells(value, cell + address, size);
    ranges.push({ base, size: Math.min(bytes, MAX_EXACT - base) });
  }
  return ranges;
}
