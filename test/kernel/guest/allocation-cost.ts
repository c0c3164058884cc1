/**
 * What a buffer of the system heap costs by a bare ioctl and through the library, by turns in one run. Leaves `cost.json`: microseconds for each size, medians.
 *
 * Arguments: how often each is done.
 */
import { writeFileSync } from "node:fs";
import { placeDocument } from "../../../src/index.js";
import { openLinuxSystem } from "../../../src/linux/index.js";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import { DMA_HEAP_IOCTL_ALLOC, dmaHeapAllocationData } from "../../../src/linux/uapi/dma-heap.js";
import { O_CLOEXEC, O_RDWR } from "../../../src/linux/uapi/fcntl.js";
import { check } from "./check.js";
import { loadModule } from "./modules.js";

/** Medians of one size, in microseconds. */
export interface AllocationCost {
  readonly size: number;
  readonly ioctl: number;
  readonly library: number;
  /** Of deciding anew and making the document that explains it. */
  readonly explain: number;
}

const KIB = 1024;
const SIZES = [4 * KIB, 64 * KIB, 1024 * KIB, 8192 * KIB];
const CARD = "/dev/dri/card0";
const rounds = Number(process.argv[2] ?? 200);

loadModule("vgem");
const system = await openLinuxSystem();
const { kernel } = system;
const heap = kernel.open("/dev/dma_heap/system");

function bare(len: number): void {
  const request = makeStruct(dmaHeapAllocationData, { len, fd_flags: O_RDWR + O_CLOEXEC });
  kernel.ioctl(heap, DMA_HEAP_IOCTL_ALLOC, request);
  new Descriptor(getField(dmaHeapAllocationData, request, "fd"), "dmabuf").close();
}

function through(size: number): void {
  const made = system.allocate({ size, participants: [CARD] });
  if (!made.ok) throw new Error(made.refusal.code);
  made.value.attachments[0]?.detach();
  made.value.release();
}

function explain(size: number): void {
  const buffer = system.createBuffer({ size, participants: [CARD] });
  placeDocument(system.machine, buffer.place());
  buffer.attachments[0]?.detach();
  buffer.release();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function microseconds(work: () => void): number {
  const began = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - began) / 1000;
}

await check("measures", () => {
  const costs = SIZES.map((size): AllocationCost => {
    const ioctl: number[] = [];
    const library: number[] = [];
    const explained: number[] = [];
    for (let i = 0; i < rounds; i += 1) {
      ioctl.push(microseconds(() => bare(size)));
      library.push(microseconds(() => through(size)));
      // Another size each time, so that the decision is new.
      explained.push(microseconds(() => explain(size + i + 1)));
    }
    return { size, ioctl: median(ioctl), library: median(library), explain: median(explained) };
  });
  writeFileSync("/run/out/cost.json", JSON.stringify(costs));
});
