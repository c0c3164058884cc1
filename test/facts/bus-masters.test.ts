import { describe, expect, it } from "vitest";
import { BUS_MASTER_FACTS } from "../../src/facts/reviewed/bus-masters.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment beside each row names where.
const EXACT32 = "exact 0xffffffff, exact 0xffffffff";
const WIDE = "runtime 0xffffffff|0xffffffffffffffff, runtime 0xffffffff|0xffffffffffffffff";
const cases = [
  { compatible: "snps,dwc3", masks: WIDE, segment: "4294967295" }, // dwc3/core.c:2234, :2296; xhci.c:5319
  { compatible: "generic-ehci", masks: EXACT32, segment: "default" }, // ehci-platform.c:255
  { compatible: "generic-ohci", masks: EXACT32, segment: "default" }, // ohci-platform.c:108
  { compatible: "brcm,bcm2835-usb", masks: EXACT32, segment: "default" }, // dwc2/hcd.c:5147, platform.c:456
  { compatible: "rockchip,rk3288-dw-mshc", masks: WIDE, segment: "runtime" }, // dw_mmc.c:3130; core/queue.c:403
  { compatible: "rockchip,rk3568-dwcmshc", masks: WIDE, segment: "runtime" }, // sdhci.c:4066, :4076
  { compatible: "allwinner,sun50i-a64-mmc", masks: "default, default", segment: "runtime" }, // sunxi-mmc.c:1366
  { compatible: "amlogic,meson-axg-mmc", masks: "default, default", segment: "runtime" }, // meson-gx-mmc.c:1138
  { compatible: "rockchip,rk3399-gmac", masks: "default, default", segment: "default" }, // stmmac_main.c:7745, width 0
  {
    compatible: "rockchip,rk3588-gmac", // stmmac_main.c:7746, dwmac4_dma.c:420
    masks: "runtime 0xffffffff|0xffffffffff|0xffffffffffff, runtime 0xffffffff|0xffffffffff|0xffffffffffff",
    segment: "default",
  },
  { compatible: "brcm,bcm2711-genet-v5", masks: "variant 0xffffffffff, variant 0xffffffffff", segment: "default" }, // bcmgenet.c:4029
  {
    compatible: "fsl,fman-v2-port-tx", // dpaa_eth.c:3372
    masks: "exact 0xffffffffff, exact 0xffffffffff",
    segment: "default",
  },
  { compatible: "snps,dwc-ahci", masks: WIDE, segment: "runtime" }, // libahci_platform.c:772; scsi_lib.c:2037
  { compatible: "rockchip,sfc", masks: EXACT32, segment: "default" }, // spi-rockchip-sfc.c:598
  { compatible: "arm,pl330", masks: EXACT32, segment: "1900800" }, // pl330.c:3028, :3177
  { compatible: "allwinner,sun50i-h6-dma", masks: "default, default", segment: "33554431" }, // sun6i-dma.c:1348
];

describe("bus master facts", () => {
  for (const { compatible, masks, segment } of cases) {
    it(`of ${compatible}`, () => {
      const summary = summarize(factOf(BUS_MASTER_FACTS, compatible));
      expect({ masks: summary.masks, segment: summary.segment }).toEqual({ masks, segment });
    });
  }

  it("are of no use for pictures", () => {
    expect(BUS_MASTER_FACTS.filter((fact) => fact.role !== "other" || fact.buffers.length > 0)).toEqual([]);
  });
});
