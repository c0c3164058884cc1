/**
 * Rockchip's drivers outside Linux, as boards with the vendor's kernel (5.10, 6.1) run them: 2D engines, codecs under the Media Process Platform, neural network
 * engines. They import dma-bufs through their own ioctls. Read by hand in a copy of these drivers alone.
 */
import type { DeviceFact, LayoutFact, MaskFact, QueueFact } from "../../fact.js";
import {
  at,
  defaultMask,
  defaultSegmentSize,
  exactMask,
  type MatchRows,
  noSegmentBoundary,
  runtimeMask,
  untouchedLimits,
} from "../shorthand.js";
import { type VendorTree, vendorFact } from "./vendor-fact.js";

const TREE: VendorTree = {
  kernel: "Rockchip's kernel (copy of its drivers, 4320bbfc8976)",
  url: "https://github.com/jjm2473/rockchip-drivers/blob/4320bbfc89762b3b0b476dff09d30d6f4e644135",
};

const RGA = "drivers/video/rockchip/rga3/rga_drv.c";
const RGA_MEMORY = "drivers/video/rockchip/rga3/rga_mm.c";
const RGA_BUFFER = "drivers/video/rockchip/rga3/rga_dma_buf.c";
const RGA_HARDWARE = "drivers/video/rockchip/rga3/rga_hw_config.c";
const MPP = "drivers/video/rockchip/mpp";
const MPP_CORE = `${MPP}/mpp_common.c`;
const MPP_IOMMU = `${MPP}/mpp_iommu.c`;
const NPU = "drivers/rknpu/rknpu_drv.c";
const NPU_GEM = "drivers/rknpu/rknpu_gem.c";

function strides(strideAlign: number, line: number): readonly LayoutFact[] {
  return [{ fourcc: "*", modifier: "LINEAR", strideAlign, sources: [at(RGA_HARDWARE, line)] }];
}

/** The newer 2D engine: behind the system's IOMMU. */
function rga3(name: string, line: number): DeviceFact {
  return vendorFact(TREE, name, "rga3", RGA, line, {
    role: "2d",
    dmaMask: exactMask("0xffffffffff", RGA, 1399),
    coherentDmaMask: exactMask("0xffffffff", RGA, 1400),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "import",
        kind: "own",
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(RGA_BUFFER, 461), at(RGA_MEMORY, 448)],
      },
    ],
    pictureQueue: "import",
    import: { prime: true },
    layouts: strides(16, 456),
    confidence: "A",
    note: "Takes the first address of a buffer as the address of all of it: one range as the engine sees it. Pages of a process are mapped below 4 GiB of I/O addresses (rga_dma_buf.c:296).",
  });
}

/** RGA2 has a page table of its own with 32-bit entries, but for the few chips where it moved behind the system's IOMMU. */
const RGA2_MASK: MaskFact = runtimeMask(
  ["0xffffffff", "0xffffffffff"],
  [
    "the engine has its own MMU, as on RK3568 and RK3588",
    "hardware version 3.6.92812, 3.7.93215 or 3.e.19357, behind the system's IOMMU",
  ],
  at(RGA, 1402),
  at(RGA, 1399),
  at(RGA, 1371),
);

/** The older 2D engine. */
function rga2(name: string, line: number): DeviceFact {
  return vendorFact(TREE, name, "rga3", RGA, line, {
    role: "2d",
    dmaMask: RGA2_MASK,
    coherentDmaMask: exactMask("0xffffffff", RGA, 1403),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "import",
        kind: "own",
        allocates: "scattered",
        accepts: "scattered",
        sources: [at(RGA_MEMORY, 468), at(RGA_MEMORY, 317)],
      },
    ],
    pictureQueue: "import",
    import: { prime: true },
    mmu: "device",
    mmuOutputBits: 32,
    layouts: strides(4, 478),
    confidence: "C",
    note:
      'A buffer with any page above 4 GiB is refused: "RGA_MMU unsupported memory larger than 4G!" (rga_mm.c:319). Allocate it from a heap for DMA32 pages, or ' +
      "from CMA below 4 GiB; https://github.com/airockchip/librga/issues/133.",
  });
}

/** What a codec maps: buffers by their file descriptors, each by its first address. */
const MPP_QUEUE: QueueFact = {
  queue: "import",
  kind: "own",
  allocates: "contiguous",
  accepts: "contiguous",
  sources: [at(MPP_IOMMU, 255), at(MPP_IOMMU, 242)],
};

/** A codec, scaler or filter under the Media Process Platform, in the folder `mpp`. */
function mpp(role: "codec" | "2d", file: string, rows: MatchRows): readonly DeviceFact[] {
  return rows.map(
    ([name, line]): DeviceFact =>
      vendorFact(TREE, name, "rk_vcodec", `${MPP}/${file}`, line, {
        role,
        ...untouchedLimits(MPP_CORE, 2097),
        buffers: [MPP_QUEUE],
        pictureQueue: "import",
        import: { prime: true },
        confidence: "A",
        note:
          "Sets no mask. Buffers come from the program, with the Media Process Platform's library from a heap or the display's GEM; behind the IOMMU of the tree any pages " +
          "do, without one they must be in one piece.",
      }),
  );
}

/** The engine's buffers: one piece, or any pages where an IOMMU serves it. */
function npuBuffers(isNarrow: boolean): readonly QueueFact[] {
  const shared = {
    queue: "gem",
    kind: "own",
    accepts: "contiguous",
    sources: [at(NPU_GEM, 208), at(NPU_GEM, 1397)],
  } as const;
  return [
    { ...shared, when: "no-iommu", gfp: "dma32", attrs: ["force-contiguous"], allocates: "contiguous" },
    { ...shared, when: "iommu", ...(isNarrow ? { gfp: "dma32" as const } : {}), allocates: "scattered" },
  ];
}

/**
 * Neural network engine.
 *
 * @param maskLine - where its match data states a mask
 * @param bits - of that mask
 */
function rknpu(name: string, line: number, maskLine: number, bits: 32 | 40): DeviceFact {
  return vendorFact(TREE, name, "rknpu", NPU, line, {
    role: "npu",
    dmaMask: defaultMask(NPU, 1240),
    coherentDmaMask: defaultMask(NPU, 1240),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: npuBuffers(bits === 32),
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true },
    memoryRegionUse: "buffers",
    memoryRegionWhen: "no-iommu",
    confidence: "A",
    note:
      `Its match data states ${bits} bits (rknpu_drv.c:${maskLine}), which only decide whether pages below 4 GiB are asked for (rknpu_gem.c:193); the mask of the device stays as it is. ` +
      "Built with the vendor's heaps instead of DRM, it takes dma-bufs and makes none.",
  });
}

/** Facts of Rockchip's drivers outside Linux. */
export const VENDOR_ROCKCHIP_FACTS: readonly DeviceFact[] = [
  rga3("rockchip,rga3", 1185),
  rga3("rockchip,rga3_core0", 1190),
  rga3("rockchip,rga3_core1", 1194),
  rga2("rockchip,rga2", 1202),
  rga2("rockchip,rga2_core0", 1207),
  ...mpp("codec", "mpp_rkvdec2.c", [
    ["rockchip,rkv-decoder-v2", 1571],
    ["rockchip,rkv-decoder-rk3568", 1576],
    ["rockchip,rkv-decoder-rk3528", 1588],
    ["rockchip,rkv-decoder-rk3562", 1594],
    ["rockchip,rkv-decoder-rk3576", 1600],
  ]),
  ...mpp("codec", "mpp_rkvdec.c", [
    ["rockchip,rkv-decoder-v1", 1834],
    ["rockchip,rkv-decoder-rk3399", 1839],
    ["rockchip,rkv-decoder-rk3328", 1845],
    ["rockchip,rkv-decoder-rv1126", 1851],
    ["rockchip,hevc-decoder", 1812],
  ]),
  ...mpp("codec", "mpp_rkvenc2.c", [
    ["rockchip,rkv-encoder-v2", 2529],
    ["rockchip,rkv-encoder-rk3576", 2541],
    ["rockchip,rkv-encoder-rk3528", 2547],
    ["rockchip,rkv-encoder-rk3562", 2553],
    ["rockchip,rkv-encoder-v2-core", 2559],
  ]),
  ...mpp("codec", "mpp_rkvenc.c", [["rockchip,rkv-encoder-v1", 1389]]),
  ...mpp("codec", "mpp_jpgdec.c", [["rockchip,rkv-jpeg-decoder-v1", 585]]),
  ...mpp("codec", "mpp_vdpu1.c", [["rockchip,vpu-decoder-v1", 870]]),
  ...mpp("codec", "mpp_vdpu2.c", [["rockchip,vpu-decoder-v2", 721]]),
  ...mpp("codec", "mpp_vepu2.c", [
    ["rockchip,vpu-encoder-v2", 1020],
    ["rockchip,vpu-jpege-core", 1031],
  ]),
  ...mpp("2d", "mpp_iep2.c", [["rockchip,iep-v2", 962]]),
  ...mpp("2d", "mpp_vdpp.c", [["rockchip,vdpp-v1", 736]]),
  rknpu("rockchip,rknpu", 291, 165, 32),
  rknpu("rockchip,rk3568-rknpu", 295, 165, 32),
  rknpu("rockchip,rk3588-rknpu", 299, 186, 40),
  rknpu("rockchip,rv1106-rknpu", 303, 228, 32),
  rknpu("rockchip,rk3562-rknpu", 307, 249, 40),
  rknpu("rockchip,rk3576-rknpu", 311, 270, 40),
];
