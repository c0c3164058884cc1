import { describe, expect, it } from "vitest";
import { bitmapFirstFit } from "../../../src/algorithms/bitmap-first-fit.js";
import { buddyScattered } from "../../../src/algorithms/buddy-scattered.js";
import { tlsf } from "../../../src/algorithms/tlsf.js";
import type { SystemEvent } from "../../../src/simulate/events.js";
import { areaOf, ask, lonelyArea, pfnOf, stand, take, withRegion } from "./stand.js";

// Vectors: Linux 6.12 mm/cma.c __cma_alloc(), kernel/dma/contiguous.c cma_alloc_aligned() with CONFIG_CMA_ALIGNMENT 8.

describe("a CMA area", () => {
  it("aligns a request to its pages rounded up to a power of two, at most 256, counted from pfn 0", () => {
    const area = areaOf(stand(withRegion("cma", "0x3c200000+64M", "0x0+2G")), "cma:vpu");
    const places = [300, 300, 1, 8, 1024].map((pages) => pfnOf(take(area, pages)));
    expect(places).toEqual([0x3c200, 0x3c400, 0x3c32c, 0x3c330, 0x3c600]);
  });

  it("takes whole bits where a bit stands for several pages", () => {
    const area = lonelyArea("0x40000000+64M", { orderPerBit: 2 });
    const five = take(area, 5);
    const one = take(area, 1);
    expect([pfnOf(five), five.size, five.taken]).toEqual([0x40000, 5 * 4096, 8 * 4096]);
    expect([pfnOf(one), one.size, one.taken]).toEqual([0x40008, 4096, 4 * 4096]);
  });

  it("aligns 16 MiB to 1 MiB and no more", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+64M")), "cma:vpu");
    take(area, 1);
    expect(pfnOf(take(area, 4096))).toBe(0x40100);
  });

  it("gives a larger alignment when asked, up to the same 256 pages", () => {
    const area = areaOf(stand(withRegion("cma", "0x40200000+4M")), "cma:vpu");
    take(area, 1);
    expect(pfnOf(take(area, 1, 64))).toBe(0x40240);
    expect(pfnOf(take(area, 1, 1024))).toBe(0x40300);
  });

  it("takes the lowest place again after it was given back", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+4M")), "cma:vpu");
    const [first] = [take(area, 8), take(area, 8)];
    area.release(first!);
    expect(pfnOf(take(area, 4))).toBe(0x40000);
  });

  it("counts what is used, the most there ever was, and the longest hole", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");
    const [a, b] = [take(area, 128), take(area, 64)];
    area.release(a!);
    ask(area, 513);
    expect(area.stats()).toEqual({
      size: 512 * 4096,
      used: 64 * 4096,
      free: 448 * 4096,
      largestHole: 320 * 4096,
      highWater: 192 * 4096,
      live: 1,
      allocations: 2,
      failures: 1,
      migratedPages: 0,
    });
    area.release(b!);
    area.audit();
    expect(area.stats()).toMatchObject({ used: 0, live: 0, largestHole: 512 * 4096 });
  });

  it("takes back only what it has out, once", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"));
    const backing = take(areaOf(at, "cma:vpu"), 1);
    expect(() => at.heaps.get("system")!.release(backing)).toThrow("is one of cma:vpu");
    backing.heap.release(backing);
    expect(() => backing.heap.release(backing)).toThrow("was given back before");
  });

  it("refuses sizes and alignments that are none", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");
    expect(() => ask(area, 0)).toThrow("size is 0");
    expect(() => area.allocate({ size: 1, alignment: 3, owner: "test" })).toThrow("alignment is 3, not a power of two");
  });
});

describe("why a CMA area refuses", () => {
  const area = () => areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");

  it("too-large: more than the area is long", () => {
    expect(ask(area(), 513)).toMatchObject({ code: "too-large", errno: "ENOMEM", requested: 513 * 4096, busyTries: 0 });
  });

  it("exhausted: too little is free", () => {
    const small = area();
    take(small, 500);
    expect(ask(small, 13)).toMatchObject({ code: "exhausted", errno: "ENOMEM", free: 12 * 4096, largest: 12 * 4096 });
  });

  it("no-hole: enough is free, but not in one aligned piece", () => {
    const small = area();
    const held = Array.from({ length: 8 }, () => take(small, 64));
    for (const [i, backing] of held.entries()) if (i % 2 === 0) small.release(backing);
    expect(ask(small, 65)).toMatchObject({ code: "no-hole", errno: "ENOMEM", free: 256 * 4096, largest: 64 * 4096 });
  });

  it("pages-busy: holes there are, and in each a page that stays where it is", () => {
    const small = area();
    small.pin(0x40005000);
    small.pin(0x40155000);
    expect(ask(small, 256)).toMatchObject({
      code: "pages-busy",
      errno: "EBUSY",
      busyTries: 2,
      busyPage: 0x40155000,
      free: 512 * 4096,
    });
  });

  it("no-room-to-migrate: the search ends at once, although another hole is free", () => {
    // 16 free pages besides the area, and 32 to be moved; the rest of the pageblock is isolated meanwhile.
    const at = stand({ ...withRegion("cma", "0x40000000+2M"), pages: "0x60000000+64K" });
    const small = areaOf(at, "cma:vpu");
    small.lendAt(0x40000000, 32);
    expect(ask(small, 32)).toMatchObject({ code: "no-room-to-migrate", errno: "ENOMEM", busyTries: 0 });
    // Those that found a place stay there, so the next try goes further.
    expect(small.stats().migratedPages).toBe(16);
    expect(pfnOf(ask(small, 16))).toBe(0x40000);
  });

  it("interrupted: the caller has been killed", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"));
    at.world.caller.killed = true;
    expect(ask(areaOf(at, "cma:vpu"), 1)).toMatchObject({ code: "interrupted", errno: "EINTR" });
    at.world.caller.killed = false;
    expect(pfnOf(ask(areaOf(at, "cma:vpu"), 1))).toBe(0x40000);
  });
});

describe("pages that an area lends", () => {
  it("tries every aligned place with the pinned page in it, and succeeds behind", () => {
    const at = stand(withRegion("cma", "0x40000000+64M"));
    const area = areaOf(at, "cma:vpu");
    const events: SystemEvent[] = [];
    at.world.events.subscribe((event) => events.push(event));
    area.pin(0x40310000);
    expect(pfnOf(ask(area, 1024))).toBe(0x40400);
    expect(events).toEqual([
      {
        type: "migrate",
        time: 1,
        source: "model",
        heap: "cma:vpu",
        owner: "test",
        pages: 0,
        busyTries: 4,
        busyPage: 0x40310000,
      },
    ]);
  });

  it("does not count lent pages as used, and moves them when it needs the place", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"));
    const area = areaOf(at, "cma:vpu");
    const loan = area.lend(100);
    expect(area.stats()).toMatchObject({ used: 0, free: 512 * 4096 });
    expect([...loan.pages].every((pfn) => pfn >= 0x40000 + 412)).toBe(true);
    const all = take(area, 512);
    expect(area.stats().migratedPages).toBe(100);
    expect([...loan.pages].some((pfn) => pfn >= 0x40000 && pfn < 0x40200)).toBe(false);
    expect(loan.count).toBe(100);
    at.heaps.audit();
    loan.giveBack();
    area.release(all);
    expect(at.world.pages.movable.count).toBe(0);
    expect(area.stats()).toMatchObject({ used: 0, largestHole: 512 * 4096 });
  });

  it("knows what was handed out before the first page was lent", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"));
    const area = areaOf(at, "cma:vpu");
    const early = take(area, 64);
    expect(() => area.lendAt(0x40000000, 1)).toThrow("page 262144 cannot be lent: it is used");
    const loan = area.lendAt(0x40040000, 1);
    at.heaps.audit();
    area.release(early);
    expect(pfnOf(take(area, 128))).toBe(0x40000);
    expect(area.stats().migratedPages).toBe(1);
    expect(loan.count).toBe(1);
  });

  it("carries the bytes of a page that moves along", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"));
    const area = areaOf(at, "cma:vpu");
    const loan = area.lendAt(0x40000000, 1);
    at.world.memory!.setByte(0x40000123, 77);
    const backing = take(area, 512);
    const moved = [...loan.pages][0]! * 4096;
    expect(at.world.memory!.byteAt(moved + 0x123)).toBe(77);
    expect(at.world.memory!.byteAt(0x40000123)).toBe(0);
    area.release(backing);
  });

  it("lets a page go on when it has been unpinned as often as pinned", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");
    area.pin(0x40000000);
    area.pin(0x40000fff);
    area.unpin(0x40000000);
    expect(pfnOf(ask(area, 512))).toBe("pages-busy");
    area.unpin(0x40000000);
    expect(pfnOf(ask(area, 512))).toBe(0x40000);
    expect(() => area.unpin(0x40000000)).toThrow("is not pinned");
  });

  it("lends a whole number of pages, at least one", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");
    for (const pages of [0, -1, 1.5, Number.NaN]) expect(() => area.lend(pages)).toThrow(`${pages} pages: at least 1`);
    expect(() => area.lend(513)).toThrow("513 pages to lend, and 512 of cma:vpu are free");
  });

  it("pins neither what a buffer has nor what is not of the area", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M")), "cma:vpu");
    take(area, 1);
    expect(() => area.pin(0x40000000)).toThrow("cannot be lent: it is used");
    expect(() => area.pin(0x40200000)).toThrow("is not one of cma:vpu");
  });

  it("lends where the kernel would: the area first, while more than half of what is free is its own", () => {
    const at = stand({ ...withRegion("cma", "0x40000000+4M"), pages: "0x60000000+2M" });
    const loan = at.world.pages.movable.lend(600)!;
    const inArea = [...loan.pages].filter((pfn) => pfn < 0x40400).length;
    // 1024 pages against 512: from the area until both have as many, then in turn.
    expect(inArea).toBeGreaterThan(512);
    expect(loan.count).toBe(600);
  });
});

describe("another algorithm in a CMA area", () => {
  it("takes the kernel's place", () => {
    const area = areaOf(stand(withRegion("cma", "0x3c200000+64M", "0x0+2G"), { "cma:vpu": tlsf }), "cma:vpu");
    expect(area.algorithm).toBe("tlsf");
    const backings = [300, 300, 1, 8, 1024].map((pages) => take(area, pages));
    for (const backing of backings.slice(0, 2)) expect((pfnOf(backing) as number) % 256).toBe(0);
    area.audit();
    for (const backing of backings) area.release(backing);
    expect(area.stats()).toMatchObject({ used: 0, largestHole: 0x4000 * 4096 });
  });

  it("is asked for another place while busy ones are held aside, and has them back afterwards", () => {
    const at = stand(withRegion("cma", "0x40000000+2M"), { cma: bitmapFirstFit });
    const area = areaOf(at, "cma:vpu");
    for (const page of [0, 1, 2]) area.pin(0x40000000 + page * 4096);
    expect(pfnOf(ask(area, 1))).toBe(0x40003);
    for (const page of [0, 1, 2]) area.unpin(0x40000000 + page * 4096);
    expect(pfnOf(ask(area, 2))).toBe(0x40000);
    area.audit();
  });

  it("is refused when all places are busy, and nothing stays aside", () => {
    const area = areaOf(stand(withRegion("cma", "0x40000000+2M"), { cma: bitmapFirstFit }), "cma:vpu");
    area.pin(0x40000000);
    expect(ask(area, 512)).toMatchObject({ code: "pages-busy", busyTries: 1, free: 512 * 4096 });
    area.unpin(0x40000000);
    expect(pfnOf(ask(area, 512))).toBe(0x40000);
  });

  it("has to give one block, and to be meant for a heap there is", () => {
    const spec = withRegion("cma", "0x40000000+2M");
    expect(() => stand(spec, { cma: buddyScattered })).toThrow("gives a request several blocks");
    expect(() => stand(spec, { "cma:gpu": tlsf })).toThrow("no heap of this machine and no kind is called cma:gpu");
    expect(() => stand(spec, { system: tlsf })).toThrow("system is made of pages");
  });
});

describe("a failure inside of an area", () => {
  for (const lent of [false, true]) {
    it(`leaves everything as it was, ${lent ? "with" : "without"} pages lent`, () => {
      const at = stand(withRegion("cma", "0x40000000+2M"));
      const area = areaOf(at, "cma:vpu");
      take(area, 3);
      if (lent) area.lendAt(0x40100000, 1);
      const before = area.stats();
      let steps = 0;
      for (let n = 1; ; n += 1) {
        at.world.faults.failNth(n);
        const answer = ask(area, 64);
        at.world.faults.failNth(0);
        area.audit();
        at.heaps.audit();
        if (!("code" in answer)) {
          area.release(answer);
          break;
        }
        steps += 1;
        expect(answer).toMatchObject({ code: "fault", errno: "ENOMEM" });
        expect(area.stats()).toEqual({ ...before, failures: n });
      }
      expect(steps).toBe(lent ? 3 : 2);
    });
  }
});
