/**
 * A running broker gets messages that are malformed, cut short, too long, out of order, with descriptors, from clients that leave or do not read, while an honest client works beside
 * them. COALLOC_BROKER_FUZZ is the number of messages (default 6000), COALLOC_SEED repeats an order.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connectBroker } from "../../../src/linux/broker/client.js";
import { readBrokerReply } from "../../../src/linux/broker/message.js";
import { LARGEST_REQUEST } from "../../../src/linux/broker/protocol.js";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { orThrow } from "../../../src/units/result.js";
import { Random } from "../../fuzz/random.js";
import { mutation, seeds } from "../../fuzz/targets/broker-message.js";
import { BrokerProcess, SocketFolder } from "./broker-process.js";
import { turns, until } from "./waiting.js";

const MESSAGES = Number(process.env["COALLOC_BROKER_FUZZ"] ?? 6000);
const SEED = Number(process.env["COALLOC_SEED"] ?? 20_261_128);
const HELLO = new TextEncoder().encode('{"op":"hello","id":0,"versions":[1]}');
const POLICY = `
schema: coalloc/broker-policy/1
deadline: 1s
clients: {total: 24, per-user: 24}
rules: [{name: a, who: [any], largest: 1M, stats: true, per-client: {buffers: 64}, per-user: {buffers: 512, bytes: 64M}}]
`;

const kernel = orThrow(await openKernel());
const folder = new SocketFolder();
afterAll(() => folder[Symbol.dispose]());
const socket = join(folder.path, "broker.sock");
const room = new Uint8Array(65_536);

/** One connection that does whatever it likes. */
class Hostile {
  readonly #socket: Descriptor;
  readonly #kept: Descriptor[] = [];
  readonly #random: Random;
  readonly #reads: boolean;
  #saysHello: boolean;

  private constructor(connected: Descriptor, random: Random) {
    this.#socket = connected;
    this.#random = random;
    this.#reads = random.below(3) > 0;
    this.#saysHello = random.below(8) > 0;
  }

  /** Connects, as soon as the broker has room for one more: hostile clients can come faster than it looks. */
  static async join(random: Random): Promise<Hostile> {
    for (;;) {
      try {
        return new Hostile(kernel.sockets.connect(socket), random);
      } catch (error) {
        if (!(error instanceof SystemCallError) || error.errno !== "EAGAIN") throw error;
        await turns(1);
      }
    }
  }

  /** Says one thing, and perhaps listens. @returns false when it was sent away */
  act(): boolean {
    const random = this.#random;
    try {
      if (this.#saysHello) kernel.sockets.send(this.#socket, HELLO);
      this.#saysHello = false;
      const [seed, other] = [seeds[random.below(seeds.length)]!, seeds[random.below(seeds.length)]!];
      const kind = random.below(20);
      if (kind < 8) this.#say(mutation(seed, other, LARGEST_REQUEST, random));
      else if (kind < 14) kernel.sockets.send(this.#socket, seed);
      else if (kind < 16) kernel.sockets.send(this.#socket, seed.subarray(0, 1 + random.below(seed.length)));
      else if (kind === 16)
        kernel.sockets.send(this.#socket, new Uint8Array(LARGEST_REQUEST + random.below(3) - 1).fill(32));
      else if (kind === 17)
        kernel.sockets.send(
          this.#socket,
          seed,
          Array.from({ length: 1 + random.below(253) }, () => 1),
        );
      else if (kind === 18)
        kernel.sockets.send(
          this.#socket,
          Uint8Array.from({ length: 64 }, () => random.below(256)),
        );
      else for (const descriptor of this.#kept.splice(0)) descriptor.close();
      return !this.#reads || this.#hear();
    } catch (error) {
      if (error instanceof SystemCallError) return error.errno === "EPERM";
      throw error;
    }
  }

  #say(bytes: Uint8Array): void {
    if (bytes.length > 0) kernel.sockets.send(this.#socket, bytes);
  }

  #hear(): boolean {
    for (let i = 0; i < 4; i += 1) {
      const message = kernel.sockets.receive(this.#socket, room, 253);
      if (message === null) return true;
      for (const number of message.descriptors) this.#kept.push(new Descriptor(number, "buffer"));
      if (message.bytes.length === 0) return false;
      const reply = readBrokerReply(message.bytes);
      if (reply === null) throw new Error(`no answer of a broker: ${new TextDecoder().decode(message.bytes)}`);
    }
    return true;
  }

  leave(): void {
    this.#socket.close();
    for (const descriptor of this.#kept) descriptor.close();
  }
}

describe("a broker among hostile clients", () => {
  it(`goes on serving the honest one (${MESSAGES} messages, seed ${SEED})`, async () => {
    using broker = await BrokerProcess.start(socket, ["--policy", folder.write("policy.yaml", POLICY)]);
    using honest = orThrow(await connectBroker(socket, { kernel }));
    const [descriptors, resident] = [broker.descriptors.length, broker.residentKiB];
    const random = new Random(SEED);
    const hostile: Hostile[] = [];
    const dismiss = (from: number, count: number): void => {
      for (const one of hostile.splice(from, count)) one.leave();
    };
    for (let i = 0; i < MESSAGES; i += 1) {
      if (hostile.length < 16) hostile.push(await Hostile.join(random));
      const at = random.below(hostile.length);
      if (!hostile[at]!.act() || random.below(60) === 0) dismiss(at, 1);
      if (i % 50 !== 0) continue;
      await until("the honest one is served", async () => {
        const buffer = await honest.allocate({ size: 4096 });
        if (buffer.ok) {
          expect(buffer.value.bytes.every((byte) => byte === 0)).toBe(true);
          expect(await buffer.value.release()).toEqual({ ok: true, value: "freed" });
          return true;
        }
        // All clients are of one user here, whose quota the others can use up: it is served when they leave. No other refusal is in order.
        expect(buffer.refusal).toMatchObject({ code: "quota-exceeded", scope: "user" });
        dismiss(0, hostile.length);
        return false;
      });
    }
    dismiss(0, hostile.length);
    await until("all is freed", async () => {
      const stats = orThrow(await honest.ask({ op: "stats", part: "summary" }));
      return stats.part === "summary" && stats.summary.charged.buffers === 0 && stats.summary.clients === 1;
    });
    expect(broker.memfds).toBe(0);
    await until("all connections are closed", () => broker.descriptors.length === descriptors);
    expect(broker.residentKiB - resident).toBeLessThan(64 * 1024);
    honest.close();
    await broker.stop();
    expect(broker.other).toBe("");
  });
});
