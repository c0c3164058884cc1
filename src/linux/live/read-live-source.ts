import { machine as machineName } from "node:os";
import { DeviceTreeError } from "../../devicetree/error.js";
import { readDeviceTree } from "../../devicetree/read.js";
import { writeDeviceTree } from "../../devicetree/write.js";
import {
  CMA_FILES,
  DEVICE_ENTRIES,
  DEVICE_FOLDERS,
  DEVICE_NODES,
  GROUP_FILES,
  MODEL_FILES,
  MODULE_PARAMETERS,
  PROC_FILES,
} from "../../machine/live/layout.js";
import {
  isPrivateProperty,
  withoutPrivateProperties,
  withoutPrivateText,
  withoutPrivateWords,
} from "../../machine/live/private-data.js";
import type { MachineSource } from "../../machine/source.js";
import { SystemFiles } from "./files.js";

/** The tree the running kernel was started with, for root. Linux 6.12 `drivers/of/fdt.c` `of_fdt_raw_init()`. */
const FLAT_TREE = "sys/firmware/fdt";
const TREE_FOLDER = "proc/device-tree";

/** A tree has fewer properties than this. */
const MOST_PROPERTIES = 200_000;

/**
 * Looks at the machine this process runs on, for `machineFromSource()`. Nothing is changed and nothing but files is read; what the process may not
 * read is left out, and so are serial numbers, hardware addresses and seeds. `src/machine/live/layout.ts` says what the files are.
 *
 * @param root - folder that stands for `/`, for tests; default `/`
 */
export function readLiveSource(root = "/"): MachineSource {
  const files = new SystemFiles(root);
  const source = new Map<string, Uint8Array>();
  const take = (path: string): void => {
    const bytes = files.bytes(path);
    if (bytes !== null) source.set(path, bytes);
  };
  readTree(files, source);
  for (const name of PROC_FILES) take(`proc/${name}`);
  const arch = "proc/sys/kernel/arch";
  // The file came with Linux 6.1.
  if (root === "/" && !source.has(arch)) source.set(arch, utf8(machineName()));
  const commandLine = source.get("proc/cmdline");
  if (commandLine !== undefined) {
    source.set("proc/cmdline", utf8(withoutPrivateWords(new TextDecoder().decode(commandLine))));
  }
  readConfig(files, source);
  for (const folder of DEVICE_FOLDERS) {
    for (const name of files.names(folder)) readDevice(files, source, `${folder}/${name}`);
  }
  for (const group of files.names("sys/kernel/iommu_groups")) {
    for (const name of GROUP_FILES) take(`sys/kernel/iommu_groups/${group}/${name}`);
  }
  for (const area of files.names("sys/kernel/debug/cma")) {
    for (const name of CMA_FILES) take(`sys/kernel/debug/cma/${area}/${name}`);
  }
  for (const name of MODULE_PARAMETERS) take(`sys/module/${name}`);
  for (const name of MODEL_FILES) take(`sys/class/dmi/id/${name}`);
  readNodes(files, source);
  return new Map([...source].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The flattened tree where it may be read, as it keeps the order of nodes; else the folder that everybody may read. */
function readTree(files: SystemFiles, source: Map<string, Uint8Array>): void {
  const flat = files.bytes(FLAT_TREE);
  if (flat !== null) {
    try {
      const tree = readDeviceTree(flat);
      if (tree.root.has("compatible")) source.set("tree.dtb", writeDeviceTree(withoutPrivateProperties(tree)));
      return;
    } catch (error) {
      // A kernel gives what its boot loader gave: the folder is what it made of that.
      if (!(error instanceof DeviceTreeError)) throw error;
    }
  }
  const visit = (below: string): void => {
    for (const name of files.names(`${TREE_FOLDER}${below}`)) {
      const path = `${below}/${name}`;
      const kind = files.kind(`${TREE_FOLDER}${path}`);
      if (kind === "folder") visit(path);
      if (kind !== "file" || isPrivateProperty(name) || source.size >= MOST_PROPERTIES) continue;
      const bytes = files.bytes(`${TREE_FOLDER}${path}`);
      if (bytes !== null) source.set(`tree${path}`, path === "/chosen/bootargs" ? withoutPrivateText(bytes) : bytes);
    }
  };
  visit("");
}

function readConfig(files: SystemFiles, source: Map<string, Uint8Array>): void {
  const packed = files.bytes("proc/config.gz");
  if (packed !== null) {
    source.set("config.gz", packed);
    return;
  }
  const version = new TextDecoder().decode(source.get("proc/version") ?? new Uint8Array(0));
  const release = /^Linux version ([\w.+~-]+)/.exec(version)?.[1];
  const plain = release === undefined ? null : files.bytes(`boot/config-${release}`);
  if (plain !== null) source.set("config", plain);
}

/** The entries of a device, under the path that sysfs keeps for it. */
function readDevice(files: SystemFiles, source: Map<string, Uint8Array>, path: string): void {
  const folder = files.leadsTo(path)?.slice(1);
  if (folder?.startsWith("sys/devices/") !== true) return;
  for (const name of DEVICE_ENTRIES) {
    const entry = `${folder}/${name}`;
    if (source.has(entry)) continue;
    const kind = files.kind(entry);
    if (kind === "link") {
      const target = files.leadsTo(entry);
      if (target !== null) source.set(entry, utf8(target));
    } else if (kind === "file") {
      const bytes = files.bytes(entry);
      if (bytes !== null) source.set(entry, bytes);
    }
  }
}

function readNodes(files: SystemFiles, source: Map<string, Uint8Array>): void {
  const take = (path: string): void => {
    const line = files.nodeLine(path);
    if (line !== null) source.set(path, utf8(line));
  };
  for (const pattern of DEVICE_NODES) {
    if (pattern.endsWith("/")) for (const name of files.names(`dev/${pattern}`)) take(`dev/${pattern}${name}`);
    else if (pattern.endsWith("*")) {
      const beginning = pattern.slice(0, -1);
      for (const name of files.names("dev")) if (name.startsWith(beginning)) take(`dev/${name}`);
    } else take(`dev/${pattern}`);
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
