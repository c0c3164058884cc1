import { describe, expect, it } from "vitest";
import { conditionWords } from "../../tools/facts/rules/condition-words.js";

const test = (text: string, holds = true) => ({ text, holds, file: "x.c", line: 1, hardware: false });

describe("what a value hangs on", () => {
  const cases: readonly [string, boolean, string][] = [
    ["host->flags & SDHCI_USE_64_BIT_DMA", true, "SDHCI_USE_64_BIT_DMA in host->flags"],
    ["host->flags & SDHCI_USE_64_BIT_DMA", false, "no SDHCI_USE_64_BIT_DMA in host->flags"],
    ["!(host->flags & (USE_SDMA | USE_ADMA))", true, "no USE_SDMA or USE_ADMA in host->flags"],
    ["host->flags & (USE_SDMA | USE_ADMA)", true, "USE_SDMA or USE_ADMA in host->flags"],
    ['of_property_read_bool(np, "little-endian")', false, "no property little-endian"],
    ["IS_ENABLED(CONFIG_64BIT)", true, "CONFIG_64BIT"],
    ["!priv->iommu", true, "no priv->iommu"],
    ["(size == 2)", true, "size == 2"],
    ["addr_config == 1", false, "not (addr_config == 1)"],
    ["GEM_BFEXT(DAW64, gem_readl(bp, DCFG6))", true, "what GEM_BFEXT, DAW64, gem_readl, bp, DCFG6 say"],
  ];
  for (const [text, holds, words] of cases) {
    it(`${holds ? "" : "not "}${text}`, () => expect(conditionWords([test(text, holds)])).toBe(words));
  }

  it("is told by the tests nearest to the call, each once", () => {
    const tests = [test("a"), test("b == 1"), test("CAP & WIDE"), test("b == 1")];
    expect(conditionWords(tests)).toBe("b == 1, and WIDE in CAP");
  });
});
