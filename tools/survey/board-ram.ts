/** RAM that the board of a tree could have, where the tree does not say. */
import { type RegionNode, readRegionNode, rootCells } from "../../src/boot/region-node.js";
import { regOf } from "../../src/devicetree/meaning/addresses.js";
import { compatiblesOf, isAvailable } from "../../src/devicetree/meaning/status.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { stringOf } from "../../src/devicetree/values.js";
import { bootProfileOf } from "../../src/machine/boot-profile.js";
import type { Arch, KernelProfile } from "../../src/machine/profile.js";
import { cutRegisters } from "../../src/machine/registers.js";
import { alignDown, GIB, KIB, MIB } from "../../src/units/quantity.js";
import {
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
  unionRanges,
} from "../../src/units/ranges.js";
import { chipRam, keptByFirmware } from "./known-ram.js";

/** Who says how much RAM a board has. */
export type RamBasis = "tree" | "firmware" | "filled-in";

/** RAM of a board, and who says so. */
export interface BoardRam {
  readonly basis: RamBasis;
  readonly banks: RangeSet;
  /** What the tree wants to have in RAM at fixed places. */
  readonly wanted: RangeSet;
}

/** Least and most RAM that is filled in: what boards of these processors are sold with. */
const SOLD: Readonly<Record<"arm64" | "arm", { readonly least: number; readonly most: number }>> = {
  arm64: { least: GIB, most: 16 * GIB },
  arm: { least: 512 * MIB, most: 2 * GIB },
};

/** What lies below the usual start of RAM moves the start down to a multiple of this. */
const START_STEP = 256 * MIB;

/** What Linux writes into, so that it can only be RAM. Other regions may be on-chip memory. */
const IS_RAM: ReadonlySet<string> = new Set(["ramoops", "nvmem-rmem", "phram"]);

/**
 * RAM of the board of a tree: what the tree states, less what is known to be kept by its firmware. Where it states none, the smallest power of two, from where RAM of such a
 * chip starts, that holds all the tree wants to have in RAM: its fixed regions, the start of every range of `alloc-ranges`, and twice what it reserves without a place. Device registers are cut out.
 */
export function boardRam(tree: DeviceTree, arch: "arm64" | "arm", profile: KernelProfile): BoardRam {
  const stated = toRangeSet(memoryRanges(tree).filter(({ size }) => size > 0));
  const compatibles = compatiblesOf(tree.root);
  const { fixed, mustBeRam, dynamic } = wantedRam(tree, arch, profile);
  if (stated.length > 0) {
    const kept = keptByFirmware(compatibles, totalSize(stated));
    return kept === 0
      ? { basis: "tree", banks: stated, wanted: fixed }
      : { basis: "firmware", banks: lowest(stated, totalSize(stated) - kept), wanted: fixed };
  }
  const chip = chipRam(compatibles);
  const usual = chip?.start ?? memoryRanges(tree)[0]?.base ?? 0;
  const start = Math.min(usual, ...mustBeRam.map(({ base }) => alignDown(base, START_STEP)));
  const candidates = sizesOf(chip?.size ?? null, arch).map((size) => {
    const banks = ramFrom(tree, { base: start, size }, fixed);
    const isRoomy = totalSize(banks) >= 2 * dynamic;
    return { banks, missing: (isRoomy ? 0 : dynamic) + totalSize(subtractRanges(fixed, banks)) };
  });
  const best = candidates.reduce((smaller, larger) => (larger.missing < smaller.missing ? larger : smaller));
  return { basis: "filled-in", banks: best.banks, wanted: fixed };
}

function sizesOf(inPackage: number | null, arch: "arm64" | "arm"): readonly number[] {
  if (inPackage !== null) return [inPackage];
  const { least, most } = SOLD[arch];
  const sizes: number[] = [];
  for (let size = least; size <= most; size *= 2) sizes.push(size);
  return sizes;
}

/** RAM in a span of addresses: without device registers, whose areas are taken generously, but with what the tree wants there. */
export function ramFrom(tree: DeviceTree, span: Range, wanted: RangeSet): RangeSet {
  const { banks } = cutRegisters(tree, [span], 4 * KIB, true);
  return unionRanges(banks, intersectRanges([span], wanted));
}

/** The lowest bytes of RAM. */
export function lowest(ram: RangeSet, size: number): RangeSet {
  const kept: Range[] = [];
  let left = size;
  for (const bank of ram) {
    if (left <= 0) break;
    kept.push({ base: bank.base, size: Math.min(bank.size, left) });
    left -= bank.size;
  }
  return kept;
}

interface WantedRam {
  /** What has to be in RAM at a place that the tree says, as far as no registers are there. */
  readonly fixed: RangeSet;
  /** The part of it that Linux itself writes into. */
  readonly mustBeRam: RangeSet;
  /** Bytes of regions without a place. */
  readonly dynamic: number;
}

function wantedRam(tree: DeviceTree, arch: Arch, profile: KernelProfile): WantedRam {
  const cells = rootCells(tree.root);
  const regions = (tree.root.child("reserved-memory")?.children ?? [])
    .map((node) => readRegionNode(node, cells, bootProfileOf(profile, arch)))
    .filter(({ available }) => available);
  const fixed = regions.flatMap((region) => [...rangesOf(region), ...windowsOf(region)]).filter(({ size }) => size > 0);
  const mustBeRam = regions
    .filter(({ node }) => compatiblesOf(node).some((compatible) => IS_RAM.has(compatible)))
    .flatMap(rangesOf);
  return {
    fixed: cutRegisters(tree, toRangeSet(fixed), profile.pageSize, false).banks,
    mustBeRam: toRangeSet(mustBeRam),
    dynamic: regions.reduce((sum, { reg, size }) => sum + (reg === null ? (size ?? 0) : 0), 0),
  };
}

function rangesOf({ reg }: RegionNode): readonly Range[] {
  return reg === null || "badLength" in reg ? [] : reg;
}

/** What a region takes of each of its `alloc-ranges`, from the bottom. */
function windowsOf({ allocRanges, size }: RegionNode): readonly Range[] {
  if (allocRanges === null || "badLength" in allocRanges || size === null) return [];
  return allocRanges.filter(({ from, to }) => to > from).map(({ from }) => ({ base: from, size }));
}

/** What the memory nodes name, with size 0 too. */
function memoryRanges(tree: DeviceTree): readonly Range[] {
  return tree.root.children
    .filter((node) => {
      const type = node.get("device_type");
      const isMemory = type === undefined ? /^memory(@|$)/.test(node.name) : stringOf(type) === "memory";
      return isMemory && isAvailable(node);
    })
    .flatMap((node) => regOf(node).map(({ address, size }) => ({ base: address, size })))
    .sort((a, b) => a.base - b.base);
}
