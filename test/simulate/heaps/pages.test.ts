import { describe, expect, it } from "vitest";
import { heapOf, stand, take } from "./stand.js";

const orders = (lengths: readonly number[]): readonly number[] => lengths.map((length) => Math.log2(length / 4096));

describe("the system heap", () => {
  // Linux 6.12 drivers/dma-buf/heaps/system_heap.c.
  it("takes blocks of 1 MiB, 64 KiB and single pages, one entry each", () => {
    const { memory } = take(heapOf(stand({ ram: "0x40000000+1G" }), "system"), 256 + 17);
    expect(orders(memory.length)).toEqual([8, 4, 0]);
    expect(memory.size).toBe(273 * 4096);
  });

  it("goes on with smaller blocks where the large ones end", () => {
    const at = stand({ ram: "0x40000000+1G", pages: "0x40010000+1M,0x50000000+256K" });
    const { memory } = take(heapOf(at, "system"), 256);
    expect(orders(memory.length)).toEqual(Array.from({ length: 16 }, () => 4));
  });

  it("refuses more than there is, and at once what there never was", () => {
    const at = stand({ ram: "0x40000000+1G", pages: "0x40000000+4M" });
    const heap = heapOf(at, "system");
    const held = take(heap, 1000);
    expect(heap.allocate({ size: 25 * 4096, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "exhausted", errno: "ENOMEM", free: 24 * 4096, largest: 16 * 4096 },
    });
    expect(heap.allocate({ size: 1025 * 4096, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "too-large", errno: "ENOMEM" },
    });
    heap.release(held);
    expect(take(heap, 1024).memory.count).toBe(4);
  });

  it("never has pages of a CMA area, however much of it is free", () => {
    const at = stand({ ram: "0x40000000+64M", cma: "0x42000000+32M" });
    const heap = heapOf(at, "system");
    expect(heap.stats().size).toBe(32 * 2 ** 20);
    for (const address of take(heap, 8192).memory.physAddr) expect(address).toBeLessThan(0x42000000);
  });

  it("keeps below an address, by zones", () => {
    const at = stand({ ram: "0x40000000+1G,0x100000000+1G" });
    const heap = heapOf(at, "system");
    const size = 2 ** 20;
    const anywhere = heap.allocate({ size, alignment: 1, owner: "test" });
    const low = heap.allocate({ size, alignment: 1, owner: "test", below: 2 ** 32 });
    expect(anywhere).toMatchObject({ ok: true, value: { memory: { physAddr: [0x100000000] } } });
    expect(low.ok && low.value.memory.physAddr[0]! < 2 ** 32).toBe(true);
    expect(heap.allocate({ size, alignment: 1, owner: "test", below: 0x40100000 })).toMatchObject({
      refusal: { code: "too-large" },
    });
  });

  it("takes blocks of the orders asked for", () => {
    const heap = heapOf(stand({ ram: "0x40000000+1G" }), "system");
    const answer = heap.allocate({ size: 600 * 4096, alignment: 1, owner: "test", orders: [9, 0] });
    expect(answer.ok && orders(answer.value.memory.length).slice(0, 3)).toEqual([9, 0, 0]);
    expect(answer.ok && answer.value.memory.count).toBe(89);
  });

  it("refuses orders that do not descend to 0, and addresses that are none", () => {
    const heap = heapOf(stand({ ram: "0x40000000+1G" }), "system");
    for (const orders of [[], [9], [4, 8, 0], [0, 0], [9, -1], [1.5, 0]]) {
      expect(() => heap.allocate({ size: 8192, alignment: 1, owner: "test", orders })).toThrow(
        new RangeError(`orders are ${orders.join(", ")}, not whole numbers that descend to 0`),
      );
    }
    expect(() => heap.allocate({ size: 1, alignment: 1, owner: "test", below: Number.NaN })).toThrow("below is NaN");
    expect(heap.stats()).toMatchObject({ used: 0, allocations: 0, failures: 0 });
  });

  it("leaves neighbours apart, one entry a block, as they were taken", () => {
    const { memory } = take(heapOf(stand({ ram: "0x40000000+4M" }), "system"), 512);
    expect(orders(memory.length)).toEqual([8, 8]);
    expect(Math.abs(memory.physAddr[1]! - memory.physAddr[0]!)).toBe(2 ** 20);
  });

  it("gives a killed process nothing", () => {
    const at = stand({ ram: "0x40000000+1G" });
    at.world.caller.killed = true;
    expect(heapOf(at, "system").allocate({ size: 1, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "interrupted", errno: "EINTR" },
    });
  });

  it("leaves all as it was when any step fails", () => {
    const at = stand({ ram: "0x40000000+16M" });
    const heap = heapOf(at, "system");
    for (let n = 1; n <= 4; n += 1) {
      at.world.faults.failNth(n);
      expect(heap.allocate({ size: 273 * 4096, alignment: 1, owner: "test" })).toMatchObject({
        refusal: { code: "fault", free: 4096 * 4096, largest: 1024 * 4096 },
      });
      heap.audit();
    }
    expect(heap.stats()).toMatchObject({ used: 0, live: 0, allocations: 0, failures: 4, highWater: 0 });
    expect(heap.allocate({ size: 273 * 4096, alignment: 1, owner: "test" }).ok).toBe(true);
  });
});

describe("pages below 4 GiB", () => {
  it("come from there, although there is more above", () => {
    const at = stand({ ram: "0x40000000+1G,0x100000000+1G" });
    const heap = heapOf(at, "dma32-pages");
    for (const address of take(heap, 2 ** 18).memory.physAddr) expect(address).toBeLessThan(2 ** 32);
    expect(heap.allocate({ size: 1, alignment: 1, owner: "test" })).toMatchObject({ refusal: { code: "exhausted" } });
  });

  it("are those of the system heap as well", () => {
    const at = stand({ ram: "0x40000000+1G" });
    take(heapOf(at, "system"), 100);
    expect(heapOf(at, "dma32-pages").stats()).toMatchObject({ used: 0, free: 2 ** 30 - 100 * 4096 });
  });
});

describe("udmabuf", () => {
  it("has one entry for every page", () => {
    const { memory } = take(heapOf(stand({ ram: "0x40000000+1G" }), "udmabuf"), 512);
    expect(memory.count).toBe(512);
  });

  it("ends at 64 MiB: -EINVAL, whatever is free", () => {
    const heap = heapOf(stand({ ram: "0x40000000+1G" }), "udmabuf");
    expect(heap.allocate({ size: 64 * 2 ** 20 + 1, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "too-large", errno: "EINVAL" },
    });
  });
});

describe("a block of pages", () => {
  it("is aligned to its length, and takes the whole power of two", () => {
    const block = take(heapOf(stand({ ram: "0x40000000+1G" }), "page-block"), 768);
    expect(block).toMatchObject({ size: 3 * 2 ** 20, taken: 4 * 2 ** 20 });
    expect(block.memory.count).toBe(1);
    expect(block.memory.physAddr[0]! % (4 * 2 ** 20)).toBe(0);
  });

  it("has at most 4 MiB", () => {
    const heap = heapOf(stand({ ram: "0x40000000+1G" }), "page-block");
    expect(heap.allocate({ size: 4 * 2 ** 20 + 1, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "too-large" },
    });
  });

  it("is not to be had from memory in small pieces, however much is free", () => {
    const heap = heapOf(stand({ ram: "0x40000000+1G", pages: "0x40001000+60K,0x40011000+60K" }), "page-block");
    expect(heap.allocate({ size: 64 * 1024, alignment: 1, owner: "test" })).toMatchObject({
      refusal: { code: "no-hole", free: 120 * 1024, largest: 32 * 1024 },
    });
  });

  it("goes back whole", () => {
    const at = stand({ ram: "0x40000000+4M" });
    const heap = heapOf(at, "page-block");
    const blocks = Array.from({ length: 4 }, () => take(heap, 256));
    for (const block of blocks) heap.release(block);
    expect(heap.stats()).toMatchObject({ used: 0, largestHole: 4 * 2 ** 20, highWater: 4 * 2 ** 20 });
  });
});
