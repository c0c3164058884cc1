import { describe, expect, it } from "vitest";
import { hashStep, traceHash, WORKLOADS } from "../../bench/workloads.js";

describe("the hash of a trace", () => {
  it("goes on by 31 times the hash so far, in 32 bits", () => {
    expect([7, 11].reduce(hashStep, 0)).toBe(7 * 31 + 11);
    expect(hashStep(0x40000000, 1) >>> 0).toBe(0xc0000001);
  });

  it("takes slot, units and alignment of every event", () => {
    const trace = {
      slots: Int32Array.of(1, 1),
      units: Int32Array.of(2, 0),
      alignLog2: Int32Array.of(3, 0),
      allocations: 1,
      slotCount: 2,
    };
    expect(traceHash(trace)).toBe(((((1 * 31 + 2) * 31 + 3) * 31 + 1) * 31 + 0) * 31 + 0);
  });
});

describe("workloads", () => {
  const expected = [
    { name: "W1", pool: 262144, events: 2000000, allocations: 1000000, slots: 1508, peak: 183500, hash: "36631cce" },
    { name: "W2", pool: 262144, events: 2000064, allocations: 1000032, slots: 456, peak: 207229, hash: "cce3a01d" },
    { name: "W3", pool: 262144, events: 2000000, allocations: 1000000, slots: 877, peak: 171275, hash: "3d87d0cd" },
    { name: "W4", pool: 262144, events: 785408, allocations: 392704, slots: 32768, peak: 131072, hash: "9135d136" },
    { name: "W5", pool: 1048576, events: 2000000, allocations: 1000000, slots: 5344, peak: 335290, hash: "3e46cbdc" },
    { name: "W6", pool: 262144, events: 785034, allocations: 392517, slots: 32768, peak: 131072, hash: "c1e9ad16" },
  ];

  it.each(expected)("$name has its $allocations allocations and its hash", (row) => {
    const workload = WORKLOADS.find(({ name }) => name === row.name)!;
    const trace = workload.trace();
    expect(traceHash(trace).toString(16)).toBe(row.hash);
    expect(workload.traceHash.toString(16)).toBe(row.hash);
    expect(trace.allocations).toBe(row.allocations);
    expect(trace.slotCount).toBe(row.slots);
    expect(trace.slots.length).toBe(row.events);
    const held = new Int32Array(trace.slotCount);
    let live = 0;
    let peak = 0;
    for (let i = 0; i < trace.slots.length; i++) {
      const slot = trace.slots[i]!;
      live += trace.units[i]! - held[slot]!;
      held[slot] = trace.units[i]!;
      peak = Math.max(peak, live);
    }
    expect(peak).toBe(row.peak);
    expect(live).toBe(0);
    expect(workload.pool).toBe(row.pool);
  });
});
