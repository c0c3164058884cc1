import { type Bytes, GIB, MIB } from "../../units/quantity.js";
import { MOST_BUFFERS } from "./protocol.js";

/** At most so many buffers, and so many bytes in all. */
export interface Quota {
  readonly buffers: number;
  readonly bytes: Bytes;
}

/** Whom a rule is about. */
export type Who =
  | { readonly kind: "any" }
  | { readonly kind: "uid"; readonly uid: number }
  | { readonly kind: "gid"; readonly gid: number };

/** What some clients may have. */
export interface PolicyRule {
  readonly name: string;
  readonly who: readonly Who[];
  /** Ids of heaps; `*` stands for any text. */
  readonly heaps: readonly string[];
  /** Bytes of one buffer. */
  readonly largest: Bytes;
  /** Buffers of one request. */
  readonly count: number;
  /** Of one connection, and of all that one user has. */
  readonly perClient: Quota;
  readonly perUser: Quota;
  /** May see all clients and buffers: `coalloc top`. */
  readonly stats: boolean;
}

/** What the broker gives to whom. docs/broker.md describes the file it is read from. */
export interface BrokerPolicy {
  /** The first that is about a client holds for it. */
  readonly rules: readonly PolicyRule[];
  /** What holds for clients that no rule is about; null: they are sent away. */
  readonly unlisted: PolicyRule | null;
  /** Of everything that is handed out. */
  readonly total: Quota;
  /** By heap, ids as in rules; the first that fits a heap holds for it. */
  readonly heaps: readonly { readonly heap: string; readonly quota: Quota }[];
  /** Connections in all and of one user. */
  readonly clients: { readonly total: number; readonly perUser: number };
  /** Memory that stays free on this machine whatever is asked for. */
  readonly memoryReserve: Bytes;
  /** Bytes of freed buffers that are kept for use again; 0: none. */
  readonly recycle: Bytes;
  /** Milliseconds for a client to say hello, and to take what it has asked for. */
  readonly deadline: number;
}

/** What a policy says where the file says nothing. */
export const DEFAULT_LIMITS = {
  clients: 256,
  clientsPerUser: 64,
  memoryReserve: (64 * MIB) as Bytes,
  recycle: 0 as Bytes,
  deadline: 5000,
  largest: (256 * MIB) as Bytes,
  count: 32,
  buffers: 16_384,
  bytes: (4 * GIB) as Bytes,
} as const;

/** The policy without a file: whoever runs the broker, and root, may have all there is. */
export function ownPolicy(uid: number, total: Quota): BrokerPolicy {
  const owners = [...new Set([uid, 0])].map((uid): Who => ({ kind: "uid", uid }));
  return {
    rules: [
      {
        name: "owner",
        who: owners,
        heaps: ["*"],
        largest: total.bytes,
        count: MOST_BUFFERS,
        perClient: total,
        perUser: total,
        stats: true,
      },
    ],
    unlisted: null,
    total,
    heaps: [],
    clients: { total: DEFAULT_LIMITS.clients, perUser: DEFAULT_LIMITS.clients },
    memoryReserve: DEFAULT_LIMITS.memoryReserve,
    recycle: DEFAULT_LIMITS.recycle,
    deadline: DEFAULT_LIMITS.deadline,
  };
}

/** Who connects: its user and all its groups. */
export interface ClientIdentity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The rule that holds for a client; null when it is to be sent away. */
export function ruleFor(policy: BrokerPolicy, client: ClientIdentity): PolicyRule | null {
  return policy.rules.find(({ who }) => who.some((one) => isAbout(one, client))) ?? policy.unlisted;
}

function isAbout(who: Who, { uid, gid, groups }: ClientIdentity): boolean {
  switch (who.kind) {
    case "any":
      return true;
    case "uid":
      return who.uid === uid;
    case "gid":
      return who.gid === gid || groups.includes(who.gid);
  }
}

/** Whether the id of a heap fits a pattern, in which `*` stands for any text. */
export function fitsPattern(heap: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return heap === pattern;
  if (!heap.startsWith(first)) return false;
  const last = rest.pop() as string;
  let at = first.length;
  for (const part of rest) {
    const found = heap.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return heap.length - last.length >= at && heap.endsWith(last);
}

/** The quota of a heap; null when the policy sets none. */
export function heapQuota(policy: BrokerPolicy, heap: string): Quota | null {
  return policy.heaps.find((one) => fitsPattern(heap, one.heap))?.quota ?? null;
}
