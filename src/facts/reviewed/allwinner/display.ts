/**
 * Allwinner's displays: one engine node a chip, which is the DRM device and has no registers, and the blocks its pipelines run through. Chips up to A33 and A80 read
 * pictures with frontends and backends, later ones with mixers.
 */
import type { DeviceFact, LayoutFact } from "../../fact.js";
import {
  aggregateBlocks,
  at,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  sameMasks,
  segmentSize,
  sharesDumb,
} from "../shorthand.js";
import { MBUS_NOTE } from "./memory-bus.js";

const DRM_DRIVER = "drivers/gpu/drm/sun4i/sun4i_drv.c";
const MIXER = "drivers/gpu/drm/sun4i/sun8i_mixer.c";
const UI_LAYER = "drivers/gpu/drm/sun4i/sun8i_ui_layer.c";
const VI_LAYER = "drivers/gpu/drm/sun4i/sun8i_vi_layer.c";
const BACKEND = "drivers/gpu/drm/sun4i/sun4i_backend.c";
const FRONTEND = "drivers/gpu/drm/sun4i/sun4i_frontend.c";

/** Frontends and backends of the older chips. */
const OLD_ENGINES: MatchRows = [
  ["allwinner,sun4i-a10-display-engine", 422],
  ["allwinner,sun5i-a10s-display-engine", 423],
  ["allwinner,sun5i-a13-display-engine", 424],
  ["allwinner,sun6i-a31-display-engine", 425],
  ["allwinner,sun6i-a31s-display-engine", 426],
  ["allwinner,sun7i-a20-display-engine", 427],
  ["allwinner,sun8i-a23-display-engine", 428],
  ["allwinner,sun8i-a33-display-engine", 429],
  ["allwinner,sun9i-a80-display-engine", 434],
];

const MIXER_ENGINES: MatchRows = [
  ["allwinner,sun8i-a83t-display-engine", 430],
  ["allwinner,sun8i-h3-display-engine", 431],
  ["allwinner,sun8i-r40-display-engine", 432],
  ["allwinner,sun8i-v3s-display-engine", 433],
  ["allwinner,sun20i-d1-display-engine", 435],
  ["allwinner,sun50i-a64-display-engine", 436],
  ["allwinner,sun50i-h6-display-engine", 437],
];

/** Every engine there is: a tree has one of them. */
const ENGINES: readonly string[] = [...OLD_ENGINES, ...MIXER_ENGINES].map(([name]) => name);

const BACKENDS: MatchRows = [
  ["allwinner,sun4i-a10-display-backend", 1002],
  ["allwinner,sun5i-a13-display-backend", 1006],
  ["allwinner,sun6i-a31-display-backend", 1010],
  ["allwinner,sun7i-a20-display-backend", 1014],
  ["allwinner,sun8i-a23-display-backend", 1018],
  ["allwinner,sun8i-a33-display-backend", 1022],
  ["allwinner,sun9i-a80-display-backend", 1026],
];

const MIXERS: readonly (readonly [name: string, line: number, engine: string])[] = [
  ["allwinner,sun8i-a83t-de2-mixer-0", 729, "allwinner,sun8i-a83t-display-engine"],
  ["allwinner,sun8i-a83t-de2-mixer-1", 733, "allwinner,sun8i-a83t-display-engine"],
  ["allwinner,sun8i-h3-de2-mixer-0", 737, "allwinner,sun8i-h3-display-engine"],
  ["allwinner,sun8i-r40-de2-mixer-0", 741, "allwinner,sun8i-r40-display-engine"],
  ["allwinner,sun8i-r40-de2-mixer-1", 745, "allwinner,sun8i-r40-display-engine"],
  ["allwinner,sun8i-v3s-de2-mixer", 749, "allwinner,sun8i-v3s-display-engine"],
  ["allwinner,sun20i-d1-de2-mixer-0", 753, "allwinner,sun20i-d1-display-engine"],
  ["allwinner,sun20i-d1-de2-mixer-1", 757, "allwinner,sun20i-d1-display-engine"],
  ["allwinner,sun50i-a64-de2-mixer-0", 761, "allwinner,sun50i-a64-display-engine"],
  ["allwinner,sun50i-a64-de2-mixer-1", 765, "allwinner,sun50i-a64-display-engine"],
  ["allwinner,sun50i-h6-de3-mixer-0", 769, "allwinner,sun50i-h6-display-engine"],
];

/** What an engine's dumb buffers get. */
const DUMB: LayoutFact = { fourcc: "*", modifier: "LINEAR", strideAlign: 2, sources: [at(DRM_DRIVER, 38)] };

/** The codec's tiles, which a frontend reads. */
const TILED: readonly LayoutFact[] = [
  "NV12",
  "NV16",
  "NV21",
  "NV61",
  "YU11",
  "YU12",
  "YU16",
  "YV12",
  "YV16",
  "YV11",
].map((fourcc) => ({ fourcc, modifier: "ALLWINNER_TILED", sources: [at(FRONTEND, 139), at(FRONTEND, 166)] }));

/** Chips whose frontends have a driver. */
const WITH_FRONTEND = /sun4i-a10-|sun7i-a20-|sun8i-a23-|sun8i-a33-/;

function engine(
  name: string,
  line: number,
  configuredFrom: NonNullable<DeviceFact["configuredFrom"]>,
  tiled: readonly LayoutFact[],
  note: string,
): DeviceFact {
  return reviewedFact(name, driver("sun4i-drm", DRM_DRIVER, line), {
    role: "display",
    ...sameMasks(exactMask("0xffffffff", DRM_DRIVER, 378), segmentSize(0xffffffff, DRM_DRIVER, 379)),
    buffers: [gemDmaQueue(DRM_DRIVER, 57)],
    pictureQueue: "gem",
    ...sharesDumb,
    configuredFrom,
    memoryRegionUse: "buffers",
    layouts: [DUMB, ...tiled],
    confidence: "A",
    note,
  });
}

function oldEngine(name: string, line: number): DeviceFact {
  const from = {
    compatibles: BACKENDS.map(([backend]) => backend),
    property: "interconnects",
    sources: [at(BACKEND, 808)],
  };
  const note = `When a backend's node has interconnects, this node's device is configured from the backend's (sun4i_backend.c:808). ${MBUS_NOTE}`;
  return engine(name, line, from, WITH_FRONTEND.test(name) ? TILED : [], note);
}

function mixerEngine(name: string, line: number): DeviceFact {
  const from = { compatibles: MIXERS.map(([mixer]) => mixer), property: "iommus", sources: [at(MIXER, 468)] };
  const note =
    "When a mixer's node has iommus, this node's device is configured from the mixer's (sun8i_mixer.c:468) and then translates as the mixer would.";
  return engine(name, line, from, [], note);
}

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
    confidence: "B",
    note: "Addresses are written as 32 bits; buffers are allocated, exported and imported for the display-engine node.",
  });
}

/** Blocks of any engine. */
function blocks(
  module: string,
  file: string,
  probeLine: number,
  rows: MatchRows,
  more: Partial<Pick<DeviceFact, "layouts" | "note">> = {},
): readonly DeviceFact[] {
  return aggregateBlocks(module, `drivers/gpu/drm/sun4i/${file}`, probeLine, ENGINES, rows, more);
}

/** Facts of displays. */
export const ALLWINNER_DISPLAY_FACTS: readonly DeviceFact[] = [
  ...OLD_ENGINES.map(([name, line]) => oldEngine(name, line)),
  ...MIXER_ENGINES.map(([name, line]) => mixerEngine(name, line)),
  ...MIXERS.map(([name, line, aggregate]) => mixer(name, line, aggregate)),
  ...blocks("sun4i-backend", "sun4i_backend.c", 969, BACKENDS, {
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at(BACKEND, 161), at(BACKEND, 340)] }],
    note: "Reads every plane a frontend does not; buffers are allocated, exported and imported for the display-engine node.",
  }),
  ...blocks(
    "sun4i-frontend",
    "sun4i_frontend.c",
    632,
    [
      ["allwinner,sun4i-a10-display-frontend", 698],
      ["allwinner,sun7i-a20-display-frontend", 702],
      ["allwinner,sun8i-a23-display-frontend", 706],
      ["allwinner,sun8i-a33-display-frontend", 710],
    ],
    {
      layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at(FRONTEND, 391), at(FRONTEND, 198)] }, ...TILED],
      note: "Reads scaled and YUV planes, each address written as 32 bits; buffers are allocated, exported and imported for the display-engine node.",
    },
  ),
  ...blocks("sun4i-tcon", "sun4i_tcon.c", 1317, [
    ["allwinner,sun4i-a10-tcon", 1549],
    ["allwinner,sun5i-a13-tcon", 1550],
    ["allwinner,sun6i-a31-tcon", 1551],
    ["allwinner,sun6i-a31s-tcon", 1552],
    ["allwinner,sun7i-a20-tcon", 1553],
    ["allwinner,sun7i-a20-tcon0", 1554],
    ["allwinner,sun7i-a20-tcon1", 1555],
    ["allwinner,sun8i-a23-tcon", 1556],
    ["allwinner,sun8i-a33-tcon", 1557],
    ["allwinner,sun8i-a83t-tcon-lcd", 1558],
    ["allwinner,sun8i-a83t-tcon-tv", 1559],
    ["allwinner,sun8i-r40-tcon-tv", 1560],
    ["allwinner,sun8i-v3s-tcon", 1561],
    ["allwinner,sun9i-a80-tcon-lcd", 1562],
    ["allwinner,sun9i-a80-tcon-tv", 1563],
    ["allwinner,sun20i-d1-tcon-lcd", 1564],
    ["allwinner,sun20i-d1-tcon-tv", 1565],
  ]),
  ...blocks("sun8i_tcon_top", "sun8i_tcon_top.c", 258, [
    ["allwinner,sun8i-r40-tcon-top", 284],
    ["allwinner,sun20i-d1-tcon-top", 288],
    ["allwinner,sun50i-h6-tcon-top", 292],
  ]),
  ...blocks("sun6i_drc", "sun6i_drc.c", 93, [
    ["allwinner,sun6i-a31-drc", 104],
    ["allwinner,sun6i-a31s-drc", 105],
    ["allwinner,sun8i-a23-drc", 106],
    ["allwinner,sun8i-a33-drc", 107],
    ["allwinner,sun9i-a80-drc", 108],
  ]),
  ...blocks("sun4i-drm-hdmi", "sun4i_hdmi_enc.c", 724, [
    ["allwinner,sun4i-a10-hdmi", 735],
    ["allwinner,sun5i-a10s-hdmi", 736],
    ["allwinner,sun6i-a31-hdmi", 737],
  ]),
  ...blocks("sun4i_tv", "sun4i_tv.c", 544, [["allwinner,sun4i-a10-tv-encoder", 555]]),
  ...blocks("sun6i_mipi_dsi", "sun6i_mipi_dsi.c", 1102, [
    ["allwinner,sun6i-a31-mipi-dsi", 1230],
    ["allwinner,sun50i-a64-mipi-dsi", 1234],
    ["allwinner,sun50i-a100-mipi-dsi", 1238],
  ]),
  ...blocks("sun8i-drm-hdmi", "sun8i_dw_hdmi.c", 235, [
    ["allwinner,sun8i-a83t-dw-hdmi", 256],
    ["allwinner,sun50i-h6-dw-hdmi", 260],
  ]),
  ...blocks("sun8i-drm-hdmi", "sun8i_hdmi_phy.c", 674, [
    ["allwinner,sun8i-a83t-hdmi-phy", 631],
    ["allwinner,sun8i-h3-hdmi-phy", 635],
    ["allwinner,sun8i-r40-hdmi-phy", 639],
    ["allwinner,sun50i-a64-hdmi-phy", 643],
    ["allwinner,sun50i-h6-hdmi-phy", 647],
  ]),
];
