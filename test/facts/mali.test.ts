import { describe, expect, it } from "vitest";
import { MALI_FACTS } from "../../src/facts/reviewed/mali.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const LIMA = {
  module: "lima",
  appliesTo: "self",
  masks: "default, exact 0xffffffff",
  segment: "4294967295",
  queues: "gem gem-shmem dma32",
  mmu: "device",
};
const PANFROST = {
  module: "panfrost",
  appliesTo: "self",
  masks: "runtime 0xffffffffff, runtime 0xffffffffff",
  segment: "4294967295",
  queues: "gem gem-shmem",
  mmu: "device",
};

const cases = [
  // lima_device.c:360 coherent only, :361 segment; lima_gem.c:127 DMA32 pages
  { compatible: "arm,mali-400", fact: LIMA },
  { compatible: "arm,mali-450", fact: LIMA },
  // panfrost_gpu.c:478 width from the MMU features register, :483 segment
  { compatible: "arm,mali-t720", fact: PANFROST },
  { compatible: "arm,mali-t860", fact: PANFROST },
  { compatible: "arm,mali-bifrost", fact: PANFROST },
  { compatible: "arm,mali-valhall-jm", fact: PANFROST },
  { compatible: "amlogic,meson-g12a-mali", fact: PANFROST },
  // panthor_gpu.c:213 width from the MMU features register, :211 segment
  { compatible: "arm,mali-valhall-csf", fact: { ...PANFROST, module: "panthor" } },
  { compatible: "rockchip,rk3588-mali", fact: { ...PANFROST, module: "panthor" } },
];

describe("Mali facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(MALI_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("state the width of an MMU only where the driver limits it", () => {
    const bits = (compatible: string) => factOf(MALI_FACTS, compatible).mmuOutputBits;
    expect(bits("arm,mali-450")).toBe(32); // lima_vm.c: 32-bit entries
    expect(bits("arm,mali-t860")).toBe(40); // io-pgtable-arm.c:1174
    expect(bits("arm,mali-valhall-csf")).toBeUndefined();
  });

  it("give no dumb buffers: a GPU without display has none", () => {
    expect(MALI_FACTS.map((fact) => fact.export?.dumb)).toEqual(MALI_FACTS.map(() => false));
  });
});
