import type { PlacementCase } from "./placement-case.js";

const MESON_DRM = "drivers/gpu/drm/meson/meson_drv.c";
const VDEC = "drivers/staging/media/meson/vdec/vdec.c";
const TIDSS = "drivers/gpu/drm/tidss/tidss_drv.c";
const DISPC = "drivers/gpu/drm/tidss/tidss_dispc.c";
const WAVE5 = "drivers/media/platform/chips-media/wave5/wave5-vpu.c";
const CSI = "drivers/media/platform/ti/j721e-csi2rx/j721e-csi2rx.c";
const UDMA = "drivers/dma/ti/k3-udma.c";

const ODROID_N2 = "arm64/amlogic/meson-g12b-odroid-n2.dtb";
const ODROID_C2 = "arm64/amlogic/meson-gxbb-odroidc2.dtb";
const AM62A7_SK = "arm64/ti/k3-am62a7-sk.dtb";
const AM625_SK = "arm64/ti/k3-am625-sk.dtb";

const VPU = "vpu@ff900000";
const DECODER = "video-decoder@ff620000";
/** 3840 x 2176 rows, 12 bits a pixel. */
const DECODED_4K = 12_533_760;

const DSS = "dss@30200000";
const WAVE = "video-codec@30210000";
const CAMERA = "ticsi2rx@30102000";

/** Amlogic GXBB and G12B. */
export const AMLOGIC_CASES: readonly PlacementCase[] = [
  {
    title: "G12B, 3.75 GiB: decoder and display share the tree's pool of 256 MiB",
    why: "Neither driver sets a mask and neither has an IOMMU; all RAM is within 32 bits, so contiguity alone decides.",
    from: [`${MESON_DRM}:476`, `${VDEC}:839`, "tree: /reserved-memory/linux,cma"],
    board: ODROID_N2,
    memory: "0+0xf0000000",
    devices: [VPU, DECODER],
    size: DECODED_4K,
    expected: {
      devices: {
        [VPU]: { via: "direct", reach: `${MESON_DRM}:476`, queue: `${MESON_DRM}:100` },
        [DECODER]: { via: "direct", reach: `${VDEC}:997`, queue: `${VDEC}:839` },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER}`,
        udmabuf: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER}`,
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/linux,cma",
      assumptions: [],
    },
  },
  {
    title: "G12B with RAM above 4 GiB: a default pool without alloc-ranges lands where its users cannot reach",
    why:
      "The node has no address limit and is placed from the top of RAM, so the area of the display and the decoder lies above 4 GiB: the heap gives buffers that would be " +
      "bounced, and the drivers' own allocations skip the area and end at one block.",
    from: [
      "mm/memblock.c via drivers/of/of_reserved_mem.c",
      "drivers/of/of_reserved_mem.c:419",
      "kernel/dma/direct.c:131",
      `${MESON_DRM}:476`,
    ],
    board: ODROID_N2,
    memory: "0+0xf0000000,0x100000000+2G",
    devices: [VPU, DECODER],
    size: DECODED_4K,
    expected: {
      devices: {
        [VPU]: { via: "direct", reach: `${MESON_DRM}:476`, reaches: [[0, 0xf0000000]] },
        [DECODER]: { via: "direct", reach: `${VDEC}:997` },
      },
      candidates: {
        "cma:default via dma-heap": `refused would-bounce@${VPU} would-bounce@${DECODER}`,
        "cma:default via drm-dumb": `refused exporter-out-of-reach@${VPU} would-bounce@${VPU} would-bounce@${DECODER}`,
        "cma:default via v4l2": `refused exporter-out-of-reach@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        "page-block": "refused too-large",
        system: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        udmabuf: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [`default-mask@${VPU}`, `default-mask@${DECODER}`],
      conflict: {
        fields: [["contiguous", "reach", "size"]],
        devices: [[VPU], [DECODER], [VPU, DECODER]],
        remedies: ["command-line", "reserved-memory"],
        noRemedies: ["smaller-request", "enable-iommu", "kernel-option"],
      },
    },
  },
  {
    title: "G12B with RAM above 4 GiB: a small buffer passes the unreachable area by",
    why: "dma_alloc_coherent() drops what the area gives because it lies beyond the mask, and takes one block below 4 GiB instead.",
    from: ["kernel/dma/direct.c:131", "kernel/dma/direct.c:47"],
    board: ODROID_N2,
    memory: "0+0xf0000000,0x100000000+2G",
    devices: [VPU, DECODER],
    size: 2 * 1024 * 1024,
    expected: {
      devices: { [VPU]: { via: "direct" }, [DECODER]: { via: "direct" } },
      candidates: {
        "cma:default via dma-heap": `refused would-bounce@${VPU} would-bounce@${DECODER}`,
        "cma:default via drm-dumb": `refused exporter-out-of-reach@${VPU} would-bounce@${VPU} would-bounce@${DECODER}`,
        "cma:default via v4l2": `refused exporter-out-of-reach@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        "page-block": "fits",
        system: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        udmabuf: `refused needs-contiguous@${VPU} needs-contiguous@${DECODER} would-bounce@${VPU} would-bounce@${DECODER}`,
        "dma32-pages": "refused no-route ...",
      },
      chosen: `page-block via drm-dumb:${VPU}`,
      assumptions: [`default-mask@${VPU}`, `default-mask@${DECODER}`],
    },
  },
  {
    title: "GXBB, 2 GiB: 21 decoded 4K pictures fill the pool of 256 MiB",
    why: "3060 pages each, aligned to 1 MiB, behind 768 KiB of atomic pools: pictures start every 12 MiB from 1 MiB on, and the 22nd would end at 265 MiB.",
    from: [
      "https://github.com/Elyotna/linux/issues/2",
      "tree: /reserved-memory/linux,cma:size",
      "mm/cma.c:406",
      "kernel/dma/pool.c:187",
    ],
    board: ODROID_C2,
    devices: ["video-codec@c8820000", "vpu@d0100000"],
    size: DECODED_4K,
    count: 22,
    expected: {
      devices: {
        "video-codec@c8820000": { via: "direct", reach: `${VDEC}:997` },
        "vpu@d0100000": { via: "direct", reach: `${MESON_DRM}:476` },
      },
      candidates: {
        "cma:default": "refused no-hole",
        "page-block": "refused too-large",
        system: "refused needs-contiguous@video-codec@c8820000 needs-contiguous@vpu@d0100000",
        udmabuf: "refused needs-contiguous@video-codec@c8820000 needs-contiguous@vpu@d0100000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [["contiguous", "count", "size"]],
        devices: [["video-codec@c8820000"], ["vpu@d0100000"]],
        remedies: ["smaller-request", "command-line", "reserved-memory"],
      },
    },
  },
  {
    title: "GXBB, 2 GiB: 21 pictures do fit",
    why: "The other side of the same boundary.",
    from: ["mm/cma.c:406"],
    board: ODROID_C2,
    devices: ["video-codec@c8820000", "vpu@d0100000"],
    size: DECODED_4K,
    count: 21,
    expected: {
      devices: { "video-codec@c8820000": { via: "direct" }, "vpu@d0100000": { via: "direct" } },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system: "refused needs-contiguous@video-codec@c8820000 needs-contiguous@vpu@d0100000",
        udmabuf: "refused needs-contiguous@video-codec@c8820000 needs-contiguous@vpu@d0100000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [],
    },
  },
];

/** Texas Instruments AM62 and AM62A. */
export const TI_CASES: readonly PlacementCase[] = [
  {
    title: "AM62A7, 4 GiB: camera, codec and display, of which only the codec is limited to 32 bits",
    why:
      "Display and the camera's DMA controller reach 48 bits, the codec 32, and all need one range. The camera's buffers belong to the DMA controller's device. The tree " +
      "keeps its pool below 4 GiB by address, which is what makes it serve all three.",
    from: [
      `${DISPC}:2863`,
      `${UDMA}:5401`,
      `${CSI}:899`,
      `${WAVE5}:235`,
      "tree: /reserved-memory/linux,cma:alloc-ranges",
    ],
    board: AM62A7_SK,
    devices: [DSS, WAVE, CAMERA],
    image: "1920x1080:NV12",
    expected: {
      size: 3_133_440,
      devices: {
        [DSS]: { via: "direct", reach: `${DISPC}:2863`, queue: `${TIDSS}:111` },
        [WAVE]: {
          via: "direct",
          reach: `${WAVE5}:235`,
          queue: "drivers/media/platform/chips-media/wave5/wave5-helper.c:146",
          reaches: [[0x80000000, 0x80000000]],
        },
        [CAMERA]: {
          via: "direct",
          reach: `${UDMA}:5401`,
          queue: `${CSI}:899`,
          dmaDevice: "/bus@f0000/bus@4e000000/dma-controller@4e230000",
          reaches: [
            [0x80000000, 0x80000000],
            [0x8_8000_0000, 0x80000000],
          ],
        },
      },
      candidates: {
        "cma:default": "fits",
        "page-block via drm-dumb": `refused would-bounce@${WAVE}`,
        [`page-block via v4l2:${CAMERA}`]: `refused would-bounce@${WAVE}`,
        [`page-block via v4l2:${WAVE}`]: `depends only-when-full@${WAVE}`,
        "page-block via v4l2": "depends only-when-full",
        system: `refused needs-contiguous@${DSS} needs-contiguous@${WAVE} needs-contiguous@${CAMERA} would-bounce@${WAVE}`,
        udmabuf: `refused needs-contiguous@${DSS} needs-contiguous@${WAVE} needs-contiguous@${CAMERA} would-bounce@${WAVE}`,
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/linux,cma",
      assumptions: [
        `device-disabled@${CAMERA}`,
        `unknown-layout@${DSS}`,
        `unknown-layout@${WAVE}`,
        `unknown-layout@${CAMERA}`,
      ],
    },
  },
  {
    title: "AM625, 2 GiB: a PowerVR GPU renders into what the display scans out",
    why: "The GPU has an MMU and takes pages; the display, without IOMMU, needs one range. The mask the GPU's driver sets depends on its firmware image.",
    from: [
      `${TIDSS}:111`,
      "drivers/gpu/drm/imagination/pvr_device.c:377",
      "drivers/gpu/drm/imagination/pvr_drv.c:1394",
    ],
    board: AM625_SK,
    devices: [DSS, "gpu@fd00000"],
    size: 8_294_400,
    expected: {
      devices: {
        [DSS]: { via: "direct", reach: `${DISPC}:2863` },
        "gpu@fd00000": { via: "device-mmu", reach: "drivers/gpu/drm/imagination/pvr_device.c:377" },
      },
      candidates: {
        "cma:default": "fits",
        "page-block": "refused too-large",
        system: `refused needs-contiguous@${DSS}`,
        udmabuf: `refused needs-contiguous@${DSS}`,
        "dma32-pages": `refused no-route needs-contiguous@${DSS}`,
      },
      chosen: "cma:default via dma-heap /dev/dma_heap/linux,cma",
      assumptions: ["runtime-mask@gpu@fd00000"],
    },
  },
];
