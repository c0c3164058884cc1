/** The second half of the drawn sample, as read: DMA controllers, card hosts, USB and network. */
import {
  at,
  bothMasks,
  capabilityMask,
  cardHost,
  defaultMask,
  exactMask,
  runtimeMask,
  sameMasks,
  segmentSize,
  untouchedLimits,
  variantMask,
} from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";
import { reading, unbound } from "./reading-shorthand.js";

const APDMA = "drivers/dma/mediatek/mtk-uart-apdma.c";
const DW_MMC = "drivers/mmc/host/dw_mmc.c";
const SDHCI = "drivers/mmc/host/sdhci.c";
const SDHCI_TEGRA = "drivers/mmc/host/sdhci-tegra.c";
const XHCI = "drivers/usb/host/xhci.c";
const XHCI_MTK = "drivers/usb/host/xhci-mtk.c";
const USB_HCD = "drivers/usb/core/hcd.c";
const STMMAC = "drivers/net/ethernet/stmicro/stmmac/stmmac_main.c";
const MWIFIEX = "drivers/net/wireless/marvell/mwifiex/pcie.c";
const DPAA = "drivers/net/ethernet/freescale/dpaa/dpaa_eth.c";
const MACB = "drivers/net/ethernet/cadence/macb_main.c";

/** Where an SDHCI host maps requests and allocates its descriptors. */
const SDHCI_MEMORY = [at(SDHCI, 690), at(SDHCI, 4355)];

/** Where usbcore maps the buffers of URBs, for the host controller's `sysdev`. */
const URB_MAPPING = [at(USB_HCD, 1449), at(USB_HCD, 1479)];

/** In the order of the draw. */
export const READINGS_B_DMA_TO_NET: readonly (Reading | Unbound)[] = [
  reading("mediatek,mt6577-uart-dma", at(APDMA, 471), {
    ...sameMasks({
      kind: "set",
      candidates: ["0xffffffff", "0x1ffffffff"],
      when: ["without mediatek,dma-33bits", "with mediatek,dma-33bits"],
      sources: [at(APDMA, 501), at(APDMA, 495)],
    }),
    evidence: [at(APDMA, 553)],
    note: "Maps nothing itself: the clients of its channels map for this device.",
  }),
  reading("ti,dra7-dma-crossbar", at("drivers/dma/ti/dma-crossbar.c", 25), {
    usesDma: false,
    ...untouchedLimits("drivers/dma/ti/dma-crossbar.c", 447),
    evidence: [at("drivers/dma/ti/dma-crossbar.c", 434)],
    note: "A router of requests: channels, and the memory behind them, are the DMA controller's.",
  }),
  reading("renesas,usb-dmac", at("drivers/dma/sh/usb-dmac.c", 890), {
    ...untouchedLimits("drivers/dma/sh/usb-dmac.c", 766),
    evidence: [at("drivers/dma/sh/usb-dmac.c", 847)],
    note: "Maps nothing itself: the clients of its channels map for this device.",
  }),
  reading("brcm,bcm2835-dma", at("drivers/dma/bcm2835-dma.c", 857), {
    ...sameMasks(
      exactMask("0xffffffff", "drivers/dma/bcm2835-dma.c", 892),
      segmentSize(0x3fffffff, "drivers/dma/bcm2835-dma.c", 902),
    ),
    evidence: [at("drivers/dma/bcm2835-dma.c", 511), at("drivers/dma/bcm2835-dma.c", 935)],
  }),
  reading("nvidia,tegra210-adma", at("drivers/dma/tegra210-adma.c", 846), {
    ...untouchedLimits("drivers/dma/tegra210-adma.c", 852),
    evidence: [at("drivers/dma/tegra210-adma.c", 956)],
    note: "Maps nothing itself: the clients of its channels map for this device.",
  }),
  reading("apm,xgene-storm-dma", at("drivers/dma/xgene-dma.c", 1811), {
    ...bothMasks("0x3ffffffffff", "drivers/dma/xgene-dma.c", 1736),
    evidence: [at("drivers/dma/xgene-dma.c", 783), at("drivers/dma/xgene-dma.c", 1202)],
  }),
  reading("brcm,bcm2835-sdhost", at("drivers/mmc/host/bcm2835.c", 1456), {
    appliesTo: "dma-channel",
    slaveDma: true,
    ...cardHost(defaultMask("drivers/mmc/host/bcm2835.c", 1346)),
    evidence: [at("drivers/mmc/host/bcm2835.c", 496), at("drivers/mmc/core/queue.c", 403)],
    note: "The MMC core writes the segment size of the node's own device, not of the channel's.",
  }),
  reading("mmc-pwrseq-simple", at("drivers/mmc/core/pwrseq_simple.c", 106), {
    usesDma: false,
    ...untouchedLimits("drivers/mmc/core/pwrseq_simple.c", 111),
    evidence: [at("drivers/mmc/core/pwrseq_simple.c", 111)],
  }),
  reading("hisilicon,hi3660-dw-mshc", at("drivers/mmc/host/dw_mmc-k3.c", 445), {
    ...cardHost(
      runtimeMask(
        ["0xffffffff", "0xffffffffffffffff"],
        ["no 64-bit addressing in HCON: nothing is set", "64-bit addressing in HCON"],
        at(DW_MMC, 3130),
        at(DW_MMC, 3131),
      ),
    ),
    evidence: [at(DW_MMC, 901), at(DW_MMC, 3141), at("drivers/mmc/core/queue.c", 403)],
  }),
  reading("nvidia,tegra210-sdhci", at(SDHCI_TEGRA, 1579), {
    ...cardHost(variantMask("0x3ffffffff", SDHCI_TEGRA, 1356, at(SDHCI_TEGRA, 1498))),
    evidence: [...SDHCI_MEMORY, at(SDHCI, 4318), at("drivers/mmc/core/queue.c", 403)],
  }),
  reading("marvell,armada-ap806-sdhci", at("drivers/mmc/host/sdhci-xenon.c", 709), {
    ...cardHost(capabilityMask(SDHCI, 4066, 4076)),
    evidence: [...SDHCI_MEMORY, at("drivers/mmc/host/sdhci-xenon.c", 592), at("drivers/mmc/core/queue.c", 403)],
    note: "The 34 bits at the end of probe are for AC5 alone.",
  }),
  reading("amlogic,meson-gxbb-mmc", at("drivers/mmc/host/meson-gx-mmc.c", 1327), {
    ...cardHost(defaultMask("drivers/mmc/host/meson-gx-mmc.c", 1138)),
    evidence: [
      at("drivers/mmc/host/meson-gx-mmc.c", 301),
      at("drivers/mmc/host/meson-gx-mmc.c", 1274),
      at("drivers/mmc/core/queue.c", 403),
    ],
  }),
  reading("wm,wm8505-sdhc", at("drivers/mmc/host/wmt-sdmmc.c", 744), {
    ...cardHost(defaultMask("drivers/mmc/host/wmt-sdmmc.c", 748)),
    evidence: [
      at("drivers/mmc/host/wmt-sdmmc.c", 619),
      at("drivers/mmc/host/wmt-sdmmc.c", 830),
      at("drivers/mmc/core/queue.c", 403),
    ],
  }),
  reading("xlnx,zynqmp-8.9a", at("drivers/mmc/host/sdhci-of-arasan.c", 1557), {
    ...cardHost(capabilityMask(SDHCI, 4066, 4076)),
    evidence: [...SDHCI_MEMORY, at("drivers/mmc/core/queue.c", 403)],
  }),
  reading("via,vt8500-ehci", at("drivers/usb/host/ehci-platform.c", 483), {
    ...bothMasks("0xffffffff", "drivers/usb/host/ehci-platform.c", 255),
    evidence: [at("drivers/usb/host/ehci-platform.c", 266), ...URB_MAPPING],
    note: "64 bits only for platform data, which no node has; the 64-bit mask in ehci-hcd.c is compiled out.",
  }),
  reading("platform-uhci", at("drivers/usb/host/uhci-platform.c", 180), {
    ...bothMasks("0xffffffff", "drivers/usb/host/uhci-platform.c", 83),
    evidence: [at("drivers/usb/host/uhci-platform.c", 87), ...URB_MAPPING],
  }),
  reading("nxp,usb-isp1761", at("drivers/usb/isp1760/isp1760-if.c", 257), {
    usesDma: false,
    ...untouchedLimits("drivers/usb/isp1760/isp1760-if.c", 190),
    evidence: [at("drivers/usb/isp1760/isp1760-hcd.c", 2507)],
    note: "The host controller has no HCD_DMA: usbcore maps nothing, the CPU copies.",
  }),
  reading("aspeed,ast2600-usb-vhub", at("drivers/usb/gadget/udc/aspeed-vhub/core.c", 427), {
    ...untouchedLimits("drivers/usb/gadget/udc/aspeed-vhub/core.c", 297),
    evidence: [
      at("drivers/usb/gadget/udc/aspeed-vhub/core.c", 381),
      at("drivers/usb/gadget/udc/aspeed-vhub/epn.c", 381),
    ],
  }),
  reading("xlnx,zynqmp-dwc3", at("drivers/usb/dwc3/dwc3-xilinx.c", 241), {
    usesDma: false,
    ...untouchedLimits("drivers/usb/dwc3/dwc3-xilinx.c", 277),
    evidence: [at("drivers/usb/dwc3/dwc3-xilinx.c", 320)],
    note: "The master is the child node snps,dwc3, with a driver and masks of its own.",
  }),
  reading("mediatek,mt8173-xhci", at(XHCI_MTK, 847), {
    ...sameMasks(capabilityMask(XHCI, 5319, 5328), segmentSize(0xffffffff, XHCI_MTK, 625)),
    evidence: [at(XHCI_MTK, 592), at(XHCI_MTK, 489), ...URB_MAPPING],
  }),
  reading("allwinner,sun4i-a10-musb", at("drivers/usb/musb/sunxi.c", 844), {
    appliesTo: { virtual: "musb-hdrc", configuredFrom: "allwinner,sun4i-a10-musb" },
    ...untouchedLimits("drivers/usb/musb/sunxi.c", 677),
    evidence: [
      at("drivers/usb/musb/sunxi.c", 791),
      at("drivers/usb/musb/sunxi.c", 322),
      at("drivers/usb/musb/musb_host.c", 2647),
      at("drivers/usb/musb/musb_host.c", 2711),
    ],
    note: "It has no DMA controller and the CPU copies, yet its host driver has HCD_DMA: usbcore maps URBs for the device the glue creates.",
  }),
  reading("nvidia,tegra30-ehci", at("drivers/usb/chipidea/ci_hdrc_tegra.c", 80), {
    ...untouchedLimits("drivers/usb/chipidea/ci_hdrc_tegra.c", 275),
    evidence: [
      at("drivers/usb/chipidea/host.c", 129),
      at("drivers/usb/chipidea/udc.c", 697),
      at("drivers/usb/chipidea/udc.c", 2279),
      ...URB_MAPPING,
    ],
    note: "The ci_hdrc device the driver creates maps for its parent, which is this node.",
  }),
  reading("pci1b4b,2b42", at(MWIFIEX, 177), {
    dmaMask: exactMask("0xffffffff", MWIFIEX, 2945),
    coherentDmaMask: exactMask("0xffffffff", MWIFIEX, 2945),
    maxSegmentSize: { kind: "exact", value: 0x10000, setBy: "pci-core", sources: [at("drivers/pci/probe.c", 2629)] },
    segmentBoundaryMask: exactMask("0xffffffff", "drivers/pci/probe.c", 2630),
    evidence: [at(MWIFIEX, 202), at(MWIFIEX, 1006), at(MWIFIEX, 183)],
    note: "The driver binds by PCI id; the node's compatible is only checked, before wake-up and calibration are read from it.",
  }),
  reading("davicom,dm9000", at("drivers/net/ethernet/davicom/dm9000.c", 1790), {
    usesDma: false,
    ...untouchedLimits("drivers/net/ethernet/davicom/dm9000.c", 1412),
    evidence: [at("drivers/net/ethernet/davicom/dm9000.c", 1412)],
  }),
  reading("fsl,fman-v3-port-rx", at("drivers/net/ethernet/freescale/fman/fman_port.c", 1883), {
    ...bothMasks("0xffffffffff", DPAA, 3370),
    evidence: [at("drivers/net/ethernet/freescale/fman/fman_port.c", 1713), at(DPAA, 3368), at(DPAA, 1560)],
    note: "The port's own driver sets nothing; the Ethernet driver above it sets the port's masks and maps for the port.",
  }),
  reading("faraday,ftgmac100", at("drivers/net/ethernet/faraday/ftgmac100.c", 2106), {
    ...untouchedLimits("drivers/net/ethernet/faraday/ftgmac100.c", 1836),
    evidence: [
      at("drivers/net/ethernet/faraday/ftgmac100.c", 412),
      at("drivers/net/ethernet/faraday/ftgmac100.c", 950),
    ],
  }),
  reading("allwinner,sun8i-h3-emac", at("drivers/net/ethernet/stmicro/stmmac/dwmac-sun8i.c", 1328), {
    ...untouchedLimits("drivers/net/ethernet/stmicro/stmmac/dwmac-sun8i.c", 1152),
    evidence: [
      at("drivers/net/ethernet/stmicro/stmmac/dwmac-sun8i.c", 565),
      at("drivers/net/ethernet/stmicro/stmmac/dwmac-sun8i.c", 1093),
      at(STMMAC, 7745),
      at(STMMAC, 2066),
    ],
    note: "Its DMA operations read no capabilities, so stmmac knows no address width and sets no mask.",
  }),
  unbound(
    "maxim,ds26522",
    "a framer on an SPI bus: the SPI controller moves its data",
    at("drivers/net/wan/slic_ds26522.c", 228),
    at("drivers/net/wan/slic_ds26522.c", 234),
  ),
  reading("altr,socfpga-stmmac-a10-s10", at("drivers/net/ethernet/stmicro/stmmac/dwmac-socfpga.c", 580), {
    ...sameMasks(
      runtimeMask(
        ["0xffffffff", "0xffffffffff", "0xffffffffffff"],
        [
          "a core before 4.00, which has no address width and sets no mask, or one with 32 bits in its capabilities",
          "40 bits in the capabilities of a 4.00 or XGMAC core",
          "48 bits in the capabilities of a 4.00 or XGMAC core",
        ],
        at(STMMAC, 7746),
        at(STMMAC, 7743),
      ),
    ),
    evidence: [
      at("drivers/net/ethernet/stmicro/stmmac/dwmac-socfpga.c", 491),
      at("drivers/net/ethernet/stmicro/stmmac/dwmac1000_dma.c", 228),
      at(STMMAC, 2066),
    ],
    note: "Every tree of the kernel names snps,dwmac-3.72a or 3.74a beside it: no mask is set there.",
  }),
  unbound(
    "silabs,wf200",
    "a wireless chip on an SPI or SDIO bus: the bus's controller moves its data",
    at("drivers/net/wireless/silabs/wfx/bus_sdio.c", 186),
    at("drivers/net/wireless/silabs/wfx/bus_spi.c", 267),
  ),
  reading("xlnx,zynqmp-gem", at(MACB, 5097), {
    ...sameMasks(
      runtimeMask(
        ["0xffffffff", "0xfffffffffff"],
        ["no DAW64 in DCFG6, or a kernel with 32-bit DMA addresses: nothing is set", "DAW64 in DCFG6"],
        at(MACB, 5237),
        at(MACB, 5236),
      ),
    ),
    evidence: [at(MACB, 1422), at(MACB, 2658)],
  }),
];
