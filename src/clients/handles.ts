import type { DmaBuffer } from "../simulate/buffers/dma-buffer.js";

/**
 * The buffers of one client under small numbers from 1 on. One buffer has one handle, however often it comes in.
 */
export class Handles {
  readonly #buffers: Map<number, { readonly buffer: DmaBuffer; held: number }> = new Map();
  readonly #handles: Map<DmaBuffer, number> = new Map();
  #next = 1;

  /** Handles that are open. */
  get count(): number {
    return this.#buffers.size;
  }

  /**
   * Takes over a reference of the caller's; a buffer that has a handle already gives it back at once, and is closed with one {@link close}.
   *
   * @returns the buffer's handle
   * @see Linux 6.12 `drivers/gpu/drm/drm_prime.c` `drm_gem_prime_fd_to_handle()`
   */
  openOnce(buffer: DmaBuffer): number {
    const known = this.#handles.get(buffer);
    if (known === undefined) return this.open(buffer);
    buffer.release();
    return known;
  }

  /**
   * Takes over a reference of the caller's; a buffer that has a handle already is held once more, and closed as often as it was opened.
   *
   * @returns the buffer's handle
   * @see Linux 4.4 `drivers/staging/android/ion/ion.c` `ion_import_dma_buf()`
   */
  open(buffer: DmaBuffer): number {
    const known = this.#handles.get(buffer);
    const entry = known === undefined ? undefined : this.#buffers.get(known);
    if (known !== undefined && entry !== undefined) {
      entry.held += 1;
      return known;
    }
    const handle = this.#next;
    this.#next += 1;
    this.#buffers.set(handle, { buffer, held: 1 });
    this.#handles.set(buffer, handle);
    return handle;
  }

  /** True when the buffer has a handle. */
  has(buffer: DmaBuffer): boolean {
    return this.#handles.has(buffer);
  }

  /** @throws RangeError for a handle that is not open */
  get(handle: number): DmaBuffer {
    const entry = this.#buffers.get(handle);
    if (entry === undefined) throw new RangeError(`handle ${handle} is not open`);
    return entry.buffer;
  }

  /** Gives one reference back. @returns the buffer when that was the last one, else null. @throws RangeError for a handle that is not open */
  close(handle: number): DmaBuffer | null {
    const entry = this.#buffers.get(handle);
    if (entry === undefined) throw new RangeError(`handle ${handle} is not open`);
    const { buffer } = entry;
    buffer.release();
    entry.held -= 1;
    if (entry.held > 0) return null;
    this.#buffers.delete(handle);
    this.#handles.delete(buffer);
    return buffer;
  }
}
