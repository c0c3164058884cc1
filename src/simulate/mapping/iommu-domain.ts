import { RANGE_MASK } from "../../algorithms/iova.js";
import { IovaFlushQueue } from "../../algorithms/iova-flush-queue.js";
import { IovaMagazines } from "../../algorithms/iova-magazines.js";
import { type Bytes, formatHex, GIB, type Iova, isPowerOfTwo, type PhysAddr } from "../../units/quantity.js";
import type { World } from "../world.js";
import type { Direction } from "./dma-map-ops.js";
import { countEntries } from "./iommu-page-size.js";
import { PageRuns } from "./page-runs.js";

/** A domain before anything is mapped. */
export interface DomainShape {
  /** As reports name it: the group or device it belongs to. */
  readonly name: string;
  /** Page sizes of its tables in bytes, ascending; the smallest is the granule. */
  readonly pageSizes: readonly Bytes[];
  /** Addresses it can hand out; `end` exclusive. The first granule of all never is: 0 stands for failure. */
  readonly aperture: { readonly base: Iova; readonly end: Iova };
  /** Physical address bits its tables can point at. */
  readonly outputBits: number;
  /** Ranges that are never handed out; `direct` ones are mapped to the same physical addresses from the start. */
  readonly reserved?: readonly { readonly base: Iova; readonly size: Bytes; readonly direct: boolean }[];
  /** Addresses are free for others only after the next flush of the IOMMU's cache (`DMA_FQ`). Default false, as arm64 kernels are built. */
  readonly lazy?: boolean;
  /** CPUs with range caches of their own. Default 1. */
  readonly cpus?: number;
}

/** Counters of a domain. Bytes unless said otherwise. */
export interface DomainStats {
  readonly name: string;
  /** Live mappings. */
  readonly mappings: number;
  /** I/O addresses that live mappings take, padding included. */
  readonly mapped: Bytes;
  readonly highWater: Bytes;
  /** Mappings refused for lack of addresses, and for pages beyond the output width. */
  readonly failures: number;
  readonly largestFree: Bytes;
}

/** Why a domain last refused: `no-iova` no addresses, `beyond-output` pages its tables cannot point at, `fault` the fault switch said so. */
export interface DomainFailure {
  readonly cause: "no-iova" | "beyond-output" | "fault";
  /** I/O bytes that were asked for. */
  readonly size: Bytes;
}

/** What a device may do with a mapping. */
export type Access = "read" | "write";

const NO_PAGES: PageRuns = new PageRuns(0);

/** One range of I/O addresses that is taken, and what lies behind it: filled between {@link IommuDomain.take} and {@link IommuDomain.install}. */
export class DomainMapping {
  iova: Iova = 0;
  /** Bytes that were taken. */
  size: Bytes = 0;
  /** Of the address allocator. */
  handle: number = 0;
  direction: Direction = "bidirectional";
  /** What lies behind it: {@link own}, or the pages of a list that is mapped more than once and never changes. */
  pages: PageRuns = NO_PAGES;
  #own: PageRuns | null = null;

  /** Pages of its own, to be filled: from the first look on they are what lies behind it. */
  get own(): PageRuns {
    this.#own ??= new PageRuns();
    this.pages = this.#own;
    return this.#own;
  }

  /** Forgets what lay behind it. */
  clear(): void {
    this.#own?.clear();
    this.pages = NO_PAGES;
  }
}

/**
 * An address space behind an IOMMU: who has which I/O addresses, and what they lead to. Devices of a group share one; a driver that runs its
 * own, and an engine with tables of its own, have one for themselves.
 *
 * Addresses are chosen as the kernel chooses them ({@link IovaMagazines}). Tables are kept as runs, not page by page: mapping and unmapping take
 * time for each physically adjacent run. Both the addresses and the tables are asked of the fault switch.
 *
 * Pages beyond the output width are refused. That is what LPAE tables do; those of `rockchip-iommu` and `sun50i-iommu` cut the address and let the
 * device meet other memory.
 *
 * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `iommu_dma_init_domain()`, `iommu_dma_alloc_iova()`
 */
export class IommuDomain {
  readonly name: string;
  readonly granule: Bytes;
  readonly pageSizes: readonly Bytes[];
  readonly outputBits: number;
  readonly #world: World;
  readonly #addresses: IovaMagazines;
  readonly #queue: IovaFlushQueue | null;
  readonly #outputEnd: PhysAddr;
  readonly #pagesBelow4GiB: number;
  readonly #direct: readonly { readonly base: Iova; readonly size: Bytes }[];
  /** By first address; only what is installed. */
  readonly #byIova: Map<Iova, DomainMapping> = new Map();
  /** The same by number of the range. */
  readonly #byRange: (DomainMapping | null)[] = [];
  readonly #spare: DomainMapping[] = [];
  /** Devices on PCI that have had an address above 4 GiB. */
  readonly #beyond4GiB: Set<number> = new Set();
  #lastHit: DomainMapping | null = null;
  #mapped: Bytes = 0;
  #highWater: Bytes = 0;
  #failures = 0;
  #lastFailure: DomainFailure | null = null;

  /** @throws RangeError when page sizes are not ascending powers of two, or the aperture has no whole granule */
  constructor(world: World, shape: DomainShape) {
    const { name, pageSizes, aperture } = shape;
    const granule = pageSizes[0];
    if (granule === undefined || !pageSizes.every((p, i) => isPowerOfTwo(p) && p > (pageSizes[i - 1] ?? 0))) {
      throw new RangeError(`${name}: page sizes ${pageSizes.join(", ")} are not ascending powers of two`);
    }
    const firstPfn = Math.max(1, Math.ceil(aperture.base / granule));
    const lastPfn = Math.floor(aperture.end / granule) - 1;
    if (!(lastPfn >= firstPfn)) {
      throw new RangeError(
        `${name}: no whole page between ${formatHex(aperture.base)} and ${formatHex(aperture.end)} can be handed out`,
      );
    }
    this.name = name;
    this.granule = granule;
    this.pageSizes = pageSizes;
    this.outputBits = shape.outputBits;
    this.#world = world;
    this.#outputEnd = shape.outputBits >= 53 ? Number.MAX_SAFE_INTEGER : 2 ** shape.outputBits;
    this.#pagesBelow4GiB = Math.max(1, (4 * GIB) / granule);
    this.#addresses = new IovaMagazines({ firstPfn, lastPfn, pagesBelow4GiB: this.#pagesBelow4GiB }, shape.cpus ?? 1);
    this.#queue = shape.lazy === true ? new IovaFlushQueue(this.#addresses) : null;
    for (const { base, size } of shape.reserved ?? []) {
      const first = Math.max(firstPfn, Math.floor(base / granule));
      const last = Math.min(lastPfn, Math.ceil((base + size) / granule) - 1);
      if (first <= last) this.#addresses.domain.reserve(first, last);
    }
    this.#direct = (shape.reserved ?? []).filter((range) => range.direct);
  }

  /**
   * Takes I/O addresses. What is behind them is filled in next; then {@link install}.
   *
   * @param size - a multiple of the granule, at least one
   * @param limit - highest address allowed, inclusive: mask and bus limit of the device
   * @param pciDevice - number of a device on PCI, which is kept below 4 GiB as long as that works; -1 for others
   * @returns null when there is no room
   * @see Linux 6.12 `drivers/iommu/dma-iommu.c` `iommu_dma_alloc_iova()`
   */
  take(size: Bytes, limit: Iova, direction: Direction, pciDevice: number = -1): DomainMapping | null {
    const fails = this.#world.faults.fails();
    const handle = fails ? 0 : this.#takeAddresses(size / this.granule, limit, pciDevice);
    if (handle === 0) {
      this.#refuse(fails ? "fault" : "no-iova", size);
      return null;
    }
    const mapping = this.#spare.pop() ?? new DomainMapping();
    mapping.handle = handle;
    mapping.iova = this.#addresses.startOf(handle) * this.granule;
    mapping.size = size;
    mapping.direction = direction;
    mapping.clear();
    return mapping;
  }

  /**
   * Makes a filled mapping visible to the device.
   *
   * @returns false when its pages are out of the tables' reach, or there is no memory for tables: {@link lastFailure} says which. The addresses
   *   are given back then
   */
  install(mapping: DomainMapping): boolean {
    const isBeyond = mapping.pages.physEnd > this.#outputEnd;
    if (isBeyond || this.#world.faults.fails()) {
      this.#refuse(isBeyond ? "beyond-output" : "fault", mapping.size);
      this.#addresses.free(mapping.handle);
      this.#spare.push(mapping);
      return false;
    }
    const range = rangeOf(mapping.handle);
    while (this.#byRange.length <= range) this.#byRange.push(null);
    this.#byRange[range] = mapping;
    this.#byIova.set(mapping.iova, mapping);
    this.#mapped += mapping.size;
    if (this.#mapped > this.#highWater) this.#highWater = this.#mapped;
    return true;
  }

  /** Why it last refused; null when it never did. */
  get lastFailure(): DomainFailure | null {
    return this.#lastFailure;
  }

  /** The mapping whose addresses an address belongs to; null when nothing is mapped there. */
  find(iova: Iova): DomainMapping | null {
    const last = this.#lastHit;
    if (last !== null && iova >= last.iova && iova - last.iova < last.size) return last;
    let found = this.#byIova.get(iova - (iova % this.granule)) ?? null;
    if (found === null) {
      const handle = this.#addresses.domain.find(Math.floor(iova / this.granule));
      found = handle === 0 ? null : (this.#byRange[rangeOf(handle)] ?? null);
    }
    if (found !== null) this.#lastHit = found;
    return found;
  }

  /** Takes a mapping away. It must not be used any more: the next one may be the same object. */
  unmap(mapping: DomainMapping): void {
    this.#byRange[rangeOf(mapping.handle)] = null;
    this.#byIova.delete(mapping.iova);
    if (this.#lastHit === mapping) this.#lastHit = null;
    this.#mapped -= mapping.size;
    if (this.#queue === null) this.#addresses.free(mapping.handle);
    else this.#queue.free(mapping.handle);
    this.#spare.push(mapping);
  }

  /**
   * What a device meets at an address, and how many bytes go on from there without a seam. A mapping `to-device` cannot be written, one
   * `from-device` cannot be read. (LPAE tables let a device read what it may write.)
   *
   * @returns null when the access faults
   */
  translate(iova: Iova, access: Access): { readonly physAddr: PhysAddr; readonly bytes: Bytes } | null {
    const mapping = this.find(iova);
    if (mapping === null) {
      const direct = this.#direct.find(({ base, size }) => iova >= base && iova - base < size);
      return direct === undefined ? null : { physAddr: iova as number, bytes: direct.size - (iova - direct.base) };
    }
    if (mapping.direction === (access === "read" ? "from-device" : "to-device")) return null;
    const { pages } = mapping;
    const offset = iova - mapping.iova;
    if (offset >= pages.size) return null;
    const run = pages.runAt(offset);
    return { physAddr: pages.addressIn(run, offset), bytes: pages.endOfRun(run) - offset };
  }

  /** Gives addresses that wait for a flush back; for a lazy domain, what the kernel does every 10 ms. */
  flush(): void {
    this.#queue?.flush();
  }

  /** Which CPU maps and unmaps from now on. @throws RangeError when there is no such CPU */
  runOn(cpu: number): void {
    this.#addresses.runOn(cpu);
  }

  /** Table entries that are in use, by page size in the order of `pageSizes`. Counted anew at each call. */
  tableEntries(): readonly number[] {
    const counts = this.pageSizes.map(() => 0);
    for (const { iova, pages } of this.#byIova.values()) {
      for (let run = 0; run < pages.count; run += 1) {
        const offset = pages.offset[run] as number;
        const size = pages.endOfRun(run) - offset;
        countEntries(counts, this.pageSizes, iova + offset, pages.physAddr[run] as number, size);
      }
    }
    return counts;
  }

  stats(): DomainStats {
    return {
      name: this.name,
      mappings: this.#byIova.size,
      mapped: this.#mapped,
      highWater: this.#highWater,
      failures: this.#failures,
      largestFree: this.#addresses.largestFree() * this.granule,
    };
  }

  /** @throws Error when a counter or an index disagrees with the mappings */
  audit(): void {
    let mapped = 0;
    for (const mapping of this.#byIova.values()) {
      mapped += mapping.size;
      if (this.#byRange[rangeOf(mapping.handle)] !== mapping || mapping.pages.size !== mapping.size) {
        throw new Error(`${this.name}: the mapping at ${formatHex(mapping.iova)} is not whole`);
      }
    }
    const ranges = this.#byRange.filter((mapping) => mapping !== null).length;
    if (mapped !== this.#mapped || ranges !== this.#byIova.size) {
      throw new Error(`${this.name}: ${mapped} bytes in ${ranges} mappings, counted are ${this.#mapped}`);
    }
  }

  #refuse(cause: DomainFailure["cause"], size: Bytes): void {
    this.#failures += 1;
    this.#lastFailure = { cause, size };
  }

  #takeAddresses(pages: number, limit: Iova, pciDevice: number): number {
    const limitPfn = Math.floor(limit / this.granule);
    if (pciDevice >= 0 && limitPfn >= this.#pagesBelow4GiB && !this.#beyond4GiB.has(pciDevice)) {
      const handle = this.#addresses.take(pages, this.#pagesBelow4GiB - 1, undefined, undefined, false);
      if (handle !== 0) return handle;
      this.#beyond4GiB.add(pciDevice);
    }
    return this.#addresses.take(pages, limitPfn);
  }
}

/** A handle's range number: its low 24 bits. */
function rangeOf(handle: number): number {
  return handle % (RANGE_MASK + 1);
}
