import { cells } from "../../src/devicetree/build.js";
import type { PlacementCase } from "./placement-case.js";

const V3D = "drivers/gpu/drm/v3d/v3d_drv.c";

const PI_4 = "arm64/broadcom/bcm2711-rpi-4-b.dtb";
const PI_3 = "arm64/broadcom/bcm2837-rpi-3-b.dtb";
/** 4 GiB Pi 4 as its firmware describes it: 76 MiB of the first GiB are the firmware's. */
const PI_4_4G = "0+0x3b400000,0x40000000+0xbc000000";
const PI_4_8G = `${PI_4_4G},0x100000000+4G`;

const CARD = "/gpu";
const V3D_NODE = "/scb/gpu@7ec00000";
const FIRST_GIB = [[0, 0x3b400000]] as const;

/** The USB controller every Pi 4 has behind its PCIe bridge: the tree names the function but gives it no compatible. */
const USB_CONTROLLER = {
  scb: { "pcie@7d500000": { "pci@0,0": { "usb@0,0": { compatible: "pci1106,3483" } } } },
};

/** Raspberry Pi 3 and 4. */
export const RASPBERRYPI_CASES: readonly PlacementCase[] = [
  {
    title: "Pi 4, 4 GiB: display and 3D core share a frame",
    why:
      "The card's node hangs directly below the root, but its driver takes the bus windows of the first scaler: 1 GiB. The 3D core sits on another bus without windows. " +
      "A buffer of the system heap would be bounced for the display, which is the green picture people saw.",
    from: [
      "https://github.com/raspberrypi/linux/issues/5727",
      "https://github.com/raspberrypi/linux/issues/3093",
      "drivers/gpu/drm/vc4/vc4_drv.c:312",
      "tree: /soc:dma-ranges is 1 GiB",
      `${V3D}:309`,
    ],
    board: PI_4,
    memory: PI_4_4G,
    devices: [CARD, V3D_NODE],
    size: 8_294_400,
    expected: {
      devices: {
        [CARD]: {
          via: "direct",
          reach: "/soc:dma-ranges",
          queue: "drivers/gpu/drm/vc4/vc4_drv.c:237",
          reaches: FIRST_GIB,
        },
        [V3D_NODE]: { via: "device-mmu", reach: `${V3D}:309`, queue: `${V3D}:239` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        "cma:default via drm-dumb:/gpu": "fits",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu",
        "dma32-pages": "refused no-route ...",
        "page-block via drm-dumb:/gpu": "refused too-large",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/linux,cma",
      assumptions: ["runtime-mask@/scb/gpu@7ec00000"],
    },
  },
  {
    title: "Pi 4, 4 GiB: the scaler is named, the card allocates and imports",
    why: "What fetches planes is the scaler below /soc, what the DMA API sees is the card; both have the window of 1 GiB.",
    from: ["drivers/gpu/drm/vc4/vc4_hvs.c:1093", "drivers/gpu/drm/vc4/vc4_drv.c:312", "tree: /soc:dma-ranges"],
    board: PI_4,
    memory: PI_4_4G,
    devices: ["hvs@7e400000"],
    size: 8_294_400,
    expected: {
      devices: {
        "hvs@7e400000": {
          via: "direct",
          reach: "/soc:dma-ranges",
          queue: "drivers/gpu/drm/vc4/vc4_drv.c:237",
          dmaDevice: "/gpu",
          reaches: FIRST_GIB,
        },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        "cma:default via drm-dumb:hvs@7e400000": "fits",
        system: "refused needs-contiguous@hvs@7e400000 would-bounce@hvs@7e400000",
        udmabuf: "refused needs-contiguous@hvs@7e400000 would-bounce@hvs@7e400000",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused too-large",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "Pi 4, 4 GiB, Debian's kernel: without heaps the display's dumb buffer leads to the same area",
    why: "The dumb buffer of a display without IOMMU is CMA; a disabled camera that is named could export it as well.",
    from: [
      "Debian's config of 6.12 arm64",
      "drivers/gpu/drm/vc4/vc4_drv.c:237",
      "drivers/media/platform/broadcom/bcm2835-unicam.c:2235",
    ],
    board: PI_4,
    memory: PI_4_4G,
    profile: "debian-arm64-6.12",
    devices: [CARD, "csi@7e801000"],
    size: 8_294_400,
    expected: {
      devices: {
        [CARD]: { via: "direct", reach: "/soc:dma-ranges" },
        "csi@7e801000": { via: "direct", reach: "/soc:dma-ranges", reaches: FIRST_GIB },
      },
      candidates: {
        "cma:default via drm-dumb:/gpu": "fits",
        "cma:default via v4l2:csi@7e801000": "fits",
        system: "refused no-route ...",
        udmabuf:
          "refused needs-contiguous@/gpu needs-contiguous@csi@7e801000 would-bounce@/gpu would-bounce@csi@7e801000",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused too-large",
      },
      chosen: "cma:default via drm-dumb:/gpu",
      assumptions: ["device-disabled@csi@7e801000"],
    },
  },
  {
    title: "Pi 4, 4 GiB, cma=0: the display still gets one block of 4 MiB",
    why: "Without an area the allocation falls through to the page allocator, whose largest block is exactly this long, inside the display's own window.",
    from: [
      "https://github.com/ikwzm/udmabuf/issues/25",
      "kernel/dma/direct.c:118",
      "include/linux/mmzone.h:30",
      "kernel/dma/contiguous.c:464",
    ],
    board: PI_4,
    memory: PI_4_4G,
    cmdline: "cma=0",
    devices: [CARD],
    size: 4 * 1024 * 1024,
    expected: {
      devices: { [CARD]: { via: "direct", reach: "/soc:dma-ranges" } },
      candidates: {
        "page-block via drm-dumb:/gpu": "fits",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "page-block via drm-dumb:/gpu",
      assumptions: [],
    },
  },
  {
    title: "Pi 4, 4 GiB, cma=0: one byte more than 4 MiB has nowhere to go",
    why: "The next block would be of order 11, which does not exist; a default pool in the tree is no remedy while cma=0 stands on the command line.",
    from: ["https://github.com/ikwzm/udmabuf/issues/25", "mm/page_alloc.c:4820", "kernel/dma/contiguous.c:464"],
    board: PI_4,
    memory: PI_4_4G,
    cmdline: "cma=0",
    devices: [CARD],
    size: 4 * 1024 * 1024 + 1,
    expected: {
      devices: { [CARD]: { via: "direct", reach: "/soc:dma-ranges" } },
      candidates: {
        "page-block via drm-dumb:/gpu": "refused too-large",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [
          ["contiguous", "size"],
          ["reach", "size"],
        ],
        devices: [[CARD]],
        remedies: ["command-line"],
        noRemedies: ["reserved-memory", "limit-memory", "smaller-request", "enable-iommu"],
      },
    },
  },
  {
    title: "Pi 4, 4 GiB: 80 MiB do not fit the tree's pool of 64 MiB",
    why: "The pool is dynamic and may lie anywhere in the first GiB, so a larger one does fit there; boot's atomic pools come out of it too.",
    from: [
      "https://github.com/raspberrypi/picamera2/issues/972",
      "https://github.com/Elyotna/linux/issues/2",
      "tree: /reserved-memory/linux,cma:size",
      "kernel/dma/pool.c:79",
    ],
    board: PI_4,
    memory: PI_4_4G,
    devices: [CARD],
    size: 80 * 1024 * 1024,
    expected: {
      devices: { [CARD]: { via: "direct", reach: "/soc:dma-ranges" } },
      candidates: {
        "cma:default": "refused no-hole",
        "page-block via drm-dumb:/gpu": "refused too-large",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu too-large",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [
          ["contiguous", "size"],
          ["reach", "size"],
        ],
        devices: [[CARD]],
        remedies: ["command-line", "reserved-memory"],
        noRemedies: ["limit-memory", "smaller-request"],
      },
    },
  },
  {
    title: "Pi 4, 4 GiB, cma=256M: the command line replaces the tree's pool and its name",
    why:
      "The node and its address limit are passed over. On 6.12 for arm64 the new area still ends below 1 GiB, because the narrowest bus of the tree bounds the first " +
      "zone; what changes is the heap's name.",
    from: [
      "https://github.com/raspberrypi/linux/issues/3861",
      "https://github.com/raspberrypi/picamera2/issues/1374",
      "kernel/dma/contiguous.c:464",
      "arch/arm64/mm/init.c:122",
    ],
    board: PI_4,
    memory: PI_4_4G,
    cmdline: "cma=256M",
    devices: [CARD],
    size: 80 * 1024 * 1024,
    expected: {
      devices: { [CARD]: { via: "direct", reach: "/soc:dma-ranges" } },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb:/gpu": "refused too-large",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu too-large",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/reserved",
      assumptions: [],
    },
  },
  {
    title: "Pi 4, 8 GiB: a PCIe device reaches 3 GiB where the display reaches one",
    why:
      "One chip, two windows: /soc gives 1 GiB, the PCIe bridge 3 GiB. Nothing is known of the function's driver, so its queue is taken as contiguous and the " +
      "answer says so.",
    from: [
      "https://github.com/raspberrypi/linux/issues/3093",
      "tree: /scb/pcie@7d500000:dma-ranges",
      "drivers/pci/pci-driver.c:1667",
    ],
    board: PI_4,
    memory: PI_4_8G,
    edit: USB_CONTROLLER,
    devices: ["usb@0,0"],
    size: 1024 * 1024,
    expected: {
      devices: {
        "usb@0,0": {
          via: "direct",
          reach: "/scb/pcie@7d500000:dma-ranges",
          reaches: [
            [0, 0x3b400000],
            [0x40000000, 0x80000000],
          ],
        },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb:/gpu": "depends only-when-full",
        system: "refused would-bounce@usb@0,0",
        udmabuf: "refused would-bounce@usb@0,0",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["unknown-driver@usb@0,0", "unknown-buffers@usb@0,0"],
    },
  },
  {
    title: "Pi 4, 8 GiB: PCIe device and display together reach the first GiB",
    why: "Reach is intersected: 3 GiB and 1 GiB leave the part of the first GiB that the firmware does not keep.",
    from: [
      "https://github.com/raspberrypi/linux/issues/3093",
      "tree: /soc:dma-ranges and /scb/pcie@7d500000:dma-ranges",
    ],
    board: PI_4,
    memory: PI_4_8G,
    edit: USB_CONTROLLER,
    devices: ["usb@0,0", CARD],
    size: 8_294_400,
    expected: {
      devices: {
        "usb@0,0": { via: "direct", reach: "/scb/pcie@7d500000:dma-ranges" },
        [CARD]: { via: "direct", reach: "/soc:dma-ranges", reaches: FIRST_GIB },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb:/gpu": "refused too-large",
        system: "refused would-bounce@usb@0,0 would-bounce@/gpu needs-contiguous@/gpu",
        udmabuf: "refused would-bounce@usb@0,0 would-bounce@/gpu needs-contiguous@/gpu",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["unknown-driver@usb@0,0", "unknown-buffers@usb@0,0"],
    },
  },
  {
    title: "Pi 4 with a shifted PCIe window: a 32-bit card reaches no byte",
    why: "RAM appears at 0x4_0000_0000 on the bus and the card emits 32 bits: every window starts above its mask, so bouncing cannot help either, and no pool would.",
    from: [
      "https://github.com/geerlingguy/raspberry-pi-pcie-devices/issues/57",
      "drivers/of/address.c:887",
      "drivers/of/device.c:93",
    ],
    board: PI_4,
    memory: PI_4_8G,
    edit: {
      scb: {
        "pcie@7d500000": {
          "dma-ranges": cells(0x02000000, 0x4, 0, 0, 0, 0x1, 0),
          "pci@0,0": { "usb@0,0": { compatible: "pci1106,3483" } },
        },
      },
    },
    devices: ["usb@0,0"],
    size: 65536,
    expected: {
      devices: { "usb@0,0": { via: "direct", reaches: [] } },
      candidates: {
        "cma:default": "refused would-bounce@usb@0,0",
        "page-block via drm-dumb:/gpu": "refused would-bounce@usb@0,0",
        system: "refused would-bounce@usb@0,0",
        udmabuf: "refused would-bounce@usb@0,0",
        "dma32-pages": "refused no-route would-bounce@usb@0,0",
      },
      chosen: null,
      assumptions: ["unknown-driver@usb@0,0", "unknown-buffers@usb@0,0", "default-mask?@usb@0,0"],
      conflict: {
        fields: [["reach"]],
        devices: [["usb@0,0"]],
        remedies: [],
        noRemedies: ["command-line", "reserved-memory", "limit-memory", "kernel-option", "smaller-request"],
      },
    },
  },
  {
    title: "Pi 4, 8 GiB: the 3D core alone takes pages from anywhere",
    why:
      "The mask is 30 bits plus a register's field. A boot log of this chip prints mask 7ffffffff, 35 bits, which covers 8 GiB; the bus limit of 1 GiB that the log " +
      "shows beside it came from a tree that had put the node on the wrong bus. The CMA area is left to the display, which has nothing else.",
    from: ["https://github.com/raspberrypi/linux/issues/3416", `${V3D}:309`, "drivers/gpu/drm/v3d/v3d_mmu.c:90"],
    board: PI_4,
    memory: PI_4_8G,
    devices: [V3D_NODE],
    size: 8_294_400,
    expected: {
      devices: { [V3D_NODE]: { via: "device-mmu", reach: `${V3D}:309` } },
      candidates: {
        "cma:default": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block via drm-dumb:/gpu": "refused too-large",
      },
      chosen: "system via dma-heap",
      assumptions: ["runtime-mask@/scb/gpu@7ec00000"],
    },
  },
  {
    title: "Pi 4, 4 GiB, 64 KiB pages: the tree's pool is rejected and blocks grow to 512 MiB",
    why:
      "A CMA area must be aligned to a pageblock, which is 512 MiB with 64 KiB pages, so the node of 64 MiB fails, and no 512 MiB of the first GiB are free for the " +
      "configured one. Yet 8 MiB fit: the largest block of the page allocator is 512 MiB as well.",
    from: [
      "https://github.com/raspberrypi/linux/issues/6053",
      "kernel/dma/contiguous.c:474",
      "arch/arm64/Kconfig:1707",
      "include/linux/cma.h:20",
    ],
    board: PI_4,
    memory: PI_4_4G,
    pageSize: "64K",
    devices: [CARD],
    size: 8_294_400,
    expected: {
      devices: { [CARD]: { via: "direct", reach: "/soc:dma-ranges" } },
      candidates: {
        "page-block via drm-dumb:/gpu": "fits",
        system: "refused needs-contiguous@/gpu would-bounce@/gpu",
        udmabuf: "refused needs-contiguous@/gpu would-bounce@/gpu",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "page-block via drm-dumb:/gpu",
      assumptions: [],
    },
  },
  {
    title: "Pi 3, 1 GiB: camera and display need one range, though all RAM is in reach",
    why:
      "The bus window covers all RAM the firmware leaves, so nothing would bounce; contiguity alone refuses pages. A small buffer may come from the page allocator, " +
      "but only when the area is full.",
    from: [
      "tree: /soc:dma-ranges is 1008 MiB",
      "drivers/media/platform/broadcom/bcm2835-unicam.c:2235",
      "drivers/gpu/drm/vc4/vc4_bo.c:444",
    ],
    board: PI_3,
    memory: "0+0x3b400000",
    devices: ["/soc/gpu", "csi@7e801000"],
    size: 2 * 1024 * 1024,
    expected: {
      devices: {
        "/soc/gpu": {
          via: "direct",
          reach: "/soc:dma-ranges",
          queue: "drivers/gpu/drm/vc4/vc4_bo.c:444",
          reaches: FIRST_GIB,
        },
        "csi@7e801000": { via: "direct", reach: "/soc:dma-ranges" },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb:/soc/gpu": "depends only-when-full@/soc/gpu",
        "page-block via v4l2:csi@7e801000": "depends only-when-full@csi@7e801000",
        system: "refused needs-contiguous@/soc/gpu needs-contiguous@csi@7e801000",
        udmabuf: "refused needs-contiguous@/soc/gpu needs-contiguous@csi@7e801000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/linux,cma",
      assumptions: ["device-disabled@csi@7e801000"],
    },
  },
];
