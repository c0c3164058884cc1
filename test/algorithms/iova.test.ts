import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_ROOM } from "../../src/algorithms/allocator.js";
import { IovaDomain, iova } from "../../src/algorithms/iova.js";
import { KernelIova } from "./kernel-iova.js";

const PAGES_4_GIB = 0x100000;
/** The 32-bit domain of most IOMMUs: pages of 4 KiB, page 0 left out. */
const domain32 = (): IovaDomain => new IovaDomain({ firstPfn: 1, lastPfn: PAGES_4_GIB - 1 });
const domain48 = (): IovaDomain => new IovaDomain({ firstPfn: 1, lastPfn: 2 ** 36 - 1 });

/** Takes pages; the first of them, or null. */
function takenAt(domain: IovaDomain, pages: number, limit?: number): number | null {
  const handle = domain.take(pages, limit);
  return handle === 0 ? null : domain.startOf(handle);
}

describe("IovaDomain", () => {
  it("allocates from the top down, aligned to the power of two that is not below the size", () => {
    const domain = domain32();
    expect(takenAt(domain, 256)).toBe(0xfff00);
    expect(takenAt(domain, 8)).toBe(0xffef8);
    expect(takenAt(domain, 75)).toBe(0xffe80);
  });

  it("goes on above the cursor once what lies there is freed", () => {
    const domain = domain32();
    const first = domain.take(256);
    domain.take(8);
    domain.take(75);
    domain.free(first);
    expect(takenAt(domain, 64)).toBe(0xfffc0);
    expect(takenAt(domain, 512)).toBe(0xffc00);
  });

  it("gives a device with 48 bits the top of its own range", () => {
    expect(takenAt(domain48(), 256)).toBe(0xfffffff00);
  });

  it("aligns 9 MiB to 16 MiB", () => {
    expect(takenAt(domain32(), 2304)).toBe(0x100000 - 4096);
  });

  it("keeps two cursors, so limits above 4 GiB do not move the one below", () => {
    const domain = domain48();
    expect(takenAt(domain, 16, PAGES_4_GIB - 1)).toBe(0xffff0);
    expect(takenAt(domain, 16)).toBe(0xffffffff0);
    expect(takenAt(domain, 16, PAGES_4_GIB - 1)).toBe(0xfffe0);
    expect(takenAt(domain, 16)).toBe(0xfffffffe0);
  });

  it("looks above the cursor in a second pass only when there is nothing below", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 15, pagesBelow4GiB: 16 });
    const [a, b, c] = [domain.take(4), domain.take(4), domain.take(4)] as const;
    expect([a, b, c].map((handle) => domain.startOf(handle))).toEqual([12, 8, 4]);
    domain.free(b);
    // Freeing lifted the cursor to the range above; one page goes below it, into the freed room.
    expect(takenAt(domain, 1)).toBe(11);
    expect(takenAt(domain, 2)).toBe(8);
    expect(takenAt(domain, 2)).toBe(2);
    // Nothing below page 2 is left for a pair, and page 10 above stays single.
    expect(takenAt(domain, 2)).toBeNull();
    expect(takenAt(domain, 1)).toBe(1);
    expect(takenAt(domain, 1)).toBe(10);
    expect(domain.freeUnits()).toBe(0);
  });

  it("refuses a size that failed before unseen, until something below 4 GiB is freed", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 15, pagesBelow4GiB: 16 });
    const top = domain.take(4);
    // Eight pages would need pages 8 to 15 or 0 to 7.
    expect(domain.take(8)).toBe(0);
    expect(takenAt(domain, 7)).toBeNull();
    expect(takenAt(domain, 4)).toBe(8);
    domain.free(top);
    expect(takenAt(domain, 4)).toBe(12);
  });

  it("remembers a failure above 4 GiB against requests below it, as the kernel does", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 47, pagesBelow4GiB: 16 });
    for (const start of [40, 32, 24, 16]) expect(takenAt(domain, 8)).toBe(start);
    const low = domain.take(8);
    expect(domain.startOf(low)).toBe(8);
    domain.free(low);
    expect(takenAt(domain, 32)).toBeNull();
    // 32 pages and more are what was refused; 8 below 4 GiB are there and are given.
    expect(takenAt(domain, 8, 15)).toBe(8);
  });

  it("refuses below 4 GiB what failed above it, although there is room", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 31, pagesBelow4GiB: 16 });
    const upper = domain.take(8, 31);
    expect(domain.startOf(upper)).toBe(24);
    // With a lower limit the request fails although pages 8 to 15 are free; it is not remembered.
    expect(domain.take(8, 31, 17)).toBe(0);
    expect(takenAt(domain, 8, 15)).toBe(8);
  });

  it("does not move the cursors for a reservation", () => {
    const domain = domain32();
    expect(takenAt(domain, 1)).toBe(0xfffff);
    domain.reserve(0xf0000, 0xffffe);
    expect(takenAt(domain, 1)).toBe(0xeffff);
    expect(domain.freeUnits()).toBe(PAGES_4_GIB - 1 - 0x10000 - 1);
  });

  it("extends what is there over the gaps of a reservation", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 31, pagesBelow4GiB: 32 });
    const handle = domain.take(4);
    expect(domain.startOf(handle)).toBe(28);
    domain.reserve(20, 30);
    expect([domain.startOf(handle), domain.pagesOf(handle)]).toEqual([20, 12]);
    domain.reserve(10, 15);
    domain.reserve(5, 25);
    expect(domain.freeUnits()).toBe(4);
    expect(domain.largestFree()).toBe(4);
  });

  it("takes exactly the pages that are asked for, unless one of them is taken", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 31, pagesBelow4GiB: 32 });
    domain.reserve(20, 23);
    const three = domain.takeAt(5, 3);
    expect([domain.startOf(three), domain.pagesOf(three)]).toEqual([5, 3]);
    expect(domain.takeAt(7, 2)).toBe(0);
    expect(domain.takeAt(4, 2)).toBe(0);
    expect(domain.takeAt(1, 31)).toBe(0);
    expect(domain.takeAt(19, 1)).not.toBe(0);
    expect(domain.takeAt(23, 1)).toBe(0);
    domain.free(three);
    expect(domain.startOf(domain.takeAt(7, 2))).toBe(7);
    expect(takenAt(domain, 8)).toBe(24);
    expect(() => domain.takeAt(0, 1)).toThrow(RangeError);
    expect(() => domain.takeAt(30, 3)).toThrow(RangeError);
    expect(() => domain.takeAt(30, 0)).toThrow(RangeError);
  });

  it("takes pages wherever a map of them says they are free, and no others", () => {
    const step = fc.record({ first: fc.integer({ min: 0, max: 255 }), pages: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
        const domain = new IovaDomain({ firstPfn: 0, lastPfn: 263, pagesBelow4GiB: 264 });
        const owner = new Int32Array(264);
        for (const [i, { first, pages }] of steps.entries()) {
          const there = owner[first]!;
          if (i % 4 === 3 && there !== 0) {
            domain.free(there);
            for (const [pfn, handle] of owner.entries()) if (handle === there) owner[pfn] = 0;
          }
          const isFree = owner.subarray(first, first + pages).every((handle) => handle === 0);
          const handle = domain.takeAt(first, pages);
          expect(handle !== 0).toBe(isFree);
          if (isFree) owner.fill(handle, first, first + pages);
        }
        expect(domain.freeUnits()).toBe(owner.filter((handle) => handle === 0).length);
        for (const [pfn, handle] of owner.entries()) expect(domain.find(pfn)).toBe(handle);
      }),
    );
  });

  it("finds the allocation of a page, and none in gaps and reservations", () => {
    const domain = new IovaDomain({ firstPfn: 1, lastPfn: 1023, pagesBelow4GiB: 1024 });
    const handles = Array.from({ length: 200 }, () => domain.take(3));
    expect(domain.find(1023)).toBe(0);
    expect(domain.find(1022)).toBe(handles[0]);
    expect(domain.find(1020)).toBe(handles[0]);
    expect(domain.find(1024 - 4 * 150)).toBe(handles[149]);
    domain.reserve(1, 2);
    expect(domain.find(1)).toBe(0);
    expect(domain.find(4)).toBe(0);
  });

  it("refuses a handle that was freed, also when its record serves again", () => {
    const domain = domain32();
    const handle = domain.take(1);
    domain.free(handle);
    const next = domain.take(1);
    expect(next).not.toBe(handle);
    for (const dead of [handle, 0, -1, 1.5, Number.NaN, 2 ** 31]) expect(() => domain.free(dead)).toThrow(RangeError);
    expect(() => domain.startOf(handle)).toThrow(`handle ${handle} is not of a live allocation`);
    expect(domain.freeUnits()).toBe(PAGES_4_GIB - 2);
    domain.free(next);
  });

  it("refuses numbers outside its bounds", () => {
    expect(() => new IovaDomain({ firstPfn: -1, lastPfn: 15 })).toThrow("first page: -1");
    expect(() => new IovaDomain({ firstPfn: 8, lastPfn: 7 })).toThrow("last page: 7");
    expect(() => new IovaDomain({ firstPfn: 1, lastPfn: 7, origin: 2 })).toThrow("origin: 2");
    expect(() => domain32().take(0)).toThrow("0");
    expect(() => domain32().take(1, 7, 1, 3)).toThrow("3");
    expect(() => domain32().reserve(5, PAGES_4_GIB)).toThrow("last page: 1048576");
    expect(domain32().take(2 ** 53)).toBe(0);
  });

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("take" as const), pages: fc.nat(40), limit: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("free" as const), index: fc.nat(1000) }) },
  );

  it("places and refuses as the kernel's code read line by line, over groups of all sizes", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 400 }), fc.constantFrom(64, 500, 3000), (steps, units) => {
        const below4GiB = units >> 1;
        const domain = new IovaDomain({ firstPfn: 1, lastPfn: units - 1, pagesBelow4GiB: below4GiB });
        const kernel = new KernelIova(1, below4GiB);
        const live: { handle: number; start: number }[] = [];
        for (const one of steps) {
          if (one.do === "take") {
            const pages = one.pages + 1;
            const limit = [units - 1, below4GiB - 1, units >> 2][one.limit]!;
            const handle = domain.take(pages, limit);
            const start = kernel.take(pages, limit);
            expect(handle === 0 ? null : domain.startOf(handle)).toBe(start);
            if (start !== null) live.push({ handle, start });
          } else if (live.length > 0) {
            const [gone] = live.splice(one.index % live.length, 1);
            domain.free(gone!.handle);
            kernel.free(gone!.start);
          }
          expect(domain.freeUnits()).toBe(units - 1 - kernel.takenPages());
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("iova", () => {
  it("never hands out page 0, and counts pages from the alignment origin", () => {
    const out = new Int32Array(3);
    const pool = iova.make({ units: 16 });
    expect(pool.freeUnits()).toBe(15);
    for (let start = 15; start >= 1; start--) {
      expect(pool.allocate(1, 1, out)).toBe(1);
      expect(out[1]).toBe(start);
    }
    expect(pool.allocate(1, 1, out)).toBe(NO_ROOM);
    const shifted = iova.make({ units: 16, alignOrigin: 5 });
    shifted.allocate(8, 1, out);
    expect([out[1], out[2]]).toEqual([3, 8]);
  });

  it("honours an alignment above the natural one, and limits, both inclusive", () => {
    const domain = iova.make({ units: 256 }) as IovaDomain;
    const out = new Int32Array(3);
    domain.allocate(3, 64, out);
    expect(out[1]).toBe(192);
    domain.allocateIn(4, 1, 100, 110, out);
    expect(out[1]).toBe(104);
    expect(domain.allocateIn(4, 1, 100, 103, out)).toBe(1);
    expect(out[1]).toBe(100);
    expect(domain.allocateIn(4, 1, 100, 106, out)).toBe(NO_ROOM);
    expect(() => domain.allocateIn(1, 1, 0.5, 10, out)).toThrow("low is 0.5");
  });
});
