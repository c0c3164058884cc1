import { describe, expect, it } from "vitest";
import { factOf, oneDriver } from "./tiny-kernel.js";

describe("loops", () => {
  it("of a macro are loops: what leaves them does not leave the function", () => {
    const probe = `for_each_child_of_node(dev->of_node, node) { if (!check(node)) continue; break; }
      list_for_each_entry(a, b, list)
        use(a);
      dma_set_mask(dev, DMA_BIT_MASK(40));`;
    expect(factOf(oneDriver("", probe), "test,one").dmaMask).toMatchObject({ kind: "exact", value: "0xffffffffff" });
  });

  it("that try a table of masks take its first", () => {
    const before = "static const int bits[] = { 48, 32 };";
    const probe = `int i;
      for (i = 0; i < ARRAY_SIZE(bits); i++)
        if (!dma_set_mask(dev, DMA_BIT_MASK(bits[i]))) break;`;
    expect(factOf(oneDriver(before, probe), "test,one").dmaMask).toMatchObject({ value: "0xffffffffffff" });
  });
});
