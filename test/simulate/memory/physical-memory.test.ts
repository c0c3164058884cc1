import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PhysicalMemory } from "../../../src/simulate/memory/physical-memory.js";

const ABOVE = 2 ** 40 + 2 ** 32;

function readOf(memory: PhysicalMemory, address: number, size: number): readonly number[] {
  const out = new Uint8Array(size).fill(0xee);
  memory.read(address, out);
  return [...out];
}

describe("physical memory", () => {
  it("reads as zero where nobody wrote", () => {
    expect(readOf(new PhysicalMemory(), 0x40000ffe, 4)).toEqual([0, 0, 0, 0]);
  });

  it("keeps bytes across a page's end, also above 4 GiB", () => {
    const memory = new PhysicalMemory();
    memory.write(ABOVE + 4094, Uint8Array.of(1, 2, 3, 4));
    expect(readOf(memory, ABOVE + 4093, 6)).toEqual([0, 1, 2, 3, 4, 0]);
    expect(readOf(memory, ABOVE % 2 ** 32, 4096).every((byte) => byte === 0)).toBe(true);
    expect(memory.residentPages).toBe(2);
  });

  it("drops whole pages that are cleared, and zeroes the ends", () => {
    const memory = new PhysicalMemory();
    memory.write(0, new Uint8Array(4 * 4096).fill(7));
    memory.clear(4000, 2 * 4096);
    expect(memory.residentPages).toBe(3);
    expect([memory.byteAt(3999), memory.byteAt(4000), memory.byteAt(12191), memory.byteAt(12192)]).toEqual([
      7, 0, 0, 7,
    ]);
  });

  it("holds no page only because zeros were copied over it", () => {
    const memory = new PhysicalMemory();
    memory.copy(0x8000, 0x100000, 3 * 4096);
    expect(memory.residentPages).toBe(0);
  });

  it("takes other page sizes", () => {
    const memory = new PhysicalMemory(65536);
    memory.setByte(65536 * 3 + 5, 9);
    expect([memory.residentPages, memory.byteAt(65536 * 3 + 5)]).toEqual([1, 9]);
  });

  it("refuses ranges outside of the exact addresses", () => {
    const memory = new PhysicalMemory();
    expect(() => memory.byteAt(-1)).toThrow("leave the addresses 0 to 2^53 - 1");
    expect(() => memory.byteAt(0.5)).toThrow(RangeError);
    expect(() => memory.clear(2 ** 53 - 1, 1)).toThrow(RangeError);
    expect(() => memory.copy(0, 2 ** 53 - 2, 4)).toThrow(RangeError);
    expect(() => new PhysicalMemory(0)).toThrow("a page of 0 bytes");
  });

  it("does what one long array does", () => {
    const SIZE = 100;
    const place = fc.nat(SIZE - 1);
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write" as const), at: place, to: place, size: fc.nat(40) }),
      fc.record({ kind: fc.constant("copy" as const), at: place, to: place, size: fc.nat(40) }),
      fc.record({ kind: fc.constant("clear" as const), at: place, to: place, size: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const memory = new PhysicalMemory(16);
        const plain = new Uint8Array(SIZE);
        let byte = 0;
        for (const { kind, at, to, size: asked } of steps) {
          const size = Math.min(asked, SIZE - Math.max(at, to));
          byte += 1;
          if (kind === "write") {
            const bytes = Uint8Array.from({ length: size }, (_, i) => (byte + i) % 256);
            memory.write(ABOVE + at, bytes);
            plain.set(bytes, at);
          } else if (kind === "copy") {
            memory.copy(ABOVE + to, ABOVE + at, size);
            plain.copyWithin(to, at, at + size);
          } else {
            memory.clear(ABOVE + at, size);
            plain.fill(0, at, at + size);
          }
        }
        expect(readOf(memory, ABOVE, SIZE)).toEqual([...plain]);
      }),
    );
  });
});
