/** What a driver does with the regions that `memory-region` of its node names. */
import type { DeviceFact } from "../../../src/facts/fact.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";

const ATTACHES = /^of_reserved_mem_device_init(?:_by_idx|_by_name)?$/;
const PROCESSOR = /^(?:devm_)?rproc_(?:alloc|add)$/;
const LOADS =
  /^(?:(?:firmware_)?request_firmware\w*|qcom_mdt_\w+|(?:devm_)?memremap|(?:devm_)?ioremap\w*|rproc_mem_entry_init|rproc_of_resm_mem_entry_init)$/;

/** A region of a node inside the device's: of firmware for a part of it. */
const CHILD_NODE = /^of_get_(?:available_)?child_by_name$/;

/**
 * Linux 6.12 drivers/of/of_reserved_mem.c: of_reserved_mem_device_init() makes the region what the device allocates from. A driver that looks the region up itself
 * loads firmware into it, as every processor that remoteproc starts does. Undefined where nothing of this is seen.
 *
 * @param code - the driver's own
 */
export function memoryRegionUse(source: KernelSource, code: readonly Definition[]): DeviceFact["memoryRegionUse"] {
  const mentions = (names: RegExp, nodes = code): boolean =>
    nodes.some((node) => [...node.names].some((name) => names.test(name)));
  const attaches = mentions(ATTACHES);
  const lookUps = code.filter((node) => {
    if (node.kind !== "function" || mentions(CHILD_NODE, [node])) return false;
    return /"memory-region"/.test(source.outline(node.file)?.code.slice(node.body, node.end) ?? "");
  });
  if (mentions(PROCESSOR)) return attaches || lookUps.length > 0 ? "firmware" : undefined;
  if (attaches) return "buffers";
  const files = new Set(lookUps.map(({ file }) => file));
  return mentions(
    LOADS,
    code.filter(({ file }) => files.has(file)),
  )
    ? "firmware"
    : undefined;
}
