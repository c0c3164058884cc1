/** Pools and areas that are too small for one picture of the devices that allocate from them. */
import { uhdSource } from "../../facts/largest-pictures.js";
import { type Capacity, capacityOf, occupancyAfterBoot } from "../../heaps/occupancy.js";
import { type MemorySource, sourcesOf } from "../../heaps/source.js";
import type { Device, Machine, ReservedRegion } from "../../machine/machine.js";
import { formatSize } from "../../units/quantity.js";
import { atWork } from "../at-work.js";
import type { Board } from "../board.js";
import { hasSocket, type Picture, pictureOf, pictureWords } from "../picture.js";
import type { Flaw, Rule } from "../rule.js";
import { areaUsers, isDriven } from "../sharing.js";
import { areaForBuffers, largerArea, largerPool, sizeForBuffers } from "./area-proposals.js";
import { needing } from "./default-area.js";
import { reservedMemory } from "./reserved-example.js";

/** Pictures a pool should hold: one is shown while the next is drawn and a third waits. */
const PICTURES = 3;

/** 1920x1080 and 3840x2160 in 4 bytes. */
const FHD_FRAME = 1920 * 1080 * 4;
const UHD_FRAME = 4 * FHD_FRAME;

interface Wanted {
  readonly device: Device;
  readonly picture: Picture;
}

/** The largest picture that finds no room, those that somebody knows before guesses; null when every one does, or nobody knows how large pictures are. */
function tooLarge({ tree }: Board, devices: readonly Device[], hasRoom: (picture: Picture) => boolean): Wanted | null {
  const wanted = devices.flatMap((device): Wanted[] => {
    const picture = pictureOf(tree, device);
    return picture === null || hasRoom(picture) ? [] : [{ device, picture }];
  });
  const isGuess = ({ picture }: Wanted): number => Number(picture.basis === "guess");
  return wanted.sort((a, b) => isGuess(a) - isGuess(b) || b.picture.size - a.picture.size)[0] ?? null;
}

/** What a source holds right after boot; null when the kernel makes no use of it. */
function capacity(
  machine: Machine,
  isSource: (source: MemorySource) => boolean,
  size: number,
  count: number,
): Capacity | null {
  const source = sourcesOf(machine).find(isSource);
  return source === undefined ? null : capacityOf(machine, source, occupancyAfterBoot(machine, source), size, count);
}

/** A video engine of a server's management controller, with a pool of its own. */
function engineWithPool(mebibytes: number): string {
  const size = `0x${(mebibytes * 2 ** 20).toString(16)}`;
  return `${reservedMemory(`video_pool: video { compatible = "shared-dma-pool"; reusable; size = <0 ${size}>; };`)}
video@1e700000 { compatible = "aspeed,ast2600-video-engine"; reg = <0 0x1e700000 0 0x1000>; memory-region = <&video_pool>; };`;
}

const POOL: Rule = {
  id: "pool-smaller-than-picture",
  severity: "warning",
  title: "a pool is too small for one picture of a device that is bound to it",
  help: "A device with a pool of its own takes every buffer from there, in one piece: from a coherent pool in slots of a power of two, from a CMA area aligned to a power of two. When the largest picture does not fit, the driver fails as soon as somebody asks for it, however much memory is free elsewhere. Where neither driver nor tree says how large pictures are, 1920x1080 is taken and the finding is a note.",
  source: "Linux 6.12 kernel/dma/coherent.c dma_alloc_from_dev_coherent(), mm/cma.c cma_alloc()",
  wrong: { dts: engineWithPool(16) },
  right: { dts: engineWithPool(32) },
  check: (board) => board.machine.regions.flatMap((region) => poolFlaws(board, region)),
};

function poolFlaws(board: Board, region: ReservedRegion): readonly Flaw[] {
  const { machine } = board;
  const { kind } = region;
  if (kind !== "cma" && kind !== "coherent-pool") return [];
  const bound = machine.devices.filter(
    (device) =>
      device.enabled &&
      device.translation === "none" &&
      device.memoryRegions.some(({ node, use }) => node === region.node && use === "buffers") &&
      isDriven(machine, device),
  );
  const roomFor = ({ size, count }: Picture): Capacity | null =>
    capacity(machine, ({ node }) => node === region.node, size, count);
  const most = tooLarge(board, bound, (picture) => (roomFor(picture)?.fits ?? Infinity) >= picture.count);
  if (most === null) return [];
  const { device, picture } = most;
  const buffers = picture.count === 1 ? "a picture of" : `${picture.count} pictures of`;
  return [
    {
      severity: picture.basis === "guess" ? "note" : "warning",
      text: `${region.name} has ${formatSize(region.size)}, and ${device.name} takes its buffers from it: no room for ${buffers} ${pictureWords(picture)}.`,
      where: { node: region.node, property: region.placement === "static" ? "reg" : "size" },
      numbers: {
        size: region.size,
        largest: roomFor(picture)?.largest ?? 0,
        picture: picture.size,
        count: picture.count,
        device: device.path,
        source: picture.source,
      },
      proposals: [PICTURES, picture.count].flatMap((count) =>
        largerPool(board, region, sizeForBuffers(machine, kind, picture.size, Math.max(count, picture.count))),
      ),
    },
  ];
}

const DISPLAY = `display@32e00000 { compatible = "nxp,imx8mq-dcss"; reg = <0 0x32e00000 0 0x1000>; };
hdmi { compatible = "hdmi-connector"; };`;

const AREA: Rule = {
  id: "default-area-smaller-than-picture",
  severity: "warning",
  title: "the default CMA area has no room for one picture of a device that depends on it",
  help: "A device without an IOMMU and without a pool of its own takes its buffers from the default CMA area. When one picture does not fit there, nor into the largest block of the page allocator, the screen stays dark or the stream does not start. Where the tree has a socket for a screen or nothing is known, 1920x1080 is taken: 7.9 MiB, the 2025 pages of many a failure report.",
  source: "https://github.com/raspberrypi/firmware/issues/1603",
  wrong: { dts: DISPLAY, cmdline: "cma=4M" },
  right: { dts: DISPLAY, cmdline: "cma=32M" },
  check: (board) => {
    const { machine } = board;
    const area = machine.defaultCma;
    if (area === null) return [];
    const roomFor = ({ size }: Picture): Capacity | null =>
      capacity(machine, ({ id }) => id === "cma:default", size, 1);
    const block = machine.profile.pageSize * 2 ** machine.profile.maxPageOrder;
    const hasRoom = (picture: Picture): boolean => picture.size <= block || (roomFor(picture)?.fits ?? 1) > 0;
    const most = tooLarge(board, needing(board), hasRoom);
    if (most === null) return [];
    const { device, picture } = most;
    const largest = roomFor(picture)?.largest ?? 0;
    return [
      {
        severity: picture.basis === "guess" ? "note" : "warning",
        text: `The default CMA area of ${formatSize(area.size)} gives ${formatSize(largest)} in one piece, and ${device.name} depends on it: no room for a picture of ${pictureWords(picture)}.`,
        where: { node: area.node, property: null },
        numbers: {
          size: area.size,
          largest,
          picture: picture.size,
          device: device.path,
          source: picture.source,
        },
        proposals: [PICTURES, 1].flatMap((count) => largerArea(board, areaForBuffers(machine, picture.size, count))),
      },
    ];
  },
};

const UHD: Rule = {
  id: "default-area-below-uhd",
  severity: "note",
  title: "the default CMA area has no room for three frames of 3840x2160",
  help: "A display that drives 3840x2160 needs 31.6 MiB in one piece for each frame, and a compositor keeps three. Without an IOMMU they come from the default CMA area, together with everything else that is contiguous. On a screen of that size the area then runs out, although smaller screens work. Ask for a larger area where such a screen is used.",
  source: "https://github.com/anholt/linux/issues/94",
  wrong: { dts: DISPLAY, cmdline: "cma=64M" },
  right: { dts: DISPLAY, cmdline: "cma=128M" },
  check: (board) => {
    const { machine, tree } = board;
    const area = machine.defaultCma;
    const [wanted] = atWork(board, areaUsers(machine)).flatMap((device) => {
      const source = uhdSource(device.compatible, machine.compatible);
      return source === null || !hasSocket(tree, device.path) ? [] : [{ device, source }];
    });
    if (area === null || wanted === undefined) return [];
    const { device, source } = wanted;
    const room = capacity(machine, ({ id }) => id === "cma:default", UHD_FRAME, PICTURES);
    // Where not even the picture of a common screen fits, another rule says so.
    if (room === null || room.fits >= PICTURES || room.largest < FHD_FRAME) return [];
    return [
      {
        severity: "note",
        text: `${device.name} drives 3840x2160, and the default CMA area of ${formatSize(area.size)} that it depends on holds ${room.fits} of ${PICTURES} such frames (${formatSize(UHD_FRAME)} each).`,
        where: { node: area.node, property: null },
        numbers: {
          size: area.size,
          frame: UHD_FRAME,
          fits: room.fits,
          device: device.path,
          source: `${source.file}:${source.line}`,
        },
        proposals: largerArea(board, areaForBuffers(machine, UHD_FRAME, PICTURES)),
      },
    ];
  },
};

/** Rules about pictures and the memory they have to fit into. */
export const PICTURE_POOLS: readonly Rule[] = [POOL, AREA, UHD];
