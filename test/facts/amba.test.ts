import { describe, expect, it } from "vitest";
import { AMBA_FACTS } from "../../src/facts/reviewed/amba.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const PLAIN = { appliesTo: "self", masks: "default, default", segment: "default", queues: "", mmu: "none" };
const WIDTHS = "runtime 0xffffffff|0xffffffffff|0xfffffffffff|0xffffffffffff|0xfffffffffffff";
const WIDER = `${WIDTHS}|0xffffffffffffff|0xffffffffffffffff`;

const cases = [
  // amba-pl011.c:371 allocates for the channel's device
  { compatible: "arm,pl011", fact: { ...PLAIN, module: "amba-pl011", appliesTo: "dma-channel" } },
  // spi-pl022.c:931
  { compatible: "arm,pl022", fact: { ...PLAIN, module: "spi-pl022", appliesTo: "dma-channel" } },
  // amba-pl08x.c:2707
  {
    compatible: "arm,pl080",
    fact: { ...PLAIN, module: "amba-pl08x", masks: "exact 0xffffffff, exact 0xffffffff" },
  },
  // mmci.c:1060 maps for the channel's device; mmci_stm32_sdmmc.c:147 for the host
  { compatible: "arm,pl180", fact: { ...PLAIN, module: "mmci", appliesTo: "dma-channel" } },
  { compatible: "arm,pl18x", fact: { ...PLAIN, module: "mmci", segment: "runtime" } },
  // coresight-tmc-core.c:431-443: 32, 40, 44, 48 or 52 bits
  { compatible: "arm,coresight-tmc", fact: { ...PLAIN, module: "coresight-tmc", masks: `${WIDTHS}, ${WIDTHS}` } },
  // coresight-catu.c:541-553: 56 and 64 too
  {
    compatible: "arm,coresight-catu",
    fact: { ...PLAIN, module: "coresight-catu", masks: `${WIDER}, ${WIDER}`, mmu: "device" },
  },
  { compatible: "arm,coresight-etm4x", fact: { ...PLAIN, module: "coresight-etm4x" } },
];

describe("facts of AMBA cells", () => {
  it.each(cases)("of $compatible", ({ compatible, fact }) => {
    expect(summarize(factOf(AMBA_FACTS, compatible))).toEqual(fact);
  });

  it("say that no trace block takes a memory-region", () => {
    // Nothing in drivers/hwtracing/coresight/ of Linux 6.12 reads the property
    const traces = AMBA_FACTS.filter(({ driver }) => driver.module.startsWith("coresight-"));
    expect(traces.length).toBe(10);
    expect(new Set(traces.map(({ memoryRegionUse }) => memoryRegionUse))).toEqual(new Set(["none"]));
  });
});
