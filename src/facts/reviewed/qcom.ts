/**
 * Qualcomm: display, GPU, video codec, cameras, DSP channels and remote cores of SDM845, with the other chips of the same
 * drivers. Read by hand in Linux 6.12.
 */
import type { AppliesTo, DeviceFact, LayoutFact, MaskFact } from "../fact.js";
import type { DmaLimits } from "./shorthand.js";
import {
  at,
  bothMasks,
  compatible,
  contigQueue,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  runtimeMask,
  segmentSize,
  sharesV4l2,
  untouchedLimits,
  variantMask,
} from "./shorthand.js";

const MSM = "drivers/gpu/drm/msm/msm_drv.c";
const MSM_HEADER = "drivers/gpu/drm/msm/msm_drv.h";
const GEM = "drivers/gpu/drm/msm/msm_gem.c";
const MDSS = "drivers/gpu/drm/msm/msm_mdss.c";
const DPU = "drivers/gpu/drm/msm/disp/dpu1/dpu_kms.c";
const DPU_PLANE = "drivers/gpu/drm/msm/disp/dpu1/dpu_plane.c";
const MDP5 = "drivers/gpu/drm/msm/disp/mdp5/mdp5_kms.c";
const MDP4 = "drivers/gpu/drm/msm/disp/mdp4/mdp4_kms.c";
const ADRENO = "drivers/gpu/drm/msm/adreno/adreno_device.c";
const VENUS = "drivers/media/platform/qcom/venus/core.c";
const VENUS_DEC = "drivers/media/platform/qcom/venus/vdec.c";
const VENUS_ENC = "drivers/media/platform/qcom/venus/venc.c";
const VENUS_HELPERS = "drivers/media/platform/qcom/venus/helpers.c";
const CAMSS = "drivers/media/platform/qcom/camss/camss.c";
const CAMSS_VIDEO = "drivers/media/platform/qcom/camss/camss-video.c";
const CAMSS_VFE = "drivers/media/platform/qcom/camss/camss-vfe.c";
const FASTRPC = "drivers/misc/fastrpc.c";
const PAS = "drivers/remoteproc/qcom_q6v5_pas.c";
const MSS = "drivers/remoteproc/qcom_q6v5_mss.c";
const ADSP = "drivers/remoteproc/qcom_q6v5_adsp.c";
const GPI = "drivers/dma/qcom/gpi.c";

/** What a dumb buffer is aligned to: 32 pixels, 128 bytes where a pixel has four. */
const DUMB_LAYOUTS: readonly LayoutFact[] = ["XRGB8888", "ARGB8888"].map((fourcc) => ({
  fourcc,
  modifier: "LINEAR",
  strideAlign: 128,
  sources: [at(MSM_HEADER, 529), at(GEM, 703)],
}));

/** Formats the DPU reads compressed. */
const COMPRESSED_LAYOUTS: readonly LayoutFact[] = (
  [
    ["ABGR8888", 61],
    ["ARGB8888", 62],
    ["XBGR8888", 63],
    ["XRGB8888", 64],
    ["ARGB2101010", 65],
    ["XRGB2101010", 66],
    ["BGR565", 67],
    ["NV12", 69],
    ["P010", 70],
  ] as const
).map(([fourcc, line]) => ({
  fourcc,
  modifier: "QCOM_COMPRESSED",
  sources: [at(DPU_PLANE, line), at(DPU_PLANE, 92)],
}));

/** A node of the one DRM device; `appliesTo` is the display controller, which owns it. */
function msm(
  name: string,
  file: string,
  line: number,
  role: "display" | "gpu",
  appliesTo: AppliesTo,
  layouts: readonly LayoutFact[],
  note: string,
): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("msm", file, line),
    role,
    appliesTo,
    ...bothMasks("0xffffffffffffffff", MSM, 1092),
    maxSegmentSize: segmentSize(0xffffffff, MSM, 262),
    buffers: [
      {
        queue: "gem",
        kind: "own",
        allocates: "scattered",
        accepts: "scattered",
        sources: [at(GEM, 180), at(GEM, 1263), at(GEM, 1327)],
      },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    mmu: "manages-iommu-domain",
    slaveDma: false,
    layouts,
    confidence: "A",
    reviewed: true,
    note,
  };
}

const NO_IOMMU =
  "Pages are mapped into the driver's own domain, of this node's IOMMU or its parent's; without either, buffers come from a block taken at start and imports are refused (msm_gem.c:1303).";
const DPU_NOTE = `The DRM device is this node. ${NO_IOMMU}`;
const MDSS_NOTE = "Parent of the display controller, which is the DRM device.";
const GPU_NOTE =
  "Component of the display controller's DRM device, which allocates and imports; the GPU maps the pages through its own domain.";

const LINEAR_LAYOUTS: readonly LayoutFact[] = [
  { fourcc: "*", modifier: "LINEAR", sources: [at(DPU_PLANE, 93)] },
  ...DUMB_LAYOUTS,
];

/** Display controller of SDM845 and later. */
function dpu(name: string, line: number): DeviceFact {
  return msm(name, DPU, line, "display", "self", [...LINEAR_LAYOUTS, ...COMPRESSED_LAYOUTS], DPU_NOTE);
}

/** Wrapper of the display controller `controller`. */
function mdss(name: string, line: number, controller: string): DeviceFact {
  return msm(name, MDSS, line, "display", { aggregate: controller }, DUMB_LAYOUTS, MDSS_NOTE);
}

/** GPU beside the display controller `controller`; bound through its second compatible. */
function adreno(name: string, controller: string): DeviceFact {
  return msm(name, ADRENO, 284, "gpu", { aggregate: controller }, DUMB_LAYOUTS, GPU_NOTE);
}

/** Venus codec: the mask is an address limit, no run of ones. */
function venus(name: string, line: number, mask: string, dataLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("venus-core", VENUS, line),
    role: "codec",
    appliesTo: "self",
    dmaMask: variantMask(mask, VENUS, 332, at(VENUS, dataLine)),
    coherentDmaMask: variantMask(mask, VENUS, 332, at(VENUS, dataLine)),
    maxSegmentSize: segmentSize(0xffffffff, VENUS, 336),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      { queue: "output", kind: "contig", sources: [at(VENUS_DEC, 1645), at(VENUS_ENC, 1396)] },
      { queue: "capture", kind: "contig", sources: [at(VENUS_DEC, 1660), at(VENUS_ENC, 1413)] },
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    memoryRegionUse: "firmware",
    mmu: "none",
    slaveDma: false,
    layouts: [
      {
        fourcc: "NV12",
        modifier: "LINEAR",
        strideAlign: 128,
        heightAlign: 32,
        sources: [at(VENUS_DEC, 231), at(VENUS_ENC, 217), at(VENUS_HELPERS, 951), at(VENUS_HELPERS, 953)],
      },
      { fourcc: "NV12", modifier: "QCOM_COMPRESSED", sources: [at(VENUS_DEC, 39)] },
    ],
    confidence: "B",
    reviewed: true,
    note: "The mask is the top of the codec's address window, not a power of two; a decoder and an encoder node share the device, an encoder's pictures are on its output queue.",
  };
}

/** Child of Venus that carries one of its video nodes. */
function venusNode(
  name: string,
  module: string,
  file: string,
  line: number,
  queues: readonly [number, number],
  pictureQueue: string,
): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "codec",
    appliesTo: "parent",
    ...untouchedLimits(file, line),
    buffers: [contigQueue("output", file, queues[0]), contigQueue("capture", file, queues[1])],
    pictureQueue,
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    note: "The queues belong to the parent's device.",
  };
}

/** Camera subsystem. */
function camss(name: string, line: number, strideAlign: number, strideLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver("qcom-camss", CAMSS, line),
    role: "camera",
    appliesTo: "self",
    ...bothMasks("0xffffffff", CAMSS, 2264),
    buffers: [
      {
        queue: "capture",
        kind: "sg",
        allocates: "scattered",
        accepts: "contiguous",
        sources: [at(CAMSS_VIDEO, 719), at(CAMSS_VIDEO, 162)],
      },
    ],
    pictureQueue: "capture",
    ...sharesV4l2,
    mmu: "none",
    slaveDma: false,
    layouts: [
      { fourcc: "*", modifier: "LINEAR", strideAlign, sources: [at(CAMSS_VFE, strideLine), at(CAMSS_VIDEO, 57)] },
    ],
    confidence: "A",
    reviewed: true,
    note: "Of the scatter list only the first entry's address is used and nothing is checked: without an IOMMU scattered pages would be overrun; the pixel line of the VFE aligns strides to 16.",
  };
}

/** A remote core: its regions hold firmware, often out of reach of the CPU once it runs. */
function remoteCore(name: string, module: string, file: string, line: number, probeLine: number): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "dsp",
    appliesTo: "self",
    ...untouchedLimits(file, probeLine),
    buffers: [],
    memoryRegionUse: "firmware",
    mmu: "none",
    slaveDma: false,
    confidence: "D",
    reviewed: true,
  };
}

const WCNSS = "drivers/remoteproc/qcom_wcnss.c";
const ATH10K = "drivers/net/wireless/ath/ath10k/snoc.c";
const ATH11K = "drivers/net/wireless/ath/ath11k/ahb.c";
const IPA = "drivers/net/ipa/ipa_main.c";
const GMU = "drivers/gpu/drm/msm/adreno/a6xx_gmu.c";
const SDHCI = "drivers/mmc/host/sdhci.c";
const UFS = "drivers/ufs/core/ufshcd.c";
const SCSI = "drivers/scsi/scsi_lib.c";

/** A bus master nobody shares pictures with. */
function master(
  name: string,
  module: string,
  file: string,
  line: number,
  limits: DmaLimits,
  more: Partial<Pick<DeviceFact, "memoryRegionUse" | "confidence" | "mmu" | "note">> = {},
): DeviceFact {
  return {
    match: compatible(name),
    driver: driver(module, file, line),
    role: "other",
    appliesTo: "self",
    ...limits,
    buffers: [],
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    ...more,
  };
}

/** Masks that follow a 64-bit capability in the host's registers. */
function capabilityMask(file: string, wideLine: number, narrowLine: number): MaskFact {
  return runtimeMask(
    ["0xffffffff", "0xffffffffffffffff"],
    ["no 64-bit capability in the host's registers", "64-bit capability"],
    at(file, wideLine),
    at(file, narrowLine),
  );
}

/** Facts of the Qualcomm family. */
export const QCOM_FACTS: readonly DeviceFact[] = [
  ...(
    [
      ["qcom,msm8998-dpu", 1446],
      ["qcom,qcm2290-dpu", 1447],
      ["qcom,sdm670-dpu", 1450],
      ["qcom,sdm845-dpu", 1451],
      ["qcom,sc7180-dpu", 1452],
      ["qcom,sc7280-dpu", 1453],
      ["qcom,sc8180x-dpu", 1454],
      ["qcom,sc8280xp-dpu", 1455],
      ["qcom,sm6115-dpu", 1456],
      ["qcom,sm6125-dpu", 1457],
      ["qcom,sm6350-dpu", 1458],
      ["qcom,sm6375-dpu", 1459],
      ["qcom,sm7150-dpu", 1460],
      ["qcom,sm8150-dpu", 1461],
      ["qcom,sm8250-dpu", 1462],
      ["qcom,sm8350-dpu", 1463],
      ["qcom,sm8450-dpu", 1464],
      ["qcom,sm8550-dpu", 1465],
      ["qcom,sm8650-dpu", 1466],
      ["qcom,x1e80100-dpu", 1467],
    ] as const
  ).map(([name, line]) => dpu(name, line)),
  msm("qcom,mdp5", MDP5, 897, "display", "self", DUMB_LAYOUTS, DPU_NOTE),
  msm("qcom,mdp4", MDP4, 558, "display", "self", DUMB_LAYOUTS, DPU_NOTE),
  mdss("qcom,mdss", 710, "qcom,mdp5"),
  ...(
    [
      ["qcom,msm8998-mdss", 711, "qcom,msm8998-dpu"],
      ["qcom,qcm2290-mdss", 712, "qcom,qcm2290-dpu"],
      ["qcom,sdm670-mdss", 713, "qcom,sdm670-dpu"],
      ["qcom,sdm845-mdss", 714, "qcom,sdm845-dpu"],
      ["qcom,sc7180-mdss", 715, "qcom,sc7180-dpu"],
      ["qcom,sc7280-mdss", 716, "qcom,sc7280-dpu"],
      ["qcom,sc8180x-mdss", 717, "qcom,sc8180x-dpu"],
      ["qcom,sc8280xp-mdss", 718, "qcom,sc8280xp-dpu"],
      ["qcom,sm6115-mdss", 719, "qcom,sm6115-dpu"],
      ["qcom,sm6125-mdss", 720, "qcom,sm6125-dpu"],
      ["qcom,sm6350-mdss", 721, "qcom,sm6350-dpu"],
      ["qcom,sm6375-mdss", 722, "qcom,sm6375-dpu"],
      ["qcom,sm7150-mdss", 723, "qcom,sm7150-dpu"],
      ["qcom,sm8150-mdss", 724, "qcom,sm8150-dpu"],
      ["qcom,sm8250-mdss", 725, "qcom,sm8250-dpu"],
      ["qcom,sm8350-mdss", 726, "qcom,sm8350-dpu"],
      ["qcom,sm8450-mdss", 727, "qcom,sm8450-dpu"],
      ["qcom,sm8550-mdss", 728, "qcom,sm8550-dpu"],
      ["qcom,sm8650-mdss", 729, "qcom,sm8650-dpu"],
      ["qcom,x1e80100-mdss", 730, "qcom,x1e80100-dpu"],
    ] as const
  ).map(([name, line, controller]) => mdss(name, line, controller)),
  ...(
    [
      ["qcom,adreno-306.0", "qcom,mdp5"],
      ["qcom,adreno-405.0", "qcom,mdp5"],
      ["qcom,adreno-506.0", "qcom,mdp5"],
      ["qcom,adreno-512.0", "qcom,mdp5"],
      ["qcom,adreno-530.2", "qcom,mdp5"],
      ["qcom,adreno-610.0", "qcom,sm6115-dpu"],
      ["qcom,adreno-618.0", "qcom,sc7180-dpu"],
      ["qcom,adreno-619.0", "qcom,sm6350-dpu"],
      ["qcom,adreno-630.2", "qcom,sdm845-dpu"],
      ["qcom,adreno-635.0", "qcom,sc7280-dpu"],
      ["qcom,adreno-640.1", "qcom,sm8150-dpu"],
      ["qcom,adreno-650.2", "qcom,sm8250-dpu"],
      ["qcom,adreno-660.1", "qcom,sm8350-dpu"],
      ["qcom,adreno-680.1", "qcom,sc8180x-dpu"],
      ["qcom,adreno-690.0", "qcom,sc8280xp-dpu"],
      ["qcom,adreno-730.1", "qcom,sm8450-dpu"],
      ["qcom,adreno-07000200", "qcom,qcm2290-dpu"],
      ["qcom,adreno-43050a01", "qcom,sm8550-dpu"],
      ["qcom,adreno-43050c01", "qcom,x1e80100-dpu"],
      ["qcom,adreno-43051401", "qcom,sm8650-dpu"],
    ] as const
  ).map(([name, controller]) => adreno(name, controller)),
  {
    ...msm(
      "qcom,adreno",
      ADRENO,
      284,
      "gpu",
      "self",
      DUMB_LAYOUTS,
      `${GPU_NOTE} Which controller that is depends on the chip; its limits are the same on all.`,
    ),
    confidence: "E",
  },

  venus("qcom,msm8916-venus", 937, "0xddbfffff", 558),
  venus("qcom,msm8996-venus", 938, "0xddbfffff", 591),
  venus("qcom,msm8998-venus", 939, "0xddbfffff", 629),
  venus("qcom,sdm660-venus", 940, "0xd8ffffff", 692),
  venus("qcom,sdm845-venus", 941, "0xdfffffff", 737),
  venus("qcom,sdm845-venus-v2", 942, "0xdfffffff", 763),
  venus("qcom,sc7180-venus", 943, "0xdfffffff", 811),
  venus("qcom,sc7280-venus", 944, "0xdfffffff", 928),
  venus("qcom,sm8250-venus", 945, "0xdfffffff", 870),
  venusNode("venus-decoder", "venus-dec", VENUS_DEC, 1876, [1645, 1660], "capture"),
  venusNode("venus-encoder", "venus-enc", VENUS_ENC, 1638, [1396, 1413], "output"),

  camss("qcom,msm8916-camss", 2447, 8, 1692),
  camss("qcom,msm8996-camss", 2448, 8, 1692),
  camss("qcom,sdm660-camss", 2449, 8, 1692),
  camss("qcom,sdm845-camss", 2450, 16, 1698),
  camss("qcom,sm8250-camss", 2451, 16, 1698),
  camss("qcom,sc8280xp-camss", 2452, 16, 1698),

  {
    match: compatible("qcom,fastrpc-compute-cb"),
    driver: driver("fastrpc", FASTRPC, 2277),
    role: "dsp",
    appliesTo: "self",
    dmaMask: exactMask("0xffffffff", FASTRPC, 2250),
    coherentDmaMask: defaultMask(FASTRPC, 2209),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "rpc",
        kind: "own",
        when: "no-iommu",
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427), at(FASTRPC, 849)],
      },
      {
        queue: "rpc",
        kind: "own",
        when: "iommu",
        allocates: "scattered",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427), at(FASTRPC, 849)],
      },
    ],
    pictureQueue: "rpc",
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    note: "One context bank of a DSP. Imports any dma-buf by descriptor and exports its own through an ioctl of the fastrpc device; only the first entry's address is given to the DSP.",
  },
  {
    match: compatible("qcom,fastrpc"),
    driver: driver("fastrpc", FASTRPC, 2533),
    role: "dsp",
    appliesTo: "self",
    ...bothMasks("0xffffffff", FASTRPC, 2424),
    buffers: [
      {
        queue: "remote-heap",
        kind: "own",
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427)],
      },
    ],
    memoryRegionUse: "buffers",
    mmu: "none",
    slaveDma: false,
    confidence: "A",
    reviewed: true,
    note: "The region feeds heaps of the DSP's processes, never buffers of programs; on a sensor DSP it is handed over whole.",
  },
  ...(
    [
      ["qcom,msm8226-adsp-pil", 1434],
      ["qcom,msm8953-adsp-pil", 1435],
      ["qcom,msm8974-adsp-pil", 1436],
      ["qcom,msm8996-adsp-pil", 1437],
      ["qcom,msm8996-slpi-pil", 1438],
      ["qcom,msm8998-adsp-pas", 1439],
      ["qcom,msm8998-slpi-pas", 1440],
      ["qcom,qcs404-adsp-pas", 1441],
      ["qcom,qcs404-cdsp-pas", 1442],
      ["qcom,qcs404-wcss-pas", 1443],
      ["qcom,sa8775p-adsp-pas", 1444],
      ["qcom,sa8775p-cdsp0-pas", 1445],
      ["qcom,sa8775p-cdsp1-pas", 1446],
      ["qcom,sa8775p-gpdsp0-pas", 1447],
      ["qcom,sa8775p-gpdsp1-pas", 1448],
      ["qcom,sar2130p-adsp-pas", 1449],
      ["qcom,sc7180-adsp-pas", 1450],
      ["qcom,sc7180-mpss-pas", 1451],
      ["qcom,sc7280-adsp-pas", 1452],
      ["qcom,sc7280-cdsp-pas", 1453],
      ["qcom,sc7280-mpss-pas", 1454],
      ["qcom,sc7280-wpss-pas", 1455],
      ["qcom,sc8180x-adsp-pas", 1456],
      ["qcom,sc8180x-cdsp-pas", 1457],
      ["qcom,sc8180x-mpss-pas", 1458],
      ["qcom,sc8280xp-adsp-pas", 1459],
      ["qcom,sc8280xp-nsp0-pas", 1460],
      ["qcom,sc8280xp-nsp1-pas", 1461],
      ["qcom,sdm660-adsp-pas", 1462],
      ["qcom,sdm845-adsp-pas", 1463],
      ["qcom,sdm845-cdsp-pas", 1464],
      ["qcom,sdm845-slpi-pas", 1465],
      ["qcom,sdx55-mpss-pas", 1466],
      ["qcom,sdx75-mpss-pas", 1467],
      ["qcom,sm6115-adsp-pas", 1468],
      ["qcom,sm6115-cdsp-pas", 1469],
      ["qcom,sm6115-mpss-pas", 1470],
      ["qcom,sm6350-adsp-pas", 1471],
      ["qcom,sm6350-cdsp-pas", 1472],
      ["qcom,sm6350-mpss-pas", 1473],
      ["qcom,sm6375-adsp-pas", 1474],
      ["qcom,sm6375-cdsp-pas", 1475],
      ["qcom,sm6375-mpss-pas", 1476],
      ["qcom,sm8150-adsp-pas", 1477],
      ["qcom,sm8150-cdsp-pas", 1478],
      ["qcom,sm8150-mpss-pas", 1479],
      ["qcom,sm8150-slpi-pas", 1480],
      ["qcom,sm8250-adsp-pas", 1481],
      ["qcom,sm8250-cdsp-pas", 1482],
      ["qcom,sm8250-slpi-pas", 1483],
      ["qcom,sm8350-adsp-pas", 1484],
      ["qcom,sm8350-cdsp-pas", 1485],
      ["qcom,sm8350-slpi-pas", 1486],
      ["qcom,sm8350-mpss-pas", 1487],
      ["qcom,sm8450-adsp-pas", 1488],
      ["qcom,sm8450-cdsp-pas", 1489],
      ["qcom,sm8450-slpi-pas", 1490],
      ["qcom,sm8450-mpss-pas", 1491],
      ["qcom,sm8550-adsp-pas", 1492],
      ["qcom,sm8550-cdsp-pas", 1493],
      ["qcom,sm8550-mpss-pas", 1494],
      ["qcom,sm8650-adsp-pas", 1495],
      ["qcom,sm8650-cdsp-pas", 1496],
      ["qcom,sm8650-mpss-pas", 1497],
      ["qcom,x1e80100-adsp-pas", 1498],
      ["qcom,x1e80100-cdsp-pas", 1499],
    ] as const
  ).map(([name, line]) => remoteCore(name, "qcom_q6v5_pas", PAS, line, 678)),
  ...(
    [
      ["qcom,q6v5-pil", 2532],
      ["qcom,msm8909-mss-pil", 2533],
      ["qcom,msm8916-mss-pil", 2534],
      ["qcom,msm8953-mss-pil", 2535],
      ["qcom,msm8974-mss-pil", 2536],
      ["qcom,msm8996-mss-pil", 2537],
      ["qcom,msm8998-mss-pil", 2538],
      ["qcom,sc7180-mss-pil", 2539],
      ["qcom,sc7280-mss-pil", 2540],
      ["qcom,sdm660-mss-pil", 2541],
      ["qcom,sdm845-mss-pil", 2542],
    ] as const
  ).map(([name, line]) => remoteCore(name, "qcom_q6v5_mss", MSS, line, 1984)),
  ...(
    [
      ["qcom,qcs404-cdsp-pil", 841],
      ["qcom,sc7280-adsp-pil", 842],
      ["qcom,sc7280-wpss-pil", 843],
      ["qcom,sdm845-adsp-pil", 844],
    ] as const
  ).map(([name, line]) => remoteCore(name, "qcom_q6v5_adsp", ADSP, line, 659)),

  ...(
    [
      ["qcom,sdm845-gpi-dma", 2284],
      ["qcom,sm6350-gpi-dma", 2285],
      ["qcom,sc7280-gpi-dma", 2291],
      ["qcom,sm8150-gpi-dma", 2292],
      ["qcom,sm8250-gpi-dma", 2293],
      ["qcom,sm8350-gpi-dma", 2294],
      ["qcom,sm8450-gpi-dma", 2295],
    ] as const
  ).map(
    ([name, line]): DeviceFact => ({
      match: compatible(name),
      driver: driver("gpi", GPI, line),
      role: "other",
      appliesTo: "self",
      dmaMask: exactMask("0xffffffffffffffff", GPI, 2182),
      coherentDmaMask: defaultMask(GPI, 2146),
      maxSegmentSize: defaultSegmentSize,
      segmentBoundaryMask: noSegmentBoundary,
      buffers: [],
      mmu: "none",
      slaveDma: false,
      confidence: "A",
      reviewed: true,
    }),
  ),
  ...(["qcom,adreno-gmu", "qcom,adreno-gmu-wrapper"] as const).map((name) =>
    master(
      name,
      "msm",
      GMU,
      name === "qcom,adreno-gmu" ? 1682 : 1617,
      untouchedLimits(GMU, name === "qcom,adreno-gmu" ? 1682 : 1617),
      {
        confidence: "D",
        mmu: "manages-iommu-domain",
        note: "No driver of its own: the GPU's driver finds the node by phandle and maps GEM buffers into a domain of its IOMMU.",
      },
    ),
  ),
  ...(
    [
      ["qcom,pronto-v1-pil", 701],
      ["qcom,pronto-v2-pil", 702],
      ["qcom,pronto-v3-pil", 703],
    ] as const
  ).map(([name, line]) => remoteCore(name, "qcom_wcnss_pil", WCNSS, line, 560)),
  master(
    "qcom,wcn3990-wifi",
    "ath10k_snoc",
    ATH10K,
    1713,
    {
      dmaMask: variantMask("0x7ffffffff", ATH10K, 1737, at(ATH10K, 67)),
      coherentDmaMask: variantMask("0x7ffffffff", ATH10K, 1737, at(ATH10K, 67)),
      maxSegmentSize: defaultSegmentSize,
      segmentBoundaryMask: noSegmentBoundary,
    },
    { confidence: "B", memoryRegionUse: "firmware" },
  ),
  master("qcom,wcn6750-wifi", "ath11k_ahb", ATH11K, 34, bothMasks("0xffffffff", ATH11K, 1177), {
    memoryRegionUse: "firmware",
  }),
  ...(
    [
      ["qcom,sdm845-ipa", 653],
      ["qcom,sc7180-ipa", 657],
      ["qcom,sm6350-ipa", 665],
      ["qcom,sm8350-ipa", 669],
      ["qcom,sc7280-ipa", 673],
      ["qcom,sm8550-ipa", 681],
    ] as const
  ).map(([name, line]) =>
    master(name, "ipa", IPA, line, bothMasks("0xffffffffffffffff", "drivers/net/ipa/ipa_mem.c", 636), {
      memoryRegionUse: "firmware",
    }),
  ),
  ...(
    [
      ["qcom,sdhci-msm-v4", 2392],
      ["qcom,sdhci-msm-v5", 2393],
      ["qcom,sdm670-sdhci", 2394],
      ["qcom,sdm845-sdhci", 2395],
      ["qcom,sc7180-sdhci", 2396],
    ] as const
  ).map(([name, line]) =>
    master(
      name,
      "sdhci-msm",
      "drivers/mmc/host/sdhci-msm.c",
      line,
      {
        dmaMask: capabilityMask(SDHCI, 4066, 4076),
        coherentDmaMask: capabilityMask(SDHCI, 4066, 4076),
        maxSegmentSize: { kind: "runtime", setBy: "mmc-core" },
        segmentBoundaryMask: noSegmentBoundary,
      },
      { confidence: "E" },
    ),
  ),
  ...(
    [
      ["qcom,ufshc", 1859],
      ["qcom,sm8550-ufshc", 1860],
    ] as const
  ).map(([name, line]) =>
    master(
      name,
      "ufs-qcom",
      "drivers/ufs/host/ufs-qcom.c",
      line,
      {
        dmaMask: capabilityMask(UFS, 10437, 10440),
        coherentDmaMask: capabilityMask(UFS, 10437, 10440),
        maxSegmentSize: { kind: "exact", value: 0x40000, setBy: "scsi-core", sources: [at(UFS, 9097), at(SCSI, 2037)] },
        segmentBoundaryMask: {
          kind: "exact",
          value: "0xffffffff",
          sources: [at(SCSI, 2036), at("drivers/scsi/hosts.c", 495)],
        },
      },
      { confidence: "E" },
    ),
  ),
];
