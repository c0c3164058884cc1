/**
 * Facts of the Hantro codec driver, which serves several families: one driver, one probe, the same queues everywhere.
 */
import type { DeviceFact, LayoutFact, QueueFact } from "../fact.js";
import {
  at,
  codecNode,
  defaultMask,
  driver,
  exactMask,
  noSegmentBoundary,
  segmentSize,
  v4l2Fact,
} from "./shorthand.js";

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

/** Queues of a device with both video devices: without a prefix the decoder's. */
const bothQueues: readonly QueueFact[] = [
  output,
  decodedCapture,
  { ...output, queue: "encoder-output" },
  { ...encodedCapture, queue: "encoder-capture" },
];

/** What a variant offers: its queues, and the suffix and the queues' prefix of each video device. */
interface Offer {
  readonly buffers: readonly QueueFact[];
  readonly pictureQueue: string;
  readonly nodes: readonly (readonly [suffix: "enc" | "dec", prefix: "" | "encoder-"])[];
}

const OFFERS: Readonly<Record<"decodes" | "encodes" | "both", Offer>> = {
  decodes: { buffers: [output, decodedCapture], pictureQueue: "capture", nodes: [["dec", ""]] },
  encodes: { buffers: [output, encodedCapture], pictureQueue: "output", nodes: [["enc", ""]] },
  both: {
    buffers: bothQueues,
    pictureQueue: "capture",
    nodes: [
      ["enc", "encoder-"],
      ["dec", ""],
    ],
  },
};

/**
 * A codec that the Hantro driver runs.
 *
 * @param name - compatible in the driver's match table
 * @param line - line of that entry in `hantro_drv.c`
 * @param does - what the variant offers: an encoder, a decoder, or a video device of each
 * @param layouts - layouts of raw pictures, from the variant's format table
 * @param note - what else to say of this variant
 */
export function hantroFact(
  name: string,
  line: number,
  does: keyof typeof OFFERS,
  layouts: readonly LayoutFact[],
  note?: string,
): DeviceFact {
  const { buffers, pictureQueue, nodes } = OFFERS[does];
  return v4l2Fact(name, driver("hantro-vpu", DRIVER, line), {
    role: "codec",
    dmaMask: defaultMask(DRIVER, 1077),
    coherentDmaMask: exactMask("0xffffffff", DRIVER, 1159),
    maxSegmentSize: segmentSize(0xffffffff, DRIVER, 1164),
    segmentBoundaryMask: noSegmentBoundary,
    buffers,
    pictureQueue,
    videoNodes: nodes.map(([suffix, prefix]) =>
      codecNode(`${name}-${suffix}`, suffix === "enc" ? "output" : "capture", prefix, at(DRIVER, 910), at(DRIVER, 911)),
    ),
    layouts,
    confidence: "A",
    note,
  });
}
