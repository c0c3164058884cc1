import { describe, expect, it } from "vitest";
import { DEBIAN_ARM64_6_12, DEBIAN_ARMMP_6_1 } from "../../src/boot/profile.js";
import { lowMemoryEnd, zoneBorders, zoneDmaLimit } from "../../src/boot/zones.js";
import { buildDeviceTree, cells, type TreeSpec } from "../../src/devicetree/build.js";

/** RAM 1 GiB up to 4 GiB and 4 GiB more. */
const BIG = [
  { base: 0x4000_0000, size: 0xc000_0000 },
  { base: 0x1_0000_0000, size: 0x1_0000_0000 },
];

const tree = (children: TreeSpec) => buildDeviceTree({ "#address-cells": 2, "#size-cells": 2, ...children });
const bus = (dmaRanges: Uint8Array, rest: TreeSpec = {}): TreeSpec => ({
  "#address-cells": 1,
  "#size-cells": 1,
  ranges: true,
  "dma-ranges": dmaRanges,
  ...rest,
});

describe("zoneDmaLimit on arm64", () => {
  const limit = (children: TreeSpec, banks = BIG) => zoneDmaLimit(tree(children), banks, "arm64");

  it("is 4 GiB when no bus has a window", () => expect(limit({})).toBe(0x1_0000_0000));
  it("is the end of RAM when that comes first", () => {
    expect(limit({}, [{ base: 0x4000_0000, size: 0x4000_0000 }])).toBe(0x8000_0000);
  });
  it("is the CPU end of a window, whatever its bus addresses", () => {
    expect(limit({ soc: bus(cells(0xc000_0000, 0, 0x4000_0000, 0x2000_0000)) })).toBe(0x6000_0000);
  });
  it("is the highest window of one bus and the lowest of several buses", () => {
    const two = cells(0, 0, 0x4000_0000, 0x1000_0000, 0x8000_0000, 0, 0x8000_0000, 0x2000_0000);
    expect(limit({ soc: bus(two) })).toBe(0xa000_0000);
    expect(limit({ soc: bus(two), other: bus(cells(0, 0, 0, 0x7000_0000)) })).toBe(0x7000_0000);
  });
  it("passes over a disabled bus with all below it", () => {
    const narrow = bus(cells(0, 0, 0, 0x5000_0000));
    expect(limit({ soc: { status: "disabled", ...bus(cells(0, 0, 0, 0x6000_0000), { inner: narrow }) } })).toBe(
      0x1_0000_0000,
    );
  });
  it("counts an enabled bus although nothing on it is", () => {
    expect(limit({ soc: bus(cells(0, 0, 0, 0x6000_0000), { dev: { status: "disabled" } }) })).toBe(0x6000_0000);
  });
  it("passes over an empty dma-ranges", () => expect(limit({ soc: { "dma-ranges": true } })).toBe(0x1_0000_0000));
  it("takes windows through the windows above them", () => {
    const inner = {
      "#address-cells": 1,
      "#size-cells": 1,
      ranges: true,
      "dma-ranges": cells(0, 0, 0x1000_0000),
    } as const;
    expect(limit({ soc: bus(cells(0, 0, 0x4000_0000, 0x4000_0000), { inner }) })).toBe(0x5000_0000);
  });
  it("wraps to almost nothing for a window that cannot be translated", () => {
    const inner = {
      "#address-cells": 1,
      "#size-cells": 1,
      ranges: true,
      "dma-ranges": cells(0, 0x9000_0000, 0x10_0000),
    } as const;
    expect(limit({ soc: bus(cells(0, 0, 0x4000_0000, 0x4000_0000), { inner }) })).toBe(0x10_0000 - 1);
  });
  it("goes beyond 4 GiB only where all RAM lies there", () => {
    const high = [{ base: 0x8_0000_0000, size: 0x1_0000_0000 }];
    expect(limit({}, high)).toBe(0x9_0000_0000);
  });
});

describe("zoneDmaLimit elsewhere", () => {
  const windows = tree({ soc: bus(cells(0, 0, 0x4000_0000, 0x2000_0000)) });
  it("is 16 MiB on x86", () => expect(zoneDmaLimit(windows, BIG, "x86")).toBe(0x100_0000));
  it("does not look at bus windows on riscv and arm", () => {
    expect(zoneDmaLimit(windows, BIG, "riscv")).toBe(0x1_0000_0000);
    expect(zoneDmaLimit(windows, BIG, "arm")).toBe(0x1_0000_0000);
  });
});

describe("low memory", () => {
  it("is all RAM where the profile has no bound", () =>
    expect(lowMemoryEnd(BIG, DEBIAN_ARM64_6_12)).toBe(0x2_0000_0000));
  it("is 768 MiB from the start of RAM on arm", () => expect(lowMemoryEnd(BIG, DEBIAN_ARMMP_6_1)).toBe(0x7000_0000));
  it("ends with the last bank that begins below the bound", () => {
    const holes = [
      { base: 0x4000_0000, size: 0x1000_0000 },
      { base: 0x6000_0000, size: 0x800_0000 },
      { base: 0x8000_0000, size: 0x2000_0000 },
    ];
    expect(lowMemoryEnd(holes, DEBIAN_ARMMP_6_1)).toBe(0x6800_0000);
  });
});

describe("zoneBorders", () => {
  it("are the DMA zone's end and 4 GiB", () => {
    expect(zoneBorders("arm64", 0x6000_0000, 0x2_0000_0000, 4096)).toEqual([0x6000_0000, 0x1_0000_0000]);
    expect(zoneBorders("arm64", 0x1_0000_0000, 0x2_0000_0000, 4096)).toEqual([0x1_0000_0000]);
  });
  it("are the end of low memory on arm", () =>
    expect(zoneBorders("arm", 0x7000_0000, 0x7000_0000, 4096)).toEqual([0x7000_0000]));
});
