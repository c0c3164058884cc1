import { readTreeFolder } from "../devicetree/folder.js";
import { readDeviceTree } from "../devicetree/read.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { MachineError } from "./error.js";
import type { Machine } from "./machine.js";
import { applyConfig } from "./profiles.js";
import { type MachineOptions, readMachine } from "./read.js";

/**
 * The files a machine is described by, from path to bytes. `machine.json`: a machine as saved. `tree.dtb`: a flattened tree. `tree/...`: a tree in
 * the form of `/proc/device-tree`. `config`: the kernel's configuration, over the profile.
 */
export type MachineSource = ReadonlyMap<string, Uint8Array>;

/**
 * Makes a machine from files that somebody else has read. A saved machine is taken as it is and no option counts.
 *
 * @throws MachineError, or DeviceTreeError with the byte offset, for files that are none
 */
export async function machineFromSource(
  source: MachineSource,
  options: Omit<MachineOptions, "tree">,
): Promise<Machine> {
  const saved = source.get("machine.json");
  if (saved !== undefined) {
    const { parseMachine } = await import("./json.js");
    const parsed = parseMachine(new TextDecoder().decode(saved));
    if (!parsed.ok) throw new MachineError("bad-machine-file", `machine.json: ${parsed.refusal.text}`);
    return parsed.value;
  }
  const config = source.get("config");
  const profile =
    config === undefined ? options.profile : applyConfig(options.profile, new TextDecoder().decode(config));
  return readMachine({ ...options, profile, tree: treeOf(source) });
}

function treeOf(source: MachineSource): DeviceTree {
  const flat = source.get("tree.dtb");
  if (flat !== undefined) return readDeviceTree(flat);
  const folder = new Map<string, Uint8Array>();
  for (const [path, bytes] of source) {
    if (path.startsWith("tree/")) folder.set(path.slice("tree/".length), bytes);
  }
  if (folder.size > 0) return readTreeFolder(folder);
  throw new MachineError("bad-source", "there is neither tree.dtb nor tree/ nor machine.json among the files");
}
