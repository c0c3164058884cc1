/**
 * The broker's units under a real systemd: it runs as the first process of a namespace, with nothing but these units. What the units do not know of this guest stands in a drop-in:
 * where the program is. Clients are processes without rights but membership in the group `video`.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { connectBroker } from "../../../src/linux/broker/client.js";
import { orThrow } from "../../../src/units/result.js";
import { check } from "./check.js";
import { loadModule } from "./modules.js";

const SOCKET = "/run/coalloc/broker.sock";
const HEAP = "/dev/dma_heap/system";
const CARD = "/dev/dri/card0";
const UNITS = "/run/coalloc-units";
const BROKER = "coalloc-broker.service";
const NOBODY = 65_534;
const PROJECT = process.env["COALLOC_PROJECT"] ?? "";

if (process.argv[2] === "client") await client();
else await main();

/** Gets a buffer, and says where it came from, what it is, and whether the heap could have been opened without the broker. */
async function client(): Promise<void> {
  using broker = orThrow(await connectBroker(SOCKET));
  const buffer = orThrow(await broker.allocate({ size: 1_048_576, participants: [CARD] }));
  const isZero = buffer.cpuAccess("read", (bytes) => bytes.every((byte) => byte === 0));
  let own = "open";
  try {
    openSync(HEAP, "r+");
  } catch (error) {
    own = String((error as NodeJS.ErrnoException).code);
  }
  process.stdout.write(`${buffer.heap} ${isZero} ${own} ${orThrow(await buffer.release())}\n`);
}

async function main(): Promise<void> {
  loadModule("vgem");
  const video = groupNumber("video");
  // As rules of udev would. The broker is in both groups, a client in one.
  for (const [node, group] of [
    [HEAP, groupNumber("render")],
    [CARD, video],
  ] as const) {
    chownSync(node, 0, group);
    chmodSync(node, 0o660);
  }
  const systemd = start();
  await check("systemd listens at the broker's socket, and nobody is there yet", async () => {
    await until(() => existsSync(SOCKET));
    assert.equal(property("ActiveState", "coalloc-broker.socket"), "active");
    assert.equal(property("ActiveState"), "inactive");
  });
  await check("the first client starts the broker, and gets what it has no right to take itself", async () => {
    assert.equal(await saidByClient(video), "system true EACCES freed\n");
    assert.equal(property("ActiveState"), "active");
  });
  await check("the broker is a user of its own, without capabilities, and cannot gain any", () => {
    const status = readFileSync(`/proc/${brokerInGuest()}/status`, "utf8");
    assert.doesNotMatch(status, /^Uid:\t0\t/m);
    for (const line of ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]) {
      assert.ok(status.includes(`\n${line}\n`), `${line} is missing in\n${status}`);
    }
  });
  await check("a broker that was killed is started again, at the same socket", async () => {
    const killed = property("MainPID");
    process.kill(brokerInGuest(), "SIGKILL");
    await until(() => !["0", killed].includes(property("MainPID")) && property("ActiveState") === "active");
    assert.equal(await saidByClient(video), "system true EACCES freed\n");
  });
  await check("it ends cleanly when it is told to, and the next client starts it again", async () => {
    systemctl("stop", BROKER);
    assert.equal(property("Result"), "success");
    assert.equal(property("ActiveState"), "inactive");
    assert.equal(await saidByClient(video), "system true EACCES freed\n");
  });
  systemd.kill("SIGKILL");
}

/** Starts systemd with our units alone. */
function start(): ChildProcess {
  mkdirSync(`${UNITS}/${BROKER}.d`, { recursive: true });
  for (const name of [BROKER, "coalloc-broker.socket"]) copyFileSync(`${PROJECT}/systemd/${name}`, `${UNITS}/${name}`);
  copyFileSync(`${PROJECT}/systemd/broker.yaml`, "/run/coalloc-broker.yaml");
  // Wherever the program lies, the units hide homes and temporary folders from it.
  writeFileSync("/run/coalloc-node", "");
  mkdirSync("/run/coalloc-project");
  mount("--bind", process.execPath, "/run/coalloc-node");
  mount("--bind", PROJECT, "/run/coalloc-project");
  const program = "/run/coalloc-node /run/coalloc-project/bin/coalloc.js";
  writeFileSync(
    `${UNITS}/${BROKER}.d/guest.conf`,
    `[Service]\nExecStart=\nExecStart=${program} broker --socket ${SOCKET} --policy /run/coalloc-broker.yaml\n`,
  );
  // Targets that every unit is ordered after.
  for (const target of ["sysinit", "basic", "shutdown"]) writeFileSync(`${UNITS}/${target}.target`, "[Unit]\n");
  writeFileSync(
    `${UNITS}/guest.target`,
    "[Unit]\nDefaultDependencies=no\nRequires=coalloc-broker.socket\nAfter=coalloc-broker.socket\n",
  );
  mount("-t", "cgroup2", "cgroup2", "/sys/fs/cgroup");
  const folders = ["/tmp", "/var/tmp", "/var/lib"].map((folder) => `/run/busybox mount -t tmpfs tmpfs ${folder}`);
  const systemd = "exec /lib/systemd/systemd --system --unit=guest.target --log-target=console";
  const words = [..."--mount --pid --fork --mount-proc sh -c".split(" "), [...folders, systemd].join("\n")];
  return spawn("unshare", words, {
    env: { ...process.env, container: "guest", SYSTEMD_UNIT_PATH: UNITS },
    stdio: ["ignore", 2, 2],
  });
}

function mount(...words: readonly string[]): void {
  execFileSync("/run/busybox", ["mount", ...words]);
}

/** Processes of this guest whose command line begins so, by their numbers here. */
function processes(...beginning: readonly string[]): number[] {
  const text = execFileSync("/run/busybox", ["ps", "-o", "pid,args"], { encoding: "utf8" });
  return text
    .split("\n")
    .map((line) => line.trim().split(/ +/))
    .filter((words) => beginning.every((word, i) => words[i + 1] === word))
    .map(([number]) => Number(number));
}

function brokerInGuest(): number {
  const [pid] = processes("/run/coalloc-node", "/run/coalloc-project/bin/coalloc.js");
  assert.ok(pid !== undefined, "no broker is running");
  return pid;
}

function systemctl(...words: readonly string[]): string {
  const [pid] = processes("/lib/systemd/systemd");
  assert.ok(pid !== undefined, "systemd is not running");
  // systemd talks to processes of its own namespace. A guest's root is a chroot, in which systemctl would do nothing.
  return execFileSync("nsenter", [`--target=${pid}`, "--pid", "systemctl", ...words], {
    encoding: "utf8",
    env: { ...process.env, SYSTEMD_IGNORE_CHROOT: "1" },
  });
}

function property(name: string, unit: string = BROKER): string {
  return systemctl("show", "--value", `--property=${name}`, unit).trim();
}

function groupNumber(name: string): number {
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}:`));
  return Number(line?.split(":")[2]);
}

async function saidByClient(group: number): Promise<string> {
  const child = spawn(process.execPath, ["/run/job/program.mjs", "client"], {
    uid: NOBODY,
    gid: group,
    stdio: ["ignore", "pipe", 2],
  });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise((resolve) => child.once("close", resolve));
  return text;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it never came about");
}
