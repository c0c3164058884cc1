/**
 * Machines as JSON. The schema is the published contract; reading checks everything placement relies on, so that a file made by
 * hand or by somebody hostile is refused with the place of the fault, or is as good as a machine read from a tree.
 */
import { z } from "zod";
import { LARGEST_PICTURE_ALIGN } from "../facts/fact.js";
import { type JsonRefusal, readJson } from "../units/json-text.js";
import { MAX_EXACT } from "../units/quantity.js";
import { quoted } from "../units/quote.js";
import { endOf, type Range } from "../units/ranges.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { Machine } from "./machine.js";
import { LARGEST_BLOCK } from "./profile.js";

/** Why a text is no machine. */
export interface MachineFileRefusal {
  /** As for any JSON document; `bad-reference`: it names something that is not there. */
  readonly code: JsonRefusal["code"] | "bad-reference";
  /** Place in the document, `devices[3].dmaMask`; empty for the whole. */
  readonly path: string;
  /** One sentence, in one line. */
  readonly text: string;
}

const whole = z.int().min(0);
const positive = z.int().min(1);
const align = positive.max(LARGEST_PICTURE_ALIGN);
const hexMask = z.string().regex(/^0x[0-9a-fA-F]{1,16}$/);
const unlimited = z.literal("unlimited");
const line = z.strictObject({ file: z.string(), line: whole });
const provenance = z.strictObject({
  kind: z.enum([
    "tree",
    "bus",
    "fact",
    "override",
    "cmdline",
    "config",
    "derived",
    "kernel-default",
    "live",
    "unknown",
  ]),
  source: z.string().nullable(),
});
const range = { base: whole, size: positive };
const assumption = z.strictObject({
  code: z.enum([
    "device-disabled",
    "iommu-disabled",
    "default-mask",
    "conditional-mask",
    "runtime-mask",
    "unknown-driver",
    "unknown-buffers",
    "unknown-layout",
    "aggregate",
    "iommu-output-width",
    "boot-placement",
    "pool-not-placed",
    "memory-from-tree",
    "memory-from-zones",
    "memory-size-only",
    "registers-cut-out",
    "condition",
    "arch-guessed",
  ]),
  device: z.string().nullable(),
  field: z.string().nullable(),
  source: z.string().nullable(),
  condition: z.string().optional(),
});
const window = z.strictObject({ cpu: whole, dma: whole, size: positive });
const arch = z.enum(["arm64", "arm", "riscv", "x86"]);
const attachmentStates = ["translate", "identity", "no-driver", "malformed"] as const;
const translation = z.enum(["none", "iommu", "driver-domain", "device-mmu", "cpu"]);
const cpuMapping = z.enum(["cached", "write-combined", "uncached", "none"]);
const certainty = z.enum(["exact", "assumed"]);
const shape = z.enum(["contiguous", "scattered"]);

const queue = z.strictObject({
  queue: z.string(),
  kind: z.enum(["contig", "sg", "vmalloc", "gem-dma", "gem-shmem", "own", "ttm"]),
  when: z.enum(["iommu", "no-iommu"]).optional(),
  gfp: z.literal("dma32").optional(),
  attrs: z.array(z.enum(["alloc-single-pages", "no-kernel-mapping", "force-contiguous"])).optional(),
  oneEntry: z.boolean().optional(),
  allocates: shape.optional(),
  accepts: shape.optional(),
  takesDmabuf: z.boolean().optional(),
  sources: z.array(line).optional(),
});

const layout = z.strictObject({
  fourcc: z.string(),
  modifier: z.string(),
  strideAlign: align.optional(),
  heightAlign: align.optional(),
  offsetAlign: align.optional(),
  sources: z.array(line).optional(),
});

const appliesTo = z.union([
  z.enum(["self", "parent", "dma-channel", "card"]),
  z.strictObject({ phandle: z.string() }),
  z.strictObject({ aggregate: z.string() }),
  z.strictObject({ virtual: z.string(), configuredFrom: z.string() }),
]);

const device = z.strictObject({
  path: z.string(),
  name: z.string(),
  labels: z.array(z.string()),
  aliases: z.array(z.string()),
  devNodes: z.array(z.string()).exactOptional(),
  compatible: z.array(z.string()),
  enabled: z.boolean(),
  role: z.enum(["camera", "codec", "scaler", "2d", "display", "gpu", "npu", "dsp", "other"]).nullable(),
  driver: z.strictObject({ file: z.string(), line: whole, module: z.string(), kernel: z.string() }).nullable(),
  dmaDevice: z.union([
    z.strictObject({ path: z.string() }),
    z.strictObject({ virtual: z.string(), configuredFrom: z.string() }),
  ]),
  appliesTo,
  numaNode: whole,
  bus: z.string().nullable(),
  windows: z.array(window).nullable(),
  busDmaLimit: z.union([whole, unlimited]),
  dmaMask: hexMask.nullable(),
  coherentDmaMask: hexMask.nullable(),
  coherent: z.boolean(),
  iommu: z
    .strictObject({
      path: z.string().nullable(),
      streamId: whole.nullable().optional(),
      streams: z.array(z.strictObject({ id: whole, mask: whole })).exactOptional(),
      state: z.enum([...attachmentStates, "disabled"]),
      stateIfEnabled: z.enum(attachmentStates),
      source: z.string(),
    })
    .nullable(),
  translation,
  translationIfEnabled: translation,
  maxSegmentSize: z.union([positive, unlimited]),
  maxSegments: z.union([positive, unlimited]),
  segmentBoundaryMask: z.union([hexMask, unlimited]),
  queues: z.array(queue),
  pictureQueue: z.string().nullable(),
  ownMmu: z.boolean(),
  mmuOutputBits: z.int().min(1).max(64).nullable(),
  import: z.strictObject({ v4l2Dmabuf: z.boolean(), prime: z.boolean() }).nullable(),
  export: z
    .strictObject({ v4l2Mmap: z.boolean(), dumb: z.boolean(), gem: z.boolean(), cpuMapping: cpuMapping.nullable() })
    .nullable(),
  memoryRegionUse: z.enum(["buffers", "firmware", "none", "unknown"]),
  memoryRegions: z.array(
    z.strictObject({
      node: z.string(),
      name: z.string().nullable(),
      use: z.enum(["buffers", "firmware", "unknown"]),
    }),
  ),
  layouts: z.array(layout),
  slaveDma: z.boolean(),
  confidence: z.enum(["A", "B", "C", "D", "E"]),
  note: z.string().nullable(),
  provenance: z.record(z.string(), provenance),
  assumptions: z.array(assumption),
  running: z
    .strictObject({
      busId: z.string(),
      driver: z.string().nullable(),
      iommuGroup: z
        .strictObject({
          id: whole,
          type: z.string().nullable(),
          reserved: z.array(z.strictObject({ ...range, kind: z.string() })),
        })
        .nullable(),
    })
    .exactOptional(),
});

const powerOfTwo = positive.refine((value) => Number.isInteger(Math.log2(value)), "must be a power of two");

const profile = z
  .strictObject({
    name: z.string(),
    kernel: z.literal("6.12"),
    arch: arch.nullable(),
    pageSize: powerOfTwo.min(4096).max(65536),
    maxPageOrder: whole.max(20),
    cmaGranule: powerOfTwo.max(LARGEST_BLOCK),
    cma: z.boolean(),
    cmaSize: whole,
    cmaPercent: whole,
    cmaSelect: z.enum(["size", "percent", "min", "max"]),
    cmaAlignmentOrder: whole.max(20),
    cmaAreas: whole,
    systemHeap: z.boolean(),
    cmaHeap: z.boolean(),
    udmabuf: z.strictObject({ sizeLimit: whole, listLimit: whole }).nullable(),
    restrictedPools: z.boolean(),
    iommuPassthrough: z.boolean(),
    missingIommuDrivers: z.array(z.string()),
    missingDriverOptions: z.array(z.string()).optional(),
  })
  .refine(({ pageSize, maxPageOrder }) => pageSize * 2 ** maxPageOrder <= LARGEST_BLOCK, {
    path: ["maxPageOrder"],
    error: "blocks of pages are larger than 512 MiB",
  });

const schema = z.strictObject({
  schema: z.literal("coalloc/machine/1"),
  model: z.string(),
  compatible: z.array(z.string()),
  arch,
  profile,
  commandLine: z.string(),
  tree: z.strictObject({
    addressCells: z.int().min(0).max(4),
    sizeCells: z.int().min(0).max(4),
    hasReservedMemory: z.boolean(),
  }),
  banks: z.array(z.strictObject({ ...range, numaNode: whole, provenance })).min(1),
  cutOuts: z.array(z.strictObject({ ...range, node: z.string() })),
  buses: z.array(
    z.strictObject({
      path: z.string(),
      windows: z.array(window).nullable(),
      dmaLimit: z.union([whole, unlimited]),
      provenance,
    }),
  ),
  iommus: z.array(
    z.strictObject({
      path: z.string(),
      compatible: z.array(z.string()),
      enabled: z.boolean(),
      driver: z.string().nullable(),
      pageSizes: z.array(positive),
      aperture: z.strictObject({ base: whole, end: whole }),
      outputBits: z.int().min(0).max(64),
      grouping: z.enum(["device", "instance"]),
      provenance: z.strictObject({ pageSizes: provenance, aperture: provenance, outputBits: provenance }),
    }),
  ),
  devices: z.array(device),
  regions: z.array(
    z.strictObject({
      node: z.string(),
      name: z.string(),
      compatible: z.array(z.string()),
      kind: z.enum(["cma", "coherent-pool", "restricted-pool", "reserved"]),
      base: whole.nullable(),
      size: whole,
      noMap: z.boolean(),
      status: z.enum(["placed", "failed", "ignored"]),
      certainty,
      placement: z.enum(["static", "dynamic"]),
      allocRanges: z.array(z.strictObject(range)).nullable(),
      isDefaultCma: z.boolean(),
      failure: z.string().nullable(),
      boundDevices: z.array(z.string()),
    }),
  ),
  defaultCma: z
    .strictObject({
      ...range,
      source: z.enum(["tree", "cmdline", "config"]),
      node: z.string().nullable(),
      name: z.string(),
      heapName: z.string().exactOptional(),
      certainty,
    })
    .nullable(),
  zoneDmaEnd: whole,
  pages: z.array(z.strictObject(range)),
  assumptions: z.array(assumption),
});

/**
 * Reads a machine from JSON text.
 *
 * Every number must be an exact integer of its range, every range end at most 2^53 - 1, banks and pages sorted and apart, and what is named
 * (buses, IOMMUs, regions, devices) must be there.
 */
export function parseMachine(text: string): Result<Machine, MachineFileRefusal> {
  const read = readJson(text, schema);
  if (!read.ok) return read;
  const machine = read.value.raw;
  if (!isMachine(machine)) return refused({ code: "bad-field", path: "", text: "the document is no machine" });
  const fault = faultOf(machine);
  return fault === null ? accepted(withDriverOptions(machine)) : refused(fault);
}

/** The machine as JSON text with two spaces of indentation; the same machine gives the same text. */
export function machineToJson(machine: Machine): string {
  return JSON.stringify(machine, null, 2);
}

/** JSON Schema (draft 2020-12) of a machine, for publication. */
export function machineJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc machine" };
}

/** The schema holds exactly the fields of the type, so that what passes it is one. */
function isMachine(value: unknown): value is Machine {
  return typeof value === "object" && value !== null && "schema" in value;
}

/** Documents were written before profiles had options of drivers: none is missing then. */
function withDriverOptions(machine: Machine): Machine {
  const { profile } = machine;
  return "missingDriverOptions" in profile
    ? machine
    : { ...machine, profile: { ...machine.profile, missingDriverOptions: [] } };
}

function faultOf(machine: Machine): MachineFileRefusal | null {
  return rangesFault(machine) ?? referenceFault(machine);
}

function rangesFault(machine: Machine): MachineFileRefusal | null {
  const field = (path: string, text: string): MachineFileRefusal => ({
    code: "bad-field",
    path,
    text: `${path}: ${text}`,
  });
  for (const [name, ranges, apart] of [
    ["banks", machine.banks, false],
    ["pages", machine.pages, true],
    ["cutOuts", machine.cutOuts, false],
  ] as const) {
    for (const [i, one] of ranges.entries()) {
      if (endOf(one) > MAX_EXACT) return field(`${name}[${i}]`, "ends above 2^53 - 1");
      const before: Range | undefined = ranges[i - 1];
      if (before === undefined) continue;
      if (endOf(before) > one.base) return field(`${name}[${i}]`, "is not sorted by base, or overlaps the one before");
      if (apart && endOf(before) === one.base) return field(`${name}[${i}]`, "touches the one before; join them");
    }
  }
  for (const [i, { windows }] of [...machine.buses, ...machine.devices].entries()) {
    const at = i < machine.buses.length ? `buses[${i}]` : `devices[${i - machine.buses.length}]`;
    const bad = (windows ?? []).findIndex(({ cpu, dma, size }) => Math.max(cpu, dma) + size > MAX_EXACT);
    if (bad >= 0) return field(`${at}.windows[${bad}]`, "ends above 2^53 - 1");
  }
  for (const [i, region] of machine.regions.entries()) {
    if (region.status === "placed" && region.base === null)
      return field(`regions[${i}].base`, "a placed region has a base");
    if ((region.base ?? 0) + region.size > MAX_EXACT) return field(`regions[${i}]`, "ends above 2^53 - 1");
  }
  for (const [i, { aperture }] of machine.iommus.entries()) {
    if (aperture.end < aperture.base) return field(`iommus[${i}].aperture`, "ends before it begins");
  }
  const area = machine.defaultCma;
  if (area !== null && endOf(area) > MAX_EXACT) return field("defaultCma", "ends above 2^53 - 1");
  return null;
}

function referenceFault(machine: Machine): MachineFileRefusal | null {
  const lost = (path: string, what: string, name: string): MachineFileRefusal => ({
    code: "bad-reference",
    path,
    text: `${path}: there is no ${what} ${quoted(name)}`,
  });
  const buses = new Set(machine.buses.map(({ path }) => path));
  const iommus = new Set(machine.iommus.map(({ path }) => path));
  const regions = new Set(machine.regions.map(({ node }) => node));
  const devices = new Set<string>();
  for (const [i, one] of machine.devices.entries()) {
    if (devices.has(one.path)) {
      return {
        code: "bad-reference",
        path: `devices[${i}].path`,
        text: `devices[${i}].path: ${quoted(one.path)} stands twice`,
      };
    }
    devices.add(one.path);
    if (one.bus !== null && !buses.has(one.bus)) return lost(`devices[${i}].bus`, "bus", one.bus);
    const iommu = one.iommu?.path ?? null;
    if (iommu !== null && !iommus.has(iommu)) return lost(`devices[${i}].iommu.path`, "IOMMU", iommu);
    for (const [j, { node }] of one.memoryRegions.entries()) {
      if (!regions.has(node)) return lost(`devices[${i}].memoryRegions[${j}].node`, "region", node);
    }
  }
  for (const [i, region] of machine.regions.entries()) {
    const stray = region.boundDevices.find((path) => !devices.has(path));
    if (stray !== undefined) return lost(`regions[${i}].boundDevices`, "device", stray);
  }
  const node = machine.defaultCma?.node ?? null;
  return node !== null && !regions.has(node) ? lost("defaultCma.node", "region", node) : null;
}
