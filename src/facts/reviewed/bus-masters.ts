/**
 * Facts of plain bus masters (USB, storage, network, DMA controllers) of the chips in this folder. They share no pictures;
 * their masks tell how much low memory a board needs.
 */
import type { DeviceFact, LimitFact, MaskFact, SourceLine } from "../fact.js";
import {
  at,
  bothMasks,
  busMaster,
  type DmaLimits,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  runtimeMask,
  sameMasks,
  segmentSize,
  untouchedLimits,
  variantMask,
} from "./shorthand.js";

const DWC3 = "drivers/usb/dwc3/core.c";
const XHCI = "drivers/usb/host/xhci.c";
const EHCI = "drivers/usb/host/ehci-platform.c";
const OHCI = "drivers/usb/host/ohci-platform.c";
const DWC2 = "drivers/usb/dwc2/platform.c";
const DWC2_HOST = "drivers/usb/dwc2/hcd.c";
const DWC2_TABLE = "drivers/usb/dwc2/params.c";
const DW_MMC = "drivers/mmc/host/dw_mmc.c";
const DW_MMC_ROCKCHIP = "drivers/mmc/host/dw_mmc-rockchip.c";
const SDHCI = "drivers/mmc/host/sdhci.c";
const DWCMSHC = "drivers/mmc/host/sdhci-of-dwcmshc.c";
const ARASAN = "drivers/mmc/host/sdhci-of-arasan.c";
const IPROC = "drivers/mmc/host/sdhci-iproc.c";
const SUNXI_MMC = "drivers/mmc/host/sunxi-mmc.c";
const MESON_MMC = "drivers/mmc/host/meson-gx-mmc.c";
const MMC_QUEUE = "drivers/mmc/core/queue.c";
const STMMAC = "drivers/net/ethernet/stmicro/stmmac/stmmac_main.c";
const DWMAC4 = "drivers/net/ethernet/stmicro/stmmac/dwmac4_dma.c";
const DWMAC_ROCKCHIP = "drivers/net/ethernet/stmicro/stmmac/dwmac-rk.c";
const DWMAC_ALLWINNER = "drivers/net/ethernet/stmicro/stmmac/dwmac-sun8i.c";
const DWMAC_AMLOGIC = "drivers/net/ethernet/stmicro/stmmac/dwmac-meson8b.c";
const GENET = "drivers/net/ethernet/broadcom/genet/bcmgenet.c";
const FMAN_PORT = "drivers/net/ethernet/freescale/fman/fman_port.c";
const DPAA = "drivers/net/ethernet/freescale/dpaa/dpaa_eth.c";
const AHCI = "drivers/ata/libahci_platform.c";
const AHCI_DWC = "drivers/ata/ahci_dwc.c";
const SCSI = "drivers/scsi/scsi_lib.c";
const PL330 = "drivers/dma/pl330.c";
const SUN6I_DMA = "drivers/dma/sun6i-dma.c";
const SFC = "drivers/spi/spi-rockchip-sfc.c";

/** A bus master of these chips; `note` for what the fields cannot say. */
function master(
  name: string,
  module: string,
  file: string,
  line: number,
  limits: DmaLimits,
  confidence: DeviceFact["confidence"],
  note?: string,
): DeviceFact {
  return busMaster(name, driver(module, file, line), limits, confidence, { note });
}

/** 32 bits, or 64 when a capability register says so. */
function wide(reason: string, ...sources: readonly SourceLine[]): MaskFact {
  return runtimeMask(["0xffffffff", "0xffffffffffffffff"], ["otherwise", reason], ...sources);
}

/** The MMC core writes the segment size from the block queue when a card appears. */
const fromCard: LimitFact = { kind: "runtime", setBy: "mmc-core", sources: [at(MMC_QUEUE, 403)] };

function mmcHost(mask: MaskFact): DmaLimits {
  return sameMasks(mask, fromCard);
}

const usb3Mask = wide(
  "the host's capabilities announce 64-bit addresses, or in device mode the core's bus is 64 bits wide",
  at(DWC3, 2234),
  at(XHCI, 5319),
);

const usb2: DmaLimits = {
  dmaMask: exactMask("0xffffffff", DWC2_HOST, 5147),
  coherentDmaMask: exactMask("0xffffffff", DWC2, 456),
  maxSegmentSize: defaultSegmentSize,
  segmentBoundaryMask: noSegmentBoundary,
};

const internalDma = wide(
  "the block's configuration register says its DMA engine takes 64-bit addresses",
  at(DW_MMC, 3130),
);
const sdhciMask = wide("the controller's capabilities announce 64-bit addresses", at(SDHCI, 4066), at(SDHCI, 4076));

const gmac4Mask = runtimeMask(
  ["0xffffffff", "0xffffffffff", "0xffffffffffff"],
  ["the feature register says 32 bits", "it says 40 bits", "it says 48 bits"],
  at(STMMAC, 7746),
  at(DWMAC4, 420),
);
const gmac4: DmaLimits = sameMasks(gmac4Mask);

/** Older cores report no address width, and the shared code then sets nothing. */
const gmac1000: DmaLimits = untouchedLimits(STMMAC, 7745);

const ahciMask = wide("the controller's capabilities announce 64-bit addresses", at(AHCI, 772));
const ahci: DmaLimits = {
  dmaMask: ahciMask,
  coherentDmaMask: ahciMask,
  maxSegmentSize: { kind: "runtime", setBy: "scsi-core", sources: [at(SCSI, 2037)] },
  segmentBoundaryMask: { kind: "exact", value: "0xffffffff", sources: [at(SCSI, 2036), at("drivers/ata/ahci.h", 411)] },
};

const genetMask = variantMask("0xffffffffff", GENET, 4029, at(GENET, 3764), at(GENET, 3919));

/** Facts of bus masters that carry no pictures. */
export const BUS_MASTER_FACTS: readonly DeviceFact[] = [
  master(
    "snps,dwc3",
    "dwc3",
    DWC3,
    2682,
    sameMasks(usb3Mask, segmentSize(0xffffffff, DWC3, 2296)),
    "C",
    "As a USB host the controller is driven by xHCI code, which sets the masks of this same device.",
  ),
  master("generic-ehci", "ehci-platform", EHCI, 485, bothMasks("0xffffffff", EHCI, 255), "A"),
  master("generic-ohci", "ohci-platform", OHCI, 320, bothMasks("0xffffffff", OHCI, 108), "A"),
  master("brcm,bcm2835-usb", "dwc2", DWC2_TABLE, 307, usb2, "A"),
  master("rockchip,rk3066-usb", "dwc2", DWC2_TABLE, 316, usb2, "A"),
  master("snps,dwc2", "dwc2", DWC2_TABLE, 322, usb2, "A"),
  master("amlogic,meson-gxbb-usb", "dwc2", DWC2_TABLE, 329, usb2, "A"),
  master("amlogic,meson-g12a-usb", "dwc2", DWC2_TABLE, 331, usb2, "A"),
  master("rockchip,rk2928-dw-mshc", "dw_mmc-rockchip", DW_MMC_ROCKCHIP, 545, mmcHost(internalDma), "C"),
  master("rockchip,rk3288-dw-mshc", "dw_mmc-rockchip", DW_MMC_ROCKCHIP, 547, mmcHost(internalDma), "C"),
  master("rockchip,rk3588-dwcmshc", "sdhci-of-dwcmshc", DWCMSHC, 1377, mmcHost(sdhciMask), "C"),
  master("rockchip,rk3568-dwcmshc", "sdhci-of-dwcmshc", DWCMSHC, 1385, mmcHost(sdhciMask), "C"),
  master("rockchip,rk3399-sdhci-5.1", "sdhci-of-arasan", ARASAN, 1520, mmcHost(sdhciMask), "C"),
  master("brcm,bcm2711-emmc2", "sdhci-iproc", IPROC, 323, mmcHost(sdhciMask), "C"),
  master("allwinner,sun50i-a64-mmc", "sunxi-mmc", SUNXI_MMC, 1217, mmcHost(defaultMask(SUNXI_MMC, 1366)), "A"),
  master("allwinner,sun50i-a64-emmc", "sunxi-mmc", SUNXI_MMC, 1218, mmcHost(defaultMask(SUNXI_MMC, 1366)), "A"),
  master("allwinner,sun50i-a100-mmc", "sunxi-mmc", SUNXI_MMC, 1219, mmcHost(defaultMask(SUNXI_MMC, 1366)), "A"),
  master("allwinner,sun50i-a100-emmc", "sunxi-mmc", SUNXI_MMC, 1220, mmcHost(defaultMask(SUNXI_MMC, 1366)), "A"),
  master("amlogic,meson-gx-mmc", "meson-gx-mmc", MESON_MMC, 1326, mmcHost(defaultMask(MESON_MMC, 1138)), "A"),
  master("amlogic,meson-gxbb-mmc", "meson-gx-mmc", MESON_MMC, 1327, mmcHost(defaultMask(MESON_MMC, 1138)), "A"),
  master("amlogic,meson-axg-mmc", "meson-gx-mmc", MESON_MMC, 1330, mmcHost(defaultMask(MESON_MMC, 1138)), "A"),
  master("rockchip,px30-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2077, gmac1000, "A"),
  master("rockchip,rk3328-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2082, gmac1000, "A"),
  master("rockchip,rk3368-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2084, gmac1000, "A"),
  master("rockchip,rk3399-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2085, gmac1000, "A"),
  master("rockchip,rk3568-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2086, gmac4, "C"),
  master("rockchip,rk3588-gmac", "dwmac-rk", DWMAC_ROCKCHIP, 2088, gmac4, "C"),
  master("allwinner,sun8i-h3-emac", "dwmac-sun8i", DWMAC_ALLWINNER, 1328, gmac1000, "A"),
  master("allwinner,sun50i-a64-emac", "dwmac-sun8i", DWMAC_ALLWINNER, 1336, gmac1000, "A"),
  master("amlogic,meson-gxbb-dwmac", "dwmac-meson8b", DWMAC_AMLOGIC, 506, gmac1000, "A"),
  master("amlogic,meson-axg-dwmac", "dwmac-meson8b", DWMAC_AMLOGIC, 510, gmac1000, "A"),
  master("amlogic,meson-g12a-dwmac", "dwmac-meson8b", DWMAC_AMLOGIC, 514, gmac1000, "A"),
  master("brcm,bcm2711-genet-v5", "genet", GENET, 3919, sameMasks(genetMask), "B"),
  ...(
    [
      ["fsl,fman-v3-port-rx", 1883, 3370],
      ["fsl,fman-v2-port-rx", 1884, 3370],
      ["fsl,fman-v3-port-tx", 1885, 3372],
      ["fsl,fman-v2-port-tx", 1886, 3372],
    ] as const
  ).map(([name, line, mask]) =>
    master(
      name,
      "fsl_dpaa_fman_port",
      FMAN_PORT,
      line,
      bothMasks("0xffffffffff", DPAA, mask),
      "A",
      "The Ethernet driver above the port sets its masks and maps for it.",
    ),
  ),
  master("snps,dwc-ahci", "ahci_dwc", AHCI_DWC, 472, ahci, "C"),
  master(
    "rockchip,sfc",
    "spi-rockchip-sfc",
    SFC,
    669,
    bothMasks("0xffffffff", SFC, 598),
    "A",
    "Without DMA, when the node carries rockchip,sfc-no-dma.",
  ),
  master(
    "arm,pl330",
    "pl330",
    PL330,
    3263,
    sameMasks(exactMask("0xffffffff", PL330, 3028), segmentSize(1900800, PL330, 3177)),
    "A",
    "An AMBA cell, bound by its peripheral identity; the masks of its clients do not matter.",
  ),
  ...(
    [
      ["allwinner,sun8i-h3-dma", 1285],
      ["allwinner,sun50i-a64-dma", 1288],
      ["allwinner,sun50i-a100-dma", 1289],
      ["allwinner,sun50i-h6-dma", 1290],
    ] as const
  ).map(([name, line]) =>
    master(
      name,
      "sun6i-dma",
      SUN6I_DMA,
      line,
      { ...untouchedLimits(SUN6I_DMA, 1295), maxSegmentSize: segmentSize(0x1ffffff, SUN6I_DMA, 1348) },
      "A",
    ),
  ),
];
