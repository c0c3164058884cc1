/** Channels through which programs call Qualcomm's DSPs. */
import type { DeviceFact } from "../../fact.js";
import {
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  reviewedFact,
} from "../shorthand.js";

const FASTRPC = "drivers/misc/fastrpc.c";

/** Facts of DSP channels. */
export const QCOM_DSP_FACTS: readonly DeviceFact[] = [
  reviewedFact("qcom,fastrpc-compute-cb", driver("fastrpc", FASTRPC, 2277), {
    role: "dsp",
    dmaMask: exactMask("0xffffffff", FASTRPC, 2250),
    coherentDmaMask: defaultMask(FASTRPC, 2209),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "rpc",
        kind: "own",
        when: "no-iommu",
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427), at(FASTRPC, 849)],
      },
      {
        queue: "rpc",
        kind: "own",
        when: "iommu",
        allocates: "scattered",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427), at(FASTRPC, 849)],
      },
    ],
    pictureQueue: "rpc",
    confidence: "A",
    note: "One context bank of a DSP. Imports any dma-buf by descriptor and exports its own through an ioctl of the fastrpc device; only the first entry's address is given to the DSP.",
  }),
  reviewedFact("qcom,fastrpc", driver("fastrpc", FASTRPC, 2533), {
    role: "dsp",
    ...bothMasks("0xffffffff", FASTRPC, 2424),
    buffers: [
      {
        queue: "remote-heap",
        kind: "own",
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(FASTRPC, 427)],
      },
    ],
    memoryRegionUse: "buffers",
    confidence: "A",
    note: "The region feeds heaps of the DSP's processes, never buffers of programs; on a sensor DSP it is handed over whole.",
  }),
];
