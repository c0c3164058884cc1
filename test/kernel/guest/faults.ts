/**
 * What goes wrong around buffers while a program runs: nodes that are missing, rights that are taken away, devices that are unplugged. Each time the answer names call, path and
 * error, and nothing stays open.
 */
import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import {
  type AllocationAttempt,
  type BufferRefusal,
  describeBufferRefusal,
  type Result,
  type SystemCallFailure,
} from "../../../src/index.js";
import { type LinuxBuffer, LinuxSystem, openLinuxSystem, SystemCallError } from "../../../src/linux/index.js";
import { orThrow } from "../../../src/units/result.js";
import { check } from "./check.js";
import { loadModule } from "./modules.js";
import { openFiles } from "./open-files.js";
import { VideoCapture } from "./video-capture.js";

loadModule("vgem");
loadModule("vivid", ["n_devs=1", "node_types=0x1", "allocators=1", "num_inputs=1", "input_types=0"]);
loadModule("cirrus");

const CAMERA = "/dev/video0";
const VGEM = cardOf("vgem");
const CIRRUS = cardOf("cirrus");
const NODES = ["/dev/dma_heap/system", "/dev/udmabuf", VGEM, CIRRUS, CAMERA];
const NOBODY = 65_534;
const SIZE = 65_536;
const PICTURE = { width: 320, height: 180 };

/** Node of the graphics device with that driver. */
function cardOf(driver: string): string {
  const folder = "/sys/class/drm";
  const card = readdirSync(folder).find(
    (name) => /^card\d+$/.test(name) && readFileSync(`${folder}/${name}/device/uevent`, "utf8").includes(driver),
  );
  return `/dev/dri/${card}`;
}

const { kernel, machine } = await openLinuxSystem();
const filesBefore = openFiles();

/** A system that has no node open yet. */
const fresh = (): LinuxSystem => new LinuxSystem(kernel, machine);

/** What failed on the ways that were tried, as `CALL PATH ERRNO`. */
function failures(attempts: readonly AllocationAttempt[]): string[] {
  const told = ({ call, path, errno }: SystemCallFailure): string => `${call} ${path} ${errno}`;
  return attempts.map((attempt) => (attempt.outcome === "failed" ? told(attempt.failure) : attempt.outcome));
}

/** Failures of a request that no way could meet. */
function refusalOf(made: Result<LinuxBuffer, BufferRefusal>): string[] {
  assert.ok(!made.ok && made.refusal.code === "no-memory");
  const text = describeBufferRefusal(made.refusal);
  for (const { call, path, errno } of made.refusal.attempts.flatMap((one) =>
    one.outcome === "failed" ? [one.failure] : [],
  )) {
    for (const word of [call, path ?? "", errno]) assert.ok(text.includes(word), `${word} is not in: ${text}`);
  }
  return failures(made.refusal.attempts);
}

function nothingIsLeft(): void {
  assert.deepEqual(openFiles(), filesBefore);
  assert.match(readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8"), /Total 0 objects/);
}

await check("a node that is missing is named, and the next way is taken", () => {
  renameSync("/dev/dma_heap/system", "/dev/hidden");
  try {
    using system = fresh();
    const buffer = orThrow(system.allocate({ size: SIZE, participants: [VGEM] }));
    assert.notEqual(buffer.allocation?.route, "dma-heap");
    assert.ok(failures(buffer.allocation?.attempts ?? []).includes("open /dev/dma_heap/system ENOENT"));
  } finally {
    renameSync("/dev/hidden", "/dev/dma_heap/system");
  }
  nothingIsLeft();
});

await check("where all nodes are missing, the refusal names each", () => {
  for (const [i, node] of NODES.entries()) renameSync(node, `/dev/hidden${i}`);
  try {
    using system = fresh();
    const failed = refusalOf(system.allocate({ size: SIZE, participants: [VGEM] }));
    assert.deepEqual(failed.sort(), NODES.map((node) => `open ${node} ENOENT`).sort());
  } finally {
    for (const [i, node] of NODES.entries()) renameSync(`/dev/hidden${i}`, node);
  }
  nothingIsLeft();
});

await check("rights that are taken away are named, and what is open already goes on", () => {
  using early = fresh();
  const first = orThrow(early.allocate({ size: SIZE, participants: [VGEM] }));
  for (const node of NODES) chmodSync(node, 0);
  process.seteuid!(NOBODY);
  try {
    using late = fresh();
    const failed = refusalOf(late.allocate({ size: SIZE, participants: [VGEM] }));
    assert.deepEqual(failed.sort(), NODES.map((node) => `open ${node} EACCES`).sort());
    const second = orThrow(early.allocate({ size: SIZE, participants: [VGEM] }));
    assert.deepEqual(second.allocation?.attempts, []);
    assert.ok(first.cpuAccess("write", (bytes) => bytes.fill(1)).ok);
    second.attachments[0]?.detach();
    second.release();
  } finally {
    process.seteuid!(0);
    for (const node of NODES) chmodSync(node, 0o600);
  }
  early.close();
  nothingIsLeft();
});

await check("a graphics device that is unplugged gives back the buffer that it holds", () => {
  using system = fresh();
  const buffer = orThrow(system.allocate({ size: SIZE, participants: [CIRRUS] }));
  const attachment = buffer.attachments[0]!;
  orThrow(attachment.map("to-device"));
  const pci = readdirSync("/sys/bus/pci/drivers/cirrus").find((name) => name.startsWith("0000:"));
  writeFileSync(`/sys/bus/pci/devices/${pci}/remove`, "1");
  attachment.unmap();
  const probed = attachment.probe();
  assert.ok(!probed.ok && probed.refusal.code === "not-imported");
  assert.deepEqual(probed.refusal.failure, { code: "system-call", call: "open", path: CIRRUS, errno: "ENOENT" });
  assert.deepEqual(
    buffer.cpuAccess("read", (bytes) => bytes.length),
    { ok: true, value: SIZE },
  );
  system.close();
  nothingIsLeft();
});

await check("a video device that is unplugged under way says so, and the buffer stays whole", async () => {
  using system = fresh();
  const buffer = orThrow(system.allocate({ size: PICTURE.width * PICTURE.height * 2, participants: [CAMERA] }));
  using capture = new VideoCapture(kernel, CAMERA, PICTURE);
  capture.queue(buffer.fd, buffer.allocation?.size ?? 0);
  capture.start();
  await capture.frame();
  capture.queue(buffer.fd, buffer.allocation?.size ?? 0);
  writeFileSync("/sys/bus/platform/drivers/vivid/unbind", "vivid.0");
  await assert.rejects(capture.frame(), (error) => {
    assert.ok(error instanceof SystemCallError);
    assert.deepEqual([error.call, error.path, error.errno], ["ioctl VIDIOC_DQBUF", CAMERA, "ENODEV"]);
    return true;
  });
  const probed = buffer.attachments[0]!.probe();
  assert.ok(!probed.ok && probed.refusal.code === "not-imported");
  assert.deepEqual(probed.refusal.failure, { code: "system-call", call: "open", path: CAMERA, errno: "ENOENT" });
  const seen = orThrow(buffer.cpuAccess("read", (bytes) => new Set(bytes).size));
  assert.ok(seen > 4);
  const failed = refusalOf(system.allocate({ size: SIZE, participants: [CAMERA] }));
  assert.ok(failed.includes(`open ${CAMERA} ENOENT`), failed.join(", "));
});

await check("nothing is open at the end", nothingIsLeft);
