import { describe, expect, it } from "vitest";
import { countFree } from "../../src/algorithms/bitmap.js";
import { atomicPoolOrders, capacityOf, occupancyAfterBoot } from "../../src/heaps/occupancy.js";
import { type MemorySource, sourcesOf } from "../../src/heaps/source.js";
import type { Machine, ReservedRegion } from "../../src/machine/machine.js";
import { type BoardSpec, board, device, range, ranges, region } from "../machine-builder.js";

const MIB = 2 ** 20;

function source(machine: Machine, id: string): MemorySource {
  const found = sourcesOf(machine).find((s) => s.id === id);
  if (found === undefined) throw new Error(`no source ${id}`);
  return found;
}

/** A board with 2 GiB and one region that a device is bound to. */
function bound(name: string, kind: ReservedRegion["kind"], where: string): BoardSpec {
  return { ram: "0x40000000+2G", regions: [region(name, kind, where)], devices: [device("vpu", { regions: [name] })] };
}

/** Buffers of `pages` pages that a source holds after boot, the largest single one, and what one takes; in pages. */
function capacity(
  about: BoardSpec,
  id: string,
  pages: number,
  count: number,
): { fits: number; largest: number; taken: number } {
  const machine = board(about);
  const { pageSize } = machine.profile;
  const from = source(machine, id);
  const { fits, largest, taken } = capacityOf(
    machine,
    from,
    occupancyAfterBoot(machine, from),
    pages * pageSize,
    count,
  );
  return { fits, largest: largest / pageSize, taken: taken / pageSize };
}

describe("what boot takes from the default area", () => {
  const cases: readonly {
    readonly name: string;
    readonly about: BoardSpec;
    readonly area: string;
    readonly pools: readonly number[];
  }[] = [
    {
      name: "2 GiB on arm64: three pools of 64 pages",
      about: { ram: "0x40000000+2G", cma: "0xb0000000+48M" },
      area: "0xb0000000+48M",
      pools: [6, 6, 6],
    },
    {
      name: "1 GiB: three of 32",
      about: { ram: "0x40000000+1G", cma: "0x70000000+48M" },
      area: "0x70000000+48M",
      pools: [5, 5, 5],
    },
    {
      name: "256 MiB: no less than 128 KiB each",
      about: { ram: "0x40000000+256M", cma: "0x48000000+16M" },
      area: "0x48000000+16M",
      pools: [5, 5, 5],
    },
    {
      name: "a page less than 2 GiB: the same, the size is rounded up",
      about: { ram: "0x40000000+2097148K", cma: "0xb0000000+48M" },
      area: "0xb0000000+48M",
      pools: [6, 6, 6],
    },
    {
      name: "a page more than 2 GiB: the same, the quotient is rounded down",
      about: { ram: "0x40000000+2097156K", cma: "0xb0000000+48M" },
      area: "0xb0000000+48M",
      pools: [6, 6, 6],
    },
    {
      name: "64 GiB: no more than the largest block",
      about: { ram: "0x40000000+64G", cma: "0xb0000000+48M" },
      area: "0xb0000000+48M",
      pools: [10, 10, 10],
    },
    {
      name: "an area above the first zone: not for that zone",
      about: { ram: "0x40000000+2G", zoneDmaEnd: 0x8000_0000 },
      area: "0xb0000000+48M",
      pools: [6, 6],
    },
    {
      name: "an area that ends with the first zone: for it too",
      about: { ram: "0x40000000+2G", zoneDmaEnd: 0xb300_0000 },
      area: "0xb0000000+48M",
      pools: [6, 6, 6],
    },
    {
      name: "an area above 4 GiB: only the kernel's own",
      about: { ram: "0x40000000+3G,0x100000000+1G" },
      area: "0x100000000+48M",
      pools: [7],
    },
    {
      name: "an area above 4 GiB in a first zone that goes as far: all three",
      about: { ram: "0x800000000+2G", zoneDmaEnd: 0x8_8000_0000 },
      area: "0x840000000+48M",
      pools: [6, 6, 6],
    },
    {
      name: "arm: a single one of 256 KiB",
      about: { ram: "0x40000000+1G", arch: "arm" },
      area: "0x70000000+48M",
      pools: [6],
    },
    {
      name: "riscv: no first zone",
      about: { ram: "0x40000000+2G", arch: "riscv" },
      area: "0x70000000+48M",
      pools: [6, 6],
    },
    {
      name: "coherent_pool=1M: three of 256",
      about: { ram: "0x40000000+1G", commandLine: "quiet coherent_pool=1M" },
      area: "0x70000000+48M",
      pools: [8, 8, 8],
    },
    {
      name: "coherent_pool=1M on arm",
      about: { ram: "0x40000000+1G", arch: "arm", commandLine: "coherent_pool=1M" },
      area: "0x70000000+48M",
      pools: [8],
    },
    {
      name: "coherent_pool=64M: no more than the largest block",
      about: { ram: "0x40000000+1G", commandLine: "coherent_pool=64M" },
      area: "0x70000000+48M",
      pools: [10, 10, 10],
    },
  ];
  for (const { name, about, area, pools } of cases)
    it(name, () => expect(atomicPoolOrders(board(about), range(area))).toEqual(pools));

  // The captured arm64 guest with 2 GiB and a default area of 48 MiB: the first 192 pages were taken before anything else.
  it("is its first 192 pages on a 2 GiB board", () => {
    const machine = board({ ram: "0x40000000+2G", cma: "0xbd000000+48M" });
    const { map } = occupancyAfterBoot(machine, source(machine, "cma:default"))!;
    expect([map.length, countFree(map), map.words.slice(0, 6).every((w) => w === 0xffffffff), map.words[6]]).toEqual([
      12288,
      12096,
      true,
      0,
    ]);
  });
  it("is nothing of an area that belongs to a device", () => {
    const machine = board(bound("area", "cma", "0x60000000+16M"));
    expect(countFree(occupancyAfterBoot(machine, source(machine, "cma:area"))!.map)).toBe(4096);
  });
  it("leaves out a pool that finds no room", () => {
    const machine = board({ ram: "0x40000000+2G", cma: "0x60000000+2M", commandLine: "coherent_pool=1M" });
    expect(countFree(occupancyAfterBoot(machine, source(machine, "cma:default"))!.map)).toBe(0);
  });
  it("is kept for no source made of pages", () => {
    const machine = board({ ram: "0x40000000+1G" });
    expect(
      ["system", "dma32-pages", "udmabuf", "page-block"].map((id) => occupancyAfterBoot(machine, source(machine, id))),
    ).toEqual([null, null, null, null]);
  });
});

describe("how many buffers a source holds", () => {
  const area = (size: string, base = "0x60000000"): BoardSpec => bound("area", "cma", `${base}+${size}`);
  const pool = (size: string): BoardSpec => bound("pool", "coherent-pool", `0x60000000+${size}`);
  const bounce = (where: string): BoardSpec => bound("bounce", "restricted-pool", where);
  const cases: readonly {
    readonly name: string;
    readonly about: BoardSpec;
    readonly id: string;
    readonly pages: number;
    readonly count: number;
    readonly want: { readonly fits: number; readonly largest: number; readonly taken: number };
  }[] = [
    {
      name: "a CMA area: aligned first fit, 16 of 151 pages in 4096",
      about: area("16M"),
      id: "cma:area",
      pages: 151,
      count: 100,
      want: { fits: 16, largest: 4096, taken: 151 },
    },
    {
      name: "no more than were asked for",
      about: area("16M"),
      id: "cma:area",
      pages: 151,
      count: 3,
      want: { fits: 3, largest: 4096, taken: 151 },
    },
    {
      name: "a CMA area: all of it at once",
      about: area("16M"),
      id: "cma:area",
      pages: 4096,
      count: 1,
      want: { fits: 1, largest: 4096, taken: 4096 },
    },
    {
      name: "a CMA area: not a page more",
      about: area("16M"),
      id: "cma:area",
      pages: 4097,
      count: 1,
      want: { fits: 0, largest: 4096, taken: 4097 },
    },
    {
      name: "the default area: behind the atomic pools, from the next 1 MiB on",
      about: { ram: "0x40000000+2G", cma: "0xbd000000+48M" },
      id: "cma:default",
      pages: 12032,
      count: 1,
      want: { fits: 1, largest: 12032, taken: 12032 },
    },
    {
      name: "a small default area: short requests are aligned to less",
      about: { ram: "0x40000000+2G", cma: "0xbd000000+1M" },
      id: "cma:default",
      pages: 64,
      count: 2,
      want: { fits: 1, largest: 64, taken: 64 },
    },
    {
      name: "a coherent pool: in powers of two",
      about: pool("64K"),
      id: "coherent-pool:pool",
      pages: 3,
      count: 9,
      want: { fits: 4, largest: 16, taken: 4 },
    },
    {
      name: "a coherent pool of 6 pages: not 5",
      about: pool("24K"),
      id: "coherent-pool:pool",
      pages: 5,
      count: 1,
      want: { fits: 0, largest: 4, taken: 5 },
    },
    {
      name: "a coherent pool of 16 MiB: not 9 MiB twice",
      about: pool("16M"),
      id: "coherent-pool:pool",
      pages: 2304,
      count: 2,
      want: { fits: 1, largest: 4096, taken: 4096 },
    },
    {
      name: "a restricted pool: up to a segment",
      about: bounce("0x60000000+1M"),
      id: "restricted-pool:bounce",
      pages: 64,
      count: 9,
      want: { fits: 4, largest: 64, taken: 64 },
    },
    {
      name: "a restricted pool: no more",
      about: bounce("0x60000000+1M"),
      id: "restricted-pool:bounce",
      pages: 65,
      count: 1,
      want: { fits: 0, largest: 64, taken: 65 },
    },
    {
      name: "a restricted pool off 256 KiB: up to what is left of the segment",
      about: bounce("0x60010000+1M"),
      id: "restricted-pool:bounce",
      pages: 64,
      count: 1,
      want: { fits: 0, largest: 32, taken: 64 },
    },
    {
      name: "a restricted pool whose segments start early: no power of two",
      about: bounce("0x60030000+1M"),
      id: "restricted-pool:bounce",
      pages: 48,
      count: 9,
      want: { fits: 4, largest: 48, taken: 48 },
    },
    {
      name: "a restricted pool: runs of half a segment start on half a segment",
      about: bounce("0x60000000+512K"),
      id: "restricted-pool:bounce",
      pages: 17,
      count: 9,
      want: { fits: 4, largest: 64, taken: 17 },
    },
    {
      name: "a page block: in powers of two, aligned",
      about: { ram: "0x40000000+16M" },
      id: "page-block",
      pages: 600,
      count: 9,
      want: { fits: 4, largest: 1024, taken: 1024 },
    },
    {
      name: "a page block: 4 MiB at most",
      about: { ram: "0x40000000+16M" },
      id: "page-block",
      pages: 1025,
      count: 1,
      want: { fits: 0, largest: 1024, taken: 2048 },
    },
    {
      name: "page blocks where pages are left: only aligned ones",
      about: { ram: "0x40000000+16M", pages: "0x40001000+4M" },
      id: "page-block",
      pages: 512,
      count: 9,
      want: { fits: 1, largest: 512, taken: 512 },
    },
    {
      name: "page blocks where hardly a page is left",
      about: { ram: "0x40000000+16M", pages: "0x40001000+8K" },
      id: "page-block",
      pages: 2,
      count: 1,
      want: { fits: 0, largest: 1, taken: 2 },
    },
    {
      name: "no page block without pages",
      about: { ram: "0x40000000+16M", pages: "" },
      id: "page-block",
      pages: 1,
      count: 1,
      want: { fits: 0, largest: 0, taken: 1 },
    },
    {
      name: "pages: as long as there are any",
      about: { ram: "0x40000000+16M" },
      id: "system",
      pages: 1000,
      count: 9,
      want: { fits: 4, largest: 4096, taken: 1000 },
    },
    {
      name: "pages: not more than all",
      about: { ram: "0x40000000+16M" },
      id: "system",
      pages: 4097,
      count: 1,
      want: { fits: 0, largest: 4096, taken: 4097 },
    },
    {
      name: "udmabuf: 64 MiB each",
      about: { ram: "0x40000000+1G" },
      id: "udmabuf",
      pages: 16384,
      count: 3,
      want: { fits: 3, largest: 16384, taken: 16384 },
    },
    {
      name: "udmabuf: not a page more",
      about: { ram: "0x40000000+1G" },
      id: "udmabuf",
      pages: 16385,
      count: 1,
      want: { fits: 0, largest: 16384, taken: 16385 },
    },
    {
      name: "udmabuf on a small board: no more than RAM",
      about: { ram: "0x40000000+16M" },
      id: "udmabuf",
      pages: 4097,
      count: 1,
      want: { fits: 0, largest: 4096, taken: 4097 },
    },
  ];
  for (const { name, about, id, pages, count, want } of cases)
    it(name, () => expect(capacity(about, id, pages, count)).toEqual(want));

  it("rounds bytes up to pages", () => {
    const machine = board(area("16M"));
    const from = source(machine, "cma:area");
    const occupancy = occupancyAfterBoot(machine, from);
    expect(capacityOf(machine, from, occupancy, 12441600, 1)).toEqual({ fits: 1, largest: 16 * MIB, taken: 12443648 });
    expect(capacityOf(machine, from, occupancy, 1, 1)).toEqual({ fits: 1, largest: 16 * MIB, taken: 4096 });
  });
  it("counts 64 KiB pages as such", () => {
    expect(capacity({ ...pool("1M"), profile: { pageSize: 65536 } }, "coherent-pool:pool", 3, 9)).toEqual({
      fits: 4,
      largest: 16,
      taken: 4,
    });
  });
  it("takes page blocks from where they may come from only", () => {
    const machine = board({ ram: "0x40000000+16M" });
    const from = source(machine, "page-block");
    expect(capacityOf(machine, from, null, 2 * MIB, 9, ranges("0x40000000+4M"))).toEqual({
      fits: 2,
      largest: 4 * MIB,
      taken: 2 * MIB,
    });
  });
  it("leaves the free map as it was", () => {
    const machine = board(area("16M"));
    const from = source(machine, "cma:area");
    const occupancy = occupancyAfterBoot(machine, from)!;
    capacityOf(machine, from, occupancy, MIB, 5);
    expect(countFree(occupancy.map)).toBe(4096);
  });
});

describe("an occupancy", () => {
  it("aligns by order, up to 1 MiB", () => {
    const machine = board(bound("area", "cma", "0x60080000+16M"));
    const { alignOf, origin, unit } = occupancyAfterBoot(machine, source(machine, "cma:area"))!;
    expect([alignOf(1), alignOf(3), alignOf(256), alignOf(5000), origin, unit]).toEqual([1, 4, 256, 256, 128, 4096]);
  });
  it("aligns restricted slots by page and by order", () => {
    const machine = board(bound("bounce", "restricted-pool", "0x60001000+1M"));
    const { alignOf, origin, unit } = occupancyAfterBoot(machine, source(machine, "restricted-pool:bounce"))!;
    expect([alignOf(1), alignOf(3), alignOf(128), origin, unit]).toEqual([2, 4, 128, 2, 2048]);
  });
  it("of a carve-out starts anywhere", () => {
    const machine = board({ ram: "0x40000000+2G" });
    const carveout: MemorySource = {
      ...source(machine, "system"),
      id: "carveout:video",
      kind: "carveout",
      regions: [range("0x60001000+1M")],
      size: MIB,
      contiguous: true,
    };
    const occupancy = occupancyAfterBoot(machine, carveout)!;
    expect([occupancy.alignOf(100), occupancy.map.length]).toEqual([1, 256]);
    expect(capacityOf(machine, carveout, occupancy, 100 * 4096, 9)).toEqual({
      fits: 2,
      largest: MIB,
      taken: 100 * 4096,
    });
  });
  it("of a source without a region is nothing", () => {
    const machine = board({ ram: "0x40000000+2G" });
    expect(occupancyAfterBoot(machine, { ...source(machine, "system"), kind: "cma", regions: [] })).toBeNull();
  });
});

describe("at the end of the exact range", () => {
  const largest = Number.MAX_SAFE_INTEGER;

  it("what a buffer takes is 2^53 - 1 where rounding would go beyond", () => {
    const machine = board({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    for (const id of ["system", "page-block", "cma:default"]) {
      const from = source(machine, id);
      const { fits, taken } = capacityOf(machine, from, occupancyAfterBoot(machine, from), largest, 1);
      expect([id, fits, taken]).toEqual([id, 0, largest]);
    }
  });
  it("pages hold the blocks that fit below", () => {
    const machine: Machine = {
      ...board({ ram: "0x40000000+2G" }),
      pages: [{ base: 2 ** 53 - 0x6000, size: 0x5fff }],
    };
    const from = source(machine, "page-block");
    expect(capacityOf(machine, from, null, 8192, 9)).toEqual({ fits: 2, largest: 8192, taken: 8192 });
  });
});
