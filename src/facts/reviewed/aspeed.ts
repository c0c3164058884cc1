/** Facts of ASPEED's board management controllers (AST2400, AST2500, AST2600): display and video capture. Read by hand in Linux 6.12. */
import type { DeviceFact } from "../fact.js";
import { bothMasks, contigQueue, driver, gemDmaQueue, reviewedFact, sharesDumb, v4l2Fact } from "./shorthand.js";

const GFX = "drivers/gpu/drm/aspeed/aspeed_gfx_drv.c";
const VIDEO = "drivers/media/platform/aspeed/aspeed-video.c";

function gfx(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("aspeed_gfx", GFX, line), {
    role: "display",
    ...bothMasks("0xffffffff", GFX, 180),
    buffers: [gemDmaQueue(GFX, 248)],
    pictureQueue: "gem",
    ...sharesDumb,
    memoryRegionUse: "buffers",
    confidence: "A",
    note: "The probe fails without a memory-region (aspeed_gfx_drv.c:173).",
  });
}

function video(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("aspeed-video", VIDEO, line), {
    role: "camera",
    ...bothMasks("0xffffffff", VIDEO, 2116),
    buffers: [contigQueue("capture", VIDEO, 2033)],
    pictureQueue: "capture",
    memoryRegionUse: "buffers",
    confidence: "A",
    note: "Captures what the host's graphics show, compressed; works without a memory-region too (aspeed-video.c:2114).",
  });
}

/** Facts of the AST family. */
export const ASPEED_FACTS: readonly DeviceFact[] = [
  gfx("aspeed,ast2400-gfx", 93),
  gfx("aspeed,ast2500-gfx", 94),
  gfx("aspeed,ast2600-gfx", 95),
  video("aspeed,ast2400-video-engine", 2145),
  video("aspeed,ast2500-video-engine", 2146),
  video("aspeed,ast2600-video-engine", 2147),
];
