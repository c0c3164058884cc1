/** Facts of drivers outside Linux that users of the chips in this folder meet daily; each names the tree that was read and its address. */
import type { DeviceFact } from "../fact.js";
import { VENDOR_HAILO_FACTS } from "./vendor/hailo.js";
import { VENDOR_RASPBERRYPI_FACTS } from "./vendor/raspberrypi.js";
import { VENDOR_ROCKCHIP_FACTS } from "./vendor/rockchip.js";
import { VENDOR_VIVANTE_FACTS } from "./vendor/vivante.js";

/** Facts of all vendors' drivers. */
export const VENDOR_FACTS: readonly DeviceFact[] = [
  ...VENDOR_ROCKCHIP_FACTS,
  ...VENDOR_RASPBERRYPI_FACTS,
  ...VENDOR_HAILO_FACTS,
  ...VENDOR_VIVANTE_FACTS,
];
