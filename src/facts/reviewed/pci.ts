/**
 * Facts of PCI devices: those of virtual machines, and those that sit in most machines with PCI. Drivers that serve many ids are known by their name, as `sysfs` shows it;
 * the rest by vendor and device. A running kernel shows the masks its drivers have set: these count where it does not, in recordings, and for devices that are given to a process.
 */
import type { DeviceFact, DriverSource, FactMatch, MaskFact, SourceLine } from "../fact.js";
import {
  at,
  bothMasks,
  defaultSegmentSize,
  driver,
  exactMask,
  noSegmentBoundary,
  reviewedFact,
  runtimeMask,
  type Stated,
  sameMasks,
  segmentSize,
  sharesDumb,
  untouchedLimits,
} from "./shorthand.js";

const NVME = "drivers/nvme/host/pci.c";
const E1000 = "drivers/net/ethernet/intel/e1000/e1000_main.c";
const E1000E = "drivers/net/ethernet/intel/e1000e/netdev.c";
const XHCI = "drivers/usb/host/xhci.c";
const XHCI_PCI = "drivers/usb/host/xhci-pci.c";
const VIRTIO = "drivers/virtio/virtio_pci_common.c";
const VIRTIO_MODERN = "drivers/virtio/virtio_pci_modern_dev.c";
const VIRTIO_GPU = "drivers/gpu/drm/virtio/virtgpu_drv.c";
const VIRTIO_GPU_OBJECT = "drivers/gpu/drm/virtio/virtgpu_object.c";
const BOCHS = "drivers/gpu/drm/tiny/bochs.c";
const CIRRUS = "drivers/gpu/drm/tiny/cirrus.c";
const I915 = "drivers/gpu/drm/i915/i915_driver.c";
const I915_TABLE = "drivers/gpu/drm/i915/i915_pci.c";
const I915_DMABUF = "drivers/gpu/drm/i915/gem/i915_gem_dmabuf.c";
const AMDGPU = "drivers/gpu/drm/amd/amdgpu/amdgpu_drv.c";
const AMDGPU_TTM = "drivers/gpu/drm/amd/amdgpu/amdgpu_ttm.c";
const AMDGPU_OBJECT = "drivers/gpu/drm/amd/amdgpu/amdgpu_object.c";
/** Of QEMU, not of Linux. */
const EDU = "docs/specs/edu.rst";

const ALL_ONES = "0xffffffffffffffff";

function factOf(match: FactMatch, source: DriverSource, stated: Stated): DeviceFact {
  return { ...reviewedFact("", source, stated), match };
}

/** A fact about whatever a driver is bound to. */
function ofDriver(name: string, source: DriverSource, stated: Stated): DeviceFact {
  return factOf({ platformDriver: name }, source, stated);
}

/** A fact about one device. */
function ofDevice(vendor: number, device: number, source: DriverSource, stated: Stated): DeviceFact {
  return factOf({ pci: [vendor, device] }, source, stated);
}

/** A mask that differs between devices of a driver; candidates and conditions in the same order, tightest first. */
function setMask(candidates: readonly (readonly [mask: string, when: string])[], ...sources: SourceLine[]): MaskFact {
  return {
    kind: "set",
    candidates: candidates.map(([mask]) => mask),
    when: candidates.map(([, when]) => when),
    sources,
  };
}

/** What i915's table of devices says of all but the oldest. */
const I915_GENERATIONS = [
  ["0xfffffffff", "G33, Pineview, generations 4 and 5"],
  ["0x7fffffffff", "generations 8 to 12, Broadwell to Alder Lake"],
  ["0xffffffffff", "generations 6 and 7, Sandy Bridge to Haswell"],
  ["0x3fffffffffff", "DG2 and Meteor Lake"],
] as const;
const I915_LINES = [90, 105, 138, 178, 201, 245, 273, 321, 417, 704].map((line) => at(I915_TABLE, line));

const gmc = (version: string, line: number): SourceLine => at(`drivers/gpu/drm/amd/amdgpu/gmc_${version}.c`, line);
const amdgpuMask = setMask(
  [
    ["0xffffffffff", "memory controllers of versions 6 to 8, Southern Islands to Polaris"],
    ["0xfffffffffff", "of versions 9 to 12, Vega and RDNA"],
    ["0xffffffffffff", "of version 9.4.2 and newer of that line, MI200 and MI300"],
  ],
  gmc("v6_0", 830),
  gmc("v7_0", 1007),
  gmc("v8_0", 1120),
  gmc("v9_0", 2148),
  gmc("v10_0", 871),
  gmc("v11_0", 839),
  gmc("v12_0", 804),
);

/** Facts of PCI devices, by their driver's name or their ids. */
export const PCI_FACTS: readonly DeviceFact[] = [
  ofDriver("nvme", driver("nvme", NVME, 3792), {
    role: "other",
    ...sameMasks(
      setMask(
        [
          ["0xffffffffffff", "a controller of Amazon"],
          [ALL_ONES, "any other"],
        ],
        at(NVME, 3221),
        at(NVME, 3223),
        at(NVME, 3767),
      ),
      segmentSize(0xffffffff, NVME, 3225),
    ),
    buffers: [],
    confidence: "C",
  }),
  ofDriver("e1000", driver("e1000", E1000, 180), {
    role: "other",
    ...sameMasks(
      runtimeMask(["0xffffffff", ALL_ONES], ["on PCI, as QEMU's is", "on PCI-X"], at(E1000, 1002), at(E1000, 999)),
    ),
    buffers: [],
    confidence: "C",
  }),
  ofDriver("e1000e", driver("e1000e", E1000E, 7945), {
    role: "other",
    ...bothMasks(ALL_ONES, E1000E, 7392),
    buffers: [],
    confidence: "A",
  }),
  ofDriver("xhci_hcd", driver("xhci-pci", XHCI_PCI, 945), {
    role: "other",
    ...sameMasks(
      runtimeMask(
        ["0xffffffff", "0xfffffffff", ALL_ONES],
        [
          "no 64-bit capability in its registers, or ASMedia 1042A, 1142, 2142 and 3242",
          "VIA VL805, as on a Raspberry Pi 4",
          "64-bit capability",
        ],
        at(XHCI, 5319),
        at(XHCI_PCI, 455),
        at(XHCI, 5328),
        at(XHCI_PCI, 469),
        at(XHCI_PCI, 475),
      ),
      segmentSize(0xffffffff, XHCI_PCI, 679),
    ),
    buffers: [],
    confidence: "C",
  }),
  ofDriver("virtio-pci", driver("virtio_pci", VIRTIO, 669), {
    role: "other",
    ...bothMasks(ALL_ONES, VIRTIO_MODERN, 279),
    buffers: [],
    confidence: "A",
    note: "Modern devices; those of the legacy interface have 44 bits for coherent memory. Without VIRTIO_F_ACCESS_PLATFORM the host takes physical addresses as they are, and no IOMMU stands between.",
  }),
  ofDevice(0x1af4, 0x1050, driver("virtio-gpu", VIRTIO_GPU, 138), {
    role: "gpu",
    dmaMask: exactMask(ALL_ONES, VIRTIO_MODERN, 279),
    coherentDmaMask: exactMask(ALL_ONES, VIRTIO_MODERN, 279),
    maxSegmentSize: { kind: "runtime", setBy: "driver", sources: [at(VIRTIO_GPU, 97)] },
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(VIRTIO_GPU_OBJECT, 194)] }],
    pictureQueue: "gem",
    import: { prime: false },
    export: { dumb: true, gem: true },
    confidence: "A",
    note: "Maps for its PCI function. Takes no dma-buf of another device (ENODEV, virtgpu_prime.c:207); its own buffers can be exported.",
  }),
  ofDevice(0x1234, 0x1111, driver("bochs", BOCHS, 698), {
    role: "display",
    ...untouchedLimits(BOCHS, 636),
    buffers: [{ queue: "gem", kind: "ttm", sources: [at(BOCHS, 606)] }],
    pictureQueue: "gem",
    import: { prime: false },
    export: { dumb: false, gem: false },
    confidence: "A",
    note: "QEMU's standard VGA. Pictures lie in memory of the card: it takes no dma-buf, and no device can attach to one of its own (drm_prime.c:614, ENOSYS).",
  }),
  ofDevice(0x1013, 0x00b8, driver("cirrus", CIRRUS, 740), {
    role: "display",
    ...untouchedLimits(CIRRUS, 666),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(CIRRUS, 663)] }],
    pictureQueue: "gem",
    ...sharesDumb,
    confidence: "A",
    note: "QEMU's cirrus-vga. The CPU copies pictures to the card, and yet an import is mapped for it, within 32 bits.",
  }),
  ofDriver("i915", driver("i915", I915_TABLE, 798), {
    role: "gpu",
    dmaMask: setMask(
      [["0xffffffff", "generations 2 and 3, but for those that follow"], ...I915_GENERATIONS],
      at(I915, 387),
      ...I915_LINES,
    ),
    coherentDmaMask: setMask(
      [
        ["0x3fffffff", "generation 2"],
        ["0xffffffff", "generation 3, and 965G and 965GM of generation 4"],
        ...I915_GENERATIONS,
      ],
      at(I915, 407),
      at(I915, 393),
      at(I915, 404),
      ...I915_LINES,
    ),
    maxSegmentSize: segmentSize(0xffffffff, I915, 385),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      { queue: "gem", kind: "own", allocates: "scattered", accepts: "scattered", sources: [at(I915_DMABUF, 244)] },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    mmu: "device",
    confidence: "C",
    note: "Discrete ones have memory of their own: a buffer there goes to system memory when another device attaches.",
  }),
  ofDriver("amdgpu", driver("amdgpu", AMDGPU, 1805), {
    role: "gpu",
    ...sameMasks(amdgpuMask, segmentSize(0xffffffff, AMDGPU_TTM, 1891)),
    buffers: [{ queue: "gem", kind: "ttm", sources: [at(AMDGPU_OBJECT, 607)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    mmu: "device",
    confidence: "C",
    note: "Cards with memory of their own: a buffer there goes to system memory when a device attaches that cannot reach it over PCI.",
  }),
  {
    ...ofDevice(
      0x1234,
      0x11e8,
      { ...driver("edu", EDU, 32), kernel: "QEMU d762bf97931b" },
      {
        role: "other",
        dmaMask: exactMask("0xfffffff", EDU, 24),
        coherentDmaMask: exactMask("0xfffffff", EDU, 24),
        maxSegmentSize: defaultSegmentSize,
        segmentBoundaryMask: noSegmentBoundary,
        buffers: [],
        confidence: "A",
        note: "QEMU's teaching device, for drivers of one's own: it cuts addresses to its mask, which -device edu,dma_mask= sets. Moves less than 4 KiB at a time.",
      },
    ),
    url: "https://www.qemu.org/docs/master/specs/edu.html",
  },
];
