/** One line of each kind, word by word as kernels print it or reports have it, and what it is taken for. */
import { describe, expect, it } from "vitest";
import { KERNEL_RECOGNISERS } from "../../../src/explain/kernel/kernel-recognisers.js";
import { explained } from "../read-log.js";
import { readMessages } from "./read-messages.js";

interface Case {
  readonly line: string;
  readonly id: string;
  readonly numbers?: Record<string, unknown>;
  /** In cause, proof or fix. */
  readonly says: string;
}

const CASES: readonly Case[] = [
  {
    line: "[    0.000000] cma: Reserved 64 MiB at 0x0000000038000000 on node -1",
    id: "cma-reserved",
    numbers: { base: 0x3800_0000, size: 0x400_0000 },
    says: "64 MiB at 0x38000000",
  },
  { line: "cma: Reserved 5 MiB at 0x3ac00000", id: "cma-reserved", numbers: { megabytes: 5 }, says: "effective size" },
  {
    line: "cma: Failed to reserve 512 MiB on node -1",
    id: "cma-reserve-failed",
    says: "no place for a CMA area of 512 MiB",
  },
  { line: "cma: Failed to reserve 2048MiB", id: "cma-reserve-failed", says: "2048 MiB" },
  {
    line: "cma: Region at 0x10000000 defined on low/high memory boundary (0x1c000000)",
    id: "cma-region-boundary",
    numbers: { room: 0xc00_0000 },
    says: "192 MiB above the base",
  },
  {
    line: "cma: Region at 0x10100000 must be aligned to 0x400000 bytes",
    id: "cma-region-unaligned",
    numbers: { nextBase: 0x1040_0000, baseBefore: 0x1000_0000 },
    says: "begin at 0x10400000 or 0x10000000",
  },
  {
    line: "cma: Size (0x20000000) of region at 0x30000000 exceeds limit (0x40000000)",
    id: "cma-region-limit",
    numbers: { tooFar: 0x1000_0000 },
    says: "Make it 256 MiB",
  },
  { line: "cma: Not enough slots for CMA reserved regions!", id: "cma-too-many-areas", says: "CONFIG_CMA_AREAS" },
  { line: "cma: CMA area linux,cma could not be activated", id: "cma-not-activated", says: "two memory zones" },
  {
    line: "Reserved memory: bypass linux,cma node, using cmdline CMA params instead",
    id: "cma-bypassed",
    says: "alloc-ranges with it, do not count",
  },
  {
    line: "Reserved memory: incorrect alignment of CMA region",
    id: "cma-incorrect-alignment",
    says: "512 MiB with 64 KiB pages",
  },
  { line: "CmaTotal:         524288 kB\nCmaFree:          441276 kB", id: "cma-total", says: "430.93 MiB of it free" },
  {
    line: "rtl8192ee 0000:02:00.0: swiotlb buffer is full (sz: 4000 bytes), total 32768 (slots), used 32768 (slots)",
    id: "swiotlb-full",
    numbers: { device: "0000:02:00.0", neededSlots: 2 },
    says: "leaks mappings and a larger pool only delays it",
  },
  {
    line: "vhci_hcd vhci_hcd.0: swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 4 (slots)",
    id: "swiotlb-full",
    numbers: { neededSlots: 256, largestMapping: 262_144 },
    says: "a larger swiotlb= changes nothing",
  },
  {
    line: "xhci-hcd xhci-hcd.0.auto: swiotlb buffer is full (sz: 131072 bytes), total 32768 (slots), used 900 (slots)",
    id: "swiotlb-full",
    says: "only 900 are used",
  },
  {
    line: "dwc3: swiotlb buffer is full (sz: 16384 bytes)",
    id: "swiotlb-full",
    numbers: { device: "dwc3" },
    says: "used up, or in pieces",
  },
  {
    line: "x 1.y: swiotlb buffer is full (sz: 16 bytes), total 0 (slots), used 0 (slots)",
    id: "swiotlb-full",
    says: "no bounce pool at all",
  },
  {
    line: "DMA: Out of SW-IOMMU space for 16384 bytes at device dwc3",
    id: "swiotlb-out-of-space",
    numbers: { device: "dwc3", size: 16_384 },
    says: "16 KiB",
  },
  {
    line: "software IO TLB: mapped [mem 0x00000000f6000000-0x00000000fa000000] (64MB)",
    id: "swiotlb-mapped",
    numbers: { base: 0xf600_0000 },
    says: "64 MiB at 0xf6000000",
  },
  {
    line: "sata_mv 0000:01:00.0: swiotlb addr 0x0000000450dc4000+4096 overflow (mask ffffffff, bus limit 4ffffffff).",
    id: "dma-overflow",
    numbers: { device: "0000:01:00.0", limit: "0xffffffff", limitedBy: "mask", bounced: true },
    says: "no memory suits the device",
  },
  {
    line: "v3d fec00000.v3d: DMA addr 0x0000000040898000+536576 overflow (mask 7ffffffff, bus limit 3fffffff).",
    id: "dma-overflow",
    numbers: { limit: "0x3fffffff", limitedBy: "bus" },
    says: "widen the dma-ranges",
  },
  {
    line: "v3d fec00000.v3d: overflow 0x0000000040898000+536576 of DMA mask 7ffffffff bus mask 3fffffff",
    id: "dma-mask-overflow",
    numbers: { address: "0x40898000", limitedBy: "bus" },
    says: "up to 0x3fffffff",
  },
  {
    line: "dma_map: !dma_capable: phys 0x50dc4000 dma_addr 0x450dc4000",
    id: "not-dma-capable",
    numbers: { offset: "0x400000000" },
    says: "The bus adds 0x400000000",
  },
  {
    line: "OF: reserved mem: failed to allocate memory for node 'linux,cma': size 512 MiB",
    id: "reserved-no-room",
    numbers: { name: "linux,cma", size: 0x2000_0000 },
    says: "fdt_high",
  },
  {
    line: "OF: reserved mem: Reserved memory: failed to reserve memory for node 'tz@30000000': base 0x0000000030000000, size 2 MiB",
    id: "reserved-refused",
    numbers: { base: 0x3000_0000 },
    says: "reserved already",
  },
  {
    line: "OF: reserved mem: invalid size property in 'linux,cma' node.",
    id: "reserved-invalid-property",
    numbers: { property: "size" },
    says: "exactly #size-cells",
  },
  {
    line: "OF: reserved mem: invalid alloc-ranges property in 'linux,cma', skipping node.",
    id: "reserved-invalid-property",
    numbers: { property: "alloc-ranges" },
    says: "a multiple of",
  },
  {
    line: "OF: reserved mem: Reserved memory: unsupported node format, ignoring",
    id: "reserved-unsupported-format",
    says: "ignores all of /reserved-memory",
  },
  {
    line: "OF: reserved mem: too many defined dynamic regions, skip 'x'",
    id: "reserved-too-many",
    numbers: { name: "x" },
    says: "64 in Linux 6.12",
  },
  {
    line: "OF: reserved mem: not enough space for all defined regions.",
    id: "reserved-too-many",
    says: "more reserved regions",
  },
  {
    line: "OF: reserved mem: OVERLAP DETECTED!\na@40000000 (0x40000000--0x40200000) overlaps with b@40100000 (0x40100000--0x40300000)",
    id: "reserved-overlap",
    numbers: { overlapBase: 0x4010_0000, overlapSize: 0x10_0000 },
    says: "share 1 MiB",
  },
  {
    line: "Reserved memory: regions without no-map are not yet supported",
    id: "reserved-needs-no-map",
    says: "Add no-map",
  },
  {
    line: "OF: reserved mem: node pool@1000 compatible matching fail",
    id: "reserved-setup-failed",
    says: "given back",
  },
  {
    line: "OF: reserved mem: 0x0000000038000000..0x000000003bffffff (65536 KiB) map reusable linux,cma",
    id: "reserved-placed",
    numbers: { base: 0x3800_0000, size: 0x400_0000, reusable: true, noMap: false },
    says: "lent to movable pages",
  },
  {
    line: "arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x7fbc0000, fsynr=0x11, cbfrsynra=0x1c01, cb=3",
    id: "smmu-context-fault",
    numbers: { streamId: 0x1c01, address: "0x7fbc0000", access: "write", iommu: "15000000.iommu" },
    says: "stream id 0x1c01",
  },
  {
    line: "arm-smmu-v3 fc900000.iommu: event 0x10 received:",
    id: "smmu-v3-event",
    says: "no translation for an address",
  },
  {
    line: "arm-smmu-v3 fc900000.iommu: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x100 ssid: 0x0 iova: 0x7f000000 ipa: 0x0",
    id: "smmu-v3-fault",
    numbers: { streamId: 0x100, device: "0000:01:00.0" },
    says: "0x7f000000",
  },
  {
    line: "rk_iommu fdd97e00.iommu: Page fault at 0x00000000f0000000 of type read",
    id: "rockchip-iommu-fault",
    numbers: { address: "0xf0000000", access: "read", iommu: "fdd97e00.iommu" },
    says: "read from address 0xf0000000",
  },
  {
    line: "sun50i-iommu 30f0000.iommu: Page fault for 0x00000000fff00000 (master 2, dir wr)",
    id: "sun50i-iommu-fault",
    numbers: { streamId: 2, access: "write" },
    says: "wrote to address 0xfff00000",
  },
  {
    line: "mtk-iommu 1401d000.iommu: fault type=0x5 iova=0x0 pa=0x0 master=0x0(larb=2 port=1) layer=0 read",
    id: "mediatek-iommu-fault",
    numbers: { larb: 2, port: 1 },
    says: "a buffer that was never set",
  },
  {
    line: "mtk-iommu 10205000.iommu: fault type=0x1 iova=0x7fc00000 pa=0x0 larb=1 port=4",
    id: "mediatek-iommu-fault",
    numbers: { larb: 1, port: 4, access: null },
    says: "0x7fc00000",
  },
  {
    line: "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7b5fc000 [fault reason 0x06] PTE Read access is not set",
    id: "intel-iommu-fault",
    numbers: { device: "0000:00:02.0", address: "0x7b5fc000", access: "read" },
    says: "0000:00:02.0 read from",
  },
  {
    line: "DMAR: [DMA Write] Request device [03:00.0] fault addr ffff0000 [fault reason 05] PTE Write access is not set",
    id: "intel-iommu-fault",
    numbers: { access: "write", address: "0xffff0000" },
    says: "wrote to",
  },
  {
    line: "AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:01:00.0 domain=0x000e address=0xdf3f8000 flags=0x0020]",
    id: "amd-iommu-fault",
    numbers: { device: "0000:01:00.0", access: "write" },
    says: "0xdf3f8000",
  },
  {
    line: "nvme 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xdf3f8000 flags=0x0000]",
    id: "amd-iommu-fault",
    numbers: { device: "0000:01:00.0", access: "read" },
    says: "read from",
  },
  { line: "msm_iommu: Unexpected IOMMU page fault!", id: "msm-iommu-fault", says: "FAR is the address" },
  {
    line: "[ 812.1] videobuf2_common: [cap-000000] __prepare_dmabuf: invalid dmabuf length 4147200 for plane 0, minimum length 4177920",
    id: "vb2-short-buffer",
    numbers: { missing: 30_720 },
    says: "4177920 is 1920x1080 YUYV/RG16/NV16 (height to 16 rows)",
  },
  {
    line: "vc4-drm soc:gpu: failed to allocate buffer with size 16777216",
    id: "drm-no-buffer",
    numbers: { device: "soc:gpu", size: 16_777_216 },
    says: "16 MiB",
  },
  {
    line: "vc4-drm soc:gpu: [drm] *ERROR* Failed to allocate from CMA:",
    id: "vc4-no-cma",
    numbers: { device: "soc:gpu" },
    says: "dtoverlay=vc4-kms-v3d,cma-256",
  },
  {
    line: "rockchip-rga fdb80000.rga: dma alloc of size 8294400 failed",
    id: "vb2-no-buffer",
    numbers: { device: "fdb80000.rga" },
    says: "1920x1080 XR24/AR24",
  },
  {
    line: "hantro-vpu ff9a0000.video-codec: dma_alloc_coherent of size 3133440 failed",
    id: "vb2-no-coherent-buffer",
    says: "3133440 bytes",
  },
  {
    line: "axidma: axidma_dma.c: Unable to allocate contiguous DMA memory region of size 41472000.",
    id: "contiguous-region-failed",
    numbers: { size: 41_472_000 },
    says: "41472000 bytes",
  },
  {
    line: "videobuf2_dma_contig: contiguous chunk is too small 4096/8294400",
    id: "vb2-scattered-buffer",
    numbers: { run: 4096, size: 8_294_400 },
    says: "not from the system heap",
  },
  {
    line: "kworker/0:1: page allocation failure: order:0, mode:0xcc4(GFP_KERNEL|GFP_DMA32), nodemask=(null),cpuset=/,mems_allowed=0",
    id: "page-allocation-failure",
    numbers: { order: 0, zone: "DMA32", size: 4096 },
    says: "zone DMA32",
  },
  {
    line: "insmod: page allocation failure: order:11, mode:0xcc0(GFP_KERNEL), nodemask=(null)",
    id: "page-allocation-failure",
    numbers: { size: 8_388_608 },
    says: "8 MiB in one block (order 11)",
  },
  {
    line: "ERROR: 256 KiB atomic DMA coherent pool is too small!",
    id: "atomic-pool-too-small",
    numbers: { size: 262_144 },
    says: "coherent_pool=",
  },
  {
    line: "DMA pool exhausted for fd500000.pcie",
    id: "atomic-pool-exhausted",
    numbers: { device: "fd500000.pcie" },
    says: "used up when fd500000.pcie asked",
  },
  {
    line: "Failed to get suitable pool for 0000:01:00.0",
    id: "atomic-pool-exhausted",
    numbers: { exhausted: false },
    says: "CONFIG_ZONE_DMA",
  },
  {
    line: "DMA: failed to allocate 256 KiB GFP_KERNEL|GFP_DMA pool for atomic allocation",
    id: "atomic-pool-failed",
    numbers: { zone: "GFP_KERNEL|GFP_DMA" },
    says: "256 KiB",
  },
  {
    line: "v4l2-ctl: vmalloc: allocation failure: 2214858752 bytes, mode:0xcc2",
    id: "vmalloc-failure",
    numbers: { task: "v4l2-ctl", size: 2_214_858_752 },
    says: "A larger cma= changes nothing",
  },
  {
    line: "python3: vmalloc error: size 2214858752, failed to allocate pages, mode:0xcc2",
    id: "vmalloc-failure",
    numbers: { task: "python3" },
    says: "vmalloc takes single pages",
  },
  {
    line: "alloc_contig_range: [2e400, 2e600) PFNs busy",
    id: "cma-range-busy",
    numbers: { first: "2e400" },
    says: "0x2e400000 to 0x2e600000",
  },
  {
    line: "vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded",
    id: "vfio-memlock",
    numbers: { limit: 67_108_864 },
    says: "64 MiB",
  },
  {
    line: 'vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform',
    id: "vfio-no-interrupt-remapping",
    says: "isolate interrupts",
  },
  {
    line: "vfio-pci 0000:01:00.0: vfio-noiommu device opened by user (dpdk:1234)",
    id: "vfio-noiommu",
    says: "dpdk:1234 drives a device",
  },
];

describe("a kernel line", () => {
  for (const { line, id, numbers, says } of CASES) {
    it(`is ${id}: ${line.slice(0, 90)}`, () => {
      const { findings } = explained(line);
      expect(findings.map((finding) => finding.id)).toEqual([id]);
      const [finding] = findings;
      expect(finding?.numbers).toMatchObject(numbers ?? {});
      expect(`${finding?.cause} ${finding?.proof} ${finding?.fix}`).toContain(says);
    });
  }

  it("leads on to a command, whatever it is", () => {
    for (const { line } of CASES) {
      for (const finding of explained(line).findings) expect(finding.next, finding.id).not.toEqual([]);
    }
  });
});

describe("the recognisers of kernel lines", () => {
  it("have ids in kebab-case, each once, and hints of four characters at least", () => {
    const ids = KERNEL_RECOGNISERS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, hint, source } of KERNEL_RECOGNISERS) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(hint.length, id).toBeGreaterThanOrEqual(4);
      expect(source, id).toMatch(/^(Linux \d+\.\d+ [\w/-]+\.[ch] |https:\/\/)/);
    }
  });

  it("are all in the table above or in the list of messages, or speak only through another line", () => {
    const silent = [
      "kernel-command-line",
      "cma-alloc-failed",
      "cma-free-map",
      "cma-free",
      "reserved-overlap-head",
      "smmu-v3-event-word",
    ];
    const listed = readMessages().flatMap(({ known = [] }) => known.map(({ id }) => id));
    const known = new Set([...CASES.map(({ id }) => id), ...listed, ...silent]);
    expect(KERNEL_RECOGNISERS.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
  });

  it("take nothing for a line that is close", () => {
    const others = [
      "cma: cma_alloc: alloc failed, req-size: x pages, ret: -12",
      "cma: number of available pages: 5@0+5@2=> 10 free of 100 total pages",
      "usb 1-1: new high-speed USB device number 2",
      "swiotlb buffer is full of surprises",
      "OF: reserved mem: 0x10..0x5 (0 KiB) map reusable x",
      "arm-smmu 15000000.iommu: probing hardware configuration...",
      "event 0x10 was received: no",
    ];
    expect(explained(others.join("\n"))).toMatchObject({ findings: [], lines: { recognised: 0, read: 7 } });
  });
});

describe("an event of an SMMUv3", () => {
  it("is read from the words behind it", () => {
    const log = [
      "arm-smmu-v3 fc900000.iommu: event 0x10 received:",
      "arm-smmu-v3 fc900000.iommu: \t0x0000010000000010",
      "arm-smmu-v3 fc900000.iommu: \t0x0000020000000000",
      "arm-smmu-v3 fc900000.iommu: \t0x00000000ff000000",
      "arm-smmu-v3 fc900000.iommu: \t0x0000000000000000",
    ].join("\n");
    const { findings, lines } = explained(log);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ id: "smmu-v3-event", numbers: { streamId: 0x100, address: "0xff000000" } });
    expect(lines.recognised).toBe(5);
  });
});
