/** The second half of the drawn sample, as read: crypto engines, disks, SPI, PCI, sound and what is left. */
import {
  at,
  bothMasks,
  capabilityMask,
  defaultMask,
  runtimeMask,
  sameMasks,
  untouchedLimits,
} from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";
import { ataHost, reading, scsiHost, unbound } from "./reading-shorthand.js";

const SA2UL = "drivers/crypto/sa2ul.c";
const STM32_HASH = "drivers/crypto/stm32/stm32-hash.c";
const CESA = "drivers/crypto/marvell/cesa/cesa.c";
const HIGHBANK = "drivers/ata/sata_highbank.c";
const LIBAHCI = "drivers/ata/libahci.c";
const AHCI_PLATFORM = "drivers/ata/libahci_platform.c";
const UFSHCD = "drivers/ufs/core/ufshcd.c";
const UFS_EXYNOS = "drivers/ufs/host/ufs-exynos.c";
const S3C64XX = "drivers/spi/spi-s3c64xx.c";
const DW_SPI_DMA = "drivers/spi/spi-dw-dma.c";
const STM32_QSPI = "drivers/spi/spi-stm32-qspi.c";
const DMAENGINE_PCM = "sound/soc/soc-generic-dmaengine-pcm.c";
const QCOM_SCM = "drivers/firmware/qcom/qcom_scm.c";
const SMMU = "drivers/iommu/arm/arm-smmu/arm-smmu.c";
const ROCKCHIP_GEM = "drivers/gpu/drm/rockchip/rockchip_drm_gem.c";
const ROCKCHIP_DRM = "drivers/gpu/drm/rockchip/rockchip_drm_drv.c";

/** Both masks of an AHCI host: 64 bits when its capabilities say so, else nothing is set. */
const AHCI_MASK = runtimeMask(
  ["0xffffffff", "0xffffffffffffffff"],
  ["no 64-bit addressing in CAP: nothing is set", "64-bit addressing in CAP"],
  at(AHCI_PLATFORM, 772),
  at(AHCI_PLATFORM, 771),
);

/** Both masks of a UFS host: 64 bits when its capabilities say so, else 32. */
const UFS_MASK = capabilityMask(UFSHCD, 10437, 10440);

/** Where the UFS core allocates its lists and registers the SCSI host whose requests are mapped. */
const UFS_MEMORY = [at(UFSHCD, 3901), at(UFSHCD, 2669), at(UFSHCD, 10683)];

/** In the order of the draw. */
export const READINGS_B_CRYPTO_TO_DRIVERS: readonly (Reading | Unbound)[] = [
  reading("xlnx,zynqmp-aes", at("drivers/crypto/xilinx/zynqmp-aes-gcm.c", 434), {
    ...bothMasks("0xffffffff", "drivers/crypto/xilinx/zynqmp-aes-gcm.c", 391),
    evidence: [at("drivers/crypto/xilinx/zynqmp-aes-gcm.c", 98), at("drivers/crypto/xilinx/zynqmp-aes-gcm.c", 21)],
  }),
  reading("ti,j721e-sa2ul", at(SA2UL, 2386), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...bothMasks("0xffffffffffff", SA2UL, 2289),
    evidence: [at(SA2UL, 1128), at(SA2UL, 1167), at(SA2UL, 2270)],
    note: "The mask is the node's own device's, from which only security contexts are allocated; data is mapped for the channel's device.",
  }),
  reading("st,stm32f756-hash", at(STM32_HASH, 2318), {
    slaveDma: true,
    ...untouchedLimits(STM32_HASH, 2337),
    evidence: [at(STM32_HASH, 637), at(STM32_HASH, 721)],
    note: "A channel moves the data, but the driver maps it for its own device.",
  }),
  reading("rockchip,rk3328-crypto", at("drivers/crypto/rockchip/rk3288_crypto.c", 306), {
    ...untouchedLimits("drivers/crypto/rockchip/rk3288_crypto.c", 316),
    evidence: [
      at("drivers/crypto/rockchip/rk3288_crypto_skcipher.c", 354),
      at("drivers/crypto/rockchip/rk3288_crypto_ahash.c", 240),
    ],
  }),
  reading("marvell,armada-370-crypto", at(CESA, 306), {
    ...untouchedLimits(CESA, 432),
    evidence: [at(CESA, 290), at(CESA, 349), at("drivers/crypto/marvell/cesa/cipher.c", 329)],
  }),
  reading("calxeda,hb-ahci", at(HIGHBANK, 447), {
    ...ataHost(
      defaultMask(HIGHBANK, 452),
      runtimeMask(
        ["0xffffffff", "0xffffffffffffffff"],
        ["no 64-bit addressing in CAP: nothing is set", "64-bit addressing in CAP"],
        at(HIGHBANK, 513),
        at(HIGHBANK, 512),
      ),
    ),
    evidence: [at(LIBAHCI, 2541), at("drivers/ata/libata-scsi.c", 4763), at("drivers/ata/ahci.h", 411)],
    note: "Only the coherent mask is widened.",
  }),
  reading("allwinner,sun4i-a10-ahci", at("drivers/ata/ahci_sunxi.c", 287), {
    ...ataHost(defaultMask("drivers/ata/ahci_sunxi.c", 213)),
    evidence: [
      at("drivers/ata/ahci_sunxi.c", 233),
      at(LIBAHCI, 482),
      at(LIBAHCI, 2541),
      at("drivers/ata/libata-scsi.c", 4763),
    ],
    note: "The driver takes the 64-bit capability away, so the mask is never widened.",
  }),
  reading("ceva,ahci-1v84", at("drivers/ata/ahci_ceva.c", 414), {
    ...ataHost(AHCI_MASK),
    evidence: [at("drivers/ata/ahci_ceva.c", 364), at(LIBAHCI, 2541), at("drivers/ata/libata-scsi.c", 4763)],
  }),
  reading("hisilicon,hi3670-ufs", at("drivers/ufs/host/ufs-hisi.c", 562), {
    ...scsiHost(sameMasks(UFS_MASK), 0x40000, at(UFSHCD, 9097)),
    evidence: UFS_MEMORY,
  }),
  reading("samsung,exynosautov9-ufs", at(UFS_EXYNOS, 2200), {
    ...scsiHost(sameMasks(UFS_MASK), 0x1000, at(UFS_EXYNOS, 1612), at(UFS_EXYNOS, 31)),
    evidence: UFS_MEMORY,
    note: "The driver lowers the host's segment size before the disks are found.",
  }),
  reading("google,gs101-spi", at(S3C64XX, 1640), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...untouchedLimits(S3C64XX, 1246),
    evidence: [at(S3C64XX, 402), at(S3C64XX, 1319), at("drivers/spi/spi.c", 1248)],
  }),
  reading("snps,dw-apb-ssi", at("drivers/spi/spi-dw-mmio.c", 408), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...untouchedLimits("drivers/spi/spi-dw-mmio.c", 315),
    evidence: [at("drivers/spi/spi-dw-mmio.c", 216), at(DW_SPI_DMA, 186), at("drivers/spi/spi.c", 1248)],
  }),
  reading("st,stm32f469-qspi", at(STM32_QSPI, 959), {
    slaveDma: true,
    ...untouchedLimits(STM32_QSPI, 767),
    evidence: [at(STM32_QSPI, 713), at(STM32_QSPI, 236), at("drivers/spi/spi-mem.c", 50)],
    note: "A channel moves the data, but the SPI core is not told of it and maps for the controller's own device.",
  }),
  reading("renesas,rzv2m-csi", at("drivers/spi/spi-rzv2m-csi.c", 679), {
    usesDma: false,
    ...untouchedLimits("drivers/spi/spi-rzv2m-csi.c", 573),
    evidence: [at("drivers/spi/spi-rzv2m-csi.c", 573)],
  }),
  reading("renesas,rcar-gen3-pcie-ep", at("drivers/pci/controller/pcie-rcar-ep.c", 476), {
    ...untouchedLimits("drivers/pci/controller/pcie-rcar-ep.c", 480),
    evidence: [at("drivers/pci/controller/pcie-rcar-ep.c", 527), at("drivers/pci/endpoint/pci-epf-core.c", 307)],
    note: "The endpoint core allocates the memory behind the BARs for this device.",
  }),
  reading("xlnx,nwl-pcie-2.11", at("drivers/pci/controller/pcie-xilinx-nwl.c", 829), {
    usesDma: false,
    ...untouchedLimits("drivers/pci/controller/pcie-xilinx-nwl.c", 833),
    evidence: [
      at("drivers/pci/controller/pcie-xilinx-nwl.c", 439),
      at("drivers/pci/controller/pcie-xilinx-nwl.c", 894),
    ],
    note: "A host bridge: the devices behind it do DMA, each with its own masks; messages are written to a register's address.",
  }),
  reading("ti,omap3-mcbsp", at("sound/soc/ti/omap-mcbsp.c", 1350), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...untouchedLimits("sound/soc/ti/omap-mcbsp.c", 1361),
    evidence: [at("sound/soc/ti/sdma-pcm.c", 65), at(DMAENGINE_PCM, 259)],
  }),
  reading("fsl,imx8qm-audmix", at("sound/soc/fsl/fsl_audmix.c", 451), {
    usesDma: false,
    ...untouchedLimits("sound/soc/fsl/fsl_audmix.c", 460),
    evidence: [at("sound/soc/fsl/fsl_audmix.c", 460)],
    note: "A mixer between two SAIs, which have the channels.",
  }),
  reading("maxim,max98357a", at("sound/soc/codecs/max98357a.c", 155), {
    usesDma: false,
    ...untouchedLimits("sound/soc/codecs/max98357a.c", 123),
    evidence: [at("sound/soc/codecs/max98357a.c", 123), at("sound/soc/rockchip/rk3399_gru_sound.c", 463)],
    note: "An amplifier; rk3399_gru_sound.c names it in passing.",
  }),
  reading("renesas,rz-ssi", at("sound/soc/sh/rz-ssi.c", 1231), {
    appliesTo: "card",
    slaveDma: true,
    ...untouchedLimits("sound/soc/sh/rz-ssi.c", 1069),
    evidence: [at("sound/soc/sh/rz-ssi.c", 1036), at("sound/soc/sh/rz-ssi.c", 763), at("sound/soc/sh/rz-ssi.c", 702)],
  }),
  reading("marvell,armada370-audio", at("sound/soc/kirkwood/kirkwood-i2s.c", 753), {
    appliesTo: "card",
    ...bothMasks("0xffffffff", "sound/soc/kirkwood/kirkwood-dma.c", 247),
    evidence: [at("sound/soc/kirkwood/kirkwood-dma.c", 251), at("sound/soc/kirkwood/kirkwood-i2s.c", 720)],
  }),
  reading("rockchip,rk3228-spdif", at("sound/soc/rockchip/rockchip_spdif.c", 48), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...untouchedLimits("sound/soc/rockchip/rockchip_spdif.c", 284),
    evidence: [at("sound/soc/rockchip/rockchip_spdif.c", 353), at(DMAENGINE_PCM, 259)],
  }),
  reading("qcom,q6adm-routing", at("sound/soc/qcom/qdsp6/q6routing.c", 1152), {
    usesDma: false,
    ...untouchedLimits("sound/soc/qcom/qdsp6/q6routing.c", 1127),
    evidence: [at("sound/soc/qcom/qdsp6/q6routing.c", 1127)],
  }),
  reading("lenovo,yoga-c630-sndcard", at("sound/soc/qcom/sdm845.c", 622), {
    usesDma: false,
    ...untouchedLimits("sound/soc/qcom/sdm845.c", 583),
    evidence: [at("sound/soc/qcom/sdm845.c", 615)],
    note: "A sound card: its components allocate for devices of their own.",
  }),
  reading("hardkernel,odroid-xu4-audio", at("sound/soc/samsung/odroid.c", 330), {
    usesDma: false,
    ...untouchedLimits("sound/soc/samsung/odroid.c", 197),
    evidence: [at("sound/soc/samsung/odroid.c", 297)],
    note: "A sound card: its components allocate for devices of their own.",
  }),
  unbound(
    "microsoft,romulus13",
    "names a machine: drivers compare it with the root node",
    at("drivers/platform/surface/surface_aggregator_registry.c", 464),
    at(QCOM_SCM, 1763),
  ),
  reading("arm,mmu-401", at(SMMU, 1980), {
    ...sameMasks(
      runtimeMask(
        ["0xffffffff", "0xfffffffff", "0xffffffffff", "0x3ffffffffff", "0xfffffffffff", "0xffffffffffff"],
        ["OAS 0 in ID2", "OAS 1", "OAS 2", "OAS 3", "OAS 4", "OAS 5"],
        at(SMMU, 1906),
        at(SMMU, 1895),
      ),
    ),
    evidence: [at("drivers/iommu/io-pgtable-arm.c", 241), at(SMMU, 1971)],
    note: "The IOMMU itself: the masks are those of its table walker, which nothing translates for.",
  }),
  reading("silvaco,i3c-master-v1", at("drivers/i3c/master/svc-i3c-master.c", 2055), {
    usesDma: false,
    ...untouchedLimits("drivers/i3c/master/svc-i3c-master.c", 1891),
    evidence: [at("drivers/i3c/master/svc-i3c-master.c", 1891)],
  }),
  reading("ramoops", at("fs/pstore/ram.c", 897), {
    usesDma: false,
    ...untouchedLimits("fs/pstore/ram.c", 723),
    evidence: [at("fs/pstore/ram.c", 658), at("drivers/of/platform.c", 497)],
    note: "The node is itself a reserved region, which the CPU maps; drivers/of/platform.c only makes a device of it.",
  }),
  unbound(
    "spi-nand",
    "a flash chip on an SPI bus: the SPI controller moves its data",
    at("drivers/mtd/nand/spi/core.c", 1646),
    at("drivers/mtd/nand/spi/core.c", 1652),
  ),
  unbound("lenovo,thinkpad-t14s", "names a machine: the driver compares it with the root node", at(QCOM_SCM, 1760)),
  reading("rockchip,rk3328-vop", at("drivers/gpu/drm/rockchip/rockchip_vop_reg.c", 1260), {
    appliesTo: { aggregate: "rockchip,display-subsystem" },
    ...untouchedLimits(ROCKCHIP_DRM, 141),
    mmu: "manages-iommu-domain",
    kinds: ["own"],
    evidence: [at(ROCKCHIP_GEM, 167), at(ROCKCHIP_GEM, 41), at(ROCKCHIP_GEM, 273), at(ROCKCHIP_DRM, 111)],
    note: "Scattered pages in the driver's own IOMMU domain where an IOMMU serves a VOP, else contiguous memory of the display subsystem.",
  }),
  reading("wm,wm8505-fb", at("drivers/video/fbdev/wm8505fb.c", 389), {
    ...untouchedLimits("drivers/video/fbdev/wm8505fb.c", 263),
    evidence: [at("drivers/video/fbdev/wm8505fb.c", 328)],
    note: "One frame buffer, which user space can map through fbdev but neither export nor replace.",
  }),
];
