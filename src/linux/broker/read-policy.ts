import { z } from "zod";
import { parseAmount } from "../../units/amount.js";
import { closeNames } from "../../units/close-names.js";
import { parseDuration } from "../../units/duration.js";
import { type Bytes, formatSize } from "../../units/quantity.js";
import { quoted } from "../../units/quote.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { type FieldRefusal, readYamlFields } from "../../units/yaml-fields.js";
import type { AccountNames } from "./account-names.js";
import { type BrokerPolicy, DEFAULT_LIMITS, type PolicyRule, type Quota, type Who } from "./policy.js";
import { MOST_BUFFERS } from "./protocol.js";

const AMOUNT = { error: "is no number of bytes; write 12441600, 12M, 12MiB or 0xbe0000" };
const bytes = z.union(
  [z.int().min(0), z.string().regex(/^(0x[0-9a-fA-F]+|\d+) ?([KMGTkmgt]([iI]?[bB])?)?$/, AMOUNT)],
  AMOUNT,
);
const number = z.int().min(1).max(1_000_000);
const name = z.string().min(1).max(64);
const heap = z.string().min(1).max(128);
const quota = z.strictObject({ buffers: number.optional(), bytes: bytes.optional() });
const who = z.string().regex(/^(any|(user|group):.{1,64}|(uid|gid):\d{1,10})$/, {
  error: "is nobody; write any, user:NAME, group:NAME, uid:NUMBER or gid:NUMBER",
});
const allowance = {
  heaps: z.array(heap).min(1).max(64).optional(),
  largest: bytes.optional(),
  count: z.int().min(1).max(MOST_BUFFERS).optional(),
  "per-client": quota.optional(),
  "per-user": quota.optional(),
  stats: z.boolean().optional(),
};

type QuotaText = z.infer<typeof quota>;

const schema = z.strictObject({
  schema: z.literal("coalloc/broker-policy/1", { error: 'has to be "coalloc/broker-policy/1"' }),
  clients: z.strictObject({ total: number.optional(), "per-user": number.optional() }).optional(),
  total: quota.optional(),
  heaps: z.record(heap, quota).optional(),
  "memory-reserve": bytes.optional(),
  recycle: bytes.optional(),
  deadline: z.string({ error: "is no duration; write 500ms or 5s" }).optional(),
  rules: z
    .array(z.strictObject({ name, who: z.array(who).min(1).max(64), ...allowance }))
    .max(256)
    .optional(),
  unlisted: z
    .union([z.literal("deny"), z.strictObject(allowance)], { error: "is neither deny nor a rule without name and who" })
    .optional(),
});

/** Names of fields, wherever they stand. */
const FIELDS = [...Object.keys(schema.shape), ...Object.keys(allowance), "name", "who", "buffers", "bytes"];

type PolicyText = z.infer<typeof schema>;
type AllowanceText = Exclude<NonNullable<PolicyText["unlisted"]>, "deny">;

/**
 * Reads a policy. The first fault is named with its place.
 *
 * @param names - users and groups that rules may name
 */
export function readPolicy(text: string, names: AccountNames): Result<BrokerPolicy, FieldRefusal> {
  const read = readYamlFields(text, schema, FIELDS);
  if (!read.ok) return read;
  try {
    return accepted(policyOf(read.value.value, names));
  } catch (error) {
    if (error instanceof Fault) return refused(read.value.fault(error.path, error.message));
    throw error;
  }
}

/** JSON Schema (draft 2020-12) of a policy, for publication and for editors. */
export function policyJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc broker policy" };
}

/** Ends reading; caught by {@link readPolicy}. */
class Fault extends Error {
  readonly path: readonly PropertyKey[];

  constructor(path: readonly PropertyKey[], text: string) {
    super(text);
    this.path = path;
  }
}

function policyOf(text: PolicyText, names: AccountNames): BrokerPolicy {
  const total = quotaOf(text.total, DEFAULT_LIMITS, ["total"]);
  const { unlisted = "deny", clients } = text;
  return {
    rules: (text.rules ?? []).map((rule, i): PolicyRule => {
      const path = ["rules", i];
      const about = rule.who.map((one, k) => whoOf(one, names, [...path, "who", k]));
      return { name: rule.name, who: about, ...allowanceOf(rule, total, path) };
    }),
    unlisted: unlisted === "deny" ? null : { name: "unlisted", who: [], ...allowanceOf(unlisted, total, ["unlisted"]) },
    total,
    heaps: Object.entries(text.heaps ?? {}).map(([id, one]) => ({
      heap: id,
      quota: quotaOf(one, total, ["heaps", id]),
    })),
    clients: {
      total: clients?.total ?? DEFAULT_LIMITS.clients,
      perUser: clients?.["per-user"] ?? DEFAULT_LIMITS.clientsPerUser,
    },
    memoryReserve: bytesOf(text["memory-reserve"], DEFAULT_LIMITS.memoryReserve, ["memory-reserve"]),
    recycle: bytesOf(text.recycle, DEFAULT_LIMITS.recycle, ["recycle"]),
    deadline: deadlineOf(text.deadline),
  };
}

function allowanceOf(
  text: AllowanceText,
  total: Quota,
  path: readonly PropertyKey[],
): Omit<PolicyRule, "name" | "who"> {
  const perUser = quotaOf(text["per-user"], total, [...path, "per-user"]);
  return {
    heaps: text.heaps ?? ["*"],
    largest: bytesOf(text.largest, DEFAULT_LIMITS.largest, [...path, "largest"]),
    count: text.count ?? DEFAULT_LIMITS.count,
    perClient: quotaOf(text["per-client"], perUser, [...path, "per-client"]),
    perUser,
    stats: text.stats ?? false,
  };
}

/** What a quota does not say is that of the wider one it is part of. */
function quotaOf(text: QuotaText | undefined, wider: Quota, path: readonly PropertyKey[]): Quota {
  const quota = {
    buffers: text?.buffers ?? wider.buffers,
    bytes: bytesOf(text?.bytes, wider.bytes, [...path, "bytes"]),
  };
  if (wider === DEFAULT_LIMITS) return quota;
  if (quota.buffers > wider.buffers) {
    throw new Fault([...path, "buffers"], `${quota.buffers} is more than the ${wider.buffers} of the quota around it`);
  }
  if (quota.bytes > wider.bytes) {
    const [most, around] = [formatSize(quota.bytes), formatSize(wider.bytes)];
    throw new Fault([...path, "bytes"], `${most} are more than the ${around} of the quota around it`);
  }
  return quota;
}

function bytesOf(value: number | string | undefined, otherwise: Bytes, path: readonly PropertyKey[]): Bytes {
  if (value === undefined || typeof value === "number") return value ?? otherwise;
  const amount = parseAmount(value);
  if (!amount.ok) throw new Fault(path, AMOUNT.error);
  return amount.value;
}

function deadlineOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMITS.deadline;
  const nanoseconds = parseDuration(text);
  const milliseconds = nanoseconds.ok ? nanoseconds.value / 1e6 : 0;
  if (milliseconds >= 10 && milliseconds <= 600_000) return milliseconds;
  throw new Fault(["deadline"], `${quoted(text)} is no duration from 10ms to 10min`);
}

function whoOf(text: string, { users, groups }: AccountNames, path: readonly PropertyKey[]): Who {
  if (text === "any") return { kind: "any" };
  const [kind = "", ...rest] = text.split(":");
  const value = rest.join(":");
  if (kind === "uid") return { kind: "uid", uid: idOf(value, path) };
  if (kind === "gid") return { kind: "gid", gid: idOf(value, path) };
  const known = kind === "user" ? users : groups;
  const found = known.get(value);
  if (found === undefined) {
    const [close] = closeNames(value, known.keys(), 1);
    const hint = close === undefined ? "write its number instead" : `did you mean ${kind}:${close}?`;
    throw new Fault(path, `this machine has no ${kind} ${quoted(value)}; ${hint}`);
  }
  return kind === "user" ? { kind: "uid", uid: found } : { kind: "gid", gid: found };
}

function idOf(text: string, path: readonly PropertyKey[]): number {
  // 2^32 - 1 stands for nobody in many calls.
  if (Number(text) < 2 ** 32 - 1) return Number(text);
  throw new Fault(path, `${text} is larger than the numbers of users and groups are`);
}
