import { MAX_EXACT } from "../units/quantity.js";
import { DeviceTreeError } from "./error.js";
import { FlatNodes } from "./flat-node.js";
import type { FlatTree } from "./scan.js";
import { scanFlatTree } from "./scan.js";
import type { MemReservation } from "./tree.js";
import { DeviceTree } from "./tree.js";

/**
 * Reads a flattened device tree, version 16 or 17. The whole structure is checked at once; nodes and names are made when
 * they are asked for.
 *
 * @param bytes - the file; kept, values are views of it, and it must not change afterwards
 * @throws DeviceTreeError for everything else, with the byte offset; in time and memory linear in the size of the file
 */
export function readDeviceTree(bytes: Uint8Array): DeviceTree {
  const flat = scanFlatTree(bytes);
  const nodes = new FlatNodes(flat);
  return new DeviceTree(nodes.nodeOf(0), readReservations(flat), flat.header.bootCpu, nodes, flat);
}

function readReservations(flat: FlatTree): readonly MemReservation[] {
  const { bytes, header, reservationsEnd } = flat;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reservations: MemReservation[] = [];
  for (let at = header.reservationsOffset; at < reservationsEnd - 16; at += 16) {
    const address = view.getUint32(at) * 0x100000000 + view.getUint32(at + 4);
    const size = view.getUint32(at + 8) * 0x100000000 + view.getUint32(at + 12);
    if (address > MAX_EXACT || size > MAX_EXACT) {
      throw new DeviceTreeError("bad-reservation", at, "a memory reservation above 2^53 - 1");
    }
    reservations.push({ address, size });
  }
  return reservations;
}
