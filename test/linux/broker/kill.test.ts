/**
 * Clients and brokers are killed with SIGKILL at random points, COALLOC_KILLS times (default 1000); COALLOC_SEED repeats an order. Most clients are a `sleep` that was given the
 * connection and the descriptors, at whatever point the connection has reached, and is all that holds them: the kernel sees the same end as that of a whole program, and a
 * thousand of them take seconds. One in forty is a whole program, one in forty the broker.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connectBroker } from "../../../src/linux/broker/client.js";
import { readBrokerReply } from "../../../src/linux/broker/message.js";
import type { BrokerReply, BrokerSummary } from "../../../src/linux/broker/protocol.js";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { orThrow } from "../../../src/units/result.js";
import { Random } from "../../fuzz/random.js";
import { BrokerProcess, ClientProcess, SocketFolder } from "./broker-process.js";
import { until } from "./waiting.js";

const KILLS = Number(process.env["COALLOC_KILLS"] ?? 1000);
const SEED = Number(process.env["COALLOC_SEED"] ?? 20_261_128);
/** Of so many kills, one is of the broker, and one of a whole program. */
const PER_BROKER = 40;
/** Clients at the same time. */
const AT_ONCE = 6;

const kernel = orThrow(await openKernel());
const folder = new SocketFolder();
/** What a test that fails has left running. */
const children: Set<ChildProcess> = new Set();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});
const socket = join(folder.path, "broker.sock");
const random = new Random(SEED);
const below = (limit: number): number => random.below(limit);

/** Speaks the protocol by hand, so that it can stop anywhere. */
class Half {
  readonly socket: Descriptor = kernel.sockets.connect(socket);
  readonly buffers: Descriptor[] = [];
  readonly #room = new Uint8Array(65_536);
  #id = 0;

  say(request: object): void {
    this.#id += 1;
    const bytes = new TextEncoder().encode(JSON.stringify({ ...request, id: this.#id }));
    if (!kernel.sockets.send(this.socket, bytes)) throw new Error("the broker does not read");
  }

  async hear(): Promise<BrokerReply> {
    let message = kernel.sockets.receive(this.socket, this.#room, 8);
    await until("the broker answers", () => {
      message ??= kernel.sockets.receive(this.socket, this.#room, 8);
      return message !== null;
    });
    this.buffers.push(...message!.descriptors.map((number) => new Descriptor(number, "buffer")));
    return readBrokerReply(message!.bytes)!;
  }

  /** Goes on until a random point. */
  async proceed(): Promise<void> {
    const end = below(6);
    if (end === 0) return;
    this.say({ op: "hello", versions: [1] });
    if (end === 1) return;
    await this.hear();
    const wanted = 1 + below(4);
    for (let i = 0; i < wanted; i += 1) this.say({ op: "allocate", size: 1 + below(200_000), count: 1 + below(2) });
    if (end === 2) return;
    for (let i = 0; i < wanted; i += 1) await this.hear();
    if (end === 3) return;
    this.say({ op: "share", buffer: 1 });
    const shared = await this.hear();
    if (end === 4 && shared.ok && shared.answer.op === "share") this.say({ op: "open", token: shared.answer.token });
    else this.say({ op: "release", buffers: [1] });
    if (below(2) === 0) await this.hear();
  }

  /** Gives everything to another process, which does nothing with it. */
  become(): ChildProcess {
    const kept = this.buffers.filter(() => below(4) > 0);
    const numbers = [this.socket, ...kept].map(({ number }) => number);
    const child = spawn("sleep", ["600"], { stdio: ["ignore", "ignore", "ignore", ...numbers] });
    children.add(child);
    for (const descriptor of [this.socket, ...this.buffers]) descriptor.close();
    return child;
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
  children.delete(child);
}

/** Waits until the broker has freed everything. @returns what it says then */
async function settled(broker: BrokerProcess): Promise<BrokerSummary> {
  using watching = orThrow(await connectBroker(socket, { kernel }));
  let summary: BrokerSummary | null = null;
  await until("all is freed", async () => {
    const stats = orThrow(await watching.ask({ op: "stats", part: "summary" }));
    if (stats.part === "summary") summary = stats.summary;
    return summary !== null && summary.charged.buffers === 0 && summary.clients === 1 && broker.memfds === 0;
  });
  return summary!;
}

describe("a thousand deaths", () => {
  it(`leave nothing behind (${KILLS} kills, seed ${SEED})`, async () => {
    const counted = { clients: 0, programs: 0, brokers: 0 };
    const survivor = { bytes: new Uint8Array(0), close: (): void => {} };
    let growth = 0;
    while (counted.clients + counted.programs + counted.brokers < KILLS) {
      using broker = await BrokerProcess.start(socket);
      const before = await settled(broker);
      const [descriptors, resident] = [broker.descriptors.length, broker.residentKiB];
      expect(before.totals.allocated).toBe(0);
      // What a dead broker handed out is still there.
      if (counted.brokers > 0) expect(survivor.bytes[0]).toBe(42);
      survivor.close();
      const living: ChildProcess[] = [];
      const program = startProgram();
      const left = KILLS - counted.clients - counted.programs - counted.brokers;
      const deaths = Math.min(PER_BROKER, left) - 2;
      for (let i = 0; i < deaths; i += 1) {
        const half = new Half();
        await half.proceed();
        living.push(half.become());
        if (living.length < AT_ONCE) continue;
        const [victim] = living.splice(below(living.length), 1);
        await killed(victim!);
        counted.clients += 1;
      }
      for (const child of living.splice(0)) {
        await killed(child);
        counted.clients += 1;
      }
      await program;
      counted.programs += 1;
      const after = await settled(broker);
      expect(after).toMatchObject({ lingering: { buffers: 0, bytes: 0 }, charged: { bytes: 0 }, heaps: [] });
      expect(after.users.map(({ charged }) => charged.buffers)).toEqual([0]);
      expect(after.totals.freed).toBe(after.totals.allocated);
      // Its own ones, and the connection that has just ended.
      await until("connections are closed", () => broker.descriptors.length <= descriptors);
      growth = Math.max(growth, broker.residentKiB - resident);

      const client = orThrow(await connectBroker(socket, { kernel }));
      const buffer = orThrow(await client.allocate({ size: 4096 }));
      buffer.bytes[0] = 42;
      Object.assign(survivor, { bytes: buffer.bytes, close: () => buffer.close() });
      const half = new Half();
      await half.proceed();
      broker.kill("SIGKILL");
      await broker.exited;
      counted.brokers += 1;
      for (const descriptor of [half.socket, ...half.buffers]) descriptor.close();
      expect(await client.allocate({ size: 1 })).toEqual({ ok: false, refusal: { code: "disconnected" } });
      client.close();
    }
    survivor.close();
    console.log(`killed: ${JSON.stringify(counted)}; the broker grew by ${growth} KiB at most`);
    expect(growth).toBeLessThan(64 * 1024);
  });
});

/** A program that allocates, shares and releases as fast as it can, killed somewhere on its way. */
async function startProgram(): Promise<void> {
  using client = new ClientProcess(
    socket,
    `say("started");
     for (;;) {
       const buffers = must(await broker.allocateMany({ size: 65536 }, 4));
       buffers[0].bytes[0] = 1;
       const word = must(await buffers[1].share());
       const opened = must(await broker.open(word));
       await Promise.all([buffers[0].release(), buffers[1].release(), opened.release()]);
       buffers[2].close();
       await buffers[3].release();
     }`,
  );
  await client.said();
  await new Promise((resolve) => setTimeout(resolve, below(150)));
  await client.kill();
}
