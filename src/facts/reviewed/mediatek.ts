/**
 * MediaTek: display, codecs, scalers and JPEG of MT8183, with MT8173, MT8186, MT8188, MT8192 and MT8195, which share the
 * drivers. The Mali GPUs stand in `mali.ts`. Read by hand in Linux 6.12.
 */
import type { DeviceFact } from "../fact.js";
import { MEDIATEK_DISPLAY_FACTS } from "./mediatek/display.js";
import { MEDIATEK_SCALER_FACTS } from "./mediatek/scaler.js";
import {
  at,
  busMaster,
  cardHost,
  contigQueue,
  defaultMask,
  driver,
  firmwareProcessor,
  oneLongSegment,
  reviewedFact,
  untouchedLimits,
  v4l2Fact,
  variantMask,
} from "./shorthand.js";

const DEC = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec_drv.c";
const DEC_HW = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec_hw.c";
const DEC_QUEUES = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec.c";
const ENC = "drivers/media/platform/mediatek/vcodec/encoder/mtk_vcodec_enc_drv.c";
const ENC_QUEUES = "drivers/media/platform/mediatek/vcodec/encoder/mtk_vcodec_enc.c";
const JPEG = "drivers/media/platform/mediatek/jpeg/mtk_jpeg_core.c";
const SCP = "drivers/remoteproc/mtk_scp.c";
const VPU = "drivers/media/platform/mediatek/vpu/mtk_vpu.c";
const MMC = "drivers/mmc/host/mtk-sd.c";

/** A stateful or stateless decoder. */
function decoder(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("mtk-vcodec-dec", DEC, line), {
    role: "codec",
    ...oneLongSegment(DEC, 355, DEC, 387),
    buffers: [contigQueue("output", DEC_QUEUES, 1019), contigQueue("capture", DEC_QUEUES, 1035)],
    pictureQueue: "capture",
    confidence: "A",
    note:
      "Pictures are in MediaTek's own tiles (V4L2 MM21, MT21C, MT2110T, MT2110R), for which DRM of this version has no modifier; width and height " +
      "are multiples of 64 (mtk_vcodec_dec.c:320).",
  });
}

/** A core below a decoder: it fetches and stores, the decoder above maps. */
function decoderCore(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("mtk-vcodec-dec-hw", DEC_HW, line), {
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(DEC_HW, 120),
    buffers: [],
    confidence: "B",
    note: "Buffers are mapped for the parent alone: a core reaches them only where both share an IOMMU domain.",
  });
}

/** An encoder. */
function encoder(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("mtk-vcodec-enc", ENC, line), {
    role: "codec",
    ...oneLongSegment(ENC, 245, ENC, 270),
    buffers: [contigQueue("output", ENC_QUEUES, 1399), contigQueue("capture", ENC_QUEUES, 1413)],
    pictureQueue: "output",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 16,
        heightAlign: 32,
        sources: [at(ENC_QUEUES, 321), at(ENC_QUEUES, 324)],
      },
    ],
    confidence: "A",
    note: "Each plane is a buffer of its own and needs room behind the picture: 32 rows of luma, 16 of chroma (mtk_vcodec_enc.c:339).",
  });
}

/** A JPEG codec. */
function jpeg(name: string, line: number, pictureQueue: "output" | "capture"): DeviceFact {
  return v4l2Fact(name, driver("mtk_jpeg", JPEG, line), {
    role: "codec",
    ...untouchedLimits(JPEG, 1303),
    buffers: [contigQueue("output", JPEG, 1085), contigQueue("capture", JPEG, 1098)],
    pictureQueue,
    ...(pictureQueue === "output"
      ? {
          layouts: [
            {
              fourcc: "NV12",
              modifier: "LINEAR",
              strideAlign: 4,
              heightAlign: 4,
              sources: [at(JPEG, 43), at(JPEG, 44)],
            },
          ],
        }
      : {}),
    confidence: "A",
  });
}

/** A JPEG core below the node with the video device. */
function jpegCore(name: string, module: string, file: string, line: number, probeLine: number): DeviceFact {
  return reviewedFact(name, driver(module, file, line), {
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(file, probeLine),
    buffers: [],
    confidence: "B",
    note: "Buffers are mapped for the parent alone.",
  });
}

const CONTROLLER_NOTE =
  "The region is attached as the controller's DMA pool; the driver alone allocates from it, once.";

/** An SD/MMC host: only the streaming mask is set. */
function mmc(name: string, line: number, mask: string, maskLine: number, dataLine: number): DeviceFact {
  const streaming = variantMask(mask, MMC, maskLine, at(MMC, dataLine));
  const limits = { ...cardHost(defaultMask(MMC, 2752)), dmaMask: streaming };
  return busMaster(name, driver("mtk-sd", MMC, line), limits, "B");
}

/** Facts of the MediaTek family. */
export const MEDIATEK_FACTS: readonly DeviceFact[] = [
  ...MEDIATEK_DISPLAY_FACTS,

  decoder("mediatek,mt8173-vcodec-dec", 541),
  decoder("mediatek,mt8183-vcodec-dec", 545),
  decoder("mediatek,mt8192-vcodec-dec", 549),
  decoder("mediatek,mt8186-vcodec-dec", 553),
  decoder("mediatek,mt8195-vcodec-dec", 557),
  decoder("mediatek,mt8188-vcodec-dec", 561),
  decoderCore("mediatek,mtk-vcodec-lat", 22),
  decoderCore("mediatek,mtk-vcodec-core", 26),
  decoderCore("mediatek,mtk-vcodec-lat-soc", 30),
  encoder("mediatek,mt8173-vcodec-enc", 456),
  encoder("mediatek,mt8173-vcodec-enc-vp8", 458),
  encoder("mediatek,mt8183-vcodec-enc", 460),
  encoder("mediatek,mt8188-vcodec-enc", 461),
  encoder("mediatek,mt8192-vcodec-enc", 462),
  encoder("mediatek,mt8195-vcodec-enc", 463),

  ...MEDIATEK_SCALER_FACTS,

  jpeg("mediatek,mt8173-jpgdec", 1946, "capture"),
  jpeg("mediatek,mt2701-jpgdec", 1950, "capture"),
  jpeg("mediatek,mtk-jpgenc", 1954, "output"),
  jpeg("mediatek,mt8195-jpgenc", 1958, "output"),
  jpeg("mediatek,mt8195-jpgdec", 1962, "capture"),
  jpegCore(
    "mediatek,mt8195-jpgenc-hw",
    "mtk-jpeg-enc-hw",
    "drivers/media/platform/mediatek/jpeg/mtk_jpeg_enc_hw.c",
    51,
    319,
  ),
  jpegCore(
    "mediatek,mt8195-jpgdec-hw",
    "mtk-jpeg-dec-hw",
    "drivers/media/platform/mediatek/jpeg/mtk_jpeg_dec_hw.c",
    44,
    581,
  ),

  ...(
    [
      ["mediatek,mt8183-scp", 1543],
      ["mediatek,mt8186-scp", 1544],
      ["mediatek,mt8188-scp", 1545],
      ["mediatek,mt8188-scp-dual", 1546],
      ["mediatek,mt8192-scp", 1547],
      ["mediatek,mt8195-scp", 1548],
      ["mediatek,mt8195-scp-dual", 1549],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "other", driver("mtk_scp", SCP, line), 1358, CONTROLLER_NOTE)),
  firmwareProcessor("mediatek,mt8173-vpu", "other", driver("mtk-vpu", VPU, 952), 811, CONTROLLER_NOTE),

  mmc("mediatek,mt8173-mmc", 635, "0xffffffff", 2882, 599),
  mmc("mediatek,mt8183-mmc", 636, "0xfffffffff", 2880, 612),
];
