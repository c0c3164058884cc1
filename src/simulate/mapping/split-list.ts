import type { Bytes } from "../../units/quantity.js";
import type { ScatterList } from "../scatter-list.js";
import type { MappedDevice } from "./mapped-device.js";

/**
 * Entries a device gets of a list that is mapped directly, its longer entries cut to {@link MappedDevice.splitSize}, from the start of each.
 *
 * Linux 6.12 cuts nothing: whoever maps directly gets one entry for each entry, however long (`kernel/dma/direct.c` `dma_direct_map_sg()`), and a
 * driver whose engine takes short entries cuts for itself, or does not work.
 */
export function countSplitEntries(device: MappedDevice, memory: ScatterList): number {
  const { splitSize } = device;
  if (!Number.isFinite(splitSize)) return memory.count;
  let entries = 0;
  for (let i = 0; i < memory.count; i += 1) entries += Math.ceil((memory.length[i] as Bytes) / splitSize);
  return entries;
}
