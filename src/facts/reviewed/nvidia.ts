/**
 * NVIDIA Tegra124, 132 and 210: the DRM device that display controllers, encoders and engines share, host1x above them, and the GPU, which is a device of its own.
 */
import type { DeviceFact, LayoutFact, MaskFact, QueueFact, Role } from "../fact.js";
import { NVIDIA_VIDEO_FACTS } from "./nvidia/video.js";
import {
  at,
  defaultMask,
  defaultSegmentSize,
  driver,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  sameMasks,
  segmentSize,
  variantMask,
} from "./shorthand.js";

const HOST1X = "drivers/gpu/host1x/dev.c";
const HOST1X_BUS = "drivers/gpu/host1x/bus.c";
const GEM = "drivers/gpu/drm/tegra/gem.c";
const PLANE = "drivers/gpu/drm/tegra/plane.c";
const DC = "drivers/gpu/drm/tegra/dc.c";
const NOUVEAU = "drivers/gpu/drm/nouveau/nouveau_platform.c";
const NOUVEAU_TEGRA = "drivers/gpu/drm/nouveau/nvkm/engine/device/tegra.c";

/** Mask of host1x, which everything below it inherits; `dataLine` is the variant's. */
function hostMask(dataLine: number): MaskFact {
  return {
    kind: "set",
    candidates: ["0xffffffff", "0x3ffffffff"],
    when: ["no IOMMU serves host1x", "an IOMMU serves host1x"],
    byIommu: ["no-iommu", "iommu"],
    sources: [at(HOST1X, 475), at(HOST1X, dataLine), at(HOST1X, 477)],
  };
}

/** A chip: its host1x, and the line with that one's mask. */
type Chip = readonly [host: string, maskLine: number];

const TEGRA124: Chip = ["nvidia,tegra124-host1x", 121];
const TEGRA210: Chip = ["nvidia,tegra210-host1x", 136];

/** Pages in a domain of the driver where host1x is behind an IOMMU, else one piece. */
const BUFFERS: readonly QueueFact[] = [
  {
    queue: "gem",
    kind: "own",
    when: "iommu",
    allocates: "scattered",
    accepts: "scattered",
    sources: [at(GEM, 380), at(GEM, 349), at(GEM, 484)],
  },
  {
    queue: "gem",
    kind: "own",
    when: "no-iommu",
    allocates: "contiguous",
    accepts: "contiguous",
    sources: [at(GEM, 393), at(PLANE, 162)],
  },
];

const LINEAR: LayoutFact = {
  fourcc: "*",
  modifier: "LINEAR",
  strideAlign: 64,
  sources: [at(GEM, 535), at(DC, 2918), at(DC, 2941)],
};

const FETCHES_NOTE =
  "The DRM device has no node: it hangs below host1x and has its masks (bus.c:448), and dma-bufs are mapped for it and for the engine that reads them.";
const ENCODER_NOTE = `Fetches no picture itself. ${FETCHES_NOTE}`;

/** Blocks of the DRM device of a chip. */
function blocks(
  [host, maskLine]: Chip,
  file: string,
  role: Role,
  rows: MatchRows,
  more: Pick<DeviceFact, "note"> & Partial<Pick<DeviceFact, "layouts">>,
): readonly DeviceFact[] {
  return rows.map(([name, line]) =>
    reviewedFact(name, driver("tegra-drm", `drivers/gpu/drm/tegra/${file}`, line), {
      role,
      appliesTo: { virtual: "drm", configuredFrom: host },
      ...sameMasks(hostMask(maskLine), segmentSize(0xffffffff, HOST1X_BUS, 456)),
      buffers: BUFFERS,
      pictureQueue: "gem",
      import: { prime: true },
      export: { dumb: true, gem: true, cpuMapping: "write-combined" },
      mmu: "manages-iommu-domain",
      layouts: [LINEAR],
      confidence: "B",
      ...more,
    }),
  );
}

/** Command processor above the engines: it reads commands, never pictures. */
function host1x([name, maskLine]: Chip, line: number): DeviceFact {
  return reviewedFact(name, driver("host1x", HOST1X, line), {
    role: "other",
    ...sameMasks(hostMask(maskLine), segmentSize(0xffffffff, HOST1X, 585)),
    buffers: [],
    mmu: "manages-iommu-domain",
    confidence: "B",
    note: "Reads command lists. The device that shares pictures is named by a display controller below it.",
  });
}

/** GPU under nouveau. */
function gpu(name: string, line: number, bitLine: number): DeviceFact {
  return reviewedFact(name, driver("nouveau", NOUVEAU, line), {
    role: "gpu",
    dmaMask: variantMask("0x3ffffffff", NOUVEAU_TEGRA, 299, at(NOUVEAU, bitLine)),
    coherentDmaMask: defaultMask(NOUVEAU, 24),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "gem",
        kind: "ttm",
        sources: [at("drivers/gpu/drm/nouveau/nouveau_ttm.c", 302), at("drivers/gpu/drm/nouveau/nouveau_prime.c", 39)],
      },
    ],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    mmu: "device",
    layouts: [
      {
        fourcc: "*",
        modifier: "LINEAR",
        strideAlign: 256,
        sources: [at("drivers/gpu/drm/nouveau/nouveau_display.c", 852)],
      },
    ],
    confidence: "B",
    note: "Pictures go through the GPU's own page tables; the IOMMU serves its internal structures alone. 256 bytes are what dumb buffers get.",
  });
}

/** Facts of the Tegra family. */
export const NVIDIA_FACTS: readonly DeviceFact[] = [
  host1x(TEGRA210, 291),
  host1x(TEGRA124, 292),
  ...blocks(TEGRA210, "dc.c", "display", [["nvidia,tegra210-dc", 3067]], { note: FETCHES_NOTE }),
  ...blocks(TEGRA124, "dc.c", "display", [["nvidia,tegra124-dc", 3070]], { note: FETCHES_NOTE }),
  ...blocks(TEGRA210, "vic.c", "scaler", [["nvidia,tegra210-vic", 440]], { note: FETCHES_NOTE, layouts: [] }),
  ...blocks(TEGRA124, "vic.c", "scaler", [["nvidia,tegra124-vic", 439]], { note: FETCHES_NOTE, layouts: [] }),
  ...blocks(TEGRA210, "nvdec.c", "codec", [["nvidia,tegra210-nvdec", 414]], {
    note: `Decodes for programs that write its command lists; there is no V4L2 node. ${FETCHES_NOTE}`,
    layouts: [],
  }),
  ...blocks(
    TEGRA210,
    "sor.c",
    "display",
    [
      ["nvidia,tegra210-sor1", 3632],
      ["nvidia,tegra210-sor", 3633],
    ],
    { note: ENCODER_NOTE },
  ),
  ...blocks(TEGRA124, "sor.c", "display", [["nvidia,tegra124-sor", 3635]], { note: ENCODER_NOTE }),
  ...blocks(TEGRA210, "dsi.c", "display", [["nvidia,tegra210-dsi", 1691]], { note: ENCODER_NOTE }),
  ...blocks(TEGRA124, "hdmi.c", "display", [["nvidia,tegra124-hdmi", 1759]], { note: ENCODER_NOTE }),
  ...blocks(TEGRA210, "dpaux.c", "display", [["nvidia,tegra210-dpaux", 687]], { note: ENCODER_NOTE }),
  ...blocks(TEGRA124, "dpaux.c", "display", [["nvidia,tegra124-dpaux", 688]], { note: ENCODER_NOTE }),
  gpu("nvidia,gk20a", 66, 48),
  gpu("nvidia,gm20b", 70, 53),
  ...NVIDIA_VIDEO_FACTS,
];
