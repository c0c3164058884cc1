import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BouncePool, type BouncePoolShape, NO_SLOTS } from "../../../src/simulate/mapping/bounce-pool.js";
import { maxBounceSize } from "../../../src/simulate/mapping/swiotlb.js";
import { makeWorld } from "../../../src/simulate/world.js";
import { board, bytes } from "../../machine-builder.js";

const NO_LIMITS = { minAlignMask: 0, segmentBoundaryMask: Number.POSITIVE_INFINITY };

function pool(shape: Partial<BouncePoolShape> = {}): BouncePool {
  const world = makeWorld(board({ ram: "0x40000000+4G" }));
  return new BouncePool(world, { heap: null, base: 0xf8000000, size: bytes("64M"), areas: 1, force: false, ...shape });
}

/** Takes slots for a copy of `size` bytes at `origin`. */
function take(from: BouncePool, origin: number, size: string, limits: Partial<typeof NO_LIMITS> = {}): number {
  return from.take(origin, bytes(size), 0, { ...NO_LIMITS, ...limits }, from.base as number);
}

describe("BouncePool", () => {
  it("keeps the low bits a device insists on, some by the slot and the rest by an offset", () => {
    // Linux 6.12 kernel/dma/swiotlb.c swiotlb_search_pool_area(): 7 slots, the first whose bit 11 is that of the original; then 0x200 into it.
    expect(take(pool(), 0x123456a00, "0x3000", { minAlignMask: 4095 })).toBe(0xf8000a00);
  });

  it("takes whole slots of 2 KiB, one run after the other", () => {
    const p = pool();
    expect(take(p, 0x1_0000_0000, "1")).toBe(0xf8000000);
    expect(take(p, 0x1_0000_0000, "2049")).toBe(0xf8000800);
    expect(take(p, 0x1_0000_0000, "1")).toBe(0xf8001800);
    expect(p.stats()).toEqual({ slots: 32768, used: 4, copies: 4, highWater: 4, failures: 0 });
  });

  it("aligns what is a page or longer to a page, when nothing else is asked", () => {
    const p = pool();
    take(p, 0x1_0000_0000, "1");
    expect(take(p, 0x1_0000_0000, "4096")).toBe(0xf8001000);
  });

  it("searches from where the last search ended, and comes back to free slots after the end", () => {
    const p = pool({ size: bytes("256K") });
    const first = take(p, 0x1_0000_0000, "2048");
    take(p, 0x1_0000_0000, "2048");
    p.release(first, 0);
    expect(take(p, 0x1_0000_0000, "2048")).toBe(0xf8001000);
    expect(take(p, 0x1_0000_0000, "248K")).toBe(0xf8002000);
  });

  it("gives at most a segment of 256 KiB at once, though much more is free", () => {
    const p = pool();
    expect(take(p, 0x1_0000_0000, "256K")).toBe(0xf8000000);
    expect(take(p, 0x1_0000_0000, "262145")).toBe(NO_SLOTS);
    expect(p.stats().failures).toBe(1);
    expect(p.largestFree()).toBe(bytes("256K"));
  });

  it("lets no run leave its segment", () => {
    const p = pool({ size: bytes("512K") });
    take(p, 0x1_0000_0000, "200K");
    expect(take(p, 0x1_0000_0000, "100K")).toBe(0xf8040000);
  });

  it("keeps a run within the boundary of the device, counted on the bus", () => {
    const p = pool({ base: 0xf800f000 });
    // 4 KiB are left before the next multiple of 64 KiB.
    expect(take(p, 0x1_0000_0000, "8K", { segmentBoundaryMask: 0xffff })).toBe(0xf8010000);
  });

  it("searches areas one after the other, beginning with that of the CPU", () => {
    const p = pool({ size: bytes("1M"), areas: 4 });
    const at = (cpu: number) => p.take(0x1_0000_0000, 2048, 0, NO_LIMITS, p.base as number, cpu);
    expect(at(2)).toBe(0xf8080000);
    expect(p.take(0x1_0000_0000, bytes("256K"), 0, NO_LIMITS, p.base as number, 2)).toBe(0xf80c0000);
  });

  it("knows the original of every byte of a copy, and of no other byte", () => {
    const p = pool();
    const copy = take(p, 0x1_2345_6a00, "0x3000", { minAlignMask: 4095 });
    expect(p.originOf(copy, 4095)).toBe(0x1_2345_6a00);
    expect(p.originOf(copy + 0x2fff, 4095)).toBe(0x1_2345_99ff);
    expect(p.originOf(0xf8100000, 4095)).toBe(-1);
    p.release(copy, 4095);
    expect(p.originOf(copy, 4095)).toBe(-1);
  });

  it("hands out memory of its own aligned to its length, and at most 256 KiB when the pool is aligned to that", () => {
    const aligned = pool({ base: 0xf8000000 });
    const slanted = pool({ base: 0xf8020000 });
    const allocate = (p: BouncePool, size: number) => p.allocate(size, size, NO_LIMITS, p.base as number);
    expect(allocate(aligned, bytes("256K"))).toBe(0xf8000000);
    // Linux 6.12 kernel/dma/swiotlb.c swiotlb_alloc(): slots are aligned on the bus, segments count from the pool's start.
    expect(allocate(slanted, bytes("256K"))).toBe(NO_SLOTS);
    expect(allocate(slanted, bytes("128K"))).toBe(0xf8020000);
  });

  it("throws when slots are given back that nobody has", () => {
    const p = pool();
    const copy = take(p, 0x1_0000_0000, "8K");
    expect(() => p.release(copy + 2048, 0)).toThrow("no bounce buffer at 0xf8000800");
    p.release(copy, 0);
    expect(() => p.release(copy, 0)).toThrow(RangeError);
    expect(() => p.release(0x1000, 0)).toThrow(RangeError);
  });

  it("throws for pools without slots, and for areas that are no whole segments", () => {
    expect(() => pool({ size: 2047 })).toThrow("has no slot");
    expect(() => pool({ areas: 3 })).toThrow("3 areas");
    expect(() => pool({ size: bytes("256K"), areas: 2 })).toThrow("no whole segments");
  });

  it("is empty again after everything was given back, whatever was taken in between", () => {
    const request = fc.record({
      origin: fc.integer({ min: 1, max: 2 ** 34 }),
      size: fc.integer({ min: 1, max: 270_000 }),
      minAlignMask: fc.constantFrom(0, 511, 2047, 4095, 65535),
      boundary: fc.constantFrom(0xffff, 0xffffffff, Number.POSITIVE_INFINITY),
      frees: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
        const p = pool({ size: bytes("1M"), base: 0xf8003000, areas: 1 });
        const live: { at: number; size: number; mask: number }[] = [];
        for (const { origin, size, minAlignMask, boundary, frees } of requests) {
          const limits = { minAlignMask, segmentBoundaryMask: boundary };
          const at = p.take(origin, size, 0, limits, p.base as number);
          p.audit();
          if (at !== NO_SLOTS) {
            expect(at % (minAlignMask + 1)).toBe(origin % (minAlignMask + 1));
            expect(Math.floor(at / (boundary + 1))).toBe(Math.floor((at + size - 1) / (boundary + 1)));
            for (const other of live) expect(at + size <= other.at || other.at + other.size <= at).toBe(true);
            live.push({ at, size, mask: minAlignMask });
          }
          const oldest = frees ? live.shift() : undefined;
          if (oldest !== undefined) p.release(oldest.at, oldest.mask);
        }
        for (const { at, mask } of live) p.release(at, mask);
        p.audit();
        expect(p.stats().used).toBe(0);
        expect(p.largestFree()).toBe(bytes("256K"));
      }),
      { numRuns: 60 },
    );
  });
});

describe("maxBounceSize", () => {
  // Linux 6.12 kernel/dma/swiotlb.c swiotlb_max_mapping_size().
  it("is a segment, less what keeping low bits can cost", () => {
    expect(maxBounceSize(0)).toBe(262144);
    expect(maxBounceSize(511)).toBe(260096);
    expect(maxBounceSize(4095)).toBe(258048);
  });
});
