/**
 * Texas Instruments K3: display, camera, codec and GPU of AM62, AM62A, AM62P, AM65, J721E and J721S2, their DMA
 * controllers and remote cores; beside this file the displays of OMAP, DRA7 and AM33xx. Read by hand in Linux 6.12.
 */
import type { DeviceFact, MaskFact } from "../fact.js";
import {
  at,
  bothMasks,
  busMaster,
  capabilityMask,
  cardHost,
  codecNode,
  contigQueue,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  firmwareProcessor,
  noSegmentBoundary,
  reviewedFact,
  runtimeMask,
  sameMasks,
  segmentSize,
  sharesDumb,
  untouchedLimits,
  v4l2Fact,
  variantMask,
} from "./shorthand.js";
import { TI_DISPLAY_FACTS } from "./ti/display.js";
import { TI_VIDEO_FACTS } from "./ti/video.js";

const TIDSS = "drivers/gpu/drm/tidss/tidss_drv.c";
const DISPC = "drivers/gpu/drm/tidss/tidss_dispc.c";
const CSI_SHIM = "drivers/media/platform/ti/j721e-csi2rx/j721e-csi2rx.c";
const WAVE5 = "drivers/media/platform/chips-media/wave5/wave5-vpu.c";
const WAVE5_HELPER = "drivers/media/platform/chips-media/wave5/wave5-helper.c";
const WAVE5_DEC = "drivers/media/platform/chips-media/wave5/wave5-vpu-dec.c";
const WAVE5_ENC = "drivers/media/platform/chips-media/wave5/wave5-vpu-enc.c";
const E5010 = "drivers/media/platform/imagination/e5010-jpeg-enc.c";
const PVR = "drivers/gpu/drm/imagination/pvr_drv.c";
const PVR_DEVICE = "drivers/gpu/drm/imagination/pvr_device.c";
const UDMA = "drivers/dma/ti/k3-udma.c";
const R5 = "drivers/remoteproc/ti_k3_r5_remoteproc.c";
const DSP = "drivers/remoteproc/ti_k3_dsp_remoteproc.c";
const M4 = "drivers/remoteproc/ti_k3_m4_remoteproc.c";
const SDHCI_AM654 = "drivers/mmc/host/sdhci_am654.c";
const SDHCI = "drivers/mmc/host/sdhci.c";

/** Display subsystem: one DRM device a node. */
function dss(name: string, line: number, mask: MaskFact): DeviceFact {
  return reviewedFact(name, driver("tidss", TIDSS, line), {
    role: "display",
    ...sameMasks(mask, segmentSize(0xffffffff, DISPC, 2868)),
    buffers: [{ queue: "gem", kind: "gem-dma", sources: [at(TIDSS, 111)] }],
    pictureQueue: "gem",
    ...sharesDumb,
    confidence: "B",
    note: "Imports are mapped into the kernel too: an exporter without vmap is refused.",
  });
}

const DSS_48_BITS: MaskFact = variantMask("0xffffffffffff", DISPC, 2863, at(DISPC, 2862));

/** A DMA controller: the device its clients' buffers are mapped for. */
function udma(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("k3-udma", UDMA, line), {
    role: "other",
    ...bothMasks("0xffffffffffff", UDMA, 5401),
    buffers: [],
    confidence: "A",
    note:
      "A channel asked for with address selector 14 or 15 maps through a device of its own: coherent, 48 bits again (k3-udma.c:434-437); " +
      "with 0 it is the controller.",
  });
}

const RING_NOTE =
  "The first region is attached as the core's DMA pool, from which only message rings and buffers are allocated.";

/** An SD/MMC host on the generic core. */
function sdhci(name: string, line: number): DeviceFact {
  return busMaster(name, driver("sdhci_am654", SDHCI_AM654, line), cardHost(capabilityMask(SDHCI, 4066, 4076)), "C");
}

const POWERVR_MASK: MaskFact = runtimeMask(
  ["0xffffffff", "0xfffffffff"],
  ["a firmware image that states a bus of 32 bits", "a firmware image that states a bus of 36 bits"],
  at(PVR_DEVICE, 377),
  at(PVR_DEVICE, 371),
);

/** Facts of the K3 and OMAP families. */
export const TI_FACTS: readonly DeviceFact[] = [
  ...TI_DISPLAY_FACTS,
  ...TI_VIDEO_FACTS,
  dss("ti,k2g-dss", 241, defaultMask(DISPC, 2862)),
  dss("ti,am625-dss", 242, DSS_48_BITS),
  dss("ti,am62a7-dss", 243, DSS_48_BITS),
  dss("ti,am65x-dss", 244, DSS_48_BITS),
  dss("ti,j721e-dss", 245, DSS_48_BITS),
  v4l2Fact("ti,j721e-csi2rx-shim", driver("j721e-csi2rx", CSI_SHIM, 1163), {
    role: "camera",
    appliesTo: "dma-channel",
    ...untouchedLimits(CSI_SHIM, 1092),
    buffers: [contigQueue("capture", CSI_SHIM, 899)],
    pictureQueue: "capture",
    slaveDma: true,
    layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 16, sources: [at(CSI_SHIM, 259), at(CSI_SHIM, 263)] }],
    confidence: "A",
    note: "The queue's device is the one of the channel called rx0 (j721e-csi2rx.c:901); the stride is always the width in bytes.",
  }),
  v4l2Fact("ti,j721s2-wave521c", driver("wave5", WAVE5, 410), {
    role: "codec",
    ...bothMasks("0xffffffff", WAVE5, 235),
    buffers: [contigQueue("output", WAVE5_HELPER, 133), contigQueue("capture", WAVE5_HELPER, 146)],
    pictureQueue: "capture",
    videoNodes: [
      codecNode("wave5-dec", "capture", "", at(WAVE5_DEC, 13), at(WAVE5_DEC, 540)),
      codecNode("wave5-enc", "output", "", at(WAVE5_ENC, 11), at(WAVE5_ENC, 322)),
    ],
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 32,
        heightAlign: 16,
        sources: [at(WAVE5_DEC, 245), at(WAVE5_DEC, 247)],
      },
    ],
    confidence: "A",
    note: "A decoder node and an encoder node share this device; an encoder's pictures are on its output queue and may have any height.",
  }),
  v4l2Fact("img,e5010-jpeg-enc", driver("e5010_jpeg_enc", E5010, 1621), {
    role: "codec",
    dmaMask: exactMask("0xffffffff", E5010, 1028),
    coherentDmaMask: defaultMask(E5010, 1022),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [contigQueue("output", E5010, 592), contigQueue("capture", E5010, 608)],
    pictureQueue: "output",
    layouts: [
      {
        fourcc: "NV12",
        modifier: "LINEAR",
        strideAlign: 64,
        heightAlign: 8,
        sources: [at(E5010, 53), at(E5010, 54)],
      },
    ],
    confidence: "A",
  }),
  reviewedFact("img,img-axe", driver("powervr", PVR, 1476), {
    role: "gpu",
    dmaMask: POWERVR_MASK,
    coherentDmaMask: defaultMask(PVR_DEVICE, 365),
    maxSegmentSize: segmentSize(0xffffffff, PVR_DEVICE, 383),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      { queue: "gem", kind: "gem-shmem", sources: [at(PVR, 1394), at("drivers/gpu/drm/imagination/pvr_gem.c", 359)] },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true },
    mmu: "device",
    confidence: "C",
    note: "Only the streaming mask follows the bus width that the firmware image states.",
  }),
  udma("ti,am654-navss-main-udmap", 4415),
  udma("ti,am654-navss-mcu-udmap", 4419),
  udma("ti,j721e-navss-main-udmap", 4422),
  udma("ti,j721e-navss-mcu-udmap", 4425),
  udma("ti,am64-dmss-bcdma", 4429),
  udma("ti,am64-dmss-pktdma", 4433),
  udma("ti,am62a-dmss-bcdma-csirx", 4437),
  udma("ti,j721s2-dmss-bcdma-csi", 4441),
  ...["ti,am62-r5f", "ti,am64-r5f", "ti,am654-r5f", "ti,j7200-r5f", "ti,j721e-r5f", "ti,j721s2-r5f"].map((name) =>
    firmwareProcessor(name, "other", driver("ti_k3_r5_remoteproc", R5, 1498), 1498, RING_NOTE),
  ),
  firmwareProcessor("ti,am64-m4fss", "other", driver("ti_k3_m4_remoteproc", M4, 649), 558, RING_NOTE),
  firmwareProcessor("ti,j721e-c66-dsp", "dsp", driver("ti_k3_dsp_remoteproc", DSP, 776), 603, RING_NOTE),
  firmwareProcessor("ti,j721e-c71-dsp", "dsp", driver("ti_k3_dsp_remoteproc", DSP, 777), 603, RING_NOTE),
  firmwareProcessor("ti,j721s2-c71-dsp", "dsp", driver("ti_k3_dsp_remoteproc", DSP, 778), 603, RING_NOTE),
  firmwareProcessor("ti,am62a-c7xv-dsp", "dsp", driver("ti_k3_dsp_remoteproc", DSP, 779), 603, RING_NOTE),
  sdhci("ti,am654-sdhci-5.1", 884),
  sdhci("ti,j721e-sdhci-8bit", 888),
  sdhci("ti,j721e-sdhci-4bit", 892),
  sdhci("ti,am64-sdhci-8bit", 896),
  sdhci("ti,am64-sdhci-4bit", 900),
  sdhci("ti,am62-sdhci", 904),
];
