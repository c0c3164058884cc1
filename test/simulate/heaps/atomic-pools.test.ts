import { describe, expect, it } from "vitest";
import type { SystemEvent } from "../../../src/simulate/events.js";
import type { AtomicGfp } from "../../../src/simulate/heaps/atomic-pools.js";
import { areaOf, heapOf, type Stand, stand } from "./stand.js";

// Linux 6.12 kernel/dma/pool.c.

/** Takes pages without waiting; pool's id and pfn, or the refusal's code. */
function atomic(
  { heaps }: Stand,
  pages: number,
  gfp: AtomicGfp,
  below: number = 2 ** 53,
): readonly [string, number | string] {
  const request = { size: pages * 4096, alignment: 4096, owner: "test" };
  const answer = heaps.atomicPools.allocate(request, gfp, (address, size) => address + size <= below);
  return answer.ok
    ? [answer.value.heap.source.id, answer.value.memory.physAddr[0]! / 4096]
    : [answer.refusal.heap, answer.refusal.code];
}

const sizes = ({ heaps }: Stand): readonly (readonly [string, number])[] =>
  heaps.atomicPools.pools.map((pool) => [pool.source.id, pool.stats().size / 4096]);

describe("pools for atomic allocations", () => {
  it("take 128 KiB per GiB each from the default area, if all of it lies in their zone", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    expect(sizes(at)).toEqual([
      ["atomic-pool:kernel", 64],
      ["atomic-pool:dma", 64],
      ["atomic-pool:dma32", 64],
    ]);
    expect(areaOf(at, "cma:default").stats()).toMatchObject({ live: 3, used: 192 * 4096 });
  });

  it("outside of the default area take nothing before their first use", () => {
    const at = stand({ ram: "0x40000000+2G" });
    expect(sizes(at).map(([, size]) => size)).toEqual([0, 0, 0]);
    const before = heapOf(at, "system").stats().free;
    expect(atomic(at, 1, "none")[0]).toBe("atomic-pool:kernel");
    // 64 pages, and 64 more since less than 64 are free.
    expect(heapOf(at, "system").stats().free).toBe(before - 128 * 4096);
  });

  it("are chosen by the zone flag", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    expect(atomic(at, 1, "none")).toEqual(["atomic-pool:kernel", 0xb0000]);
    expect(atomic(at, 1, "dma")).toEqual(["atomic-pool:dma", 0xb0040]);
    expect(atomic(at, 1, "dma32")).toEqual(["atomic-pool:dma32", 0xb0080]);
  });

  it("are passed by when they give what the caller cannot use", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    expect(atomic(at, 1, "none", 0xb0000000)).toEqual(["atomic-pool:dma", "no-hole"]);
    expect(heapOf(at, "cma:default").stats().live).toBe(3);
    expect(at.heaps.atomicPools.pools.map((pool) => pool.stats().used)).toEqual([0, 0, 0]);
  });

  it("double after the first success already, since less than the boot size is free then", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    const events: SystemEvent[] = [];
    at.world.events.subscribe((event) => events.push(event));
    atomic(at, 1, "dma");
    expect(sizes(at).map(([, size]) => size)).toEqual([64, 128, 64]);
    expect(events).toEqual([{ type: "grow", time: 1, source: "model", heap: "atomic-pool:dma", size: 64 * 4096 }]);
    atomic(at, 1, "dma");
    expect(sizes(at).map(([, size]) => size)).toEqual([64, 128, 64]);
  });

  it("double only when less than the boot size is left, which need not be all of the first block", () => {
    // 1.5 GiB make 48 pages, in a block of 64.
    const at = stand({ ram: "0x40000000+1536M", cma: "0x90000000+48M" });
    const dma = () => sizes(at).find(([id]) => id === "atomic-pool:dma")![1];
    expect(dma()).toBe(64);
    atomic(at, 16, "dma");
    expect(dma()).toBe(64);
    atomic(at, 1, "dma");
    expect(dma()).toBe(128);
  });
  it("take a block of one order less where there is no larger one", () => {
    // 32 pages are wanted, and there are 16 in one piece, twice.
    const at = stand({ ram: "0x40000000+1G", pages: "0x50000000+64K,0x50020000+64K" });
    const events: SystemEvent[] = [];
    at.world.events.subscribe((event) => events.push(event));
    expect(atomic(at, 1, "dma")[0]).toBe("atomic-pool:dma");
    expect(events).toMatchObject([
      { type: "grow", heap: "atomic-pool:dma", size: 64 * 1024 },
      { type: "grow", heap: "atomic-pool:dma", size: 64 * 1024 },
    ]);
    expect(atomic(at, 17, "dma")).toEqual(["atomic-pool:dma", "no-hole"]);
  });

  it("align to the pages asked for, rounded up to a power of two, within a chunk", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    expect(atomic(at, 1, "dma32")[1]).toBe(0xb0080);
    // The last chunk is asked first: the one that the doubling has added.
    expect(atomic(at, 3, "dma32")[1]).toBe(0xb00c0);
    expect(atomic(at, 3, "dma32")[1]).toBe(0xb00c4);
  });

  it("on arm are one pool of 256 KiB that never grows", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0x60000000+48M", arch: "arm", zoneDmaEnd: 0x70000000 });
    expect(sizes(at)).toEqual([["atomic-pool:kernel", 64]]);
    expect(atomic(at, 64, "none")).toEqual(["atomic-pool:kernel", 0x60000]);
    expect(atomic(at, 1, "dma")).toEqual(["atomic-pool:kernel", "exhausted"]);
    expect(sizes(at)).toEqual([["atomic-pool:kernel", 64]]);
  });

  it("give all back, and audits find nothing", () => {
    const at = stand({ ram: "0x40000000+2G", cma: "0xb0000000+48M" });
    const request = { size: 5 * 4096, alignment: 4096, owner: "test" };
    const answers = Array.from({ length: 9 }, () => at.heaps.atomicPools.allocate(request, "none"));
    for (const answer of answers) if (answer.ok) answer.value.heap.release(answer.value);
    at.heaps.audit();
    expect(at.heaps.atomicPools.pools.map((pool) => pool.stats().used)).toEqual([0, 0, 0]);
  });
});
