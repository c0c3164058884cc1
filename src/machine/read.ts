import { parseCmdline } from "../boot/cmdline.js";
import type { BootInput, BootOutcome } from "../boot/outcome.js";
import { type BootPieces, reservationsOf } from "../boot/pieces.js";
import { simulateBoot } from "../boot/simulate.js";
import { addressCells, sizeCells } from "../devicetree/meaning/cells.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { stringOf } from "../devicetree/values.js";
import type { FactBase } from "../facts/lookup.js";
import { endOf } from "../units/ranges.js";
import { archOfTree } from "./arch.js";
import { Attachments, type SeenAttachment } from "./attachments.js";
import { findMemory, limitBanks, type Memory, runningMemory } from "./banks.js";
import { bootProfileOf } from "./boot-profile.js";
import { type DeviceContext, type DeviceSeed, makeDevice } from "./device.js";
import { DmaBuses } from "./dma-bus.js";
import { isDmaCapable } from "./dma-capable.js";
import { settledAppliesTo } from "./dma-target.js";
import type { Assumption, AssumptionCode, Device, Machine, MemoryBank, Provenance } from "./machine.js";
import type { MemorySpec } from "./memory-spec.js";
import type { KernelProfile } from "./profile.js";
import { regionsAfterBoot } from "./regions.js";
import { type NodeInfo, TreeScan } from "./tree-scan.js";

/** What a machine is made from. */
export interface MachineOptions {
  readonly tree: DeviceTree;
  /** What drivers do, with a user's statements over it. */
  readonly facts: FactBase;
  readonly profile: KernelProfile;
  /** Replaces the tree's memory. Default: what the tree states. */
  readonly memory?: MemorySpec | null;
  /** Replaces the tree's `bootargs`. */
  readonly cmdline?: string | null;
  /** RAM as the kernel that runs on the board reports it: counts before the tree's, after `memory`. */
  readonly running?: RunningMemory | null;
  /** What is in memory when the kernel starts. Default: usual load addresses. */
  readonly bootState?: BootState | null;
  /** How the kernel that runs on the board has devices behind their IOMMUs, by path: counts before what the tree lets expect. */
  readonly seenAttachments?: ReadonlyMap<string, SeenAttachment>;
}

/** What the boot loader and the early kernel have taken, as far as it is known. */
export interface BootState {
  /** All that is reserved just before `/reserved-memory` is scanned; null: what the pieces give, usual load addresses where none is stated. */
  readonly reservedBeforeScan: BootInput["reservedBeforeScan"];
  /** All that is reserved just before the default CMA area is looked for; null: estimated. */
  readonly reservedBeforeDefaultCma: BootInput["reservedBeforeDefaultCma"];
  /** Where the pieces of the boot are, as far as it is known. */
  readonly pieces: BootPieces;
}

/** A machine, and the boot that gave it its pools. */
export interface BootedMachine {
  readonly machine: Machine;
  readonly boot: BootOutcome;
  /** What the boot was run from. */
  readonly input: BootInput;
}

/** RAM as a running kernel reports it, `mem=` applied. */
export interface RunningMemory {
  /** Sorted by base, not overlapping. */
  readonly banks: readonly MemoryBank[];
  /** What they rest on; null for what the kernel prints as RAM. */
  readonly assumption: AssumptionCode | null;
}

/**
 * Makes the machine a kernel of this profile sees on a board with this tree. Same input, same machine.
 *
 * @throws MachineError when nothing says where RAM is
 */
export function readMachine(options: MachineOptions): Machine {
  return bootMachine(options).machine;
}

/**
 * As {@link readMachine}, with all that the boot model says.
 *
 * @throws MachineError when nothing says where RAM is
 */
export function bootMachine(options: MachineOptions): BootedMachine {
  const { tree, facts } = options;
  const assumptions: Assumption[] = [];
  const assume = (code: AssumptionCode, field: string, source: string | null): void => {
    assumptions.push({ code, device: null, field, source });
  };
  const guessed = archOfTree(tree);
  const arch = options.profile.arch ?? guessed ?? "arm64";
  if (options.profile.arch === null && guessed === null) assume("arch-guessed", "arch", "/cpus");
  const commandLine = options.cmdline ?? bootargsOf(tree);
  const words = parseCmdline(commandLine);
  const profile: KernelProfile = {
    ...options.profile,
    iommuPassthrough: words.iommuPassthrough ?? options.profile.iommuPassthrough,
  };
  // On 32-bit arm arch_setup_dma_ops() maps through every IOMMU, whatever its default domain is: Linux 6.12 arch/arm/mm/dma-mapping.c.
  const passThrough: Provenance | null =
    arch === "arm" || !profile.iommuPassthrough
      ? null
      : words.iommuPassthrough === null
        ? { kind: "config", source: "CONFIG_IOMMU_DEFAULT_PASSTHROUGH" }
        : { kind: "cmdline", source: "iommu.passthrough=1" };
  const bootProfile = bootProfileOf(profile, arch);

  const running = (options.memory ?? null) === null ? (options.running ?? null) : null;
  const memory =
    running === null
      ? findMemory(tree, options.memory ?? null, bootProfile)
      : runningMemory(running.banks, bootProfile);
  const rest = running === null ? "memory-from-tree" : running.assumption;
  if ((options.memory ?? null) === null && rest !== null)
    assume(rest, "banks", memory.banks[0]?.provenance.source ?? null);
  if (memory.cutOuts.length > 0) assume("registers-cut-out", "banks", memory.cutOuts[0]?.node ?? null);
  const banks = limitBanks(memory.banks, words.mem, bootProfile);
  const state = options.bootState ?? null;
  const image = state?.pieces.kernel ?? null;
  const input: BootInput = {
    tree,
    banks: bootBanks(memory),
    cmdline: commandLine,
    profile: bootProfile,
    reservedBeforeScan: state === null ? null : (state.reservedBeforeScan ?? reservationsOf(state.pieces, bootProfile)),
    reservedBeforeDefaultCma: state?.reservedBeforeDefaultCma ?? null,
    ...(image === null ? {} : { kernelImage: image }),
  };
  const boot = simulateBoot(input);
  if (boot.assumptions.length > 0)
    assume("boot-placement", "pages", boot.assumptions.map(({ name }) => name).join(", "));

  const scan = new TreeScan(tree);
  const buses = new DmaBuses(tree);
  const attachments = new Attachments(tree, scan, arch, profile, passThrough, options.seenAttachments);
  const seeds = seedsOf(scan, facts);
  const lastBank = banks[banks.length - 1];
  const context: DeviceContext = {
    tree,
    arch,
    scan,
    facts,
    buses,
    attachments,
    blocks: blocksOf(scan, seeds),
    labels: namesByPath(tree.labels),
    aliases: namesByPath(tree.aliases),
    endOfRam: lastBank === undefined ? 0 : endOf(lastBank),
  };
  const devices: Device[] = seeds.map((seed) => makeDevice(context, seed));
  devices.sort((a, b) => (a.path < b.path ? -1 : 1));
  const regions = regionsAfterBoot(tree, boot, devices);
  for (const region of regions) {
    if (region.status === "failed" && region.kind !== "reserved") assume("pool-not-placed", "regions", region.node);
  }
  const machine: Machine = {
    schema: "coalloc/machine/1",
    model: textOf(tree, "model"),
    compatible: compatiblesOf(tree.root),
    arch,
    profile,
    commandLine,
    tree: {
      addressCells: addressCells(tree.root),
      sizeCells: sizeCells(tree.root),
      hasReservedMemory: tree.root.child("reserved-memory") !== undefined,
    },
    banks,
    cutOuts: memory.cutOuts,
    buses: usedBuses(buses, devices),
    iommus: attachments.iommus,
    devices,
    regions,
    defaultCma: defaultCmaOf(boot),
    zoneDmaEnd: boot.zoneDmaEnd,
    pages: boot.free,
    assumptions,
  };
  return { machine, boot, input };
}

function bootBanks(memory: Memory): readonly { base: number; size: number; nid: number | null }[] {
  const hasNodes = memory.banks.some((bank) => bank.numaNode !== 0);
  return memory.banks.map(({ base, size, numaNode }) => ({ base, size, nid: hasNodes ? numaNode : null }));
}

/** Every node that does DMA, with its fact and what a user states about it. */
function seedsOf(scan: TreeScan, facts: FactBase): readonly DeviceSeed[] {
  const seeds: DeviceSeed[] = [];
  for (const info of scan.infos) {
    const fact = info.pciHost === null ? facts.byCompatible(info.compatible) : pciFact(info, facts);
    const override = facts.overrideFor(info.path, info.compatible);
    if (override !== null || isDmaCapable(info, fact)) seeds.push({ info, fact, override });
  }
  return seeds;
}

/** A function of a PCI bus names itself `pciVVVV,DDDD`. */
function pciFact({ compatible }: NodeInfo, facts: FactBase): ReturnType<FactBase["byPci"]> {
  for (const name of compatible) {
    const id = /^pci([0-9a-f]{1,4}),([0-9a-f]{1,4})$/i.exec(name);
    const fact =
      id === null ? null : facts.byPci(Number.parseInt(id[1] as string, 16), Number.parseInt(id[2] as string, 16));
    if (fact !== null) return fact;
  }
  return facts.byCompatible(compatible);
}

function blocksOf(scan: TreeScan, seeds: readonly DeviceSeed[]): ReadonlyMap<string, readonly DeviceSeed[]> {
  const blocks = new Map<string, DeviceSeed[]>();
  for (const seed of seeds) {
    const appliesTo = settledAppliesTo(scan, seed.override?.appliesTo ?? seed.fact?.appliesTo ?? "self");
    if (typeof appliesTo !== "object" || !("aggregate" in appliesTo)) continue;
    const list = blocks.get(appliesTo.aggregate);
    if (list === undefined) blocks.set(appliesTo.aggregate, [seed]);
    else list.push(seed);
  }
  return blocks;
}

function namesByPath(names: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const byPath = new Map<string, string[]>();
  for (const [name, path] of names) {
    const list = byPath.get(path);
    if (list === undefined) byPath.set(path, [name]);
    else list.push(name);
  }
  for (const list of byPath.values()) list.sort();
  return byPath;
}

function usedBuses(buses: DmaBuses, devices: readonly Device[]): Machine["buses"] {
  const used = new Set(devices.map((device) => device.bus));
  return buses.found.filter((bus) => used.has(bus.path));
}

function defaultCmaOf(boot: BootOutcome): Machine["defaultCma"] {
  if (boot.defaultCma === null) return null;
  const { base, size, source, node, name, certainty } = boot.defaultCma;
  return { base, size, source, node, name, certainty };
}

function bootargsOf(tree: DeviceTree): string {
  const value = tree.root.child("chosen")?.get("bootargs");
  return value === undefined ? "" : stringOf(value);
}

function textOf(tree: DeviceTree, property: string): string {
  const value = tree.root.get(property);
  return value === undefined ? "" : stringOf(value);
}
