/** What Debian's amd64 kernel offers: the nodes that the other programs open are there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { check } from "./check.js";
import { leaveLook } from "./look.js";
import { loadModule } from "./modules.js";

await check("runs the host's Node on a 6.12 kernel", () => {
  assert.match(process.version, /^v\d+\./);
  assert.match(readFileSync("/proc/sys/kernel/osrelease", "utf8"), /^6\.12\./);
});
await check("has the system heap, and no CMA heap", () => {
  assert.ok(statSync("/dev/dma_heap/system").isCharacterDevice());
  assert.ok(!existsSync("/dev/dma_heap/reserved"));
  assert.ok(!existsSync("/dev/dma_heap/linux,cma"));
});
await check("has udmabuf", () => {
  assert.ok(statSync("/dev/udmabuf").isCharacterDevice());
});
await check("loads vgem, which makes a DRM node", () => {
  loadModule("vgem");
  assert.ok(statSync("/dev/dri/card0").isCharacterDevice());
  assert.ok(statSync("/dev/dri/renderD128").isCharacterDevice());
});
await check("loads vivid with one contiguous and one vmalloc device", () => {
  loadModule("vivid", ["n_devs=2", "node_types=0x1,0x1", "allocators=0,1", "num_inputs=1,1", "input_types=0,0"]);
  assert.ok(statSync("/dev/video0").isCharacterDevice());
  assert.ok(statSync("/dev/video1").isCharacterDevice());
});
await check("counts dma-bufs and traces DMA", () => {
  assert.match(readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8"), /Total 0 objects/);
  assert.ok(existsSync("/sys/kernel/tracing/events/dma/dma_map_sg/enable"));
});
await check("is looked at by the collector and by the reader", () => leaveLook());
