import { describe, expect, it } from "vitest";
import { parseCmaOption, parseCmdline, parseMemSize } from "../../src/boot/cmdline.js";

describe("parseMemSize", () => {
  const cases = [
    ["64M", 0x400_0000, ""],
    ["0x4000000", 0x400_0000, ""],
    ["0X10k", 0x4000, ""],
    ["010", 8, ""],
    ["1G@0", 0x4000_0000, "@0"],
    ["2T", 2 * 2 ** 40, ""],
    ["9E", Number.MAX_SAFE_INTEGER, ""],
    ["0", 0, ""],
  ] as const;
  for (const [text, value, rest] of cases) {
    it(`reads ${text}`, () => expect(parseMemSize(text)).toEqual({ value, rest, found: true }));
  }
  it("reads 0 where there is no number", () => {
    expect(parseMemSize("-5")).toEqual({ value: 0, rest: "-5", found: false });
  });
});

describe("parseCmaOption", () => {
  it("reads a size", () => expect(parseCmaOption("64M")).toEqual({ size: 0x400_0000, base: 0, limit: 0 }));
  it("makes SIZE@BASE end at 2^53 - 1 where the sum is larger", () => {
    expect(parseCmaOption("64M@8P")).toEqual({ size: 0x400_0000, base: 2 ** 53 - 1, limit: 2 ** 53 - 1 });
  });

  it("makes SIZE@BASE end where the size ends", () => {
    expect(parseCmaOption("64M@0x60000000")).toEqual({ size: 0x400_0000, base: 0x6000_0000, limit: 0x6400_0000 });
  });
  it("reads a range", () => {
    expect(parseCmaOption("64M@0-8G")).toEqual({ size: 0x400_0000, base: 0, limit: 0x2_0000_0000 });
  });
  it("keeps base and limit of an earlier option that this one does not replace", () => {
    const first = parseCmaOption("64M@0x60000000");
    expect(parseCmaOption("32M", first)).toEqual({ size: 0x200_0000, base: 0x6000_0000, limit: 0x6400_0000 });
  });
});

describe("parseCmdline", () => {
  it("sets nothing for a line without its parameters", () => {
    expect(parseCmdline("console=ttyS0 quiet")).toEqual({
      cma: null,
      mem: null,
      coherentPool: null,
      swiotlb: null,
      iommuPassthrough: null,
      cmaPernuma: null,
      numaCma: new Map(),
      errors: [],
    });
  });

  it("reads what decides about DMA memory", () => {
    const line =
      "mem=1G coherent_pool=2M swiotlb=32768,force iommu.passthrough=1 cma_pernuma=32M numa_cma=0:16M,2:0x1000000 cma=8M";
    expect(parseCmdline(line)).toEqual({
      cma: { size: 0x80_0000, base: 0, limit: 0 },
      mem: 0x4000_0000,
      coherentPool: 0x20_0000,
      swiotlb: { slots: 32768, mode: "force", unread: "" },
      iommuPassthrough: true,
      cmaPernuma: 0x200_0000,
      numaCma: new Map([
        [0, 0x100_0000],
        [2, 0x100_0000],
      ]),
      errors: [],
    });
  });

  it("lets the last one win", () => expect(parseCmdline("cma=32M cma=96M").cma?.size).toBe(0x600_0000));
  it("takes - and _ in a name for the same", () =>
    expect(parseCmdline("coherent-pool=1M").coherentPool).toBe(0x10_0000));
  it("stops at --", () => expect(parseCmdline("-- cma=32M").cma).toBeNull());
  it("keeps spaces in quotes", () =>
    expect(parseCmdline('dyndbg="file x +p cma=1M" cma="32M"').cma?.size).toBe(0x200_0000));
  it("reads swiotlb without a size", () =>
    expect(parseCmdline("swiotlb=noforce").swiotlb).toEqual({ slots: null, mode: "noforce", unread: "" }));
  it("adds up what every swiotlb says", () =>
    expect(parseCmdline("swiotlb=512,force swiotlb=2000").swiotlb).toEqual({ slots: 2048, mode: "force", unread: "" }));
  it("reads switches by their first letters", () => {
    expect(parseCmdline("iommu.passthrough=off").iommuPassthrough).toBe(false);
    expect(parseCmdline("iommu.passthrough=yes").iommuPassthrough).toBe(true);
  });

  it("reports what it cannot read and goes on", () => {
    const { errors, cma, mem } = parseCmdline("cma mem=lots numa_cma=a:1M iommu.passthrough=maybe cma=16M");
    expect(errors).toEqual([
      { parameter: "cma", text: "cma", reason: "no-value" },
      { parameter: "mem", text: "mem=lots", reason: "not-a-size" },
      { parameter: "numa_cma", text: "numa_cma=a:1M", reason: "not-a-node-list" },
      { parameter: "iommu.passthrough", text: "iommu.passthrough=maybe", reason: "not-a-switch" },
    ]);
    expect(cma?.size).toBe(0x100_0000);
    expect(mem).toBe(0);
  });

  it("reads numa_cma up to the first node that no kernel has", () => {
    const { numaCma, errors } = parseCmdline("numa_cma=1023:1M,1024:2M,3:4M");
    expect([...numaCma]).toEqual([[1023, 0x10_0000]]);
    expect(errors).toEqual([
      { parameter: "numa_cma", text: "numa_cma=1023:1M,1024:2M,3:4M", reason: "not-a-node-list" },
    ]);
  });
});
