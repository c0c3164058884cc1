/**
 * MediaTek's displays: one DRM device a chip, whose buffers belong to its first overlay engine. `mmsys` nodes start it, the other blocks carry pixels on.
 */
import type { DeviceFact, QueueFact } from "../../fact.js";
import { aggregateBlocks, at, driver, type MatchRows, oneLongSegment, reviewedFact } from "../shorthand.js";

const DRM = "drivers/gpu/drm/mediatek/mtk_drm_drv.c";
const GEM = "drivers/gpu/drm/mediatek/mtk_gem.c";
const OVL = "drivers/gpu/drm/mediatek/mtk_disp_ovl.c";
const RDMA = "drivers/gpu/drm/mediatek/mtk_disp_rdma.c";
const MDP_RDMA = "drivers/gpu/drm/mediatek/mtk_mdp_rdma.c";

/** The display's buffers: allocated for and mapped by the first overlay engine, in one piece as it sees them. */
const DISPLAY_BUFFERS: readonly QueueFact[] = (
  [
    ["no-iommu", "contiguous"],
    ["iommu", "scattered"],
  ] as const
).map(
  ([when, allocates]): QueueFact => ({
    queue: "gem",
    kind: "own",
    when,
    attrs: ["no-kernel-mapping"],
    allocates,
    accepts: "contiguous",
    sources: [at(GEM, 80), at(GEM, 78), at(GEM, 222)],
  }),
);

/** A block of the display. All of them act as the node compatible with `engine`, the overlay engine that starts the first pipe. */
function display(name: string, file: string, line: number, engine: string, note?: string): DeviceFact {
  return reviewedFact(name, driver("mediatek-drm", file, line), {
    role: "display",
    appliesTo: name === engine ? "self" : { aggregate: engine },
    ...oneLongSegment(OVL, 610, DRM, 573),
    buffers: DISPLAY_BUFFERS,
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    layouts: [{ fourcc: "*", modifier: "LINEAR", sources: [at("drivers/gpu/drm/mediatek/mtk_plane.c", 71)] }],
    confidence: "A",
    note,
  });
}

const OVERLAY_NOTE =
  "The driver allocates and imports for the first component of its first pipe (mtk_drm_drv.c:610, mtk_crtc.c:1107), never for the DRM device.";

const NO_ENGINE_NOTE = `${OVERLAY_NOTE} Trees of this version have no overlay engine for this chip, so that the driver makes no display.`;

/** Overlay engine of MT2701, also named by MT2712 and MT7623. */
const MT2701 = "mediatek,mt2701-disp-ovl";
/** Overlay engine of MT8173. */
const MT8173 = "mediatek,mt8173-disp-ovl";
/** Overlay engine of MT8183. */
const MT8183 = "mediatek,mt8183-disp-ovl";
/** Overlay engine of MT8192, also named by MT8186. */
const MT8192 = "mediatek,mt8192-disp-ovl";
/** Overlay engine of MT8195, also named by MT8188. */
const MT8195 = "mediatek,mt8195-disp-ovl";

/** Every overlay engine that can start the first pipe; a tree has those of one chip. */
const ENGINES: readonly string[] = [MT8173, MT8183, MT8192, MT8195, MT2701];

/** Blocks of any chip. */
function blocks(
  file: string,
  probeLine: number,
  rows: MatchRows,
  more: Partial<Pick<DeviceFact, "note">> & { readonly module?: string } = {},
): readonly DeviceFact[] {
  const { module = "mediatek-drm", ...said } = more;
  return aggregateBlocks(module, `drivers/gpu/drm/mediatek/${file}`, probeLine, ENGINES, rows, said);
}

/** Facts of displays. */
export const MEDIATEK_DISPLAY_FACTS: readonly DeviceFact[] = [
  display("mediatek,mt2701-mmsys", DRM, 330, MT2701, OVERLAY_NOTE),
  display("mediatek,mt7623-mmsys", DRM, 332, MT2701, OVERLAY_NOTE),
  display("mediatek,mt2712-mmsys", DRM, 334, MT2701, NO_ENGINE_NOTE),
  display("mediatek,mt8167-mmsys", DRM, 336, MT8173, NO_ENGINE_NOTE),
  display("mediatek,mt2701-disp-ovl", OVL, 745, MT2701, OVERLAY_NOTE),
  display("mediatek,mt8173-mmsys", DRM, 338, MT8173, OVERLAY_NOTE),
  display("mediatek,mt8183-mmsys", DRM, 340, MT8183, OVERLAY_NOTE),
  display("mediatek,mt8186-mmsys", DRM, 342, MT8192, OVERLAY_NOTE),
  display("mediatek,mt8188-vdosys0", DRM, 344, MT8195, OVERLAY_NOTE),
  display("mediatek,mt8188-vdosys1", DRM, 346, MT8195, OVERLAY_NOTE),
  display("mediatek,mt8192-mmsys", DRM, 348, MT8192, OVERLAY_NOTE),
  display("mediatek,mt8195-mmsys", DRM, 350, MT8195, OVERLAY_NOTE),
  display("mediatek,mt8195-vdosys0", DRM, 352, MT8195, OVERLAY_NOTE),
  display("mediatek,mt8195-vdosys1", DRM, 354, MT8195, OVERLAY_NOTE),
  display(
    "mediatek,mt8173-disp-ovl",
    OVL,
    747,
    MT8173,
    `${OVERLAY_NOTE} Of two engines the one with alias ovl0 counts.`,
  ),
  display("mediatek,mt8183-disp-ovl", OVL, 749, MT8183, OVERLAY_NOTE),
  display("mediatek,mt8183-disp-ovl-2l", OVL, 751, MT8183),
  display("mediatek,mt8192-disp-ovl", OVL, 753, MT8192, OVERLAY_NOTE),
  display("mediatek,mt8192-disp-ovl-2l", OVL, 755, MT8192),
  display("mediatek,mt8195-disp-ovl", OVL, 757, MT8195, OVERLAY_NOTE),
  display("mediatek,mt8173-disp-rdma", RDMA, 408, MT8173),
  display("mediatek,mt8183-disp-rdma", RDMA, 410, MT8183),
  display("mediatek,mt8186-disp-rdma", RDMA, 410, MT8192, "Bound through its second compatible, MT8183's."),
  display("mediatek,mt8192-disp-rdma", RDMA, 410, MT8192, "Bound through its second compatible, MT8183's."),
  display("mediatek,mt8195-disp-rdma", RDMA, 412, MT8195),
  display("mediatek,mt8195-vdo1-rdma", MDP_RDMA, 337, MT8195),
  ...blocks(
    "mtk_drm_drv.c",
    838,
    [
      ["mediatek,mt8167-disp-dither", 735],
      ["mediatek,mt8183-disp-dither", 737],
      ["mediatek,mt8195-disp-dsc", 739],
      ["mediatek,mt8173-disp-od", 769],
      ["mediatek,mt8192-disp-postmask", 787],
      ["mediatek,mt8173-disp-ufoe", 805],
    ],
    { note: "Fetches no picture itself, and has no driver of its own: the display's driver writes its registers." },
  ),
  ...blocks("mtk_drm_drv.c", 838, [["mediatek,mt8173-disp-wdma", 807]], {
    note: "Could write the composed picture back to memory; this version's driver never starts it.",
  }),
  ...blocks("mtk_disp_aal.c", 167, [
    ["mediatek,mt8173-disp-aal", 213],
    ["mediatek,mt8183-disp-aal", 214],
  ]),
  ...blocks("mtk_disp_ccorr.c", 131, [
    ["mediatek,mt8183-disp-ccorr", 181],
    ["mediatek,mt8192-disp-ccorr", 183],
  ]),
  ...blocks("mtk_disp_color.c", 95, [
    ["mediatek,mt2701-disp-color", 150],
    ["mediatek,mt8167-disp-color", 152],
    ["mediatek,mt8173-disp-color", 154],
  ]),
  ...blocks("mtk_disp_gamma.c", 255, [
    ["mediatek,mt8173-disp-gamma", 320],
    ["mediatek,mt8183-disp-gamma", 322],
    ["mediatek,mt8195-disp-gamma", 324],
  ]),
  ...blocks("mtk_disp_merge.c", 306, [["mediatek,mt8195-disp-merge", 365]]),
  ...blocks("mtk_ethdr.c", 321, [["mediatek,mt8195-disp-ethdr", 383]]),
  ...blocks("mtk_padding.c", 94, [["mediatek,mt8188-disp-padding", 142]]),
  ...blocks("mtk_dpi.c", 1013, [
    ["mediatek,mt2701-dpi", 1101],
    ["mediatek,mt8173-dpi", 1102],
    ["mediatek,mt8183-dpi", 1103],
    ["mediatek,mt8186-dpi", 1104],
    ["mediatek,mt8188-dp-intf", 1105],
    ["mediatek,mt8192-dpi", 1106],
    ["mediatek,mt8195-dp-intf", 1107],
  ]),
  ...blocks("mtk_dsi.c", 1183, [
    ["mediatek,mt2701-dsi", 1297],
    ["mediatek,mt8167-dsi", 1298],
    ["mediatek,mt8173-dsi", 1299],
    ["mediatek,mt8183-dsi", 1300],
    ["mediatek,mt8186-dsi", 1301],
    ["mediatek,mt8188-dsi", 1302],
  ]),
  ...blocks(
    "mtk_dp.c",
    2699,
    [
      ["mediatek,mt8188-edp-tx", 2890],
      ["mediatek,mt8188-dp-tx", 2894],
      ["mediatek,mt8195-edp-tx", 2898],
      ["mediatek,mt8195-dp-tx", 2902],
    ],
    { module: "mtk_dp" },
  ),
  ...blocks(
    "mtk_hdmi.c",
    1700,
    [
      ["mediatek,mt2701-hdmi", 1797],
      ["mediatek,mt8167-hdmi", 1800],
      ["mediatek,mt8173-hdmi", 1803],
    ],
    { module: "mediatek-drm-hdmi" },
  ),
];
