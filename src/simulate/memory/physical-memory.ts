import type { Bytes, PhysAddr } from "../../units/quantity.js";

/**
 * The bytes behind physical addresses, kept page by page and only where something other than zero was written.
 *
 *     address   0x1_0000_0000        0x1_0000_1000        0x1_0000_2000
 *     page      ├─ never written ────┼─ kept: 4096 bytes ─┼─ dropped ──┤
 *     reads     0 0 0 0 ...            what was written     0 0 0 0 ...
 *
 * Memory that nobody wrote reads as zero, and so does memory that was released. Addresses are exact up to 2^53 - 1. Nothing here knows who
 * may touch what: that is for mappings to say.
 *
 * Time: a look-up a page touched. Bookkeeping: the bytes of the pages kept.
 */
export class PhysicalMemory {
  /** Bytes of a page. */
  readonly pageSize: Bytes;
  readonly #pages: Map<number, Uint8Array> = new Map();
  /** The page found last, since neighbours are asked for one after the other. */
  #lastPfn: number = -1;
  #lastPage: Uint8Array | null = null;

  /** @throws RangeError when the page size is no whole number from 1 on */
  constructor(pageSize: Bytes = 4096) {
    if (!Number.isSafeInteger(pageSize) || pageSize < 1) {
      throw new RangeError(`a page of ${pageSize} bytes: a whole number from 1 on is possible`);
    }
    this.pageSize = pageSize;
  }

  /** Pages that hold bytes. */
  get residentPages(): number {
    return this.#pages.size;
  }

  /**
   * Copies bytes out.
   *
   * @param out - written whole
   * @throws RangeError when the range is outside 0 to 2^53 - 1
   */
  read(address: PhysAddr, out: Uint8Array): void {
    checkRange(address, out.length);
    const { pageSize } = this;
    for (let done = 0; done < out.length; ) {
      const within = (address + done) % pageSize;
      const span = Math.min(pageSize - within, out.length - done);
      const page = this.#find((address + done - within) / pageSize);
      if (page === null) out.fill(0, done, done + span);
      else out.set(span === page.length ? page : page.subarray(within, within + span), done);
      done += span;
    }
  }

  /**
   * Copies bytes in.
   *
   * @throws RangeError as {@link read}
   */
  write(address: PhysAddr, bytes: Uint8Array): void {
    checkRange(address, bytes.length);
    const { pageSize } = this;
    for (let done = 0; done < bytes.length; ) {
      const within = (address + done) % pageSize;
      const span = Math.min(pageSize - within, bytes.length - done);
      this.#make((address + done - within) / pageSize).set(bytes.subarray(done, done + span), within);
      done += span;
    }
  }

  /** One byte. @throws RangeError as {@link read} */
  byteAt(address: PhysAddr): number {
    checkRange(address, 1);
    const within = address % this.pageSize;
    return this.#find((address - within) / this.pageSize)?.[within] ?? 0;
  }

  /** Writes one byte. @throws RangeError as {@link read} */
  setByte(address: PhysAddr, byte: number): void {
    checkRange(address, 1);
    const within = address % this.pageSize;
    this.#make((address - within) / this.pageSize)[within] = byte;
  }

  /**
   * Copies a range over another one; the two may overlap.
   *
   * @throws RangeError as {@link read}, for either range
   */
  copy(to: PhysAddr, from: PhysAddr, size: Bytes): void {
    checkRange(to, size);
    checkRange(from, size);
    const { pageSize } = this;
    const backwards = to > from && to < from + size;
    for (let done = 0; done < size; ) {
      // The piece at the front that is left, or going backwards the one at the end, within one page on both sides.
      const at = backwards ? size - done : done;
      const fromRoom = backwards ? ((from + at - 1) % pageSize) + 1 : pageSize - ((from + at) % pageSize);
      const toRoom = backwards ? ((to + at - 1) % pageSize) + 1 : pageSize - ((to + at) % pageSize);
      const span = Math.min(fromRoom, toRoom, size - done);
      this.#copyPiece(to + (backwards ? at - span : at), from + (backwards ? at - span : at), span);
      done += span;
    }
  }

  /** Makes a range read as zero; whole pages are dropped. @throws RangeError as {@link read} */
  clear(address: PhysAddr, size: Bytes): void {
    checkRange(address, size);
    if (this.#pages.size === 0 || size === 0) return;
    const { pageSize } = this;
    const end = address + size;
    const firstWhole = Math.ceil(address / pageSize);
    const endWhole = Math.floor(end / pageSize);
    if (firstWhole > endWhole) {
      this.#zero(address, size);
      return;
    }
    this.#zero(address, firstWhole * pageSize - address);
    this.#zero(endWhole * pageSize, end - endWhole * pageSize);
    if (endWhole - firstWhole > this.#pages.size) {
      for (const pfn of this.#pages.keys()) if (pfn >= firstWhole && pfn < endWhole) this.#pages.delete(pfn);
    } else {
      for (let pfn = firstWhole; pfn < endWhole; pfn += 1) this.#pages.delete(pfn);
    }
    this.#forget();
  }

  #copyPiece(to: PhysAddr, from: PhysAddr, span: Bytes): void {
    const { pageSize } = this;
    const fromWithin = from % pageSize;
    const source = this.#find((from - fromWithin) / pageSize);
    if (source === null) {
      this.#zero(to, span);
      return;
    }
    const toWithin = to % pageSize;
    this.#make((to - toWithin) / pageSize).set(source.subarray(fromWithin, fromWithin + span), toWithin);
  }

  /** Zeroes a piece within one page, if the page is kept; the whole page is dropped. */
  #zero(address: PhysAddr, span: Bytes): void {
    if (span === 0) return;
    const within = address % this.pageSize;
    const pfn = (address - within) / this.pageSize;
    if (span === this.pageSize) {
      this.#pages.delete(pfn);
      this.#forget();
    } else {
      this.#find(pfn)?.fill(0, within, within + span);
    }
  }

  #find(pfn: number): Uint8Array | null {
    if (pfn === this.#lastPfn) return this.#lastPage;
    const page = this.#pages.get(pfn) ?? null;
    this.#lastPfn = pfn;
    this.#lastPage = page;
    return page;
  }

  #make(pfn: number): Uint8Array {
    const found = this.#find(pfn);
    if (found !== null) return found;
    const page = new Uint8Array(this.pageSize);
    this.#pages.set(pfn, page);
    this.#lastPage = page;
    return page;
  }

  #forget(): void {
    this.#lastPfn = -1;
    this.#lastPage = null;
  }
}

function checkRange(address: PhysAddr, size: Bytes): void {
  if (Number.isSafeInteger(address) && address >= 0 && size >= 0 && Number.isSafeInteger(address + size)) return;
  throw new RangeError(`${size} bytes from ${address} on leave the addresses 0 to 2^53 - 1`);
}
