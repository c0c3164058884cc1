import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { ScatterList } from "../scatter-list.js";
import type { PhysicalMemory } from "./physical-memory.js";

/** A page of memory as the cache holds it. */
interface CachedPage {
  readonly bytes: Uint8Array;
  /** Per line: 0 not held, 1 as in memory when it was read, 2 written since. */
  readonly lines: Uint8Array;
  /** Lines held, lines written. */
  held: number;
  dirty: number;
}

const HELD = 1;
const DIRTY = 2;

/**
 * The CPU's cache in front of memory, for devices that do not look into it.
 *
 *     CPU ── reads, writes ──> lines of 64 bytes ── clean, fill ──> memory <── reads, writes ── device
 *
 * A line is read from memory once, and from then on the CPU sees it, whatever a device writes behind it; what the CPU writes stays in the line
 * until it is cleaned. So a missing sync shows as stale bytes, on either side, every time.
 *
 * The cache is as large as need be and never gives up a line by itself: a real one may do so at any moment, which {@link CpuCache.evict} does
 * on demand. Nothing is fetched ahead. Devices that snoop use {@link CpuCache.snoop} and {@link CpuCache.overwrite}.
 */
export class CpuCache {
  readonly lineSize: Bytes;
  readonly #memory: PhysicalMemory;
  readonly #pages: Map<number, CachedPage> = new Map();

  /** @throws RangeError when a page is no whole number of lines */
  constructor(memory: PhysicalMemory, lineSize: Bytes = 64) {
    if (!Number.isInteger(lineSize) || lineSize < 1 || memory.pageSize % lineSize !== 0) {
      throw new RangeError(`lines of ${lineSize} bytes do not divide pages of ${memory.pageSize}`);
    }
    this.lineSize = lineSize;
    this.#memory = memory;
  }

  /** Lines that hold something memory does not know. */
  get dirtyLines(): number {
    let dirty = 0;
    for (const page of this.#pages.values()) dirty += page.dirty;
    return dirty;
  }

  /** The CPU reads. @throws RangeError when the range is outside 0 to 2^53 - 1 */
  read(physAddr: PhysAddr, out: Uint8Array): void {
    this.#walk(physAddr, out.length, (pfn, from, size, done) => {
      const page = this.#pageFor(pfn);
      this.#fill(pfn, page, from, size);
      out.set(page.bytes.subarray(from, from + size), done);
    });
  }

  /** The CPU writes: whole lines are not read first. @throws RangeError as {@link read} */
  write(physAddr: PhysAddr, bytes: Uint8Array): void {
    this.#walk(physAddr, bytes.length, (pfn, from, size, done) => {
      const page = this.#pageFor(pfn);
      this.#fill(pfn, page, from, Math.min(1, size));
      this.#fill(pfn, page, from + size - 1, Math.min(1, size));
      page.bytes.set(bytes.subarray(done, done + size), from);
      this.#markDirty(page, from, size);
    });
  }

  /** The CPU copies: what bouncing and moving do. The ranges must not overlap. @throws RangeError as {@link read} */
  copy(to: PhysAddr, from: PhysAddr, size: Bytes): void {
    const { pageSize } = this.#memory;
    const piece = new Uint8Array(Math.min(size, pageSize));
    for (let done = 0; done < size; done += pageSize) {
      const part = size - done < pageSize ? piece.subarray(0, size - done) : piece;
      this.read(from + done, part);
      this.write(to + done, part);
    }
  }

  /** Writes lines back that have been written; they stay held. Linux 6.12 `arch/arm64/mm/cache.S` `dcache_clean_poc()`. */
  clean(physAddr: PhysAddr, size: Bytes): void {
    this.#walkHeld(physAddr, size, (pfn, page, first, last) => {
      for (let line = first; line <= last && page.dirty > 0; line += 1) this.#cleanLine(pfn, page, line);
    });
  }

  /**
   * Gives lines up, with what was written to them. Lines that lie in the range only in part are written back first.
   *
   * @see Linux 6.12 `arch/arm64/mm/cache.S` `dcache_inval_poc()`
   */
  invalidate(physAddr: PhysAddr, size: Bytes): void {
    const { lineSize } = this;
    if (size > 0 && physAddr % lineSize !== 0) this.clean(physAddr, 1);
    if (size > 0 && (physAddr + size) % lineSize !== 0) this.clean(physAddr + size - 1, 1);
    this.#walkHeld(physAddr, size, (pfn, page, first, last) => {
      if (first === 0 && last === page.lines.length - 1) this.#pages.delete(pfn);
      else this.#dropLines(pfn, page, first, last);
    });
  }

  /** Writes back and gives up: what a cache may do with any line at any moment. */
  evict(physAddr: PhysAddr, size: Bytes): void {
    this.clean(physAddr, size);
    this.invalidate(physAddr, size);
  }

  /** What a device reads that snoops: written lines from the cache, all else from memory. */
  snoop(physAddr: PhysAddr, out: Uint8Array): void {
    this.clean(physAddr, out.length);
    this.#memory.read(physAddr, out);
  }

  /** What a device writes that snoops: the lines are given up, and the CPU reads them anew. */
  overwrite(physAddr: PhysAddr, bytes: Uint8Array): void {
    this.evict(physAddr, bytes.length);
    this.#memory.write(physAddr, bytes);
  }

  /** Gives up the lines of memory that goes back to a heap: what was written to them is gone with it. */
  drop(memory: ScatterList): void {
    if (this.#pages.size === 0) return;
    for (let i = 0; i < memory.count; i += 1)
      this.invalidate(memory.physAddr[i] as PhysAddr, memory.length[i] as Bytes);
  }

  #pageFor(pfn: number): CachedPage {
    const found = this.#pages.get(pfn);
    if (found !== undefined) return found;
    const { pageSize } = this.#memory;
    const page: CachedPage = {
      bytes: new Uint8Array(pageSize),
      lines: new Uint8Array(pageSize / this.lineSize),
      held: 0,
      dirty: 0,
    };
    this.#pages.set(pfn, page);
    return page;
  }

  /** Reads lines from memory that are not held. */
  #fill(pfn: number, page: CachedPage, from: number, size: Bytes): void {
    if (page.held === page.lines.length || size === 0) return;
    const { lineSize } = this;
    const base = pfn * this.#memory.pageSize;
    const last = Math.floor((from + size - 1) / lineSize);
    let line = Math.floor(from / lineSize);
    while (line <= last) {
      if (page.lines[line] !== 0) {
        line += 1;
        continue;
      }
      let end = line;
      while (end <= last && page.lines[end] === 0) end += 1;
      this.#memory.read(base + line * lineSize, page.bytes.subarray(line * lineSize, end * lineSize));
      page.lines.fill(HELD, line, end);
      page.held += end - line;
      line = end;
    }
  }

  #markDirty(page: CachedPage, from: number, size: Bytes): void {
    if (size === 0) return;
    const last = Math.floor((from + size - 1) / this.lineSize);
    for (let line = Math.floor(from / this.lineSize); line <= last; line += 1) {
      if (page.lines[line] === 0) page.held += 1;
      if (page.lines[line] !== DIRTY) page.dirty += 1;
      page.lines[line] = DIRTY;
    }
  }

  #cleanLine(pfn: number, page: CachedPage, line: number): void {
    if (page.lines[line] !== DIRTY) return;
    const from = line * this.lineSize;
    this.#memory.write(pfn * this.#memory.pageSize + from, page.bytes.subarray(from, from + this.lineSize));
    page.lines[line] = HELD;
    page.dirty -= 1;
  }

  #dropLines(pfn: number, page: CachedPage, first: number, last: number): void {
    for (let line = first; line <= last; line += 1) {
      if (page.lines[line] !== 0) page.held -= 1;
      if (page.lines[line] === DIRTY) page.dirty -= 1;
      page.lines[line] = 0;
    }
    if (page.held === 0) this.#pages.delete(pfn);
  }

  /** Page by page: number, first byte within it, bytes, bytes done before. */
  #walk(physAddr: PhysAddr, size: Bytes, step: (pfn: number, from: number, size: Bytes, done: Bytes) => void): void {
    const { pageSize } = this.#memory;
    if (!Number.isSafeInteger(physAddr) || physAddr < 0 || !Number.isSafeInteger(physAddr + size)) {
      throw new RangeError(`${size} bytes from ${physAddr} on leave the addresses 0 to 2^53 - 1`);
    }
    for (let done = 0; done < size; ) {
      const from = (physAddr + done) % pageSize;
      const part = Math.min(pageSize - from, size - done);
      step((physAddr + done - from) / pageSize, from, part, done);
      done += part;
    }
  }

  /** Pages that are held, with the first and last line of the range in each. */
  #walkHeld(
    physAddr: PhysAddr,
    size: Bytes,
    step: (pfn: number, page: CachedPage, first: number, last: number) => void,
  ): void {
    if (this.#pages.size === 0) return;
    const { lineSize } = this;
    this.#walk(physAddr, size, (pfn, from, part) => {
      const page = this.#pages.get(pfn);
      if (page !== undefined) step(pfn, page, Math.floor(from / lineSize), Math.floor((from + part - 1) / lineSize));
    });
  }
}
