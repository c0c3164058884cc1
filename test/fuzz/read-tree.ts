import { DeviceTreeError } from "../../src/devicetree/error.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";

/**
 * The tree of a file; null where the reader refuses it.
 *
 * @throws when anything but a DeviceTreeError comes out
 */
export function readTree(data: Uint8Array): DeviceTree | null {
  try {
    return readDeviceTree(data);
  } catch (error) {
    if (!(error instanceof DeviceTreeError)) throw error;
    return null;
  }
}
