/** Facts of the Raspberry Pi's display, GPU, camera and firmware-message drivers (BCM2837, BCM2711). */
import type { DeviceFact, LayoutFact, MaskFact } from "../fact.js";
import {
  aggregateBlocks,
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  runtimeMask,
  sameMasks,
  segmentSize,
  sharesNothing,
  untouchedLimits,
  v4l2Fact,
} from "./shorthand.js";

const VC4 = "drivers/gpu/drm/vc4/vc4_drv.c";
const VC4_BO = "drivers/gpu/drm/vc4/vc4_bo.c";
const VC4_PLANE = "drivers/gpu/drm/vc4/vc4_plane.c";
const VC4_CRTC = "drivers/gpu/drm/vc4/vc4_crtc.c";
const VC4_HVS = "drivers/gpu/drm/vc4/vc4_hvs.c";
const VC4_HDMI = "drivers/gpu/drm/vc4/vc4_hdmi.c";
const VC4_DSI = "drivers/gpu/drm/vc4/vc4_dsi.c";
const VC4_TXP = "drivers/gpu/drm/vc4/vc4_txp.c";
const VC4_V3D = "drivers/gpu/drm/vc4/vc4_v3d.c";
const V3D = "drivers/gpu/drm/v3d/v3d_drv.c";
const UNICAM = "drivers/media/platform/broadcom/bcm2835-unicam.c";
const PISP = "drivers/media/platform/raspberrypi/pisp_be/pisp_be.c";
const PISP_FORMATS = "drivers/media/platform/raspberrypi/pisp_be/pisp_be_formats.h";
const VCHIQ = "drivers/staging/vc04_services/interface/vchiq_arm/vchiq_arm.c";
const FIRMWARE_CAMERA = "drivers/staging/vc04_services/bcm2835-camera/bcm2835-camera.c";
const DMA = "drivers/dma/bcm2835-dma.c";

/** What the display's scaler reads, tiles and column layouts included. */
const scalerLayouts: readonly LayoutFact[] = [
  { fourcc: "*", modifier: "LINEAR", sources: [at(VC4_PLANE, 1630)] },
  ...["XR24", "AR24", "AB24", "XB24", "RG16", "BG16", "AR15", "XR15"].map((fourcc) => ({
    fourcc,
    modifier: "BROADCOM_VC4_T_TILED",
    sources: [at(VC4_PLANE, 1558)],
  })),
  ...["NV12", "NV21"].flatMap((fourcc) =>
    ["BROADCOM_SAND64", "BROADCOM_SAND128", "BROADCOM_SAND256"].map((modifier, index) => ({
      fourcc,
      modifier,
      sources: [at(VC4_PLANE, 1567 + index)],
    })),
  ),
  { fourcc: "P030", modifier: "BROADCOM_SAND128", sources: [at(VC4_PLANE, 1576)] },
];

function displayCard(
  name: string,
  line: number,
  sources: readonly [file: string, line: number],
  note: string,
): DeviceFact {
  return reviewedFact(name, driver("vc4", VC4, line), {
    role: "display",
    dmaMask: defaultMask(VC4, 285),
    coherentDmaMask: exactMask("0xffffffff", VC4, 297),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [{ queue: "gem", kind: "gem-dma", sources: [at(...sources)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    configuredFrom: { compatibles: RANGE_SOURCES, sources: [at(VC4, 276), at(VC4, 312)] },
    layouts: scalerLayouts,
    confidence: "A",
    note,
  });
}

/** Nodes whose bus windows the card takes over. */
const RANGE_SOURCES = ["brcm,bcm2711-hvs", "brcm,bcm2835-hvs", "brcm,bcm2835-v3d", "brcm,cygnus-v3d", "brcm,vc4-v3d"];

const RANGES_NOTE =
  "This node has no bus of its own: the driver takes bus windows from the first scaler or 3D node of the tree (vc4_drv.c:312), on these chips the lowest GiB.";

const VC4_CARD = "brcm,bcm2835-vc4";
const VC5_CARD = "brcm,bcm2711-vc5";
/** Blocks whose compatible both chips use. */
const ANY_CARD = [VC5_CARD, VC4_CARD];
const SCALER = {
  layouts: scalerLayouts,
  note: "Fetches every plane; its node's bus windows count for the whole card.",
};
const SOUND = { note: "Fetches no picture itself; its sound goes through the DMA controller." };

/** Blocks under a card; the card's device allocates and maps. */
function blocks(
  file: string,
  probeLine: number,
  card: string | readonly string[],
  rows: MatchRows,
  more: Partial<Pick<DeviceFact, "role" | "layouts" | "note">> = {},
): readonly DeviceFact[] {
  return aggregateBlocks("vc4", file, probeLine, card, rows, more);
}

/** Boot logs of the BCM2711 print mask 7ffffffff for this device (raspberrypi/linux issue 3416): its register's field reads 5. */
const BCM2711_WIDTH = runtimeMask(
  ["0x7ffffffff"],
  ["the register's physical address width field reads 5"],
  at(V3D, 309),
  at(V3D, 308),
);
const UNKNOWN_WIDTH = runtimeMask(
  ["0xffffffff", "0xfffffffff", "0xffffffffff"],
  ["the register's physical address width field reads 2", "the field reads 6", "the field reads 10"],
  at(V3D, 309),
  at(V3D, 308),
);

function v3d(name: string, line: number, mask: MaskFact): DeviceFact {
  return reviewedFact(name, driver("v3d", V3D, line), {
    role: "gpu",
    ...sameMasks(mask, segmentSize(0xffffffff, V3D, 313)),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(V3D, 239), at(V3D, 240)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: false, gem: true, cpuMapping: "write-combined" },
    mmu: "device",
    mmuOutputBits: 36,
    confidence: "C",
    note: "The mask is 2^(30 + a register's field) - 1; the page table holds 24 bits of page number (v3d_mmu.c:90).",
  });
}

const unicam: DeviceFact = v4l2Fact("brcm,bcm2835-unicam", driver("bcm2835-unicam", UNICAM, 2716), {
  role: "camera",
  ...untouchedLimits(UNICAM, 2617),
  buffers: [
    { queue: "capture", kind: "contig", sources: [at(UNICAM, 2235)] },
    { queue: "meta", kind: "contig", sources: [at(UNICAM, 2235)] },
  ],
  pictureQueue: "capture",
  layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 32, sources: [at(UNICAM, 80), at(UNICAM, 574)] }],
  confidence: "A",
  note: "The engine needs 16 bytes of stride alignment; the driver asks for 32, as the firmware's image processor does. A wider stride is accepted.",
});

const PISP_ALIGNS: readonly (readonly [fourcc: string, strideAlign: number, line: number])[] = [
  ["YU12", 128, 61],
  ["YV12", 128, 71],
  ["NV12", 32, 80],
  ["NV21", 32, 89],
  ["YUYV", 64, 98],
  ["UYVY", 64, 107],
];

/** Camera back end of Pi 5: reads raw pictures, writes finished ones. */
const pispBackEnd: DeviceFact = v4l2Fact("raspberrypi,pispbe", driver("pisp-be", PISP, 1775), {
  role: "camera",
  ...bothMasks("0xfffffffff", PISP, 1715),
  buffers: [
    { queue: "output", kind: "contig", sources: [at(PISP, 1417)] },
    { queue: "capture", kind: "contig", sources: [at(PISP, 1417)] },
    { queue: "config", kind: "contig", sources: [at(PISP, 1417)] },
  ],
  pictureQueue: "capture",
  videoNodes: (
    [
      ["pispbe-input", "output", 81],
      ["pispbe-output0", "capture", 99],
      ["pispbe-output1", "capture", 105],
    ] as const
  ).map(([name, queue, line]) => ({ name, queues: [queue], pictureQueue: queue, sources: [at(PISP, line)] })),
  layouts: PISP_ALIGNS.map(([fourcc, strideAlign, line]) => ({
    fourcc,
    modifier: "LINEAR",
    strideAlign,
    sources: [at(PISP_FORMATS, line), at(PISP, 1078)],
  })),
  confidence: "A",
  note: "The video device pispbe-config has no pictures; those for stitching and noise reduction (pispbe-tdn_*, pispbe-stitch_*) are like the input and the outputs.",
});

function vchiq(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("vchiq", VCHIQ, line), {
    role: "other",
    ...bothMasks("0xffffffff", VCHIQ, 508),
    buffers: [],
    confidence: "A",
    note: "Carries messages and bulk data between CPU and firmware; bulk data is mapped as page lists from a process, never as a dma-buf.",
  });
}

/** The camera that the firmware drives: a device without a node, made by the message driver. */
const firmwareCamera: DeviceFact = {
  match: { platformDriver: "bcm2835-camera" },
  driver: driver("bcm2835-v4l2", FIRMWARE_CAMERA, 2005),
  role: "camera",
  appliesTo: { virtual: "bcm2835-camera", configuredFrom: "brcm,bcm2835-vchiq" },
  ...bothMasks("0xffffffff", FIRMWARE_CAMERA, 1851),
  buffers: [{ queue: "capture", kind: "vmalloc", sources: [at(FIRMWARE_CAMERA, 1932)] }],
  pictureQueue: "capture",
  ...sharesNothing,
  mmu: "none",
  slaveDma: false,
  confidence: "A",
  reviewed: true,
  note: "Sits on the vchiq bus, not on the platform bus; pictures arrive by copy from the firmware, and the driver neither imports nor exports dma-bufs.",
};

const dma: DeviceFact = reviewedFact("brcm,bcm2835-dma", driver("bcm2835-dma", DMA, 857), {
  role: "other",
  ...sameMasks(exactMask("0xffffffff", DMA, 892), segmentSize(0x3fffffff, DMA, 902)),
  buffers: [],
  confidence: "A",
});

/** Facts of the Raspberry Pi 3 and 4. */
export const RASPBERRYPI_FACTS: readonly DeviceFact[] = [
  displayCard(VC4_CARD, 465, [VC4_BO, 444], RANGES_NOTE),
  displayCard(VC5_CARD, 464, [VC4, 237], RANGES_NOTE),
  ...blocks(VC4_HVS, 1082, VC4_CARD, [["brcm,bcm2835-hvs", 1094]], SCALER),
  ...blocks(VC4_HVS, 1082, VC5_CARD, [["brcm,bcm2711-hvs", 1093]], SCALER),
  ...blocks(VC4_CRTC, 1448, VC4_CARD, [
    ["brcm,bcm2835-pixelvalve0", 1261],
    ["brcm,bcm2835-pixelvalve1", 1262],
    ["brcm,bcm2835-pixelvalve2", 1263],
  ]),
  ...blocks(VC4_CRTC, 1448, VC5_CARD, [
    ["brcm,bcm2711-pixelvalve0", 1264],
    ["brcm,bcm2711-pixelvalve1", 1265],
    ["brcm,bcm2711-pixelvalve2", 1266],
    ["brcm,bcm2711-pixelvalve3", 1267],
    ["brcm,bcm2711-pixelvalve4", 1268],
  ]),
  ...blocks(VC4_HDMI, 3329, VC4_CARD, [["brcm,bcm2835-hdmi", 3418]], SOUND),
  ...blocks(
    VC4_HDMI,
    3329,
    VC5_CARD,
    [
      ["brcm,bcm2711-hdmi0", 3419],
      ["brcm,bcm2711-hdmi1", 3420],
    ],
    SOUND,
  ),
  ...blocks("drivers/gpu/drm/vc4/vc4_dpi.c", 386, ANY_CARD, [["brcm,bcm2835-dpi", 278]]),
  ...blocks(
    VC4_DSI,
    1808,
    ANY_CARD,
    [
      ["brcm,bcm2711-dsi1", 1461],
      ["brcm,bcm2835-dsi0", 1462],
      ["brcm,bcm2835-dsi1", 1463],
    ],
    { note: "Fetches no picture itself; some writes to its registers go through the DMA controller (vc4_dsi.c:614)." },
  ),
  ...blocks("drivers/gpu/drm/vc4/vc4_vec.c", 839, ANY_CARD, [
    ["brcm,bcm2835-vec", 766],
    ["brcm,bcm2711-vec", 767],
  ]),
  ...blocks(VC4_TXP, 571, ANY_CARD, [["brcm,bcm2835-txp", 582]], {
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(VC4_TXP, 274)] }],
    note: "Writes the composed picture back to memory.",
  }),
  ...blocks(VC4_V3D, 523, VC4_CARD, [["brcm,bcm2835-v3d", 534]], {
    role: "gpu",
    note: "Has no MMU: every buffer is contiguous memory of the card, and the binner's pool must not cross a 256 MiB boundary.",
  }),
  v3d("brcm,2711-v3d", 256, BCM2711_WIDTH),
  v3d("brcm,2712-v3d", 257, UNKNOWN_WIDTH),
  unicam,
  pispBackEnd,
  vchiq("brcm,bcm2835-vchiq", 1709),
  vchiq("brcm,bcm2836-vchiq", 1710),
  firmwareCamera,
  dma,
];
