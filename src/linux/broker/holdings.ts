import { randomBytes } from "node:crypto";
import type { ImageLayout } from "../../constraints/image-layout.js";
import { SystemCallError } from "../native/system-call-error.js";
import type { SourceBuffer } from "./buffer-source.js";
import type { ClientRecord } from "./client-record.js";
import type { Charge, Ledger } from "./ledger.js";
import type { Amount } from "./protocol.js";
import type { Recycler } from "./recycler.js";
import { Rotation } from "./rotation.js";

/** Buffers of a user that are looked at before a request of his is refused. */
const MOST_RECLAIMED = 256;

/** A buffer that was handed out and is not known to be free. */
export interface BrokeredBuffer {
  readonly source: SourceBuffer;
  readonly layout: ImageLayout | null;
  /** What was asked for, as the recycler names it. */
  readonly asked: string;
  readonly name: string | null;
  /** Who is charged. */
  readonly owner: ClientRecord;
  readonly madeAt: number;
  /** Connections that know it, and by which number; the owner's among them until he has released it. */
  readonly knownAs: { readonly client: ClientRecord; readonly number: number }[];
  /** `released`: the owner is done with it. `orphaned`: the owner is gone. Both are freed as soon as nobody holds them. */
  state: "live" | "released" | "orphaned";
}

/**
 * Every buffer that was handed out. A client that closes its descriptors tells nobody, and one that says it has may have passed them on: so a buffer is on the books until
 * its source finds that nobody holds it. It is asked when a client says that it is done, when a client leaves, in turn all the time, and before a user is told that his
 * quota is used up.
 */
export class Holdings {
  readonly #ledger: Ledger;
  readonly #recycler: Recycler;
  readonly #charges: Map<BrokeredBuffer, Charge> = new Map();
  readonly #live: Rotation<BrokeredBuffer> = new Rotation();
  readonly #waiting: Rotation<BrokeredBuffer> = new Rotation();
  readonly #byUser: Map<number, Rotation<BrokeredBuffer>> = new Map();
  readonly #byToken: Map<string, BrokeredBuffer> = new Map();
  readonly #tokens: Map<BrokeredBuffer, string> = new Map();
  /** Buffers that were freed since the start. */
  freed = 0;

  constructor(ledger: Ledger, recycler: Recycler) {
    this.#ledger = ledger;
    this.#recycler = recycler;
  }

  /** How many there are, and how many of them nobody answers for. */
  get size(): number {
    return this.#charges.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** What nobody answers for and somebody still holds. */
  get lingering(): Amount {
    let bytes = 0;
    for (const { source } of this.#waiting) bytes += source.size;
    return { buffers: this.#waiting.size, bytes };
  }

  [Symbol.iterator](): IterableIterator<BrokeredBuffer> {
    return this.#charges.keys();
  }

  /** Charges a new buffer to a client, and gives it a number there. */
  add(buffer: BrokeredBuffer): number {
    const { owner, source } = buffer;
    this.#charges.set(buffer, this.#ledger.charge(owner, source.heap, source.size));
    this.#live.add(buffer);
    owner.owned.add(buffer);
    const ofUser = this.#byUser.get(owner.uid) ?? new Rotation();
    this.#byUser.set(owner.uid, ofUser);
    ofUser.add(buffer);
    return owner.number(buffer);
  }

  /** The client is done with one of its buffers. */
  release(client: ClientRecord, number: number): "freed" | "held" {
    const buffer = client.buffers.get(number);
    if (buffer === undefined) return "freed";
    this.#forget(buffer, client, number);
    if (buffer.owner === client && !buffer.knownAs.some((known) => known.client === client)) {
      this.#abandon(buffer, "released");
    }
    return this.#freeIfUnheld(buffer) ? "freed" : "held";
  }

  /** A connection has ended: nobody answers for its buffers. They are freed by {@link sweep}. */
  leave(client: ClientRecord): void {
    for (const [number, buffer] of client.buffers) {
      this.#forget(buffer, client, number);
      if (buffer.owner === client) this.#abandon(buffer, "orphaned");
    }
    // Those released before were charged to the connection too.
    for (const buffer of client.owned) {
      buffer.state = "orphaned";
      this.#charges.get(buffer)?.dropClient();
    }
    client.owned.clear();
  }

  /** The secret word of a buffer, the same each time. It is good until its owner has released the buffer or left. */
  share(buffer: BrokeredBuffer): string {
    const known = this.#tokens.get(buffer);
    if (known !== undefined) return known;
    const token = randomBytes(16).toString("hex");
    this.#tokens.set(buffer, token);
    this.#byToken.set(token, buffer);
    return token;
  }

  /** The buffer behind a secret word. */
  sharedBy(token: string): BrokeredBuffer | undefined {
    return this.#byToken.get(token);
  }

  /**
   * Frees buffers that nobody holds, each in its turn: those that nobody answers for, or the live ones, whose clients may have closed them.
   *
   * @param isOver - ends the round; asked after each buffer
   * @returns how many were freed
   */
  sweep(which: "waiting" | "live", isOver: () => boolean): number {
    const rotation = which === "waiting" ? this.#waiting : this.#live;
    return this.#sweep(rotation, rotation.size, isOver);
  }

  /** Frees what nobody holds among some buffers of a user. @returns how many were freed */
  reclaim(uid: number): number {
    const rotation = this.#byUser.get(uid);
    return rotation === undefined ? 0 : this.#sweep(rotation, Math.min(rotation.size, MOST_RECLAIMED), () => false);
  }

  /** Lets go of everything: the broker ends, and whoever has a buffer keeps it. */
  close(): void {
    for (const buffer of this.#charges.keys()) buffer.source.close();
    this.#charges.clear();
  }

  #sweep(rotation: Rotation<BrokeredBuffer>, most: number, isOver: () => boolean): number {
    let freed = 0;
    for (let i = 0; i < most; i += 1) {
      const buffer = rotation.next();
      if (buffer === undefined) break;
      if (this.#freeIfUnheld(buffer)) freed += 1;
      if (isOver()) break;
    }
    return freed;
  }

  /** A connection does not know the buffer by that number any more. */
  #forget(buffer: BrokeredBuffer, client: ClientRecord, number: number): void {
    client.buffers.delete(number);
    const at = buffer.knownAs.findIndex((known) => known.client === client && known.number === number);
    if (at >= 0) buffer.knownAs.splice(at, 1);
  }

  #abandon(buffer: BrokeredBuffer, state: "released" | "orphaned"): void {
    buffer.state = state;
    this.#live.delete(buffer);
    this.#waiting.add(buffer);
    this.#unshare(buffer);
  }

  #unshare(buffer: BrokeredBuffer): void {
    const token = this.#tokens.get(buffer);
    if (token === undefined) return;
    this.#tokens.delete(buffer);
    this.#byToken.delete(token);
  }

  #freeIfUnheld(buffer: BrokeredBuffer): boolean {
    const { source, layout, asked, owner } = buffer;
    try {
      if (source.isHeld()) return false;
    } catch (error) {
      // Nobody knows: it stays on the books, and its turn comes again.
      if (error instanceof SystemCallError) return false;
      throw error;
    }
    for (const { client, number } of buffer.knownAs) client.buffers.delete(number);
    this.#unshare(buffer);
    this.#live.delete(buffer);
    this.#waiting.delete(buffer);
    owner.owned.delete(buffer);
    const ofUser = this.#byUser.get(owner.uid);
    ofUser?.delete(buffer);
    if (ofUser?.size === 0) this.#byUser.delete(owner.uid);
    this.#charges.get(buffer)?.drop();
    this.#charges.delete(buffer);
    this.freed += 1;
    this.#recycler.put(asked, { buffer: source, layout });
    return true;
  }
}
