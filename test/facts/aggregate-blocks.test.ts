import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { factOf, summarize } from "./summary.js";

const { facts } = await loadFacts();

// Typed by hand while reading Linux 6.12; each driver's probe was read to its end and sets no limit.
const cases = [
  // dw_hdmi-rockchip.c:656, rockchip_lvds.c:695: components of rockchip_drm_drv.c:501-514
  { block: "rockchip,rk3399-dw-hdmi", module: "rockchipdrm", belongsTo: "rockchip,display-subsystem" },
  { block: "rockchip,px30-lvds", module: "rockchipdrm", belongsTo: "rockchip,display-subsystem" },
  // meson_dw_hdmi.c:843, a component of meson_drv.c:469; meson_dw_mipi_dsi.c:268
  { block: "amlogic,meson-g12a-dw-hdmi", module: "meson_dw_hdmi", belongsTo: "amlogic,meson-g12a-vpu" },
  { block: "amlogic,meson-g12a-dw-mipi-dsi", module: "meson_dw_mipi_dsi", belongsTo: "amlogic,meson-g12a-vpu" },
  // exynos_hdmi.c:1957, exynos_drm_dsi.c:74
  { block: "samsung,exynos5433-hdmi", module: "exynosdrm", belongsTo: "samsung,exynos5433-decon" },
  { block: "samsung,exynos4210-mipi-dsi", module: "exynosdrm", belongsTo: "samsung,exynos4210-fimd" },
  // vc4_dpi.c:386, vc4_vec.c:839
  { block: "brcm,bcm2835-dpi", module: "vc4", belongsTo: "brcm,bcm2835-vc4" },
  { block: "brcm,bcm2711-vec", module: "vc4", belongsTo: "brcm,bcm2711-vc5" },
  // imx-ldb.c:618, ipu-prg.c:358, fsl-ldb.c:292
  { block: "fsl,imx6q-ldb", module: "imx-ldb", belongsTo: "fsl,imx-display-subsystem" },
  { block: "fsl,imx6qp-prg", module: "imx-ipu-v3", belongsTo: "fsl,imx-display-subsystem" },
  { block: "fsl,imx8mp-ldb", module: "fsl-ldb", belongsTo: "fsl,imx8mp-lcdif" },
  // dsi/dsi.c:169, dp/dp_display.c:1267
  { block: "qcom,mdss-dsi-ctrl", module: "msm", belongsTo: "qcom,sdm845-dpu" },
  { block: "qcom,sc7180-dp", module: "msm", belongsTo: "qcom,sc7180-dpu" },
  // mtk_disp_aal.c:167, mtk_dsi.c:1183, mtk_dp.c:2699
  { block: "mediatek,mt8183-disp-aal", module: "mediatek-drm", belongsTo: "mediatek,mt8183-disp-ovl" },
  { block: "mediatek,mt8183-dsi", module: "mediatek-drm", belongsTo: "mediatek,mt8183-disp-ovl" },
  { block: "mediatek,mt8195-dp-tx", module: "mtk_dp", belongsTo: "mediatek,mt8195-disp-ovl" },
];

describe("a block without buffers of its own", () => {
  for (const { block, module, belongsTo } of cases) {
    it(`means ${belongsTo} when it is ${block}`, () => {
      const fact = summarize(factOf(facts, block));
      expect(fact).toMatchObject({ module, masks: "default, default", segment: "default", queues: "", mmu: "none" });
      expect(fact.appliesTo.split(" or ")).toContain(belongsTo);
    });
  }
});
