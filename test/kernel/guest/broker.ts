/**
 * The broker over real heaps. Two client processes that open no heap share a buffer that a camera fills; clients and brokers are killed at random points, and the dma-bufs that
 * are left are counted in the kernel's own list. The program starts itself again as a broker and as clients.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { type BrokerConnection, connectBroker } from "../../../src/linux/broker/client.js";
import { LinuxSource } from "../../../src/linux/broker/linux-source.js";
import { jsonLog } from "../../../src/linux/broker/log.js";
import { runBroker } from "../../../src/linux/broker/run-broker.js";
import { openLinuxSystem } from "../../../src/linux/buffers/open-linux-system.js";
import { importIntoDrm } from "../../../src/linux/drm/prime-import.js";
import { readMemoryAmount } from "../../../src/linux/memory/memory-info.js";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Kernel } from "../../../src/linux/native/kernel.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import { DMA_HEAP_IOCTL_ALLOC, dmaHeapAllocationData } from "../../../src/linux/uapi/dma-heap.js";
import { O_CLOEXEC, O_RDWR } from "../../../src/linux/uapi/fcntl.js";
import { MIB } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { Random } from "../../fuzz/random.js";
import { check } from "./check.js";
import { loadModule } from "./modules.js";
import { VideoCapture } from "./video-capture.js";

const SOCKET = "/run/broker.sock";
const KILLS = 50;
/** A path to a file, and no open file. */
const O_PATH = 0o10000000;
const PICTURE = { width: 640, height: 480 };
const FRAME = PICTURE.width * PICTURE.height * 2;
const [role = "main", word = ""] = process.argv.slice(2);

if (role === "broker") await serve();
else if (role === "reader") await readFrame(word);
else if (role === "worker") await work();
else await main();

async function serve(): Promise<void> {
  const kernel = orThrow(await openKernel());
  const source = new LinuxSource(await openLinuxSystem({ kernel }));
  const log = jsonLog((line) => void process.stderr.write(line));
  orThrow(await runBroker({ kernel, source, socket: SOCKET, policy: null, version: "test", log }));
}

/** The second client: sees what the camera wrote into a buffer that the first was given. */
async function readFrame(token: string): Promise<void> {
  using broker = orThrow(await connectBroker(SOCKET));
  const buffer = orThrow(await broker.open(token));
  const seen = new Set(buffer.bytes.subarray(0, FRAME));
  process.stdout.write(`${seen.size}\n`);
  orThrow(await buffer.release());
}

/** Allocates and releases until it is killed. */
async function work(): Promise<void> {
  const broker = orThrow(await connectBroker(SOCKET));
  process.stdout.write("started\n");
  for (;;) {
    const buffer = orThrow(await broker.allocate({ size: 65_536, participants: ["/dev/dri/card0"] }));
    buffer.bytes[0] = 1;
    await buffer.release();
  }
}

async function main(): Promise<void> {
  loadModule("vgem");
  loadModule("vivid", ["n_devs=1", "node_types=0x1", "allocators=0", "num_inputs=1", "input_types=0"]);
  const kernel = orThrow(await openKernel());
  let broker = await start("broker");
  await check("two client processes share a buffer that vivid fills and vgem takes", async () => {
    using client = orThrow(await connectBroker(SOCKET));
    const buffer = orThrow(
      await client.allocate({ size: FRAME, participants: ["/dev/video0", "/dev/dri/card0"], name: "frame" }),
    );
    assert.equal(buffer.heap, "system");
    assert.equal(new Set(buffer.bytes).size, 1);
    {
      using taken = importIntoDrm(kernel, "/dev/dri/card0", buffer.descriptor);
      assert.ok(taken.handle !== null);
      await capture(kernel, buffer.fd);
    }
    assert.ok(buffer.cpuAccess("read", (bytes) => new Set(bytes).size) > 8);
    const token = orThrow(await buffer.share());
    const values = Number(await said(child("reader", token)));
    assert.ok(values > 8, `the other client saw ${values} different bytes`);
    assert.equal(dmaBufs(), 1);
    assert.equal(orThrow(await buffer.release()), "freed");
    assert.equal(dmaBufs(), 0);
  });
  await check("a buffer stays charged while the camera has it, although its client is gone", async () => {
    using watching = orThrow(await connectBroker(SOCKET));
    using camera = new VideoCapture(kernel, "/dev/video0", PICTURE);
    {
      using client = orThrow(await connectBroker(SOCKET));
      const buffer = orThrow(await client.allocate({ size: FRAME, participants: ["/dev/video0"] }));
      camera.queue(buffer.fd);
      buffer.close();
    }
    // The broker looks at such buffers in turn: when it has freed two that came later, it has looked at this one.
    for (let i = 0; i < 2; i += 1) {
      using client = orThrow(await connectBroker(SOCKET));
      const later = orThrow(await client.allocate({ size: FRAME, participants: ["/dev/video0"] }));
      assert.equal(await charged(watching), 2);
      later.close();
      client.close();
      await until(async () => (await charged(watching)) === 1);
    }
    assert.equal(dmaBufs(), 1);
    camera.empty();
    await until(async () => (await charged(watching)) === 0 && dmaBufs() === 0);
  });
  await check(`${KILLS} kills of clients and of the broker leave no dma-buf and no charge`, async () => {
    const random = new Random(20_261_128);
    let living: ChildProcess[] = [];
    for (let i = 1; i <= KILLS; i += 1) {
      if (i % 10 === 0) {
        for (const one of living.splice(0)) await killed(one);
        await killed(broker);
        await until(() => dmaBufs() === 0);
        broker = await start("broker");
        continue;
      }
      living.push(i % 10 === 5 ? await start("worker") : await holder(random));
      if (living.length > 2) await killed(living.splice(random.below(living.length), 1)[0] as ChildProcess);
    }
    for (const one of living) await killed(one);
    living = [];
    using watching = orThrow(await connectBroker(SOCKET));
    await until(async () => (await charged(watching)) === 0 && dmaBufs() === 0);
  });
  await check("a request for more than there is is refused, and nobody is killed", async () => {
    using client = orThrow(await connectBroker(SOCKET));
    const refused = await client.allocate({ size: 2 ** 36, participants: ["/dev/dri/card0"] });
    assert.equal(refused.ok, false);
    assert.equal((await client.allocate({ size: 4096, participants: ["/dev/dri/card0"] })).ok, true);
  });
  await killed(broker);
  await check(
    "a path to a dma-buf that was kept (O_PATH) keeps its memory, is no reference, and cannot be opened",
    () => {
      const size = 128 * MIB;
      const before = readMemoryAmount("MemAvailable");
      const others = dmaBufs();
      const heap = kernel.open("/dev/dma_heap/system");
      const made = makeStruct(dmaHeapAllocationData, { len: size, fd_flags: O_RDWR + O_CLOEXEC });
      kernel.ioctl(heap, DMA_HEAP_IOCTL_ALLOC, made);
      const buffer = new Descriptor(getField(dmaHeapAllocationData, made, "fd"), "dmabuf:kept");
      const path = openSync(`/proc/self/fd/${buffer.number}`, O_PATH);
      assert.match(readFileSync(`/proc/self/fdinfo/${buffer.number}`, "utf8"), /^count:\t1$/m);
      buffer.close();
      assert.equal(dmaBufs(), others);
      assert.ok(before - readMemoryAmount("MemAvailable") > size / 2, "the memory is gone with the last descriptor");
      assert.throws(() => openSync(`/proc/self/fd/${path}`, "r+"), { code: "ENXIO" });
      closeSync(path);
      assert.ok(before - readMemoryAmount("MemAvailable") < size / 2, "the memory stays when the path is closed");
      heap.close();
    },
  );
}

/** A process that does nothing but hold a connection and some of its buffers, at some point of their life. */
async function holder(random: Random): Promise<ChildProcess> {
  const client = orThrow(await connectBroker(SOCKET));
  const buffers = orThrow(
    await client.allocateMany({ size: 65_536, participants: ["/dev/dri/card0"] }, 1 + random.below(3)),
  );
  const kept = buffers.filter(() => random.below(3) > 0);
  const held = spawn("/run/busybox", ["sleep", "600"], {
    stdio: ["ignore", "ignore", "ignore", ...kept.map(({ fd }) => fd)],
  });
  for (const buffer of buffers) buffer.close();
  if (random.below(2) === 0) for (const buffer of buffers) await buffer.release();
  client.close();
  return held;
}

function child(name: string, argument = ""): ChildProcess {
  return spawn(process.execPath, ["/run/job/program.mjs", name, argument], { stdio: ["ignore", "pipe", "pipe"] });
}

/** Starts the program in another role. @returns when it has said its first line, on whichever stream */
async function start(name: string): Promise<ChildProcess> {
  const process = child(name);
  let text = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (part: Buffer) => {
        text += part.toString();
        if (text.includes('"listening"') || text.includes("started")) resolve();
      });
    }
    process.once("close", () => reject(new Error(`${name} ended: ${text}`)));
  });
  return process;
}

async function said(process: ChildProcess): Promise<string> {
  let text = "";
  for (const stream of [process.stdout, process.stderr])
    stream?.on("data", (part: Buffer) => (text += part.toString()));
  await new Promise((resolve) => process.once("close", resolve));
  return text;
}

async function killed(process: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => process.once("exit", resolve));
  process.kill("SIGKILL");
  await exited;
}

/** Buffers in the kernel's own list. */
function dmaBufs(): number {
  const text = readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8");
  return Number(/Total (\d+) objects/.exec(text)?.[1]);
}

async function charged(broker: BrokerConnection): Promise<number> {
  const stats = orThrow(await broker.ask({ op: "stats", part: "summary" }));
  if (stats.part !== "summary") throw new Error("another part was told");
  return stats.summary.charged.buffers;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came about; ${dmaBufs()} dma-bufs are left`);
}

/** Lets the camera write one picture into a buffer. */
async function capture(kernel: Kernel, fd: number): Promise<void> {
  using camera = new VideoCapture(kernel, "/dev/video0", PICTURE);
  camera.queue(fd);
  camera.start();
  await camera.frame();
  camera.stop();
  camera.empty();
}
