/** The display that firmware left on: a device of any board. */
import type { DeviceFact } from "../fact.js";
import { at, driver, reviewedFact, untouchedLimits } from "./shorthand.js";

const SIMPLE = "drivers/gpu/drm/tiny/simpledrm.c";

/** The one fact, whatever the board. */
export const SIMPLE_FRAMEBUFFER_FACTS: readonly DeviceFact[] = [
  reviewedFact("simple-framebuffer", driver("simpledrm", SIMPLE, 1108), {
    role: "display",
    ...untouchedLimits(SIMPLE, 1074),
    buffers: [{ queue: "gem", kind: "gem-shmem", sources: [at(SIMPLE, 1060)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true, cpuMapping: "write-combined" },
    memoryRegionUse: "firmware",
    confidence: "A",
    note: "The CPU copies pictures into the memory that firmware shows, which no program gets; a driver of the display itself takes its place.",
  }),
];
