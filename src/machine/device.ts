import { regOf } from "../devicetree/meaning/addresses.js";
import { phandleList } from "../devicetree/meaning/phandles.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { stringsOf, u32Property } from "../devicetree/values.js";
import type { DeviceFact } from "../facts/fact.js";
import type { FactBase, OverrideFields } from "../facts/lookup.js";
import type { Attachments } from "./attachments.js";
import { DeviceLedger } from "./device-ledger.js";
import { type Known, kernelDefault } from "./device-values.js";
import type { DmaBuses } from "./dma-bus.js";
import { type DmaTarget, dmaTargetOf, reconfigured, settledAppliesTo } from "./dma-target.js";
import { type DriverWords, limitFields, queueFields, saidBy, sharingFields } from "./driver-fields.js";
import type { Bus, Device, IommuAttachment, RegionBinding, Translation } from "./machine.js";
import type { Arch } from "./profile.js";
import { type DeviceAttachments, translationOf } from "./translation.js";
import type { NodeInfo, TreeScan } from "./tree-scan.js";

/** A node that does DMA, with the fact that is used for it. */
export interface DeviceSeed {
  readonly info: NodeInfo;
  /** Null when no driver is known. */
  readonly fact: DeviceFact | null;
  readonly override: OverrideFields | null;
}

/** All that making a device looks at; built once for a machine. */
export interface DeviceContext {
  readonly tree: DeviceTree;
  readonly arch: Arch;
  readonly scan: TreeScan;
  readonly facts: FactBase;
  readonly buses: DmaBuses;
  readonly attachments: Attachments;
  /** Blocks by the compatible of the aggregate they belong to. */
  readonly blocks: ReadonlyMap<string, readonly DeviceSeed[]>;
  /** Names of the tree by path. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Exclusive end of RAM. */
  readonly endOfRam: number;
}

/** Smallest output of an SMMU: below it an unknown width cannot matter. */
const SURE_OUTPUT = 2 ** 32;

/** Makes the plain description of one device. */
export function makeDevice(context: DeviceContext, seed: DeviceSeed): Device {
  const { info, fact, override } = seed;
  const isPci = info.isPciHost || info.pciHost !== null;
  const appliesTo = settledAppliesTo(context.scan, override?.appliesTo ?? fact?.appliesTo ?? "self");
  const named = dmaTargetOf(context.tree, context.scan, context.facts, info, appliesTo);
  const target = reconfigured(context.scan, named, named.node === info.node ? fact : named.fact);
  const bus = busOf(context, info, target);
  const words: DriverWords = { fact, target: target.fact, override };
  const ledger = new DeviceLedger(info.path);
  const { provenance, assumptions } = ledger;
  const iommu = attachmentsOf(context, seed, target);
  const isServed = (attachment: IommuAttachment | null): boolean => {
    const state = info.enabled ? attachment?.state : attachment?.stateIfEnabled;
    return state === "translate" || state === "identity";
  };
  const limitContext = { isPci, isBridge: info.isPciHost, behindIommu: isServed(iommu.dmaDevice) };
  const limits = limitFields(words, limitContext, ledger);
  const { queues, mmu } = queueFields(words, ledger);
  const [translation, translationIfEnabled] = [true, false].map((now) => translationOf(mmu, queues, iommu, now)) as [
    Translation,
    Translation,
  ];
  const used = translationIfEnabled === "iommu" ? iommu.dmaDevice : (iommu.own ?? iommu.dmaDevice ?? iommu.blocks[0]);
  const attachment = used ?? null;
  const served = isServed(attachment);
  const factSource = fact === null ? null : `${fact.driver.file}:${fact.driver.line}`;
  provenance["busDmaLimit"] =
    bus === null ? { kind: "derived", source: null } : { kind: "bus", source: bus.provenance.source };
  provenance["iommu"] =
    attachment === null ? { kind: "derived", source: null } : context.attachments.provenanceOf(attachment);
  provenance["translation"] =
    translation === "none" && provenance["iommu"].kind === "tree"
      ? { kind: "derived", source: attachment?.source ?? null }
      : provenance["iommu"];
  const passThrough = context.attachments.passThroughOf(iommu.dmaDevice);
  const isPassedThrough = !info.enabled || iommu.dmaDevice?.state === "identity";
  // Drivers that map for themselves, or with the CPU, do so behind any domain.
  if (translationIfEnabled === "none" && isPassedThrough && passThrough !== null)
    provenance["translation"] = passThrough;
  if (translation === "driver-domain" || translation === "device-mmu" || translation === "cpu") {
    provenance["translation"] = saidBy(words, translation === "cpu" ? "buffers" : "mmu", fact ?? target.fact, true);
  }
  provenance["dmaDevice"] = {
    kind: override?.appliesTo === undefined ? (fact === null ? "tree" : "fact") : "override",
    source: factSource,
  };
  if (!target.resolved) ledger.assume("aggregate", "dmaDevice", factSource);
  noteOutputWidth(context, attachment, translationIfEnabled, ledger);
  const coherent = ledger.note("coherent", coherencyOf(context, info.pciHost ?? target.configuring));
  const memoryRegionUse = override?.memoryRegionUse ?? regionUseOf(fact ?? target.fact, target.fact, served);
  provenance["memoryRegionUse"] = saidBy(words, "memoryRegionUse", fact ?? target.fact, memoryRegionUse !== "unknown");
  const memoryRegions = regionsOf(context.tree, target.node, memoryRegionUse);
  provenance["memoryRegions"] = { kind: "tree", source: `${target.node.path}:memory-region` };
  const sharing = sharingFields(words, ledger);
  return {
    path: info.path,
    name: info.node.name,
    labels: context.labels.get(info.path) ?? [],
    aliases: context.aliases.get(info.path) ?? [],
    compatible: info.compatible,
    enabled: info.enabled,
    role: override?.role ?? fact?.role ?? null,
    driver: fact?.driver ?? null,
    dmaDevice: target.device,
    appliesTo,
    numaNode: numaNodeOf(info.node),
    bus: bus?.path ?? null,
    windows: bus?.windows ?? null,
    busDmaLimit: bus?.dmaLimit ?? "unlimited",
    dmaMask: limits.dmaMask,
    coherentDmaMask: limits.coherentDmaMask,
    coherent,
    iommu: attachment,
    translation,
    translationIfEnabled,
    maxSegmentSize: limits.maxSegmentSize,
    maxSegments: limits.maxSegments,
    segmentBoundaryMask: limits.segmentBoundaryMask,
    queues,
    pictureQueue: override?.pictureQueue ?? fact?.pictureQueue ?? target.fact?.pictureQueue ?? null,
    ownMmu: mmu === "device",
    mmuOutputBits: sharing.mmuOutputBits,
    import: sharing.import,
    export: sharing.export,
    memoryRegionUse,
    memoryRegions,
    layouts: sharing.layouts,
    slaveDma: override?.slaveDma ?? fact?.slaveDma ?? false,
    confidence: (target.fact ?? fact)?.confidence ?? "E",
    note: override?.note ?? fact?.note ?? (info.isPciHost ? "stands for the devices plugged into this bus" : null),
    provenance,
    assumptions,
  };
}

/** Platform devices are limited from their bus upwards, PCI devices and virtual ones from the node that configures them. */
function busOf(context: DeviceContext, info: NodeInfo, target: DmaTarget): Bus | null {
  const { buses } = context;
  const host = info.isPciHost ? info.node : info.pciHost;
  if (host !== null) return buses.busFrom(host);
  return buses.busFrom(target.startsThere ? target.configuring : buses.parentOf(target.configuring));
}

function attachmentsOf(context: DeviceContext, { info }: DeviceSeed, target: DmaTarget): DeviceAttachments {
  const { attachments } = context;
  const host = info.isPciHost ? info.node : info.pciHost;
  if (host !== null) {
    const own = info.isPciHost
      ? attachments.ofPci(host, null, null)
      : attachments.ofPci(host, info.node, pciIdOf(info.node));
    return { own, dmaDevice: own, blocks: [], enabledBlocks: [] };
  }
  const own = attachments.ofDevice(info.node);
  const dmaDevice = target.configuring === info.node ? own : attachments.ofDevice(target.configuring);
  const aggregate = context.scan.of(target.node)?.compatible ?? [];
  const blocks = aggregate
    .flatMap((compatible) => context.blocks.get(compatible) ?? [])
    .flatMap((block) => {
      const attachment = attachments.ofDevice(block.info.node);
      return attachment === null ? [] : [{ attachment, enabled: block.info.enabled }];
    });
  return {
    own,
    dmaDevice,
    blocks: blocks.map(({ attachment }) => attachment),
    enabledBlocks: blocks.filter(({ enabled }) => enabled).map(({ attachment }) => attachment),
  };
}

/** What the driver does with the regions of the DMA device, on a board where an IOMMU serves it or not. */
function regionUseOf(fact: DeviceFact | null, ofTarget: DeviceFact | null, served: boolean): Device["memoryRegionUse"] {
  const from = fact?.memoryRegionUse === undefined ? ofTarget : fact;
  if (served && from?.memoryRegionWhen === "no-iommu") return "none";
  return from?.memoryRegionUse ?? "unknown";
}

function noteOutputWidth(
  context: DeviceContext,
  attachment: IommuAttachment | null,
  translation: Translation,
  ledger: DeviceLedger,
): void {
  if (translation !== "iommu" && translation !== "driver-domain") return;
  const driver = context.attachments.driverOf(attachment);
  if (driver === null || driver.widthKnown || context.endOfRam <= SURE_OUTPUT) return;
  ledger.assume("iommu-output-width", "iommu", driver.source);
}

function coherencyOf(context: DeviceContext, node: TreeNode): Known<boolean> {
  if (context.arch === "x86") return kernelDefault(true);
  const said = context.buses.coherency(node);
  if (said === null) return kernelDefault(context.arch === "riscv");
  const property = said.coherent ? "dma-coherent" : "dma-noncoherent";
  return { value: said.coherent, provenance: { kind: "tree", source: `${said.at.path}:${property}` }, assumed: null };
}

/** Regions a node claims. The DMA core takes a restricted pool itself, whatever the driver does. */
function regionsOf(tree: DeviceTree, node: TreeNode, use: Device["memoryRegionUse"]): readonly RegionBinding[] {
  if (!node.has("memory-region")) return [];
  const names = stringsOf(node.get("memory-region-names") ?? new Uint8Array(0));
  return phandleList(tree, node, "memory-region", null).flatMap((entry, index): RegionBinding[] => {
    const region = entry.node;
    if (region === null || region.parent === null || region.parent.path !== "/reserved-memory") return [];
    const restricted = stringsOf(region.get("compatible") ?? new Uint8Array(0)).includes("restricted-dma-pool");
    if (use === "none" && !restricted) return [];
    return [
      {
        node: region.path,
        name: names[index] ?? null,
        use: restricted || use === "none" ? "buffers" : use,
      },
    ];
  });
}

/** Linux 6.12 `drivers/of/base.c` `of_node_to_nid()`: the nearest node upwards that says. */
function numaNodeOf(node: TreeNode): number {
  for (let at: TreeNode | null = node; at !== null; at = at.parent) {
    const id = u32Property(at, "numa-node-id");
    if (id !== undefined) return id;
  }
  return 0;
}

/** Bus, device and function, from the first cell of `reg`; null where the bus is not numbered. */
function pciIdOf(node: TreeNode): number | null {
  const flags = regOf(node)[0]?.flags;
  if (flags === undefined || flags === null) return null;
  const id = Math.floor(flags / 0x100) % 0x10000;
  return id < 0x100 ? null : id;
}
