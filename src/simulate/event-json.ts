/** Events as JSON, one a line: what `coalloc run --events` writes, and what recordings of kernels are turned into. */
import { z } from "zod";
import { type JsonRefusal, readJson } from "../units/json-text.js";
import { accepted, type Result } from "../units/result.js";
import type { SystemEvent } from "./events.js";

const whole = z.int().min(0);
const positive = z.int().min(1);
const size = positive;
const direction = z.enum(["to-device", "from-device", "bidirectional"]);

const base = {
  schema: z.literal("coalloc/event/1"),
  time: whole,
  source: z.enum(["model", "linux", "ftrace"]),
  by: z.strictObject({ task: z.string(), pid: whole, cpu: whole }).exactOptional(),
};
const anyBuffer = positive.nullable();
const anyDevice = z.string().nullable();
const anyHeap = z.string().nullable();

const schema = z.discriminatedUnion("type", [
  z.strictObject({
    ...base,
    type: z.literal("allocate"),
    buffer: anyBuffer,
    participant: anyDevice,
    heap: anyHeap,
    requested: size,
    taken: size.nullable(),
    blocks: positive.nullable(),
    address: whole.nullable(),
    dmaAddr: whole.exactOptional(),
    alignment: positive.exactOptional(),
    took: whole.exactOptional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("allocate-failed"),
    buffer: anyBuffer,
    participant: anyDevice,
    heap: anyHeap,
    requested: size,
    cause: z.string(),
    free: whole.nullable(),
    largest: whole.nullable(),
    alignment: positive.exactOptional(),
    took: whole.exactOptional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("release"),
    buffer: anyBuffer,
    participant: anyDevice,
    heap: anyHeap,
    taken: size.nullable(),
    address: whole.nullable(),
    dmaAddr: whole.exactOptional(),
  }),
  z.strictObject({ ...base, type: z.enum(["attach", "detach"]), buffer: positive, participant: z.string() }),
  z.strictObject({
    ...base,
    type: z.literal("attach-failed"),
    buffer: positive,
    participant: z.string(),
    cause: z.string(),
  }),
  z.strictObject({
    ...base,
    type: z.enum(["map", "unmap"]),
    buffer: anyBuffer,
    participant: z.string(),
    direction,
    size: size.nullable(),
    blocks: positive,
    segments: positive.nullable(),
    address: whole.nullable(),
    bounced: whole.nullable(),
    list: z
      .strictObject({
        physAddr: z.array(whole),
        dmaAddr: z.array(whole),
        length: z.array(size),
        truncated: z.boolean(),
      })
      .exactOptional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("map-failed"),
    buffer: anyBuffer,
    participant: z.string(),
    direction,
    size: size.nullable(),
    cause: z.string(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("move"),
    buffer: positive,
    from: z.string(),
    to: z.string(),
    size,
    cause: z.string(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("migrate"),
    heap: z.string(),
    owner: z.string().nullable(),
    pages: whole,
    busyTries: whole,
    busyPage: whole.nullable(),
  }),
  z.strictObject({ ...base, type: z.enum(["grow", "grow-failed"]), heap: z.string(), size }),
  z.strictObject({
    ...base,
    type: z.literal("bounce"),
    participant: z.string(),
    size,
    address: whole,
    dmaMask: z.string().regex(/^0x[0-9a-f]{1,16}$/),
    forced: z.boolean(),
  }),
  z.strictObject({
    ...base,
    type: z.enum(["iommu-map", "iommu-unmap"]),
    iova: whole,
    physAddr: whole.nullable(),
    size,
  }),
  z.strictObject({
    ...base,
    type: z.literal("sync"),
    buffer: anyBuffer,
    participant: z.string(),
    direction,
    for: z.enum(["cpu", "device"]),
    address: whole,
    size,
  }),
]);

/** An event as it is written: behind the name of its schema. */
type EventLine = SystemEvent & { readonly schema: "coalloc/event/1" };

/** A type without `readonly` and units, all the way down. */
type Plain<T> = T extends number
  ? number
  : T extends readonly (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { -readonly [K in keyof T]: Plain<T[K]> }
      : T;

/** `map.size` for each field of each event, those that may be left out too. */
type Fields<E> = E extends { type: infer T extends string } ? `${T}.${keyof E & string}` : never;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** {@link schema}, held to the types of events: this does not compile when one has an event or a field that the other lacks or has in another form. */
const lineSchema: Same<Plain<EventLine>, z.output<typeof schema>> extends true
  ? Same<Fields<EventLine>, Fields<z.output<typeof schema>>> extends true
    ? z.ZodType<EventLine>
    : never
  : never = schema;

/** An event as one line of JSON, without its end. */
export function eventToJson(event: SystemEvent): string {
  return JSON.stringify({ schema: "coalloc/event/1", ...event });
}

/** Reads one line. */
export function parseEvent(line: string): Result<SystemEvent, JsonRefusal> {
  const read = readJson(line, lineSchema);
  if (!read.ok) return read;
  const { schema: _, ...event } = read.value.value;
  return accepted(event);
}

/** JSON Schema (draft 2020-12) of one event, for publication. */
export function eventJsonSchema(): object {
  return { ...z.toJSONSchema(lineSchema), title: "coalloc event" };
}
