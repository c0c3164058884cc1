import { describe, expect, it } from "vitest";
import { QCOM_FACTS } from "../../src/facts/reviewed/qcom.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const ALL = "exact 0xffffffffffffffff, exact 0xffffffffffffffff";
const EXACT32 = "exact 0xffffffff, exact 0xffffffff";
const MSM = {
  module: "msm",
  appliesTo: "self",
  masks: ALL,
  segment: "4294967295",
  queues: "gem own scattered>scattered",
  mmu: "manages-iommu-domain",
};
const VENUS = {
  module: "venus-core",
  appliesTo: "self",
  segment: "4294967295",
  queues: "output contig, capture contig",
  mmu: "none",
};
const CAMSS = {
  module: "qcom-camss",
  appliesTo: "self",
  masks: EXACT32,
  segment: "default",
  queues: "capture sg scattered>contiguous",
  mmu: "none",
};

const cases = [
  // msm_drv.c:1092 an int of all ones, sign extended; :262 segment; msm_gem.c:180 pages, :1327 imports page by page; dpu_kms.c:1389
  { compatible: "qcom,sdm845-dpu", fact: MSM },
  { compatible: "qcom,sm8250-dpu", fact: MSM },
  { compatible: "qcom,mdp5", fact: MSM },
  // msm_mdss.c:525: parent of the DRM device
  { compatible: "qcom,sdm845-mdss", fact: { ...MSM, appliesTo: "qcom,sdm845-dpu" } },
  { compatible: "qcom,mdss", fact: { ...MSM, appliesTo: "qcom,mdp5" } },
  // msm_drv.c:1023: a component of the DRM device
  { compatible: "qcom,adreno-630.2", fact: { ...MSM, appliesTo: "qcom,sdm845-dpu" } },
  { compatible: "qcom,adreno-618.0", fact: { ...MSM, appliesTo: "qcom,sc7180-dpu" } },
  { compatible: "qcom,adreno-306.0", fact: { ...MSM, appliesTo: "qcom,mdp5" } },
  // venus/core.c:332 by :763, :737, :811, :558, :692; :336 segment
  { compatible: "qcom,sdm845-venus-v2", fact: { ...VENUS, masks: "variant 0xdfffffff, variant 0xdfffffff" } },
  { compatible: "qcom,sdm845-venus", fact: { ...VENUS, masks: "variant 0xdfffffff, variant 0xdfffffff" } },
  { compatible: "qcom,sc7180-venus", fact: { ...VENUS, masks: "variant 0xdfffffff, variant 0xdfffffff" } },
  { compatible: "qcom,msm8916-venus", fact: { ...VENUS, masks: "variant 0xddbfffff, variant 0xddbfffff" } },
  { compatible: "qcom,sdm660-venus", fact: { ...VENUS, masks: "variant 0xd8ffffff, variant 0xd8ffffff" } },
  // venus/vdec.c:1650: queues of the parent's device
  {
    compatible: "venus-decoder",
    fact: { ...VENUS, module: "venus-dec", appliesTo: "parent", masks: "default, default", segment: "default" },
  },
  // camss.c:2264; camss-video.c:719, and :162 takes the first entry's address
  { compatible: "qcom,sdm845-camss", fact: CAMSS },
  { compatible: "qcom,msm8916-camss", fact: CAMSS },
  // fastrpc.c:2250 streaming only; :427, :849
  {
    compatible: "qcom,fastrpc-compute-cb",
    fact: {
      module: "fastrpc",
      appliesTo: "self",
      masks: "exact 0xffffffff, default",
      segment: "default",
      queues: "rpc own no-iommu contiguous>contiguous, rpc own iommu scattered>contiguous",
      mmu: "none",
    },
  },
];

describe("Qualcomm facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(QCOM_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("name aggregates that are facts themselves", () => {
    const aggregates = QCOM_FACTS.flatMap(({ appliesTo }) =>
      typeof appliesTo === "object" && "aggregate" in appliesTo ? [appliesTo.aggregate].flat() : [],
    );
    for (const aggregate of aggregates) expect(factOf(QCOM_FACTS, aggregate).appliesTo).toBe("self");
  });

  it("say what becomes of memory regions", () => {
    const use = (compatible: string) => factOf(QCOM_FACTS, compatible).memoryRegionUse;
    expect(use("qcom,sdm845-venus-v2")).toBe("firmware"); // venus/firmware.c:97
    expect(use("qcom,sdm845-adsp-pas")).toBe("firmware"); // qcom_q6v5_pas.c:552
    expect(use("qcom,sdm845-mss-pil")).toBe("firmware"); // qcom_q6v5_mss.c:1911
    expect(use("qcom,fastrpc")).toBe("buffers"); // fastrpc.c:2350
    expect(use("qcom,fastrpc-compute-cb")).toBeUndefined();
  });

  it("state strides", () => {
    const layouts = (compatible: string) =>
      factOf(QCOM_FACTS, compatible).layouts?.map((l) => [l.fourcc, l.modifier, l.strideAlign, l.heightAlign]);
    expect(layouts("qcom,sdm845-venus-v2")).toEqual([
      ["NV12", "LINEAR", 128, 32], // venus/helpers.c:951, :953
      ["NV12", "QCOM_COMPRESSED", undefined, undefined], // venus/vdec.c:39
    ]);
    expect(layouts("qcom,sdm845-camss")).toEqual([["*", "LINEAR", 16, undefined]]); // camss-vfe.c:1698
    expect(layouts("qcom,msm8916-camss")).toEqual([["*", "LINEAR", 8, undefined]]); // camss-vfe.c:1692
  });

  it("know the GPU of i.MX 5 as a DRM device without a node", () => {
    expect(summarize(factOf(QCOM_FACTS, "amd,imageon"))).toEqual({
      module: "msm",
      appliesTo: "msm from amd,imageon", // adreno_device.c:240
      masks: "exact 0xffffffffffffffff, exact 0xffffffffffffffff", // msm_drv.c:1092
      segment: "4294967295", // msm_drv.c:262
      queues: "gem own scattered>scattered",
      mmu: "device", // a2xx_gpummu.c:49
    });
  });
});
