import { explainDocument } from "../../../src/explain/document.js";
import { LogReading } from "../../../src/explain/log-reading.js";
import { RECOGNISERS } from "../../../src/explain/recognisers.js";
import { checksum } from "../checksum.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/**
 * Reads bytes as a log, whole and in two pieces, and explains it.
 *
 * @throws when the pieces make a difference, a number is not finite, or a finding has no words
 */
export function run(data: Uint8Array): void {
  const cut = checksum(data) % (data.length + 1);
  const whole = read([data]);
  const text = JSON.stringify(whole);
  if (JSON.stringify(read([data.subarray(0, cut), data.subarray(cut)])) !== text) {
    throw new Error(`cut at ${cut}, the log says something else`);
  }
  for (const { id, cause, proof, fix, why, numbers, picture } of whole.findings) {
    for (const words of [cause, proof, fix, why]) {
      if (words.trim() === "" || /\b(?:NaN|undefined|Infinity)\b/.test(words)) throw new Error(`${id} says "${words}"`);
    }
    for (const [name, value] of Object.entries(numbers)) {
      if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${id}: ${name} is ${value}`);
    }
    if (picture.some((line) => line.length > 100)) throw new Error(`${id} draws too wide`);
  }
}

function read(pieces: readonly Uint8Array[]) {
  const reading = new LogReading(RECOGNISERS);
  for (const piece of pieces) reading.push(piece);
  return explainDocument(reading.end(), null);
}

const encoder = new TextEncoder();

/** Logs with failures, boot messages and faults, in several loggers' forms. */
export const seeds: Uint8Array[] = [
  "[  1.0] cma: __cma_alloc: linux,cma: alloc failed, req-size: 151 pages, ret: -12\n[  1.0] cma: number of available pages: 16@272+96@416=> 112 free of 4096 total pages\n",
  "Nov 28 13:27:20 host kernel: xhci 0000:01:00.0: swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 4 (slots)\r\nsata 1.x: DMA addr 0x450dc4000+4096 overflow (mask ffffffff, bus limit 4ffffffff).\r\n",
  "<3>[    0.0] OF: reserved mem: OVERLAP DETECTED!\na@4 (0x40000000--0x40200000) overlaps with b (0x40100000--0x40300000)\ncma: Region at 0x10100000 must be aligned to 0x400000 bytes\ncma: Size (0x20000000) of region at 0x30000000 exceeds limit (0x40000000)\n",
  "arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x7fbc0000, fsynr=0x11, cbfrsynra=0x1c01, cb=3\narm-smmu-v3 f.iommu: event 0x10 received:\narm-smmu-v3 f.iommu: \t0x0000010000000010\nAMD-Vi: Event logged [IO_PAGE_FAULT device=0000:01:00.0 domain=0x000e address=0xdf3f8000 flags=0x0020]\n",
  "invalid dmabuf length 4147200 for plane 0, minimum length 4177920\ninsmod: page allocation failure: order:11, mode:0xcc0(GFP_KERNEL|GFP_DMA32)\nv4l2-ctl: vmalloc: allocation failure: 2214858752 bytes\n",
].map((text) => encoder.encode(text));

export const mutation: Mutation = textMutation([
  "\n",
  "\r\n",
  "\u001b[31m",
  "[    1.234567] ",
  "Nov 28 13:27:20 host kernel: ",
  "alloc failed, req-size: ",
  " pages, ret: -12",
  " pages, ret: -16",
  "number of available pages: ",
  "1@0",
  "+",
  "=> ",
  " free of ",
  " total pages",
  "swiotlb buffer is full (sz: ",
  "overflow (mask ",
  "0xffffffffffffffff",
  "order:99",
]);

/** Each input is read twice and explained. */
export const testExecutions = 5000;
