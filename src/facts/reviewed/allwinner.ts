/** Facts of Allwinner's codec, camera and picture-processing drivers (A64, H3, H5, H6 and older chips they share), and of the displays beside this file. */
import type { DeviceFact, LayoutFact } from "../fact.js";
import { ALLWINNER_DISPLAY_FACTS } from "./allwinner/display.js";
import { MBUS_NOTE } from "./allwinner/memory-bus.js";
import { hantroFact } from "./hantro.js";
import { at, driver, untouchedLimits, v4l2Fact } from "./shorthand.js";

const CEDRUS = "drivers/staging/media/sunxi/cedrus/cedrus.c";
const CEDRUS_VIDEO = "drivers/staging/media/sunxi/cedrus/cedrus_video.c";
const CSI4 = "drivers/media/platform/sunxi/sun4i-csi/sun4i_csi.c";
const CSI4_DMA = "drivers/media/platform/sunxi/sun4i-csi/sun4i_dma.c";
const CSI6 = "drivers/media/platform/sunxi/sun6i-csi/sun6i_csi.c";
const CSI6_CAPTURE = "drivers/media/platform/sunxi/sun6i-csi/sun6i_csi_capture.c";
const DEINTERLACE = "drivers/media/platform/sunxi/sun8i-di/sun8i-di.c";
const ROTATE = "drivers/media/platform/sunxi/sun8i-rotate/sun8i_rotate.c";
const HANTRO_FORMATS = "drivers/media/platform/verisilicon/sunxi_vpu_hw.c";

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
    confidence: "A",
    note,
  });
}

function csi4(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("sun4i-csi", CSI4, line), {
    role: "camera",
    ...untouchedLimits(CSI4, 162),
    buffers: [{ queue: "capture", kind: "contig", sources: [at(CSI4_DMA, 423)] }],
    pictureQueue: "capture",
    confidence: "A",
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
    confidence: "A",
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
  confidence: "A",
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
  confidence: "A",
});

/** Facts of Allwinner's own compatibles; the Mali GPUs of these chips are in `mali.ts`. */
export const ALLWINNER_FACTS: readonly DeviceFact[] = [
  ...ALLWINNER_DISPLAY_FACTS,
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
