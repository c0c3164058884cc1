import { describe, expect, it } from "vitest";
import { IovaFlushQueue } from "../../src/algorithms/iova-flush-queue.js";
import { IovaMagazines, RANGES_PER_MAGAZINE } from "../../src/algorithms/iova-magazines.js";

/** A domain of 4 KiB pages below 4 GiB. */
const make = (cpus = 1, lastPfn = 0xfffff): IovaMagazines => new IovaMagazines({ firstPfn: 1, lastPfn }, cpus);

/** First page of what is taken; 0 when there is no room. */
function at(domain: IovaMagazines, handle: number): number {
  return handle === 0 ? 0 : domain.domain.startOf(handle);
}

// Linux 6.12 drivers/iommu/iova.c alloc_iova_fast(), free_iova_fast(), __iova_rcache_insert(), __iova_rcache_get().
describe("range caches", () => {
  it("round requests below 32 pages up to a power of two", () => {
    const domain = make();
    expect([5, 1, 33].map((pages) => at(domain, domain.take(pages)))).toEqual([0xffff8, 0xffff7, 0xfffc0]);
  });

  it("hand out the range that was freed last, not the highest", () => {
    const domain = make();
    const [first, second] = [domain.take(1), domain.take(1)];
    domain.free(first);
    domain.free(second);
    expect([at(domain, domain.take(1)), at(domain, domain.take(1))]).toEqual([0xffffe, 0xfffff]);
  });

  it("keep freed ranges from other sizes", () => {
    const domain = make();
    domain.free(domain.take(4));
    expect(at(domain, domain.take(8))).toBe(0xffff0);
    expect(at(domain, domain.take(3))).toBe(0xffffc);
  });

  it("pass ranges above the limit of a request, and take the topmost below it", () => {
    const domain = make();
    const high = domain.take(1);
    const low = domain.take(1, 0x7ffff);
    domain.free(low);
    domain.free(high);
    expect(at(domain, domain.take(1, 0x7ffff))).toBe(0x7ffff);
    expect(at(domain, domain.take(1, 0x7ffff))).toBe(0x7fffe);
  });

  it("are emptied when the domain has no room, unless that is not wanted", () => {
    const domain = make(1, 127);
    const held = [32, 32, 32].map((pages) => domain.take(pages));
    expect(held.map((handle) => at(domain, handle))).toEqual([96, 64, 32]);
    for (const handle of held) domain.free(handle);
    expect(domain.take(64, 127, 1, 1, false)).toBe(0);
    expect(at(domain, domain.take(64))).toBe(64);
  });

  it("are of one CPU each, but for what the depot holds", () => {
    const domain = make(2);
    const ranges = Array.from({ length: 2 * RANGES_PER_MAGAZINE + 1 }, () => domain.take(1));
    for (const range of ranges) domain.free(range);
    // Two magazines were full: the loaded one went to the depot, where the other CPU finds it. Its last range is the 254th freed.
    domain.runOn(1);
    expect(at(domain, domain.take(1))).toBe(0xfffff - (2 * RANGES_PER_MAGAZINE - 1));
    domain.runOn(0);
    expect(at(domain, domain.take(1))).toBe(0xfffff - 2 * RANGES_PER_MAGAZINE);
  });
});

// Linux 6.12 drivers/iommu/dma-iommu.c queue_iova(), fq_ring_free_locked().
describe("a flush queue", () => {
  it("keeps what is freed from everybody until the next flush", () => {
    const domain = make();
    const queue = new IovaFlushQueue(domain, 4);
    queue.free(domain.take(1));
    expect([at(domain, domain.take(1)), queue.pendingPages()]).toEqual([0xffffe, 1]);
    queue.flush();
    expect([at(domain, domain.take(1)), queue.pendingPages(), queue.flushes()]).toEqual([0xfffff, 0, 1]);
  });

  it("flushes by itself when one place is left", () => {
    const domain = make();
    const queue = new IovaFlushQueue(domain, 4);
    const held = Array.from({ length: 4 }, () => domain.take(1));
    expect(held.map((handle) => queue.free(handle))).toEqual([false, false, false, true]);
    expect(queue.pendingPages()).toBe(1);
  });
});
