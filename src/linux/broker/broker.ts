import type { Kernel, Watch } from "../native/kernel.js";
import { SystemCallError } from "../native/system-call-error.js";
import type { ClientRecord } from "./client-record.js";
import { Connection, refuseDescriptors } from "./connection.js";
import type { Listener } from "./listen.js";
import type { BrokerLog } from "./log.js";
import { readBrokerRequest } from "./message.js";
import { type BrokerRefusal, endsConnection } from "./refusal.js";
import type { BrokerService } from "./service.js";

/** Connections that are accepted before clients have their turn. */
const MOST_ACCEPTED = 16;
/** Milliseconds between two looks at deadlines and at live buffers. */
const ROUND = 250;
/** Milliseconds after which buffers that nobody answers for are looked at again: the first time, twice as long each time after. */
const FIRST_PAUSE = 5;
/** Milliseconds that one look at buffers may take: what is not seen then is seen in the next. */
const SWEEP = 2;

/** A broker at work. */
export interface RunningBroker {
  /** Ends all connections and lets go of all buffers; whoever has one keeps it. */
  stop(): void;
}

/**
 * Serves clients at a listening socket. It has one thread and never waits: not for a client that does not read, not for one that says nothing.
 *
 * @param listener - belongs to the broker from now on
 */
export function startBroker(kernel: Kernel, listener: Listener, service: BrokerService, log: BrokerLog): RunningBroker {
  return new Broker(kernel, listener, service, log);
}

class Broker implements RunningBroker {
  readonly #kernel: Kernel;
  readonly #listener: Listener;
  readonly #service: BrokerService;
  readonly #log: BrokerLog;
  readonly #watch: Watch;
  readonly #connections: Map<Connection, { readonly client: ClientRecord | null; readonly since: number }> = new Map();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #pause = FIRST_PAUSE;
  #lastRound = 0;
  #isFull = false;
  #isStopped = false;

  constructor(kernel: Kernel, listener: Listener, service: BrokerService, log: BrokerLog) {
    this.#kernel = kernel;
    this.#listener = listener;
    this.#service = service;
    this.#log = log;
    refuseDescriptors(kernel, listener.socket);
    this.#watch = kernel.watch(listener.socket, { readable: true }, () => this.#accept());
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#watch.close();
    this.#listener.socket.close();
    this.#listener.remove();
    for (const connection of this.#connections.keys()) {
      connection.send({ id: null, ok: false, error: { code: "shutting-down" } }, []);
      connection.close("sent-away");
    }
    this.#service.close();
    this.#log("stopped");
  }

  #accept(): void {
    for (let i = 0; i < MOST_ACCEPTED && !this.#isStopped; i += 1) {
      try {
        const socket = this.#kernel.sockets.accept(this.#listener.socket);
        if (socket === null) return;
        this.#welcome(socket);
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        // ECONNABORTED and the like are about one client. Without descriptors, or memory for them, nobody can be accepted for a while.
        if (!["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"].includes(error.errno)) continue;
        this.#log("accept-failed", { errno: error.errno });
        this.#isFull = true;
        this.#watch.change({});
        this.#wakeIn(ROUND);
        return;
      }
    }
  }

  #welcome(socket: ReturnType<Kernel["sockets"]["listen"]>): void {
    const { sockets } = this.#kernel;
    let identity: { pid: number; uid: number; gid: number; groups: readonly number[] };
    try {
      identity = { ...sockets.credentialsOf(socket), groups: sockets.groupsOf(socket) };
    } catch (error) {
      socket.close();
      throw error;
    }
    const welcomed = this.#service.connect(identity);
    const client = welcomed.ok ? welcomed.value : null;
    const connection = new Connection(this.#kernel, socket, {
      message: (bytes) => (client === null ? connection.end() : this.#message(connection, client, bytes)),
      descriptors: () => this.#refuse(connection, client, null, { code: "unexpected-descriptors" }),
      closed: (why) => this.#closed(connection, client, why),
    });
    this.#connections.set(connection, { client, since: performance.now() });
    this.#wakeIn(ROUND);
    if (!welcomed.ok) {
      const { pid, uid } = identity;
      this.#log("client-refused", { pid, uid, code: welcomed.refusal.code });
      this.#refuse(connection, null, null, welcomed.refusal);
    }
  }

  #message(connection: Connection, client: ClientRecord, bytes: Uint8Array): void {
    const request = readBrokerRequest(bytes);
    if (!request.ok) return this.#refuse(connection, client, request.refusal.id, request.refusal.refusal);
    const { id, op } = request.value;
    const served = this.#service.serve(client, request.value);
    if (served.ok) {
      const { answer, descriptors } = served.value;
      connection.send({ id, ok: true, answer }, descriptors);
    } else {
      if (op === "allocate" || op === "open")
        this.#log("refused", { client: client.client, uid: client.uid, op, code: served.refusal.code });
      this.#answer(connection, id, served.refusal);
    }
    if (op === "release" && this.#service.holdings.waiting > 0) this.#sweepSoon();
    else if (op === "allocate") this.#wakeIn(ROUND);
  }

  /** A message that is no request, or a client that is not let in. */
  #refuse(connection: Connection, client: ClientRecord | null, id: number | null, refusal: BrokerRefusal): void {
    if (client !== null) {
      this.#service.countRefusal(client);
      this.#log("refused", { client: client.client, uid: client.uid, op: null, code: refusal.code });
    }
    this.#answer(connection, id, refusal);
  }

  #answer(connection: Connection, id: number | null, error: BrokerRefusal): void {
    connection.send({ id, ok: false, error }, []);
    if (endsConnection(error)) connection.end();
  }

  #closed(connection: Connection, client: ClientRecord | null, why: "left" | "late" | "sent-away"): void {
    this.#connections.delete(connection);
    if (client === null) return;
    if (why !== "left")
      this.#log("client-disconnected", { client: client.client, uid: client.uid, pid: client.pid, why });
    this.#service.disconnect(client, why !== "left");
    this.#sweepSoon();
  }

  #sweepSoon(): void {
    this.#pause = FIRST_PAUSE;
    this.#wakeIn(0);
  }

  /** Sees to it that the next look is at most so many milliseconds away. */
  #wakeIn(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (this.#isStopped || at >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#tick(), milliseconds);
  }

  #tick(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const start = performance.now();
    const isOver = (): boolean => performance.now() - start >= SWEEP;
    const { holdings } = this.#service;
    const freed = holdings.sweep("waiting", isOver);
    if (start - this.#lastRound >= ROUND) {
      this.#lastRound = start;
      holdings.sweep("live", isOver);
      this.#endLate(start);
      if (this.#isFull) this.#watch.change({ readable: true });
      this.#isFull = false;
    }
    this.#pause = freed > 0 ? FIRST_PAUSE : Math.min(ROUND, this.#pause * 2);
    if (holdings.waiting > 0) this.#wakeIn(this.#pause);
    else if (holdings.size > 0 || this.#connections.size > 0) this.#wakeIn(ROUND);
  }

  /** Ends connections of clients that do not say hello, or do not take what they asked for; the others are offered it again. */
  #endLate(now: number): void {
    const { deadline } = this.#service.policy;
    for (const [connection, { client, since }] of this.#connections) {
      const waiting = client?.saidHello === true ? connection.unsentSince : (connection.unsentSince ?? since);
      if (waiting !== null && now - waiting >= deadline) connection.close("late");
      else connection.retry();
    }
  }
}
