/** Regions whose properties make something else of them than their author expects. */
import type { BootRegion } from "../../boot/outcome.js";
import { compatiblesOf } from "../../devicetree/meaning/status.js";
import { formatSize } from "../../units/quantity.js";
import type { Rule } from "../rule.js";
import { reservedMemory } from "./reserved-example.js";
import { failuresOf, nameOf, reservedNodes, withoutProperties } from "./reserved-nodes.js";

const REUSABLE_NO_MAP: Rule = {
  id: "reusable-and-no-map",
  severity: "error",
  title: "a region is both reusable and no-map",
  help: "reusable lends the memory to the system until a device needs it, no-map takes it out of the system's view: the binding forbids both together. For shared-dma-pool the kernel refuses the region, and memory of one without reg is lost for good; for other regions reusable has no effect.",
  source:
    "devicetree/bindings reserved-memory/reserved-memory.yaml; Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  wrong: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; no-map; size = <0 0x4000000>; };') },
  right: { dts: reservedMemory('camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };') },
  check: ({ tree }) =>
    reservedNodes(tree)
      .filter((node) => node.has("reusable") && node.has("no-map"))
      .map((node) => {
        const pool = compatiblesOf(node).includes("shared-dma-pool");
        return {
          severity: pool ? "error" : "warning",
          text: pool
            ? `${node.name} is reusable and no-map: the kernel refuses it as a CMA area and as a DMA pool.`
            : `${node.name} is reusable and no-map: nobody can reuse memory that is not mapped.`,
          where: { node: node.path, property: "no-map" },
          numbers: {},
          proposals: [
            {
              kind: "device-tree",
              text: "take no-map away: the region becomes a CMA area that lends its memory to the system",
              edits: withoutProperties(node, "no-map"),
            },
            {
              kind: "device-tree",
              text: "take reusable away: the region stays hidden and belongs to its device alone",
              edits: withoutProperties(node, "reusable", "linux,cma-default"),
            },
          ],
        };
      }),
};

const CMA_DEFAULT_NOT_REUSABLE: Rule = {
  id: "cma-default-not-reusable",
  severity: "warning",
  title: "linux,cma-default on a region that is not reusable",
  help: "Only a shared-dma-pool with reusable becomes a CMA area, and only a CMA area can be the default one. Without reusable linux,cma-default has no effect: the kernel makes its own default area of the configured size, and the region is a pool that nobody uses.",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  wrong: {
    dts: reservedMemory('linux,cma { compatible = "shared-dma-pool"; size = <0 0x4000000>; linux,cma-default; };'),
  },
  right: {
    dts: reservedMemory(
      'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; linux,cma-default; };',
    ),
  },
  check: ({ tree, boot }) =>
    reservedNodes(tree)
      .filter((node) => node.has("linux,cma-default") && !node.has("reusable"))
      .map((node) => {
        const area = boot.defaultCma;
        const instead =
          area === null ? "there is no default area" : `the default area is ${area.name} with ${formatSize(area.size)}`;
        return {
          severity: "warning",
          text: `${node.name} is named linux,cma-default but not reusable, so it is no CMA area: ${instead}.`,
          where: { node: node.path, property: "linux,cma-default" },
          numbers: { defaultSize: area?.size ?? null },
          proposals: [
            {
              kind: "device-tree",
              text: "add reusable",
              edits: [{ node: node.path, property: "reusable", value: new Uint8Array() }],
            },
            {
              kind: "device-tree",
              text: "take linux,cma-default away",
              edits: withoutProperties(node, "linux,cma-default"),
            },
          ],
        };
      }),
};

const CMA_DEFAULT_TWICE: Rule = {
  id: "cma-default-twice",
  severity: "warning",
  title: "more than one region is named linux,cma-default",
  help: "Every reusable shared-dma-pool with linux,cma-default makes itself the default CMA area when it is set up; the last one wins, and the others are left as areas that only devices with a memory-region use. Regions without reg are set up before those with reg, so the last in the tree need not be the winner.",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  wrong: {
    dts: reservedMemory(`cma-a { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; linux,cma-default; };
	cma-b { compatible = "shared-dma-pool"; reusable; size = <0 0x8000000>; linux,cma-default; };`),
  },
  right: {
    dts: reservedMemory(`cma-a { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };
	cma-b { compatible = "shared-dma-pool"; reusable; size = <0 0x8000000>; linux,cma-default; };`),
  },
  check: ({ tree, boot }) => {
    const named = boot.regions.filter(
      (region) =>
        region.kind === "cma" &&
        region.status === "placed" &&
        tree.nodeAt(region.node)?.has("linux,cma-default") === true,
    );
    const winner = named.find((region) => region.isDefaultCma);
    if (winner === undefined) return [];
    return named
      .filter((region) => region !== winner)
      .map((region: BootRegion) => ({
        severity: "warning",
        text: `${region.name} (${formatSize(region.size)}) and ${winner.name} (${formatSize(winner.size)}) are both named linux,cma-default: ${winner.name} is the default area.`,
        where: { node: region.node, property: "linux,cma-default" },
        numbers: { size: region.size, defaultSize: winner.size, winner: winner.node },
        proposals: [region, winner].map(({ node, name }) => ({
          kind: "device-tree",
          text: `take linux,cma-default away from ${name}`,
          edits: [{ node, property: "linux,cma-default", value: null }],
        })),
      }));
  },
};

const RESTRICTED_POOL: Rule = {
  id: "restricted-pool-without-option",
  severity: "warning",
  title: "a restricted-dma-pool on a kernel that knows none",
  help: "A device bound to a restricted-dma-pool is meant to reach no other memory: everything it sees is bounced through the pool. A kernel without CONFIG_DMA_RESTRICTED_POOL takes the region for a plain reservation, says nothing, and lets the device work on all of RAM.",
  source: "Linux 6.12 kernel/dma/swiotlb.c rmem_swiotlb_setup()",
  wrong: {
    dts: reservedMemory('wifi { compatible = "restricted-dma-pool"; size = <0 0x400000>; };'),
    config: "# CONFIG_DMA_RESTRICTED_POOL is not set",
  },
  right: { dts: reservedMemory('wifi { compatible = "restricted-dma-pool"; size = <0 0x400000>; };') },
  check: ({ tree, input }) =>
    input.profile.restrictedPool
      ? []
      : reservedNodes(tree)
          .filter((node) => compatiblesOf(node).includes("restricted-dma-pool"))
          .map((node) => ({
            severity: "warning",
            text: `${node.name} is a restricted-dma-pool, but the kernel is built without CONFIG_DMA_RESTRICTED_POOL: it restricts no device.`,
            where: { node: node.path, property: "compatible" },
            numbers: {},
            proposals: [
              {
                kind: "kernel-option",
                text: "build the kernel with CONFIG_DMA_RESTRICTED_POOL",
                config: "CONFIG_DMA_RESTRICTED_POOL=y\n",
              },
            ],
          })),
};

const NO_MAP_REQUIRED: Rule = {
  id: "no-map-required",
  severity: "error",
  title: "a DMA pool of a 32-bit arm board is not no-map",
  help: "On 32-bit arm a shared-dma-pool that is not reusable has to have no-map, because its memory is mapped a second time without cache. The kernel refuses it with 'regions without no-map are not yet supported' and gives the memory back.",
  source: "Linux 6.12 kernel/dma/coherent.c rmem_dma_setup()",
  wrong: {
    dts: reservedMemory('dsp@50000000 { compatible = "shared-dma-pool"; reg = <0 0x50000000 0 0x400000>; };'),
    config: "CONFIG_ARM=y",
  },
  right: {
    dts: reservedMemory('dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>; };'),
    config: "CONFIG_ARM=y",
  },
  check: (board) =>
    failuresOf(board, "no-map-required").flatMap(({ node, base, size }) =>
      node === null
        ? []
        : [
            {
              severity: "error",
              text: `The kernel refuses ${nameOf(node)} (${formatSize(size)}): on 32-bit arm a DMA pool has to be no-map or reusable.`,
              where: { node, property: "no-map" },
              numbers: { base, size },
              proposals: [
                {
                  kind: "device-tree",
                  text: "add no-map: the pool belongs to its device alone",
                  edits: [{ node, property: "no-map", value: new Uint8Array() }],
                },
                {
                  kind: "device-tree",
                  text: "add reusable: the pool becomes a CMA area",
                  edits: [{ node, property: "reusable", value: new Uint8Array() }],
                },
              ],
            },
          ],
    ),
};

/** Rules about what becomes of a region. */
export const REGION_KINDS: readonly Rule[] = [
  REUSABLE_NO_MAP,
  CMA_DEFAULT_NOT_REUSABLE,
  CMA_DEFAULT_TWICE,
  RESTRICTED_POOL,
  NO_MAP_REQUIRED,
];
