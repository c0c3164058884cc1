/**
 * The dma-heap of the default CMA area, by the names programs open it with.
 *
 *   kernel       node in /dev/dma_heap
 *   5.6 - 6.16   that of the area: the node's name, or `reserved` for an area of the command line or the configuration
 *   6.17, 6.18   `default_cma_region`; the old name too with CONFIG_DMABUF_HEAPS_CMA_LEGACY
 *   from 6.19    `default_cma_region`, and every reusable region under its node's name
 *
 * @see https://docs.kernel.org/userspace-api/dma-buf-heaps.html, https://docs.kernel.org/6.17/userspace-api/dma-buf-heaps.html; Linux 6.12
 *   `drivers/dma-buf/heaps/cma_heap.c` `__add_cma_heap()`, `kernel/dma/contiguous.c` `dma_contiguous_reserve_area()`
 */
import { stringBytes } from "../../devicetree/build.js";
import type { PropertyEdit } from "../../devicetree/edit.js";
import { formatSize } from "../../units/quantity.js";
import { atWork } from "../at-work.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { areaUsers, namesOf } from "../sharing.js";
import { areaInTree } from "./area-proposals.js";
import { regionReferences } from "./region-users.js";
import { reservedMemory } from "./reserved-example.js";
import { failuresOf, nameOf } from "./reserved-nodes.js";

/** What programs open first: libcamera, Kodi, libiio, rpicam-apps. */
const USUAL = "linux,cma";
/** What some of them try next. */
const WITHOUT_NODE = "reserved";

const CODEC = 'video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };';

function area(name: string): string {
  return reservedMemory(
    `${name} { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; linux,cma-default; };`,
  );
}

const RENAMED: Rule = {
  id: "heap-renamed-by-cma-option",
  severity: "warning",
  title: "cma= takes away the dma-heap that the tree's area has",
  help: "Up to Linux 6.16 the dma-heap of the default CMA area is called as the area. One from the tree has its node's name, usually linux,cma; one from cma= is called reserved. Once the command line states a size, programs that open /dev/dma_heap/linux,cma and nothing else fail, although there is more memory than before. State the size in the tree instead, or give the heap its old name with a udev rule.",
  source: "https://github.com/analogdevicesinc/libiio/issues/1329",
  wrong: { dts: area(USUAL), cmdline: "cma=128M" },
  right: { dts: area(USUAL) },
  check: (board) => {
    const { profile, defaultCma } = board.machine;
    if (!profile.cmaHeap || defaultCma?.source !== "cmdline") return [];
    return failuresOf(board, "bypassed-by-cmdline").flatMap(({ node }): Flaw[] => {
      if (node === null || nameOf(node) === defaultCma.name) return [];
      const name = nameOf(node);
      return [
        {
          severity: name === USUAL ? "warning" : "note",
          text: `With cma= there is no /dev/dma_heap/${name}: the heap of the default area of ${formatSize(defaultCma.size)} is /dev/dma_heap/${defaultCma.name}.`,
          where: { node, property: null },
          numbers: { missing: name, heap: defaultCma.name, size: defaultCma.size },
          proposals: areaInTree(board, node),
        },
      ];
    });
  },
};

const UNUSUAL: Rule = {
  id: "heap-name-unusual",
  severity: "note",
  title: "the dma-heap of the default CMA area has a name that programs do not look for",
  help: "Up to Linux 6.16 the dma-heap of the default CMA area is called as the node of the area, and from 6.17 on default_cma_region. Programs have the names linux,cma and reserved built in: libcamera tries these two and no other. With another node name they find no contiguous memory and fail, or take scattered pages that the device cannot use. Call the node linux,cma, or add a name with a udev rule.",
  source: "https://docs.kernel.org/userspace-api/dma-buf-heaps.html",
  wrong: { dts: `${CODEC}\n${area("default-pool")}` },
  right: { dts: `${CODEC}\n${area(USUAL)}` },
  check: (board) => {
    const { machine } = board;
    const { defaultCma, profile } = machine;
    const users = atWork(board, areaUsers(machine));
    if (!profile.cmaHeap || defaultCma === null || defaultCma.node === null || users.length === 0) return [];
    if (defaultCma.name === USUAL || defaultCma.name === WITHOUT_NODE) return [];
    return [
      {
        severity: "note",
        text: `Contiguous memory for ${namesOf(users)} is in /dev/dma_heap/${defaultCma.name}, and programs look for ${USUAL} and ${WITHOUT_NODE}.`,
        where: { node: defaultCma.node, property: null },
        numbers: { heap: defaultCma.name, size: defaultCma.size, devices: users.length },
        proposals: renamed(board, defaultCma.node),
      },
    ];
  },
};

/** The node under the usual name, where nobody refers to it and it has no address in its name. */
function renamed({ tree }: Board, path: string): readonly Proposal[] {
  const node = tree.nodeAt(path);
  const isTaken = tree.nodeAt(`/reserved-memory/${USUAL}`) !== undefined;
  const isReferred = regionReferences(tree).some(({ target }) => target?.path === path);
  if (node === undefined || isTaken || isReferred || node.has("reg")) return [];
  const copied = [...node.entries()].flatMap(([property, value]): PropertyEdit[] =>
    property === "phandle" || property === "linux,phandle"
      ? []
      : [{ node: `/reserved-memory/${USUAL}`, property, value }],
  );
  return [
    {
      kind: "device-tree",
      text: `describe the area in a node called ${USUAL}`,
      edits: [{ node: path, property: "status", value: stringBytes("disabled") }, ...copied],
    },
  ];
}

const NOT_BUILT: Rule = {
  id: "cma-heap-not-built",
  severity: "note",
  title: "the kernel has a default CMA area and no dma-heap for it",
  help: "Without CONFIG_DMABUF_HEAPS_CMA no program can allocate contiguous memory from a heap, whatever it is called: /dev/dma_heap has no such node. Buffers for devices that need one piece then have to come from a display or video device, as DRM dumb buffers or by VIDIOC_EXPBUF. Build the heap where programs expect it.",
  source: "Linux 6.12 drivers/dma-buf/heaps/Kconfig DMABUF_HEAPS_CMA",
  wrong: { dts: CODEC, config: "# CONFIG_DMABUF_HEAPS is not set" },
  right: { dts: CODEC, config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_CMA=y" },
  check: (board) => {
    const { machine } = board;
    const { defaultCma, profile } = machine;
    const users = atWork(board, areaUsers(machine));
    if (profile.cmaHeap || defaultCma === null || users.length === 0) return [];
    return [
      {
        severity: "note",
        text: `This kernel has no dma-heap for the default CMA area of ${formatSize(defaultCma.size)}, and there are devices that need contiguous buffers: ${namesOf(users)}.`,
        where: { node: null, property: null },
        numbers: { size: defaultCma.size, devices: users.length },
        proposals: [
          {
            kind: "kernel-option",
            text: "build the heap of the default CMA area",
            config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_CMA=y\n",
          },
        ],
      },
    ];
  },
};

/** Rules about the name of the dma-heap that contiguous memory comes from. */
export const HEAP_NAMES: readonly Rule[] = [RENAMED, UNUSUAL, NOT_BUILT];
