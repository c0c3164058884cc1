/**
 * Buffers for vivid and vgem through the library alone: no heap is named but where it has to be the wrong one. Of vivid there are two devices: one takes any memory, one a single range
 * below 4 GiB.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describeBufferRefusal } from "../../../src/index.js";
import type { LinuxBuffer } from "../../../src/linux/index.js";
import { type LinuxSystem, openLinuxSystem, LinuxSystem as System } from "../../../src/linux/index.js";
import { MIB } from "../../../src/units/quantity.js";
import { check } from "./check.js";
import { checkFences } from "./fences.js";
import { loadModule } from "./modules.js";
import { VideoCapture } from "./video-capture.js";

loadModule("vgem");
loadModule("vivid", ["n_devs=2", "node_types=0x1,0x1", "allocators=0,1", "num_inputs=1,1", "input_types=0,0"]);

const CARD = "/dev/dri/card0";
const system = await openLinuxSystem();
const video = readdirSync("/dev").filter((name) => /^video\d+$/.test(name));
const nodes = video.map((name) => `/dev/${name}`).sort();
const needsOneRange = (node: string): boolean => {
  const device = system.machine.devices.find(({ devNodes }) => devNodes?.includes(node));
  return device?.queues.some(({ kind }) => kind === "contig") ?? false;
};
const anyMemory = nodes.find((node) => !needsOneRange(node)) ?? "";
const oneRange = nodes.find(needsOneRange) ?? "";
const frame = { width: 640, height: 360 };

await check("finds two video devices, of which one needs a single range", () => {
  assert.deepEqual(
    [nodes.length, anyMemory, oneRange].map((one) => one !== ""),
    [true, true, true],
  );
  assert.notEqual(anyMemory, oneRange);
});

/** Lets a video device fill the buffer twice. @returns how many bytes differ between the two frames */
async function fill(node: string, buffer: LinuxBuffer): Promise<number> {
  using capture = new VideoCapture(system.kernel, node, frame);
  capture.queue(buffer.fd, buffer.allocation?.size ?? 0);
  capture.start();
  await capture.frame();
  const first = read(buffer);
  capture.queue(buffer.fd, buffer.allocation?.size ?? 0);
  await capture.frame();
  const second = read(buffer);
  capture.stop();
  assert.ok(first.some((byte) => byte !== 0));
  return first.reduce((count, byte, i) => count + (byte === second[i] ? 0 : 1), 0);
}

function read(buffer: LinuxBuffer): Uint8Array {
  const result = buffer.cpuAccess("read", (bytes) => bytes.slice());
  assert.ok(result.ok, result.ok ? "" : describeBufferRefusal(result.refusal));
  return result.value;
}

/** Devices that are attached to dma-bufs, as the kernel lists them. */
function attached(): string[] {
  const text = readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8");
  return text.split("\n").flatMap((line) => (/^\t(\S+)$/.exec(line)?.[1] ?? []) as string | never[]);
}

async function passAround(participant: string, through: LinuxSystem): Promise<void> {
  const size = frame.width * frame.height * 2;
  const made = through.allocate({ size, participants: [participant, CARD], name: "frame" });
  assert.ok(made.ok, made.ok ? "" : describeBufferRefusal(made.refusal));
  const buffer = made.value;
  try {
    const view = buffer.attachments[1]?.map("to-device");
    assert.ok(view?.ok);
    assert.ok(attached().includes("vgem"));
    assert.ok((await fill(participant, buffer)) > 0);
    buffer.attachments[1]?.unmap();
  } finally {
    for (const attachment of buffer.attachments) attachment.detach();
    buffer.release();
  }
}

await check("a buffer is filled by vivid, imported by vgem and read by the CPU", () => passAround(anyMemory, system));
await check("so is one whose video device takes a single range below 4 GiB", () => passAround(oneRange, system));

await check("the wrong heap fails for that device, and the refusal says why", () => {
  const size = 2 * 1024 * 1024 + 64 * 1024;
  const wrong = system.createBuffer({ size, heap: "system", participants: [oneRange] });
  const probed = wrong.attachments[0]?.probe();
  wrong.attachments[0]?.detach();
  wrong.release();
  assert.ok(probed !== undefined && !probed.ok);
  assert.equal(probed.refusal.code, "not-imported");
  const text = describeBufferRefusal(probed.refusal);
  assert.match(text, /VIDIOC_QBUF/);
  assert.match(text, /needs|contiguous|range/);
});

await check("a huge page of udmabuf is one range, which the device takes where it lies below 4 GiB", () => {
  using huge = new System(system.kernel, system.machine, { udmabufPageSize: 2 * MIB });
  const request = { size: frame.width * frame.height * 2, heap: "udmabuf", participants: [oneRange] };
  const none = huge.allocate(request);
  assert.ok(!none.ok && none.refusal.code === "no-memory");
  const [attempt] = none.refusal.attempts;
  assert.ok(attempt?.outcome === "failed", attempt?.outcome);
  assert.deepEqual([attempt.failure.path, attempt.failure.errno], ["/dev/udmabuf", "ENOMEM"]);
  writeFileSync("/proc/sys/vm/nr_hugepages", "2");
  const made = huge.allocate(request);
  assert.ok(made.ok, made.ok ? "" : describeBufferRefusal(made.refusal));
  const { allocation, attachments } = made.value;
  assert.deepEqual([allocation?.heap, allocation?.size], ["udmabuf", 2 * MIB]);
  const probed = attachments[0]?.probe();
  // Above 4 GiB it would have to be bounced, in one piece that is too long for that.
  if (process.argv[2] === "1G") assert.ok(probed?.ok);
  else assert.ok(probed?.ok || probed?.refusal.code === "not-imported");
  assert.deepEqual(
    made.value.cpuAccess("read", (bytes) => bytes.length),
    { ok: true, value: request.size },
  );
});

await check("where every device is asked, what we choose is taken", () => {
  using asking = new System(system.kernel, system.machine, { probe: true });
  const made = asking.allocate({ size: 2 * 1024 * 1024 + 64 * 1024, participants: [oneRange, CARD] });
  assert.ok(made.ok, made.ok ? "" : describeBufferRefusal(made.refusal));
  const report = made.value.allocation?.attempts.map(({ heap, route, outcome }) => `${heap} ${route} ${outcome}`);
  console.log(
    `${process.argv[2]}: ${made.value.allocation?.heap} by ${made.value.allocation?.route} after ${report?.join(", ")}`,
  );
});

await checkFences(system, CARD);

await check("nothing is left when all is closed", () => {
  system.close();
  assert.match(readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8"), /Total 0 objects/);
});
