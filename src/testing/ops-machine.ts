import type { Device, Machine } from "../machine/machine.js";
import { EMBEDDED_6_12 } from "../machine/profiles.js";
import { GIB, MIB } from "../units/quantity.js";

/** IOMMU of the machine below. */
const IOMMU = "/iommu";

/**
 * A small machine to try mapping operations on: 1 GiB of RAM below 4 GiB and 1 GiB above it, a default CMA area, and a device of each kind.
 *
 *     /direct    emits bus addresses, all of them                 /iommu-client   behind an IOMMU
 *     /narrow    32 bits: what lies above has to bounce           /snooping       coherent
 *     /shifted   sees the lower half of RAM 1 GiB higher          /engine         has tables of its own
 */
export function opsMachine(): Machine {
  const wide = "0xffffffffffffffff";
  return {
    schema: "coalloc/machine/1",
    model: "machine for mapping operations",
    compatible: [],
    arch: "arm64",
    profile: EMBEDDED_6_12,
    commandLine: "",
    tree: { addressCells: 2, sizeCells: 2, hasReservedMemory: false },
    banks: [
      { base: GIB, size: GIB, numaNode: 0, provenance: { kind: "derived", source: null } },
      { base: 4 * GIB, size: GIB, numaNode: 0, provenance: { kind: "derived", source: null } },
    ],
    cutOuts: [],
    buses: [],
    iommus: [
      {
        path: IOMMU,
        compatible: [],
        enabled: true,
        driver: "test",
        pageSizes: [4096, 2 * MIB, GIB],
        aperture: { base: 0, end: 4 * GIB },
        outputBits: 40,
        grouping: "device",
        provenance: {
          pageSizes: { kind: "derived", source: null },
          aperture: { kind: "derived", source: null },
          outputBits: { kind: "derived", source: null },
        },
      },
    ],
    devices: [
      opsDevice("/direct", { dmaMask: wide, coherentDmaMask: wide }),
      opsDevice("/engine", {
        translation: "device-mmu",
        translationIfEnabled: "device-mmu",
        ownMmu: true,
        mmuOutputBits: 40,
        dmaMask: wide,
      }),
      opsDevice("/iommu-client", {
        iommu: { path: IOMMU, state: "translate", stateIfEnabled: "translate", source: "/iommu-client:iommus" },
        translation: "iommu",
        translationIfEnabled: "iommu",
      }),
      opsDevice("/narrow", {}),
      opsDevice("/shifted", {
        windows: [{ cpu: GIB as number, dma: (2 * GIB) as number, size: GIB / 2 }],
        busDmaLimit: 2.5 * GIB - 1,
        dmaMask: wide,
      }),
      opsDevice("/snooping", { coherent: true, dmaMask: wide }),
    ],
    regions: [],
    defaultCma: {
      base: 1.75 * GIB,
      size: 32 * MIB,
      source: "config",
      node: null,
      name: "reserved",
      certainty: "exact",
    },
    zoneDmaEnd: 4 * GIB,
    pages: [
      { base: GIB, size: 0.75 * GIB },
      { base: 1.75 * GIB + 32 * MIB, size: 0.25 * GIB - 32 * MIB },
      { base: 4 * GIB, size: GIB },
    ],
    assumptions: [],
  };
}

/** A device of 32 bits that emits bus addresses, with fields replaced. */
function opsDevice(path: string, fields: Partial<Device>): Device {
  return {
    path,
    name: path.slice(1),
    labels: [],
    aliases: [],
    compatible: [],
    enabled: true,
    role: null,
    driver: null,
    dmaDevice: { path },
    appliesTo: "self",
    numaNode: 0,
    bus: null,
    windows: null,
    busDmaLimit: "unlimited",
    dmaMask: "0xffffffff",
    coherentDmaMask: "0xffffffff",
    coherent: false,
    iommu: null,
    translation: "none",
    translationIfEnabled: "none",
    maxSegmentSize: 65536,
    maxSegments: "unlimited",
    segmentBoundaryMask: "unlimited",
    queues: [],
    pictureQueue: null,
    ownMmu: false,
    mmuOutputBits: null,
    import: null,
    export: null,
    memoryRegionUse: "none",
    memoryRegions: [],
    layouts: [],
    slaveDma: false,
    confidence: "A",
    note: null,
    provenance: {},
    assumptions: [],
    ...fields,
  };
}
