import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESSIBLE, ANYWHERE, type BlockRequest, Memblock } from "../../src/boot/memblock.js";
import { subtractRanges } from "../../src/units/ranges.js";
import { rangeOf, setOf } from "./capture.js";
import { type Trace, type TraceStep, traces } from "./captures.js";

const MIB = 0x10_0000;

/** RAM 1 GiB from 0x40000000, a kernel of 32 MiB at 0x50000000. */
function board(): Memblock {
  const memory = new Memblock([{ base: 0x4000_0000, size: 0x4000_0000 }]);
  memory.reserve(0x5000_0000, 32 * MIB);
  return memory;
}

describe("Memblock.find", () => {
  const cases: { name: string; ask: BlockRequest; at: number | null }[] = [
    { name: "takes the highest place in RAM", ask: { size: MIB, alignment: 0x1000 }, at: 0x7ff0_0000 },
    {
      name: "leaves the slack of the alignment above the block",
      ask: { size: 3 * MIB, alignment: 0x40_0000 },
      at: 0x7fc0_0000,
    },
    { name: "keeps below the end asked for", ask: { size: MIB, alignment: 0x1000, to: 0x6000_0000 }, at: 0x5ff0_0000 },
    {
      name: "goes below a reservation when the part above is too small",
      ask: { size: 64 * MIB, alignment: 0x1000, to: 0x5400_0000 },
      at: 0x4c00_0000,
    },
    { name: "refuses when no gap is long enough", ask: { size: 0x3000_0000, alignment: 0x1000 }, at: null },
    {
      name: "goes up from the lowest place when asked to",
      ask: { size: MIB, alignment: 0x1000, from: 0x4000_1234, bottomUp: true },
      at: 0x4000_2000,
    },
    {
      name: "passes a reservation on the way up",
      ask: { size: MIB, alignment: 0x1000, from: 0x4ff8_0000, bottomUp: true },
      at: 0x5200_0000,
    },
    { name: "takes a cache line for an alignment of 0", ask: { size: 100, alignment: 0 }, at: 0x7fff_ff80 },
    {
      name: "uses an alignment that is no power of two as a bit mask",
      ask: { size: MIB, alignment: 3 * MIB },
      at: 0x7fd0_0000,
    },
    { name: "finds a place for nothing", ask: { size: 0, alignment: 0x1000 }, at: 0x8000_0000 },
    {
      name: "is empty when the end lies below the start",
      ask: { size: MIB, alignment: 0x1000, from: 0x7000_0000, to: 0x6000_0000 },
      at: null,
    },
  ];
  for (const { name, ask, at } of cases) it(name, () => expect(board().find(ask)).toBe(at));

  it("never gives the first page", () => {
    const memory = new Memblock([{ base: 0, size: 0x2000 }]);
    expect(memory.find({ size: 0x1000, alignment: 0x1000, bottomUp: true })).toBe(0x1000);
    expect(memory.find({ size: 0x2000, alignment: 0x1000 })).toBeNull();
  });

  it("keeps an accessible search below the current limit, and any other not", () => {
    const memory = board();
    memory.currentLimit = 0x7000_0000;
    expect(memory.find({ size: MIB, alignment: 0x1000, to: ACCESSIBLE })).toBe(0x6ff0_0000);
    expect(memory.find({ size: MIB, alignment: 0x1000, to: ANYWHERE })).toBe(0x7ff0_0000);
  });

  it("handles addresses above 4 GiB", () => {
    const memory = new Memblock([{ base: 0x1_0000_0000, size: 0x5000_0000 }]);
    expect(memory.find({ size: 0x123_4567, alignment: 0x400_0000 })).toBe(0x1_4c00_0000);
    expect(memory.find({ size: 0x123_4567, alignment: 0x400_0000, bottomUp: true })).toBe(0x1_0000_0000);
  });

  it("never spans two NUMA nodes, and keeps to one when asked", () => {
    const memory = new Memblock([{ base: 0x4000_0000, size: 0x4000_0000 }]);
    expect(memory.find({ size: 0x3000_0000, alignment: MIB })).toBe(0x5000_0000);
    memory.setNodes([
      { base: 0x4000_0000, size: 0x2000_0000, nid: 0 },
      { base: 0x6000_0000, size: 0x2000_0000, nid: 1 },
    ]);
    expect(memory.find({ size: 0x3000_0000, alignment: MIB })).toBeNull();
    expect(memory.find({ size: MIB, alignment: MIB, nid: 0 })).toBe(0x5ff0_0000);
    expect(memory.nodes()).toEqual([0, 1]);
    expect(memory.nodeBorders()).toEqual([0x6000_0000]);
  });
});

describe("Memblock", () => {
  it("merges reservations and gives them back in any pieces", () => {
    const memory = board();
    memory.reserve(0x5100_0000, 32 * MIB);
    expect(memory.reserved).toEqual([{ base: 0x5000_0000, size: 48 * MIB }]);
    memory.free(0x5080_0000, MIB);
    expect(memory.reserved).toEqual([
      { base: 0x5000_0000, size: 8 * MIB },
      { base: 0x5090_0000, size: 39 * MIB },
    ]);
  });

  it("hides RAM only, and does not count it as reserved", () => {
    const memory = board();
    memory.markNoMap(0x7f00_0000, 0x200_0000);
    expect(memory.noMap).toEqual([{ base: 0x7f00_0000, size: 0x100_0000 }]);
    expect(memory.overlapsReserved(0x7f00_0000, MIB)).toBe(false);
    expect(memory.find({ size: MIB, alignment: MIB })).toBe(0x7ef0_0000);
    memory.clearNoMap(0x7f80_0000, 0x1000);
    expect(memory.find({ size: 0x1000, alignment: 0x1000 })).toBe(0x7f80_0000);
  });

  it("gives aligned blocks of free RAM that never overlap, in either direction", () => {
    const ask = fc.record({
      size: fc.integer({ min: 1, max: 0x400_0000 }),
      alignment: fc.integer({ min: 0, max: 26 }).map((bits) => 2 ** bits),
      bottomUp: fc.boolean(),
    });
    const bank = fc.record({
      base: fc.integer({ min: 0, max: 0x1f_ffff }).map((n) => n * 0x1000),
      size: fc.integer({ min: 1, max: 0x1_0000 }).map((n) => n * 0x1000),
    });
    fc.assert(
      fc.property(fc.array(bank, { minLength: 1, maxLength: 4 }), fc.array(ask, { maxLength: 12 }), (banks, asks) => {
        const memory = new Memblock(banks);
        const given: { base: number; end: number }[] = [];
        for (const request of asks) {
          const base = memory.allocate(request);
          if (base === null) continue;
          const end = base + request.size;
          expect(base % request.alignment).toBe(0);
          expect(memory.memory.some((range) => range.base <= base && end <= range.base + range.size)).toBe(true);
          expect(given.every((other) => other.end <= base || end <= other.base)).toBe(true);
          given.push({ base, end });
        }
      }),
    );
  });
});

/** What the caller in the kernel does: its node first, then any; from the lowest address asked for, then from 0. */
function answer(memory: Memblock, step: Extract<TraceStep, readonly ["alloc", ...unknown[]]>): number | null {
  const [, size, alignment, from, max, nid] = step;
  const to = Number(max) <= 1 ? ACCESSIBLE : Math.min(Number(max), ANYWHERE);
  const request = { size: Number(size), alignment: Number(alignment), to };
  const node = nid !== null && nid >= 0 ? nid : null;
  for (const lowest of [Number(from), 0]) {
    for (const where of node === null ? [null] : [node, null]) {
      const base = memory.allocate({ ...request, from: lowest, nid: where });
      if (base !== null) return base;
    }
    if (to !== ACCESSIBLE && nid === null) return null;
  }
  return null;
}

function replay(trace: Trace): {
  readonly wrong: readonly string[];
  readonly requests: number;
  readonly memory: Memblock;
} {
  const banks = trace.memory.map(([base, size, nid]) => ({ base: Number(base), size: Number(size), nid }));
  const memory = new Memblock(banks);
  // A dynamic region is hidden only once it has its place, and is reserved from then on; a static one is never reserved.
  for (const { base, size } of subtractRanges(setOf(trace.noMap), setOf(trace.final))) memory.markNoMap(base, size);
  memory.setReserved(trace.beforeScan.map(rangeOf));
  const wrong: string[] = [];
  let requests = 0;
  for (const step of trace.ops) {
    if (step[0] !== "alloc") {
      if (step[0] === "reserve") memory.reserve(Number(step[1]), Number(step[2]));
      if (step[0] === "phys_free") memory.free(Number(step[1]), Number(step[2]));
      continue;
    }
    if ((step[5] ?? -1) >= 0) memory.setNodes(banks);
    let base: number | null = null;
    for (let i = 0; i < step[7]; i++) base = answer(memory, step);
    requests += step[7];
    const expected = step[6] === null ? null : Number(step[6]);
    if (base !== expected) wrong.push(`${step.join(" ")}: ${base?.toString(16)}`);
  }
  return { wrong, requests, memory };
}

describe("Memblock, replaying requests of real boots", () => {
  for (const trace of traces) {
    it(`${trace.id}: every request gets the kernel's answer`, () => {
      const { wrong, requests, memory } = replay(trace);
      expect(wrong).toEqual([]);
      expect(requests).toBeGreaterThan(1);
      expect(memory.reserved).toEqual(setOf(trace.final));
    });
  }
});
