/**
 * How much does a buffer cost through the broker? A broker process with files in memory, no recycling, and 1, 10 and 100 clients that keep eight requests each on their way:
 * allocate 64 KiB, get the descriptor, close it, release. The clients are ten processes at most. Beside it, in the same run and process, what a
 * program without a broker does: `memfd_create`, `ftruncate`, `mmap`, close.
 *
 * Then: the broker's memory with 10,000 live buffers, and its growth over many operations. COALLOC_BENCH_OPERATIONS is their number (default 100,000; the goal of no growth is
 * meant for 1,000,000, which take some minutes).
 *
 * The goal: more than 5,000 in a second on two cores with ten pipelining clients. Time on the wall depends on what else the machine does, so CPU time of all processes is told as
 * well, and what two idle cores could do with it.
 */
import { spawn } from "node:child_process";
import { ftruncateSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrokerConnection, connectBroker, type Kernel, openKernel } from "../src/linux/index.js";
import { orThrow } from "../src/units/result.js";
import { ROOT } from "../tools/project.js";

const SIZE = 65_536;
const PIPELINE = 8;
const OPERATIONS = 40_000;
/** Operations of each process before it counts: code that runs for the first time is slow. */
const WARM_UP = 1000;
const LIVE = 10_000;
const MANY = Number(process.env["COALLOC_BENCH_OPERATIONS"] ?? 100_000);
const CLIENT = "COALLOC_BENCH_CLIENT";

/** Prints all figures; in a process that was started as a client, does a client's part. */
export async function main(): Promise<void> {
  const part = process.env[CLIENT];
  if (part !== undefined) return client(JSON.parse(part));
  const folder = mkdtempSync(join(tmpdir(), "coalloc-bench-"));
  const socket = join(folder, "broker.sock");
  const kernel = orThrow(await openKernel());
  bare(kernel);
  const broker = await startBroker(socket);
  try {
    for (const clients of [1, 10, 100]) await throughput(socket, broker.pid, clients);
    await latency(socket, kernel);
    await live(socket, broker.pid, kernel);
    await growth(socket, broker.pid);
  } finally {
    broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ClientPart {
  readonly socket: string;
  readonly connections: number;
  readonly operations: number;
}

async function client({ socket, connections, operations }: ClientPart): Promise<void> {
  const kernel = orThrow(await openKernel());
  const brokers: BrokerConnection[] = [];
  for (let i = 0; i < connections; i += 1) brokers.push(orThrow(await connectBroker(socket, { kernel })));
  for (const broker of brokers) await work(broker, WARM_UP / connections);
  process.stdout.write("ready\n");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.destroy();
  const before = process.cpuUsage();
  const each = Math.ceil(operations / connections);
  await Promise.all(brokers.map((broker) => work(broker, each)));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ operations: each * connections, cpu: (user + system) / 1e6 })}\n`);
  for (const broker of brokers) broker.close();
}

/** So many operations on one connection, a few of them on their way at any time. */
async function work(broker: BrokerConnection, operations: number): Promise<void> {
  let left = operations;
  await Promise.all(
    Array.from({ length: PIPELINE }, async () => {
      while (left > 0) {
        left -= 1;
        const buffer = orThrow(await broker.allocate({ size: SIZE }));
        orThrow(await buffer.release());
      }
    }),
  );
}

/** Operations of one kind, in a loop: microseconds of CPU for each. */
function bare(kernel: Kernel): void {
  const run = (isMapped: boolean): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < OPERATIONS; i += 1) {
      using file = kernel.memfdCreate("bench");
      ftruncateSync(file.number, SIZE);
      if (isMapped) kernel.map(file, SIZE).close();
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / OPERATIONS;
  };
  run(false);
  console.log(
    `without a broker: memfd_create, ftruncate, close: ${run(false).toFixed(1)} us of CPU each; with mmap and munmap ${run(true).toFixed(1)} us`,
  );
}

async function throughput(socket: string, pid: number, clients: number): Promise<void> {
  const processes = Math.min(clients, 10);
  const parts = await Promise.all(
    Array.from({ length: processes }, () =>
      startClient({ socket, connections: clients / processes, operations: OPERATIONS / processes }),
    ),
  );
  const before = cpuOf(pid);
  const start = performance.now();
  const told = await Promise.all(parts.map((part) => part.run()));
  const seconds = (performance.now() - start) / 1000;
  const operations = told.reduce((sum, one) => sum + one.operations, 0);
  const own = told.reduce((sum, one) => sum + one.cpu, 0);
  const brokers = cpuOf(pid) - before;
  const us = (value: number): string => ((1e6 * value) / operations).toFixed(1);
  const possible = Math.min(2 / (own + brokers), 1 / brokers) * operations;
  console.log(
    `${clients} clients: ${(operations / seconds).toFixed(0)} allocate+pass+free in a second; CPU each: broker ${us(brokers)} us, client ${us(own)} us; two idle cores: ${possible.toFixed(0)} in a second`,
  );
}

/** One request at a time, nobody else. */
async function latency(socket: string, kernel: Kernel): Promise<void> {
  using broker = orThrow(await connectBroker(socket, { kernel }));
  const times: number[] = [];
  for (let i = 0; i < 2000; i += 1) {
    const start = performance.now();
    const buffer = orThrow(await broker.allocate({ size: SIZE }));
    times.push(performance.now() - start);
    orThrow(await buffer.release());
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => ((times[Math.floor(share * times.length)] as number) * 1000).toFixed(0);
  console.log(
    `one request at a time: ${at(0.5)} us until the buffer is there (90 % within ${at(0.9)} us, 99 % within ${at(0.99)} us)`,
  );
}

async function live(socket: string, pid: number, kernel: Kernel): Promise<void> {
  const before = residentOf(pid);
  using broker = orThrow(await connectBroker(socket, { kernel }));
  for (let had = 0; had < LIVE; had += 100) {
    // Held by their mappings alone: this process needs no 10,000 descriptors.
    for (const buffer of orThrow(await broker.allocateMany({ size: 4096 }, 100))) {
      void buffer.bytes;
      buffer.descriptor.close();
    }
  }
  const mib = (kib: number): string => (kib / 1024).toFixed(1);
  const now = residentOf(pid);
  console.log(
    `${LIVE} live buffers: ${mib(now)} MiB resident, ${mib(now - before)} MiB more than before, ${((1024 * (now - before)) / LIVE).toFixed(0)} bytes each`,
  );
  const cpu = cpuOf(pid);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  console.log(`looking whether somebody holds them: ${((100 * (cpuOf(pid) - cpu)) / 4).toFixed(1)} % of one core`);
}

async function growth(socket: string, pid: number): Promise<void> {
  const steps: string[] = [];
  let first = 0;
  for (let i = 0; i <= 4; i += 1) {
    const part = await startClient({ socket, connections: 1, operations: Math.ceil(MANY / 5) });
    await part.run();
    if (i === 0) first = residentOf(pid);
    steps.push((residentOf(pid) / 1024).toFixed(1));
  }
  const grown = ((residentOf(pid) - first) / 1024).toFixed(1);
  console.log(
    `${MANY} operations: resident after each fifth ${steps.join(", ")} MiB; ${grown} MiB between the first and the last`,
  );
}

async function startBroker(socket: string): Promise<{ readonly pid: number; stop(): void }> {
  const child = spawn(process.execPath, [join(ROOT, "bin", "coalloc.js"), "broker", "--memfd", "--socket", socket], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.once("data", () => resolve());
    child.once("exit", () => reject(new Error("the broker ended")));
  });
  child.removeAllListeners("exit");
  return { pid: child.pid as number, stop: () => void child.kill("SIGTERM") };
}

interface Told {
  readonly operations: number;
  readonly cpu: number;
}

/** @returns when it is connected */
async function startClient(part: ClientPart): Promise<{ run(): Promise<Told> }> {
  const child = spawn(process.execPath, ["tools/run.mjs", "--main", "bench/broker.bench.ts"], {
    cwd: ROOT,
    env: { ...process.env, [CLIENT]: JSON.stringify(part) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    void ended.then(() => reject(new Error("a client ended")));
  });
  return {
    run: async () => {
      child.stdin.write("go\n");
      await ended;
      return JSON.parse(output.replace("ready\n", "")) as Told;
    },
  };
}

/** Seconds of CPU that a process has used: fields 14 and 15 of its stat, in hundredths. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** KiB in memory. */
function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
}
