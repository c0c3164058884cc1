/**
 * Allocates and frees buffers of random sizes in the default CMA area, out of order, and leaves for the host what it did and what the kernel says of it. The buffers are those of
 * vivid's metadata nodes: 32 a node, of any size.
 *
 * Arguments: seed, number of operations. Leaves `operations.json`, `trace`, `tree.dtb`, `cmdline`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import { hasBit } from "../../../src/linux/native/has-bit.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { makeStruct, readStruct } from "../../../src/linux/native/struct.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { VIDIOC_QUERYCAP, v4l2Capability } from "../../../src/linux/uapi/videodev2.js";
import { Random } from "../../../src/testing/random.js";
import { orThrow } from "../../../src/units/result.js";
import { check } from "./check.js";
import { createMetadataBuffer, removeMetadataBuffer } from "./metadata-buffers.js";
import { loadModule } from "./modules.js";
import type { Operation } from "./operation.js";
import { markTrace, startTracing, stopTracing } from "./tracing.js";

const V4L2_CAP_META_CAPTURE = 0x0080_0000;
const PAGE = 4096;
const BUFFERS_A_NODE = 32;

const [seed, count] = process.argv.slice(2).map(Number);
const random = new Random(seed ?? 1);
const kernel = orThrow(await openKernel());

/** From two pages, since one never comes from CMA, to 16 MiB: as many of each magnitude. */
function anyPages(): number {
  const magnitude = 2 ** (1 + random.below(11));
  return magnitude + random.below(magnitude);
}

function metadataNodes(): Descriptor[] {
  const names = readdirSync("/dev")
    .filter((name) => name.startsWith("video"))
    .sort();
  const nodes = names.map((name) => kernel.open(`/dev/${name}`));
  return nodes.filter((node) => {
    const capability = makeStruct(v4l2Capability, {});
    kernel.ioctl(node, VIDIOC_QUERYCAP, capability);
    return hasBit(readStruct(v4l2Capability, capability).device_caps, V4L2_CAP_META_CAPTURE);
  });
}

await check("allocates and frees buffers of random sizes", () => {
  startTracing(["cma"], 8192);
  loadModule("vivid", ["n_devs=3", "node_types=0x20001,0x20001,0x20001", "allocators=1,1,1"]);
  const nodes = metadataNodes();
  assert.equal(nodes.length, 3);

  const operations: Operation[] = [];
  const live: { readonly of: number; readonly node: Descriptor; readonly index: number }[] = [];
  const inUse = new Map(nodes.map((node) => [node, 0]));
  while (operations.length < (count ?? 0)) {
    const free = nodes.filter((node) => (inUse.get(node) ?? 0) < BUFFERS_A_NODE);
    markTrace(`operation ${operations.length}`);
    if (free.length > 0 && (live.length === 0 || random.below(100) < 60)) {
      const node = random.pick(free);
      const pages = anyPages();
      let errno: string | null = null;
      try {
        const index = createMetadataBuffer(kernel, node, pages * PAGE);
        live.push({ of: operations.length, node, index });
        inUse.set(node, (inUse.get(node) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        errno = error.errno;
      }
      operations.push({ call: "allocate", pages, errno });
    } else {
      const [buffer] = live.splice(random.below(live.length), 1);
      if (buffer === undefined) throw new Error("nothing to free");
      removeMetadataBuffer(kernel, buffer.node, buffer.index);
      inUse.set(buffer.node, (inUse.get(buffer.node) ?? 0) - 1);
      operations.push({ call: "free", of: buffer.of });
    }
  }
  writeFileSync("/run/out/trace", stopTracing());
  writeFileSync("/run/out/operations.json", JSON.stringify(operations));
});
writeFileSync("/run/out/tree.dtb", readFileSync("/sys/firmware/fdt"));
writeFileSync("/run/out/cmdline", readFileSync("/proc/cmdline", "utf8").trim());
