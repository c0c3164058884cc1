/** Ethernet, SD/MMC and DMA controllers of i.MX. */
import type { DeviceFact } from "../../fact.js";
import {
  at,
  bothMasks,
  busMaster,
  capabilityMask,
  cardHost,
  driver,
  sameMasks,
  segmentSize,
  variantMask,
} from "../shorthand.js";

const FEC = "drivers/net/ethernet/freescale/fec_main.c";
const SDMA = "drivers/dma/imx-sdma.c";
const EQOS = "drivers/net/ethernet/stmicro/stmmac/dwmac-imx.c";
const STMMAC = "drivers/net/ethernet/stmicro/stmmac/stmmac_main.c";
const ESDHC = "drivers/mmc/host/sdhci-esdhc-imx.c";
const SDHCI = "drivers/mmc/host/sdhci.c";

const FEC_LIMITS = bothMasks("0xffffffff", FEC, 4095);

const SDMA_LIMITS = { ...bothMasks("0xffffffff", SDMA, 2248), maxSegmentSize: segmentSize(0xffff, SDMA, 2363) };

/** Facts of bus masters nobody shares pictures with. */
export const IMX_BUS_MASTER_FACTS: readonly DeviceFact[] = [
  ...(
    [
      ["fsl,imx6q-fec", 197],
      ["fsl,imx6sx-fec", 199],
      ["fsl,imx6ul-fec", 200],
      ["fsl,imx8mq-fec", 201],
      ["fsl,imx8qm-fec", 202],
    ] as const
  ).map(([name, line]) => busMaster(name, driver("fec", FEC, line), FEC_LIMITS, "A")),
  ...(
    [
      ["fsl,imx6q-sdma", 675],
      ["fsl,imx53-sdma", 676],
      ["fsl,imx51-sdma", 677],
      ["fsl,imx7d-sdma", 681],
      ["fsl,imx6ul-sdma", 682],
      ["fsl,imx8mq-sdma", 683],
    ] as const
  ).map(([name, line]) => busMaster(name, driver("imx-sdma", SDMA, line), SDMA_LIMITS, "A")),
  ...(
    [
      ["nxp,imx8mp-dwmac-eqos", 416, "0x3ffffffff", 395],
      ["nxp,imx8dxl-dwmac-eqos", 417, "0xffffffff", 402],
      ["nxp,imx93-dwmac-eqos", 418, "0xffffffff", 408],
    ] as const
  ).map(([name, line, mask, dataLine]) =>
    busMaster(
      name,
      driver("dwmac-imx", EQOS, line),
      sameMasks(variantMask(mask, STMMAC, 7746, at(EQOS, dataLine))),
      "B",
    ),
  ),
  ...(
    [
      ["fsl,imx6sx-usdhc", 374],
      ["fsl,imx6sl-usdhc", 375],
      ["fsl,imx6q-usdhc", 377],
      ["fsl,imx7d-usdhc", 379],
      ["fsl,imx8qxp-usdhc", 381],
      ["fsl,imx8mm-usdhc", 382],
    ] as const
  ).map(([name, line]) =>
    busMaster(name, driver("sdhci-esdhc-imx", ESDHC, line), cardHost(capabilityMask(SDHCI, 4066, 4076)), "C"),
  ),
];
