import { compatiblesOf, isAvailable } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { cellsOf, u32Property } from "../devicetree/values.js";
import { MAX_EXACT } from "../units/quantity.js";
import type { Range } from "../units/ranges.js";
import type { BootProfile } from "./profile.js";

/** Cell counts of the tree's root, by which the kernel reads every property below `/reserved-memory`. */
export interface RootCells {
  readonly address: number;
  readonly size: number;
}

/** The kernel's root cell counts: 1 and 1 when the root names none. Linux 6.12 `drivers/of/fdt.c` `early_init_dt_scan_root()`. */
export function rootCells(root: TreeNode): RootCells {
  return { address: u32Property(root, "#address-cells") ?? 1, size: u32Property(root, "#size-cells") ?? 1 };
}

/** A child of `/reserved-memory` as the kernel reads it. */
export interface RegionNode {
  readonly node: TreeNode;
  readonly path: string;
  readonly available: boolean;
  readonly noMap: boolean;
  readonly reusable: boolean;
  /** Named `linux,cma-default`. */
  readonly cmaDefault: boolean;
  /** Named `linux,dma-default`. */
  readonly dmaDefault: boolean;
  readonly sharedPool: boolean;
  readonly restrictedPool: boolean;
  /** Null without `reg`; a length in bytes that is no whole number of entries instead of the entries. */
  readonly reg: readonly Range[] | { readonly badLength: number } | null;
  readonly sized: boolean;
  /** Null when `size` has the wrong length. */
  readonly size: number | null;
  readonly sizeLength: number;
  /** 0 when absent, null when it has the wrong length. */
  readonly alignment: number | null;
  readonly alignmentLength: number;
  /** Null when absent. */
  readonly allocRanges: readonly SearchWindow[] | { readonly badLength: number } | null;
}

/** One entry of `alloc-ranges` as the kernel passes it on. */
export interface SearchWindow {
  readonly from: number;
  /** Exclusive. 0, which the sum of base and size gives when it wraps to nothing, means no limit; 1 the allocator's limit. */
  readonly to: number;
}

/**
 * Reads one child of `/reserved-memory`. A node without `compatible` of its own is a plain reservation.
 *
 * An entry of `alloc-ranges` whose end passes the width of an address wraps as the kernel's sum does.
 */
export function readRegionNode(node: TreeNode, cells: RootCells, profile: BootProfile): RegionNode {
  const compatibles = compatiblesOf(node).map((name) => name.toLowerCase());
  const entry = (cells.address + cells.size) * 4;
  const entriesOf = <T>(
    name: string,
    make: (base: bigint, size: bigint) => T,
  ): readonly T[] | { readonly badLength: number } | null => {
    const value = node.get(name);
    if (value === undefined) return null;
    if (entry === 0 || value.length % entry !== 0) return { badLength: value.length };
    const numbers = cellsOf(value);
    const out: T[] = [];
    for (let at = 0; at < numbers.length; at += cells.address + cells.size) {
      const base = addressAt(numbers, at, cells.address, profile);
      out.push(make(base, addressAt(numbers, at + cells.address, cells.size, profile)));
    }
    return out;
  };
  const rangeOf = (base: bigint, size: bigint): Range => {
    const first = narrow(base);
    return { base: first, size: Math.min(narrow(size), MAX_EXACT - first) };
  };
  const windowOf = (base: bigint, size: bigint): SearchWindow => {
    return { from: narrow(base), to: narrow(BigInt.asUintN(profile.physAddrBits, base + size)) };
  };
  const single = (name: string, count: number): number | null => {
    const value = node.get(name);
    if (value === undefined) return 0;
    if (value.length !== count * 4) return null;
    return narrow(addressAt(cellsOf(value), 0, count, profile));
  };
  return {
    node,
    path: node.path,
    available: isAvailable(node),
    noMap: node.has("no-map"),
    reusable: node.has("reusable"),
    cmaDefault: node.has("linux,cma-default"),
    dmaDefault: node.has("linux,dma-default"),
    sharedPool: compatibles.includes("shared-dma-pool"),
    restrictedPool: compatibles.includes("restricted-dma-pool"),
    reg: entriesOf("reg", rangeOf),
    sized: node.has("size"),
    size: single("size", cells.size),
    sizeLength: node.get("size")?.length ?? 0,
    alignment: single("alignment", cells.address),
    alignmentLength: node.get("alignment")?.length ?? 0,
    allocRanges: entriesOf("alloc-ranges", windowOf),
  };
}

/** What the tree reserves at fixed places: `reg` of available regions, and the header's `/memreserve/` entries. */
export function fixedRanges(tree: DeviceTree, profile: BootProfile): readonly Range[] {
  const cells = rootCells(tree.root);
  const out: Range[] = tree.memReservations.map(({ address, size }) => ({ base: address, size }));
  for (const node of reservedMemoryNode(tree)?.children ?? []) {
    const { available, reg } = readRegionNode(node, cells, profile);
    if (available && reg !== null && !("badLength" in reg)) out.push(...reg);
  }
  return out;
}

/** `/reserved-memory`; a unit address behind the name does not matter. */
export function reservedMemoryNode(tree: DeviceTree): TreeNode | undefined {
  return tree.root.children.find((node) => node.name.split("@")[0] === "reserved-memory");
}

/** A number of `count` cells, cut to the width of a physical address. */
function addressAt(cells: Uint32Array, at: number, count: number, profile: BootProfile): bigint {
  let value = 0n;
  for (let i = 0; i < count; i++) value = value * 0x1_0000_0000n + BigInt(cells[at + i] ?? 0);
  return BigInt.asUintN(profile.physAddrBits, value);
}

function narrow(value: bigint): number {
  return value > BigInt(MAX_EXACT) ? MAX_EXACT : Number(value);
}
