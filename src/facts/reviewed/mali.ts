/**
 * Facts of Arm's Mali GPUs, which sit in the chips of many vendors: lima (Utgard), panfrost (Midgard to Valhall with
 * job manager) and panthor (Valhall with firmware scheduler).
 */
import type { DeviceFact, MaskFact, SourceLine } from "../fact.js";
import {
  at,
  defaultMask,
  driver,
  exactMask,
  noSegmentBoundary,
  reviewedFact,
  runtimeMask,
  sameMasks,
  segmentSize,
} from "./shorthand.js";

const PANFROST_DRIVER = "drivers/gpu/drm/panfrost/panfrost_drv.c";
const PANFROST_GPU = "drivers/gpu/drm/panfrost/panfrost_gpu.c";
const PANTHOR_DRIVER = "drivers/gpu/drm/panthor/panthor_drv.c";
const PANTHOR_GPU = "drivers/gpu/drm/panthor/panthor_gpu.c";
const LIMA_DRIVER = "drivers/gpu/drm/lima/lima_drv.c";
const LIMA_DEVICE = "drivers/gpu/drm/lima/lima_device.c";
const LIMA_GEM = "drivers/gpu/drm/lima/lima_gem.c";

/** Widest physical address of the page table format panfrost uses: Linux 6.12 drivers/iommu/io-pgtable-arm.c:1174. */
const MALI_LPAE_OUTPUT_BITS = 40;

/**
 * The mask of the address width that the MMU features register holds in bits 15:8. Boot logs print the register
 * (`MMU:0x00002830` on a Mali-T760): 0x28, 40 bits. No narrower one is known; panfrost could not drive a wider one.
 */
function addressWidthMask(source: SourceLine): MaskFact {
  return runtimeMask(["0xffffffffff"], ["the MMU features register reports 40 physical address bits"], source);
}

function panfrost(name: string, line: number, note: string): DeviceFact {
  const mask = addressWidthMask(at(PANFROST_GPU, 478));
  return reviewedFact(name, driver("panfrost", PANFROST_DRIVER, line), {
    role: "gpu",
    ...sameMasks(mask, segmentSize(0xffffffff, PANFROST_GPU, 483)),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(PANFROST_DRIVER, 604), at(PANFROST_DRIVER, 605)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: false, gem: true },
    mmu: "device",
    mmuOutputBits: MALI_LPAE_OUTPUT_BITS,
    confidence: "C",
    note,
  });
}

const SHMEM_NOTE =
  "The mask is read from the GPU; pages come from anywhere, and the CPU maps them write-combined unless the node is dma-coherent.";

function panthor(name: string, line: number): DeviceFact {
  const mask = addressWidthMask(at(PANTHOR_GPU, 213));
  return reviewedFact(name, driver("panthor", PANTHOR_DRIVER, line), {
    role: "gpu",
    ...sameMasks(mask, segmentSize(0xffffffff, PANTHOR_GPU, 211)),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(PANTHOR_DRIVER, 1416), at(PANTHOR_DRIVER, 1417)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: false, gem: true },
    mmu: "device",
    confidence: "C",
    note: SHMEM_NOTE,
  });
}

function lima(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("lima", LIMA_DRIVER, line), {
    role: "gpu",
    dmaMask: defaultMask(LIMA_DRIVER, 370),
    coherentDmaMask: exactMask("0xffffffff", LIMA_DEVICE, 360),
    maxSegmentSize: segmentSize(0xffffffff, LIMA_DEVICE, 361),
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [{ queue: "gem", kind: "gem-shmem", gfp: "dma32", sources: [at(LIMA_DRIVER, 279), at(LIMA_GEM, 127)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: false, gem: true, cpuMapping: "write-combined" },
    mmu: "device",
    mmuOutputBits: 32,
    confidence: "A",
    note: "The driver keeps its own pages below 4 GiB; an imported buffer must lie there too, or the mapping bounces.",
  });
}

/** Facts of the Mali compatibles, vendor fallbacks included where the driver's table names them. */
export const MALI_FACTS: readonly DeviceFact[] = [
  lima("arm,mali-400", 478),
  lima("arm,mali-450", 479),
  panfrost("amlogic,meson-gxm-mali", 804, SHMEM_NOTE),
  panfrost("amlogic,meson-g12a-mali", 806, SHMEM_NOTE),
  panfrost("arm,mali-t604", 808, SHMEM_NOTE),
  panfrost("arm,mali-t624", 809, SHMEM_NOTE),
  panfrost("arm,mali-t628", 810, SHMEM_NOTE),
  panfrost("arm,mali-t720", 811, SHMEM_NOTE),
  panfrost("arm,mali-t760", 812, SHMEM_NOTE),
  panfrost("arm,mali-t820", 813, SHMEM_NOTE),
  panfrost("arm,mali-t830", 814, SHMEM_NOTE),
  panfrost("arm,mali-t860", 815, SHMEM_NOTE),
  panfrost("arm,mali-t880", 816, SHMEM_NOTE),
  panfrost("arm,mali-bifrost", 817, SHMEM_NOTE),
  panfrost("arm,mali-valhall-jm", 818, SHMEM_NOTE),
  panfrost("mediatek,mt8183-mali", 819, SHMEM_NOTE),
  panfrost("mediatek,mt8183b-mali", 820, SHMEM_NOTE),
  panfrost("mediatek,mt8186-mali", 821, SHMEM_NOTE),
  panfrost("mediatek,mt8188-mali", 822, SHMEM_NOTE),
  panfrost("mediatek,mt8192-mali", 823, SHMEM_NOTE),
  panthor("rockchip,rk3588-mali", 1445),
  panthor("arm,mali-valhall-csf", 1446),
];
