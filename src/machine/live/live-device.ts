import type { DeviceFact } from "../../facts/fact.js";
import type { FactBase } from "../../facts/lookup.js";
import { DeviceLedger } from "../device-ledger.js";
import { type Known, kernelDefault } from "../device-values.js";
import { type DriverWords, limitFields, queueFields, saidBy, sharingFields } from "../driver-fields.js";
import type { Device, IommuAttachment } from "../machine.js";
import type { Arch } from "../profile.js";
import { translationOf } from "../translation.js";
import type { DeviceNode, SysDevice } from "./sys-devices.js";

/** Drivers that hand a device to a process: they set no mask, and the mask that is shown is not the device's. */
const PASSING_DRIVERS: ReadonlySet<string> = new Set(["vfio-pci", "uio_pci_generic", "pci-stub", "vfio-platform"]);

/** A device that no tree describes, or a part of one: a driver may have several independent sets of nodes. */
export interface LiveDevice {
  readonly path: string;
  readonly name: string;
  readonly found: SysDevice;
  readonly nodes: readonly DeviceNode[];
  readonly fact: DeviceFact | null;
}

/** What making such a device looks at. */
export interface LiveContext {
  readonly arch: Arch;
  readonly facts: FactBase;
  readonly attachment: IommuAttachment | null;
  /** The bridge to the device's PCI bus, where the tree has it: it brings windows and coherency. */
  readonly bridge: Device | null;
}

/** Makes the plain description of a device from sysfs and from the facts about its driver. */
export function makeLiveDevice(live: LiveDevice, context: LiveContext): Device {
  const { found, fact, path, name } = live;
  const { attachment, bridge } = context;
  const compatible = found.pci === null ? [] : [pciName(found.pci)];
  const override = context.facts.overrideFor(path, compatible);
  const words: DriverWords = { fact, target: null, override };
  const ledger = new DeviceLedger(path);
  const { provenance } = ledger;
  const shown = found.driver !== null && !PASSING_DRIVERS.has(found.driver);
  const limits = limitFields(
    words,
    {
      isPci: found.pci !== null,
      isBridge: false,
      dmaMask: shown ? shownMask(found, "dma_mask_bits", found.dmaMaskBits) : null,
      coherentDmaMask: shown ? shownMask(found, "consistent_dma_mask_bits", found.coherentMaskBits) : null,
    },
    ledger,
  );
  const { queues, mmu } = queueFields(words, ledger);
  const attachments = { own: attachment, dmaDevice: attachment, blocks: [], enabledBlocks: [] };
  const translation = translationOf(mmu, queues, attachments, true);
  provenance["busDmaLimit"] = bridge?.provenance["busDmaLimit"] ?? { kind: "derived", source: null };
  provenance["iommu"] =
    attachment === null
      ? { kind: "derived", source: null }
      : { kind: attachment === bridge?.iommu ? "tree" : "live", source: attachment.source };
  provenance["translation"] =
    translation === "none" || translation === "iommu"
      ? provenance["iommu"]
      : saidBy(words, translation === "cpu" ? "buffers" : "mmu", fact, true);
  provenance["dmaDevice"] = { kind: "live", source: `/sys/${found.sysPath}` };
  const coherent = ledger.note("coherent", coherencyOf(context));
  provenance["memoryRegionUse"] = { kind: "derived", source: null };
  provenance["memoryRegions"] = { kind: "derived", source: null };
  const sharing = sharingFields(words, ledger);
  return {
    path,
    name,
    labels: [],
    aliases: [],
    compatible,
    enabled: true,
    role: override?.role ?? fact?.role ?? null,
    driver: fact?.driver ?? null,
    dmaDevice: { path: found.busId },
    appliesTo: "self",
    numaNode: found.numaNode ?? 0,
    bus: bridge?.bus ?? null,
    windows: bridge?.windows ?? null,
    busDmaLimit: bridge?.busDmaLimit ?? "unlimited",
    dmaMask: limits.dmaMask,
    coherentDmaMask: limits.coherentDmaMask,
    coherent,
    iommu: attachment,
    translation,
    translationIfEnabled: translation,
    maxSegmentSize: limits.maxSegmentSize,
    maxSegments: limits.maxSegments,
    segmentBoundaryMask: limits.segmentBoundaryMask,
    queues,
    pictureQueue: override?.pictureQueue ?? fact?.pictureQueue ?? null,
    ownMmu: mmu === "device",
    mmuOutputBits: sharing.mmuOutputBits,
    import: sharing.import,
    export: sharing.export,
    memoryRegionUse: "none",
    memoryRegions: [],
    layouts: sharing.layouts,
    slaveDma: override?.slaveDma ?? fact?.slaveDma ?? false,
    confidence: fact?.confidence ?? "E",
    note: override?.note ?? fact?.note ?? null,
    provenance,
    assumptions: ledger.assumptions,
    devNodes: live.nodes.map((node) => node.path),
    running: { busId: found.busId, driver: found.driver, iommuGroup: found.iommuGroup },
  };
}

/** As a function of a PCI bus is called in a tree. */
function pciName({ vendor, device }: { readonly vendor: number; readonly device: number }): string {
  return `pci${vendor.toString(16)},${device.toString(16)}`;
}

function shownMask({ sysPath }: SysDevice, file: string, bits: number | null): Known<string> | null {
  if (bits === null) return null;
  const value = `0x${(2n ** BigInt(bits) - 1n).toString(16)}`;
  return { value, provenance: { kind: "live", source: `/sys/${sysPath}/${file}` }, assumed: null };
}

function coherencyOf({ arch, bridge }: LiveContext): Known<boolean> {
  const said = bridge?.provenance["coherent"];
  if (bridge !== null && said !== undefined) return { value: bridge.coherent, provenance: said, assumed: null };
  return kernelDefault(arch === "x86" || arch === "riscv");
}
