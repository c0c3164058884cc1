/**
 * A user's own facts, as a YAML file that wins over the database; JSON is YAML:
 *
 *     { "schema": "coalloc/facts-override/1",
 *       "facts": [ { "match": { "node": "/soc/npu@fdab0000" }, "dmaMask": "0xffffffffff", "buffers": "scattered" },
 *                  { "match": { "compatible": "vendor,isp" }, "mmu": "none", "maxSegmentSize": "unlimited" } ] }
 *
 * Every field but `match` may be left out; what is left out stays as the database has it. A statement for a node wins over one for a compatible.
 */
import { z } from "zod";
import { quoted } from "../units/quote.js";
import { accepted, type Result } from "../units/result.js";
import { type FieldRefusal, readYamlFields } from "../units/yaml-fields.js";
import { LARGEST_PICTURE_ALIGN, type QueueFact } from "./fact.js";
import type { FactOverride, OverrideFields } from "./lookup.js";

const mask = z
  .string('has to be a hexadecimal number in quotes, "0xffffffff", or unlimited')
  .regex(/^(0x[0-9a-fA-F]{1,16}|unlimited)$/, {
    error: 'has to be hexadecimal, at most 64 bits, "0xffffffff", or unlimited',
  });
const limit = z.union([z.literal("unlimited"), z.int().min(1)], {
  error: "has to be a whole number from 1 on, or unlimited",
});
const shape = z.enum(["contiguous", "scattered"]);

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
});

const align = z.int().min(1).max(LARGEST_PICTURE_ALIGN);
const layout = z.strictObject({
  fourcc: z.string().min(1),
  modifier: z.string().min(1).default("LINEAR"),
  strideAlign: align.optional(),
  heightAlign: align.optional(),
  offsetAlign: align.optional(),
});

const statement = z.strictObject({
  match: z.union([
    z.strictObject({ compatible: z.string().min(1) }),
    z.strictObject({ node: z.string().startsWith("/") }),
  ]),
  dmaMask: mask.optional(),
  coherentDmaMask: mask.optional(),
  maxSegmentSize: limit.optional(),
  maxSegments: limit.optional(),
  segmentBoundaryMask: mask.optional(),
  buffers: z.union([shape, z.array(queue).min(1)]).optional(),
  pictureQueue: z.string().min(1).optional(),
  mmu: z.enum(["none", "device", "manages-iommu-domain"]).optional(),
  mmuOutputBits: z.int().min(1).max(64).optional(),
  memoryRegionUse: z.enum(["buffers", "firmware", "none"]).optional(),
  layouts: z.array(layout).optional(),
  import: z.strictObject({ v4l2Dmabuf: z.boolean().default(false), prime: z.boolean().default(false) }).optional(),
  export: z
    .strictObject({
      v4l2Mmap: z.boolean().default(false),
      dumb: z.boolean().default(false),
      gem: z.boolean().default(false),
      cpuMapping: z.enum(["cached", "write-combined", "uncached", "none"]).optional(),
    })
    .optional(),
  role: z.enum(["camera", "codec", "scaler", "2d", "display", "gpu", "npu", "dsp", "other"]).optional(),
  appliesTo: z
    .union([
      z.enum(["self", "parent", "dma-channel"]),
      z.strictObject({ phandle: z.string().min(1) }),
      z.strictObject({ aggregate: z.string().min(1) }),
    ])
    .optional(),
  slaveDma: z.boolean().optional(),
  note: z.string().optional(),
});

const name = z.literal("coalloc/facts-override/1", {
  error: ({ input }) => (typeof input === "string" ? `it is ${quoted(input)}` : "the document states none"),
});
const file = z.strictObject({ schema: name, facts: z.array(statement) });

/** Reads an override file. The first fault is named with its place. */
export function parseOverrides(text: string): Result<readonly FactOverride[], FieldRefusal> {
  const read = readYamlFields(text, file, Object.keys(statement.shape));
  if (!read.ok) return read;
  return accepted(read.value.value.facts.map(({ match, ...fields }) => ({ match, fields: fieldsOf(fields) })));
}

/** JSON Schema (draft 2020-12) of an override file, for publication. */
export function overrideJsonSchema(): object {
  return { ...z.toJSONSchema(file, { io: "input" }), title: "coalloc facts override" };
}

type Statement = Omit<z.infer<typeof statement>, "match">;

/** Drops the fields that are not stated and writes `buffers` out as queues. */
function fieldsOf(fields: Statement): OverrideFields {
  const { buffers, ...rest } = fields;
  const stated = stripUndefined(rest);
  if (buffers === undefined) return stated;
  const queues: readonly QueueFact[] =
    typeof buffers === "string"
      ? [{ queue: "buffers", kind: "own", allocates: buffers, accepts: buffers }]
      : buffers.map((one) => stripUndefined(one));
  return { ...stated, buffers: queues };
}

/** Fields that may be missing, never undefined, at every depth of plain objects. */
type Stated<T> = T extends readonly (infer E)[]
  ? Stated<E>[]
  : T extends object
    ? { [K in keyof T]: Stated<Exclude<T[K], undefined>> }
    : T;

/** JSON has no undefined, so that a missing field is absent and the copy is only a change of type. */
function stripUndefined<T extends object>(value: T): Stated<T> {
  return JSON.parse(JSON.stringify(value));
}
