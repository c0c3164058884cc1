import { buildDeviceTree, cells, cells64 } from "../../src/devicetree/build.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";

const IMX_DISPLAY = "/soc@0/bus@32c00000/display-controller@32e80000";

/** What examples/multi-device.ts adds to two real boards, by file name. */
export const OVERLAYS: ReadonlyMap<string, DeviceTree> = new Map([
  // The capture block of the RK3588, which Linux 6.12 has no node for; its IOMMU is left out, so that it takes one range.
  [
    "rk3588-camera",
    buildDeviceTree({
      "fragment@0": {
        "target-path": "/",
        __overlay__: { "camera@fdce0000": { compatible: "rockchip,rk3588-vicap", reg: cells64(0xfdce0000, 0x800) } },
      },
    }),
  ],
  // An IOMMU that the i.MX8MP does not have, and its first display behind it as client 7.
  [
    "imx8mp-iommu",
    buildDeviceTree({
      "fragment@0": {
        "target-path": "/soc@0",
        __overlay__: {
          "iommu@3a000000": {
            compatible: "arm,mmu-500",
            reg: cells(0x3a000000, 0x100000),
            "#iommu-cells": 1,
            phandle: 1,
          },
        },
      },
      "fragment@1": { "target-path": IMX_DISPLAY, __overlay__: { iommus: cells(1, 7) } },
      __local_fixups__: { "fragment@1": { __overlay__: { iommus: cells(0) } } },
    }),
  ],
]);
