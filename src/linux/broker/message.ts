import { Buffer } from "node:buffer";
import { z } from "zod";
import { oneLine } from "../../units/quote.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { type BrokerReply, type BrokerRequest, LARGEST_REQUEST, MOST_BUFFERS } from "./protocol.js";
import type { BrokerRefusal } from "./refusal.js";

/** A request that cannot be served, with its number where that could be read. */
export interface MessageFault {
  readonly id: number | null;
  readonly refusal: BrokerRefusal;
}

const id = z.int().min(0);
const size = z.int().min(1);
const count = z.int().min(1).max(MOST_BUFFERS);
const buffer = z.int().min(1);
const after = z.int().min(0);
// biome-ignore format: the characters that are not seen, as in units/quote
const label = z.string().min(1).max(64).regex(/^[^\p{Cc}\u2028\u2029]+$/u, { error: "has characters that are not seen" });
const device = z.string().min(1).max(256);

const request: z.ZodType<BrokerRequest> = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("hello"), id, versions: z.array(z.int()).min(1).max(16), name: label.optional() }),
  z.strictObject({
    op: z.literal("allocate"),
    id,
    size: size.optional(),
    image: z.string().min(1).max(200).optional(),
    participants: z.array(device).max(32).optional(),
    count: count.optional(),
    cpu: z.enum(["none", "rare", "often"]).optional(),
    name: label.optional(),
  }),
  z.strictObject({ op: z.literal("release"), id, buffers: z.array(buffer).min(1).max(MOST_BUFFERS) }),
  z.strictObject({ op: z.literal("share"), id, buffer }),
  z.strictObject({ op: z.literal("open"), id, token: z.string().regex(/^[0-9a-f]{32}$/) }),
  z.strictObject({ op: z.literal("list"), id, after: after.optional() }),
  z.strictObject({
    op: z.literal("stats"),
    id,
    part: z.enum(["summary", "clients", "buffers"]),
    after: after.optional(),
  }),
]);

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A message as it is sent. From Node's pool of bytes: a message is short, and memory of its own costs more than writing it. */
export function messageBytes(message: BrokerRequest | BrokerReply): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

/**
 * Reads a request. Fields that no version knows are refused, so that a client never believes in something that was not done.
 *
 * @param bytes - the whole message
 */
export function readBrokerRequest(bytes: Uint8Array): Result<BrokerRequest, MessageFault> {
  if (bytes.length > LARGEST_REQUEST)
    return refused({ id: null, refusal: { code: "too-long", most: LARGEST_REQUEST } });
  let document: unknown;
  try {
    document = JSON.parse(UTF8.decode(bytes));
  } catch (error) {
    return refused({ id: null, refusal: { code: "malformed", text: oneLine(String((error as Error).message)) } });
  }
  const checked = request.safeParse(document);
  if (checked.success) {
    const wrong = checked.data.op === "allocate" ? sizeFault(checked.data) : null;
    return wrong === null ? accepted(checked.data) : refused({ id: checked.data.id, refusal: wrong });
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return refused({ id: null, refusal: { code: "malformed", text: "the message is no JSON object" } });
  }
  const number = id.safeParse((document as { id?: unknown }).id);
  const [issue] = checked.error.issues;
  const path = oneLine((issue?.path ?? []).map(String).join("."));
  const text = oneLine(issue?.message ?? "has another form");
  return refused({ id: number.success ? number.data : null, refusal: { code: "bad-request", path, text } });
}

function sizeFault({ size, image }: { size?: number | undefined; image?: string | undefined }): BrokerRefusal | null {
  if ((size === undefined) !== (image === undefined)) return null;
  return { code: "bad-request", path: "size", text: "a buffer has either a size or an image" };
}

const amount = z.object({ buffers: z.int(), bytes: z.int() });
const handed = z.object({ buffer, size, heap: z.string() });
const layout = z.object({
  modifier: z.string(),
  planes: z.array(z.object({ memory: z.int(), offset: z.int(), stride: z.int(), size: z.int() })),
});

const summary = z.object({
  version: z.string(),
  pid: z.int(),
  uptimeSeconds: z.number(),
  source: z.string(),
  clients: z.int(),
  charged: amount,
  quota: amount,
  lingering: amount,
  recycled: amount,
  heaps: z.array(z.object({ heap: z.string(), charged: amount, quota: amount.nullable() })),
  users: z.array(z.object({ uid: z.int(), charged: amount, clients: z.int() })),
  totals: z.object({
    connections: z.int(),
    requests: z.int(),
    refusals: z.int(),
    disconnected: z.int(),
    allocated: z.int(),
    freed: z.int(),
  }),
});

const clientSummary = z.object({
  client: z.int(),
  name: z.string().nullable(),
  pid: z.int(),
  uid: z.int(),
  gid: z.int(),
  rule: z.string(),
  charged: amount,
  quota: amount,
  requests: z.int(),
  refusals: z.int(),
  connectedSeconds: z.number(),
});

const bufferSummary = z.object({
  name: z.string().nullable(),
  size,
  heap: z.string(),
  client: z.int().nullable(),
  pid: z.int(),
  uid: z.int(),
  state: z.enum(["live", "released", "orphaned"]),
  ageSeconds: z.number(),
});

const answer = z.discriminatedUnion("op", [
  z.object({
    op: z.literal("hello"),
    version: z.int(),
    largestRequest: z.int(),
    largestReply: z.int(),
    mostBuffers: z.int(),
  }),
  z.object({ op: z.literal("allocate"), buffers: z.array(handed), layout: layout.nullable() }),
  z.object({
    op: z.literal("release"),
    buffers: z.array(z.object({ buffer, state: z.enum(["freed", "held"]) })),
  }),
  z.object({ op: z.literal("share"), token: z.string() }),
  z.object({ op: z.literal("open"), buffers: z.array(handed) }),
  z.object({
    op: z.literal("list"),
    buffers: z.array(z.object({ ...handed.shape, name: z.string().nullable(), opened: z.boolean() })),
    more: z.boolean(),
  }),
  z.discriminatedUnion("part", [
    z.object({ op: z.literal("stats"), part: z.literal("summary"), summary }),
    z.object({
      op: z.literal("stats"),
      part: z.literal("clients"),
      clients: z.array(clientSummary),
      more: z.boolean(),
    }),
    z.object({
      op: z.literal("stats"),
      part: z.literal("buffers"),
      buffers: z.array(bufferSummary),
      more: z.boolean(),
    }),
  ]),
]);

const reply = z.discriminatedUnion("ok", [
  z.object({ id, ok: z.literal(true), answer }),
  z.object({ id: id.nullable(), ok: z.literal(false), error: z.looseObject({ code: z.string() }) }),
]);

/** Reads an answer. Fields that this version does not know are passed over; codes of refusals it does not know are passed on. @returns null for anything else */
export function readBrokerReply(bytes: Uint8Array): BrokerReply | null {
  try {
    const checked = reply.safeParse(JSON.parse(UTF8.decode(bytes)));
    return checked.success ? (checked.data as BrokerReply) : null;
  } catch {
    return null;
  }
}

/** JSON Schema (draft 2020-12) of requests, for publication. */
export function brokerRequestJsonSchema(): object {
  return { ...z.toJSONSchema(request), title: "coalloc broker request" };
}

/** JSON Schema (draft 2020-12) of answers, for publication. */
export function brokerReplyJsonSchema(): object {
  return { ...z.toJSONSchema(reply), title: "coalloc broker reply" };
}
