import { describe, expect, it } from "vitest";
import { NVIDIA_FACTS } from "../../src/facts/reviewed/nvidia.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const SHARED = {
  module: "tegra-drm",
  appliesTo: "drm from nvidia,tegra210-host1x",
  masks: "set 0xffffffff|0x3ffffffff, set 0xffffffff|0x3ffffffff",
  segment: "4294967295",
  queues: "gem own iommu scattered>scattered, gem own no-iommu contiguous>contiguous",
  mmu: "manages-iommu-domain",
};

const cases = [
  // host1x/dev.c:136 and :475 masks, bus.c:448 inherited, :456 segment; tegra/gem.c:380, :393; plane.c:162
  { compatible: "nvidia,tegra210-dc", fact: SHARED },
  { compatible: "nvidia,tegra210-vic", fact: SHARED },
  { compatible: "nvidia,tegra210-sor1", fact: SHARED },
  { compatible: "nvidia,tegra124-dc", fact: { ...SHARED, appliesTo: "drm from nvidia,tegra124-host1x" } },
  // host1x/dev.c:477, :585
  { compatible: "nvidia,tegra210-host1x", fact: { ...SHARED, module: "host1x", appliesTo: "self", queues: "" } },
  // tegra.c:299 streaming only, by nouveau_platform.c:53
  {
    compatible: "nvidia,gm20b",
    fact: {
      module: "nouveau",
      appliesTo: "self",
      masks: "variant 0x3ffffffff, default",
      segment: "default",
      queues: "gem ttm",
      mmu: "device",
    },
  },
];

describe("Tegra facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(NVIDIA_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("state pitches", () => {
    const stride = (compatible: string) => factOf(NVIDIA_FACTS, compatible).layouts?.[0]?.strideAlign;
    expect(stride("nvidia,tegra210-dc")).toBe(64); // tegra/dc.c:2941
    expect(stride("nvidia,gm20b")).toBe(256); // nouveau_display.c:852
  });
});
