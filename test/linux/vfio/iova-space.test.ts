import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IovaSpace } from "../../../src/linux/vfio/iova-space.js";
import { GIB, KIB, MIB } from "../../../src/units/quantity.js";
import type { Range } from "../../../src/units/ranges.js";

/** Those of QEMU's intel-iommu: message interrupts are left out. */
const WINDOWS: readonly Range[] = [
  { base: 0, size: 0xfee00000 },
  { base: 0xfef00000, size: 0x8000000000 - 0xfef00000 },
];
const space = (windows = WINDOWS): IovaSpace => new IovaSpace(windows, 4 * KIB);

describe("I/O addresses of a container", () => {
  it("are taken from the top of what the device reaches", () => {
    expect(space().take(64 * KIB, 0xfffffff)).toBe(0xfff0000);
    expect(space().take(64 * KIB, Number.MAX_SAFE_INTEGER)).toBe(0x8000000000 - 0x10000);
  });

  it("are aligned to the power of two that is not below the size, so that huge pages can be used", () => {
    const one = space();
    one.take(4 * KIB, 0xffffffff);
    expect(one.take(2 * MIB, 0xffffffff)! % (2 * MIB)).toBe(0);
    expect(one.take(6 * MIB, 0xffffffff)! % (8 * MIB)).toBe(0);
  });

  it("are never in a window's gap, nor the first page", () => {
    const one = space([
      { base: 0, size: 0x3000 },
      { base: 0x5000, size: 0x1000 },
    ]);
    const taken = [1, 2, 3, 4].map(() => one.take(0x1000, 0xffffff));
    expect(taken).toEqual([0x5000, 0x2000, 0x1000, null]);
  });

  it("can be the first page for those who ask for it", () => {
    const one = space();
    expect(one.takeAt(0, 0x2000)).toBe(true);
    expect(one.takeAt(0x1000, 0x1000)).toBe(false);
    expect(one.contains(0xfedff000, 0x1000)).toBe(true);
    expect(one.contains(0xfedff000, 0x2000)).toBe(false);
  });

  it("do not run out for others when a device with a narrow mask has none left", () => {
    const one = space();
    one.takeAt(0, 0x10000);
    expect(one.take(0x1000, 0xffff)).toBeNull();
    expect(one.take(0x1000, 0x1ffff)).toBe(0x1f000);
  });

  it("come back when they are freed, once", () => {
    const one = space();
    const free = one.largestFree();
    const iova = one.take(MIB, 0xffffffff)!;
    one.free(iova);
    expect(one.largestFree()).toBe(free);
    expect(() => one.free(iova)).toThrow(RangeError);
  });

  it("are cut to whole pages, of which there must be one", () => {
    expect(space([{ base: 0x800, size: 0x2000 }]).windows).toEqual([{ base: 0x1000, size: 0x1000 }]);
    expect(() => space([{ base: 0x800, size: 0x1000 }])).toThrow(RangeError);
  });

  it("shrink to what another group has as well", () => {
    const one = space();
    const before = one.take(0x1000, 0xefffffff)!;
    one.narrow([{ base: 0x1000000, size: 0xf0000000 }]);
    expect(one.windows).toEqual([{ base: 0x1000000, size: 0xf0000000 }]);
    expect(one.take(0x1000, Number.MAX_SAFE_INTEGER)).toBe(0xf0fff000);
    expect(one.contains(0, 0x1000)).toBe(false);
    one.free(before);
    expect(one.take(0x1000, Number.MAX_SAFE_INTEGER)).toBe(0xf0ffe000);
    expect(one.take(0x1000, 0xffffff)).toBeNull();
  });

  it("stay in one window, below the mask and apart, whatever is taken and freed", () => {
    const windows = fc
      .uniqueArray(fc.integer({ min: 1, max: 4095 }), { minLength: 2, maxLength: 8 })
      .map((cuts) => cuts.sort((a, b) => a - b))
      .map((cuts) =>
        cuts.flatMap((cut, i) => (i % 2 === 0 && cuts[i + 1] !== undefined ? [[cut, cuts[i + 1]!] as const] : [])),
      )
      .map((pairs) => pairs.map(([from, to]) => ({ base: from * 0x800, size: (to - from) * 0x800 })))
      .filter((ranges) =>
        ranges.some(({ base, size }) => Math.ceil(base / 0x1000) < Math.floor((base + size) / 0x1000)),
      );
    const step = fc.record({
      pages: fc.integer({ min: 1, max: 40 }),
      bits: fc.integer({ min: 12, max: 24 }),
      at: fc.option(fc.integer({ min: 0, max: 4095 }), { freq: 3 }),
      frees: fc.boolean(),
    });
    fc.assert(
      fc.property(windows, fc.array(step, { maxLength: 80 }), (ranges, steps) => {
        const one = new IovaSpace(ranges, 0x1000);
        const live: Range[] = [];
        for (const { pages, bits, at, frees } of steps) {
          if (frees && live.length > 0) one.free(live.splice(pages % live.length, 1)[0]!.base);
          const size = pages * 0x1000;
          const limit = 2 ** bits - 1;
          const isAsked = at !== null && one.contains(at * 0x1000, size);
          const iova = isAsked ? (one.takeAt(at * 0x1000, size) ? at * 0x1000 : null) : one.take(size, limit);
          if (iova === null) continue;
          if (!isAsked) expect(iova + size - 1).toBeLessThanOrEqual(limit);
          expect(ranges.some(({ base, size: room }) => base <= iova && iova + size <= base + room)).toBe(true);
          expect(live.every((other) => other.base + other.size <= iova || iova + size <= other.base)).toBe(true);
          live.push({ base: iova, size });
        }
      }),
    );
  });

  it("count pages of the IOMMU, not of the CPU", () => {
    const one = new IovaSpace([{ base: 0, size: GIB }], 64 * KIB);
    expect(one.take(64 * KIB, 0xfffff)).toBe(0xf0000);
    expect(one.largestFree()).toBe(GIB - 1 * MIB);
  });
});
