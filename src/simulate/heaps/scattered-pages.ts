import { NO_PAGE } from "../../algorithms/page-allocator.js";
import { MIGRATE_UNMOVABLE, type ZoneType } from "../../algorithms/zone-types.js";
import type { MemorySource } from "../../heaps/source.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { accepted, type Result } from "../../units/result.js";
import type { Errno } from "../errno.js";
import { ANY_ZONE } from "../memory/machine-pages.js";
import type { World } from "../world.js";
import type { Backing, Heap, HeapRefusal, HeapRequest, HeapStats } from "./heap.js";
import { checkRequest, HeapLedger } from "./heap-ledger.js";

/** What a heap of scattered pages is made of. */
export interface ScatteredShape {
  readonly source: MemorySource;
  /** Orders of the blocks it asks for, descending, the last one 0. */
  readonly orders: readonly number[];
  /** Highest zone its pages come from. */
  readonly gfpZone: ZoneType;
  /** Most bytes of one buffer, and the error beyond it. None if left out. */
  readonly limit?: { readonly size: Bytes; readonly errno: Errno };
}

/**
 * Memory of the page allocator in blocks of a few orders: the largest that fits what is left and can be had, never a larger one again.
 *
 *     orders 8, 4, 0      277 pages:  256 + 16 + 5 single ones
 *                         with no block of order 8:  17 x 16 + 5
 *
 * The scatter list has the blocks in the order they were taken; neighbours are not joined. Pages are unmovable, so they never lie in a CMA area. Free
 * memory is shared by all heaps that are made of pages: `used` counts this heap's, `free` what is left for all.
 *
 * @see Linux 6.12 `drivers/dma-buf/heaps/system_heap.c` `system_heap_allocate()`
 */
export class ScatteredPages implements Heap {
  readonly source: MemorySource;
  readonly #world: World;
  readonly #orders: readonly number[];
  readonly #gfpZone: ZoneType;
  readonly #limit: ScatteredShape["limit"];
  readonly #pageSize: Bytes;
  readonly #ledger: HeapLedger = new HeapLedger();

  constructor(world: World, { source, orders, gfpZone, limit }: ScatteredShape) {
    this.source = source;
    this.#world = world;
    this.#orders = orders;
    this.#gfpZone = gfpZone;
    this.#limit = limit;
    this.#pageSize = world.machine.profile.pageSize;
  }

  get algorithm(): string {
    return this.source.algorithm;
  }

  /** As the contract says; `alignment` beyond a page is not heeded. A killed caller gets nothing. */
  allocate(request: HeapRequest): Result<Backing, HeapRefusal> {
    checkRequest(request);
    const { pages, faults, caller } = this.#world;
    const nrPages = Math.ceil(request.size / this.#pageSize);
    const size = nrPages * this.#pageSize;
    if (this.#limit !== undefined && size > this.#limit.size) return this.#refuse(size, "too-large", this.#limit.errno);
    const gfpZone = request.below === undefined ? this.#gfpZone : this.#zoneFor(request.below);
    if (gfpZone === null || nrPages > pages.managedPages(gfpZone)) return this.#refuse(size, "too-large", "ENOMEM");
    if (caller.killed) return this.#refuse(size, "interrupted", "EINTR");
    if (nrPages > pages.freePages(gfpZone)) return this.#refuse(size, "exhausted", "ENOMEM");
    const { allocator } = pages;
    const physAddr: PhysAddr[] = [];
    const length: Bytes[] = [];
    let left = nrPages;
    const { orders = this.#orders } = request;
    for (const order of orders) {
      const span = 2 ** order;
      while (left >= span) {
        if (faults.fails()) return this.#undo(physAddr, length, size, "fault");
        const pfn = allocator.allocPages(order, gfpZone, MIGRATE_UNMOVABLE);
        if (pfn === NO_PAGE) break;
        physAddr.push(pfn * this.#pageSize);
        length.push(span * this.#pageSize);
        left -= span;
      }
    }
    if (left > 0) return this.#undo(physAddr, length, size, "no-hole");
    if (faults.fails()) return this.#undo(physAddr, length, size, "fault");
    const memory = { count: physAddr.length, physAddr, length, size };
    return accepted(this.#ledger.open(this, memory, size, request.owner, 0));
  }

  release(backing: Backing): void {
    this.#ledger.close(this, backing);
    const { physAddr, length } = backing.memory;
    this.#free(physAddr, length);
    const { memory } = this.#world;
    if (memory === null) return;
    for (let i = 0; i < physAddr.length; i += 1) memory.clear(physAddr[i] as PhysAddr, length[i] as Bytes);
  }

  stats(): HeapStats {
    const { pages } = this.#world;
    return this.#ledger.stats({
      size: pages.managedPages(this.#gfpZone) * this.#pageSize,
      free: pages.freePages(this.#gfpZone) * this.#pageSize,
      largestHole: this.#largest(),
    });
  }

  audit(): void {
    const { id } = this.source;
    this.#ledger.audit(id);
    for (const [{ memory }] of this.#ledger.entries()) {
      for (const [i, address] of memory.physAddr.entries()) {
        const use = this.#world.pages.allocator.pageUse(address / this.#pageSize);
        if (use !== "used") throw new Error(`${id}: block ${i} at ${address} is handed out, and its page is ${use}`);
      }
    }
  }

  /** The zone for memory below an address, or the heap's own if that is the lower one; null when there is none. */
  #zoneFor(below: PhysAddr): ZoneType | null {
    const { pages } = this.#world;
    const zone = pages.zoneBelow(below);
    if (zone === null || this.#gfpZone === ANY_ZONE) return zone;
    return zone < this.#gfpZone ? zone : this.#gfpZone;
  }

  #undo(
    physAddr: readonly PhysAddr[],
    length: readonly Bytes[],
    size: Bytes,
    code: HeapRefusal["code"],
  ): Result<Backing, HeapRefusal> {
    this.#free(physAddr, length);
    return this.#refuse(size, code, "ENOMEM");
  }

  /** The last block first, so that the free lists become what they were. */
  #free(physAddr: readonly PhysAddr[], length: readonly Bytes[]): void {
    const { allocator } = this.#world.pages;
    for (let i = physAddr.length - 1; i >= 0; i -= 1) {
      const order = Math.log2((length[i] as Bytes) / this.#pageSize);
      allocator.freePages((physAddr[i] as PhysAddr) / this.#pageSize, order);
    }
  }

  #refuse(size: Bytes, code: HeapRefusal["code"], errno: Errno): Result<Backing, HeapRefusal> {
    return this.#ledger.refuse({
      code,
      errno,
      heap: this.source.id,
      requested: size,
      free: this.#world.pages.freePages(this.#gfpZone) * this.#pageSize,
      largest: this.#largest(),
      busyTries: 0,
      busyPage: null,
    });
  }

  #largest(): Bytes {
    const order = this.#world.pages.largestOrder(this.#gfpZone);
    return order < 0 ? 0 : this.#pageSize * 2 ** order;
  }
}
