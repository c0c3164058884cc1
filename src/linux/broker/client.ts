import { accepted, type Result, refused } from "../../units/result.js";
import type { SystemCallFailure } from "../../units/system-call.js";
import { Descriptor } from "../native/descriptor.js";
import type { Kernel, ReceivedMessage, Watch } from "../native/kernel.js";
import type { NativeMissing } from "../native/koffi.js";
import { openKernel } from "../native/open-kernel.js";
import { attempt, SystemCallError } from "../native/system-call-error.js";
import { BrokerBuffer } from "./client-buffer.js";
import { messageBytes, readBrokerReply } from "./message.js";
import {
  type AllocateRequest,
  type BrokerAnswer,
  type BrokerReply,
  type BrokerRequest,
  type HandedBuffer,
  LARGEST_REPLY,
  LARGEST_REQUEST,
  type ListedBuffer,
  MOST_BUFFERS,
  PROTOCOL_VERSIONS,
} from "./protocol.js";
import type { BrokerRefusal } from "./refusal.js";

/** Why there is no answer: the broker's no, or none at all. */
export type BrokerFailure =
  | BrokerRefusal
  /** The broker has ended the connection, or died; buffers that were had stay. */
  | { readonly code: "disconnected" }
  /** It said something that no broker says. */
  | { readonly code: "bad-reply" };

/** Why there is no connection. */
export type ConnectFailure = BrokerFailure | NativeMissing;

/** How to connect. */
export interface ConnectOptions {
  /** What to be called in `coalloc top`. */
  readonly name?: string;
  readonly kernel?: Kernel;
}

/** What to ask the broker for: bytes or an image, and who uses it. Never which heap. */
export type BrokerBufferRequest = Omit<AllocateRequest, "op" | "id" | "count">;

type AnswerTo<Op extends BrokerRequest["op"]> = BrokerAnswer & { readonly op: Op };
type Answered = { readonly answer: BrokerAnswer; readonly descriptors: readonly Descriptor[] };
type Unnumbered<Request> = Request extends unknown ? Omit<Request, "id"> : never;

/** How long a connection is tried for while the broker has more waiting than it can take. */
const PATIENCE = 5000;
const RETRY = 20;

/**
 * Connects to a broker, which hands out buffers to processes that may open no device and no heap:
 *
 *     const broker = orThrow(await connectBroker("/run/coalloc/broker.sock"));
 *     const buffer = orThrow(await broker.allocate({ image: "1920x1080:NV12", participants: ["/dev/video0", "/dev/dri/card0"] }));
 *     buffer.fd;                       // a dma-buf, for both of them
 *     buffer.bytes[0];                 // the same memory, in this process
 *     await buffer.release();
 */
export async function connectBroker(
  path: string,
  options: ConnectOptions = {},
): Promise<Result<BrokerConnection, ConnectFailure>> {
  const opened = options.kernel === undefined ? await openKernel() : accepted(options.kernel);
  if (!opened.ok) return opened;
  const kernel = opened.value;
  const socket = await connecting(kernel, path);
  if (!socket.ok) return socket;
  const broker = new BrokerConnection(kernel, socket.value);
  const said = await broker.ask({
    op: "hello",
    versions: PROTOCOL_VERSIONS,
    ...(options.name === undefined ? {} : { name: options.name }),
  });
  if (said.ok) return accepted(broker);
  broker.close();
  return said;
}

async function connecting(kernel: Kernel, path: string): Promise<Result<Descriptor, SystemCallFailure>> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const socket = attempt(() => kernel.sockets.connect(path));
    if (socket.ok || socket.refusal.errno !== "EAGAIN" || performance.now() > end) return socket;
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

/** A connection to a broker. Requests may be made while others are on their way; they are answered in order. It keeps the process running until it is closed. */
export class BrokerConnection implements Disposable {
  readonly #kernel: Kernel;
  readonly #socket: Descriptor;
  readonly #watch: Watch;
  readonly #room: Uint8Array = new Uint8Array(LARGEST_REPLY);
  /** Requests that have no answer yet, by number; in order. */
  readonly #asked: Map<number, (answered: Result<Answered, BrokerFailure>) => void> = new Map();
  readonly #unsent: Uint8Array[] = [];
  #last = 0;
  #ended: BrokerFailure | null = null;

  /** @param socket - connected; belongs to this object from now on */
  constructor(kernel: Kernel, socket: Descriptor) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#watch = kernel.watch(socket, { readable: true }, () => this.#ready());
  }

  /** Whether the broker is there. */
  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** Asks for one buffer. */
  async allocate(request: BrokerBufferRequest): Promise<Result<BrokerBuffer, BrokerFailure>> {
    const many = await this.allocateMany(request, 1);
    return many.ok ? accepted(many.value[0] as BrokerBuffer) : many;
  }

  /** Asks for several alike, all or none. */
  async allocateMany(
    request: BrokerBufferRequest,
    count: number,
  ): Promise<Result<readonly BrokerBuffer[], BrokerFailure>> {
    const asked = await this.#request({ op: "allocate", ...request, ...(count === 1 ? {} : { count }) });
    if (!asked.ok) return asked;
    const { answer, descriptors } = asked.value;
    const { buffers, layout } = answer as AnswerTo<"allocate">;
    return this.#taken(buffers, layout, descriptors);
  }

  /** Opens a buffer that another client has shared: {@link BrokerBuffer.share}. */
  async open(token: string): Promise<Result<BrokerBuffer, BrokerFailure>> {
    const asked = await this.#request({ op: "open", token });
    if (!asked.ok) return asked;
    const { answer, descriptors } = asked.value;
    const taken = this.#taken((answer as AnswerTo<"open">).buffers, null, descriptors);
    return taken.ok ? accepted(taken.value[0] as BrokerBuffer) : taken;
  }

  /** All buffers that the broker has on its books for this connection. */
  async list(): Promise<Result<readonly ListedBuffer[], BrokerFailure>> {
    const all: ListedBuffer[] = [];
    for (;;) {
      const page = await this.ask({ op: "list", after: all.at(-1)?.buffer ?? 0 });
      if (!page.ok) return page;
      const { buffers, more } = page.value as AnswerTo<"list">;
      all.push(...buffers);
      if (!more) return accepted(all);
    }
  }

  /** Makes a request that no descriptors belong to, in the words of the protocol. */
  async ask<Op extends Exclude<BrokerRequest["op"], "allocate" | "open">>(
    request: Unnumbered<BrokerRequest & { readonly op: Op }>,
  ): Promise<Result<AnswerTo<Op>, BrokerFailure>> {
    const asked = await this.#request(request as Unnumbered<BrokerRequest>);
    if (!asked.ok) return asked;
    for (const descriptor of asked.value.descriptors) descriptor.close();
    return accepted(asked.value.answer as AnswerTo<Op>);
  }

  /** Ends the connection. Buffers stay until they are closed; requests without an answer are `disconnected`. */
  close(): void {
    this.#end({ code: "disconnected" });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #taken(
    buffers: readonly HandedBuffer[],
    layout: AnswerTo<"allocate">["layout"],
    descriptors: readonly Descriptor[],
  ): Result<readonly BrokerBuffer[], BrokerFailure> {
    if (buffers.length === descriptors.length && buffers.length > 0) {
      const made = buffers.map((handed, i) => {
        const descriptor = descriptors[i] as Descriptor;
        return new BrokerBuffer(this, this.#kernel, { handed, layout, descriptor });
      });
      return accepted(made);
    }
    for (const descriptor of descriptors) descriptor.close();
    return this.#end({ code: "bad-reply" });
  }

  #request(request: Unnumbered<BrokerRequest>): Promise<Result<Answered, BrokerFailure>> {
    if (this.#ended !== null) return Promise.resolve(refused(this.#ended));
    this.#last += 1;
    const id = this.#last;
    const bytes = messageBytes({ ...request, id });
    if (bytes.length > LARGEST_REQUEST) return Promise.resolve(refused({ code: "too-long", most: LARGEST_REQUEST }));
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      if (this.#unsent.length === 0 && this.#send(bytes)) return;
      if (this.#ended !== null) return;
      this.#unsent.push(bytes);
      if (this.#unsent.length === 1) this.#watch.change({ readable: true, writable: true });
    });
  }

  /** @returns false when there is no room now, or nobody to read it */
  #send(bytes: Uint8Array): boolean {
    try {
      return this.#kernel.sockets.send(this.#socket, bytes);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      // What the broker said before it ended is still there to be read.
      if (this.#readAll()) this.#end({ code: "disconnected" });
      return false;
    }
  }

  #ready(): void {
    if (!this.#readAll()) return;
    if (this.#unsent.length === 0) return;
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      if (!this.#send(next)) return;
      this.#unsent.shift();
    }
    this.#watch.change({ readable: true });
  }

  /** Reads what there is. @returns whether the connection goes on */
  #readAll(): boolean {
    let wasGone = false;
    while (this.#ended === null) {
      let message: ReceivedMessage | null;
      try {
        message = this.#kernel.sockets.receive(this.#socket, this.#room, MOST_BUFFERS);
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        this.#end({ code: "disconnected" });
        break;
      }
      if (message === null) return true;
      if (message.bytes.length > 0) {
        this.#answered(message);
        continue;
      }
      // A connection that was reset says so before it gives what was sent before.
      if (wasGone) this.#end({ code: "disconnected" });
      wasGone = true;
    }
    return false;
  }

  #answered(message: ReceivedMessage): void {
    const descriptors = message.descriptors.map((number) => new Descriptor(number, "buffer of the broker"));
    const reply = message.isCut || message.descriptorsCut ? null : readBrokerReply(message.bytes);
    const resolve = reply?.id === null ? undefined : this.#asked.get(reply?.id ?? 0);
    if (reply?.ok === true && resolve !== undefined) {
      this.#asked.delete(reply.id);
      resolve(accepted({ answer: reply.answer, descriptors }));
      return;
    }
    for (const descriptor of descriptors) descriptor.close();
    this.#notAnswered(reply, resolve);
  }

  #notAnswered(
    reply: BrokerReply | null,
    resolve: ((answered: Result<Answered, BrokerFailure>) => void) | undefined,
  ): void {
    if (reply?.ok !== false || (reply.id !== null && resolve === undefined)) {
      this.#end({ code: "bad-reply" });
    } else if (reply.id === null || resolve === undefined) {
      // It is about the connection, which ends.
      this.#end(reply.error);
    } else {
      this.#asked.delete(reply.id);
      resolve(refused(reply.error));
    }
  }

  #end(why: BrokerFailure): { readonly ok: false; readonly refusal: BrokerFailure } {
    if (this.#ended === null) {
      this.#ended = why;
      this.#watch.close();
      this.#socket.close();
      const waiting = [...this.#asked.values()];
      this.#asked.clear();
      for (const resolve of waiting) resolve(refused(why));
    }
    return refused(this.#ended);
  }
}
