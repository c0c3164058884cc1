import { describe, expect, it } from "vitest";
import { ZONE_DMA, ZONE_DMA32, ZONE_HIGHMEM, ZONE_NORMAL } from "../../../src/algorithms/zone-types.js";
import { ANY_ZONE, MachinePages } from "../../../src/simulate/memory/machine-pages.js";
import { type BoardSpec, board, device, region } from "../../machine-builder.js";

const pagesOf = (spec: BoardSpec): MachinePages => new MachinePages(board(spec), null);

const zonesOf = (spec: BoardSpec): readonly (readonly [number, string, string])[] =>
  pagesOf(spec).zones.map(({ type, startPfn, endPfn }) => [
    type,
    `0x${(startPfn * 4096).toString(16)}`,
    `0x${(endPfn * 4096).toString(16)}`,
  ]);

describe("the zones of a machine", () => {
  it("on arm64: DMA to where the most limited bus ends, DMA32 to 4 GiB, NORMAL", () => {
    expect(zonesOf({ ram: "0x40000000+5G", zoneDmaEnd: 0x80000000 })).toEqual([
      [ZONE_DMA, "0x0", "0x80000000"],
      [ZONE_DMA32, "0x80000000", "0x100000000"],
      [ZONE_NORMAL, "0x100000000", "0x180000000"],
    ]);
  });

  it("on arm64 with all RAM within reach of DMA: the others are empty", () => {
    expect(zonesOf({ ram: "0x40000000+1G" })).toEqual([
      [ZONE_DMA, "0x0", "0x80000000"],
      [ZONE_DMA32, "0x80000000", "0x80000000"],
      [ZONE_NORMAL, "0x80000000", "0x80000000"],
    ]);
  });

  it("on arm: low memory and high memory", () => {
    expect(zonesOf({ ram: "0x40000000+2G", arch: "arm", zoneDmaEnd: 0x70000000 })).toEqual([
      [ZONE_NORMAL, "0x0", "0x70000000"],
      [ZONE_HIGHMEM, "0x70000000", "0xc0000000"],
    ]);
  });

  it("on riscv: DMA32 and NORMAL", () => {
    expect(zonesOf({ ram: "0x80000000+4G", arch: "riscv" })).toEqual([
      [ZONE_DMA32, "0x0", "0x100000000"],
      [ZONE_NORMAL, "0x100000000", "0x180000000"],
    ]);
  });
});

describe("the highest zone below an address", () => {
  it("is the one whose last page lies below it", () => {
    const pages = pagesOf({ ram: "0x40000000+5G", zoneDmaEnd: 0x80000000 });
    expect([2 ** 33, 0x180000000].map((limit) => pages.zoneBelow(limit))).toEqual([ANY_ZONE, ANY_ZONE]);
    expect(pages.zoneBelow(2 ** 32)).toBe(ZONE_DMA32);
    expect(pages.zoneBelow(0x80000000)).toBe(ZONE_DMA);
    expect(pages.zoneBelow(0x7fffffff)).toBe(null);
  });

  it("passes by zones without a page", () => {
    expect(pagesOf({ ram: "0x40000000+1G" }).zoneBelow(0x80000000)).toBe(ANY_ZONE);
    expect(pagesOf({ ram: "0x100000000+1G", zoneDmaEnd: 0x140000000 }).zoneBelow(2 ** 32)).toBe(null);
  });
});

describe("free pages", () => {
  const spec: BoardSpec = { ram: "0x40000000+64M", cma: "0x42000000+16M" };

  it("do not count those of CMA areas, whether or not the allocator has been made", () => {
    const pages = pagesOf(spec);
    expect([pages.freePages(ANY_ZONE), pages.largestOrder(ANY_ZONE)]).toEqual([12288, 10]);
    expect(pages.allocator.freePageCount()).toBe(16384);
    expect([pages.freePages(ANY_ZONE), pages.largestOrder(ANY_ZONE)]).toEqual([12288, 10]);
  });

  it("the largest block is the same before and after the allocator has been made", () => {
    const odd = pagesOf({ ram: "0x40000000+64M", pages: "0x40001000+60K,0x40023000+20K" });
    expect(odd.largestOrder(ANY_ZONE)).toBe(3);
    expect(odd.allocator.largestOrder(ANY_ZONE, 0)).toBe(3);
  });
});

describe("areas that are lent", () => {
  it("are whole pageblocks of one zone, in use by the kernel", () => {
    const area = { eachTaken: () => undefined };
    const pages = pagesOf({
      ram: "0x40000000+256M",
      cma: "0x44000000+16M",
      regions: [region("odd", "cma", "0x48001000+2M"), region("given-up", "cma", "0x4a000000+2M")],
      devices: [device("a", { regions: ["odd", "given-up"] })],
      pages: "0x40000000+64M,0x49000000+112M",
    });
    expect(pages.join(0x44000000, 2 ** 24, area)).toBe(true);
    expect(pages.join(0x48001000, 2 ** 21, area)).toBe(false);
    expect(pages.join(0x4a000000, 2 ** 21, area)).toBe(false);
  });
});
