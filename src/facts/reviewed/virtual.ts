/** Facts of devices that exist in software only: the kernel's own for testing. No device tree has them; they are known by the driver's name. */
import type { DeviceFact, QueueFact } from "../fact.js";
import {
  at,
  bothMasks,
  type DmaLimits,
  driver,
  reviewedFact,
  type Stated,
  sharesDumb,
  sharesV4l2,
  untouchedLimits,
} from "./shorthand.js";

const VIVID = "drivers/media/test-drivers/vivid/vivid-core.c";
const VIM2M = "drivers/media/test-drivers/vim2m.c";
const VGEM = "drivers/gpu/drm/vgem/vgem_drv.c";
const VKMS = "drivers/gpu/drm/vkms/vkms_drv.c";

/** A fact about a driver whose devices have no node. */
function softwareFact(name: string, file: string, line: number, stated: Stated): DeviceFact {
  return { ...reviewedFact(name, driver(name, file, line), stated), match: { platformDriver: name } };
}

function vivid(kind: "vmalloc" | "contig", limits: DmaLimits, note: string): DeviceFact {
  const queue = (name: string): QueueFact => ({
    queue: name,
    kind,
    sources: [at(VIVID, kind === "contig" ? 925 : 926)],
  });
  const fact = softwareFact("vivid", VIVID, 2079, {
    role: "camera",
    ...limits,
    buffers: [queue("capture"), queue("output")],
    pictureQueue: "capture",
    ...sharesV4l2,
    confidence: "A",
    note,
  });
  return kind === "contig" ? { ...fact, match: { platformDriver: "vivid", parameter: "allocators=1" } } : fact;
}

function vim2m(name: string, line: number): QueueFact {
  return { queue: name, kind: "vmalloc", sources: [at(VIM2M, line)] };
}

/** Drivers for testing: vivid in both of its variants, vim2m, vgem and vkms. */
export const VIRTUAL_FACTS: readonly DeviceFact[] = [
  vivid(
    "vmalloc",
    untouchedLimits(VIVID, 2079),
    "One camera of those the driver makes, with the module parameter allocators=0: the CPU writes its pictures, nothing is mapped.",
  ),
  vivid(
    "contig",
    bothMasks("0xffffffff", VIVID, 1977),
    "One camera of those the driver makes, with the module parameter allocators=1: buffers are mapped for the driver's platform device.",
  ),
  softwareFact("vim2m", VIM2M, 1319, {
    role: "scaler",
    ...untouchedLimits(VIM2M, 1319),
    buffers: [vim2m("output", 1141), vim2m("capture", 1155)],
    pictureQueue: "capture",
    ...sharesV4l2,
    confidence: "A",
  }),
  softwareFact("vgem", VGEM, 129, {
    role: "gpu",
    ...bothMasks("0xffffffffffffffff", VGEM, 143),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(VGEM, 119)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    confidence: "A",
    note: "Renders nothing: for programs that pass buffers on. Dumb buffers can be made on the card's node only.",
  }),
  softwareFact("vkms", VKMS, 178, {
    role: "display",
    ...bothMasks("0xffffffffffffffff", VKMS, 203),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(VKMS, 114)] }],
    pictureQueue: "gem",
    ...sharesDumb,
    confidence: "A",
    note: "Shows nothing: the CPU composes planes in memory.",
  }),
];
