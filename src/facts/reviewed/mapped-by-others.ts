/**
 * Bus masters whose own probe does no DMA: another driver maps for them, or the hardware takes its memory by address. The extractor, which follows probes, does not
 * find them. Read by hand in Linux 6.12.
 */
import type { DeviceFact } from "../fact.js";
import { busMaster, driver, untouchedLimits } from "./shorthand.js";

const GENI = "drivers/soc/qcom/qcom-geni-se.c";
const QMAN = "drivers/soc/fsl/qbman/qman_ccsr.c";
const BMAN = "drivers/soc/fsl/qbman/bman_ccsr.c";
const WED = "drivers/net/ethernet/mediatek/mtk_wed.c";

const PRIVATE_MEMORY =
  "Its regions are the block's private memory, given to it by address (dpaa_sys.c:37 qbman_init_private_mem()); nobody maps anything for the block itself.";

/** Facts of devices that others map for. */
export const MAPPED_BY_OTHERS_FACTS: readonly DeviceFact[] = [
  busMaster("qcom,geni-se-qup", driver("qcom-geni-se", GENI, 966), untouchedLimits(GENI, 894), "A", {
    memoryRegionUse: "none",
    note: "The UARTs, SPI and I2C controllers below map with this node: geni_se_tx_dma_prep() and geni_se_rx_dma_prep(), lines 708 and 760.",
  }),
  busMaster("fsl,qman", driver("qman_ccsr", QMAN, 874), untouchedLimits(QMAN, 730), "A", {
    memoryRegionUse: "firmware",
    note: PRIVATE_MEMORY,
  }),
  busMaster("fsl,bman", driver("bman_ccsr", BMAN, 289), untouchedLimits(BMAN, 197), "A", {
    memoryRegionUse: "firmware",
    note: PRIVATE_MEMORY,
  }),
  ...["mediatek,mt7622-wed", "mediatek,mt7981-wed", "mediatek,mt7986-wed", "mediatek,mt7988-wed"].map((name) =>
    busMaster(name, driver("mtk_eth", WED, 2764), untouchedLimits(WED, 2764), "A", {
      memoryRegionUse: "firmware",
      note:
        "Has no driver of its own: the Ethernet driver finds it by phandle (mtk_wed_add_hw()), takes it for rings and pages, and makes it the DMA device of its " +
        "queues while Wi-Fi offload is on, where that driver is coherent (line 2427).",
    }),
  ),
];
