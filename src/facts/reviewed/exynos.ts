/**
 * Samsung Exynos: display, codecs, scalers and cameras of Exynos5433, with Exynos 4, 5 and 7, which share the drivers.
 * The Mali GPUs stand in `mali.ts`. Read by hand in Linux 6.12.
 */
import type { AppliesTo, DeviceFact, LayoutFact, QueueFact, Role } from "../fact.js";
import { EXYNOS_CAMERA_FACTS } from "./exynos/camera.js";
import {
  aggregateBlocks,
  at,
  codecNode,
  contigQueue,
  driver,
  type MatchRows,
  oneLongSegment,
  reviewedFact,
  sharesNothing,
  v4l2Fact,
} from "./shorthand.js";

const DRM_DMA = "drivers/gpu/drm/exynos/exynos_drm_dma.c";
const DRM_GEM = "drivers/gpu/drm/exynos/exynos_drm_gem.c";
const DRM_PLANE = "drivers/gpu/drm/exynos/exynos_drm_plane.c";
const DECON = "drivers/gpu/drm/exynos/exynos5433_drm_decon.c";
const DECON7 = "drivers/gpu/drm/exynos/exynos7_drm_decon.c";
const FIMD = "drivers/gpu/drm/exynos/exynos_drm_fimd.c";
const MIXER = "drivers/gpu/drm/exynos/exynos_mixer.c";
const DRM_SCALER = "drivers/gpu/drm/exynos/exynos_drm_scaler.c";
const DRM_ROTATOR = "drivers/gpu/drm/exynos/exynos_drm_rotator.c";
const DRM_G2D = "drivers/gpu/drm/exynos/exynos_drm_g2d.c";
const MFC = "drivers/media/platform/samsung/s5p-mfc/s5p_mfc.c";
const GSC = "drivers/media/platform/samsung/exynos-gsc/gsc-core.c";
const GSC_M2M = "drivers/media/platform/samsung/exynos-gsc/gsc-m2m.c";
const JPEG = "drivers/media/platform/samsung/s5p-jpeg/jpeg-core.c";
const G2D = "drivers/media/platform/samsung/s5p-g2d/g2d.c";

/** The DRM driver's buffers: in one piece as its devices see them, and in one piece for good without an IOMMU. */
const DRM_BUFFERS: readonly QueueFact[] = [
  {
    queue: "gem",
    kind: "own",
    when: "no-iommu",
    attrs: ["force-contiguous", "no-kernel-mapping"],
    allocates: "contiguous",
    accepts: "contiguous",
    sources: [at(DRM_GEM, 345), at(DRM_GEM, 41), at(DRM_GEM, 436)],
  },
  {
    queue: "gem",
    kind: "own",
    when: "iommu",
    attrs: ["no-kernel-mapping"],
    allocates: "scattered",
    accepts: "contiguous",
    sources: [at(DRM_GEM, 343), at(DRM_GEM, 56), at(DRM_GEM, 436)],
  },
];

const DRM_LINEAR: LayoutFact = { fourcc: "*", modifier: "LINEAR", sources: [at(DRM_PLANE, 189)] };

const FIRST_NOTE =
  "The DRM device allocates and imports for the first of its blocks that binds (exynos_drm_dma.c:101), whose address space the others join; a program that creates a GEM buffer itself gets one piece unless it asks otherwise.";

/** A block of the DRM device. */
function drm(
  name: string,
  file: string,
  line: number,
  probeLine: number,
  role: Role,
  appliesTo: AppliesTo,
  layouts: readonly LayoutFact[] = [DRM_LINEAR],
  note: string = FIRST_NOTE,
): DeviceFact {
  return reviewedFact(name, driver("exynosdrm", file, line), {
    role,
    appliesTo,
    ...oneLongSegment(file, probeLine, DRM_DMA, 54),
    buffers: DRM_BUFFERS,
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    layouts,
    confidence: "A",
    note,
  });
}

/** Block that binds first on Exynos5433. */
const DECON5433 = { aggregate: "samsung,exynos5433-decon" } as const;

/** Every block that can be the first to bind, in the order in which they do (exynos_drm_drv.c:161). */
const FIRST_BLOCKS = [
  "samsung,exynos3250-fimd",
  "samsung,exynos4210-fimd",
  "samsung,exynos5250-fimd",
  "samsung,exynos5420-fimd",
  "samsung,exynos5433-decon",
  "samsung,exynos7-decon",
  "samsung,exynos4210-mixer",
  "samsung,exynos4212-mixer",
  "samsung,exynos5250-mixer",
  "samsung,exynos5420-mixer",
];

/** Encoders, which join no address space and fetch nothing. */
function encoders(file: string, bindLine: number, rows: MatchRows): readonly DeviceFact[] {
  return aggregateBlocks("exynosdrm", `drivers/gpu/drm/exynos/${file}`, bindLine, FIRST_BLOCKS, rows);
}

const SCALER_LAYOUTS: readonly LayoutFact[] = [
  { fourcc: "*", modifier: "LINEAR" },
  ...["NV21", "NV12", "YU12", "YUYV"].map((fourcc) => ({
    fourcc,
    modifier: "SAMSUNG_16_16_TILE",
    sources: [at(DRM_SCALER, 615)],
  })),
];

/** A queue of the codec's encoder node, which takes dma-bufs where the decoder's do not. */
function encoderQueue(queue: "capture" | "output", line: number, modesLine: number): QueueFact {
  return {
    queue: `encoder-${queue}`,
    kind: "contig",
    attrs: ["alloc-single-pages"],
    takesDmabuf: true,
    sources: [at(MFC, line), at(MFC, modesLine)],
  };
}

/** Multi-format codec: a decoder node, which is meant where no queue is named, and an encoder node. */
function mfc(name: string, line: number, ports: 1 | 2): DeviceFact {
  return v4l2Fact(name, driver("s5p-mfc", MFC, line), {
    role: "codec",
    ...oneLongSegment(MFC, 1285, MFC, 1245),
    buffers: [
      contigQueue("capture", MFC, 881, { attrs: ["alloc-single-pages"] }),
      contigQueue("output", MFC, 916, { attrs: ["alloc-single-pages"] }),
      encoderQueue("capture", 881, 870),
      encoderQueue("output", 916, 897),
    ],
    pictureQueue: "capture",
    videoNodes: [
      codecNode("s5p-mfc-dec", "capture", "", at(MFC, 35), at(MFC, 1369)),
      codecNode("s5p-mfc-enc", "output", "encoder-", at(MFC, 36), at(MFC, 1387)),
    ],
    import: { v4l2Dmabuf: false },
    export: { v4l2Mmap: true },
    memoryRegionUse: ports === 2 ? "buffers" : "none",
    ...(ports === 2 ? { memoryRegionWhen: "no-iommu" as const } : {}),
    confidence: "A",
    note:
      ports === 2
        ? "The decoder's queues take no dma-buf (s5p_mfc.c:867), the encoder's do (:870); without an IOMMU two child devices with a memory region each allocate (:1270), with one the node itself."
        : "The decoder's queues take no dma-buf (s5p_mfc.c:867), the encoder's do (:870).",
  });
}

/** V4L2 scaler. */
function gsc(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("exynos-gsc", GSC, line), {
    role: "scaler",
    ...oneLongSegment(GSC, 1104, GSC, 1186),
    buffers: [contigQueue("output", GSC_M2M, 582), contigQueue("capture", GSC_M2M, 597)],
    pictureQueue: "capture",
    layouts: [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, heightAlign: 16, sources: [at(GSC, 978), at(GSC, 977)] },
      { fourcc: "*", modifier: "LINEAR", strideAlign: 16, heightAlign: 8, sources: [at(GSC, 978), at(GSC, 421)] },
    ],
    confidence: "A",
    note: "A DRM driver of the same nodes (exynos_drm_gsc.c) is built only where this one is not.",
  });
}

/** JPEG codec: memory of its own, mapped by the program only. */
function jpeg(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("s5p-jpeg", JPEG, line), {
    role: "codec",
    ...oneLongSegment(JPEG, 2853, JPEG, 2914),
    buffers: [contigQueue("output", JPEG, 2615), contigQueue("capture", JPEG, 2629)],
    pictureQueue: "capture",
    ...sharesNothing,
    confidence: "A",
    note: "The queues take MMAP and user pointers, no dma-buf, and export nothing; an encoder's pictures are on its output queue.",
  });
}

/** 2D engine under V4L2. */
function g2d(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("s5p-g2d", G2D, line), {
    role: "2d",
    ...oneLongSegment(G2D, 622, G2D, 679),
    buffers: [contigQueue("output", G2D, 150), contigQueue("capture", G2D, 164)],
    pictureQueue: "capture",
    ...sharesNothing,
    confidence: "A",
    note: "The queues take MMAP and user pointers, no dma-buf, and export nothing; a DRM driver of the engine is built only where this one is not.",
  });
}

/** Facts of the Exynos family. */
export const EXYNOS_FACTS: readonly DeviceFact[] = [
  drm("samsung,exynos5433-decon", DECON, 750, 789, "display", "self"),
  drm("samsung,exynos5433-decon-tv", DECON, 754, 789, "display", DECON5433),
  drm("samsung,exynos7-decon", DECON7, 61, 651, "display", "self"),
  drm("samsung,exynos5433-scaler", DRM_SCALER, 713, 486, "scaler", DECON5433, SCALER_LAYOUTS),
  drm("samsung,exynos3250-fimd", FIMD, 207, 1182, "display", "self"),
  drm("samsung,exynos4210-fimd", FIMD, 209, 1182, "display", "self"),
  drm("samsung,exynos5250-fimd", FIMD, 211, 1182, "display", "self"),
  drm("samsung,exynos5420-fimd", FIMD, 213, 1182, "display", "self"),
  ...(
    [
      ["samsung,exynos4210-mixer", 1155],
      ["samsung,exynos4212-mixer", 1158],
      ["samsung,exynos5-mixer", 1161],
      ["samsung,exynos5250-mixer", 1164],
      ["samsung,exynos5420-mixer", 1167],
    ] as const
  ).map(([name, line]) =>
    drm(
      name,
      MIXER,
      line,
      1226,
      "display",
      "self",
      line < 1161
        ? [
            DRM_LINEAR,
            { fourcc: "NV12", modifier: "SAMSUNG_64_32_TILE", sources: [at(MIXER, 150), at(DRM_PLANE, 184)] },
          ]
        : [DRM_LINEAR],
      `${FIRST_NOTE} An enabled FIMD binds before the mixer; the limits are the same.`,
    ),
  ),
  drm(
    "samsung,exynos5420-scaler",
    DRM_SCALER,
    710,
    486,
    "scaler",
    "self",
    SCALER_LAYOUTS,
    `${FIRST_NOTE} Displays bind before it; the limits are the same.`,
  ),
  ...(
    [
      ["samsung,exynos4210-rotator", 436],
      ["samsung,exynos4212-rotator", 439],
      ["samsung,exynos5250-rotator", 442],
    ] as const
  ).map(([name, line]) =>
    drm(
      name,
      DRM_ROTATOR,
      line,
      278,
      "2d",
      "self",
      [],
      `${FIRST_NOTE} Displays bind before it; the limits are the same.`,
    ),
  ),
  drm(
    "samsung,exynos5250-g2d",
    DRM_G2D,
    1602,
    1449,
    "2d",
    "self",
    [],
    `${FIRST_NOTE} Displays bind before it; the limits are the same. Built only where the V4L2 driver for 2D engines is not.`,
  ),

  ...encoders("exynos_hdmi.c", 1957, [
    ["samsung,exynos4210-hdmi", 1831],
    ["samsung,exynos4212-hdmi", 1834],
    ["samsung,exynos5420-hdmi", 1837],
    ["samsung,exynos5433-hdmi", 1840],
  ]),
  ...encoders("exynos_drm_dsi.c", 74, [
    ["samsung,exynos3250-mipi-dsi", 159],
    ["samsung,exynos4210-mipi-dsi", 163],
    ["samsung,exynos5410-mipi-dsi", 167],
    ["samsung,exynos5422-mipi-dsi", 171],
    ["samsung,exynos5433-mipi-dsi", 175],
  ]),
  ...encoders("exynos_dp.c", 195, [["samsung,exynos5-dp", 275]]),
  ...encoders("exynos_drm_mic.c", 375, [["samsung,exynos5433-mic", 454]]),

  mfc("samsung,mfc-v5", 1694, 2),
  mfc("samsung,mfc-v6", 1697, 1),
  mfc("samsung,mfc-v7", 1700, 1),
  mfc("samsung,exynos3250-mfc", 1703, 1),
  mfc("samsung,mfc-v8", 1706, 1),
  mfc("samsung,exynos5433-mfc", 1709, 1),
  mfc("samsung,mfc-v10", 1712, 1),
  gsc("samsung,exynos5250-gsc", 1085),
  gsc("samsung,exynos5420-gsc", 1089),
  gsc("samsung,exynos5433-gsc", 1093),
  gsc("samsung,exynos5-gsc", 1097),
  jpeg("samsung,s5pv210-jpeg", 3127),
  jpeg("samsung,exynos3250-jpeg", 3130),
  jpeg("samsung,exynos4210-jpeg", 3133),
  jpeg("samsung,exynos4212-jpeg", 3136),
  jpeg("samsung,exynos5420-jpeg", 3139),
  jpeg("samsung,exynos5433-jpeg", 3142),
  g2d("samsung,s5pv210-g2d", 768),
  g2d("samsung,exynos4212-g2d", 771),
  ...EXYNOS_CAMERA_FACTS,
];
