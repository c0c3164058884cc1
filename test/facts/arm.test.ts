import { describe, expect, it } from "vitest";
import { ARM_FACTS } from "../../src/facts/reviewed/arm.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DISPLAY = { appliesTo: "self", segment: "default", queues: "gem gem-dma", mmu: "none" };

const cases = [
  // hdlcd_drv.c:139, :230
  {
    compatible: "arm,hdlcd",
    fact: { ...DISPLAY, module: "hdlcd", masks: "exact 0xffffffff, exact 0xffffffff" },
  },
  // malidp_drv.c:693 and :929 set no mask, :564
  { compatible: "arm,mali-dp500", fact: { ...DISPLAY, module: "mali-dp", masks: "default, default" } },
  // pl111_drv.c:234 sets no mask, :226
  { compatible: "arm,pl111", fact: { ...DISPLAY, module: "pl111_drm", masks: "default, default" } },
];

describe("Arm display facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(ARM_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("allocate from a memory region, and import with one only where the driver does", () => {
    const said = (compatible: string) => {
      const { memoryRegionUse, import: imports } = factOf(ARM_FACTS, compatible);
      return [memoryRegionUse, imports?.prime];
    };
    expect(said("arm,hdlcd")).toEqual(["buffers", true]); // hdlcd_drv.c:135
    expect(said("arm,mali-dp500")).toEqual(["buffers", true]); // malidp_drv.c:759
    expect(said("arm,pl111")).toEqual(["buffers", false]); // pl111_drv.c:255, :207
  });

  it("state what the bus wants of a line", () => {
    const stride = (compatible: string) => factOf(ARM_FACTS, compatible).layouts?.[0]?.strideAlign;
    expect(stride("arm,mali-dp500")).toBe(8); // malidp_hw.c:971
    expect(stride("arm,mali-dp650")).toBe(16); // malidp_hw.c:1074
  });
});
