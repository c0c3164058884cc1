/** Scalers of MediaTek: MDP of MT8173, MDP3 of MT8183, MT8188 and MT8195. Read by hand in Linux 6.12. */
import type { AppliesTo, DeviceFact } from "../../fact.js";
import { aggregateBlocks, contigQueue, driver, oneLongSegment, v4l2Fact } from "../shorthand.js";

const MDP = "drivers/media/platform/mediatek/mdp/mtk_mdp_core.c";
const MDP_QUEUES = "drivers/media/platform/mediatek/mdp/mtk_mdp_m2m.c";
const MDP3 = "drivers/media/platform/mediatek/mdp3/mtk-mdp3-core.c";
const MDP3_COMP = "drivers/media/platform/mediatek/mdp3/mtk-mdp3-comp.c";
const MDP3_QUEUES = "drivers/media/platform/mediatek/mdp3/mtk-mdp3-m2m.c";
const MMSYS = "drivers/soc/mediatek/mtk-mmsys.c";

/** A block of the scaler: `appliesTo` is the read engine that owns the video node. */
function scaler(
  name: string,
  line: number,
  appliesTo: AppliesTo,
  file: string = MDP3,
  note: string = "Only the instance at the address the driver expects gets a video node; any stride from the width up.",
): DeviceFact {
  return v4l2Fact(name, driver("mtk-mdp3", file, line), {
    role: "scaler",
    appliesTo,
    ...oneLongSegment(MDP3, 235, MDP3, 339),
    buffers: [contigQueue("output", MDP3_QUEUES, 490), contigQueue("capture", MDP3_QUEUES, 504)],
    pictureQueue: "capture",
    confidence: "A",
    note,
  });
}

/** A block of the scaler of MT8173. */
function oldScaler(name: string, line: number, appliesTo: AppliesTo): DeviceFact {
  return v4l2Fact(name, driver("mtk-mdp", MDP, line), {
    role: "scaler",
    appliesTo,
    ...oneLongSegment(MDP, 105, MDP, 212),
    buffers: [contigQueue("output", MDP_QUEUES, 929), contigQueue("capture", MDP_QUEUES, 944)],
    pictureQueue: "capture",
    confidence: "A",
  });
}

/** Read engines that own the video node, newest chip last. */
const MDP3_READERS = ["mediatek,mt8183-mdp3-rdma", "mediatek,mt8195-mdp3-rdma", "mediatek,mt8188-mdp3-rdma"];

const BETWEEN_NOTE = "Works on pixels between the read and the write engine and fetches no picture itself.";

/** Facts of scalers. */
export const MEDIATEK_SCALER_FACTS: readonly DeviceFact[] = [
  scaler("mediatek,mt8183-mdp3-rdma", 21, "self"),
  scaler("mediatek,mt8188-mdp3-rdma", 24, "self"),
  scaler("mediatek,mt8195-mdp3-rdma", 27, "self"),
  scaler("mediatek,mt8195-mdp3-wrot", 30, { aggregate: "mediatek,mt8195-mdp3-rdma" }),
  scaler(
    "mediatek,mt8183-mdp3-wrot",
    1553,
    { aggregate: "mediatek,mt8183-mdp3-rdma" },
    MDP3_COMP,
    "Writes for the read engine's video node.",
  ),
  scaler(
    "mediatek,mt8183-mdp3-wdma",
    1556,
    { aggregate: "mediatek,mt8183-mdp3-rdma" },
    MDP3_COMP,
    "Writes for the read engine's video node.",
  ),
  oldScaler("mediatek,mt8173-mdp", 49, "self"),
  oldScaler("mediatek,mt8173-mdp-rdma", 33, { aggregate: "mediatek,mt8173-mdp" }),
  oldScaler("mediatek,mt8173-mdp-wdma", 39, { aggregate: "mediatek,mt8173-mdp" }),
  oldScaler("mediatek,mt8173-mdp-wrot", 42, { aggregate: "mediatek,mt8173-mdp" }),
  ...aggregateBlocks("mtk-mdp", MDP, 105, "mediatek,mt8173-mdp", [["mediatek,mt8173-mdp-rsz", 36]], {
    role: "scaler",
    note: BETWEEN_NOTE,
  }),
  ...aggregateBlocks(
    "mtk-mdp3",
    MDP3_COMP,
    1785,
    MDP3_READERS,
    [
      ["mediatek,mt8183-mdp3-ccorr", 1547],
      ["mediatek,mt8183-mdp3-rsz", 1550],
      ["mediatek,mt8195-mdp3-split", 1562],
      ["mediatek,mt8195-mdp3-stitch", 1565],
      ["mediatek,mt8195-mdp3-fg", 1568],
      ["mediatek,mt8195-mdp3-hdr", 1571],
      ["mediatek,mt8195-mdp3-aal", 1574],
      ["mediatek,mt8195-mdp3-merge", 1577],
      ["mediatek,mt8195-mdp3-tdshp", 1580],
      ["mediatek,mt8195-mdp3-color", 1583],
      ["mediatek,mt8195-mdp3-ovl", 1586],
      ["mediatek,mt8195-mdp3-padding", 1589],
      ["mediatek,mt8195-mdp3-tcc", 1592],
    ],
    { role: "scaler", note: BETWEEN_NOTE },
  ),
  ...aggregateBlocks(
    "mtk-mmsys",
    MMSYS,
    387,
    MDP3_READERS,
    [
      ["mediatek,mt8188-vppsys0", 470],
      ["mediatek,mt8188-vppsys1", 471],
      ["mediatek,mt8195-vppsys0", 477],
      ["mediatek,mt8195-vppsys1", 478],
    ],
    { role: "scaler", note: "Clocks and routes of the scaler's blocks; reaches no memory." },
  ),
];
