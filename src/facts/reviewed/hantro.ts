/**
 * Facts of the Hantro codec driver, which serves several families: one driver, one probe, the same queues everywhere.
 */
import type { DeviceFact, LayoutFact, QueueFact } from "../fact.js";
import { at, defaultMask, driver, exactMask, noSegmentBoundary, segmentSize, v4l2Fact } from "./shorthand.js";

const DRIVER = "drivers/media/platform/verisilicon/hantro_drv.c";

/** Coded data into a decoder; raw pictures into an encoder. */
const output: QueueFact = {
  queue: "output",
  kind: "contig",
  attrs: ["alloc-single-pages", "no-kernel-mapping"],
  sources: [at(DRIVER, 213), at(DRIVER, 220)],
};

/** Raw pictures out of a decoder. */
const decodedCapture: QueueFact = {
  queue: "capture",
  kind: "contig",
  attrs: ["alloc-single-pages", "no-kernel-mapping"],
  sources: [at(DRIVER, 233), at(DRIVER, 234), at(DRIVER, 240)],
};

/** Coded data out of an encoder: the CPU writes JPEG headers there. */
const encodedCapture: QueueFact = {
  queue: "capture",
  kind: "contig",
  attrs: ["alloc-single-pages"],
  sources: [at(DRIVER, 233), at(DRIVER, 234)],
};

/**
 * A codec that the Hantro driver runs.
 *
 * @param name - compatible in the driver's match table
 * @param line - line of that entry in `hantro_drv.c`
 * @param does - what the variant offers: `both` shares one queue setup between an encoder and a decoder node
 * @param layouts - layouts of raw pictures, from the variant's format table
 * @param note - what else to say of this variant
 */
export function hantroFact(
  name: string,
  line: number,
  does: "decodes" | "encodes" | "both",
  layouts: readonly LayoutFact[],
  note?: string,
): DeviceFact {
  return v4l2Fact(name, driver("hantro-vpu", DRIVER, line), {
    role: "codec",
    dmaMask: defaultMask(DRIVER, 1077),
    coherentDmaMask: exactMask("0xffffffff", DRIVER, 1159),
    maxSegmentSize: segmentSize(0xffffffff, DRIVER, 1164),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [output, does === "encodes" ? encodedCapture : decodedCapture],
    pictureQueue: does === "encodes" ? "output" : "capture",
    layouts,
    confidence: "A",
    note,
  });
}
