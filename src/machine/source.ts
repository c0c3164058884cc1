import { readTreeFolder } from "../devicetree/folder.js";
import { readDeviceTree } from "../devicetree/read.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { MachineError } from "./error.js";
import { inflated } from "./live/inflate.js";
import { LIVE_MARK } from "./live/layout.js";
import type { Machine } from "./machine.js";
import type { KernelProfile } from "./profile.js";
import { applyConfig, EMBEDDED_6_12 } from "./profiles.js";
import { type MachineOptions, readMachine } from "./read.js";

/**
 * The files a machine is described by, from path to bytes. `machine.json`: a machine as saved. `tree.dtb`: a flattened tree. `tree/...`: a tree in
 * the form of `/proc/device-tree`. `config`, or packed `config.gz`: the kernel's configuration, over the profile. With `proc/meminfo` and what goes with it
 * (`live/layout.ts`) it is a machine that runs, or ran when it was looked at.
 */
export type MachineSource = ReadonlyMap<string, Uint8Array>;

/** What is stated over the files. */
export interface SourceOptions extends Omit<MachineOptions, "tree" | "profile" | "running" | "seenAttachments"> {
  /** Changes the tree before it is used: overlays. Not called where there is none. */
  readonly overlaid?: (tree: DeviceTree) => DeviceTree;
  /** Null, the default: the kernel that runs where the files are of a running machine, else {@link EMBEDDED_6_12}. */
  readonly profile?: KernelProfile | null;
}

/**
 * Makes a machine from files that somebody else has read. A saved machine is taken as it is and no option counts.
 *
 * @throws MachineError, or DeviceTreeError with the byte offset, for files that are none
 */
export async function machineFromSource(source: MachineSource, options: SourceOptions): Promise<Machine> {
  const saved = source.get("machine.json");
  if (saved !== undefined) {
    const { parseMachine } = await import("./json.js");
    const parsed = parseMachine(new TextDecoder().decode(saved));
    if (!parsed.ok) throw new MachineError("bad-machine-file", `machine.json: ${parsed.refusal.text}`);
    return parsed.value;
  }
  const found = treeOfSource(source);
  const tree = found === null ? null : (options.overlaid?.(found) ?? found);
  const config = await configOf(source);
  if (source.has(LIVE_MARK)) {
    const { liveMachine } = await import("./live/live-machine.js");
    return liveMachine(source, tree, config, { ...options, profile: options.profile ?? null });
  }
  if (tree === null) {
    throw new MachineError("bad-source", "there is neither tree.dtb nor tree/ nor machine.json among the files");
  }
  return readMachine(withConfig(options, config, tree));
}

/**
 * What the kernel makes a machine of, for files with a device tree: of a machine that runs, with the memory, the command line and the
 * configuration it runs with, but without what only its kernel shows. Null where there is no tree: a saved machine, a PC.
 *
 * @throws MachineError, or DeviceTreeError with the byte offset, for files that are none
 */
export async function boardFromSource(source: MachineSource, options: SourceOptions): Promise<MachineOptions | null> {
  const found = treeOfSource(source);
  if (found === null) return null;
  const tree = options.overlaid?.(found) ?? found;
  const config = await configOf(source);
  if (source.has(LIVE_MARK)) {
    const { liveOptions } = await import("./live/live-machine.js");
    return liveOptions(source, tree, config, { ...options, profile: options.profile ?? null });
  }
  return withConfig(options, config, tree);
}

/** The options for a tree that nobody has booted: the configuration over the profile. */
function withConfig(options: SourceOptions, config: string | null, tree: DeviceTree): MachineOptions {
  const base = options.profile ?? EMBEDDED_6_12;
  return { ...options, profile: config === null ? base : applyConfig(base, config), tree };
}

/** The device tree among the files; null where there is none. */
export function treeOfSource(source: MachineSource): DeviceTree | null {
  const flat = source.get("tree.dtb");
  if (flat !== undefined) return readDeviceTree(flat);
  const folder = new Map<string, Uint8Array>();
  for (const [path, bytes] of source) {
    if (path.startsWith("tree/")) folder.set(path.slice("tree/".length), bytes);
  }
  // A kernel started without a tree may show an empty one.
  if (folder.size === 0 || (source.has(LIVE_MARK) && !folder.has("compatible"))) return null;
  return readTreeFolder(folder);
}

/** Text of the configuration among the files, unpacked; null where there is none. */
export async function configOf(source: MachineSource): Promise<string | null> {
  const plain = source.get("config");
  if (plain !== undefined) return new TextDecoder().decode(plain);
  const packed = source.get("config.gz");
  return packed === undefined ? null : new TextDecoder().decode(await inflated("config.gz", packed));
}
