import { cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceFact } from "../../src/facts/fact.js";
import { BEHIND, fact, iommu, soc } from "../machine/board.js";

/**
 * A board with one of everything that a machine can hold: an IOMMU, a bus window, pools of each kind, an aggregate, a client of a DMA
 * controller, a disabled device. Laid over the plain tree of `test/machine/board.ts`; `PARTS_FACTS` go with it.
 */
export const PARTS_BOARD: TreeSpec = {
  model: "Board of parts",
  compatible: ["vendor,parts", "rockchip,rk3568"],
  aliases: { camera0: "/soc/isp@10000000" },
  chosen: { bootargs: "cma=32M coherent_pool=256K" },
  ...iommu("rockchip,rk3568-iommu"),
  ...soc({
    "isp@10000000": {
      compatible: "vendor,isp",
      reg: cells64(0x1000_0000, 0x1000),
      ...BEHIND,
    },
    "codec@10010000": {
      compatible: "vendor,codec",
      reg: cells64(0x1001_0000, 0x1000),
      "memory-region": cells(10),
    },
    "vop@10020000": { compatible: "vendor,vop", reg: cells64(0x1002_0000, 0x1000), status: "disabled", ...BEHIND },
    "wifi@10030000": { compatible: "vendor,wifi", reg: cells64(0x1003_0000, 0x1000), "memory-region": cells(12) },
    "npu@10040000": { compatible: "vendor,npu", reg: cells64(0x1004_0000, 0x1000), "memory-region": cells(11) },
    "dmac@10050000": { compatible: "vendor,dmac", reg: cells64(0x1005_0000, 0x1000), "#dma-cells": 1, phandle: 20 },
    "uart@10060000": { compatible: "vendor,uart", reg: cells64(0x1006_0000, 0x100), dmas: cells(20, 3) },
    narrow: {
      compatible: "simple-bus",
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      "dma-ranges": cells64(0xc000_0000, 0x4000_0000, 0x4000_0000),
      "csi@10070000": { compatible: "vendor,csi", reg: cells64(0x1007_0000, 0x1000), "dma-coherent": true },
    },
  }),
  "display-subsystem": { compatible: "vendor,display", ports: cells(30) },
  "reserved-memory": {
    "#address-cells": 2,
    "#size-cells": 2,
    ranges: true,
    "pool@50000000": {
      compatible: "shared-dma-pool",
      "no-map": true,
      reg: cells64(0x5000_0000, 0x100_0000),
      phandle: 10,
    },
    area: { compatible: "shared-dma-pool", reusable: true, size: cells64(0x80_0000), phandle: 11 },
    "wifi@58000000": { compatible: "restricted-dma-pool", reg: cells64(0x5800_0000, 0x40_0000), phandle: 12 },
    "firmware@60000000": { "no-map": true, reg: cells64(0x6000_0000, 0x20_0000) },
  },
  __symbols__: { isp: "/soc/isp@10000000" },
};

const sources = [{ file: "drivers/x.c", line: 20 }];

/** What drivers say about the devices of {@link PARTS_BOARD}. */
export const PARTS_FACTS: readonly DeviceFact[] = [
  fact("vendor,isp", {
    role: "camera",
    dmaMask: { kind: "exact", value: "0xffffffffff", sources },
    export: { v4l2Mmap: true },
    import: { v4l2Dmabuf: true },
    layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 16, heightAlign: 8 }],
    pictureQueue: "capture",
    buffers: [
      { queue: "capture", kind: "contig" },
      { queue: "meta", kind: "vmalloc" },
    ],
  }),
  fact("vendor,codec", {
    role: "codec",
    memoryRegionUse: "buffers",
    export: { v4l2Mmap: true },
    import: { v4l2Dmabuf: true },
    maxSegmentSize: { kind: "exact", value: 0x40_0000, setBy: "driver" },
    buffers: [{ queue: "capture", kind: "contig", oneEntry: true }],
  }),
  fact("vendor,vop", {
    role: "display",
    appliesTo: { aggregate: "vendor,display" },
    mmu: "manages-iommu-domain",
    export: { dumb: true },
    import: { prime: true },
    buffers: [
      { queue: "gem", kind: "own", when: "iommu", allocates: "scattered", accepts: "scattered" },
      { queue: "gem", kind: "gem-dma", when: "no-iommu" },
    ],
  }),
  fact("vendor,display", { role: "display", export: { dumb: true }, buffers: [{ queue: "gem", kind: "gem-dma" }] }),
  fact("vendor,wifi", { import: { v4l2Dmabuf: true } }),
  fact("vendor,npu", {
    role: "npu",
    memoryRegionUse: "buffers",
    mmu: "device",
    mmuOutputBits: 32,
    dmaMask: { kind: "set", candidates: ["0xffffffff", "0xffffffffff"], when: ["old", "new"], sources },
    export: { gem: true },
    import: { prime: true },
    buffers: [{ queue: "gem", kind: "gem-shmem", gfp: "dma32" }],
  }),
  fact("vendor,uart", { appliesTo: "dma-channel", slaveDma: true }),
  fact("vendor,csi", {
    role: "camera",
    dmaMask: { kind: "exact", value: "0xffffffff", sources },
    segmentBoundaryMask: { kind: "exact", value: "0xffffff", sources },
    maxSegments: { kind: "exact", value: 16, setBy: "driver" },
    export: { v4l2Mmap: true, cpuMapping: "cached" },
    import: { v4l2Dmabuf: true },
    buffers: [{ queue: "capture", kind: "sg" }],
  }),
];
