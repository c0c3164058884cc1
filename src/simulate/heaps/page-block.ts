import { NO_PAGE } from "../../algorithms/page-allocator.js";
import { MIGRATE_UNMOVABLE, type ZoneType } from "../../algorithms/zone-types.js";
import type { MemorySource } from "../../heaps/source.js";
import { type Bytes, orderOf, type PhysAddr } from "../../units/quantity.js";
import { accepted, type Result } from "../../units/result.js";
import { ANY_ZONE } from "../memory/machine-pages.js";
import type { World } from "../world.js";
import type { Backing, Heap, HeapRefusal, HeapRequest, HeapStats } from "./heap.js";
import { checkRequest, HeapLedger } from "./heap-ledger.js";

/**
 * One block of the page allocator a buffer: `2^order` pages, aligned to its length, at most 4 MiB with pages of 4 KiB. The whole block is taken, 4 MiB for
 * 3 MiB; the rest of it is nobody's.
 *
 * A zone that has no block hands over to the next lower one, as the page allocator does. The retry in a lower zone because of an address that a device
 * cannot emit is the caller's: release, and ask again with `below`.
 *
 * @see Linux 6.12 `kernel/dma/direct.c` `__dma_direct_alloc_pages()`
 */
export class PageBlocks implements Heap {
  readonly source: MemorySource;
  readonly #world: World;
  readonly #pageSize: Bytes;
  readonly #ledger: HeapLedger = new HeapLedger();

  constructor(world: World, source: MemorySource) {
    this.source = source;
    this.#world = world;
    this.#pageSize = world.machine.profile.pageSize;
  }

  get algorithm(): string {
    return this.source.algorithm;
  }

  allocate(request: HeapRequest): Result<Backing, HeapRefusal> {
    checkRequest(request);
    const gfpZone = request.below === undefined ? ANY_ZONE : this.#world.pages.zoneBelow(request.below);
    return this.#allocate(request, gfpZone);
  }

  /** As {@link allocate}, with the highest zone named. */
  allocateIn(request: HeapRequest, gfpZone: ZoneType): Result<Backing, HeapRefusal> {
    checkRequest(request);
    return this.#allocate(request, gfpZone);
  }

  release(backing: Backing): void {
    this.#ledger.close(this, backing);
    const address = backing.memory.physAddr[0] as PhysAddr;
    this.#world.pages.allocator.freePages(address / this.#pageSize, Math.log2(backing.taken / this.#pageSize));
    this.#world.memory?.clear(address, backing.size);
  }

  stats(): HeapStats {
    const { pages } = this.#world;
    return this.#ledger.stats({
      size: pages.managedPages(ANY_ZONE) * this.#pageSize,
      free: pages.freePages(ANY_ZONE) * this.#pageSize,
      largestHole: this.#largest(ANY_ZONE),
    });
  }

  audit(): void {
    const { id } = this.source;
    this.#ledger.audit(id);
    for (const [{ memory }] of this.#ledger.entries()) {
      const address = memory.physAddr[0] as PhysAddr;
      const use = this.#world.pages.allocator.pageUse(address / this.#pageSize);
      if (use !== "used") throw new Error(`${id}: the block at ${address} is handed out, and its page is ${use}`);
    }
  }

  #allocate(request: HeapRequest, gfpZone: ZoneType | null): Result<Backing, HeapRefusal> {
    const { pages, faults } = this.#world;
    const size = Math.ceil(request.size / this.#pageSize) * this.#pageSize;
    const order = orderOf(size, this.#pageSize);
    if (gfpZone === null || order > this.#world.machine.profile.maxPageOrder) {
      return this.#refuse(size, "too-large", gfpZone);
    }
    if (faults.fails()) return this.#refuse(size, "fault", gfpZone);
    const pfn = pages.allocator.allocPages(order, gfpZone, MIGRATE_UNMOVABLE);
    if (pfn === NO_PAGE) {
      return this.#refuse(size, pages.freePages(gfpZone) >= 2 ** order ? "no-hole" : "exhausted", gfpZone);
    }
    if (faults.fails()) {
      pages.allocator.freePages(pfn, order);
      return this.#refuse(size, "fault", gfpZone);
    }
    const memory = { count: 1, physAddr: [pfn * this.#pageSize], length: [size], size };
    return accepted(this.#ledger.open(this, memory, this.#pageSize * 2 ** order, request.owner, 0));
  }

  #refuse(size: Bytes, code: HeapRefusal["code"], gfpZone: ZoneType | null): Result<Backing, HeapRefusal> {
    const { pages } = this.#world;
    return this.#ledger.refuse({
      code,
      errno: "ENOMEM",
      heap: this.source.id,
      requested: size,
      free: gfpZone === null ? 0 : pages.freePages(gfpZone) * this.#pageSize,
      largest: gfpZone === null ? 0 : this.#largest(gfpZone),
      busyTries: 0,
      busyPage: null,
    });
  }

  #largest(gfpZone: ZoneType): Bytes {
    const order = this.#world.pages.largestOrder(gfpZone);
    return order < 0 ? 0 : this.#pageSize * 2 ** order;
  }
}
