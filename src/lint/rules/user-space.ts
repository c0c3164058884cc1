/** How programs get buffers on this kernel. */
import { exportPathsOf } from "../../constraints/exporter.js";
import type { Device } from "../../machine/machine.js";
import { formatSize } from "../../units/quantity.js";
import type { Flaw, Rule } from "../rule.js";
import { isDriven, memoryUsers, sharesBuffers } from "../sharing.js";
import { reservedMemory } from "./reserved-example.js";

/** A JPEG codec and a blitter: their drivers keep what they allocate to the program that asked. */
const KEEPERS = `jpeg-codec@11840000 { compatible = "samsung,exynos4210-jpeg"; reg = <0 0x11840000 0 0x1000>; };
g2d@10800000 { compatible = "samsung,exynos4212-g2d"; reg = <0 0x10800000 0 0x1000>; };`;

/**
 * True for a GPU whose driver allocates for its programs by calls of its own: what they get can be given away.
 *
 * @see Linux 6.12 `drivers/gpu/drm/drm_prime.c` `drm_gem_prime_handle_to_fd()`
 */
function isGpu({ role, driver }: Device): boolean {
  return role === "gpu" && driver !== null;
}

const NO_ROUTE: Rule = {
  id: "no-allocator-for-programs",
  severity: "warning",
  title: "no program can allocate a buffer to share on this kernel",
  help: "Programs get buffers that several devices share from a dma-heap, from udmabuf, or from a display, GPU or video device that gives its own away. This kernel and board have none of these, so that a pipeline over two devices fails at its first buffer. Build in the heaps, or udmabuf.",
  source: "Linux 6.12 drivers/dma-buf/heaps/Kconfig DMABUF_HEAPS_SYSTEM, drivers/dma-buf/Kconfig UDMABUF",
  wrong: { dts: KEEPERS, config: "# CONFIG_DMABUF_HEAPS is not set\n# CONFIG_UDMABUF is not set" },
  right: { dts: KEEPERS, config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y" },
  check: ({ machine }) => {
    const { systemHeap, cmaHeap, udmabuf } = machine.profile;
    const hasHeap = systemHeap || (cmaHeap && machine.defaultCma !== null);
    if (hasHeap || udmabuf !== null) return [];
    const devices = machine.devices.filter((device) => device.enabled && isDriven(machine, device));
    // One alone has nobody to share with.
    if (memoryUsers(devices.filter(sharesBuffers)).length < 2) return [];
    if (devices.some((device) => isGpu(device) || exportPathsOf(machine, device).length > 0)) return [];
    return [
      {
        severity: "warning",
        text: "This kernel has no dma-heap and no udmabuf, and no enabled device is known to give buffers away: programs cannot allocate anything to share.",
        where: { node: null, property: null },
        numbers: {},
        proposals: [
          {
            kind: "kernel-option",
            text: "build the heap of system memory",
            config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\n",
          },
          { kind: "kernel-option", text: "build udmabuf", config: "CONFIG_UDMABUF=y\n" },
        ],
      },
    ];
  },
};

const NO_HEAP: Rule = {
  id: "cma-area-is-no-heap",
  severity: "note",
  title: "a CMA area of the tree has no dma-heap on this kernel",
  help: "Up to Linux 6.12 only the default CMA area becomes a node in /dev/dma_heap, under the area's name. Other reusable regions serve the devices bound to them, through their drivers, and no program can allocate from them by name. A program that opens a heap called as the node fails. Linux 6.19 has one for every reusable region, under the node's name.",
  source: "Linux 6.12 drivers/dma-buf/heaps/cma_heap.c add_default_cma_heap()",
  wrong: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x8000000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x8000000>; linux,cma-default; };',
    ),
  },
  check: ({ machine }) =>
    machine.regions.flatMap((region): Flaw[] => {
      if (region.kind !== "cma" || region.status !== "placed" || region.node === machine.defaultCma?.node) return [];
      const user =
        region.boundDevices.length === 0 ? "no device is bound to it either" : "only devices bound to it use it";
      return [
        {
          severity: "note",
          text: `There is no /dev/dma_heap/${region.name} for the CMA area of ${formatSize(region.size)}: ${user}.`,
          where: { node: region.node, property: null },
          numbers: { size: region.size, devices: region.boundDevices.length },
          proposals: [],
        },
      ];
    }),
};

/** Rules about how user space allocates. */
export const USER_SPACE: readonly Rule[] = [NO_ROUTE, NO_HEAP];
