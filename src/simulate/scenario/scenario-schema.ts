/** The form of a scenario file. What it means stands in docs/scenarios.md; what a schema cannot say is checked by {@link readScenario}. */
import { z } from "zod";
import { DURATION_PATTERN } from "../../units/duration.js";
import type { ActionText, ScenarioText } from "./scenario-text.js";

/** Most buffers of one set. */
const MOST_BUFFERS = 65_536;
/** Most entries of each list. */
const MOST_ENTRIES = 1000;

const name = z.string().min(1).max(200);
const size = z.union([z.int().min(1), z.string().regex(/^(0x[0-9a-fA-F]+|\d+) ?([KMGTkmgt]([iI]?[bB])?)?$/)], {
  error: "is no number of bytes; write 12441600, 12M, 12MiB or 0xbe0000",
});
const offset = z.union([z.int().min(0), z.string().regex(/^(0x[0-9a-fA-F]+|\d+) ?([KMGTkmgt]([iI]?[bB])?)?$/)], {
  error: "is no number of bytes; write 0, 4096, 16M or 0x1000000",
});
const duration = z.string({ error: "is no duration; write 33ms, 2s or 1.5min" }).regex(DURATION_PATTERN, {
  error: "is no duration; write 33ms, 2s or 1.5min",
});
const rate = z.string({ error: "is no rate; write 30/s, 29.97/s or 2/min" }).regex(/^\d{1,9}(\.\d{1,6})?\/(s|min)$/, {
  error: "is no rate; write 30/s, 29.97/s or 2/min",
});
const access = z.enum(["read", "write", "read-write"]);
const participant = z.union(
  [name, z.strictObject({ device: name, access: access.optional(), moves: z.boolean().optional() })],
  {
    error: "is no participant; write a device, or {device: NAME, access: read|write|read-write, moves: true|false}",
  },
);
const sets = z.union([name, z.array(name).min(1).max(MOST_ENTRIES)], {
  error: "is no name of buffers and no list of such names",
});
const buffersAndDevice = z.strictObject({ buffers: name, device: name });
const heapOnly = z.strictObject({ heap: name });
const pages = z.strictObject({ heap: name, offset, size });

const action: z.ZodType<ActionText> = z.strictObject({
  allocate: name.optional(),
  release: name.optional(),
  start: name.optional(),
  stop: name.optional(),
  attach: z
    .strictObject({ buffers: name, device: name, access: access.optional(), moves: z.boolean().optional() })
    .optional(),
  detach: buffersAndDevice.optional(),
  map: z
    .strictObject({
      buffers: name,
      device: name,
      direction: z.enum(["to-device", "from-device", "bidirectional"]).optional(),
    })
    .optional(),
  unmap: buffersAndDevice.optional(),
  pin: buffersAndDevice.optional(),
  unpin: buffersAndDevice.optional(),
  move: z.strictObject({ buffers: name, heap: name.optional() }).optional(),
  lend: z.strictObject({ size, heap: name.optional() }).optional(),
  "give-back": z.strictObject({ heap: name.optional() }).optional(),
  "pin-pages": pages.optional(),
  "unpin-pages": pages.optional(),
  occupy: z.strictObject({ heap: name, size }).optional(),
  vacate: heapOnly.optional(),
});

const step = z.strictObject({
  device: name,
  reads: sets.optional(),
  writes: sets.optional(),
  updates: sets.optional(),
  for: duration.optional(),
  unmaps: z.boolean().optional(),
});

const schema: z.ZodType<ScenarioText> = z.strictObject({
  schema: z.literal("coalloc/scenario/1", { error: 'has to be "coalloc/scenario/1"' }),
  description: z.string().max(10_000).optional(),
  seed: z
    .int()
    .min(1)
    .max(2 ** 31 - 2)
    .optional(),
  system: z
    .strictObject({
      algorithms: z.record(name, name).optional(),
      checks: z.boolean().optional(),
      lazy: z.boolean().optional(),
    })
    .optional(),
  devices: z.record(name, name).optional(),
  buffers: z.record(
    name,
    z.strictObject({
      size: size.optional(),
      image: name.optional(),
      count: z.int().min(1).max(MOST_BUFFERS).optional(),
      together: z.boolean().optional(),
      participants: z.array(participant).max(MOST_ENTRIES).optional(),
      cpu: z.enum(["none", "rare", "often"]).optional(),
      heap: name.optional(),
      lifetime: z.enum(["scenario", "frame"]).optional(),
    }),
  ),
  streams: z
    .record(
      name,
      z.strictObject({
        rate,
        jitter: duration.optional(),
        steps: z.array(step).min(1).max(MOST_ENTRIES),
      }),
    )
    .optional(),
  phases: z
    .array(
      z.strictObject({
        name: name.optional(),
        for: duration.optional(),
        times: z.int().min(1).max(1_000_000).optional(),
        do: z.array(action).max(MOST_ENTRIES).optional(),
      }),
    )
    .min(1)
    .max(MOST_ENTRIES),
});

/** A fault in the form of a document. */
export interface SchemaFault {
  readonly path: readonly PropertyKey[];
  /** True when the key itself is at fault, not what stands behind it. */
  readonly key: boolean;
  readonly text: string;
  /** Keys that could stand there instead. */
  readonly known: readonly string[];
}

/** Checks the form of a document. @returns it, or its first fault */
export function checkScenario(document: unknown): { readonly value: ScenarioText } | { readonly fault: SchemaFault } {
  const checked = schema.safeParse(document);
  if (checked.success) return { value: checked.data };
  const [issue] = checked.error.issues;
  const path = issue?.path ?? [];
  if (issue?.code !== "unrecognized_keys") {
    return { fault: { path, key: false, text: issue?.message ?? "has another form", known: [] } };
  }
  const [unknown = ""] = issue.keys;
  return { fault: { path: [...path, unknown], key: true, text: "nobody knows this field", known: fieldsAt(path) } };
}

/** JSON Schema (draft 2020-12) of a scenario, for publication and for editors. */
export function scenarioJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc scenario" };
}

/** Names of the fields that a map at that place can have. */
function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  let node: z.core.JSONSchema.BaseSchema = z.toJSONSchema(schema);
  for (const step of path) {
    const below =
      typeof step === "number" ? node.items : (node.properties?.[String(step)] ?? node.additionalProperties);
    if (typeof below !== "object" || Array.isArray(below)) return [];
    node = below;
  }
  return Object.keys(node.properties ?? {});
}
