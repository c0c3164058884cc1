/** Vivante GPUs, 2D engines and NPUs of i.MX, under one virtual DRM device. */
import type { DeviceFact } from "../../fact.js";
import { at, driver, exactMask, noSegmentBoundary, reviewedFact, segmentSize } from "../shorthand.js";

const ETNAVIV = "drivers/gpu/drm/etnaviv/etnaviv_drv.c";
const ETNAVIV_GEM = "drivers/gpu/drm/etnaviv/etnaviv_gem.c";

/** Facts of GPUs. */
export const IMX_GPU_FACTS: readonly DeviceFact[] = [
  reviewedFact("vivante,gc", driver("etnaviv", "drivers/gpu/drm/etnaviv/etnaviv_gpu.c", 1849), {
    role: "gpu",
    appliesTo: { virtual: "etnaviv", configuredFrom: "vivante,gc" },
    dmaMask: {
      kind: "set",
      candidates: ["0xffffffff", "0xffffffffff"],
      when: [
        "no dma-ranges apply to the first enabled core, or they end below 4 GiB: the second of_dma_configure() cuts the mask to the coherent one",
        "dma-ranges of the first enabled core end above 4 GiB",
      ],
      sources: [at(ETNAVIV, 644), at(ETNAVIV, 657), at("drivers/of/device.c", 135), at("drivers/of/device.c", 145)],
    },
    coherentDmaMask: exactMask("0xffffffff", ETNAVIV, 645),
    maxSegmentSize: segmentSize(0x80000000, ETNAVIV, 532),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "gem",
        kind: "own",
        gfp: "dma32",
        allocates: "scattered",
        accepts: "scattered",
        sources: [at(ETNAVIV, 547), at(ETNAVIV_GEM, 623), at("drivers/gpu/drm/etnaviv/etnaviv_gem_prime.c", 112)],
      },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true },
    mmu: "device",
    confidence: "C",
    note:
      "2D, 3D, vector and NPU cores all share one virtual DRM device; pages below 4 GiB are asked for only when some RAM lies beyond that " +
      "device's reach (etnaviv_drv.c:546); second generation MMUs write 40 address bits, the first one 32 without a check.",
  }),
];
