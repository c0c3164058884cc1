/**
 * A program that names the devices of its buffer and no heap, for guests whose kernels have different ones. The camera takes one range below 4 GiB.
 *
 * Arguments: where the buffer has to come from in this guest, as `HEAP by ROUTE`: the host's knowledge, not the program's.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeBufferRefusal } from "../../../src/index.js";
import { type LinuxBuffer, openLinuxSystem } from "../../../src/linux/index.js";
import { check } from "./check.js";
import { leaveLook } from "./look.js";
import { loadIfGiven } from "./modules.js";
import { VideoCapture } from "./video-capture.js";

loadIfGiven("vgem");
loadIfGiven("vivid", ["n_devs=1", "node_types=0x1", "allocators=1", "num_inputs=1", "input_types=0"]);
const CAMERA = cameraNode();
const CARD = "/dev/dri/card0";
const PICTURE = { width: 640, height: 360 };
const SIZE = PICTURE.width * PICTURE.height * 2;

/** The node of the camera: what else is a video device depends on the kernel. */
function cameraNode(): string {
  const folder = "/sys/class/video4linux";
  const node = readdirSync(folder).find((name) => readFileSync(`${folder}/${name}/name`, "utf8").startsWith("vivid"));
  return `/dev/${node}`;
}

const system = await openLinuxSystem();
let buffer: LinuxBuffer | null = null;

await check("gets a buffer for camera and graphics without naming a heap", () => {
  const made = system.allocate({ size: SIZE, participants: [CAMERA, CARD] });
  assert.ok(made.ok, made.ok ? "" : describeBufferRefusal(made.refusal));
  buffer = made.value;
});
await check(`which comes from ${process.argv[2]} here`, () => {
  const { heap, route } = buffer?.allocation ?? {};
  assert.equal(`${heap} by ${route}`, process.argv[2]);
});
await check("and which the camera fills, graphics take and the CPU reads", async () => {
  assert.ok(buffer !== null);
  assert.ok(buffer.attachments[1]?.map("to-device").ok);
  using capture = new VideoCapture(system.kernel, CAMERA, PICTURE);
  capture.queue(buffer.fd, buffer.allocation?.size ?? 0);
  capture.start();
  assert.equal(await capture.frame(), SIZE);
  const colours = buffer.cpuAccess("read", (bytes) => new Set(bytes.subarray(0, SIZE)).size);
  assert.ok(colours.ok && colours.value > 4);
});
await check("as a shell script does with coalloc alloc", () => {
  system.close();
  const project = process.env["COALLOC_PROJECT"];
  // A guest of another architecture does not see the project's folder.
  if (project === undefined) return;
  const script = "readlink /proc/self/fd/3";
  const words = ["alloc", "-d", CAMERA, "-d", CARD, "--size", "1M", "--run", script];
  const run = spawnSync(process.execPath, [join(project, "bin/coalloc.js"), ...words], { encoding: "utf8" });
  assert.match(run.stdout, /^ALLOCATED  1 MiB from /, run.stdout + run.stderr);
  assert.match(run.stdout, /\/dmabuf:/);
  assert.equal(run.status, 0);
});
await check("and coalloc doctor says that buffers can be had", () => {
  const project = process.env["COALLOC_PROJECT"];
  if (project === undefined) return;
  const run = spawnSync(process.execPath, [join(project, "bin/coalloc.js"), "doctor", "--json"], { encoding: "utf8" });
  const document = JSON.parse(run.stdout);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.ok(document.routes.some(({ node }: { node: string }) => node === "/dev/dma_heap/system"));
  assert.ok(document.importers.some(({ node }: { node: string }) => node === CAMERA));
});
if (existsSync("/run/job/collect.sh")) {
  await check("is looked at by the collector and by the reader", () => leaveLook());
}
