import { close } from "node:fs";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel, Watch } from "../native/kernel.js";
import { makeStruct } from "../native/struct.js";
import { SystemCallError } from "../native/system-call-error.js";
import { linger, SCM_MAX_FD, SO_LINGER, SO_PASSRIGHTS, SO_SNDBUF } from "../uapi/socket.js";
import { messageBytes } from "./message.js";
import { type BrokerReply, LARGEST_REPLY, LARGEST_REQUEST } from "./protocol.js";

/** Messages of one client that are served before it is the next one's turn. */
const TURN = 16;
/** Bytes that may wait to be read by one client; a few dozen messages, since the kernel adds some hundred bytes to each. */
const SEND_BUFFER: number = LARGEST_REPLY;

/** One byte more than a request may have shows that it is too long. */
const ROOM: Uint8Array = new Uint8Array(LARGEST_REQUEST + 1);
const NO_LINGER: Uint8Array = makeStruct(linger, { l_onoff: 0, l_linger: 0 });

/** What happens on a connection. */
export interface ConnectionEvents {
  /** A whole message came. It is answered by {@link Connection.send} before this returns. */
  message(bytes: Uint8Array): void;
  /** Descriptors came with a message; they are gone already, and so is the message. */
  descriptors(): void;
  /** It has ended, by whomever. Called once. */
  closed(why: "left" | "late" | "sent-away"): void;
}

/**
 * One client's socket, served without ever waiting for the client: what cannot be sent is kept, and nothing more is read from it until it has taken that. So what a client makes
 * the broker keep is bounded by one turn.
 */
export class Connection {
  readonly #kernel: Kernel;
  readonly #socket: Descriptor;
  readonly #events: ConnectionEvents;
  readonly #watch: Watch;
  #unsent: { readonly bytes: Uint8Array; readonly descriptors: readonly Descriptor[] }[] = [];
  #unsentSince: number | null = null;
  /** Waiting for room is of no use: {@link retry} has to look. */
  #isStalled = false;
  #isEnding = false;
  #isOpen = true;

  /** @param socket - belongs to this object from now on */
  constructor(kernel: Kernel, socket: Descriptor, events: ConnectionEvents) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#events = events;
    kernel.sockets.setOption(socket, SO_SNDBUF, SEND_BUFFER);
    refuseDescriptors(kernel, socket);
    this.#watch = kernel.watch(socket, { readable: true }, (error) => this.#ready(error));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When the client was first found not to take what it asked for, by `performance.now()`; null when it takes all. */
  get unsentSince(): number | null {
    return this.#unsentSince;
  }

  /** Sends an answer, now or as soon as the client takes it. @param descriptors - closed when they are sent, or the connection ends */
  send(reply: BrokerReply, descriptors: readonly Descriptor[]): void {
    const bytes = messageBytes(reply);
    if (this.#isOpen && this.#unsent.length === 0 && this.#pass(bytes, descriptors)) return;
    if (!this.#isOpen) {
      for (const descriptor of descriptors) descriptor.close();
      return;
    }
    this.#unsent.push({ bytes, descriptors });
    if (this.#unsentSince !== null) return;
    this.#unsentSince = performance.now();
    if (!this.#isStalled) this.#watch.change({ writable: true });
  }

  /** Tries once more to send what could not be sent. */
  retry(): void {
    if (this.#isOpen && this.#unsent.length > 0) this.#flush();
  }

  /** Reads nothing more, and ends it when what was said before is sent. */
  end(): void {
    this.#isEnding = true;
    if (this.#unsent.length === 0) this.close("sent-away");
  }

  /** Ends it now. */
  close(why: "left" | "late" | "sent-away"): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    this.#socket.close();
    for (const { descriptors } of this.#unsent) for (const descriptor of descriptors) descriptor.close();
    this.#unsent = [];
    this.#events.closed(why);
  }

  #ready(error: SystemCallError | null): void {
    if (!this.#isOpen) return;
    // Polling fails on a socket whose peer has left with answers unread.
    if (error !== null) return this.close("left");
    if (this.#unsent.length > 0 && !this.#flush()) return;
    for (let i = 0; i < TURN && this.#isOpen && !this.#isEnding && this.#unsent.length === 0; i += 1) {
      if (!this.#receive()) return;
    }
  }

  /** Reads one message. @returns false when there is none */
  #receive(): boolean {
    let message: ReturnType<Kernel["sockets"]["receive"]>;
    try {
      message = this.#kernel.sockets.receive(this.#socket, ROOM, SCM_MAX_FD);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      this.close("left");
      return false;
    }
    if (message === null) return false;
    if (message.descriptors.length > 0) this.#discard(message.descriptors);
    if (message.descriptors.length > 0 || message.descriptorsCut) this.#events.descriptors();
    else if (message.bytes.length === 0) this.close("left");
    else this.#events.message(message.bytes);
    return true;
  }

  /** @returns whether everything is sent */
  #flush(): boolean {
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      if (!this.#pass(next.bytes, next.descriptors)) return false;
      this.#unsent.shift();
    }
    this.#unsentSince = null;
    this.#isStalled = false;
    if (this.#isEnding) this.close("sent-away");
    else this.#watch.change({ readable: true });
    return this.#isOpen;
  }

  /** @returns false when there is no room now, or the client is gone */
  #pass(bytes: Uint8Array, descriptors: readonly Descriptor[]): boolean {
    try {
      const numbers = descriptors.map(({ number }) => number);
      if (!this.#kernel.sockets.send(this.#socket, bytes, numbers)) return false;
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      if (error.errno === "ETOOMANYREFS") {
        // As many descriptors of this process are on their way as may be, to whomever: no socket tells when that is over.
        this.#isStalled = true;
        this.#watch.change({});
        return false;
      }
      this.close("left");
      return false;
    }
    for (const descriptor of descriptors) descriptor.close();
    return true;
  }

  /** Closes what a client had no reason to send, in another thread: closing may wait, for a network or for a file system of the client's. */
  #discard(descriptors: readonly number[]): void {
    for (const number of descriptors) {
      const descriptor = new Descriptor(number, "descriptor of a client");
      try {
        this.#kernel.sockets.setOption(descriptor, SO_LINGER, NO_LINGER);
      } catch {
        // No socket: it does not linger.
      }
      close(descriptor.release(), () => {});
    }
  }
}

/** Lets the kernel refuse descriptors, where it can: then they never come here. What connects to a listening socket is as it is. */
export function refuseDescriptors(kernel: Kernel, socket: Descriptor): void {
  try {
    kernel.sockets.setOption(socket, SO_PASSRIGHTS, 0);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}
