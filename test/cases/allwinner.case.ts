import { cells, type TreeSpec } from "../../src/devicetree/build.js";
import type { PlacementCase } from "./placement-case.js";

const SUN4I = "drivers/gpu/drm/sun4i/sun4i_drv.c";
const CEDRUS = "drivers/staging/media/sunxi/cedrus/cedrus.c";
const CEDRUS_VIDEO = "drivers/staging/media/sunxi/cedrus/cedrus_video.c";
const SUN50I_IOMMU = "drivers/iommu/sun50i-iommu.c";

const PINE64 = "arm64/allwinner/sun50i-a64-pine64-plus.dtb";
const ORANGEPI_3 = "arm64/allwinner/sun50i-h6-orangepi-3.dtb";
const PINE64_2G = "0x40000000+2G";

const MIXER = "mixer@100000";
const CODEC = "video-codec@1c0e000";

/** A region of `size` bytes at `base`, bound to nobody yet. */
function region(base: number, size: number, phandle: number, kind: TreeSpec): TreeSpec {
  return { compatible: "shared-dma-pool", reg: cells(base, size), phandle, ...kind };
}

const RESERVED = { "#address-cells": 1, "#size-cells": 1, ranges: true } as const;

/** Two areas of 16 and 32 MiB, one for the display engine, one for the codec. */
const TWO_AREAS: TreeSpec = {
  "reserved-memory": {
    ...RESERVED,
    "display-pool@60000000": region(0x60000000, 0x1000000, 0x7001, { reusable: true }),
    "codec-pool@62000000": region(0x62000000, 0x2000000, 0x7002, { reusable: true }),
  },
  "display-engine": { "memory-region": 0x7001 },
  soc: { [CODEC]: { "memory-region": 0x7002 } },
};

/** A restricted pool of 16 MiB for the codec. */
const RESTRICTED: TreeSpec = {
  "reserved-memory": {
    ...RESERVED,
    "codec-pool@60000000": { compatible: "restricted-dma-pool", reg: cells(0x60000000, 0x1000000), phandle: 0x7001 },
  },
  soc: { [CODEC]: { "memory-region": 0x7001 } },
};

/** Allwinner A64 and H6. */
export const ALLWINNER_CASES: readonly PlacementCase[] = [
  {
    title: "A64, 2 GiB: a mixer is named, the display engine allocates",
    why: "The tree's mixer fetches pictures, but buffers belong to the display-engine node; neither it nor the codec has an IOMMU.",
    from: [`${SUN4I}:378`, `${SUN4I}:57`, `${CEDRUS}:455`, `${CEDRUS_VIDEO}:604`],
    board: PINE64,
    memory: PINE64_2G,
    devices: [MIXER, CODEC],
    size: 3_133_440,
    expected: {
      devices: {
        [MIXER]: { via: "direct", reach: `${SUN4I}:378`, queue: `${SUN4I}:57`, dmaDevice: "/display-engine" },
        [CODEC]: { via: "direct", reach: `${CEDRUS}:455`, queue: `${CEDRUS_VIDEO}:604` },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb:mixer@100000": "depends only-when-full@mixer@100000",
        "page-block via v4l2": "depends only-when-full",
        system: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/reserved",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB: the Utgard GPU takes the codec's pictures page by page",
    why: "Lima's MMU has 32 address bits and takes scattered pages; the codec still needs one range.",
    from: ["drivers/gpu/drm/lima/lima_drv.c:279", "drivers/gpu/drm/lima/lima_drv.c:370", `${CEDRUS_VIDEO}:604`],
    board: PINE64,
    memory: PINE64_2G,
    devices: ["gpu@1c40000", CODEC],
    size: 3_133_440,
    expected: {
      devices: {
        "gpu@1c40000": {
          via: "device-mmu",
          reach: "drivers/gpu/drm/lima/lima_drv.c:370",
          queue: "drivers/gpu/drm/lima/lima_drv.c:279",
        },
        [CODEC]: { via: "direct", reach: `${CEDRUS}:455` },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "depends only-when-full",
        system: "refused needs-contiguous@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route needs-contiguous@video-codec@1c0e000",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB: the deinterlacer's bus is the memory controller, named by an interconnect",
    why: "Its interconnects entry called dma-mem replaces the tree parent, so the memory controller's window applies, where bus address 0 is the start of RAM.",
    from: [
      "tree: /soc/deinterlace@1e00000:interconnect-names",
      "tree: /soc/dram-controller@1c62000:dma-ranges",
      "drivers/of/address.c:602",
      "drivers/media/platform/sunxi/sun8i-di/sun8i-di.c:693",
    ],
    board: PINE64,
    memory: PINE64_2G,
    devices: ["deinterlace@1e00000", MIXER],
    size: 3_133_440,
    expected: {
      devices: {
        "deinterlace@1e00000": {
          via: "direct",
          reach: "/soc/dram-controller@1c62000:dma-ranges",
          queue: "drivers/media/platform/sunxi/sun8i-di/sun8i-di.c:693",
          reaches: [[0x40000000, 0x80000000]],
        },
        [MIXER]: { via: "direct", reach: `${SUN4I}:378` },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "depends only-when-full",
        system: "refused needs-contiguous@deinterlace@1e00000 needs-contiguous@mixer@100000",
        udmabuf: "refused needs-contiguous@deinterlace@1e00000 needs-contiguous@mixer@100000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB: display and codec are bound to areas of their own and share one buffer",
    why:
      "A binding says where a device allocates, not what it can import. So both areas are candidates, each through the device that allocates from it, and the default " +
      "area too.",
    from: [
      `${SUN4I}:81`,
      "drivers/staging/media/sunxi/cedrus/cedrus_hw.c:252",
      "kernel/dma/contiguous.c:350",
      "include/linux/dma-direct.h:122",
    ],
    board: PINE64,
    edit: TWO_AREAS,
    memory: PINE64_2G,
    devices: [MIXER, CODEC],
    size: 3_133_440,
    expected: {
      devices: { [MIXER]: { via: "direct" }, [CODEC]: { via: "direct" } },
      candidates: {
        "cma:display-pool@60000000 via drm-dumb:mixer@100000": "fits",
        "cma:codec-pool@62000000 via v4l2:video-codec@1c0e000": "fits",
        "cma:default via dma-heap": "fits",
        "cma:default via v4l2": "fits",
        "page-block via drm-dumb:mixer@100000": "depends only-when-full@mixer@100000",
        "page-block via v4l2": "depends only-when-full",
        system: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:codec-pool@62000000 via v4l2:video-codec@1c0e000",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB, Debian's kernel, cma=0: 40 MiB fit neither of two bound areas",
    why:
      "The areas hold 16 and 32 MiB, and a device with an area of its own never falls back to another one, only to a block of 4 MiB. One larger area that both " +
      "memory-regions point at mends it.",
    from: ["kernel/dma/contiguous.c:350", `${SUN4I}:81`, "drivers/staging/media/sunxi/cedrus/cedrus_hw.c:252"],
    board: PINE64,
    edit: TWO_AREAS,
    memory: PINE64_2G,
    profile: "debian-arm64-6.12",
    cmdline: "cma=0",
    devices: [MIXER, CODEC],
    size: 40 * 1024 * 1024,
    expected: {
      devices: { [MIXER]: { via: "direct" }, [CODEC]: { via: "direct" } },
      candidates: {
        "cma:display-pool@60000000 via drm-dumb:mixer@100000": "refused no-hole",
        "cma:codec-pool@62000000 via v4l2:video-codec@1c0e000": "refused no-hole",
        "page-block": "refused too-large",
        system: "refused no-route ...",
        udmabuf: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [["contiguous", "size"]],
        devices: [[MIXER], [CODEC]],
        remedies: ["reserved-memory"],
        noRemedies: ["kernel-option", "smaller-request", "limit-memory"],
        dts: ["shared-dma-pool", "reusable", "/display-engine", "/soc/video-codec@1c0e000", "memory-region"],
      },
    },
  },
  {
    title: "A64, 2 GiB: a coherent pool of 12 MiB cannot give 9 MiB",
    why:
      "Coherent pools hand out power-of-two slots aligned within the pool, so 9 MiB need 16. The pool is final: the display's dumb buffer comes from nowhere else. Importing " +
      "what a heap allocated is another matter.",
    from: ["kernel/dma/coherent.c:155", "include/linux/bitmap.h:695", `${SUN4I}:81`],
    board: PINE64,
    edit: {
      "reserved-memory": {
        ...RESERVED,
        "display-pool@60000000": region(0x60000000, 0xc00000, 0x7001, { "no-map": true }),
      },
      "display-engine": { "memory-region": 0x7001 },
    },
    memory: PINE64_2G,
    devices: [MIXER, CODEC],
    size: 9 * 1024 * 1024,
    expected: {
      devices: { [MIXER]: { via: "direct" }, [CODEC]: { via: "direct" } },
      candidates: {
        "coherent-pool:display-pool@60000000 via drm-dumb:mixer@100000": "refused no-hole",
        "cma:default via dma-heap": "fits",
        "cma:default via v4l2": "fits",
        "page-block via v4l2": "refused too-large",
        system: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB, no heap and no CMA: the display's coherent pool is what the codec imports",
    why: "8 MiB fit the first slot of the pool. Without heap and default area nothing else is long enough, and the codec does not care who owns the pool.",
    from: ["kernel/dma/coherent.c:155", "include/linux/dma-direct.h:122", `${SUN4I}:57`],
    board: PINE64,
    edit: {
      "reserved-memory": {
        ...RESERVED,
        "display-pool@60000000": region(0x60000000, 0xc00000, 0x7001, { "no-map": true }),
      },
      "display-engine": { "memory-region": 0x7001 },
    },
    memory: PINE64_2G,
    profile: "debian-arm64-6.12",
    cmdline: "cma=0",
    devices: [MIXER, CODEC],
    size: 8_294_400,
    expected: {
      devices: { [MIXER]: { via: "direct" }, [CODEC]: { via: "direct" } },
      candidates: {
        "coherent-pool:display-pool@60000000 via drm-dumb:mixer@100000": "fits",
        "page-block via v4l2": "refused too-large",
        system: "refused no-route ...",
        udmabuf: "refused needs-contiguous@mixer@100000 needs-contiguous@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "coherent-pool:display-pool@60000000 via drm-dumb:mixer@100000",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB: a codec with a restricted pool can only use what it allocates there",
    why:
      "Every import of this device would go through bounce slots, so only its own buffers are shared memory. Slots of one segment end at 256 KiB, and that much fits " +
      "because the pool starts on such a boundary.",
    from: [
      "kernel/dma/swiotlb.c:1861",
      "kernel/dma/direct.c:206",
      "kernel/dma/swiotlb.c:1774",
      "drivers/of/device.c:36",
    ],
    board: PINE64,
    edit: RESTRICTED,
    memory: PINE64_2G,
    devices: [CODEC],
    size: 256 * 1024,
    expected: {
      devices: { [CODEC]: { via: "direct" } },
      candidates: {
        "restricted-pool:codec-pool@60000000 via v4l2:video-codec@1c0e000": "fits",
        "cma:default": "refused always-bounced@video-codec@1c0e000",
        "page-block": "refused always-bounced@video-codec@1c0e000",
        system: "refused needs-contiguous@video-codec@1c0e000 always-bounced@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@video-codec@1c0e000 always-bounced@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "restricted-pool:codec-pool@60000000 via v4l2:video-codec@1c0e000",
      assumptions: [],
    },
  },
  {
    title: "A64, 2 GiB: a restricted pool of 16 MiB has no 512 KiB",
    why: "No request may span two segments of 128 slots, so a larger pool would not help; and nothing else may be imported.",
    from: [
      "include/linux/swiotlb.h:26",
      "kernel/dma/swiotlb.c:1861",
      "https://github.com/cezanne/usbip-win/issues/368",
    ],
    board: PINE64,
    edit: RESTRICTED,
    memory: PINE64_2G,
    devices: [CODEC],
    size: 512 * 1024,
    expected: {
      devices: { [CODEC]: { via: "direct" } },
      candidates: {
        "restricted-pool:codec-pool@60000000 via v4l2:video-codec@1c0e000": "refused too-large",
        "cma:default": "refused always-bounced@video-codec@1c0e000",
        "page-block": "refused always-bounced@video-codec@1c0e000",
        system: "refused needs-contiguous@video-codec@1c0e000 always-bounced@video-codec@1c0e000",
        udmabuf: "refused needs-contiguous@video-codec@1c0e000 always-bounced@video-codec@1c0e000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [["import", "size"]],
        devices: [[CODEC]],
        remedies: [],
        noRemedies: ["command-line", "kernel-option", "smaller-request", "limit-memory"],
      },
    },
  },
  {
    title: "H6, 3 GiB: a mixer's IOMMU translates for the display engine",
    why: "When the mixer's node has iommus, the driver configures the display engine's device from it, so dumb buffers are scattered pages and imports may be.",
    from: [
      "drivers/gpu/drm/sun4i/sun8i_mixer.c:468",
      `${SUN50I_IOMMU}:701`,
      "tree: /soc/bus@1000000/mixer@100000:iommus",
    ],
    board: ORANGEPI_3,
    memory: "0x40000000+3G",
    devices: [MIXER, CODEC],
    size: 8_294_400,
    expected: {
      devices: {
        [MIXER]: { via: "iommu", dmaDevice: "/display-engine", iommu: "translate" },
        [CODEC]: { via: "iommu", iommu: "translate", queue: `${CEDRUS_VIDEO}:604` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "H6 with 4 GiB from 0x40000000: its IOMMU writes 32 address bits",
    why: "The last GiB ends at 0x140000000, above what a table entry holds; the driver cuts the address without an error.",
    from: ["drivers/iommu/sun50i-iommu.c:272", "drivers/iommu/iommu.c:1484"],
    board: ORANGEPI_3,
    memory: "0x40000000+4G",
    devices: [MIXER, CODEC],
    size: 8_294_400,
    expected: {
      devices: {
        [MIXER]: { via: "iommu", reaches: [[0x40000000, 0xc0000000]] },
        [CODEC]: { via: "iommu", reaches: [[0x40000000, 0xc0000000]] },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "refused beyond-iommu-output@mixer@100000 beyond-iommu-output@video-codec@1c0e000",
        udmabuf: "refused beyond-iommu-output@mixer@100000 beyond-iommu-output@video-codec@1c0e000",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "H6, 3 GiB, arm64 defconfig: that kernel is built without the IOMMU's driver",
    why: "SUN50I_IOMMU is not in the defconfig, so every client goes direct and needs one range; nor are there heaps or udmabuf, and the default area has 32 MiB.",
    from: [
      "arch/arm64/configs/defconfig:1709",
      "arch/arm64/configs/defconfig has no CONFIG_SUN50I_IOMMU",
      `${CEDRUS}:455`,
    ],
    board: ORANGEPI_3,
    memory: "0x40000000+3G",
    profile: "defconfig-arm64-6.12",
    devices: [MIXER, CODEC],
    size: 8_294_400,
    expected: {
      devices: {
        [MIXER]: { via: "direct", reach: `${SUN4I}:378`, iommu: "no-driver" },
        [CODEC]: { via: "direct", reach: `${CEDRUS}:455`, iommu: "no-driver" },
      },
      candidates: {
        "cma:default via drm-dumb:mixer@100000": "fits",
        "cma:default via v4l2": "fits",
        "page-block": "refused too-large",
        system: "refused no-route ...",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via drm-dumb:mixer@100000",
      assumptions: [],
    },
  },
];
