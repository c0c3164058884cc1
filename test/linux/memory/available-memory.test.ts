import { describe, expect, it } from "vitest";
import { AvailableMemory } from "../../../src/linux/memory/available-memory.js";

/** A machine and a clock, both the test's. */
class Machine {
  bytes: number;
  time = 0;
  reads = 0;
  readonly available: AvailableMemory = new AvailableMemory(
    () => {
      this.reads += 1;
      return new Map([["MemAvailable", this.bytes]]);
    },
    () => this.time,
  );

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

describe("what a machine can still give", () => {
  it("is read once in a tenth of a second, less what was handed out since", () => {
    const m = new Machine(1000);
    expect(m.available.has(600)).toBe(true);
    m.available.took(600);
    m.time = 99;
    expect(m.available.has(400)).toBe(true);
    expect([m.reads, m.available.bytes]).toEqual([1, 400]);
  });

  it("is read again when the time is over: others take memory too", () => {
    const m = new Machine(1000);
    expect(m.available.has(10)).toBe(true);
    m.bytes = 5;
    m.time = 100;
    expect(m.available.has(10)).toBe(false);
    expect(m.available.bytes).toBe(5);
  });

  it("refuses nothing on an old reading: what was given back is in none", () => {
    const m = new Machine(1000);
    for (let i = 0; i < 50; i += 1) {
      expect(m.available.has(900)).toBe(true);
      m.available.took(900);
    }
    expect(m.available.has(1001)).toBe(false);
  });

  it("is nothing on a kernel that does not say", () => {
    const silent = new AvailableMemory(
      () => new Map(),
      () => 0,
    );
    expect([silent.has(0), silent.has(1), silent.field("CmaFree")]).toEqual([true, false, 0]);
  });
});
