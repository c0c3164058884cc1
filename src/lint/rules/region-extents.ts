/** Fixed regions against pages and RAM. */
import type { BootRegion } from "../../boot/outcome.js";
import { compatiblesOf } from "../../devicetree/meaning/status.js";
import type { DeviceTree } from "../../devicetree/tree.js";
import { numberFromCells } from "../../devicetree/values.js";
import { withPageSize } from "../../machine/profiles.js";
import { formatRanges } from "../../placement/explain.js";
import { alignDown, alignUp, formatHex, formatSize, KIB, MAX_EXACT, MIB } from "../../units/quantity.js";
import {
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
} from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Flaw, Rule } from "../rule.js";
import { isReferredTo } from "./region-users.js";
import { reservedMemory } from "./reserved-example.js";
import { nameOf, rangesEdit } from "./reserved-nodes.js";

const PARTIAL_PAGES: Rule = {
  id: "no-map-partial-page",
  severity: "warning",
  title: "a no-map region does not cover whole pages",
  help: "Memory is mapped and hidden by whole pages, but handed out by the byte while the kernel starts. In the page in which a no-map region begins, what is in front of it is not mapped: where it is the top of free memory the kernel writes there and dies, and where there is little above it, it may. A driver that maps the region is refused there, since the kernel takes that page for RAM. Elsewhere the rest of the page is only lost. Let base and size be multiples of 4 KiB, and of 64 KiB where kernels with such pages are to run.",
  source:
    "Linux 6.12 mm/memblock.c memblock_mark_nomap(), __free_memory_core(), arch/arm64/mm/mmu.c map_mem(), arch/arm64/mm/ioremap.c __ioremap_prot()",
  wrong: { dts: reservedMemory("firmware@50000800 { no-map; reg = <0 0x50000800 0 0x10800>; };") },
  right: { dts: reservedMemory("firmware@50000000 { no-map; reg = <0 0x50000000 0 0x11000>; };") },
  check: (board) => {
    const page = board.machine.profile.pageSize;
    const mapped = subtractRanges(toRangeSet(board.machine.banks), board.boot.noMap);
    const fatal = board.boot.failures.find((f) => f.kind === "panic" && f.cause === "partial-no-map-page");
    return board.boot.regions.flatMap((region): Flaw[] => {
      const { node, name, base, size, noMap, placement, status } = region;
      if (!noMap || base === null || size === 0 || status !== "placed") return [];
      if (base + size > MAX_EXACT - page) return [];
      const start = alignDown(base, page);
      const whole = { base: start, size: alignUp(base + size, page) - start };
      // What another no-map region has of the page is hidden anyway.
      const before = mappedIn(mapped, { base: start, size: base - start });
      const behind = mappedIn(mapped, { base: base + size, size: endOf(whole) - base - size });
      if (before + behind === 0) return [];
      const dies = fatal?.node === node;
      const isNear = before > 0 && freeAbove(board, endOf(whole)) < laterMemory(board);
      const isRefused = mappedIn(mapped, { base: start, size: Math.min(1, before) }) > 0 && isMapped(board, node);
      const outcome = dies
        ? "the kernel writes into the rest of the page, and the boot ends"
        : isRefused
          ? "the page it begins in counts as RAM, which the kernel does not map for a driver"
          : isNear
            ? `${formatSize(before)} in front of it can be handed out and are not mapped`
            : `${formatSize(before + behind)} ${sideOf(before, behind)} it are lost`;
      return [
        {
          severity: dies ? "error" : isRefused || isNear ? "warning" : "note",
          text: `${name} (${formatSize(size)} at ${formatHex(base)}) is no-map and does not cover whole pages of ${formatSize(page)}: ${outcome}.`,
          where: { node, property: placement === "static" ? "reg" : "size" },
          numbers: { base, size, page, before, behind },
          proposals:
            placement === "static"
              ? [
                  {
                    kind: "device-tree",
                    text: `round it out to ${formatRanges([whole])}`,
                    edits: rangesEdit(board, node, "reg", [whole, ...region.furtherRanges]),
                  },
                ]
              : [],
        },
      ];
    });
  },
};

function sideOf(before: number, behind: number): string {
  if (before > 0 && behind > 0) return "around";
  return before > 0 ? "in front of" : "behind";
}

/**
 * Regions that a driver finds by their compatible, and maps as device memory or write-combined.
 *
 * @see Linux 6.12 `drivers/firmware/arm_scmi/shmem.c` `shmem_setup_iomap()`, `drivers/soc/qcom/cmd-db.c` `cmd_db_dev_probe()`,
 *   `drivers/soc/qcom/rmtfs_mem.c` `qcom_rmtfs_mem_probe()`, `drivers/soc/qcom/smem.c` `qcom_smem_probe()`
 */
const MAPPED_BY_DRIVERS: ReadonlySet<string> = new Set([
  "arm,scmi-shmem",
  "qcom,cmd-db",
  "qcom,rmtfs-mem",
  "qcom,smem",
]);

/** True for a region that a driver maps: by its compatible, or as the firmware of an enabled device that refers to it. */
function isMapped({ tree }: Board, path: string): boolean {
  const node = tree.nodeAt(path);
  const isFound = node !== undefined && compatiblesOf(node).some((name) => MAPPED_BY_DRIVERS.has(name));
  return isFound || isReferredTo(tree, path);
}

/**
 * More than is taken from the top of RAM down behind what the simulated boot counts, before only whole pages are handed out: hash tables of files and inodes,
 * each a share of RAM, areas of processors, and the tree unfolded.
 *
 * @see Linux 6.12 `mm/mm_init.c` `alloc_large_system_hash()`, `fs/dcache.c` `dcache_init_early()`, `fs/inode.c` `inode_init_early()`
 */
function laterMemory({ machine }: Board): number {
  return 32 * MIB + totalSize(toRangeSet(machine.banks)) / 256;
}

/** RAM above an address that is free when the map of memory and the default area have their places, in bytes. */
function freeAbove({ boot }: Board, address: number): number {
  return totalSize(subtractRanges(boot.free, [{ base: 0, size: address }]));
}

/** How much of a range the kernel takes for RAM of its own, in bytes. */
function mappedIn(mapped: RangeSet, range: Range): number {
  return totalSize(intersectRanges(mapped, toRangeSet([range])));
}

/** What Linux itself writes into: it maps such a region as RAM, wherever it is. */
const USED_BY_LINUX: ReadonlySet<string> = new Set(["ramoops", "nvmem-rmem", "phram"]);

const OUTSIDE_RAM: Rule = {
  id: "region-outside-ram",
  severity: "warning",
  title: "a region lies where the board has no RAM",
  help: "The kernel reserves any address without a word, RAM or not. For on-chip memory and for firmware's share of RAM, which the memory nodes leave out, that is meant. For a log or a pool it often is not: the address was taken from a larger variant of the board, or from a bus that counts differently.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c early_init_dt_reserve_memory()",
  wrong: {
    dts: reservedMemory(
      'ramoops@90000000 { compatible = "ramoops"; reg = <0 0x90000000 0 0x10000>; record-size = <0x4000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'ramoops@50000000 { compatible = "ramoops"; reg = <0 0x50000000 0 0x10000>; record-size = <0x4000>; };',
    ),
  },
  check: (board) => {
    const ram = toRangeSet(board.machine.banks);
    return board.boot.regions.flatMap(({ node, name, base, size, kind, placement, status }): Flaw[] => {
      if (placement !== "static" || base === null || size === 0 || status !== "placed" || kind === "cma") return [];
      if (intersectRanges(ram, toRangeSet([{ base, size }])).length > 0) return [];
      const of = board.tree.nodeAt(node);
      // A hole that the memory nodes leave around a log keeps the kernel from mapping it: that is meant.
      const inHole = ram.some((bank) => bank.base < base) && ram.some((bank) => bank.base > base);
      const written =
        !inHole && of !== undefined && compatiblesOf(of).some((compatible) => USED_BY_LINUX.has(compatible));
      return [
        {
          severity: written ? "warning" : "note",
          text: `${name} (${formatSize(size)} at ${formatHex(base)}) lies outside RAM, which is at ${formatRanges(ram)}.`,
          where: { node, property: "reg" },
          numbers: { base, size },
          proposals: [],
        },
      ];
    });
  },
};

const LARGER_PAGES: Rule = {
  id: "cma-region-larger-pages",
  severity: "note",
  title: "a CMA region fits no kernel with 64 KiB pages",
  help: "The granule of CMA areas grows with the page size: 2 MiB with 4 KiB pages, 32 MiB with 16 KiB, 512 MiB with 64 KiB. A region that is right for the kernel at hand is refused by one with larger pages, as distributions for servers and some boards build it.",
  source: "https://github.com/raspberrypi/linux/issues/6053",
  wrong: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };') },
  right: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; size = <0 0x4000000>; };') },
  check: (board) => {
    const { profile, arch } = board.machine;
    if (arch !== "arm64" || profile.pageSize !== 4 * KIB) return [];
    return board.boot.regions.filter(isPlacedCma).flatMap(({ node, name, base, size, placement }): Flaw[] => {
      const fits = (granule: number): boolean =>
        size % granule === 0 && (placement === "dynamic" || (base ?? 0) % granule === 0);
      const granules = (["16K", "64K"] as const).map((pages) => withPageSize(profile, pages).cmaGranule);
      const [medium = 0, large = 0] = granules;
      if (fits(medium) && fits(large)) return [];
      return [
        {
          severity: "note",
          text: `${name} (${formatSize(size)}) is refused by kernels with ${fits(medium) ? "" : `16 KiB pages, which want multiples of ${formatSize(medium)}, and with `}64 KiB pages, which want multiples of ${formatSize(large)}.`,
          where: { node, property: placement === "static" ? "reg" : "size" },
          numbers: { size, granule16K: medium, granule64K: large },
          proposals: [],
        },
      ];
    });
  },
};

function isPlacedCma({ kind, status }: BootRegion): boolean {
  return kind === "cma" && status === "placed";
}

const ON_INITRD: Rule = {
  id: "region-on-initrd",
  severity: "warning",
  title: "a region lies on the initrd that the tree names",
  help: "The boot loader writes the place of the initrd into /chosen. A region with reg on top of it is accepted by the kernel when it is mapped, and its owner overwrites the initrd before it is unpacked, or the other way round; a no-map region there is not hidden.",
  source: "Linux 6.12 drivers/of/fdt.c early_init_dt_check_for_initrd()",
  wrong: {
    dts: `chosen { linux,initrd-start = <0x48000000>; linux,initrd-end = <0x48800000>; };
${reservedMemory("video@48400000 { reg = <0 0x48400000 0 0x800000>; };")}`,
  },
  right: {
    dts: `chosen { linux,initrd-start = <0x48000000>; linux,initrd-end = <0x48800000>; };
${reservedMemory("video@48800000 { reg = <0 0x48800000 0 0x800000>; };")}`,
  },
  check: (board) => {
    const initrd = initrdOf(board.tree);
    if (initrd === null) return [];
    return board.boot.regions.flatMap(({ node, base, size, placement, status }): Flaw[] => {
      if (placement !== "static" || base === null || status === "ignored") return [];
      const [shared] = intersectRanges(toRangeSet([initrd]), toRangeSet([{ base, size }]));
      if (shared === undefined) return [];
      return [
        {
          severity: "warning",
          text: `${nameOf(node)} (${formatRanges([{ base, size }])}) and the initrd (${formatRanges([initrd])}) share ${formatSize(shared.size)}.`,
          where: { node, property: "reg" },
          numbers: { base: shared.base, size: shared.size, initrdEnd: endOf(initrd) },
          proposals: [],
        },
      ];
    });
  },
};

/** The initrd the boot loader has named; null when there is none. */
function initrdOf(tree: DeviceTree): Range | null {
  const chosen = tree.root.child("chosen");
  const [start, end] = ["linux,initrd-start", "linux,initrd-end"].map((name) => {
    const value = chosen?.get(name);
    return value === undefined || value.length === 0 || value.length % 4 !== 0
      ? null
      : numberFromCells(value, 0, value.length / 4);
  });
  return typeof start === "number" && typeof end === "number" && end > start
    ? { base: start, size: end - start }
    : null;
}

/** Rules about the extent of regions. */
export const REGION_EXTENTS: readonly Rule[] = [PARTIAL_PAGES, OUTSIDE_RAM, LARGER_PAGES, ON_INITRD];
