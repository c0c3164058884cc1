/** Qualcomm's display controllers and Adreno GPUs, which are one DRM device. */
import type { AppliesTo, DeviceFact, LayoutFact, QueueFact } from "../../fact.js";
import { at, bothMasks, driver, type MatchRows, reviewedFact, segmentSize } from "../shorthand.js";

const MSM = "drivers/gpu/drm/msm/msm_drv.c";
const MSM_HEADER = "drivers/gpu/drm/msm/msm_drv.h";
const GEM = "drivers/gpu/drm/msm/msm_gem.c";
const MDSS = "drivers/gpu/drm/msm/msm_mdss.c";
const DPU = "drivers/gpu/drm/msm/disp/dpu1/dpu_kms.c";
const DPU_PLANE = "drivers/gpu/drm/msm/disp/dpu1/dpu_plane.c";
const MDP5 = "drivers/gpu/drm/msm/disp/mdp5/mdp5_kms.c";
const MDP4 = "drivers/gpu/drm/msm/disp/mdp4/mdp4_kms.c";
const ADRENO = "drivers/gpu/drm/msm/adreno/adreno_device.c";

/** Display controllers of MSM8998 and later. */
const DPUS: MatchRows = [
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
];

/** Every display controller that is a DRM device; a tree has those of one chip. */
export const MSM_CONTROLLERS: readonly string[] = [...DPUS.map(([name]) => name), "qcom,mdp5", "qcom,mdp4"];

/** What a dumb buffer is aligned to: 32 pixels, 128 bytes where a pixel has four. */
const DUMB_LAYOUTS: readonly LayoutFact[] = ["XR24", "AR24"].map((fourcc) => ({
  fourcc,
  modifier: "LINEAR",
  strideAlign: 128,
  sources: [at(MSM_HEADER, 529), at(GEM, 703)],
}));

/** Formats the DPU reads compressed. */
const COMPRESSED_LAYOUTS: readonly LayoutFact[] = (
  [
    ["AB24", 61],
    ["AR24", 62],
    ["XB24", 63],
    ["XR24", 64],
    ["AR30", 65],
    ["XR30", 66],
    ["BG16", 67],
    ["NV12", 69],
    ["P010", 70],
  ] as const
).map(([fourcc, line]) => ({
  fourcc,
  modifier: "QCOM_COMPRESSED",
  sources: [at(DPU_PLANE, line), at(DPU_PLANE, 92)],
}));

/** Pages from anywhere. */
const GEM_BUFFERS: QueueFact = {
  queue: "gem",
  kind: "own",
  allocates: "scattered",
  accepts: "scattered",
  sources: [at(GEM, 180), at(GEM, 1263), at(GEM, 1327)],
};

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
  return reviewedFact(name, driver("msm", file, line), {
    role,
    appliesTo,
    ...bothMasks("0xffffffffffffffff", MSM, 1092),
    maxSegmentSize: segmentSize(0xffffffff, MSM, 262),
    buffers: [GEM_BUFFERS],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    mmu: "manages-iommu-domain",
    layouts,
    confidence: "A",
    note,
  });
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

const RIVAL_NOTE =
  "Bound through its second compatible; with the module parameter prefer_mdp5=0 the DPU's driver takes it (msm_drv.c:1013), whose limits are the same.";

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

/** Facts of display controllers, their wrappers and GPUs. */
export const QCOM_GRAPHICS_FACTS: readonly DeviceFact[] = [
  ...DPUS.map(([name, line]) => dpu(name, line)),
  ...["qcom,sdm630-mdp5", "qcom,sdm660-mdp5"].map((name) =>
    msm(name, MDP5, 897, "display", "self", DUMB_LAYOUTS, `${DPU_NOTE} ${RIVAL_NOTE}`),
  ),
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
      ["qcom,adreno-508.0", "qcom,mdp5"],
      ["qcom,adreno-509.0", "qcom,mdp5"],
      ["qcom,adreno-510.0", "qcom,mdp5"],
      ["qcom,adreno-512.0", "qcom,mdp5"],
      ["qcom,adreno-530.2", "qcom,mdp5"],
      ["qcom,adreno-540.1", "qcom,msm8998-dpu"],
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
    confidence: "B",
  },
  reviewedFact("amd,imageon", driver("msm", ADRENO, 287), {
    role: "gpu",
    appliesTo: { virtual: "msm", configuredFrom: "amd,imageon" },
    ...bothMasks("0xffffffffffffffff", MSM, 1092),
    maxSegmentSize: segmentSize(0xffffffff, MSM, 262),
    buffers: [GEM_BUFFERS],
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true, cpuMapping: "write-combined" },
    mmu: "device",
    mmuOutputBits: 32,
    confidence: "A",
    note:
      "On i.MX 5, which has no Qualcomm display: the driver makes a DRM device without a node and without dumb buffers (adreno_device.c:240, msm_drv.c:280), " +
      "nothing configures its DMA; the GPU's own page table has 32-bit entries (a2xx_gpummu.c:49).",
  }),
];
