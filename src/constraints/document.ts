import type { Device, IommuAttachment, Machine, Provenance, RegionBinding } from "../machine/machine.js";
import { MAX_EXACT } from "../units/quantity.js";
import type { RangeSet } from "../units/ranges.js";
import { importerOf } from "./importer.js";
import type { Participant } from "./participant.js";

/** A device as `coalloc devices --json` shows it. */
export interface DeviceDocument {
  readonly path: string;
  readonly name: string;
  readonly compatible: readonly string[];
  readonly enabled: boolean;
  readonly role: Device["role"];
  readonly driver: Device["driver"];
  /** The device the DMA API sees, a node or one without, and the node whose bus, IOMMU and coherency it has. */
  readonly dmaDevice: ({ readonly path: string } | { readonly virtual: string }) & { readonly configuredFrom: string };
  readonly iommu: IommuAttachment | null;
  readonly coherent: boolean;
  readonly dmaMask: string | null;
  readonly coherentDmaMask: string | null;
  readonly busDmaLimit: number | "unlimited";
  /** The bus limit lies above 2^53 - 1 and was cut there. */
  readonly clamped?: true;
  /** RAM the device addresses without bouncing; a disabled device is judged as if it were enabled. */
  readonly reach: RangeSet;
  /** What the queue that carries pictures takes, as the device sees it. */
  readonly buffers: Participant["buffers"];
  readonly queues: Device["queues"];
  /** Null when nobody knows the driver. */
  readonly ownMmu: boolean | null;
  readonly translation: Participant["translation"];
  readonly maxSegmentSize: Device["maxSegmentSize"];
  readonly maxSegments: Device["maxSegments"];
  readonly segmentBoundaryMask: Device["segmentBoundaryMask"];
  readonly memoryRegions: readonly RegionBinding[];
  /** What the driver does with a `memory-region`, whether or not the tree gives one. */
  readonly memoryRegionUse: Device["memoryRegionUse"];
  readonly mmuOutputBits: Device["mmuOutputBits"];
  /** Null when nobody knows the driver. */
  readonly layouts: Device["layouts"] | null;
  readonly import: Device["import"];
  readonly export: Device["export"];
  readonly confidence: Device["confidence"];
  readonly note: string | null;
  readonly provenance: Readonly<Record<string, Provenance>>;
  readonly assumptions: Participant["assumptions"];
}

/** What `coalloc devices --json` prints: `coalloc/devices/1`. */
export interface DevicesDocument {
  readonly schema: "coalloc/devices/1";
  readonly profile: string;
  readonly devices: readonly DeviceDocument[];
}

/** The DMA-capable devices of a machine, sorted by path. */
export function devicesDocument(machine: Machine, all: boolean): DevicesDocument {
  return {
    schema: "coalloc/devices/1",
    profile: machine.profile.name,
    devices: machine.devices.filter((d) => all || d.enabled).map((d) => deviceDocument(machine, d)),
  };
}

function deviceDocument(machine: Machine, device: Device): DeviceDocument {
  const participant = importerOf(machine, { device, queue: null, access: "read-write" });
  const { busDmaLimit } = device;
  const isUnknown = (field: string): boolean => device.provenance[field]?.kind === "unknown";
  return {
    path: device.path,
    name: device.name,
    compatible: device.compatible,
    enabled: device.enabled,
    role: device.role,
    driver: device.driver,
    dmaDevice:
      "path" in device.dmaDevice ? { ...device.dmaDevice, configuredFrom: device.dmaDevice.path } : device.dmaDevice,
    iommu: device.iommu,
    coherent: device.coherent,
    dmaMask: device.dmaMask,
    coherentDmaMask: device.coherentDmaMask,
    busDmaLimit,
    ...(typeof busDmaLimit === "number" && busDmaLimit >= MAX_EXACT ? { clamped: true } : {}),
    reach: participant.alternatives[0].constraints.reach,
    buffers: participant.buffers,
    queues: device.queues,
    ownMmu: isUnknown("ownMmu") ? null : device.ownMmu,
    translation: participant.translation,
    maxSegmentSize: device.maxSegmentSize,
    maxSegments: device.maxSegments,
    segmentBoundaryMask: device.segmentBoundaryMask,
    memoryRegions: device.memoryRegions,
    memoryRegionUse: device.memoryRegionUse,
    mmuOutputBits: device.mmuOutputBits,
    layouts: isUnknown("layouts") ? null : device.layouts,
    import: device.import,
    export: device.export,
    confidence: device.confidence,
    note: device.note,
    provenance: { ...device.provenance, driver: driverProvenance(device), reach: participant.provenance.reach },
    assumptions: participant.assumptions,
  };
}

function driverProvenance({ driver }: Device): Provenance {
  return driver === null
    ? { kind: "unknown", source: null }
    : { kind: "fact", source: `${driver.file}:${driver.line}` };
}
