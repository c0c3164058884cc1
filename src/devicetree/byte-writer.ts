/** A growing run of bytes; numbers are written big endian. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param room - bytes to make room for at first, at least 16 */
  constructor(room: number) {
    this.#bytes = new Uint8Array(Math.max(room, 16));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** One 32-bit word. */
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** An exact number as two words. */
  u64(value: number): void {
    this.u32(Math.floor(value / 0x100000000));
    this.u32(value % 0x100000000);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Characters up to U+00FF as one byte each, then a NUL. */
  latin1z(text: string): void {
    this.#reserve(text.length + 1);
    for (let at = 0; at < text.length; at++) this.#bytes[this.#length + at] = text.charCodeAt(at);
    this.#length += text.length;
    this.#bytes[this.#length] = 0;
    this.#length += 1;
  }

  /** Zero bytes up to the next multiple of `step`. */
  align(step: number): void {
    const rest = this.#length % step;
    if (rest === 0) return;
    this.#reserve(step - rest);
    this.#bytes.fill(0, this.#length, this.#length + step - rest);
    this.#length += step - rest;
  }

  /** Overwrites a word written before. */
  patchU32(at: number, value: number): void {
    if (at + 4 > this.#length) throw new RangeError(`byte ${at} of ${this.#length} written`);
    this.#view.setUint32(at, value);
  }

  /** The bytes written, a view that stays valid until the next write. */
  result(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.result());
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
