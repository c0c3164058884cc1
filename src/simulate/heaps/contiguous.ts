import type { MemorySource } from "../../heaps/source.js";
import type { Bytes, PhysAddr } from "../../units/quantity.js";
import { accepted, type Result } from "../../units/result.js";
import type { Errno } from "../errno.js";
import { PageLoan } from "../memory/movable-pages.js";
import type { World } from "../world.js";
import type { Backing, Heap, HeapRefusal, HeapRequest, HeapStats } from "./heap.js";
import { checkRequest, HeapLedger } from "./heap-ledger.js";
import type { Placer } from "./placer.js";

/** What a contiguous area is made of. */
export interface AreaShape {
  readonly source: MemorySource;
  /** First byte. */
  readonly base: PhysAddr;
  /** Bytes of one unit of the placer: a multiple of the page, or a part of it. */
  readonly unit: Bytes;
  readonly placer: Placer;
  /** Alignment in units that a request of so many units has at least. */
  alignOf(units: number): number;
  /** Largest alignment in units that can be asked for; more is cut to it. */
  readonly mostAlign: number;
  /** `movable`: pages that nobody needs are lent to users who let them be moved. `nothing`: they stay unused, and nothing is ever in the way. */
  readonly lending: "movable" | "nothing";
}

/**
 * One contiguous range of memory, handed out in contiguous pieces: CMA areas, memblock-reserved memory, coherent and restricted pools. What differs is
 * the placer, the alignment, and whether pages are lent.
 *
 *     units    # # # # . . . . . . # # . . . .
 *     pages          m m . . p .                   lent pages: m moves away, p is pinned
 *     ask 2            1 1 ── m moves, taken
 *     ask 3              2 2 2 ── busy (p); the placer's next candidate; none left: -EBUSY
 *
 * As `__cma_alloc()` has it: a candidate in which a page stays where it is leads to the next one; no room to move a page to ends the search at
 * once, whatever other candidates there are; and a killed caller gets none. When candidates run out, the last reason counts: -EBUSY, or
 * -ENOMEM if there never was a hole.
 *
 * Time without lent pages: that of the placer. With them: in addition a few steps for every page of the range.
 *
 * @see Linux 6.12 `mm/cma.c` `__cma_alloc()`, `cma_release()`
 */
export class ContiguousArea implements Heap {
  readonly source: MemorySource;
  /** As it came to be: an area that should lend, and is none of whole pageblocks in one zone, lends nothing. */
  readonly lending: "movable" | "nothing";
  /** First byte. */
  readonly base: PhysAddr;
  /** Bytes; what does not fill a unit at the end is left out. */
  readonly size: Bytes;
  readonly #world: World;
  readonly #placer: Placer;
  readonly #unit: Bytes;
  readonly #alignOf: (units: number) => number;
  readonly #mostAlign: number;
  readonly #pageSize: Bytes;
  readonly #ledger: HeapLedger = new HeapLedger();
  /** Candidates of the request at hand that were busy. */
  #busyTries = 0;
  /** The page that stood in the way of the last one. */
  #busyPage: PhysAddr | null = null;
  /** Why the request at hand has failed: null for want of a hole. */
  #stop: "busy" | "no-room" | "interrupted" | "fault" | null = null;

  constructor(world: World, shape: AreaShape) {
    this.source = shape.source;
    this.base = shape.base;
    this.#world = world;
    this.#placer = shape.placer;
    this.#unit = shape.unit;
    this.#alignOf = (units) => shape.alignOf(units);
    this.#mostAlign = shape.mostAlign;
    this.#pageSize = world.machine.profile.pageSize;
    this.size = shape.placer.units * shape.unit;
    const lends = shape.lending === "movable" && world.pages.join(this.base, this.size, this);
    this.lending = lends ? "movable" : "nothing";
  }

  get algorithm(): string {
    return this.#placer.name;
  }

  allocate(request: HeapRequest): Result<Backing, HeapRefusal> {
    checkRequest(request);
    const size = Math.ceil(request.size / this.#pageSize) * this.#pageSize;
    const units = Math.ceil(size / this.#unit);
    this.#busyTries = 0;
    this.#busyPage = null;
    this.#stop = null;
    if (units > this.#placer.units) return this.#refuse(size, units, 1);
    const align = Math.max(this.#alignOf(units), Math.min(request.alignment / this.#unit, this.#mostAlign), 1);
    const at = this.#place(units, align, size, request.owner);
    if (at < 0) return this.#refuse(size, units, align);
    const handle = this.#placer.keep();
    const memory = { count: 1, physAddr: [this.base + at * this.#unit], length: [size], size };
    const taken = this.#placer.takenBy(units) * this.#unit;
    return accepted(this.#ledger.open(this, memory, taken, request.owner, handle));
  }

  release(backing: Backing): void {
    const handle = this.#ledger.close(this, backing);
    this.#placer.release(handle, backing.taken / this.#unit);
    const address = backing.memory.physAddr[0] as PhysAddr;
    if (this.#isLent()) this.#world.pages.giveRange(address / this.#pageSize, backing.size / this.#pageSize);
    this.#world.memory?.clear(address, backing.size);
  }

  stats(): HeapStats {
    return this.#ledger.stats({
      size: this.size,
      free: this.#freeBytes(),
      largestHole: this.#placer.largestFree() * this.#unit,
    });
  }

  audit(): void {
    const { id } = this.source;
    this.#ledger.audit(id);
    const free = this.#placer.freeUnits() * this.#unit;
    if (free !== this.#freeBytes()) {
      throw new Error(`${id}: ${free} bytes are free, of ${this.size} with ${this.#ledger.used} in use`);
    }
    const ranges = [...this.#ledger.entries()].map(([backing]) => backing);
    ranges.sort((a, b) => (a.memory.physAddr[0] as PhysAddr) - (b.memory.physAddr[0] as PhysAddr));
    let end = this.base;
    for (const backing of ranges) {
      const first = backing.memory.physAddr[0] as PhysAddr;
      if (first < end) throw new Error(`${id}: backing ${backing.id} begins at ${first}, inside of another one`);
      end = first + backing.size;
    }
    if (end > this.base + this.size) throw new Error(`${id}: a backing ends at ${end}, behind the area`);
  }

  /** Ranges handed out, as pages. */
  eachTaken(visit: (pfn: number, nrPages: number) => void): void {
    for (const [{ memory, size }] of this.#ledger.entries()) {
      visit((memory.physAddr[0] as PhysAddr) / this.#pageSize, size / this.#pageSize);
    }
  }

  /**
   * Lends pages of this area, the last free ones first.
   *
   * @throws RangeError when the area lends nothing, or has not so many free pages
   */
  lend(nrPages: number): PageLoan {
    const { allocator, movable } = this.#lender();
    if (!Number.isSafeInteger(nrPages) || nrPages < 1) throw new RangeError(`${nrPages} pages: at least 1 is possible`);
    const runs: { pfn: number; nrPages: number }[] = [];
    let left = nrPages;
    for (let pfn = this.#endPfn - 1; left > 0 && pfn >= this.#startPfn; pfn -= 1) {
      if (allocator.pageUse(pfn) !== "free") continue;
      const last = runs[runs.length - 1];
      if (last !== undefined && last.pfn === pfn + 1) {
        last.pfn = pfn;
        last.nrPages += 1;
      } else {
        runs.push({ pfn, nrPages: 1 });
      }
      left -= 1;
    }
    if (left > 0) throw new RangeError(`${nrPages} pages to lend, and ${nrPages - left} of ${this.source.id} are free`);
    const loan = new PageLoan(movable);
    for (const run of runs) movable.lendAt(run.pfn, run.nrPages, loan);
    return loan;
  }

  /** Lends just these pages. @throws RangeError when the area lends nothing, or one of them is not free or not its own */
  lendAt(address: PhysAddr, nrPages: number): PageLoan {
    this.#ownPage(address);
    this.#ownPage(address + (nrPages - 1) * this.#pageSize);
    return this.#lender().movable.lendAt(address / this.#pageSize, nrPages);
  }

  /**
   * Holds the page at an address in place: a range with it cannot be had until it is unpinned as often. That is what I/O in flight does to a page;
   * who pins for long has it moved out of the area first (Linux 6.12 `include/linux/mm.h` `folio_is_longterm_pinnable()`).
   *
   * @throws RangeError when the area lends nothing, or the page is in use by a buffer or not of this area
   */
  pin(address: PhysAddr): void {
    this.#lender().movable.pin(this.#ownPage(address));
  }

  /** Undoes one {@link pin}. @throws RangeError when the page is not pinned, or not of this area */
  unpin(address: PhysAddr): void {
    this.#lender().movable.unpin(this.#ownPage(address));
  }

  #freeBytes(): Bytes {
    return this.size - this.#ledger.used - (this.#placer.unitsAside?.() ?? 0) * this.#unit;
  }

  get #startPfn(): number {
    return this.base / this.#pageSize;
  }

  get #endPfn(): number {
    return (this.base + this.size) / this.#pageSize;
  }

  #isLent(): boolean {
    return this.lending === "movable" && this.#world.pages.lending;
  }

  #lender(): World["pages"] {
    if (this.lending === "nothing") throw new RangeError(`${this.source.id} lends no pages`);
    return this.#world.pages;
  }

  #ownPage(address: PhysAddr): number {
    const pfn = Math.floor(address / this.#pageSize);
    if (!(pfn >= this.#startPfn && pfn < this.#endPfn)) {
      throw new RangeError(`address ${address} is not one of ${this.source.id}`);
    }
    return pfn;
  }

  /** @returns first unit of the candidate that can be had, not kept yet; or -1 with nothing taken and `#stop` telling why */
  #place(units: number, align: number, size: Bytes, owner: string): number {
    const { faults, caller, pages } = this.#world;
    const placer = this.#placer;
    if (faults.fails()) {
      this.#stop = "fault";
      return -1;
    }
    let at = placer.first(units, align);
    if (at < 0) return -1;
    if (this.lending === "movable" && caller.killed) {
      this.#stop = "interrupted";
    } else if (this.#isLent()) {
      at = this.#empty(at, size, owner, pages);
      if (at < 0) return -1;
    }
    if (this.#stop === null && faults.fails()) this.#stop = "fault";
    if (this.#stop === null) return at;
    // The range has been emptied and taken when what failed came after it.
    if (this.#stop === "fault" && this.#isLent()) {
      pages.giveRange((this.base + at * this.#unit) / this.#pageSize, size / this.#pageSize);
    }
    placer.abandon();
    return -1;
  }

  /** Tries candidates until the pages of one are free, and takes them. @returns its first unit; or -1 with nothing taken */
  #empty(first: number, size: Bytes, owner: string, pages: World["pages"]): number {
    const { faults, events } = this.#world;
    const placer = this.#placer;
    const migratedBefore = pages.pagesMigrated;
    let at = first;
    this.#stop = null;
    while (at >= 0) {
      const pfn = (this.base + at * this.#unit) / this.#pageSize;
      const outcome = faults.fails() ? "fault" : pages.takeRange(pfn, size / this.#pageSize);
      if (outcome === "taken") {
        this.#stop = null;
        break;
      }
      this.#stop = outcome;
      if (outcome !== "fault") this.#busyPage = pages.busyPage;
      if (outcome !== "busy") {
        placer.abandon();
        at = -1;
        break;
      }
      this.#busyTries += 1;
      at = placer.next();
    }
    const moved = pages.pagesMigrated - migratedBefore;
    this.#ledger.migratedPages += moved;
    if (events.active && (moved > 0 || this.#busyTries > 0)) {
      events.emit({
        type: "migrate",
        time: events.now(),
        source: "model",
        heap: this.source.id,
        owner,
        pages: moved,
        busyTries: this.#busyTries,
        busyPage: this.#busyPage,
      });
    }
    return at;
  }

  #refuse(size: Bytes, units: number, align: number): Result<Backing, HeapRefusal> {
    const free = this.#freeBytes();
    const { code, errno } = this.#reasonOf(units, align, free);
    return this.#ledger.refuse({
      code,
      errno,
      heap: this.source.id,
      requested: size,
      free,
      largest: this.#placer.largestFree() * this.#unit,
      busyTries: this.#busyTries,
      busyPage: this.#busyPage,
    });
  }

  #reasonOf(units: number, align: number, free: Bytes): { code: HeapRefusal["code"]; errno: Errno } {
    switch (this.#stop) {
      case "busy":
        return { code: "pages-busy", errno: "EBUSY" };
      case "no-room":
        return { code: "no-room-to-migrate", errno: "ENOMEM" };
      case "interrupted":
        return { code: "interrupted", errno: "EINTR" };
      case "fault":
        return { code: "fault", errno: "ENOMEM" };
      case null: {
        const placer = this.#placer;
        if (units > placer.units || !placer.couldFit(units, align)) return { code: "too-large", errno: "ENOMEM" };
        return { code: placer.takenBy(units) * this.#unit <= free ? "no-hole" : "exhausted", errno: "ENOMEM" };
      }
    }
  }
}
