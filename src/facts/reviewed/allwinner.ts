/** Facts of Allwinner's display, codec, camera and picture-processing drivers (A64, H3, H5, H6 and older chips they share). */
import type { DeviceFact, LayoutFact } from "../fact.js";
import { hantroFact } from "./hantro.js";
import {
  at,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  reviewedFact,
  sameMasks,
  segmentSize,
  untouchedLimits,
  v4l2Fact,
} from "./shorthand.js";

const DRM_DRIVER = "drivers/gpu/drm/sun4i/sun4i_drv.c";
const MIXER = "drivers/gpu/drm/sun4i/sun8i_mixer.c";
const UI_LAYER = "drivers/gpu/drm/sun4i/sun8i_ui_layer.c";
const VI_LAYER = "drivers/gpu/drm/sun4i/sun8i_vi_layer.c";
const CEDRUS = "drivers/staging/media/sunxi/cedrus/cedrus.c";
const CEDRUS_VIDEO = "drivers/staging/media/sunxi/cedrus/cedrus_video.c";
const CSI4 = "drivers/media/platform/sunxi/sun4i-csi/sun4i_csi.c";
const CSI4_DMA = "drivers/media/platform/sunxi/sun4i-csi/sun4i_dma.c";
const CSI6 = "drivers/media/platform/sunxi/sun6i-csi/sun6i_csi.c";
const CSI6_CAPTURE = "drivers/media/platform/sunxi/sun6i-csi/sun6i_csi_capture.c";
const DEINTERLACE = "drivers/media/platform/sunxi/sun8i-di/sun8i-di.c";
const ROTATE = "drivers/media/platform/sunxi/sun8i-rotate/sun8i_rotate.c";
const HANTRO_FORMATS = "drivers/media/platform/verisilicon/sunxi_vpu_hw.c";

/** What the memory bus quirk does; the tree says nothing of it. */
const MBUS_NOTE =
  "Without an interconnects property drivers/soc/sunxi/sunxi_mbus.c gives this device an offset: its bus address 0 is the start of RAM.";

function displayEngine(name: string, line: number, note: string): DeviceFact {
  return reviewedFact(name, driver("sun4i-drm", DRM_DRIVER, line), {
    role: "display",
    ...sameMasks(exactMask("0xffffffff", DRM_DRIVER, 378), segmentSize(0xffffffff, DRM_DRIVER, 379)),
    buffers: [{ queue: "gem", kind: "gem-dma", sources: [at(DRM_DRIVER, 57)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    configuredFrom: { compatibles: MIXERS, property: "iommus", sources: [at(MIXER, 468)] },
    memoryRegionUse: "buffers",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 2, sources: [at(DRM_DRIVER, 38)] }],
    confidence: "A",
    note,
  });
}

/** Mixers of the engines above: what the display engine's device is configured from when they stand behind an IOMMU. */
const MIXERS = [
  "allwinner,sun8i-a83t-de2-mixer-0",
  "allwinner,sun8i-a83t-de2-mixer-1",
  "allwinner,sun8i-h3-de2-mixer-0",
  "allwinner,sun8i-r40-de2-mixer-0",
  "allwinner,sun8i-r40-de2-mixer-1",
  "allwinner,sun8i-v3s-de2-mixer",
  "allwinner,sun20i-d1-de2-mixer-0",
  "allwinner,sun20i-d1-de2-mixer-1",
  "allwinner,sun50i-a64-de2-mixer-0",
  "allwinner,sun50i-a64-de2-mixer-1",
  "allwinner,sun50i-h6-de3-mixer-0",
];

const ENGINE_NOTE =
  "When a mixer's node has iommus, this node's device is configured from the mixer's (sun8i_mixer.c:468) and then translates as the mixer would.";

function mixer(name: string, line: number, aggregate: string): DeviceFact {
  return reviewedFact(name, driver("sun8i-mixer", MIXER, line), {
    role: "display",
    appliesTo: { aggregate },
    dmaMask: exactMask("0xffffffff", MIXER, 447),
    coherentDmaMask: defaultMask(MIXER, 428),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [],
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at(UI_LAYER, 273), at(VI_LAYER, 466)] }],
    confidence: "E",
    note: "Addresses are written as 32 bits; buffers are allocated, exported and imported for the display-engine node.",
  });
}

const TILED: LayoutFact = {
  fourcc: "NV12",
  modifier: "ALLWINNER_TILED",
  strideAlign: 32,
  heightAlign: 32,
  sources: [at(CEDRUS_VIDEO, 129), at(CEDRUS_VIDEO, 132)],
};
const UNTILED: LayoutFact = {
  fourcc: "NV12",
  modifier: "LINEAR",
  strideAlign: 16,
  heightAlign: 16,
  sources: [at(CEDRUS_VIDEO, 144), at(CEDRUS_VIDEO, 147)],
};

function cedrus(name: string, line: number, layouts: readonly LayoutFact[], note?: string): DeviceFact {
  return v4l2Fact(name, driver("sunxi-cedrus", CEDRUS, line), {
    role: "codec",
    ...untouchedLimits(CEDRUS, 455),
    buffers: [
      { queue: "output", kind: "contig", sources: [at(CEDRUS_VIDEO, 588)] },
      { queue: "capture", kind: "contig", sources: [at(CEDRUS_VIDEO, 604)] },
    ],
    pictureQueue: "capture",
    memoryRegionUse: "buffers",
    layouts,
    confidence: "D",
    note,
  });
}

function csi4(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("sun4i-csi", CSI4, line), {
    role: "camera",
    ...untouchedLimits(CSI4, 162),
    buffers: [{ queue: "capture", kind: "contig", sources: [at(CSI4_DMA, 423)] }],
    pictureQueue: "capture",
    confidence: "D",
    note: MBUS_NOTE,
  });
}

function csi6(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("sun6i-csi", CSI6, line), {
    role: "camera",
    ...untouchedLimits(CSI6, 319),
    buffers: [{ queue: "capture", kind: "contig", sources: [at(CSI6_CAPTURE, 1012)] }],
    pictureQueue: "capture",
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 2, heightAlign: 2, sources: [at(CSI6_CAPTURE, 672)] }],
    confidence: "D",
    note: MBUS_NOTE,
  });
}

const deinterlace: DeviceFact = v4l2Fact("allwinner,sun8i-h3-deinterlace", driver("sun8i-di", DEINTERLACE, 992), {
  role: "2d",
  ...untouchedLimits(DEINTERLACE, 802),
  buffers: [
    { queue: "output", kind: "contig", sources: [at(DEINTERLACE, 678)] },
    { queue: "capture", kind: "contig", sources: [at(DEINTERLACE, 693)] },
  ],
  pictureQueue: "capture",
  layouts: [
    { fourcc: "NV12", modifier: "LINEAR", strideAlign: 2, sources: [at(DEINTERLACE, 338)] },
    { fourcc: "NV21", modifier: "LINEAR", strideAlign: 2, sources: [at(DEINTERLACE, 338)] },
  ],
  confidence: "D",
});

const rotate: DeviceFact = v4l2Fact("allwinner,sun8i-a83t-de2-rotate", driver("sun8i-rotate", ROTATE, 896), {
  role: "2d",
  ...untouchedLimits(ROTATE, 736),
  buffers: [
    { queue: "output", kind: "contig", sources: [at(ROTATE, 541)] },
    { queue: "capture", kind: "contig", sources: [at(ROTATE, 556)] },
  ],
  pictureQueue: "capture",
  layouts: [
    { fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(ROTATE, 190)] },
    { fourcc: "YU12", modifier: "LINEAR", strideAlign: 32, sources: [at(ROTATE, 192)] },
    { fourcc: "YU16", modifier: "LINEAR", strideAlign: 32, sources: [at(ROTATE, 192)] },
  ],
  confidence: "D",
});

/** Facts of Allwinner's own compatibles; the Mali GPUs of these chips are in `mali.ts`. */
export const ALLWINNER_FACTS: readonly DeviceFact[] = [
  displayEngine("allwinner,sun8i-a83t-display-engine", 430, ENGINE_NOTE),
  displayEngine("allwinner,sun8i-h3-display-engine", 431, ENGINE_NOTE),
  displayEngine("allwinner,sun8i-r40-display-engine", 432, ENGINE_NOTE),
  displayEngine("allwinner,sun8i-v3s-display-engine", 433, ENGINE_NOTE),
  displayEngine("allwinner,sun20i-d1-display-engine", 435, ENGINE_NOTE),
  displayEngine("allwinner,sun50i-a64-display-engine", 436, ENGINE_NOTE),
  displayEngine("allwinner,sun50i-h6-display-engine", 437, ENGINE_NOTE),
  mixer("allwinner,sun8i-a83t-de2-mixer-0", 729, "allwinner,sun8i-a83t-display-engine"),
  mixer("allwinner,sun8i-a83t-de2-mixer-1", 733, "allwinner,sun8i-a83t-display-engine"),
  mixer("allwinner,sun8i-h3-de2-mixer-0", 737, "allwinner,sun8i-h3-display-engine"),
  mixer("allwinner,sun8i-r40-de2-mixer-0", 741, "allwinner,sun8i-r40-display-engine"),
  mixer("allwinner,sun8i-r40-de2-mixer-1", 745, "allwinner,sun8i-r40-display-engine"),
  mixer("allwinner,sun8i-v3s-de2-mixer", 749, "allwinner,sun8i-v3s-display-engine"),
  mixer("allwinner,sun20i-d1-de2-mixer-0", 753, "allwinner,sun20i-d1-display-engine"),
  mixer("allwinner,sun20i-d1-de2-mixer-1", 757, "allwinner,sun20i-d1-display-engine"),
  mixer("allwinner,sun50i-a64-de2-mixer-0", 761, "allwinner,sun50i-a64-display-engine"),
  mixer("allwinner,sun50i-a64-de2-mixer-1", 765, "allwinner,sun50i-a64-display-engine"),
  mixer("allwinner,sun50i-h6-de3-mixer-0", 769, "allwinner,sun50i-h6-display-engine"),
  cedrus("allwinner,sun4i-a10-video-engine", 660, [TILED], MBUS_NOTE),
  cedrus("allwinner,sun5i-a13-video-engine", 664, [TILED], MBUS_NOTE),
  cedrus("allwinner,sun7i-a20-video-engine", 668, [TILED], MBUS_NOTE),
  cedrus("allwinner,sun8i-a33-video-engine", 672, [UNTILED, TILED], MBUS_NOTE),
  cedrus("allwinner,sun8i-h3-video-engine", 676, [UNTILED, TILED], MBUS_NOTE),
  cedrus("allwinner,sun8i-v3s-video-engine", 680, [UNTILED, TILED]),
  cedrus("allwinner,sun8i-r40-video-engine", 684, [UNTILED, TILED]),
  cedrus("allwinner,sun20i-d1-video-engine", 688, [UNTILED, TILED]),
  cedrus("allwinner,sun50i-a64-video-engine", 692, [UNTILED, TILED], MBUS_NOTE),
  cedrus("allwinner,sun50i-h5-video-engine", 696, [UNTILED, TILED], MBUS_NOTE),
  cedrus("allwinner,sun50i-h6-video-engine", 700, [UNTILED, TILED]),
  hantroFact(
    "allwinner,sun50i-h6-vpu-g2",
    739,
    "decodes",
    [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 32, heightAlign: 32, sources: [at(HANTRO_FORMATS, 20)] },
      { fourcc: "P010", modifier: "LINEAR", strideAlign: 64, heightAlign: 32, sources: [at(HANTRO_FORMATS, 33)] },
    ],
    "Plain pictures come from the post-processor, which needs one more hidden buffer for each; without it pictures are in 4x4 tiles that have no DRM modifier.",
  ),
  csi4("allwinner,sun4i-a10-csi1", 301),
  csi4("allwinner,sun7i-a20-csi0", 302),
  csi6("allwinner,sun6i-a31-csi", 400),
  csi6("allwinner,sun8i-a83t-csi", 404),
  csi6("allwinner,sun8i-h3-csi", 408),
  csi6("allwinner,sun8i-v3s-csi", 412),
  csi6("allwinner,sun50i-a64-csi", 416),
  deinterlace,
  rotate,
];
