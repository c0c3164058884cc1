import { describe, expect, it } from "vitest";
import { Random } from "../../src/testing/random.js";
import { driverText, factsOf } from "./tiny-kernel.js";

const TEXT = driverText(
  `/* head */
   #include "foo.h"
   #define FOO(x) { .mask = DMA_BIT_MASK(x) }
   struct foo_data { u64 mask; const struct foo_ops *ops; };
   static const struct foo_data data[] = { [0] = FOO(40), [1] = { .mask = ~0ULL } };
   #ifdef CONFIG_FOO
   static int set(struct device *dev, u64 mask) { switch (mask) { case 1: return 0; default: break; } return dma_set_mask(dev, mask); }
   #else
   static int set(struct device *dev, u64 mask) { return 0; }
   #endif`,
  `const struct foo_data *d = of_device_get_match_data(dev);
   if (d) { ret = set(dev, d->mask); if (ret) goto err; }
   for_each_child_of_node(dev->of_node, np) { if (!np) continue; }
   err: ret = "x\\"y"[0];`,
  ["&data[0]", "&data[1]"],
);

/** Facts of a driver whose text is this; whatever comes of it is right, as long as it comes. */
function read(text: string): number {
  return factsOf({ "drivers/net/Makefile": "obj-m += foo.o\n", "drivers/net/foo.c": text, "drivers/net/foo.h": text })
    .size;
}

describe("a source that is cut off or garbled", () => {
  it("is whole to begin with", () => expect(read(TEXT)).toBe(2));

  it("never stops the generator where it is cut off", () => {
    for (let end = 0; end < TEXT.length; end += 7) expect(read(TEXT.slice(0, end))).toBeLessThanOrEqual(2);
  });

  it("never stops the generator where pieces are missing, doubled or changed", () => {
    const random = new Random(612);
    for (let i = 0; i < 120; i += 1) {
      const [a, b] = [random.below(TEXT.length), random.below(TEXT.length)];
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const texts = [
        TEXT.slice(0, from) + TEXT.slice(to),
        TEXT.slice(0, to) + TEXT.slice(from),
        TEXT.slice(0, from) + "(){}[];\"'#\n/*\\&".charAt(random.below(15)) + TEXT.slice(from + 1),
      ];
      for (const text of texts) expect(read(text)).toBeLessThanOrEqual(2);
    }
  });
});
