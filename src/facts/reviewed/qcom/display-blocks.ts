/** Encoders and PHYs of Qualcomm's displays: they stand below a wrapper, and the display controller beside them is the DRM device. */
import type { DeviceFact } from "../../fact.js";
import { aggregateBlocks, type MatchRows } from "../shorthand.js";
import { MSM_CONTROLLERS } from "./graphics.js";

/** Blocks of any controller; where a chip has two, the first enabled one is meant, whose limits are the same. */
function blocks(file: string, probeLine: number, rows: MatchRows): readonly DeviceFact[] {
  return aggregateBlocks("msm", `drivers/gpu/drm/msm/${file}`, probeLine, MSM_CONTROLLERS, rows);
}

/** Facts of encoders and PHYs. */
export const QCOM_DISPLAY_BLOCK_FACTS: readonly DeviceFact[] = [
  ...blocks("dp/dp_display.c", 1267, [
    ["qcom,sc7180-dp", 165],
    ["qcom,sc7280-dp", 166],
    ["qcom,sc7280-edp", 167],
    ["qcom,sc8180x-dp", 168],
    ["qcom,sc8180x-edp", 169],
    ["qcom,sc8280xp-dp", 170],
    ["qcom,sc8280xp-edp", 171],
    ["qcom,sdm845-dp", 172],
    ["qcom,sm8350-dp", 173],
    ["qcom,sm8650-dp", 174],
    ["qcom,x1e80100-dp", 175],
  ]),
  ...blocks("dsi/dsi.c", 169, [
    ["qcom,mdss-dsi-ctrl", 195],
    ["qcom,dsi-ctrl-6g-qcm2290", 198],
  ]),
  ...blocks("dsi/phy/dsi_phy.c", 622, [
    ["qcom,dsi-phy-28nm-hpm", 540],
    ["qcom,dsi-phy-28nm-hpm-fam-b", 542],
    ["qcom,dsi-phy-28nm-lp", 544],
    ["qcom,dsi-phy-28nm-8226", 546],
    ["qcom,dsi-phy-28nm-8937", 548],
    ["qcom,dsi-phy-20nm", 552],
    ["qcom,dsi-phy-28nm-8960", 556],
    ["qcom,dsi-phy-14nm", 560],
    ["qcom,dsi-phy-14nm-2290", 562],
    ["qcom,dsi-phy-14nm-660", 564],
    ["qcom,dsi-phy-14nm-8953", 566],
    ["qcom,sm6125-dsi-phy-14nm", 568],
    ["qcom,dsi-phy-10nm", 572],
    ["qcom,dsi-phy-10nm-8998", 574],
    ["qcom,dsi-phy-7nm", 578],
    ["qcom,dsi-phy-7nm-8150", 580],
    ["qcom,sc7280-dsi-phy-7nm", 582],
    ["qcom,sm6375-dsi-phy-7nm", 584],
    ["qcom,sm8350-dsi-phy-5nm", 586],
    ["qcom,sm8450-dsi-phy-5nm", 588],
    ["qcom,sm8550-dsi-phy-4nm", 590],
    ["qcom,sm8650-dsi-phy-4nm", 592],
  ]),
  ...blocks("hdmi/hdmi.c", 396, [
    ["qcom,hdmi-tx-8998", 552],
    ["qcom,hdmi-tx-8996", 553],
    ["qcom,hdmi-tx-8994", 554],
    ["qcom,hdmi-tx-8084", 555],
    ["qcom,hdmi-tx-8974", 556],
    ["qcom,hdmi-tx-8960", 557],
    ["qcom,hdmi-tx-8660", 558],
  ]),
  ...blocks("hdmi/hdmi_phy.c", 149, [
    ["qcom,hdmi-phy-8660", 205],
    ["qcom,hdmi-phy-8960", 207],
    ["qcom,hdmi-phy-8974", 209],
    ["qcom,hdmi-phy-8084", 211],
    ["qcom,hdmi-phy-8996", 213],
    ["qcom,hdmi-phy-8998", 215],
  ]),
];
