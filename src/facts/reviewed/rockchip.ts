/** Facts of Rockchip's display, codec, camera and 2D drivers (PX30, RK3288 to RK3588). */
import type { DeviceFact, LayoutFact, SourceLine } from "../fact.js";
import { hantroFact } from "./hantro.js";
import {
  aggregateBlocks,
  armAfbc,
  at,
  bothMasks,
  codecNode,
  defaultMask,
  driver,
  exactMask,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  sameMasks,
  segmentSize,
  untouchedLimits,
  v4l2Fact,
  variantMask,
} from "./shorthand.js";

const DRM_DRIVER = "drivers/gpu/drm/rockchip/rockchip_drm_drv.c";
const DRM_GEM = "drivers/gpu/drm/rockchip/rockchip_drm_gem.c";
const VOP_TABLE = "drivers/gpu/drm/rockchip/rockchip_vop_reg.c";
const VOP = "drivers/gpu/drm/rockchip/rockchip_drm_vop.c";
const VOP2_TABLE = "drivers/gpu/drm/rockchip/rockchip_vop2_reg.c";
const VOP2 = "drivers/gpu/drm/rockchip/rockchip_drm_vop2.c";
const RGA = "drivers/media/platform/rockchip/rga/rga.c";
const RGA_HARDWARE = "drivers/media/platform/rockchip/rga/rga-hw.c";
const RKVDEC = "drivers/staging/media/rkvdec/rkvdec.c";
const ISP = "drivers/media/platform/rockchip/rkisp1/rkisp1-dev.c";
const ISP_CAPTURE = "drivers/media/platform/rockchip/rkisp1/rkisp1-capture.c";
const ISP_PARAMS = "drivers/media/platform/rockchip/rkisp1/rkisp1-params.c";
const ISP_STATS = "drivers/media/platform/rockchip/rkisp1/rkisp1-stats.c";
const HANTRO_FORMATS = "drivers/media/platform/verisilicon/rockchip_vpu_hw.c";

const DISPLAY_SUBSYSTEM = "rockchip,display-subsystem";

/** The node that stands for every display block of the chip, and for which the driver allocates, exports and imports. */
const displaySubsystem: DeviceFact = reviewedFact(DISPLAY_SUBSYSTEM, driver("rockchipdrm", DRM_DRIVER, 471), {
  role: "display",
  ...untouchedLimits(DRM_DRIVER, 432),
  buffers: [
    {
      queue: "gem",
      kind: "own",
      when: "iommu",
      allocates: "scattered",
      accepts: "scattered",
      sources: [at(DRM_GEM, 123), at(DRM_GEM, 453)],
    },
    {
      queue: "gem",
      kind: "own",
      when: "no-iommu",
      attrs: ["no-kernel-mapping"],
      allocates: "contiguous",
      accepts: "contiguous",
      sources: [at(DRM_GEM, 156), at(DRM_GEM, 463)],
    },
  ],
  pictureQueue: "gem",
  import: { prime: true },
  export: { dumb: true, gem: true, cpuMapping: "write-combined" },
  mmu: "manages-iommu-domain",
  layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 64, sources: [at(DRM_GEM, 411)] }],
  confidence: "A",
  note:
    "With an IOMMU behind every display block the driver maps pages into a domain of its own, yet an import is first mapped for this node, " +
    "whose mask nobody raises; the 64-byte pitch is what dumb buffers get, the scanout itself wants 4.",
});

/** Layout of a plain picture: the hardware counts lines in words. */
function wordPitch(...sources: readonly SourceLine[]): LayoutFact {
  return { fourcc: "*", modifier: "LINEAR", strideAlign: 4, sources };
}

function displayBlock(
  name: string,
  table: string,
  line: number,
  probe: number,
  layouts: readonly LayoutFact[],
  note: string,
): DeviceFact {
  return reviewedFact(name, driver("rockchipdrm", table, line), {
    role: "display",
    appliesTo: { aggregate: DISPLAY_SUBSYSTEM },
    ...untouchedLimits(table, probe),
    buffers: [],
    mmu: "manages-iommu-domain",
    layouts,
    confidence: "B",
    note,
  });
}

const VOP_NOTE =
  "Buffers are allocated, exported and imported for the display-subsystem node; this block only reads them.";

function vop(name: string, line: number, compressed: readonly LayoutFact[] = []): DeviceFact {
  return displayBlock(name, VOP_TABLE, line, 1268, [wordPitch(at(VOP, 997), at(VOP, 1018)), ...compressed], VOP_NOTE);
}

/** Frame buffer compression of the RK3399's first window: one fixed mode, no crop, no rotation. */
const rk3399Afbc: LayoutFact = {
  fourcc: "*",
  modifier: armAfbc("16x16", "SPARSE", "YTR"),
  sources: [at("drivers/gpu/drm/rockchip/rockchip_drm_vop.h", 30), at(VOP_TABLE, 977)],
};

/** Compressed modes of the VOP2's cluster windows. */
const vop2Afbc: readonly LayoutFact[] = [
  { fourcc: "*", modifier: armAfbc("16x16"), sources: [at(VOP2_TABLE, 98)] },
  { fourcc: "*", modifier: armAfbc("16x16", "SPARSE"), sources: [at(VOP2_TABLE, 100)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR"), sources: [at(VOP2_TABLE, 103)] },
  { fourcc: "*", modifier: armAfbc("16x16", "CBR"), sources: [at(VOP2_TABLE, 106)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "SPARSE"), sources: [at(VOP2_TABLE, 109)] },
  { fourcc: "*", modifier: armAfbc("16x16", "CBR", "SPARSE"), sources: [at(VOP2_TABLE, 113)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "CBR"), sources: [at(VOP2_TABLE, 117)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "CBR", "SPARSE"), sources: [at(VOP2_TABLE, 121)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "SPARSE", "SPLIT"), sources: [at(VOP2_TABLE, 127)] },
];

function vop2(name: string, line: number): DeviceFact {
  return displayBlock(
    name,
    VOP2_TABLE,
    line,
    514,
    [wordPitch(at(VOP2, 1428), at(VOP2, 1448)), ...vop2Afbc],
    `${VOP_NOTE} Both planes of a two-plane picture are read from the first plane's buffer, so they must share one.`,
  );
}

/** Encoders of the display. */
function encoders(file: string, probeLine: number, rows: MatchRows): readonly DeviceFact[] {
  return aggregateBlocks("rockchipdrm", `drivers/gpu/drm/rockchip/${file}`, probeLine, DISPLAY_SUBSYSTEM, rows);
}

function rga(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("rockchip-rga", RGA, line), {
    role: "2d",
    ...bothMasks("0xffffffff", RGA, 844),
    buffers: [
      { queue: "output", kind: "sg", gfp: "dma32", sources: [at(RGA, 104), at(RGA, 105)] },
      { queue: "capture", kind: "sg", gfp: "dma32", sources: [at(RGA, 119), at(RGA, 120)] },
    ],
    pictureQueue: "capture",
    videoNodes: [codecNode("rockchip-rga", "capture", "", at(RGA, 445))],
    mmu: "device",
    mmuOutputBits: 32,
    layouts: [
      { fourcc: "*", modifier: "LINEAR", strideAlign: 4, sources: [at(RGA_HARDWARE, 289), at(RGA_HARDWARE, 295)] },
    ],
    confidence: "A",
    note: "The driver always computes the stride itself from the width, without padding, and places the chroma of a one-buffer picture right behind width x height.",
  });
}

const rkvdec: DeviceFact = v4l2Fact("rockchip,rk3399-vdec", driver("rockchip-vdec", RKVDEC, 997), {
  role: "codec",
  dmaMask: defaultMask(RKVDEC, 1006),
  coherentDmaMask: exactMask("0xffffffff", RKVDEC, 1038),
  maxSegmentSize: segmentSize(0xffffffff, RKVDEC, 1044),
  segmentBoundaryMask: noSegmentBoundary,
  buffers: [
    {
      queue: "output",
      kind: "contig",
      attrs: ["alloc-single-pages", "no-kernel-mapping"],
      sources: [at(RKVDEC, 735), at(RKVDEC, 742)],
    },
    {
      queue: "capture",
      kind: "contig",
      attrs: ["alloc-single-pages", "no-kernel-mapping"],
      sources: [at(RKVDEC, 756), at(RKVDEC, 757)],
    },
  ],
  pictureQueue: "capture",
  videoNodes: [codecNode("rkvdec", "capture", "", at(RKVDEC, 910))],
  layouts: [
    {
      fourcc: "NV12",
      modifier: "LINEAR",
      strideAlign: 16,
      heightAlign: 16,
      sources: [at(RKVDEC, 121), at(RKVDEC, 124)],
    },
  ],
  confidence: "A",
  note: "Width and height are rounded to 16 for H.264 and to 64 for VP9; motion data follows the picture in the same buffer.",
});

function isp(name: string, line: number, features: number): DeviceFact {
  return v4l2Fact(name, driver("rockchip-isp1", ISP, line), {
    role: "camera",
    ...sameMasks(variantMask("0xffffffff", ISP, 606, at(ISP, 603), at(ISP, features))),
    buffers: [
      { queue: "capture", kind: "contig", sources: [at(ISP_CAPTURE, 1564)] },
      { queue: "params", kind: "vmalloc", sources: [at(ISP_PARAMS, 2727)] },
      { queue: "stats", kind: "vmalloc", sources: [at(ISP_STATS, 169)] },
    ],
    pictureQueue: "capture",
    confidence: "B",
    note: "The main path always writes lines without padding; only the self path takes a wider stride.",
  });
}

const NV12_16: LayoutFact = { fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, heightAlign: 16 };

function decoded(step: number): readonly LayoutFact[] {
  return [{ ...NV12_16, sources: [at(HANTRO_FORMATS, step)] }];
}

/** Raw pictures into the JPEG encoder: the coded format's step of 16 applies to them. */
const encoded: readonly LayoutFact[] = ["NV12", "YU12", "YUYV", "UYVY"].map((fourcc) => ({
  fourcc,
  modifier: "LINEAR",
  strideAlign: fourcc === "NV12" || fourcc === "YU12" ? 16 : 32,
  heightAlign: 16,
  sources: [at(HANTRO_FORMATS, 56)],
}));

const BOTH_NOTE =
  "Queues without a prefix are the decoder's. The encoder makes JPEG; its capture queue keeps a kernel mapping for the headers.";
const AV1_NOTE =
  "Plain pictures come from the post-processor, which needs one more hidden buffer for each; without it pictures are in 4x4 tiles that have no DRM modifier.";

/** Facts of Rockchip's own compatibles; the Mali GPUs of these chips are in `mali.ts`. */
export const ROCKCHIP_FACTS: readonly DeviceFact[] = [
  displaySubsystem,
  vop("rockchip,rk3036-vop", 1236),
  vop("rockchip,rk3126-vop", 1238),
  vop("rockchip,px30-vop-big", 1240),
  vop("rockchip,px30-vop-lit", 1242),
  vop("rockchip,rk3066-vop", 1244),
  vop("rockchip,rk3188-vop", 1246),
  vop("rockchip,rk3288-vop", 1248),
  vop("rockchip,rk3368-vop", 1250),
  vop("rockchip,rk3366-vop", 1252),
  vop("rockchip,rk3399-vop-big", 1254, [rk3399Afbc]),
  vop("rockchip,rk3399-vop-lit", 1256),
  vop("rockchip,rk3228-vop", 1258),
  vop("rockchip,rk3328-vop", 1260),
  vop("rockchip,rv1126-vop", 1262),
  vop2("rockchip,rk3566-vop", 501),
  vop2("rockchip,rk3568-vop", 504),
  vop2("rockchip,rk3588-vop", 507),
  ...encoders("analogix_dp-rockchip.c", 376, [
    ["rockchip,rk3288-dp", 465],
    ["rockchip,rk3399-edp", 466],
  ]),
  ...encoders("cdn-dp-core.c", 1162, [["rockchip,rk3399-cdn-dp", 61]]),
  ...encoders("dw-mipi-dsi-rockchip.c", 1350, [
    ["rockchip,px30-mipi-dsi", 1688],
    ["rockchip,rk3128-mipi-dsi", 1691],
    ["rockchip,rk3288-mipi-dsi", 1694],
    ["rockchip,rk3399-mipi-dsi", 1697],
    ["rockchip,rk3568-mipi-dsi", 1700],
    ["rockchip,rv1126-mipi-dsi", 1703],
  ]),
  ...encoders("dw_hdmi-rockchip.c", 656, [
    ["rockchip,rk3228-dw-hdmi", 532],
    ["rockchip,rk3288-dw-hdmi", 535],
    ["rockchip,rk3328-dw-hdmi", 538],
    ["rockchip,rk3399-dw-hdmi", 541],
    ["rockchip,rk3568-dw-hdmi", 544],
  ]),
  ...encoders("inno_hdmi.c", 987, [
    ["rockchip,rk3036-inno-hdmi", 1008],
    ["rockchip,rk3128-inno-hdmi", 1011],
  ]),
  ...encoders("rk3066_hdmi.c", 843, [["rockchip,rk3066-hdmi", 854]]),
  ...encoders("rockchip_lvds.c", 695, [
    ["rockchip,rk3288-lvds", 532],
    ["rockchip,px30-lvds", 536],
  ]),
  rga("rockchip,rk3288-rga", 963),
  rga("rockchip,rk3399-rga", 966),
  rkvdec,
  hantroFact("rockchip,px30-vpu", 718, "both", decoded(225), BOTH_NOTE),
  hantroFact("rockchip,rk3036-vpu", 719, "decodes", decoded(117)),
  hantroFact("rockchip,rk3066-vpu", 720, "both", decoded(117), BOTH_NOTE),
  hantroFact("rockchip,rk3288-vpu", 721, "both", decoded(171), BOTH_NOTE),
  hantroFact("rockchip,rk3328-vpu", 722, "decodes", decoded(225)),
  hantroFact("rockchip,rk3399-vpu", 723, "both", decoded(279), BOTH_NOTE),
  hantroFact("rockchip,rk3568-vepu", 724, "encodes", encoded),
  hantroFact("rockchip,rk3568-vpu", 725, "decodes", decoded(225)),
  hantroFact(
    "rockchip,rk3588-vepu121",
    726,
    "encodes",
    encoded,
    "Of several enabled cores with this compatible only the first in the tree is used.",
  ),
  hantroFact(
    "rockchip,rk3588-av1-vpu",
    727,
    "decodes",
    [
      { ...NV12_16, sources: [at(HANTRO_FORMATS, 88)] },
      { fourcc: "P010", modifier: "LINEAR", strideAlign: 32, heightAlign: 16, sources: [at(HANTRO_FORMATS, 102)] },
    ],
    AV1_NOTE,
  ),
  isp("rockchip,px30-cif-isp", 567, 510),
  isp("rockchip,rk3399-cif-isp", 571, 534),
];
