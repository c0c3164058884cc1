import { buildDeviceTree, cells } from "../../../src/devicetree/build.js";
import { DeviceTreeError } from "../../../src/devicetree/error.js";
import { applyOverlay } from "../../../src/devicetree/overlay.js";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import type { DeviceTree } from "../../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";

const base: DeviceTree = buildDeviceTree({
  aliases: { bus: "/soc/i2c@40" },
  soc: {
    "#address-cells": 1,
    "i2c@40": { phandle: 3, status: "disabled", "old@1": { reg: 1 } },
    "clk@80": { phandle: 7 },
  },
  __symbols__: { i2c0: "/soc/i2c@40", clk: "/soc/clk@80" },
});
const baseBytes = writeDeviceTree(base);

/**
 * Reads a file as an overlay and applies it to a small tree.
 *
 * @throws when anything but a tree or a DeviceTreeError comes out, when the result cannot be written and read again, or when the
 *   base tree was changed
 */
export function run(data: Uint8Array): void {
  try {
    const result = applyOverlay(base, readDeviceTree(data));
    const again = readDeviceTree(writeDeviceTree(result));
    if ([...again.nodes()].length !== [...result.nodes()].length) throw new Error("nodes were lost in writing");
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
  }
  const after = writeDeviceTree(base);
  if (after.length !== baseBytes.length || after.some((byte, at) => byte !== baseBytes[at])) {
    throw new Error("the overlay changed its base");
  }
}

/** Valid overlays to start from. */
export const seeds: Uint8Array[] = [
  writeDeviceTree(
    buildDeviceTree({
      "fragment@0": {
        target: 0xffffffff,
        __overlay__: {
          status: "okay",
          "sensor@1a": { reg: 0x1a, phandle: 1, clocks: cells(0xffffffff, 3), friend: cells(0, 1) },
        },
      },
      "fragment@1": { "target-path": "/soc", __overlay__: { "added@9": { "#address-cells": 1 } } },
      "fragment@2": { "target-path": "bus/old@1", __overlay__: { reg: 2 } },
      __symbols__: { sensor: "/fragment@0/__overlay__/sensor@1a" },
      __fixups__: { i2c0: "/fragment@0:target:0", clk: "/fragment@0/__overlay__/sensor@1a:clocks:0" },
      __local_fixups__: { "fragment@0": { __overlay__: { "sensor@1a": { friend: 4 } } } },
    }),
  ),
];
