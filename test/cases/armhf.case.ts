import type { PlacementCase } from "./placement-case.js";

const IMX_DRM = "drivers/gpu/drm/imx/ipuv3/imx-drm-core.c";
const CODA = "drivers/media/platform/chips-media/coda/coda-common.c";
const GFX = "drivers/gpu/drm/aspeed/aspeed_gfx_drv.c";
const VIDEO = "drivers/media/platform/aspeed/aspeed-video.c";

const MFC = "drivers/media/platform/samsung/s5p-mfc/s5p_mfc.c";

const AST2600 = "armhf/aspeed-ast2600-evb-a1.dtb";
const DISPLAY = "display@1e6e6000";
const CAPTURE = "video@1e700000";

/** Boards with a 32-bit kernel. */
export const ARM_CASES: readonly PlacementCase[] = [
  {
    title: "i.MX6Q, 1 GiB, 32-bit kernel: display and codec, and whose allocation may fall back to a block",
    why:
      "Arm's own allocator takes an area or nothing, so a dumb buffer never falls through to the page allocator. The codec's pictures have no kernel mapping and are therefore " +
      "allocated by the common code, which does fall through.",
    from: [
      "arch/arm/mm/dma-mapping.c:573",
      "kernel/dma/direct.c:217",
      `${CODA}:2591`,
      "drivers/media/platform/chips-media/coda/coda-common.c:2590 DMA_ATTR_NO_KERNEL_MAPPING",
      `${IMX_DRM}:165`,
    ],
    board: "armhf/imx6q-sabresd.dtb",
    devices: ["ipu@2400000", "vpu@2040000"],
    size: 3_133_440,
    expected: {
      devices: {
        "ipu@2400000": {
          via: "direct",
          reach: `${IMX_DRM}:287`,
          queue: `${IMX_DRM}:165`,
          dmaDevice: "/display-subsystem",
        },
        "vpu@2040000": { via: "direct", reach: `${CODA}:3147`, queue: `${CODA}:2591` },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via v4l2:vpu@2040000": "depends only-when-full@vpu@2040000",
        system: "refused needs-contiguous@ipu@2400000 needs-contiguous@vpu@2040000",
        udmabuf: "refused needs-contiguous@ipu@2400000 needs-contiguous@vpu@2040000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/reserved",
      assumptions: [],
    },
  },
  {
    title: "AST2600, 2 GiB, as its tree ships: display and capture engine with an area each",
    why:
      "A real tree with two bound areas, 16 MiB for the display and 64 MiB for the capture engine. 40 MiB come from the engine's, which the display imports although it is bound to " +
      "the other; on a 32-bit kernel neither device's own allocation goes on to pages.",
    from: [
      `${GFX}:173`,
      `${VIDEO}:2114`,
      `${GFX}:248`,
      `${VIDEO}:2033`,
      "tree: /reserved-memory/framebuffer, /reserved-memory/video",
    ],
    board: AST2600,
    devices: [DISPLAY, CAPTURE],
    size: 40 * 1024 * 1024,
    expected: {
      devices: {
        [DISPLAY]: { via: "direct", reach: `${GFX}:180`, queue: `${GFX}:248` },
        [CAPTURE]: { via: "direct", reach: `${VIDEO}:2116`, queue: `${VIDEO}:2033` },
      },
      candidates: {
        [`cma:framebuffer via drm-dumb:${DISPLAY}`]: "refused no-hole",
        [`cma:video via v4l2:${CAPTURE}`]: "fits",
        "cma:default via dma-heap": "fits",
        system: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE}`,
        udmabuf: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE}`,
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "AST2600, 2 GiB, cma=0: the capture engine has to allocate",
    why: "Without a default area the larger of the two bound areas is the only memory, and only its own device's export leads there.",
    from: [`${VIDEO}:2114`, "drivers/dma-buf/heaps/cma_heap.c", "kernel/dma/contiguous.c:350"],
    board: AST2600,
    cmdline: "cma=0",
    devices: [DISPLAY, CAPTURE],
    size: 40 * 1024 * 1024,
    expected: {
      devices: { [DISPLAY]: { via: "direct" }, [CAPTURE]: { via: "direct" } },
      candidates: {
        [`cma:framebuffer via drm-dumb:${DISPLAY}`]: "refused no-hole",
        [`cma:video via v4l2:${CAPTURE}`]: "fits",
        system: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE}`,
        udmabuf: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE}`,
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: `cma:video via v4l2:${CAPTURE}`,
      assumptions: [],
    },
  },
  {
    title: "AST2600, 2 GiB, cma=0: 80 MiB fit neither bound area",
    why: "One area that both memory-regions name is a remedy, and so is another cma= on the command line; a default area in the tree would be passed over.",
    from: [`${GFX}:173`, `${VIDEO}:2114`, "kernel/dma/contiguous.c:350", "kernel/dma/contiguous.c:464"],
    board: AST2600,
    cmdline: "cma=0",
    devices: [DISPLAY, CAPTURE],
    size: 80 * 1024 * 1024,
    expected: {
      devices: { [DISPLAY]: { via: "direct" }, [CAPTURE]: { via: "direct" } },
      candidates: {
        [`cma:framebuffer via drm-dumb:${DISPLAY}`]: "refused no-hole",
        [`cma:video via v4l2:${CAPTURE}`]: "refused no-hole",
        system: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE}`,
        udmabuf: `refused needs-contiguous@${DISPLAY} needs-contiguous@${CAPTURE} too-large`,
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [["contiguous", "size"]],
        devices: [[DISPLAY], [CAPTURE]],
        remedies: ["command-line", "reserved-memory"],
        noRemedies: ["smaller-request", "limit-memory", "enable-iommu"],
        dts: ["shared-dma-pool", "reusable", "/ahb/apb/display@1e6e6000", "/ahb/apb/video@1e700000", "memory-region"],
      },
    },
  },
  {
    title: "Exynos4210, 1 GiB, 32-bit kernel: an IOMMU makes the codec leave its two pools alone",
    why:
      "The tree gives the codec two coherent pools for its two memory ports. With an IOMMU the driver attaches neither and allocates for the node itself, so its buffers are " +
      "scattered pages; and since the decoder takes no dma-buf, they are all that can be shared.",
    from: [`${MFC}:1270`, `${MFC}:1203`, `${MFC}:867`, "tree: /soc/codec@13400000:memory-region and :iommus"],
    board: "armhf/exynos4210-origen.dtb",
    devices: ["codec@13400000", "fimd@11c00000"],
    size: 3_133_440,
    expected: {
      devices: {
        "codec@13400000": { via: "iommu", iommu: "translate", queue: `${MFC}:881` },
        "fimd@11c00000": { via: "iommu", iommu: "translate" },
      },
      candidates: {
        "system via v4l2:codec@13400000": "fits",
        system: "refused cannot-import@codec@13400000",
        "cma:default": "refused cannot-import@codec@13400000",
        udmabuf: "refused cannot-import@codec@13400000",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: "system via v4l2:codec@13400000",
      assumptions: [],
    },
  },
];
