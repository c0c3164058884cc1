import type { Bytes } from "../../units/quantity.js";
import { type BrokerPolicy, heapQuota, type PolicyRule, type Quota } from "./policy.js";
import type { Amount } from "./protocol.js";
import type { BrokerRefusal, QuotaScope } from "./refusal.js";

/** What is charged to somebody, and may be at most. */
export class Account implements Amount {
  buffers = 0;
  bytes: Bytes = 0;

  add(buffers: number, bytes: Bytes): void {
    this.buffers += buffers;
    this.bytes += bytes;
  }

  get amount(): Amount {
    return { buffers: this.buffers, bytes: this.bytes };
  }
}

/** Who is charged: a connection, and the user behind it. */
export interface Payer {
  readonly account: Account;
  readonly uid: number;
  readonly rule: PolicyRule;
}

/** One buffer on the books. The connection's share ends with the connection; the user's, the heap's and the whole's with the buffer. */
export interface Charge {
  readonly bytes: Bytes;
  /** The connection's share goes: it has ended. */
  dropClient(): void;
  /** All of it goes: the buffer is no more. A second call does nothing. */
  drop(): void;
}

/** The books of the broker: what each connection, user and heap holds, against the quotas of the policy. */
export class Ledger {
  readonly total: Account = new Account();
  readonly #policy: BrokerPolicy;
  readonly #users: Map<number, Account> = new Map();
  readonly #heaps: Map<string, Account> = new Map();

  constructor(policy: BrokerPolicy) {
    this.#policy = policy;
  }

  /** Says why so much more is too much; null when it is not. Nothing is charged yet. */
  judge(
    payer: Payer,
    heap: string,
    buffers: number,
    bytes: Bytes,
  ): (BrokerRefusal & { code: "quota-exceeded" }) | null {
    const { account, uid, rule } = payer;
    const books: readonly (readonly [QuotaScope, Amount, Quota | null])[] = [
      ["client", account, rule.perClient],
      ["user", this.user(uid), rule.perUser],
      ["heap", this.heap(heap), heapQuota(this.#policy, heap)],
      ["broker", this.total, this.#policy.total],
    ];
    for (const [scope, used, quota] of books) {
      if (quota === null) continue;
      const unit =
        used.buffers + buffers > quota.buffers ? "buffers" : used.bytes + bytes > quota.bytes ? "bytes" : null;
      if (unit === null) continue;
      const isOwn = scope === "client" || scope === "user";
      const asked = unit === "buffers" ? buffers : bytes;
      const named = scope === "heap" ? heap : null;
      return {
        code: "quota-exceeded",
        scope,
        unit,
        asked,
        used: isOwn ? used[unit] : null,
        quota: quota[unit],
        heap: named,
      };
    }
    return null;
  }

  /** Charges one buffer, whatever the quotas say. */
  charge({ account, uid }: Payer, heap: string, bytes: Bytes): Charge {
    const user = accountOf(this.#users, uid);
    const pool = accountOf(this.#heaps, heap);
    for (const one of [account, user, pool, this.total]) one.add(1, bytes);
    let isClient = true;
    let isCharged = true;
    const dropClient = (): void => {
      if (isClient) account.add(-1, -bytes);
      isClient = false;
    };
    const drop = (): void => {
      dropClient();
      if (!isCharged) return;
      isCharged = false;
      for (const one of [user, pool, this.total]) one.add(-1, -bytes);
      if (user.buffers === 0) this.#users.delete(uid);
      if (pool.buffers === 0) this.#heaps.delete(heap);
    };
    return { bytes, dropClient, drop };
  }

  user(uid: number): Amount {
    return this.#users.get(uid)?.amount ?? NOTHING;
  }

  heap(heap: string): Amount {
    return this.#heaps.get(heap)?.amount ?? NOTHING;
  }

  /** Users and heaps with something charged. */
  get users(): ReadonlyMap<number, Amount> {
    return this.#users;
  }

  get heaps(): ReadonlyMap<string, Amount> {
    return this.#heaps;
  }
}

const NOTHING: Amount = { buffers: 0, bytes: 0 };

function accountOf<Key>(accounts: Map<Key, Account>, key: Key): Account {
  const found = accounts.get(key) ?? new Account();
  accounts.set(key, found);
  return found;
}
