/** Display of Marvell's Dove. */
import type { DeviceFact } from "../fact.js";
import { MARVELL_VIDEO_FACTS } from "./marvell/video.js";
import { at, driver, reviewedFact, untouchedLimits } from "./shorthand.js";

const CRTC = "drivers/gpu/drm/armada/armada_crtc.c";
const DRM = "drivers/gpu/drm/armada/armada_drv.c";
const GEM = "drivers/gpu/drm/armada/armada_gem.c";

/** Facts of the Dove family. */
export const MARVELL_FACTS: readonly DeviceFact[] = [
  reviewedFact("marvell,dove-lcd", driver("armada", CRTC, 1066), {
    role: "display",
    appliesTo: { virtual: "armada-drm", configuredFrom: "marvell,dove-lcd" },
    ...untouchedLimits(DRM, 192),
    buffers: [
      {
        queue: "gem",
        kind: "own",
        oneEntry: true,
        allocates: "contiguous",
        accepts: "contiguous",
        sources: [at(GEM, 550), at(GEM, 258)],
      },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { gem: true },
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 128,
        sources: [at("drivers/gpu/drm/armada/armada_drm.h", 36)],
      },
    ],
    confidence: "A",
    note:
      "The DRM device is a platform device that board code must make, with memory of its own for dumb buffers (armada_drv.c:73); no code of this version makes one, " +
      "and no node stands for it. 128 bytes are what dumb buffers get.",
  }),
  ...MARVELL_VIDEO_FACTS,
];
