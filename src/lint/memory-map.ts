/**
 * Memory when boot is over, in order of address: who has what, and what is left.
 *
 *   bank     |------------------------------------------------------|
 *   owners   | kernel image |      | camera |   | default CMA |tables|
 *   pieces   |      1       |  2   |   3    | 4 |      5      |  6   |     2 and 4 have no owner: they are free
 */

import type { BootCertainty } from "../boot/outcome.js";
import { lowMemoryEnd, zoneBorders, zoneNameAt } from "../boot/zones.js";
import { endOf, intersectRanges, type Range, type RangeSet, subtractRanges, toRangeSet } from "../units/ranges.js";
import type { Board } from "./board.js";

/** Somebody who has memory when boot is over. */
export interface MemoryOwner {
  /**
   * `loaded`: put there before the kernel started. `stated`: reserved before the scan as the boot file says, and not more is known.
   * `memreserve`: an entry of the tree's header. `region`: a child of `/reserved-memory`. `default-cma`: the default CMA area, where no region is it.
   * `kernel`: taken by the kernel between the scan and the end of boot.
   */
  readonly kind: "loaded" | "stated" | "memreserve" | "region" | "default-cma" | "kernel";
  /** What people call it: `kernel image`, or the name of the node. */
  readonly name: string;
  /** Path of the node; null when not from the tree. */
  readonly node: string | null;
  readonly certainty: BootCertainty;
}

/** An owner and one of the ranges it has. */
export interface OwnedRange extends Range, MemoryOwner {}

/** A run of bytes that all have the same owners. */
export interface MemoryPiece extends Range {
  /** Empty: free. Several: they lie over each other. */
  readonly owners: readonly MemoryOwner[];
}

/** A bank of RAM and all that lies in it. */
export interface BankMap extends Range {
  /** Ascending; together they are the bank. */
  readonly pieces: readonly MemoryPiece[];
}

/** Where one zone of the page allocator ends and the next begins, within RAM. */
export interface ZoneBorder {
  /** First address of the upper zone. */
  readonly address: number;
  readonly below: string;
  readonly above: string;
}

/** All memory when boot is over. */
export interface MemoryMap {
  /** Ascending. */
  readonly banks: readonly BankMap[];
  /** What has an owner and is no RAM, ascending. */
  readonly outside: readonly MemoryPiece[];
  /** Ascending. */
  readonly borders: readonly ZoneBorder[];
}

/** Draws up the map of a board. */
export function memoryMap(board: Board): MemoryMap {
  const { boot, input, machine } = board;
  const ram = toRangeSet(machine.banks);
  const named = memoryOwners(board);
  const unnamed = subtractRanges(subtractRanges(ram, boot.free), toRangeSet(named));
  const { pageSize, arch } = input.profile;
  const owned: readonly OwnedRange[] = [
    ...named,
    // The rest of a page that is taken in part is no use to anybody; it counts as free, so that holes end where owners begin.
    ...unnamed
      .filter(({ size }) => size >= pageSize)
      .map(
        (range): OwnedRange => ({
          ...range,
          kind: "kernel",
          name: "taken during boot",
          node: null,
          certainty: "exact",
        }),
      ),
  ];
  const [first, last] = [ram[0], ram[ram.length - 1]];
  const lowEnd = lowMemoryEnd(ram, input.profile);
  const borders = zoneBorders(arch, boot.zoneDmaEnd, lowEnd, pageSize).filter(
    (address) => first !== undefined && last !== undefined && address > first.base && address < endOf(last),
  );
  const zoneAt = (address: number): string => zoneNameAt(address, arch, boot.zoneDmaEnd, lowEnd);
  return {
    banks: machine.banks.map(({ base, size }) => ({ base, size, pieces: piecesOf({ base, size }, owned) })),
    outside: subtractRanges(toRangeSet(owned), ram).flatMap((range) => piecesOf(range, owned)),
    borders: borders.map((address) => ({ address, below: zoneAt(address - 1), above: zoneAt(address) })),
  };
}

/** Everybody who has memory when boot is over and is known by name, in no order; ranges may overlap. */
export function memoryOwners({ boot, input, tree }: Board): readonly OwnedRange[] {
  const owners: OwnedRange[] = [];
  const add = (range: Range, owner: MemoryOwner): void => {
    // What the page allocator has is free, whoever was announced there: an area that was given up, a region that another one's failure freed.
    for (const { base, size } of subtractRanges(toRangeSet([range]), boot.free)) owners.push({ base, size, ...owner });
  };
  const own = (kind: MemoryOwner["kind"], name: string, certainty: BootCertainty): MemoryOwner => {
    return { kind, name, node: null, certainty };
  };
  for (const piece of boot.assumptions) {
    add(piece, own(LOADED.has(piece.name) ? "loaded" : "kernel", piece.name, "assumed"));
  }
  const stated = input.reservedBeforeScan ?? [];
  for (const piece of stated) if (piece.name !== undefined) add(piece, own("loaded", piece.name, "exact"));
  const unnamed = toRangeSet(stated.filter(({ name }) => name === undefined));
  const image: RangeSet = input.kernelImage === undefined ? [] : toRangeSet([input.kernelImage]);
  for (const range of intersectRanges(unnamed, image)) add(range, own("loaded", "kernel image", "exact"));
  for (const range of subtractRanges(unnamed, image)) add(range, own("stated", "early reservation", "exact"));
  for (const { address, size } of tree.memReservations) {
    if (size === 0) break;
    add({ base: address, size }, own("memreserve", "/memreserve/ entry", "exact"));
  }
  const taken = toRangeSet([...boot.afterScan, ...boot.noMap]);
  for (const { node, name, base, size, reserved, certainty, furtherRanges } of boot.regions) {
    // A region may be announced although it got nothing.
    if (base === null || !reserved) continue;
    const owner: MemoryOwner = { kind: "region", name, node, certainty };
    add({ base, size }, owner);
    for (const range of intersectRanges(toRangeSet(furtherRanges), taken)) add(range, owner);
  }
  const area = boot.defaultCma;
  if (area !== null && area.node === null) add(area, own("default-cma", "default CMA area", area.certainty));
  return owners;
}

/** Names of what is in memory before the kernel starts, as starts and boot files have them. */
export const LOADED: ReadonlySet<string> = new Set(["kernel image", "device tree", "initrd"]);

/** Cuts a range where owners begin and end. */
function piecesOf(range: Range, owned: readonly OwnedRange[]): readonly MemoryPiece[] {
  const inside = owned.filter(({ base, size }) => base < endOf(range) && range.base < base + size);
  const cuts = new Set([range.base, endOf(range)]);
  for (const owner of inside) {
    for (const at of [owner.base, endOf(owner)]) if (at > range.base && at < endOf(range)) cuts.add(at);
  }
  const bounds = [...cuts].sort((a, b) => a - b);
  const pieces: MemoryPiece[] = [];
  for (const [i, base] of bounds.slice(0, -1).entries()) {
    const size = (bounds[i + 1] as number) - base;
    const owners = inside
      .filter((owner) => owner.base <= base && base < endOf(owner))
      .map(({ kind, name, node, certainty }): MemoryOwner => ({ kind, name, node, certainty }));
    pieces.push({ base, size, owners });
  }
  return pieces;
}
