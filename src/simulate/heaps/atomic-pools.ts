import { NO_ROOM } from "../../algorithms/allocator.js";
import { ChunkPool } from "../../algorithms/chunk-pool.js";
import { genallocOrderAlign } from "../../algorithms/genalloc.js";
import { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, type ZoneType } from "../../algorithms/zone-types.js";
import { atomicPoolOrders, atomicPoolSize } from "../../heaps/occupancy.js";
import type { MemorySource } from "../../heaps/source.js";
import { type Bytes, GIB, orderOf, type PhysAddr } from "../../units/quantity.js";
import { accepted, type Result } from "../../units/result.js";
import type { World } from "../world.js";
import type { ContiguousArea } from "./contiguous.js";
import type { Backing, Heap, HeapRefusal, HeapRequest, HeapStats } from "./heap.js";
import { checkRequest, HeapLedger } from "./heap-ledger.js";
import { PageBlocks } from "./page-block.js";

/** Zone flags of an atomic request: below the first zone's end, below 4 GiB, or none. Linux 6.12 `include/linux/gfp_types.h`. */
export type AtomicGfp = "dma" | "dma32" | "none";

/**
 * Pools for coherent memory that cannot wait: one for the kernel, one each for the zones DMA and DMA32; Arm has a single one that never grows.
 *
 *     default area   | kernel | dma | dma32 | free ....            filled at boot, if all of the area lies in the pool's zone
 *     pool           [ chunk 2 ] [ chunk 1 ]                        doubled whenever less than its boot size is free
 *
 * A pool takes a block from the default area, or from the page allocator; one order less where neither has any. At boot only the area is asked, and the
 * page allocator at a pool's first use: what a machine calls its free pages does not have these pools taken off. After a success that leaves less
 * than the boot size in its pool the kernel doubles, in the background, every pool that has less; here that is done before the call returns, in
 * the order dma, dma32, kernel. So where the boot size is a power of two the first success already doubles. Pools never shrink.
 *
 * @see Linux 6.12 `kernel/dma/pool.c` `dma_alloc_from_pool()`, `dma_guess_pool()`, `atomic_pool_work_fn()`; `arch/arm/mm/dma-mapping.c`
 *   `atomic_pool_init()`
 */
export class AtomicPools {
  /** In the order they are made at boot: kernel, dma, dma32; those that exist. */
  readonly pools: readonly AtomicPool[];
  readonly #grows: boolean;

  /** @param area - the default CMA area, or null */
  constructor(world: World, area: ContiguousArea | null) {
    const { arch, zoneDmaEnd } = world.machine;
    this.#grows = arch !== "arm";
    const range = area === null ? { base: 0, size: 0 } : { base: area.base, size: area.size };
    const order = atomicPoolOrders(world.machine, range)[0] ?? 0;
    const bootSize = atomicPoolSize(world.machine, range);
    const end = range.base + range.size;
    const pool = (name: AtomicPool["gfp"], gfpZone: ZoneType, inZone: boolean): AtomicPool =>
      new AtomicPool(world, { gfp: name, gfpZone, area: inZone ? area : null, order, bootSize });
    const pools = [pool("none", ZONE_NORMAL, true)];
    const inFirst = end <= zoneDmaEnd;
    const hasFirst = world.pages.managedPages(ZONE_DMA) > 0 && world.pages.zonesFor(ZONE_DMA)[0] === ZONE_DMA;
    if ((arch === "arm64" || arch === "x86") && (hasFirst || (area !== null && inFirst))) {
      pools.push(pool("dma", ZONE_DMA, inFirst));
    }
    if (arch !== "arm") pools.push(pool("dma32", ZONE_DMA32, end <= Math.max(4 * GIB, zoneDmaEnd)));
    this.pools = pools;
    for (const one of pools) one.fillFromArea();
  }

  /**
   * Takes memory from the pools in the order the zone flag says: `dma32` dma32, dma; `dma` dma; `none` kernel, dma32, dma.
   *
   * @param usable - whether the caller can do with a place; a pool that gives another one is passed by
   * @returns the refusal of the last pool asked
   */
  allocate(
    request: HeapRequest,
    gfp: AtomicGfp,
    usable: (physAddr: PhysAddr, size: Bytes) => boolean = () => true,
  ): Result<Backing, HeapRefusal> {
    let answer: Result<Backing, HeapRefusal> | null = null;
    for (const pool of this.#order(gfp)) {
      answer = pool.allocate(request);
      if (!answer.ok) continue;
      const { memory } = answer.value;
      if (usable(memory.physAddr[0] as PhysAddr, memory.size)) {
        if (pool.isLow) this.#growWhereLow();
        return answer;
      }
      answer = pool.refuseUnusable(answer.value);
    }
    return answer ?? (this.pools[0] as AtomicPool).allocate(request);
  }

  #order(gfp: AtomicGfp): readonly AtomicPool[] {
    const one = (name: AtomicGfp): readonly AtomicPool[] => this.pools.filter((pool) => pool.gfp === name);
    if (!this.#grows) return this.pools;
    if (gfp === "dma32") return [...one("dma32"), ...one("dma")];
    const dma = one("dma");
    if (gfp === "dma" && dma.length > 0) return dma;
    return [...one("none"), ...one("dma32"), ...dma];
  }

  #growWhereLow(): void {
    if (!this.#grows) return;
    for (const name of ["dma", "dma32", "none"] as const) {
      for (const pool of this.pools) if (pool.gfp === name) pool.growIfLow();
    }
  }
}

/** What an {@link AtomicPool} is made of. */
export interface AtomicPoolShape {
  /** Zone flag of its memory. */
  readonly gfp: AtomicGfp;
  /** Highest zone of its memory. */
  readonly gfpZone: ZoneType;
  /** The default area, if the pool fills from it; else null. */
  readonly area: ContiguousArea | null;
  /** Of its first block, in pages. */
  readonly order: number;
  /** Bytes that have to be left, lest it be doubled. */
  readonly bootSize: Bytes;
}

/** One pool for atomic requests: a gen_pool of blocks, with the rule `first_fit_order_align`. */
export class AtomicPool implements Heap {
  readonly source: MemorySource;
  /** Zone flag of its memory. */
  readonly gfp: AtomicGfp;
  /** The default area, if the pool fills from it; else null. */
  readonly area: ContiguousArea | null;
  readonly #world: World;
  readonly #gfpZone: ZoneType;
  readonly #bootPages: number;
  readonly #bootSize: Bytes;
  readonly #pageSize: Bytes;
  /** Blocks of the page allocator, apart from those that buffers take. */
  readonly #blocks: PageBlocks;
  readonly #chunks: ChunkPool = new ChunkPool(genallocOrderAlign);
  readonly #ledger: HeapLedger = new HeapLedger();

  constructor(world: World, { gfp, gfpZone, area, order, bootSize }: AtomicPoolShape) {
    this.gfp = gfp;
    this.area = area;
    this.#world = world;
    this.#gfpZone = gfpZone;
    this.#bootPages = 2 ** order;
    this.#bootSize = bootSize;
    this.#pageSize = world.machine.profile.pageSize;
    this.source = {
      id: `atomic-pool:${gfp === "none" ? "kernel" : gfp}`,
      kind: "page-block",
      algorithm: genallocOrderAlign.name,
      regions: area === null ? world.machine.pages : [{ base: area.base, size: area.size }],
      size: this.#bootPages * this.#pageSize,
      contiguous: true,
      node: null,
      areaName: null,
      boundDevices: [],
      placeIsExact: area?.source.placeIsExact ?? true,
    };
    this.#blocks = new PageBlocks(world, this.source);
  }

  get algorithm(): string {
    return this.source.algorithm;
  }

  /** As the contract says; a request is aligned to its pages rounded up to a power of two, counted from its chunk's start. */
  allocate(request: HeapRequest): Result<Backing, HeapRefusal> {
    checkRequest(request);
    const nrPages = Math.ceil(request.size / this.#pageSize);
    const size = nrPages * this.#pageSize;
    if (nrPages > 2 ** this.#world.machine.profile.maxPageOrder) return this.#refuse(size, "too-large");
    if (this.#chunks.units === 0) this.expand(this.#bootPages);
    if (this.#world.faults.fails()) return this.#refuse(size, "fault");
    const pfn = this.#chunks.allocate(nrPages);
    if (pfn === NO_ROOM) return this.#refuse(size, this.#chunks.freeUnits() >= nrPages ? "no-hole" : "exhausted");
    if (this.#world.faults.fails()) {
      this.#chunks.free(pfn);
      return this.#refuse(size, "fault");
    }
    const memory = { count: 1, physAddr: [pfn * this.#pageSize], length: [size], size };
    return accepted(this.#ledger.open(this, memory, size, request.owner, pfn));
  }

  release(backing: Backing): void {
    this.#chunks.free(this.#ledger.close(this, backing));
    this.#world.memory?.clear(backing.memory.physAddr[0] as PhysAddr, backing.size);
  }

  /** Takes back memory its caller cannot use. */
  refuseUnusable(backing: Backing): Result<Backing, HeapRefusal> {
    this.release(backing);
    return this.#refuse(backing.size, "no-hole");
  }

  /** True when less than its boot size is free. */
  get isLow(): boolean {
    return this.#chunks.freeUnits() * this.#pageSize < this.#bootSize;
  }

  /** Doubles the pool when it has been filled and is low. */
  growIfLow(): void {
    const { units } = this.#chunks;
    if (units > 0 && this.isLow) this.expand(units);
  }

  /** Takes the boot size from the default area, if the pool fills from it and there is room. */
  fillFromArea(): void {
    const block = this.area?.allocate(this.#requestOf(this.#bootPages));
    if (block?.ok) this.#add(block.value);
  }

  /**
   * Adds a chunk of so many pages, rounded up to a power of two; of less where there is no such block.
   *
   * @see Linux 6.12 `kernel/dma/pool.c` `atomic_pool_expand()`
   */
  expand(nrPages: number): void {
    const { machine } = this.#world;
    const most = Math.min(orderOf(nrPages * this.#pageSize, this.#pageSize), machine.profile.maxPageOrder);
    for (let order = most; order >= 0; order -= 1) {
      const request = this.#requestOf(2 ** order);
      let block = this.area?.allocate(request);
      if (!block?.ok) block = this.#blocks.allocateIn(request, this.#gfpZone);
      if (!block.ok) continue;
      this.#add(block.value);
      this.#tell("grow", request.size);
      return;
    }
    this.#tell("grow-failed", nrPages * this.#pageSize);
  }

  /** Bytes it has from the page allocator, and not from the default area. */
  takenAsBlocks(): Bytes {
    return this.#blocks.stats().used;
  }

  stats(): HeapStats {
    return this.#ledger.stats({
      size: this.#chunks.units * this.#pageSize,
      free: this.#chunks.freeUnits() * this.#pageSize,
      largestHole: this.#chunks.largestFree() * this.#pageSize,
    });
  }

  audit(): void {
    const { id } = this.source;
    this.#ledger.audit(id);
    this.#blocks.audit();
    const { size, used, free } = this.stats();
    if (size !== used + free) throw new Error(`${id}: ${used} bytes in use and ${free} free make no ${size}`);
  }

  #requestOf(nrPages: number): HeapRequest {
    return { size: nrPages * this.#pageSize, alignment: this.#pageSize, owner: this.source.id };
  }

  #add(block: Backing): void {
    const { memory, size } = block;
    this.#chunks.addChunk((memory.physAddr[0] as PhysAddr) / this.#pageSize, size / this.#pageSize, 0);
  }

  #tell(type: "grow" | "grow-failed", size: Bytes): void {
    const { events } = this.#world;
    if (!events.active) return;
    events.emit({ type, time: events.now(), source: "model", heap: this.source.id, size });
  }

  #refuse(size: Bytes, code: HeapRefusal["code"]): Result<Backing, HeapRefusal> {
    const { free, largestHole } = this.stats();
    return this.#ledger.refuse({
      code,
      errno: "ENOMEM",
      heap: this.source.id,
      requested: size,
      free,
      largest: largestHole,
      busyTries: 0,
      busyPage: null,
    });
  }
}
