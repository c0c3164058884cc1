/** DMA controllers, radio, network and storage of Qualcomm's chips, and the GPU's power controller. */
import type { DeviceFact } from "../../fact.js";
import {
  at,
  bothMasks,
  busMaster,
  capabilityMask,
  cardHost,
  type DmaLimits,
  driver,
  exactMask,
  sameMasks,
  untouchedLimits,
  variantMask,
} from "../shorthand.js";

const GPI = "drivers/dma/qcom/gpi.c";
const GMU = "drivers/gpu/drm/msm/adreno/a6xx_gmu.c";
const ATH10K = "drivers/net/wireless/ath/ath10k/snoc.c";
const ATH11K = "drivers/net/wireless/ath/ath11k/ahb.c";
const IPA = "drivers/net/ipa/ipa_main.c";
const IPA_MEM = "drivers/net/ipa/ipa_mem.c";
const SDHCI = "drivers/mmc/host/sdhci.c";
const SDHCI_MSM = "drivers/mmc/host/sdhci-msm.c";
const UFS = "drivers/ufs/core/ufshcd.c";
const UFS_QCOM = "drivers/ufs/host/ufs-qcom.c";
const SCSI = "drivers/scsi/scsi_lib.c";

/** A host under SCSI, which writes segment size and boundary. */
const UFS_LIMITS: DmaLimits = {
  ...sameMasks(capabilityMask(UFS, 10437, 10440)),
  maxSegmentSize: { kind: "exact", value: 0x40000, setBy: "scsi-core", sources: [at(UFS, 9097), at(SCSI, 2037)] },
  segmentBoundaryMask: {
    kind: "exact",
    value: "0xffffffff",
    sources: [at(SCSI, 2036), at("drivers/scsi/hosts.c", 495)],
  },
};

/** The GPU's power controller. */
function gmu(name: string, line: number): DeviceFact {
  return busMaster(name, driver("msm", GMU, line), untouchedLimits(GMU, line), "A", {
    mmu: "manages-iommu-domain",
    note: "No driver of its own: the GPU's driver finds the node by phandle and maps GEM buffers into a domain of its IOMMU.",
  });
}

/** Facts of bus masters nobody shares pictures with. */
export const QCOM_BUS_MASTER_FACTS: readonly DeviceFact[] = [
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
  ).map(([name, line]) => {
    const limits = { ...untouchedLimits(GPI, 2146), dmaMask: exactMask("0xffffffffffffffff", GPI, 2182) };
    return busMaster(name, driver("gpi", GPI, line), limits, "A");
  }),
  gmu("qcom,adreno-gmu", 1682),
  gmu("qcom,adreno-gmu-wrapper", 1617),
  busMaster(
    "qcom,wcn3990-wifi",
    driver("ath10k_snoc", ATH10K, 1713),
    sameMasks(variantMask("0x7ffffffff", ATH10K, 1737, at(ATH10K, 67))),
    "B",
    { memoryRegionUse: "firmware" },
  ),
  busMaster("qcom,wcn6750-wifi", driver("ath11k_ahb", ATH11K, 34), bothMasks("0xffffffff", ATH11K, 1177), "A", {
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
    busMaster(name, driver("ipa", IPA, line), bothMasks("0xffffffffffffffff", IPA_MEM, 636), "A", {
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
    busMaster(name, driver("sdhci-msm", SDHCI_MSM, line), cardHost(capabilityMask(SDHCI, 4066, 4076)), "C"),
  ),
  ...(
    [
      ["qcom,ufshc", 1859],
      ["qcom,sm8550-ufshc", 1860],
    ] as const
  ).map(([name, line]) => busMaster(name, driver("ufs-qcom", UFS_QCOM, line), UFS_LIMITS, "C")),
];
