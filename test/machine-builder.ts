import type { BufferKind, LayoutFact, QueueFact } from "../src/facts/fact.js";
import type {
  Assumption,
  Device,
  DmaRange,
  Iommu,
  Machine,
  ReservedRegion,
  Translation,
} from "../src/machine/machine.js";
import type { KernelProfile } from "../src/machine/profile.js";
import { EMBEDDED_6_12 } from "../src/machine/profiles.js";
import { endOf, type Range, subtractRanges, toRangeSet } from "../src/units/ranges.js";

/**
 * Small machines as plain data. Ranges are text, `"0x40000000+2G"`; a device takes one line; whatever is not said is what an
 * unremarkable arm64 board has: 4 KiB pages, 32-bit masks as the driver sets them, no IOMMU, 64 KiB segments.
 */

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `"12M"`, `"0x1000"`, `"4096"` in bytes. */
export function bytes(text: string): number {
  const match = /^(0x[0-9a-f]+|\d+)([KMG]?)$/.exec(text);
  if (match === null) throw new Error(`no size: ${text}`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

/** `"BASE+SIZE"` as a range. */
export function range(text: string): Range {
  const [base, size] = text.split("+");
  return { base: bytes(base!), size: bytes(size!) };
}

/** Several ranges separated by commas, as a range set. */
export function ranges(text: string): readonly Range[] {
  return toRangeSet(
    text
      .split(",")
      .filter((part) => part !== "")
      .map(range),
  );
}

/** What of a device a test cares about. */
export interface DeviceSpec {
  /** Streaming mask; default 32 bits. */
  readonly mask?: string | null;
  /** Default: the streaming mask. */
  readonly coherentMask?: string | null;
  /** Bus windows, `["CPU@DMA+SIZE"]`; default none. */
  readonly windows?: readonly string[];
  /** Kind of the picture queue: `gem...` kinds make a `gem` queue, others `capture`. Null: nothing known. */
  readonly queue?: BufferKind | null;
  /** More about that queue. */
  readonly about?: Partial<QueueFact>;
  /** All queues; replaces `queue` and `about`. */
  readonly queues?: readonly QueueFact[];
  readonly pictureQueue?: string;
  /** Path of the IOMMU it hangs on; translates unless `iommuState` says otherwise. */
  readonly iommu?: string;
  readonly iommuState?: "translate" | "identity" | "disabled" | "no-driver";
  /** Default `iommu` behind a translating IOMMU, `cpu` for vmalloc, else `none`. */
  readonly translation?: Translation;
  readonly mmuOutputBits?: number;
  readonly enabled?: boolean;
  readonly coherent?: boolean;
  readonly role?: Device["role"];
  readonly maxSegmentSize?: number | "unlimited";
  readonly maxSegments?: number | "unlimited";
  /** Default both; `null` for unknown. */
  readonly imports?: boolean | null;
  /** What user space may export: default dumb buffers of `gem` queues, `mmap` of others. */
  readonly exports?: "v4l2" | "dumb" | "none";
  readonly cpuMapping?: NonNullable<Device["export"]>["cpuMapping"];
  /** Names of reserved regions, all used for buffers. */
  readonly regions?: readonly string[];
  readonly regionUse?: Device["memoryRegionUse"];
  readonly layouts?: readonly LayoutFact[];
  readonly slaveDma?: boolean;
  readonly assumptions?: readonly Assumption[];
  /** Kind of provenance of the streaming mask; default `fact`. */
  readonly maskFrom?: "fact" | "kernel-default";
}

/** A device at `/soc/NAME`. */
export function device(name: string, spec: DeviceSpec = {}): Device {
  const path = `/soc/${name}`;
  const kind = spec.queue === undefined ? "contig" : spec.queue;
  const queueName = kind?.startsWith("gem") || kind === "ttm" ? "gem" : "capture";
  const queues = spec.queues ?? (kind === null ? [] : [{ queue: queueName, kind, ...spec.about }]);
  const isGem = queues.some((q) => q.queue === "gem");
  const exports = spec.exports ?? (queues.length === 0 ? "none" : isGem ? "dumb" : "v4l2");
  const mask = spec.mask === undefined ? "0xffffffff" : spec.mask;
  const state = spec.iommuState ?? "translate";
  const behind = spec.iommu !== undefined && state === "translate";
  const enabled = spec.enabled ?? true;
  const throughDomain = (translates: boolean): Translation =>
    spec.translation ?? (kind === "vmalloc" ? "cpu" : translates ? "iommu" : "none");
  const windows = spec.windows?.map(windowOf) ?? null;
  return {
    path,
    name,
    labels: [],
    aliases: [],
    compatible: [`test,${name}`],
    enabled,
    role: spec.role ?? null,
    driver: { file: `drivers/test/${name}.c`, line: 1, module: `${name}-driver`, kernel: "6.12" },
    dmaDevice: { path },
    appliesTo: "self",
    numaNode: 0,
    bus: windows === null ? null : "/soc",
    windows,
    busDmaLimit: windows === null ? "unlimited" : Math.max(...windows.map((w) => w.dma + w.size - 1)),
    dmaMask: mask,
    coherentDmaMask: spec.coherentMask === undefined ? mask : spec.coherentMask,
    coherent: spec.coherent ?? false,
    iommu:
      spec.iommu === undefined
        ? null
        : {
            path: spec.iommu,
            state,
            stateIfEnabled: state === "disabled" ? "translate" : state,
            source: `${path}:iommus`,
          },
    translation: enabled ? throughDomain(behind) : "none",
    translationIfEnabled: throughDomain(behind || (spec.iommu !== undefined && state === "disabled")),
    maxSegmentSize: spec.maxSegmentSize ?? 65536,
    maxSegments: spec.maxSegments ?? "unlimited",
    segmentBoundaryMask: "unlimited",
    queues,
    pictureQueue: spec.pictureQueue ?? queues[0]?.queue ?? null,
    ownMmu: spec.translation === "device-mmu",
    mmuOutputBits: spec.mmuOutputBits ?? null,
    import:
      spec.imports === null
        ? null
        : { v4l2Dmabuf: !isGem && spec.imports !== false, prime: isGem && spec.imports !== false },
    export: {
      v4l2Mmap: exports === "v4l2",
      dumb: exports === "dumb",
      gem: isGem,
      cpuMapping: spec.cpuMapping ?? null,
    },
    memoryRegionUse: spec.regionUse ?? (spec.regions === undefined ? "none" : "buffers"),
    memoryRegions: (spec.regions ?? []).map((region) => ({
      node: `/reserved-memory/${region}`,
      name: null,
      use: spec.regionUse === "firmware" ? "firmware" : "buffers",
    })),
    layouts: spec.layouts ?? [],
    slaveDma: spec.slaveDma ?? false,
    confidence: "A",
    note: null,
    provenance: {
      dmaMask: { kind: spec.maskFrom ?? "fact", source: `drivers/test/${name}.c:10` },
      coherentDmaMask: { kind: "fact", source: `drivers/test/${name}.c:11` },
      busDmaLimit: { kind: "bus", source: "/soc:dma-ranges" },
      maxSegmentSize:
        spec.maxSegmentSize === undefined
          ? { kind: "kernel-default", source: null }
          : { kind: "fact", source: `drivers/test/${name}.c:12` },
      maxSegments: { kind: "fact", source: `drivers/test/${name}.c:13` },
      buffers: { kind: "fact", source: `drivers/test/${name}.c:14` },
      import: { kind: "fact", source: `drivers/test/${name}.c:15` },
      mmuOutputBits: { kind: "fact", source: `drivers/test/${name}.c:16` },
    },
    assumptions: spec.assumptions ?? [],
  };
}

/** `CPU@DMA+SIZE`. */
function windowOf(text: string): DmaRange {
  const [cpu, rest] = text.split("@");
  const { base: dma, size } = range(rest!);
  return { cpu: bytes(cpu!), dma, size };
}

/** An enabled IOMMU with 4 KiB pages and a 32-bit address space. */
export function iommu(
  path: string,
  spec: { readonly outputBits?: number; readonly aperture?: string; readonly enabled?: boolean } = {},
): Iommu {
  const aperture = range(spec.aperture ?? "0+4G");
  const said = { kind: "fact", source: "drivers/iommu/test.c:1" } as const;
  return {
    path,
    compatible: ["test,iommu"],
    enabled: spec.enabled ?? true,
    driver: "test-iommu",
    pageSizes: [4096],
    aperture: { base: aperture.base, end: endOf(aperture) },
    outputBits: spec.outputBits ?? 40,
    grouping: "device",
    provenance: {
      pageSizes: said,
      aperture: { ...said, source: "drivers/iommu/test.c:2" },
      outputBits: { ...said, source: "drivers/iommu/test.c:3" },
    },
  };
}

/** A reserved region: `cma`, `coherent-pool`, `restricted-pool` or `reserved`. */
export function region(
  name: string,
  kind: ReservedRegion["kind"],
  where: string,
  certainty: ReservedRegion["certainty"] = "exact",
): ReservedRegion {
  return {
    node: `/reserved-memory/${name}`,
    name,
    compatible: ["shared-dma-pool"],
    kind,
    ...range(where),
    noMap: kind !== "cma",
    status: "placed",
    certainty,
    placement: "static",
    allocRanges: null,
    isDefaultCma: false,
    failure: null,
    boundDevices: [],
  };
}

/** What of a board a test cares about. */
export interface BoardSpec {
  /** Banks of RAM, `"0x40000000+1G,0x100000000+1G"`. */
  readonly ram: string;
  /** The default area, from the configuration; default none. */
  readonly cma?: string;
  readonly cmaCertainty?: "exact" | "assumed";
  readonly regions?: readonly ReservedRegion[];
  readonly iommus?: readonly Iommu[];
  readonly devices?: readonly Device[];
  readonly profile?: Partial<KernelProfile>;
  readonly arch?: Machine["arch"];
  /** Default 4 GiB, or the end of RAM below it. */
  readonly zoneDmaEnd?: number;
  /** Free pages; default RAM without areas and pools. */
  readonly pages?: string;
  readonly commandLine?: string;
  readonly hasReservedMemory?: boolean;
}

/** A machine. */
export function board(spec: BoardSpec): Machine {
  const banks = spec.ram
    .split(",")
    .map((text) => ({ ...range(text), numaNode: 0, provenance: { kind: "tree", source: "/memory:reg" } as const }));
  const area = spec.cma === undefined ? null : range(spec.cma);
  const devices = [...(spec.devices ?? [])].sort((a, b) => (a.path < b.path ? -1 : 1));
  const regions = (spec.regions ?? [])
    .map((r) => ({
      ...r,
      boundDevices: devices.filter((d) => d.memoryRegions.some((m) => m.node === r.node)).map((d) => d.path),
    }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  const taken = regions.flatMap((r) => (r.base === null ? [] : [{ base: r.base, size: r.size }]));
  const end = Math.max(...banks.map(endOf));
  return {
    schema: "coalloc/machine/1",
    model: "test board",
    compatible: ["test,board"],
    arch: spec.arch ?? "arm64",
    profile: { ...EMBEDDED_6_12, ...spec.profile },
    commandLine: spec.commandLine ?? "",
    tree: { addressCells: 2, sizeCells: 2, hasReservedMemory: spec.hasReservedMemory ?? regions.length > 0 },
    banks,
    cutOuts: [],
    buses: [],
    iommus: spec.iommus ?? [],
    devices,
    regions,
    defaultCma:
      area === null
        ? null
        : { ...area, source: "config", node: null, name: "reserved", certainty: spec.cmaCertainty ?? "exact" },
    zoneDmaEnd: spec.zoneDmaEnd ?? Math.min(end, 2 ** 32),
    pages:
      spec.pages !== undefined
        ? ranges(spec.pages)
        : subtractRanges(toRangeSet(banks), toRangeSet([...taken, ...(area === null ? [] : [area])])),
    assumptions: [],
  };
}
