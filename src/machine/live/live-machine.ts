import { BuiltNode, treeOf } from "../../devicetree/built-node.js";
import type { DeviceTree } from "../../devicetree/tree.js";
import type { FactBase } from "../../facts/lookup.js";
import { alignDown, alignUp } from "../../units/quantity.js";
import { endOf, subtractRanges, toRangeSet } from "../../units/ranges.js";
import type { DefaultCma, Device, Machine } from "../machine.js";
import type { MemorySpec } from "../memory-spec.js";
import type { KernelProfile } from "../profile.js";
import { type MachineOptions, readMachine } from "../read.js";
import type { MachineSource } from "../source.js";
import { takenRam } from "./io-memory.js";
import { valueOf } from "./layout.js";
import { seenAreas, withSeenAreas } from "./live-areas.js";
import { type LiveDevice, makeLiveDevice } from "./live-device.js";
import { LiveIommus, seenAttachments } from "./live-iommu.js";
import { type LiveMemory, liveMemory } from "./live-memory.js";
import { heapNodesOf, liveProfile } from "./live-profile.js";
import { type SysDevice, sysDevicesOf } from "./sys-devices.js";

/** What a user states over what the running machine says. */
export interface LiveOptions {
  readonly facts: FactBase;
  /** Null: the kernel that runs. */
  readonly profile: KernelProfile | null;
  readonly memory?: MemorySpec | null;
  readonly cmdline?: string | null;
}

/** Base class of PCI bridges. Linux 6.12 `include/linux/pci_ids.h` `PCI_BASE_CLASS_BRIDGE`. */
const BRIDGES = 6;

/**
 * Makes the machine that runs: the tree's part as for any board, but with the memory, the command line and the kernel that are there; then the
 * devices that no tree describes; then the nodes that lead to each.
 *
 * @param tree - null for a machine without one
 * @param config - text of the kernel's configuration, or null
 * @throws MachineError when nothing says where RAM is
 */
export function liveMachine(
  source: MachineSource,
  tree: DeviceTree | null,
  config: string | null,
  options: LiveOptions,
): Machine {
  const found = sysDevicesOf(source);
  const { built, memory, isAsItRuns } = expectedOf(source, tree ?? emptyTree(), tree !== null, config, options, found);
  const expected = readMachine(built);
  const { profile } = built;
  const machine = isAsItRuns ? withSeenAreas(expected, seenAreas(source, profile.pageSize)) : expected;
  const iommus = new LiveIommus(source, machine.iommus, found);
  const devices = allDevices(source, machine, found, iommus, options.facts);
  return {
    ...machine,
    model: machine.model === "" ? modelOf(source) : machine.model,
    iommus: [...machine.iommus, ...iommus.found].sort((a, b) => (a.path < b.path ? -1 : 1)),
    devices,
    defaultCma: withHeapName(machine.defaultCma, heapNodesOf(source)),
    pages: pagesLeft(machine, memory),
  };
}

/** What the kernel that runs, or the one that is stated, is expected to make of the tree: its memory, command line and configuration. */
export function liveOptions(
  source: MachineSource,
  tree: DeviceTree,
  config: string | null,
  options: LiveOptions,
): MachineOptions {
  return expectedOf(source, tree, true, config, options, sysDevicesOf(source)).built;
}

interface Expected {
  readonly built: MachineOptions;
  readonly memory: LiveMemory;
  /** What the kernel has made of the board counts only for that kernel, started as it was. */
  readonly isAsItRuns: boolean;
}

function expectedOf(
  source: MachineSource,
  tree: DeviceTree,
  hasTree: boolean,
  config: string | null,
  options: LiveOptions,
  found: readonly SysDevice[],
): Expected {
  const memory = liveMemory(source, hasTree);
  const profile = options.profile ?? liveProfile(source, memory, config);
  const isAsItRuns = [options.profile, options.memory, options.cmdline].every((stated) => stated == null);
  const built: MachineOptions = {
    tree,
    facts: options.facts,
    profile,
    memory: options.memory ?? null,
    cmdline: options.cmdline ?? valueOf(source, "proc/cmdline"),
    ...(memory.banks === null ? {} : { running: { banks: memory.banks, assumption: memory.assumption } }),
    ...(isAsItRuns ? { seenAttachments: seenAttachments(found) } : {}),
  };
  return { built, memory, isAsItRuns };
}

/** The tree of a machine that has none: no device, no reserved region. */
function emptyTree(): DeviceTree {
  return treeOf(new BuiltNode("", null), [], 0);
}

function modelOf(source: MachineSource): string {
  return ["sys_vendor", "product_name"].flatMap((name) => valueOf(source, `sys/class/dmi/id/${name}`) ?? []).join(" ");
}

/** Pages that boot leaves, without what the kernel shows as taken; areas and pools are not among them in either. */
function pagesLeft(machine: Machine, { ioMemory }: LiveMemory): Machine["pages"] {
  if (ioMemory === null) return machine.pages;
  const { pageSize } = machine.profile;
  const taken = takenRam(ioMemory).map((range) => {
    const base = alignDown(range.base, pageSize);
    return { base, size: alignUp(endOf(range), pageSize) - base };
  });
  return subtractRanges(machine.pages, toRangeSet(taken));
}

/** Newer kernels name the heap of the default area by its place, not by the area. */
function withHeapName(area: DefaultCma | null, heaps: readonly string[]): DefaultCma | null {
  if (area === null || heaps.includes(area.name)) return area;
  const others = heaps.filter((name) => name !== "system");
  const heapName =
    others.find((name) => name === "default_cma_region") ?? (others.length === 1 ? others[0] : undefined);
  return heapName === undefined ? area : { ...area, heapName };
}

function allDevices(
  source: MachineSource,
  machine: Machine,
  found: readonly SysDevice[],
  iommus: LiveIommus,
  facts: FactBase,
): readonly Device[] {
  const byPath = new Map(machine.devices.map((device) => [device.path, device]));
  const bySysPath = new Map(found.map((device) => [device.sysPath, device]));
  for (const one of found) {
    const known = one.treePath === null ? undefined : byPath.get(one.treePath);
    if (known !== undefined) {
      byPath.set(known.path, {
        ...known,
        devNodes: one.nodes.map((node) => node.path),
        running: { busId: one.busId, driver: one.driver, iommuGroup: one.iommuGroup },
      });
      continue;
    }
    const bridge = bridgeOf(one, bySysPath, byPath);
    // A function that no driver has taken yet has no group where the tree names the IOMMU: it will hang there as its bus does.
    const attachment = iommus.attachmentOf(one) ?? (one.driver === null ? (bridge?.iommu ?? null) : null);
    for (const live of partsOf(source, one, facts)) {
      if (!byPath.has(live.path)) {
        byPath.set(live.path, makeLiveDevice(live, { arch: machine.arch, facts, attachment, bridge }));
      }
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The tree's device nearest above a device in sysfs: for PCI functions their host bridge. */
function bridgeOf(
  { sysPath, pci }: SysDevice,
  bySysPath: ReadonlyMap<string, SysDevice>,
  byPath: ReadonlyMap<string, Device>,
): Device | null {
  if (pci === null) return null;
  for (let at = sysPath; at.includes("/"); at = at.slice(0, at.lastIndexOf("/"))) {
    const treePath = bySysPath.get(at)?.treePath ?? null;
    const device = treePath === null ? undefined : byPath.get(treePath);
    if (device !== undefined) return device;
  }
  return null;
}

/** The devices a user can name for what sysfs shows as one; empty for what does no DMA. */
function partsOf(source: MachineSource, found: SysDevice, facts: FactBase): readonly LiveDevice[] {
  const path = found.treePath ?? found.busId;
  const { nodes } = found;
  if (found.pci !== null && Math.floor(found.pci.class / 0x10000) === BRIDGES && nodes.length === 0) return [];
  const driver = found.driver ?? found.busId.replace(/\.\d+$/, "");
  if (driver === "vivid") return vividInstances(source, found, facts);
  const fact =
    (found.pci === null ? null : facts.byPci(found.pci.vendor, found.pci.device)) ?? facts.byPlatformDriver(driver);
  if (found.pci === null && nodes.length === 0 && fact === null) return [];
  return [{ path, name: found.busId, found, nodes, fact }];
}

/**
 * vivid makes several cameras of one platform device. Each has nodes of its own, and a parameter says what it allocates with.
 *
 * @see Linux 6.12 `drivers/media/test-drivers/vivid/vivid-core.c` `vivid_create_instance()`
 */
function vividInstances(source: MachineSource, found: SysDevice, facts: FactBase): readonly LiveDevice[] {
  const allocators = (valueOf(source, "sys/module/vivid/parameters/allocators") ?? "").split(",");
  const instances = new Set(found.nodes.flatMap(({ name }) => /^vivid-\d{3}(?=-)/.exec(name ?? "")?.[0] ?? []));
  return [...instances].sort().map((name): LiveDevice => {
    const contiguous = allocators[Number(name.slice("vivid-".length))] === "1";
    const fact = facts.byPlatformDriver("vivid", contiguous ? "allocators=1" : undefined);
    const nodes = found.nodes.filter((node) => node.name?.startsWith(`${name}-`) === true);
    return { path: `${found.busId}/${name}`, name, found, nodes, fact };
  });
}
