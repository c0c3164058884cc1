import { cells } from "../../src/devicetree/build.js";
import type { PlacementCase } from "./placement-case.js";

const HANTRO = "drivers/media/platform/verisilicon/hantro_drv.c";
const LCDIF = "drivers/gpu/drm/mxsfb/lcdif_drv.c";
const MXSFB = "drivers/gpu/drm/mxsfb/mxsfb_drv.c";
const ISI = "drivers/media/platform/nxp/imx8-isi/imx8-isi-core.c";
const RKISP1 = "drivers/media/platform/rockchip/rkisp1/rkisp1-dev.c";
const DCSS = "drivers/gpu/drm/imx/dcss/dcss-drv.c";
const ETNAVIV = "drivers/gpu/drm/etnaviv/etnaviv_drv.c";

const MQ_EVK = "arm64/freescale/imx8mq-evk.dtb";
const MM_EVK = "arm64/freescale/imx8mm-evk.dtb";
const MP_EVK = "arm64/freescale/imx8mp-evk.dtb";

/** i.MX 8M Quad with 4 GiB: the last one lies above 4 GiB, outside the window of its bus. */
const MQ_4G = "0x40000000+3G,0x100000000+1G";
const THREE_GIB = [[0x40000000, 0xc0000000]] as const;

const PICTURE = 12_441_600;

/** NXP i.MX 8M Quad, Mini and Plus. */
export const IMX_CASES: readonly PlacementCase[] = [
  {
    title: "i.MX8MQ, 4 GiB: display and decoder are limited to 3 GiB by their bus",
    why: "No driver limit matters here: the soc bus has one window of 3 GiB, and the fourth GiB of RAM lies above it.",
    from: ["tree: /soc@0:dma-ranges", `${MXSFB}:333`, `${HANTRO}:233`],
    board: MQ_EVK,
    memory: MQ_4G,
    devices: ["lcd-controller@30320000", "video-codec@38310000"],
    size: PICTURE,
    expected: {
      devices: {
        "lcd-controller@30320000": {
          via: "direct",
          reach: "/soc@0:dma-ranges",
          queue: `${MXSFB}:333`,
          reaches: THREE_GIB,
        },
        "video-codec@38310000": {
          via: "direct",
          reach: "/soc@0:dma-ranges",
          queue: `${HANTRO}:233`,
          reaches: THREE_GIB,
        },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system:
          "refused needs-contiguous@lcd-controller@30320000 would-bounce@lcd-controller@30320000 needs-contiguous@video-codec@38310000 would-bounce@video-codec@38310000",
        udmabuf:
          "refused needs-contiguous@lcd-controller@30320000 would-bounce@lcd-controller@30320000 needs-contiguous@video-codec@38310000 would-bounce@video-codec@38310000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/reserved",
      assumptions: [],
    },
  },
  {
    title: "i.MX8MQ, 4 GiB: the Vivante GPU maps pages itself, but only those its bus window shows",
    why:
      "Etnaviv's device has no node; it is configured from the first GPU core, whose bus has the 3 GiB window. Scattered pages are welcome, pages above 4 GiB would " +
      "be bounced.",
    from: [`${ETNAVIV}:657`, "tree: /soc@0:dma-ranges", "drivers/gpu/drm/etnaviv/etnaviv_gem_prime.c:112"],
    board: MQ_EVK,
    memory: MQ_4G,
    devices: ["gpu@38000000"],
    size: PICTURE,
    expected: {
      devices: {
        "gpu@38000000": { via: "device-mmu", reach: "/soc@0:dma-ranges", dmaDevice: "etnaviv", reaches: THREE_GIB },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system: "refused would-bounce@gpu@38000000",
        udmabuf: "refused would-bounce@gpu@38000000",
        "dma32-pages": "refused no-route",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["conditional-mask@gpu@38000000"],
    },
  },
  {
    title: "i.MX8MQ, 4 GiB, cma=0: giving up the fourth GiB is what a GPU alone could do with",
    why: "Pages are all the GPU needs, only not those above its window. A kernel that uses 3 GiB has no others.",
    from: [
      `${ETNAVIV}:657`,
      "tree: /soc@0:dma-ranges",
      "https://github.com/airockchip/librga/issues/49",
      "https://github.com/raspberrypi/linux/issues/3093",
    ],
    board: MQ_EVK,
    memory: MQ_4G,
    cmdline: "cma=0",
    devices: ["gpu@38000000"],
    size: PICTURE,
    expected: {
      devices: { "gpu@38000000": { via: "device-mmu", reach: "/soc@0:dma-ranges" } },
      candidates: {
        "page-block": "refused too-large",
        system: "refused would-bounce@gpu@38000000",
        udmabuf: "refused would-bounce@gpu@38000000",
        "dma32-pages": "refused no-route",
      },
      chosen: null,
      assumptions: ["conditional-mask@gpu@38000000"],
      conflict: {
        fields: [["reach", "route", "size"]],
        devices: [["gpu@38000000"]],
        remedies: ["command-line", "limit-memory"],
        noRemedies: ["kernel-option", "reserved-memory", "smaller-request", "enable-iommu"],
      },
    },
  },
  {
    title: "i.MX8MQ, 4 GiB: the display controller for big screens shows decoder pictures",
    why: "The mainline tree has no node for it, so the vendor's is added; it sits on the same bus and its driver sets nothing.",
    from: [`${DCSS}:35`, "drivers/gpu/drm/imx/dcss/dcss-kms.c:30", "tree: /soc@0:dma-ranges"],
    board: MQ_EVK,
    memory: MQ_4G,
    edit: {
      "soc@0": {
        "bus@32c00000": {
          "display-controller@32e00000": {
            compatible: "nxp,imx8mq-dcss",
            reg: cells(0x32e00000, 0x2d000),
            status: "okay",
          },
        },
      },
    },
    devices: ["display-controller@32e00000", "video-codec@38310000"],
    size: PICTURE,
    expected: {
      devices: {
        "display-controller@32e00000": {
          via: "direct",
          reach: "/soc@0:dma-ranges",
          queue: "drivers/gpu/drm/imx/dcss/dcss-kms.c:30",
        },
        "video-codec@38310000": { via: "direct", reach: "/soc@0:dma-ranges" },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system:
          "refused needs-contiguous@display-controller@32e00000 would-bounce@display-controller@32e00000 needs-contiguous@video-codec@38310000 would-bounce@video-codec@38310000",
        udmabuf:
          "refused needs-contiguous@display-controller@32e00000 would-bounce@display-controller@32e00000 needs-contiguous@video-codec@38310000 would-bounce@video-codec@38310000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "i.MX8MM, 2 GiB, Debian's kernel: camera, decoder and display without IOMMU",
    why: "All RAM is in everybody's window, so contiguity decides; without heaps the display's dumb buffer is the plainest way to the area.",
    from: [
      `${MXSFB}:333`,
      `${HANTRO}:233`,
      "drivers/media/platform/nxp/imx7-media-csi.c:1691",
      "https://github.com/raspberrypi/rpicam-apps/issues/218",
    ],
    board: MM_EVK,
    profile: "debian-arm64-6.12",
    devices: ["lcdif@32e00000", "video-codec@38300000", "csi@32e20000"],
    size: PICTURE,
    expected: {
      devices: {
        "lcdif@32e00000": { via: "direct", reach: "/soc@0:dma-ranges" },
        "video-codec@38300000": { via: "direct", reach: "/soc@0:dma-ranges" },
        "csi@32e20000": {
          via: "direct",
          reach: "/soc@0:dma-ranges",
          queue: "drivers/media/platform/nxp/imx7-media-csi.c:1691",
        },
      },
      candidates: {
        "cma:default via drm-dumb:lcdif@32e00000": "fits",
        "cma:default via v4l2": "fits",
        "page-block": "refused too-large",
        system: "refused no-route ...",
        udmabuf:
          "refused needs-contiguous@lcdif@32e00000 needs-contiguous@video-codec@38300000 needs-contiguous@csi@32e20000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via drm-dumb:lcdif@32e00000",
      assumptions: [],
    },
  },
  {
    title: "i.MX8MM, 2 GiB, cma=0: 8 MiB fail where 4 MiB would do",
    why: "Without an area the page allocator's largest block is the ceiling, whatever the mask.",
    from: ["https://github.com/ikwzm/udmabuf/issues/25", "kernel/dma/direct.c:118"],
    board: MM_EVK,
    cmdline: "cma=0",
    devices: ["lcdif@32e00000"],
    size: 8 * 1024 * 1024,
    expected: {
      devices: { "lcdif@32e00000": { via: "direct", reach: "/soc@0:dma-ranges" } },
      candidates: {
        "page-block": "refused too-large",
        system: "refused needs-contiguous@lcdif@32e00000",
        udmabuf: "refused needs-contiguous@lcdif@32e00000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [["contiguous", "size"]],
        devices: [["lcdif@32e00000"]],
        remedies: ["command-line"],
        noRemedies: ["reserved-memory", "limit-memory", "enable-iommu", "smaller-request"],
      },
    },
  },
  {
    title: "i.MX8MP, 6 GiB: camera interface and display reach all RAM, the decoder four GiB",
    why:
      "Camera interface and display set 36 bits, the decoder's driver leaves the streaming mask at 32; all three need one range. The camera interface is disabled until an " +
      "overlay brings a sensor.",
    from: [
      `${ISI}:469`,
      `${LCDIF}:165`,
      `${HANTRO}:1077`,
      "tree: /soc@0/bus@32c00000/isi@32e00000 is disabled, memory ends at 0x1c0000000",
    ],
    board: MP_EVK,
    devices: ["isi@32e00000", "display-controller@32e80000", "video-codec@38300000"],
    size: PICTURE,
    expected: {
      devices: {
        "isi@32e00000": {
          via: "direct",
          reach: `${ISI}:469`,
          queue: "drivers/media/platform/nxp/imx8-isi/imx8-isi-video.c:1416",
          reaches: [[0x40000000, 0x1_8000_0000]],
        },
        "display-controller@32e80000": { via: "direct", reach: `${LCDIF}:165`, queue: `${LCDIF}:245` },
        "video-codec@38300000": { via: "direct", reach: `${HANTRO}:1077`, reaches: [[0x40000000, 0xc0000000]] },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb": "refused too-large would-bounce@video-codec@38300000",
        "page-block via v4l2": "refused too-large",
        "page-block via v4l2:isi@32e00000": "refused too-large would-bounce@video-codec@38300000",
        system:
          "refused needs-contiguous@isi@32e00000 needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        udmabuf:
          "refused needs-contiguous@isi@32e00000 needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["device-disabled@isi@32e00000", "default-mask@video-codec@38300000"],
    },
  },
  {
    title: "i.MX8MP, 6 GiB: who allocates decides where one block lies",
    why:
      "A megabyte also fits one block of the page allocator. A block for the display may lie anywhere in 36 bits and then misses the decoder; one for the decoder lies " +
      "below 4 GiB. Either is reached only when the area is full.",
    from: ["kernel/dma/direct.c:47", `${LCDIF}:165`, `${HANTRO}:1159`],
    board: MP_EVK,
    devices: ["display-controller@32e80000", "video-codec@38300000"],
    size: 1024 * 1024,
    expected: {
      devices: { "display-controller@32e80000": { via: "direct" }, "video-codec@38300000": { via: "direct" } },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb": "refused would-bounce@video-codec@38300000",
        "page-block via v4l2:video-codec@38300000": "depends only-when-full@video-codec@38300000",
        "page-block via v4l2": "depends only-when-full",
        system:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        udmabuf:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["default-mask@video-codec@38300000"],
    },
  },
  {
    title: "i.MX8MP, 6 GiB: the image processor and the GPU split the constraints between them",
    why:
      "The processor needs one range and reaches 34 bits, which is all RAM; the GPU takes any pages, but its device is cut to 32 bits because no bus window " +
      "applies. Neither limit alone would refuse both heaps.",
    from: [`${RKISP1}:606`, `${RKISP1}:559`, `${ETNAVIV}:644`, "drivers/of/device.c:135"],
    board: MP_EVK,
    devices: ["isp@32e10000", "gpu@38000000"],
    size: PICTURE,
    expected: {
      devices: {
        "isp@32e10000": {
          via: "direct",
          reach: `${RKISP1}:606`,
          queue: "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c:1564",
        },
        "gpu@38000000": { via: "device-mmu", reach: `${ETNAVIV}:644`, dmaDevice: "etnaviv", reaches: THREE_GIB },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb": "refused too-large would-bounce@gpu@38000000",
        "page-block via v4l2": "refused too-large",
        "page-block via v4l2:isp@32e10000": "refused too-large would-bounce@gpu@38000000",
        system: "refused needs-contiguous@isp@32e10000 would-bounce@gpu@38000000",
        udmabuf: "refused needs-contiguous@isp@32e10000 would-bounce@gpu@38000000",
        "dma32-pages": "refused no-route needs-contiguous@isp@32e10000",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["device-disabled@isp@32e10000", "conditional-mask@gpu@38000000"],
    },
  },
  {
    title: "i.MX8MP, 6 GiB: five 4K pictures fit the default area, six do not",
    why: "Three atomic pools of 1 MiB come first; pictures of 3038 pages then start every 12 MiB from 3 MiB on, and the sixth would end beyond 64 MiB.",
    from: [
      "https://github.com/raspberrypi/rpicam-apps/issues/912",
      "https://github.com/varigit/uboot-imx/pull/18",
      "kernel/dma/pool.c:187",
      "mm/cma.c:406",
    ],
    board: MP_EVK,
    devices: ["display-controller@32e80000", "video-codec@38300000"],
    size: PICTURE,
    count: 6,
    expected: {
      devices: { "display-controller@32e80000": { via: "direct" }, "video-codec@38300000": { via: "direct" } },
      candidates: {
        "cma:default": "refused no-hole",
        "page-block via drm-dumb": "refused too-large would-bounce@video-codec@38300000",
        "page-block via v4l2": "refused too-large",
        system:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        udmabuf:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: ["default-mask@video-codec@38300000"],
      conflict: {
        fields: [["contiguous", "count", "size"]],
        devices: [["display-controller@32e80000"], ["video-codec@38300000"]],
        remedies: ["smaller-request", "command-line", "reserved-memory"],
        noRemedies: ["kernel-option", "limit-memory", "enable-iommu"],
      },
    },
  },
  {
    title: "i.MX8MP, 6 GiB: five 4K pictures do fit",
    why: "The other side of the same boundary.",
    from: ["kernel/dma/pool.c:187", "mm/cma.c:406"],
    board: MP_EVK,
    devices: ["display-controller@32e80000", "video-codec@38300000"],
    size: PICTURE,
    count: 5,
    expected: {
      devices: { "display-controller@32e80000": { via: "direct" }, "video-codec@38300000": { via: "direct" } },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb": "refused too-large would-bounce@video-codec@38300000",
        "page-block via v4l2": "refused too-large",
        system:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        udmabuf:
          "refused needs-contiguous@display-controller@32e80000 needs-contiguous@video-codec@38300000 would-bounce@video-codec@38300000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["default-mask@video-codec@38300000"],
    },
  },
];
