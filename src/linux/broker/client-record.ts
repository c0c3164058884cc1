import type { BrokeredBuffer } from "./holdings.js";
import { Account, type Payer } from "./ledger.js";
import type { ClientIdentity, PolicyRule } from "./policy.js";

/** What is known of one connection: who it is, what it may have, and which buffers it knows by which number. */
export class ClientRecord implements Payer {
  readonly account: Account = new Account();
  readonly client: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly rule: PolicyRule;
  readonly connectedAt: number;
  /** Its buffers by its own numbers, which say nothing of what others have. In the order they were had. */
  readonly buffers: Map<number, BrokeredBuffer> = new Map();
  /** What it is charged for, released or not. */
  readonly owned: Set<BrokeredBuffer> = new Set();
  /** What it wants to be called; null until it has said hello. */
  name: string | null = null;
  saidHello = false;
  requests = 0;
  refusals = 0;
  #last = 0;

  constructor(client: number, { pid, uid, gid }: ClientIdentity & { pid: number }, rule: PolicyRule, now: number) {
    this.client = client;
    this.pid = pid;
    this.uid = uid;
    this.gid = gid;
    this.rule = rule;
    this.connectedAt = now;
  }

  /** Gives a buffer the client's next number. */
  number(buffer: BrokeredBuffer): number {
    this.#last += 1;
    this.buffers.set(this.#last, buffer);
    buffer.knownAs.push({ client: this, number: this.#last });
    return this.#last;
  }

  /** Whether a number was given at some time. */
  hadNumber(number: number): boolean {
    return number >= 1 && number <= this.#last;
  }
}
