/**
 * Takes buffers from a CMA heap and gives them back, and leaves for the host what it did, what the kernel's events say of it, and what the area looked like in between. The parts: random sizes out of order;
 * exhaustion, with blocks that leave gaps and then with single pages; fragmentation, with every second single page given back.
 *
 * Arguments: seed, number of random operations. Leaves `operations.json`, `trace`, `areas.json`.
 */
import assert from "node:assert/strict";
import { closeSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { DMA_HEAP_IOCTL_ALLOC, dmaHeapAllocationData } from "../../../src/linux/uapi/dma-heap.js";
import { O_CLOEXEC, O_RDWR } from "../../../src/linux/uapi/fcntl.js";
import { Random } from "../../../src/testing/random.js";
import { orThrow } from "../../../src/units/result.js";
import { check } from "./check.js";
import type { Operation } from "./operation.js";
import { markTrace, startTracing, stopTracing } from "./tracing.js";

/** What the kernel says of the area, before an operation. Pages. */
export interface AreaState {
  readonly operation: number;
  readonly used: number;
  readonly largestHole: number;
}

const PAGE = 4096;
/** Name of an area from the command line. */
const AREA = "reserved";
const DEBUG = `/sys/kernel/debug/cma/${AREA}`;

const [seed, count] = process.argv.slice(2).map(Number);
const random = new Random(seed ?? 1);
const kernel = orThrow(await openKernel());

const operations: Operation[] = [];
const areas: AreaState[] = [];

function debugNumber(file: string): number {
  return Number(readFileSync(`${DEBUG}/${file}`, "utf8"));
}

function noteArea(): void {
  areas.push({ operation: operations.length, used: debugNumber("used"), largestHole: debugNumber("maxchunk") });
}

await check("has a CMA heap, beside the system heap", () => {
  assert.deepEqual(readdirSync("/dev/dma_heap").sort(), [AREA, "system"]);
  assert.equal(debugNumber("order_per_bit"), 0);
});

await check("takes buffers and gives them back, to exhaustion and in fragments", () => {
  using heap = kernel.open(`/dev/dma_heap/${AREA}`);
  const live: { readonly of: number; readonly fd: number }[] = [];

  /** @returns null, or the name of the error */
  const allocate = (pages: number): string | null => {
    if (operations.length % 20 === 0) noteArea();
    markTrace(`operation ${operations.length}`);
    const argument = makeStruct(dmaHeapAllocationData, { len: pages * PAGE, fd_flags: O_RDWR + O_CLOEXEC });
    let errno: string | null = null;
    try {
      kernel.ioctl(heap, DMA_HEAP_IOCTL_ALLOC, argument);
      live.push({ of: operations.length, fd: getField(dmaHeapAllocationData, argument, "fd") });
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      errno = error.errno;
    }
    operations.push({ call: "allocate", pages, errno });
    return errno;
  };
  const free = (index: number): void => {
    const [buffer] = live.splice(index, 1);
    if (buffer === undefined) throw new Error("there is no such buffer");
    markTrace(`operation ${operations.length}`);
    closeSync(buffer.fd);
    operations.push({ call: "free", of: buffer.of });
  };

  startTracing(["cma"], 32768);
  while (operations.length < (count ?? 0)) {
    const magnitude = 2 ** random.below(12);
    if (live.length === 0 || random.below(100) < 58) allocate(magnitude + random.below(magnitude));
    else free(random.below(live.length));
  }
  while (live.length > 0) free(0);
  noteArea();

  let errno: string | null = null;
  while (errno === null) errno = allocate(900);
  assert.equal(errno, "ENOMEM");
  const blocks = live.length;
  do errno = allocate(1);
  while (errno === null);
  assert.equal(errno, "ENOMEM");
  noteArea();
  assert.equal(debugNumber("used"), debugNumber("count"));

  for (let index = blocks; index < live.length; index += 1) free(index);
  noteArea();
  assert.equal(allocate(2), "ENOMEM");
  while (live.length > 0) free(random.below(live.length));
  noteArea();

  writeFileSync("/run/out/trace", stopTracing());
  writeFileSync("/run/out/operations.json", JSON.stringify(operations));
  writeFileSync("/run/out/areas.json", JSON.stringify(areas));
  writeFileSync("/run/out/base-pfn", String(debugNumber("base_pfn")));
});
