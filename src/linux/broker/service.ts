import { accepted, type Result, refused } from "../../units/result.js";
import { AvailableMemory } from "../memory/available-memory.js";
import type { Descriptor } from "../native/descriptor.js";
import { failureOf, SystemCallError } from "../native/system-call-error.js";
import type { BufferSource, SourceBuffer, SourceBuffers, SourceRequest } from "./buffer-source.js";
import { ClientRecord } from "./client-record.js";
import { type BrokeredBuffer, Holdings } from "./holdings.js";
import { Ledger } from "./ledger.js";
import { type BrokerPolicy, type ClientIdentity, fitsPattern, heapQuota, ruleFor } from "./policy.js";
import {
  type AllocateRequest,
  type Amount,
  type BrokerAnswer,
  type BrokerRequest,
  type BrokerSummary,
  type HelloRequest,
  LARGEST_REPLY,
  LARGEST_REQUEST,
  MOST_BUFFERS,
  MOST_LISTED,
  type OpenRequest,
  PROTOCOL_VERSIONS,
  type StatsRequest,
} from "./protocol.js";
import { Recycler } from "./recycler.js";
import type { BrokerRefusal } from "./refusal.js";

/** What the broker works with. */
export interface ServiceOptions {
  readonly policy: BrokerPolicy;
  readonly source: BufferSource;
  /** Version that is told to those who ask for statistics. */
  readonly version: string;
  /** Most descriptors that buffers and connections may take. */
  readonly descriptors: number;
  readonly memory?: AvailableMemory;
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
  /** Does work when all clients have had a turn. Default: `setImmediate`. */
  readonly later?: (work: () => void) => void;
}

/** An answer with the descriptors that go with it. They belong to the caller. */
export interface Served {
  readonly answer: BrokerAnswer;
  readonly descriptors: readonly Descriptor[];
}

/** What the broker does, without sockets: who may have what, who has it, and who had it. */
export class BrokerService {
  readonly policy: BrokerPolicy;
  readonly holdings: Holdings;
  readonly clients: Map<number, ClientRecord> = new Map();
  readonly #options: ServiceOptions;
  readonly #ledger: Ledger;
  readonly #recycler: Recycler;
  readonly #memory: AvailableMemory;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #totals = { connections: 0, requests: 0, refusals: 0, disconnected: 0, allocated: 0 };

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.policy = options.policy;
    this.#ledger = new Ledger(options.policy);
    this.#recycler = new Recycler(options.policy.recycle, options.later ?? setImmediate);
    this.holdings = new Holdings(this.#ledger, this.#recycler);
    this.#memory = options.memory ?? new AvailableMemory();
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#now();
  }

  /** Somebody has connected. */
  connect(identity: ClientIdentity & { readonly pid: number }): Result<ClientRecord, BrokerRefusal> {
    const rule = ruleFor(this.policy, identity);
    if (rule === null) return refused({ code: "not-welcome" });
    const { total, perUser } = this.policy.clients;
    if (this.clients.size >= total) return refused({ code: "too-many-clients", scope: "broker", most: total });
    let ofUser = 0;
    for (const { uid } of this.clients.values()) if (uid === identity.uid) ofUser += 1;
    if (ofUser >= perUser) return refused({ code: "too-many-clients", scope: "user", most: perUser });
    this.#totals.connections += 1;
    const client = new ClientRecord(this.#totals.connections, identity, rule, this.#now());
    this.clients.set(client.client, client);
    return accepted(client);
  }

  /** Its connection has ended. @param isForced - by the broker */
  disconnect(client: ClientRecord, isForced: boolean): void {
    if (!this.clients.delete(client.client)) return;
    if (isForced) this.#totals.disconnected += 1;
    this.holdings.leave(client);
  }

  /** Serves one request. */
  serve(client: ClientRecord, request: BrokerRequest): Result<Served, BrokerRefusal> {
    client.requests += 1;
    this.#totals.requests += 1;
    const served = this.#serve(client, request);
    if (!served.ok) this.countRefusal(client);
    return served;
  }

  /** A message of a client was refused before it was a request. */
  countRefusal(client: ClientRecord): void {
    client.refusals += 1;
    this.#totals.refusals += 1;
  }

  /** Lets go of all buffers; whoever has one keeps it. */
  close(): void {
    this.#recycler.clear();
    this.holdings.close();
  }

  #serve(client: ClientRecord, request: BrokerRequest): Result<Served, BrokerRefusal> {
    if (request.op === "hello") return this.#hello(client, request);
    if (!client.saidHello) return refused({ code: "hello-expected" });
    switch (request.op) {
      case "allocate":
        return this.#allocate(client, request);
      case "release": {
        const unknown = request.buffers.find((number) => !client.hadNumber(number));
        if (unknown !== undefined) return refused({ code: "unknown-buffer", buffer: unknown });
        const buffers = request.buffers.map((buffer) => ({ buffer, state: this.holdings.release(client, buffer) }));
        return plain({ op: "release", buffers });
      }
      case "share": {
        const buffer = client.buffers.get(request.buffer);
        if (buffer?.owner !== client) return refused({ code: "unknown-buffer", buffer: request.buffer });
        return plain({ op: "share", token: this.holdings.share(buffer) });
      }
      case "open":
        return this.#open(client, request);
      case "list": {
        const { entries, more } = page(client.buffers, request.after ?? 0, ([number]) => number);
        const buffers = entries.map(([number, { source, name, owner }]) => ({
          buffer: number,
          size: source.size,
          heap: source.heap,
          name,
          opened: owner !== client,
        }));
        return plain({ op: "list", buffers, more });
      }
      case "stats":
        if (!client.rule.stats) return refused({ code: "not-allowed", op: "stats" });
        return plain(this.#stats(request));
    }
  }

  #hello(client: ClientRecord, { versions, name }: HelloRequest): Result<Served, BrokerRefusal> {
    if (client.saidHello) return refused({ code: "hello-repeated" });
    const version = PROTOCOL_VERSIONS.filter((one) => versions.includes(one)).at(-1);
    if (version === undefined) return refused({ code: "unsupported-version", supported: PROTOCOL_VERSIONS });
    client.saidHello = true;
    client.name = name ?? null;
    return plain({
      op: "hello",
      version,
      largestRequest: LARGEST_REQUEST,
      largestReply: LARGEST_REPLY,
      mostBuffers: Math.min(MOST_BUFFERS, client.rule.count),
    });
  }

  #allocate(client: ClientRecord, asked: AllocateRequest): Result<Served, BrokerRefusal> {
    const { count = 1 } = asked;
    if (count > client.rule.count) return refused({ code: "too-many", asked: count, most: client.rule.count });
    const request: SourceRequest = {
      size: asked.size ?? null,
      image: asked.image ?? null,
      participants: asked.participants ?? [],
      count,
      cpu: asked.cpu ?? "rare",
      name: asked.name ?? null,
    };
    // A size that is refused whatever the heap is costs nothing to find out.
    if (request.size !== null && request.size > client.rule.largest) {
      return refused({ code: "too-large", asked: request.size, most: client.rule.largest });
    }
    const likeness =
      this.policy.recycle === 0 ? "" : JSON.stringify([request.size, request.image, request.participants, request.cpu]);
    const had = this.#had(client, request, likeness);
    if (!had.ok) return had;
    const { buffers, layout } = had.value;
    const madeAt = this.#now();
    const made = buffers.map(
      (source): BrokeredBuffer => ({
        source,
        layout,
        asked: likeness,
        name: request.name,
        owner: client,
        madeAt,
        knownAs: [],
        state: "live",
      }),
    );
    const opened = openAll(made);
    if (!opened.ok) {
      for (const { source } of made) source.free();
      return opened;
    }
    this.#totals.allocated += made.length;
    for (const { source } of made) this.#memory.took(source.size);
    const handed = made.map((buffer) => ({
      buffer: this.holdings.add(buffer),
      size: buffer.source.size,
      heap: buffer.source.heap,
    }));
    return accepted({ answer: { op: "allocate", buffers: handed, layout }, descriptors: opened.value });
  }

  /** Buffers that were kept, or new ones; charged to nobody yet. */
  #had(client: ClientRecord, request: SourceRequest, likeness: string): Result<SourceBuffers, BrokerRefusal> {
    const kept = request.count === 1 ? this.#recycler.peek(likeness)?.buffer : undefined;
    if (kept !== undefined && this.#admit(client, kept.heap, kept.size, 1) === null) {
      // Where memory is short, none are kept any more.
      const spare = this.#recycler.take(likeness);
      if (spare !== undefined) return accepted({ buffers: [spare.buffer], layout: spare.layout });
    }
    return this.#options.source.allocate(request, (heap, bytes) => this.#admit(client, heap, bytes, request.count));
  }

  #admit(client: ClientRecord, heap: string, bytes: number, count: number): BrokerRefusal | null {
    const { rule } = client;
    if (!rule.heaps.some((pattern) => fitsPattern(heap, pattern))) return { code: "heap-not-allowed", heap };
    if (bytes > rule.largest) return { code: "too-large", asked: bytes, most: rule.largest };
    const judge = (): BrokerRefusal | null => this.#ledger.judge(client, heap, count, bytes * count);
    let over = judge();
    if (over !== null && this.holdings.reclaim(client.uid) > 0) over = judge();
    if (over !== null) return over;
    // One for the broker, one that is on its way, and those of connections.
    const open = this.holdings.size + this.#recycler.amount.buffers + this.clients.size;
    if (open + 2 * count > this.#options.descriptors) return { code: "out-of-descriptors" };
    if (this.#hasMemory(bytes * count)) return null;
    // What is kept for use again may be what is missing.
    this.#recycler.clear();
    if (this.#hasMemory(bytes * count)) return null;
    const available = Math.max(0, this.#memory.bytes - this.policy.memoryReserve);
    return { code: "no-memory", asked: bytes * count, available };
  }

  #hasMemory(bytes: number): boolean {
    return this.#memory.has(bytes + this.policy.memoryReserve);
  }

  #open(client: ClientRecord, { token }: OpenRequest): Result<Served, BrokerRefusal> {
    const buffer = this.holdings.sharedBy(token);
    if (buffer === undefined) return refused({ code: "unknown-token" });
    if (client.buffers.size >= client.rule.perClient.buffers) {
      const { buffers: quota } = client.rule.perClient;
      const used = client.buffers.size;
      return refused({ code: "quota-exceeded", scope: "client", unit: "buffers", asked: 1, used, quota, heap: null });
    }
    const opened = openAll([buffer]);
    if (!opened.ok) return opened;
    const { size, heap } = buffer.source;
    const buffers = [{ buffer: client.number(buffer), size, heap }];
    return accepted({ answer: { op: "open", buffers }, descriptors: opened.value });
  }

  #stats({ part, after = 0 }: StatsRequest): BrokerAnswer {
    const now = this.#now();
    switch (part) {
      case "summary":
        return { op: "stats", part, summary: this.summary() };
      case "clients": {
        const { entries, more } = page(this.clients, after, (_, i) => i + 1);
        const clients = entries.map(([, { client, name, pid, uid, gid, rule, account, ...counted }]) => ({
          client,
          name,
          pid,
          uid,
          gid,
          rule: rule.name,
          charged: account.amount,
          quota: rule.perClient,
          requests: counted.requests,
          refusals: counted.refusals,
          connectedSeconds: seconds(now - counted.connectedAt),
        }));
        return { op: "stats", part, clients, more };
      }
      case "buffers": {
        const { entries, more } = page(this.holdings, after, (_, i) => i + 1);
        const buffers = entries.map(({ source, name, owner, state, madeAt }) => ({
          name,
          size: source.size,
          heap: source.heap,
          client: state === "orphaned" ? null : owner.client,
          pid: owner.pid,
          uid: owner.uid,
          state,
          ageSeconds: seconds(now - madeAt),
        }));
        return { op: "stats", part, buffers, more };
      }
    }
  }

  /** The broker as a whole; the largest heaps and users where there are very many. */
  summary(): BrokerSummary {
    const ofUser = new Map<number, number>();
    for (const { uid } of this.clients.values()) ofUser.set(uid, (ofUser.get(uid) ?? 0) + 1);
    const uids = new Set([...this.#ledger.users.keys(), ...ofUser.keys()]);
    const users = [...uids].map((uid) => ({ uid, charged: this.#ledger.user(uid), clients: ofUser.get(uid) ?? 0 }));
    const heaps = [...this.#ledger.heaps].map(([heap, { buffers, bytes }]) => ({
      heap,
      charged: { buffers, bytes },
      quota: heapQuota(this.policy, heap),
    }));
    const largest = (a: { charged: Amount }, b: { charged: Amount }): number => b.charged.bytes - a.charged.bytes;
    return {
      version: this.#options.version,
      pid: process.pid,
      uptimeSeconds: seconds(this.#now() - this.#startedAt),
      source: this.#options.source.name,
      clients: this.clients.size,
      charged: this.#ledger.total.amount,
      quota: this.policy.total,
      lingering: this.holdings.lingering,
      recycled: this.#recycler.amount,
      heaps: heaps.sort(largest).slice(0, MOST_LISTED),
      users: users.sort(largest).slice(0, MOST_LISTED),
      totals: { ...this.#totals, freed: this.holdings.freed },
    };
  }
}

function plain(answer: BrokerAnswer): Result<Served, BrokerRefusal> {
  return accepted({ answer, descriptors: [] });
}

/** A descriptor of each buffer, or none. */
function openAll(buffers: readonly { readonly source: SourceBuffer }[]): Result<readonly Descriptor[], BrokerRefusal> {
  const opened: Descriptor[] = [];
  try {
    for (const { source } of buffers) opened.push(source.open());
    return accepted(opened);
  } catch (error) {
    for (const descriptor of opened) descriptor.close();
    if (error instanceof SystemCallError) return refused(failureOf(error));
    throw error;
  }
}

/** The entries behind a place, so many as one answer holds. */
function page<T>(
  all: Iterable<T>,
  after: number,
  placeOf: (entry: T, index: number) => number,
): { readonly entries: readonly T[]; readonly more: boolean } {
  const entries: T[] = [];
  let index = 0;
  for (const entry of all) {
    const place = placeOf(entry, index);
    index += 1;
    if (place <= after) continue;
    if (entries.length === MOST_LISTED) return { entries, more: true };
    entries.push(entry);
  }
  return { entries, more: false };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
