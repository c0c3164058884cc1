/**
 * What the IOMMU drivers of Linux 6.12 (`drivers/iommu/`) decide: page sizes, default domain, output width, sharing.
 *
 * Widths of Arm SMMUs stand in an identification register, not in a tree: 48 bits are taken, which is what MMU-500 and
 * SMMUv3 implementations with 4 KiB tables give. Where a width is taken and not read, `widthKnown` is false.
 */

import type { Bytes } from "../units/quantity.js";
import { GIB, KIB, MIB } from "../units/quantity.js";
import type { Arch } from "./profile.js";

/** A driver's answers for one instance. */
export interface IommuDriver {
  /** Name of the module, without `.ko`. */
  readonly module: string;
  /** Ascending. */
  readonly pageSizes: readonly Bytes[];
  /** First address behind the default domain's space, which starts at 0. */
  readonly apertureEnd: number;
  readonly outputBits: number;
  /** False when hardware states the output width at run time. */
  readonly widthKnown: boolean;
  readonly grouping: "device" | "instance";
  /** False when the driver has no pass-through domain, so that its clients are translated whatever the command line asks for. */
  readonly passesThrough: boolean;
  /** True when every client gets a pass-through domain. */
  readonly alwaysIdentity: boolean;
  /** `file:line` for where widths and page sizes stand. */
  readonly source: string;
}

const FOUR_GIB = 4 * GIB;

type Maker = (arch: Arch, cpuPage: Bytes, compatibles: readonly string[]) => IommuDriver;

function fixed(module: string, source: string, own: Partial<IommuDriver>): Maker {
  const driver: IommuDriver = { ...plain(module, source), ...own };
  return () => driver;
}

function plain(module: string, source: string): IommuDriver {
  return {
    module,
    pageSizes: [4 * KIB],
    apertureEnd: FOUR_GIB,
    outputBits: 32,
    widthKnown: true,
    grouping: "device",
    passesThrough: true,
    alwaysIdentity: false,
    source,
  };
}

const SHORT_TABLES: readonly Bytes[] = [4 * KIB, 64 * KIB, MIB, 16 * MIB];

/** Page sizes of LPAE tables follow the CPU's: Linux 6.12 `io-pgtable-arm.c` `arm_lpae_restrict_pgsizes()`. */
function lpaePages(cpuPage: Bytes): readonly Bytes[] {
  if (cpuPage === 64 * KIB) return [64 * KIB, 512 * MIB];
  if (cpuPage === 16 * KIB) return [16 * KIB, 32 * MIB];
  return [4 * KIB, 2 * MIB, GIB];
}

function smmu(module: string, source: string, bits: number): Maker {
  return (_arch, cpuPage) => ({
    ...plain(module, source),
    pageSizes: lpaePages(cpuPage),
    apertureEnd: 2 ** bits,
    outputBits: bits,
    widthKnown: false,
  });
}

const arm_smmu = smmu("arm_smmu", "drivers/iommu/arm/arm-smmu/arm-smmu.c:1896", 48);
// MMU-400 and MMU-401 have 40 address bits on either side.
const arm_smmu_v1 = smmu("arm_smmu", "drivers/iommu/arm/arm-smmu/arm-smmu.c:1896", 40);
const arm_smmu_v3 = smmu("arm_smmu_v3", "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:4356", 48);

const EVERY_POWER_TO_4_MIB: readonly Bytes[] = Array.from({ length: 11 }, (_, order) => 4 * KIB * 2 ** order);

function rockchip(outputBits: number, line: number): Maker {
  return fixed("rockchip-iommu", `drivers/iommu/rockchip-iommu.c:${line}`, {
    pageSizes: EVERY_POWER_TO_4_MIB,
    outputBits,
    grouping: "instance",
  });
}

const qcom_iommu = fixed("qcom_iommu", "drivers/iommu/arm/arm-smmu/qcom_iommu.c:234", {
  pageSizes: SHORT_TABLES,
  outputBits: 40,
});

const exynos: Maker = (arch) => ({
  ...plain("exynos-iommu", "drivers/iommu/exynos-iommu.c:799"),
  pageSizes: [4 * KIB, 64 * KIB, MIB],
  apertureEnd: Number.MAX_SAFE_INTEGER,
  outputBits: arch === "arm" ? 32 : 36,
  widthKnown: false,
});

const ipmmu: Maker = (arch) => ({
  ...plain("ipmmu-vmsa", "drivers/iommu/ipmmu-vmsa.c:435"),
  pageSizes: [4 * KIB, 2 * MIB, GIB],
  outputBits: 40,
  grouping: arch === "arm" ? "device" : "instance",
});

/** Chips on which the driver of Renesas' IPMMU serves nobody. */
const IPMMU_UNUSED: ReadonlySet<string> = new Set(["renesas,ipmmu-r8a774a1", "renesas,ipmmu-r8a7796"]);

/**
 * False for a device that the driver of its IOMMU turns away, so that it is driven as if it had none: on 64-bit chips of Renesas all but PCI devices and four
 * card hosts.
 *
 * @param client - name of the device's node; null for a device behind a PCI host bridge
 * @see Linux 6.12 `drivers/iommu/ipmmu-vmsa.c` `ipmmu_device_is_allowed()`
 */
export function servesClient(module: string, arch: Arch, iommu: readonly string[], client: string | null): boolean {
  if (module !== "ipmmu-vmsa" || arch !== "arm64") return true;
  if (iommu.some((name) => IPMMU_UNUSED.has(name))) return false;
  return client === null || /^mmc@ee1[0246]0000$/.test(client);
}

const omap = fixed("omap-iommu", "drivers/iommu/omap-iommu.c:1589", { pageSizes: SHORT_TABLES, grouping: "instance" });
const sun50i = fixed("sun50i-iommu", "drivers/iommu/sun50i-iommu.c:701", { grouping: "instance" });

/**
 * MediaTek: one region of 4 GiB less 8 MiB per group. Later SoCs have four such regions and choose by the local arbiter; each device
 * has the same room in its own, so that the room is told as that of the first.
 */
function mediatek(line: number, fourGibMode: boolean): Maker {
  return fixed("mtk_iommu", `drivers/iommu/mtk_iommu.c:${line}`, {
    pageSizes: SHORT_TABLES,
    apertureEnd: FOUR_GIB - 8 * MIB,
    outputBits: fourGibMode ? 33 : 35,
    widthKnown: !fourGibMode,
    grouping: "instance",
  });
}

function dart(outputBits: number, line: number): Maker {
  return fixed("apple-dart", `drivers/iommu/apple-dart.c:${line}`, {
    pageSizes: [16 * KIB],
    outputBits,
    widthKnown: false,
    grouping: "device",
  });
}

const DRIVERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["arm,smmu-v1", arm_smmu_v1],
  ["arm,mmu-400", arm_smmu_v1],
  ["arm,mmu-401", arm_smmu_v1],
  ["arm,smmu-v2", arm_smmu],
  ["arm,mmu-500", arm_smmu],
  ["cavium,smmu-v2", arm_smmu],
  ["nvidia,smmu-500", arm_smmu],
  ["qcom,smmu-v2", arm_smmu],
  ["qcom,smmu-500", arm_smmu],
  ["arm,smmu-v3", arm_smmu_v3],
  ["rockchip,iommu", rockchip(32, 1369)],
  ["rockchip,rk3568-iommu", rockchip(40, 1377)],
  ["qcom,msm-iommu-v1", qcom_iommu],
  ["qcom,msm-iommu-v2", qcom_iommu],
  ["samsung,exynos-sysmmu", exynos],
  ["allwinner,sun50i-h6-iommu", sun50i],
  ["allwinner,sun50i-h616-iommu", sun50i],
  ["nvidia,tegra30-mc", tegra()],
  ["nvidia,tegra114-mc", tegra()],
  ["nvidia,tegra124-mc", tegra()],
  ["nvidia,tegra132-mc", tegra()],
  ["nvidia,tegra210-mc", tegra()],
  [
    "sprd,iommu-v1",
    fixed("sprd-iommu", "drivers/iommu/sprd-iommu.c:147", {
      apertureEnd: 256 * MIB,
      grouping: "instance",
      passesThrough: false,
    }),
  ],
  ["ti,omap2-iommu", omap],
  ["ti,omap4-iommu", omap],
  ["ti,dra7-iommu", omap],
  ["ti,dra7-dsp-iommu", omap],
  ["qcom,apq8064-iommu", fixed("msm_iommu", "drivers/iommu/msm_iommu.c:344", { pageSizes: SHORT_TABLES })],
  ["mediatek,mt2701-m4u", fixed("mtk_iommu_v1", "drivers/iommu/mtk_iommu_v1.c:583", { grouping: "instance" })],
  ["mediatek,mt2712-m4u", mediatek(1529, true)],
  ["mediatek,mt6795-m4u", mediatek(1554, true)],
  ["mediatek,mt8173-m4u", mediatek(1578, true)],
  ["mediatek,mt6779-m4u", mediatek(669, false)],
  ["mediatek,mt8167-m4u", mediatek(669, false)],
  ["mediatek,mt8183-m4u", mediatek(669, false)],
  ["mediatek,mt8186-iommu-mm", mediatek(669, false)],
  ["mediatek,mt8188-iommu-infra", mediatek(669, false)],
  ["mediatek,mt8188-iommu-vdo", mediatek(669, false)],
  ["mediatek,mt8188-iommu-vpp", mediatek(669, false)],
  ["mediatek,mt8192-m4u", mediatek(669, false)],
  ["mediatek,mt8195-iommu-infra", mediatek(669, false)],
  ["mediatek,mt8195-iommu-vdo", mediatek(669, false)],
  ["mediatek,mt8195-iommu-vpp", mediatek(669, false)],
  ["mediatek,mt8365-m4u", mediatek(669, false)],
  ...[
    "r8a774a1",
    "r8a774b1",
    "r8a774c0",
    "r8a774e1",
    "r8a7795",
    "r8a7796",
    "r8a77961",
    "r8a77965",
    "r8a77970",
    "r8a77980",
    "r8a77990",
    "r8a77995",
    "r8a779a0",
  ].map((soc): [string, Maker] => [`renesas,ipmmu-${soc}`, ipmmu]),
  ["renesas,ipmmu-vmsa", ipmmu],
  ["renesas,rcar-gen4-ipmmu-vmsa", ipmmu],
  ["apple,t8103-dart", dart(36, 1207)],
  ["apple,t8103-usb4-dart", dart(36, 1233)],
  ["apple,t8110-dart", dart(42, 1141)],
  ["apple,t6000-dart", dart(42, 1259)],
]);

function tegra(): Maker {
  return (_arch, _page, compatibles) => ({
    ...plain("tegra-smmu", "drivers/iommu/tegra-smmu.c:191"),
    outputBits: compatibles.some((name) => /tegra(132|210|124)-/.test(name)) ? 34 : 32,
    alwaysIdentity: true,
  });
}

/**
 * The driver that serves an IOMMU node, by the first compatible that one knows; null when none does. Qualcomm's SMMUs of
 * any SoC are known by their generic second compatible.
 */
export function iommuDriverOf(compatibles: readonly string[], arch: Arch, cpuPage: Bytes): IommuDriver | null {
  for (const compatible of compatibles) {
    const maker = DRIVERS.get(compatible);
    if (maker !== undefined) return maker(arch, cpuPage, compatibles);
  }
  return null;
}

/** Modules of every driver known here, with the option that builds each. */
export const IOMMU_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["CONFIG_ARM_SMMU", "arm_smmu"],
  ["CONFIG_ARM_SMMU_V3", "arm_smmu_v3"],
  ["CONFIG_ROCKCHIP_IOMMU", "rockchip-iommu"],
  ["CONFIG_QCOM_IOMMU", "qcom_iommu"],
  ["CONFIG_EXYNOS_IOMMU", "exynos-iommu"],
  ["CONFIG_IPMMU_VMSA", "ipmmu-vmsa"],
  ["CONFIG_OMAP_IOMMU", "omap-iommu"],
  ["CONFIG_SUN50I_IOMMU", "sun50i-iommu"],
  ["CONFIG_MTK_IOMMU", "mtk_iommu"],
  ["CONFIG_MTK_IOMMU_V1", "mtk_iommu_v1"],
  ["CONFIG_APPLE_DART", "apple-dart"],
  ["CONFIG_TEGRA_IOMMU_SMMU", "tegra-smmu"],
  ["CONFIG_SPRD_IOMMU", "sprd-iommu"],
  ["CONFIG_MSM_IOMMU", "msm_iommu"],
]);

/**
 * Compatibles of the clients that Qualcomm's SMMUs pass through: display, GPU and modem loader map for themselves.
 *
 * @see Linux 6.12 `drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c:255` `qcom_smmu_client_of_match`
 */
export const QCOM_IDENTITY_CLIENTS: ReadonlySet<string> = new Set([
  "qcom,adreno",
  "qcom,adreno-gmu",
  "qcom,mdp4",
  "qcom,mdss",
  "qcom,qcm2290-mdss",
  "qcom,sc7180-mdss",
  "qcom,sc7180-mss-pil",
  "qcom,sc7280-mdss",
  "qcom,sc7280-mss-pil",
  "qcom,sc8180x-mdss",
  "qcom,sc8280xp-mdss",
  "qcom,sdm670-mdss",
  "qcom,sdm845-mdss",
  "qcom,sdm845-mss-pil",
  "qcom,sm6115-mdss",
  "qcom,sm6350-mdss",
  "qcom,sm6375-mdss",
  "qcom,sm8150-mdss",
  "qcom,sm8250-mdss",
  "qcom,sm8450-mdss",
  "qcom,x1e80100-mdss",
]);
