import type { PlacementCase } from "./placement-case.js";

const DRM = "drivers/gpu/drm/rockchip/rockchip_drm_drv.c";
const RGA = "drivers/media/platform/rockchip/rga/rga.c";
const HANTRO = "drivers/media/platform/verisilicon/hantro_drv.c";
const IOMMU = "drivers/iommu/rockchip-iommu.c";
const PANFROST = "drivers/gpu/drm/panfrost/panfrost_gpu.c";

const ROCK_5B = "arm64/rockchip/rk3588-rock-5b.dtb";
const ROCK_3A = "arm64/rockchip/rk3568-rock-3a.dtb";
const ROCK_4C = "arm64/rockchip/rk3399-rock-4c-plus.dtb";

/** 16 GiB RK3588: RAM below the registers at 0xf0000000, the rest above 4 GiB. */
const ROCK_5B_16G = "0x200000+0xefe00000,0x100000000+12G";
/** 8 GiB RK3568, likewise. */
const ROCK_3A_8G = "0x200000+0xefe00000,0x100000000+4G";
/** 4 GiB RK3399: everything below the registers at 0xf8000000. */
const ROCK_4C_4G = "0x200000+0xf7e00000";

const RK3588_PICTURES = 12_441_600;

/** Rockchip RK3588, RK3568 and RK3399. */
export const ROCKCHIP_CASES: readonly PlacementCase[] = [
  {
    title: "RK3588, 16 GiB: display behind an IOMMU and a 32-bit 2D engine share a 4K picture",
    why:
      "The display's IOMMU does not help an import: the DRM driver maps it for display-subsystem, whose mask nobody raises, before it fills its own " +
      "domain. So display and RGA both refuse pages above 4 GiB, and the pages the RGA driver asks for with GFP_DMA32 are the way out.",
    from: [
      "https://github.com/airockchip/librga/issues/49",
      `${DRM}:432 sets no mask`,
      "drivers/gpu/drm/drm_prime.c:958 attaches drm->dev",
      `${RGA}:844`,
      `${RGA}:105 GFP_DMA32`,
      "tree: /vop@fdd90000 and /iommu@fdd97e00 are disabled",
    ],
    board: ROCK_5B,
    memory: ROCK_5B_16G,
    devices: ["vop@fdd90000", "rga@fdb80000"],
    image: "3840x2160:NV12",
    expected: {
      size: RK3588_PICTURES,
      devices: {
        "vop@fdd90000": {
          via: "iommu",
          reach: `${DRM}:432`,
          dmaDevice: "/display-subsystem",
          iommu: "disabled",
          reaches: [[0x200000, 0xefe00000]],
        },
        "rga@fdb80000": {
          via: "device-mmu",
          reach: `${RGA}:844`,
          queue: `${RGA}:119`,
          reaches: [[0x200000, 0xefe00000]],
        },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        "cma:default via v4l2": "fits",
        "dma32-pages via v4l2:rga@fdb80000": "fits",
        "system via dma-heap": "refused would-bounce@vop@fdd90000 would-bounce@rga@fdb80000",
        "system via v4l2": "refused would-bounce@vop@fdd90000 would-bounce@rga@fdb80000",
        "system via drm-dumb": "refused would-bounce@rga@fdb80000",
        udmabuf: "refused would-bounce@vop@fdd90000 would-bounce@rga@fdb80000",
        "page-block via v4l2": "refused too-large",
      },
      chosen: "dma32-pages via v4l2:rga@fdb80000",
      assumptions: [
        "device-disabled@vop@fdd90000",
        "iommu-disabled@vop@fdd90000",
        "default-mask@vop@fdd90000",
        "unknown-layout@vop@fdd90000",
        "unknown-layout@rga@fdb80000",
      ],
    },
  },
  {
    title: "RK3588, 16 GiB: the AV1 decoder, which has no IOMMU, hands pictures to the 2D engine",
    why:
      "The AV1 core is the one codec of this tree without iommus, so it needs contiguous memory; DMA32 pages suit the RGA but not the decoder. With no VOP " +
      "enabled there is no DRM device, so no dumb buffer is on offer.",
    from: [
      `${HANTRO}:233`,
      `${HANTRO}:1077 leaves the streaming mask alone`,
      "tree: /video-codec@fdc70000 has no iommus",
      `${DRM}:394 finds no enabled VOP`,
      `${RGA}:844`,
    ],
    board: ROCK_5B,
    memory: ROCK_5B_16G,
    devices: ["video-codec@fdc70000", "rga@fdb80000"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "video-codec@fdc70000": {
          via: "direct",
          reach: `${HANTRO}:1077`,
          queue: `${HANTRO}:233`,
          reaches: [[0x200000, 0xefe00000]],
        },
        "rga@fdb80000": { via: "device-mmu", reach: `${RGA}:844` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        "cma:default via v4l2:video-codec@fdc70000": "fits",
        "dma32-pages via v4l2:rga@fdb80000": "refused needs-contiguous@video-codec@fdc70000",
        system:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000",
        udmabuf:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000",
        "page-block via v4l2:video-codec@fdc70000": "refused too-large",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/reserved",
      assumptions: ["default-mask@video-codec@fdc70000"],
    },
  },
  {
    title: "RK3588, 16 GiB: four 4K pictures are what a CMA area of 64 MiB holds after boot",
    why:
      "Boot takes three atomic pools of 2 MiB out of the default area, and a picture of 3038 pages is aligned to 1 MiB: pictures start at 6, 18, 30 and " +
      "42 MiB, and the next one would end at 65.9 MiB.",
    from: [
      "https://github.com/raspberrypi/rpicam-apps/issues/912",
      "kernel/dma/pool.c:187",
      "kernel/dma/contiguous.c:350",
      "mm/cma.c:406",
    ],
    board: ROCK_5B,
    memory: ROCK_5B_16G,
    devices: ["video-codec@fdc70000", "rga@fdb80000"],
    size: RK3588_PICTURES,
    count: 5,
    expected: {
      devices: { "video-codec@fdc70000": { via: "direct" }, "rga@fdb80000": { via: "device-mmu" } },
      candidates: {
        "cma:default": "refused no-hole",
        "dma32-pages via v4l2:rga@fdb80000": "refused needs-contiguous@video-codec@fdc70000",
        system:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000",
        udmabuf:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000",
        "page-block via v4l2:video-codec@fdc70000": "refused too-large",
      },
      chosen: null,
      assumptions: ["default-mask@video-codec@fdc70000"],
      conflict: {
        fields: [["contiguous", "count", "size"]],
        devices: [["video-codec@fdc70000"]],
        remedies: ["smaller-request", "command-line", "reserved-memory"],
      },
    },
  },
  {
    title: "RK3588, 16 GiB: one 10-bit 8K picture of the AV1 decoder is larger than the default area",
    why: "99.5 MB in one range: no area holds it and one block ends at 4 MiB; a larger default area mends it without touching the tree.",
    from: ["https://github.com/Elyotna/linux/issues/2", `${HANTRO}:233`, "include/linux/mmzone.h:30"],
    board: ROCK_5B,
    memory: ROCK_5B_16G,
    devices: ["video-codec@fdc70000", "rga@fdb80000"],
    size: 99_532_800,
    expected: {
      devices: { "video-codec@fdc70000": { via: "direct" }, "rga@fdb80000": { via: "device-mmu" } },
      candidates: {
        "cma:default": "refused no-hole",
        "dma32-pages via v4l2:rga@fdb80000": "refused needs-contiguous@video-codec@fdc70000",
        system:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000",
        udmabuf:
          "refused needs-contiguous@video-codec@fdc70000 would-bounce@video-codec@fdc70000 would-bounce@rga@fdb80000 too-large",
        "page-block via v4l2:video-codec@fdc70000": "refused too-large",
      },
      chosen: null,
      assumptions: ["default-mask@video-codec@fdc70000"],
      conflict: {
        fields: [["contiguous", "size"]],
        devices: [["video-codec@fdc70000"]],
        remedies: ["command-line", "reserved-memory"],
        noRemedies: ["smaller-request", "enable-iommu", "limit-memory"],
      },
    },
  },
  {
    title: "RK3568, 8 GiB: enabled display and 2D engine share a full-HD desktop",
    why: "As on RK3588, with everything enabled: only what lies below 4 GiB serves both, CMA with a single entry each.",
    from: [
      `${DRM}:432`,
      `${RGA}:844`,
      "tree: /vop@fe040000 and /iommu@fe043e00 are enabled, /rga@fdeb0000 has no iommus",
    ],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    devices: ["vop@fe040000", "rga@fdeb0000"],
    size: 8_294_400,
    expected: {
      devices: {
        "vop@fe040000": { via: "iommu", reach: `${DRM}:432`, dmaDevice: "/display-subsystem", iommu: "translate" },
        "rga@fdeb0000": { via: "device-mmu", reach: `${RGA}:844` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "system via dma-heap": "refused would-bounce@vop@fe040000 would-bounce@rga@fdeb0000",
        "system via v4l2": "refused would-bounce@vop@fe040000 would-bounce@rga@fdeb0000",
        "system via drm-dumb": "refused would-bounce@rga@fdeb0000",
        udmabuf: "refused would-bounce@vop@fe040000 would-bounce@rga@fdeb0000",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["default-mask@vop@fe040000"],
    },
  },
  {
    title: "RK3568, 8 GiB, Debian's kernel without dma-heaps: the 2D engine's own buffers are the only way",
    why:
      "No heap leads to the CMA area, and no enabled device allocates from it: display and codecs sit behind IOMMUs. What remains is to let the RGA allocate and " +
      "export.",
    from: [
      "Debian's config of 6.12 arm64: DMABUF_HEAPS off",
      "https://github.com/raspberrypi/rpicam-apps/issues/218",
      `${RGA}:105 GFP_DMA32`,
      "drivers/iommu/dma-iommu.c:1653",
    ],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    profile: "debian-arm64-6.12",
    devices: ["vop@fe040000", "rga@fdeb0000"],
    size: 8_294_400,
    expected: {
      devices: {
        "vop@fe040000": { via: "iommu", reach: `${DRM}:432` },
        "rga@fdeb0000": { via: "device-mmu", reach: `${RGA}:844` },
      },
      candidates: {
        "cma:default": "refused no-route",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "system via v4l2": "refused would-bounce@vop@fe040000 would-bounce@rga@fdeb0000",
        "system via drm-dumb": "refused would-bounce@rga@fdeb0000",
        udmabuf: "refused would-bounce@vop@fe040000 would-bounce@rga@fdeb0000",
        "page-block": "refused no-route ...",
      },
      chosen: "dma32-pages via v4l2:rga@fdeb0000",
      assumptions: ["default-mask@vop@fe040000"],
    },
  },
  {
    title: "RK3568, 8 GiB: the display shows what it allocated itself, wherever that lies",
    why:
      "A dumb buffer's pages go straight into the driver's own domain; the DMA API, and with it the 32-bit mask, only comes in when somebody else's buffer " +
      "is imported.",
    from: [
      "drivers/gpu/drm/rockchip/rockchip_drm_gem.c:123",
      "drivers/gpu/drm/rockchip/rockchip_drm_gem.c:84",
      `${IOMMU}:1377`,
    ],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    devices: ["vop@fe040000"],
    size: 8_294_400,
    expected: {
      devices: { "vop@fe040000": { via: "iommu" } },
      candidates: {
        "cma:default via dma-heap": "fits",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "system via drm-dumb:vop@fe040000": "fits",
        "system via dma-heap": "refused would-bounce@vop@fe040000",
        "system via v4l2": "refused would-bounce@vop@fe040000",
        udmabuf: "refused would-bounce@vop@fe040000",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["default-mask@vop@fe040000"],
    },
  },
  {
    title: "RK3568, 8 GiB: decoder and encoder behind IOMMUs of 40 output bits take pages from anywhere",
    why: "Each maps through its own IOMMU; the mask bounds I/O addresses, not pages. Nothing here rests on a default.",
    from: [`${IOMMU}:1377`, `${HANTRO}:233`, "include/linux/dma-direct.h:122"],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    devices: ["video-codec@fdea0400", "video-codec@fdee0000"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "video-codec@fdea0400": {
          via: "iommu",
          reach: `${IOMMU}:1377`,
          iommu: "translate",
          reaches: [
            [0x200000, 0xefe00000],
            [0x1_0000_0000, 0x1_0000_0000],
          ],
        },
        "video-codec@fdee0000": { via: "iommu", reach: `${IOMMU}:1377` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "RK3568, 8 GiB: a Mali GPU with its own MMU imports the decoder's scattered pages",
    why: "Panfrost maps page by page in the GPU's tables, and the GPU's address width register gives 40 bits: neither contiguity nor 4 GiB matters.",
    from: [`${PANFROST}:478`, "drivers/gpu/drm/panfrost/panfrost_drv.c:604", `${IOMMU}:1377`],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    devices: ["gpu@fde60000", "video-codec@fdea0400"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "gpu@fde60000": { via: "device-mmu", reach: `${PANFROST}:478` },
        "video-codec@fdea0400": { via: "iommu", reach: `${IOMMU}:1377` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["runtime-mask@gpu@fde60000"],
    },
  },
  {
    title: "RK3568, 8 GiB: 70 MiB pass udmabuf's 64 MiB and the CMA area",
    why: "udmabuf refuses by its module parameter, CMA by its size; scattered pages have no limit but RAM.",
    from: [
      "drivers/dma-buf/udmabuf.c:23",
      "drivers/dma-buf/heaps/system_heap.c",
      "https://github.com/raspberrypi/linux/issues/6706",
    ],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    devices: ["gpu@fde60000", "video-codec@fdea0400"],
    size: 70 * 1024 * 1024,
    expected: {
      devices: { "gpu@fde60000": { via: "device-mmu" }, "video-codec@fdea0400": { via: "iommu" } },
      candidates: {
        "cma:default": "refused no-hole",
        system: "fits",
        udmabuf: "refused too-large",
        "dma32-pages via v4l2:rga@fdeb0000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap /dev/dma_heap/system",
      assumptions: ["runtime-mask@gpu@fde60000"],
    },
  },
  {
    title: "RK3568, 8 GiB: an enabled decoder whose IOMMU is disabled, on a kernel told to have no CMA",
    why:
      "A disabled provider makes the DMA API go direct: the decoder then needs one range below 4 GiB, which nothing gives beyond a 4 MiB block. Enabling " +
      "the IOMMU mends it; a default pool in the tree would not, because cma=0 makes the kernel pass it over.",
    from: ["drivers/iommu/of_iommu.c:22", "kernel/dma/contiguous.c:464 bypasses the node", `${HANTRO}:233`],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    cmdline: "cma=0",
    edit: { "iommu@fdea0800": { status: "disabled" } },
    devices: ["video-codec@fdea0400"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "video-codec@fdea0400": { via: "direct", reach: `${HANTRO}:1077`, queue: `${HANTRO}:233`, iommu: "disabled" },
      },
      candidates: {
        system: "refused needs-contiguous@video-codec@fdea0400 would-bounce@video-codec@fdea0400",
        udmabuf: "refused needs-contiguous@video-codec@fdea0400 would-bounce@video-codec@fdea0400",
        "dma32-pages via v4l2:rga@fdeb0000": "refused needs-contiguous@video-codec@fdea0400",
        "page-block via v4l2:video-codec@fdea0400": "refused too-large",
      },
      chosen: null,
      assumptions: ["default-mask@video-codec@fdea0400"],
      conflict: {
        fields: [["contiguous", "size"]],
        devices: [["video-codec@fdea0400"]],
        remedies: ["command-line", "enable-iommu"],
        noRemedies: ["reserved-memory", "smaller-request", "limit-memory"],
      },
    },
  },
  {
    title: "RK3568, 8 GiB, iommu.passthrough=1: the decoder goes direct, the display keeps its own domain",
    why:
      "Pass-through replaces the DMA API's default domain. The display's driver allocates a domain of its own all the same, so it still takes scattered pages; " +
      "the decoder needs one range.",
    from: ["drivers/iommu/iommu.c:191", `${DRM}:111`, "drivers/iommu/rockchip-iommu.c:1186"],
    board: ROCK_3A,
    memory: ROCK_3A_8G,
    cmdline: "iommu.passthrough=1",
    devices: ["vop@fe040000", "video-codec@fdea0400"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "vop@fe040000": { via: "iommu", reach: `${DRM}:432`, iommu: "identity" },
        "video-codec@fdea0400": { via: "direct", reach: `${HANTRO}:1077`, iommu: "identity" },
      },
      candidates: {
        "cma:default": "fits",
        "dma32-pages via v4l2:rga@fdeb0000": "refused needs-contiguous@video-codec@fdea0400",
        "system via dma-heap":
          "refused needs-contiguous@video-codec@fdea0400 would-bounce@video-codec@fdea0400 would-bounce@vop@fe040000",
        "system via drm-dumb": "refused needs-contiguous@video-codec@fdea0400 would-bounce@video-codec@fdea0400",
        udmabuf:
          "refused needs-contiguous@video-codec@fdea0400 would-bounce@video-codec@fdea0400 would-bounce@vop@fe040000",
        "page-block": "refused too-large",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["default-mask@vop@fe040000", "default-mask@video-codec@fdea0400"],
    },
  },
  {
    title: "RK3399, 4 GiB: with no RAM above 4 GiB, display, 2D engine and decoder share any pages",
    why: "The same drivers and masks as on RK3588; here the board decides, because all RAM lies below the registers.",
    from: [`${DRM}:432`, `${RGA}:844`, `${IOMMU}:1369`, "drivers/staging/media/rkvdec/rkvdec.c:756"],
    board: ROCK_4C,
    memory: ROCK_4C_4G,
    devices: ["vop@ff900000", "rga@ff680000", "video-codec@ff660000"],
    size: RK3588_PICTURES,
    expected: {
      devices: {
        "vop@ff900000": { via: "iommu", reach: `${DRM}:432`, dmaDevice: "/display-subsystem" },
        "rga@ff680000": { via: "device-mmu", reach: `${RGA}:844` },
        "video-codec@ff660000": {
          via: "iommu",
          reach: `${IOMMU}:1369`,
          queue: "drivers/staging/media/rkvdec/rkvdec.c:756",
        },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages via v4l2:rga@ff680000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "RK3399 with RAM above 4 GiB: an IOMMU of 32 output bits cannot point there",
    why:
      "The first Rockchip IOMMU writes 32 address bits and cuts the rest without an error, so even the decoder's own buffers would be wrong. No mask says so; the " +
      "driver of the IOMMU does.",
    from: [`${IOMMU}:1369`, "drivers/iommu/rockchip-iommu.c:271", "drivers/iommu/iommu.c:1484"],
    board: ROCK_4C,
    memory: `${ROCK_4C_4G},0x100000000+4G`,
    devices: ["video-codec@ff660000"],
    size: RK3588_PICTURES,
    expected: {
      devices: { "video-codec@ff660000": { via: "iommu", reach: `${IOMMU}:1369`, reaches: [[0x200000, 0xf7e00000]] } },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "refused beyond-iommu-output@video-codec@ff660000",
        udmabuf: "refused beyond-iommu-output@video-codec@ff660000",
        "dma32-pages via v4l2:rga@ff680000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "RK3399, 4 GiB: a camera that the base tree leaves disabled feeds the display",
    why: "Boards enable cameras by overlay; the answer holds for the camera as it would be enabled and says that it assumed so.",
    from: [
      "tree: /isp0@ff910000 is disabled, /iommu@ff914000 is not",
      "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c:1564",
      `${IOMMU}:1369`,
    ],
    board: ROCK_4C,
    memory: ROCK_4C_4G,
    devices: ["isp0@ff910000", "vop@ff900000"],
    size: 3_133_440,
    expected: {
      devices: {
        "isp0@ff910000": {
          via: "iommu",
          reach: `${IOMMU}:1369`,
          queue: "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c:1564",
          iommu: "translate",
        },
        "vop@ff900000": { via: "iommu", reach: `${DRM}:432` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages via v4l2:rga@ff680000": "fits",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: ["device-disabled@isp0@ff910000"],
    },
  },
  {
    title: "RK3399 with RAM above 4 GiB: a queue of parameters is copied by the CPU and minds no address",
    why:
      "videobuf2's vmalloc memory maps an import into the kernel and nothing for the device, so advice about pools or address limits would be beside the point, " +
      "although the same node's picture queue does have such limits.",
    from: [
      "https://github.com/opencardev/crankshaft/issues/327",
      "drivers/media/platform/rockchip/rkisp1/rkisp1-params.c:2727",
      "drivers/media/common/videobuf2/videobuf2-vmalloc.c:374",
    ],
    board: ROCK_4C,
    memory: `${ROCK_4C_4G},0x100000000+4G`,
    devices: ["isp0@ff910000#params"],
    size: 65536,
    expected: {
      devices: {
        "isp0@ff910000#params": { via: "cpu", queue: "drivers/media/platform/rockchip/rkisp1/rkisp1-params.c:2727" },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages via v4l2:rga@ff680000": "fits",
        "page-block": "refused no-route",
      },
      chosen: "system via dma-heap",
      assumptions: ["device-disabled@isp0@ff910000#params"],
    },
  },
];
