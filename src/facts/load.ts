import type { FactDatabase } from "./extracted/database.js";
import { FactBase } from "./lookup.js";

/**
 * Loads every fact, on demand: a page or a command that places nothing pays nothing. Where two reviewed facts match one compatible, the family
 * listed first is the one a machine is built with; what a program found counts where nobody has read.
 */
export async function loadFacts(): Promise<FactBase> {
  const extracted = Promise.all([import("./extracted/linux.js"), import("./extracted/extracted-facts.js")]).then(
    ([{ FACT_DATABASE }, { ExtractedFacts }]) => new ExtractedFacts(JSON.parse(FACT_DATABASE) as FactDatabase),
  );
  const families = await Promise.all([
    import("./reviewed/rockchip.js").then((m) => m.ROCKCHIP_FACTS),
    import("./reviewed/mali.js").then((m) => m.MALI_FACTS),
    import("./reviewed/allwinner.js").then((m) => m.ALLWINNER_FACTS),
    import("./reviewed/raspberrypi.js").then((m) => m.RASPBERRYPI_FACTS),
    import("./reviewed/amlogic.js").then((m) => m.AMLOGIC_FACTS),
    import("./reviewed/imx.js").then((m) => m.IMX_FACTS),
    import("./reviewed/ti.js").then((m) => m.TI_FACTS),
    import("./reviewed/mediatek.js").then((m) => m.MEDIATEK_FACTS),
    import("./reviewed/qcom.js").then((m) => m.QCOM_FACTS),
    import("./reviewed/exynos.js").then((m) => m.EXYNOS_FACTS),
    import("./reviewed/arm.js").then((m) => m.ARM_FACTS),
    import("./reviewed/st.js").then((m) => m.ST_FACTS),
    import("./reviewed/nvidia.js").then((m) => m.NVIDIA_FACTS),
    import("./reviewed/renesas.js").then((m) => m.RENESAS_FACTS),
    import("./reviewed/xilinx.js").then((m) => m.XILINX_FACTS),
    import("./reviewed/hisilicon.js").then((m) => m.HISILICON_FACTS),
    import("./reviewed/marvell.js").then((m) => m.MARVELL_FACTS),
    import("./reviewed/simple-framebuffer.js").then((m) => m.SIMPLE_FRAMEBUFFER_FACTS),
    import("./reviewed/aspeed.js").then((m) => m.ASPEED_FACTS),
    import("./reviewed/mapped-by-others.js").then((m) => m.MAPPED_BY_OTHERS_FACTS),
    import("./reviewed/processors.js").then((m) => m.PROCESSOR_FACTS),
    import("./reviewed/virtual.js").then((m) => m.VIRTUAL_FACTS),
    import("./reviewed/pci.js").then((m) => m.PCI_FACTS),
    import("./reviewed/vendor.js").then((m) => m.VENDOR_FACTS),
    import("./reviewed/amba.js").then((m) => m.AMBA_FACTS),
    import("./reviewed/bus-masters.js").then((m) => m.BUS_MASTER_FACTS),
  ]);
  return new FactBase(families.flat(), [], await extracted);
}
