import { spawnSync } from "node:child_process";
import { existsSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type BrokerConnection, connectBroker } from "../../../src/linux/broker/client.js";
import { readBrokerReply } from "../../../src/linux/broker/message.js";
import type { BrokerReply, BrokerSummary } from "../../../src/linux/broker/protocol.js";
import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { orThrow } from "../../../src/units/result.js";
import { ROOT } from "../../../tools/project.js";
import { BrokerProcess, ClientProcess, SocketFolder } from "./broker-process.js";
import { until } from "./waiting.js";

const kernel = orThrow(await openKernel());
const folder = new SocketFolder();
const socket = join(folder.path, "broker.sock");
const open: (() => void)[] = [];
let running: BrokerProcess | null = null;

afterEach(async () => {
  for (const close of open.splice(0)) close();
  if (running !== null) await running.stop();
  running = null;
});
afterAll(() => folder[Symbol.dispose]());

async function start(policy?: string): Promise<BrokerProcess> {
  const args = policy === undefined ? [] : ["--policy", folder.write("policy.yaml", policy)];
  running = await BrokerProcess.start(socket, args);
  return running;
}

async function connect(): Promise<BrokerConnection> {
  const broker = orThrow(await connectBroker(socket, { kernel }));
  open.push(() => broker.close());
  return broker;
}

async function summary(broker: BrokerConnection): Promise<BrokerSummary> {
  const stats = orThrow(await broker.ask({ op: "stats", part: "summary" }));
  if (stats.part !== "summary") throw new Error("another part was told");
  return stats.summary;
}

/** A socket without a client behind it, to say wrong things by. */
function raw(): {
  socket: Descriptor;
  say(text: string, descriptors?: number[]): void;
  heard(): Promise<BrokerReply | null>;
} {
  const own = kernel.sockets.connect(socket);
  open.push(() => own.close());
  const room = new Uint8Array(65_536);
  return {
    socket: own,
    say: (text, descriptors = []) => void kernel.sockets.send(own, new TextEncoder().encode(text), descriptors),
    heard: async () => {
      let bytes: Uint8Array | null = null;
      await until("the broker answers", () => (bytes = kernel.sockets.receive(own, room, 4)?.bytes ?? null) !== null);
      return readBrokerReply(bytes!);
    },
  };
}

const HELLO = '{"op":"hello","id":0,"versions":[1]}';

describe("a broker", () => {
  it("lets two processes share a buffer, and frees it when both are gone", async () => {
    const broker = await start();
    using first = new ClientProcess(
      socket,
      `const buffer = must(await broker.allocate({ size: 8192 }));
       buffer.bytes[4096] = 7;
       say(must(await buffer.share()));
       await told();
       say(buffer.bytes[0]);
       say(must(await buffer.release()));
       await told();`,
    );
    const token = (await first.said()) as string;
    using second = new ClientProcess(
      socket,
      `const buffer = must(await broker.open(${JSON.stringify(token)}));
       say(buffer.bytes[4096]);
       buffer.bytes[0] = 9;
       say("written");
       await told();`,
    );
    expect(await second.said()).toBe(7);
    await second.said();
    first.tell("go on");
    expect(await first.said()).toBe(9);
    expect(await first.said()).toBe("held");
    expect(broker.memfds).toBe(1);
    const watching = await connect();
    expect(await summary(watching)).toMatchObject({ charged: { buffers: 1, bytes: 8192 }, lingering: { buffers: 1 } });
    await first.kill();
    await second.kill();
    await until("the buffer is freed", () => broker.memfds === 0);
    expect((await summary(watching)).charged).toEqual({ buffers: 0, bytes: 0 });
    // A process that ends closes one file after the other: the broker may hear of the buffer first.
    await until("both connections have ended", async () => (await summary(watching)).clients === 1);
  });

  it("finds out that a client has closed a buffer and told nobody", async () => {
    const broker = await start();
    const client = await connect();
    const buffer = orThrow(await client.allocate({ size: 4096, name: "forgotten" }));
    expect(orThrow(await client.list())).toEqual([
      { buffer: 1, size: 4096, heap: "memfd", name: "forgotten", opened: false },
    ]);
    buffer.close();
    await until("the buffer is freed", () => broker.memfds === 0);
    expect(orThrow(await client.list())).toEqual([]);
    expect(await buffer.release()).toEqual({ ok: true, value: "freed" });
  });

  it("gives bytes for an access of the CPU, also where no call to begin one is known", async () => {
    await start();
    const client = await connect();
    using buffer = orThrow(await client.allocate({ size: 4096 }));
    expect(buffer.cpuAccess("write", (bytes) => (bytes[3] = 9))).toBe(9);
    expect(buffer.cpuAccess("read", (bytes) => bytes[3])).toBe(9);
  });

  it("keeps a mapped buffer although its descriptor is closed", async () => {
    const broker = await start();
    const client = await connect();
    const buffer = orThrow(await client.allocate({ size: 4096 }));
    const bytes = buffer.bytes;
    buffer.descriptor.close();
    expect(orThrow(await client.ask({ op: "release", buffers: [1] })).buffers).toEqual([{ buffer: 1, state: "held" }]);
    expect(broker.memfds).toBe(1);
    bytes[0] = 1;
    buffer.close();
    await until("the buffer is freed", () => broker.memfds === 0);
  });

  it("refuses with the numbers what the policy does not give, and gives it when something was closed", async () => {
    await start(`
schema: coalloc/broker-policy/1
rules:
  - {name: few, who: [any], largest: 64K, count: 2, per-client: {buffers: 3, bytes: 96K}, per-user: {buffers: 4}}
`);
    const client = await connect();
    expect(await client.allocate({ size: 65_537 })).toEqual({
      ok: false,
      refusal: { code: "too-large", asked: 65_537, most: 65_536 },
    });
    expect(await client.allocateMany({ size: 1 }, 3)).toEqual({
      ok: false,
      refusal: { code: "too-many", asked: 3, most: 2 },
    });
    const first = orThrow(await client.allocate({ size: 65_536 }));
    expect(await client.allocate({ size: 65_536 })).toEqual({
      ok: false,
      refusal: {
        code: "quota-exceeded",
        scope: "client",
        unit: "bytes",
        asked: 65_536,
        used: 65_536,
        quota: 98_304,
        heap: null,
      },
    });
    first.close();
    const second = orThrow(await client.allocate({ size: 65_536 }));
    const other = await connect();
    const more = orThrow(await other.allocateMany({ size: 4096 }, 2));
    orThrow(await other.allocate({ size: 4096 }));
    expect(await client.allocate({ size: 4096 })).toMatchObject({
      refusal: { code: "quota-exceeded", scope: "user", unit: "buffers", used: 4, quota: 4 },
    });
    expect(await client.ask({ op: "stats", part: "summary" })).toEqual({
      ok: false,
      refusal: { code: "not-allowed", op: "stats" },
    });
    expect(await client.ask({ op: "release", buffers: [99] })).toEqual({
      ok: false,
      refusal: { code: "unknown-buffer", buffer: 99 },
    });
    expect(more.map(({ size }) => size)).toEqual([4096, 4096]);
    expect(second.bytes.length).toBe(65_536);
  });

  it("sends those away whom the policy does not name", async () => {
    const broker = await start("schema: coalloc/broker-policy/1\nrules: [{name: a, who: ['uid:4294967294']}]");
    expect(await connectBroker(socket, { kernel })).toEqual({ ok: false, refusal: { code: "not-welcome" } });
    const refusal = () => broker.log.find(({ event }) => event === "client-refused");
    await until("the refusal is in the log", () => refusal() !== undefined);
    expect(refusal()).toMatchObject({ code: "not-welcome" });
  });

  it("lets no more clients in than the policy says", async () => {
    await start("schema: coalloc/broker-policy/1\nclients: {total: 2, per-user: 2}\nrules: [{name: a, who: [any]}]");
    await connect();
    const second = await connect();
    expect(await connectBroker(socket, { kernel })).toMatchObject({
      ok: false,
      refusal: { code: "too-many-clients", most: 2 },
    });
    second.close();
    await until("there is room", async () => {
      const third = await connectBroker(socket, { kernel });
      if (third.ok) third.value.close();
      return third.ok;
    });
  });

  it("says no to an image, a device, and a version that it does not know", async () => {
    await start();
    const client = await connect();
    expect(await client.allocate({ image: "64x64:NV12" })).toMatchObject({ refusal: { code: "unplaceable" } });
    expect(await client.allocate({ size: 1, participants: ["vop"] })).toMatchObject({
      refusal: { code: "unplaceable" },
    });
    const { say, heard } = raw();
    say('{"op":"hello","id":4,"versions":[7,9]}');
    expect(await heard()).toEqual({ id: 4, ok: false, error: { code: "unsupported-version", supported: [1] } });
  });
});

describe("a client that does wrong", () => {
  it("is told, and goes on, or is sent away where no sense can be made of it", async () => {
    await start();
    const early = raw();
    early.say('{"op":"list","id":1}');
    expect(await early.heard()).toEqual({ id: 1, ok: false, error: { code: "hello-expected" } });
    early.say(HELLO);
    expect(await early.heard()).toMatchObject({ id: 0, ok: true });
    early.say(HELLO);
    expect(await early.heard()).toEqual({ id: 0, ok: false, error: { code: "hello-repeated" } });
    early.say('{"op":"allocate","id":2,"size":-1}');
    expect(await early.heard()).toMatchObject({ id: 2, ok: false, error: { code: "bad-request", path: "size" } });
    early.say("no sense");
    expect(await early.heard()).toMatchObject({ id: null, ok: false, error: { code: "malformed" } });
    await until(
      "it is sent away",
      () => kernel.sockets.receive(early.socket, new Uint8Array(64), 0)?.bytes.length === 0,
    );
    const long = raw();
    kernel.sockets.send(long.socket, new Uint8Array(20_000));
    expect(await long.heard()).toMatchObject({ error: { code: "too-long", most: 16_384 } });
  });

  it("cannot fill the broker with descriptors", async () => {
    const broker = await start();
    const client = await connect();
    const before = broker.descriptors.length;
    const { number } = kernel.memfdCreate("bomb");
    const many = Array.from({ length: 253 }, () => number);
    let refused = 0;
    for (let i = 0; i < 40; i += 1) {
      const bomb = raw();
      try {
        bomb.say(HELLO, many);
        expect(await bomb.heard()).toMatchObject({ error: { code: "unexpected-descriptors" } });
        refused += 1;
      } catch (error) {
        // Newer kernels do not take the message: SO_PASSRIGHTS.
        if ((error as { errno?: string }).errno !== "EPERM") throw error;
        refused += 1;
      }
      bomb.socket.close();
    }
    expect(refused).toBe(40);
    await until("all are closed", () => broker.descriptors.length === before);
    expect(await client.list()).toEqual({ ok: true, value: [] });
  });

  it("holds up nobody when it reads nothing, and is sent away", async () => {
    const broker = await start(
      "schema: coalloc/broker-policy/1\ndeadline: 1s\nrules: [{name: a, who: [any], stats: true}]",
    );
    const client = await connect();
    const deaf = raw();
    deaf.say(HELLO);
    let sent = 0;
    const shout = (): void => {
      try {
        while (kernel.sockets.send(deaf.socket, new TextEncoder().encode(`{"op":"allocate","id":${sent},"size":4096}`)))
          sent += 1;
      } catch (error) {
        if ((error as { errno?: string }).errno !== "EPIPE") throw error;
      }
    };
    for (let i = 0; i < 20; i += 1) {
      shout();
      const buffer = orThrow(await client.allocate({ size: 4096 }));
      expect(orThrow(await buffer.release())).toBe("freed");
    }
    expect(sent).toBeGreaterThan(100);
    // What one connection can make the broker send into the void is bounded.
    expect(broker.memfds).toBeLessThan(500);
    await until("it is sent away", () =>
      broker.log.some(({ event, why }) => event === "client-disconnected" && why === "late"),
    );
    deaf.socket.close();
    await until("its buffers are freed", () => broker.memfds === 0);
    expect((await summary(client)).totals.disconnected).toBe(1);
  });

  it("is sent away when it says nothing at all", async () => {
    await start("schema: coalloc/broker-policy/1\ndeadline: 100ms\nrules: [{name: a, who: [any]}]");
    const mute = raw();
    await until(
      "it is sent away",
      () => kernel.sockets.receive(mute.socket, new Uint8Array(64), 0)?.bytes.length === 0,
    );
  });
});

describe("coalloc top", () => {
  const top = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(ROOT, "bin", "coalloc.js"), "top", "--socket", socket, ...args], {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });

  it("shows heaps, clients and buffers, as data and for people", async () => {
    const broker = await start(
      "schema: coalloc/broker-policy/1\nheaps: {memfd: {bytes: 1M}}\nrules: [{name: all, who: [any], stats: true}]",
    );
    const client = await connect();
    const buffers = orThrow(await client.allocateMany({ size: 65_536, name: "preview" }, 3));
    const run = top("--once", "--json");
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const document = JSON.parse(String(run.stdout));
    expect(document).toMatchObject({
      schema: "coalloc/top/1",
      broker: {
        pid: broker.pid,
        source: "memfd",
        charged: { buffers: 3, bytes: 196_608 },
        heaps: [{ heap: "memfd", charged: { buffers: 3 }, quota: { buffers: 16_384, bytes: 1_048_576 } }],
      },
      clients: [
        { client: 1, rule: "all", charged: { buffers: 3, bytes: 196_608 } },
        { client: 2, name: "top", charged: { buffers: 0 } },
      ],
    });
    expect(document.buffers).toHaveLength(3);
    expect(document.buffers[0]).toMatchObject({
      name: "preview",
      size: 65_536,
      heap: "memfd",
      client: 1,
      state: "live",
    });
    const shown = String(top("--once").stdout);
    expect(shown).toMatch(/^broker .* buffers from memfd/);
    expect(shown).toMatch(/memfd +3 +192 KiB +16384 buffers, 1 MiB/);
    expect(shown).toMatch(/preview +64 KiB +memfd +1 /);
    for (const buffer of buffers) buffer.close();
  });

  it("ends with 4 where no broker listens, or one that does not let it see", async () => {
    const nobody = top("--once");
    expect(nobody).toMatchObject({ status: 4, stdout: "" });
    expect(nobody.stderr).toBe(
      `coalloc: no broker listens at ${socket}; start one with coalloc broker, or give its --socket\n`,
    );
    await start("schema: coalloc/broker-policy/1\nrules: [{name: all, who: [any]}]");
    expect(top("--once")).toMatchObject({
      status: 4,
      stderr: "coalloc: the broker's policy does not let this client ask for stats\n",
    });
  });
});

describe("the process of a broker", () => {
  it("ends cleanly, and leaves buffers with those who have them", async () => {
    const broker = await start();
    const client = await connect();
    const buffer = orThrow(await client.allocate({ size: 4096 }));
    buffer.bytes[0] = 5;
    await broker.stop();
    running = null;
    expect(existsSync(socket)).toBe(false);
    expect(broker.log.at(-1)).toMatchObject({ event: "stopped" });
    expect(await client.allocate({ size: 1 })).toEqual({ ok: false, refusal: { code: "shutting-down" } });
    expect(buffer.bytes[0]).toBe(5);
    buffer.close();
  });

  it("takes the place of one that was killed, but of none that lives", async () => {
    const killed = await start();
    await expect(BrokerProcess.start(socket)).rejects.toThrow("somebody listens at");
    killed.kill("SIGKILL");
    await killed.exited;
    expect(existsSync(socket)).toBe(true);
    const next = await start();
    expect(next.log[0]).toMatchObject({ event: "listening", socket, pid: next.pid, source: "memfd", activated: false });
    const client = await connect();
    expect((await client.allocate({ size: 1 })).ok).toBe(true);
  });

  it("takes the socket that systemd listens at", async () => {
    using listener = kernel.sockets.listen(socket, 8);
    const asSystemd = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"];
    running = await BrokerProcess.start(socket, [], { by: asSystemd, passed: listener.number });
    expect(running.log[0]).toMatchObject({ event: "listening", activated: true });
    const client = await connect();
    expect((await client.allocate({ size: 1 })).ok).toBe(true);
    await running.stop();
    running = null;
    expect(existsSync(socket)).toBe(true);
    unlinkSync(socket);
  });

  it("removes nothing that is no socket, and says where a policy is wrong", async () => {
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    await expect(BrokerProcess.start(file)).rejects.toThrow("is no socket");
    const policy = folder.write("wrong.yaml", "schema: coalloc/broker-policy/1\nrules: [{name: a}]");
    await expect(BrokerProcess.start(socket, ["--policy", policy])).rejects.toThrow(
      "wrong.yaml: line 2, column 9: rules[0].who",
    );
  });
});
