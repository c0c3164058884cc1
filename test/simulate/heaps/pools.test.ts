import { describe, expect, it } from "vitest";
import { tlsf } from "../../../src/algorithms/tlsf.js";
import { areaOf, ask, pfnOf, stand, take, withRegion } from "./stand.js";

describe("a coherent pool", () => {
  // Vectors: Linux 6.12 kernel/dma/coherent.c __dma_alloc_from_coherent().
  const pool = (where: string) => areaOf(stand(withRegion("coherent-pool", where)), "coherent-pool:vpu");

  it("gives slots of powers of two at multiples of their length", () => {
    const sixteen = pool("0x40000000+64K");
    const taken = [3, 1, 5, 2, 1].map((pages) => take(sixteen, pages));
    expect(taken.map((backing) => (pfnOf(backing) as number) - 0x40000)).toEqual([0, 4, 8, 6, 5]);
    expect(taken.map((backing) => backing.taken / 4096)).toEqual([4, 1, 8, 2, 1]);
    expect(sixteen.stats()).toMatchObject({ used: 16 * 4096, free: 0 });
  });

  it("of 12 pages has room for 8 and 4, and no more", () => {
    const twelve = pool("0x40000000+48K");
    expect([8, 4, 1].map((pages) => pfnOf(ask(twelve, pages)))).toEqual([0x40000, 0x40008, "exhausted"]);
  });

  it("of 6 pages cannot serve 5: no slot of 8 is whole", () => {
    expect(pfnOf(ask(pool("0x40000000+24K"), 5))).toBe("too-large");
  });

  it("counts alignment from its own base", () => {
    const odd = pool("0x40003000+64K");
    expect(pfnOf(take(odd, 8, 8))).toBe(0x40003);
  });

  it("on another algorithm gives 9 MiB of 16", () => {
    const at = stand(withRegion("coherent-pool", "0x40000000+16M"), { "coherent-pool": tlsf });
    const nine = take(areaOf(at, "coherent-pool:vpu"), 9 * 256);
    expect(nine.taken).toBe(9 * 2 ** 20);
    expect(pfnOf(ask(areaOf(stand(withRegion("coherent-pool", "0x40000000+16M")), "coherent-pool:vpu"), 4097))).toBe(
      "too-large",
    );
  });
});

describe("a restricted pool", () => {
  // Linux 6.12 kernel/dma/swiotlb.c swiotlb_alloc().
  const pool = (where: string) => areaOf(stand(withRegion("restricted-pool", where)), "restricted-pool:vpu");

  it("gives at most 256 KiB, and that only where its base is a multiple of 256 KiB", () => {
    expect(pfnOf(ask(pool("0x40000000+1M"), 64))).toBe(0x40000);
    expect(pfnOf(ask(pool("0x40000000+1M"), 65))).toBe("too-large");
    expect(pfnOf(ask(pool("0x40020000+1M"), 64))).toBe("too-large");
    expect(pfnOf(ask(pool("0x40020000+1M"), 33))).toBe("too-large");
    expect(pfnOf(ask(pool("0x40020000+1M"), 32))).toBe(0x40020);
  });

  it("aligns to the length rounded up to a power of two, and takes slots of 2 KiB", () => {
    const one = pool("0x40000000+256K");
    expect([1, 3, 2, 5].map((pages) => pfnOf(take(one, pages)))).toEqual([0x40000, 0x40004, 0x40002, 0x40008]);
    expect(one.stats()).toMatchObject({ size: 256 * 1024, used: 11 * 4096 });
  });

  it("lets no allocation cross a segment", () => {
    // Segments count from the pool's start: with 8 pages taken of the first, 32 more fit at its middle, and the next 64 only in the second.
    const two = pool("0x40000000+512K");
    expect([8, 32, 64].map((pages) => pfnOf(take(two, pages)))).toEqual([0x40000, 0x40020, 0x40040]);
    expect(pfnOf(ask(two, 32))).toBe("exhausted");
  });
});
