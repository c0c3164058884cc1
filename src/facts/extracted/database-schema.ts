import { z } from "zod";
import type { FactDatabase } from "./database.js";

const line = z.tuple([z.int().min(0), z.int().min(1)]);
const hexadecimal = z.string().regex(/^0x[0-9a-f]{1,16}$/);
const valueKind = z.enum(["exact", "variant", "set", "inherited", "runtime", "default", "unknown"]);
const shape = z.enum(["contiguous", "scattered"]);

const mask = z.strictObject({
  kind: valueKind,
  value: hexadecimal.optional(),
  candidates: z.array(hexadecimal).min(1).optional(),
  when: z.array(z.string()).min(1).optional(),
  byIommu: z
    .array(z.enum(["iommu", "no-iommu"]))
    .min(1)
    .optional(),
  sources: z.array(line),
});

const limit = z.strictObject({
  kind: valueKind,
  value: z.union([z.literal("unlimited"), z.int().min(1)]).optional(),
  setBy: z.enum(["driver", "mmc-core", "scsi-core", "pci-core", "default"]).optional(),
  sources: z.array(line).optional(),
});

const queue = z.strictObject({
  queue: z.string().min(1),
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

const record = z.strictObject({
  names: z.array(z.tuple([z.string().min(1), z.int().min(1)])).min(1),
  module: z.string().min(1),
  file: z.int().min(0),
  rival: z.literal(true).optional(),
  role: z.enum(["camera", "codec", "scaler", "2d", "display", "gpu", "npu", "dsp", "other"]).optional(),
  appliesTo: z
    .union([
      z.enum(["parent", "dma-channel", "card"]),
      z.strictObject({ phandle: z.string().min(1) }),
      z.strictObject({ aggregate: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]) }),
      z.strictObject({ virtual: z.string().min(1), configuredFrom: z.string().min(1) }),
    ])
    .optional(),
  dmaMask: mask,
  coherentDmaMask: mask.optional(),
  maxSegmentSize: limit.optional(),
  maxSegments: limit.optional(),
  segmentBoundaryMask: mask.optional(),
  buffers: z.array(queue).optional(),
  pictureQueue: z.string().min(1).optional(),
  import: z.strictObject({ v4l2Dmabuf: z.boolean().optional(), prime: z.boolean().optional() }).optional(),
  export: z
    .strictObject({ v4l2Mmap: z.boolean().optional(), dumb: z.boolean().optional(), gem: z.boolean().optional() })
    .optional(),
  memoryRegionUse: z.enum(["buffers", "firmware", "none"]).optional(),
  memoryRegionWhen: z.literal("no-iommu").optional(),
  mmu: z.enum(["device", "manages-iommu-domain"]).optional(),
  slaveDma: z.literal(true).optional(),
  confidence: z.enum(["A", "B", "C", "D", "E"]),
  note: z.string().min(1).optional(),
});

const database = z.strictObject({
  schema: z.literal("coalloc/fact-database/1"),
  kernel: z.string().min(1),
  generator: z.int().min(1),
  files: z.array(z.string().min(1)),
  drivers: z.array(record),
});

/** Checks a database field by field. @throws z.ZodError where it has another form */
export function checkFactDatabase(value: unknown): FactDatabase {
  return database.parse(value) as FactDatabase;
}

/** JSON Schema (draft 2020-12) of a database, for publication. */
export function factDatabaseJsonSchema(): object {
  return { ...z.toJSONSchema(database), title: "coalloc fact database" };
}
