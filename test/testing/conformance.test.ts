import { describe, expect, it } from "vitest";
import { type Algorithm, type AllocatorTraits, NO_ROOM, type PoolShape } from "../../src/algorithms/allocator.js";
import { checkAllocator } from "../../src/testing/conformance.js";
import { ConformanceError, type ConformanceLaw } from "../../src/testing/law.js";
import { SortedList, sortedList } from "../algorithms/fixture/sorted-list.js";

/** The error that the suite throws for an allocator, or undefined. */
function fault(make: (pool: PoolShape) => SortedList, traits: Partial<AllocatorTraits> = {}): ConformanceError {
  const algorithm: Algorithm = { name: "broken", traits: { ...sortedList.traits, ...traits }, make };
  try {
    checkAllocator(algorithm);
  } catch (error) {
    if (error instanceof ConformanceError) return error;
    throw error;
  }
  throw new Error("passes");
}

/** Calls until something goes wrong, over all instances: what a twin cannot share. */
let calls = 0;

const broken: readonly {
  readonly law: ConformanceLaw;
  readonly name: string;
  readonly traits?: Partial<AllocatorTraits>;
  readonly make: new (pool: PoolShape) => SortedList;
}[] = [
  {
    law: "no-overlap",
    name: "forgets a block that starts at unit 0",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        const first = this.blocks[0];
        if (blocks === 1 && first !== undefined && first.start === 0 && this.blocks.length === 3)
          first.start = -first.units;
        return blocks;
      }
      override freeUnits(): number {
        return this.blocks.reduce((free, block) => free - block.units, this.units);
      }
    },
  },
  {
    law: "in-bounds",
    name: "has a unit too many",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks !== NO_ROOM && out[1]! + units === this.units) out[1]! += 1;
        return blocks;
      }
    },
  },
  {
    law: "aligned",
    name: "aligns from unit 0, not from the origin",
    traits: { placement: "unstated", refuses: "policy" },
    make: class extends SortedList {
      constructor(pool: PoolShape) {
        super(pool);
        Object.assign(this, { alignOrigin: 0 });
      }
    },
  },
  {
    law: "aligned",
    name: "accepts an alignment that it says it does not honour",
    traits: { aligned: false },
    make: SortedList,
  },
  {
    law: "units-add-up",
    name: "gives a unit less than asked",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks !== NO_ROOM && units > 3) out[2]! -= 1;
        return blocks;
      }
    },
  },
  {
    law: "blocks",
    name: "says two blocks",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        return blocks === NO_ROOM || units < 5 ? blocks : 2;
      }
    },
  },
  {
    law: "handles",
    name: "gives the same handle twice",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks !== NO_ROOM && this.blocks.length === 2) out[0] = this.blocks[0]!.handle;
        return blocks;
      }
    },
  },
  {
    law: "free-units",
    name: "does not count requests of one unit",
    make: class extends SortedList {
      override freeUnits(): number {
        return this.blocks.reduce((free, block) => free - (block.units === 1 ? 0 : block.units), this.units);
      }
    },
  },
  {
    law: "largest-free",
    name: "does not look at the run at the end",
    make: class extends SortedList {
      override largestFree(): number {
        if (this.blocks.length < 2) return super.largestFree();
        return new SortedList({ units: this.blocks.at(-1)!.start + 1 }).largestFree() - 1;
      }
    },
  },
  {
    law: "largest-free",
    name: "by a policy, gives more than it says it has",
    traits: { placement: "unstated", refuses: "policy" },
    make: class extends SortedList {
      override largestFree(): number {
        return Math.min(7, super.largestFree());
      }
    },
  },
  {
    law: "free-units",
    name: "keeps a unit back without a policy",
    make: class extends SortedList {
      override freeUnits(): number {
        return super.freeUnits() - 1;
      }
    },
  },
  {
    law: "free-restores",
    name: "loses a unit when a longer block is given back",
    make: class extends SortedList {
      lost = 0;
      override free(handle: number): void {
        const block = this.blocks.find((other) => other.handle === handle);
        super.free(handle);
        if (block !== undefined && block.units > 20) this.lost += 1;
      }
      override freeUnits(): number {
        return super.freeUnits() - this.lost;
      }
    },
  },
  {
    law: "dead-handles",
    name: "does not notice a double free",
    make: class extends SortedList {
      override free(handle: number): void {
        if (!Number.isInteger(handle) || handle < 1 || handle > this.lastHandle)
          throw new RangeError(`handle ${handle}`);
        if (this.blocks.some((block) => block.handle === handle)) super.free(handle);
      }
    },
  },
  {
    law: "dead-handles",
    name: "throws another error for a handle never given",
    make: class extends SortedList {
      override free(handle: number): void {
        if (handle > this.lastHandle) throw new Error("unknown");
        super.free(handle);
      }
    },
  },
  {
    law: "refusal-changes-nothing",
    name: "writes out before it refuses",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks === NO_ROOM) out[1] = 0;
        return blocks;
      }
    },
  },
  {
    law: "refusal-changes-nothing",
    name: "places elsewhere after a refusal",
    traits: { placement: "unstated" },
    make: class extends SortedList {
      shift = 0;
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks === NO_ROOM) this.shift = 1;
        else if (this.shift === 1 && this.blocks.length === 1 && align === 1 && out[1]! + units < this.units) {
          this.blocks[0]!.start += 1;
          out[1]! += 1;
        }
        return blocks;
      }
    },
  },
  {
    law: "placement",
    name: "takes the end of a pool that is free",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        const blocks = super.allocate(units, align, out);
        if (blocks !== NO_ROOM && this.blocks.length === 1 && align === 1) {
          out[1] = this.units - units;
          this.blocks[0]!.start = out[1];
        }
        return blocks;
      }
    },
  },
  {
    law: "placement",
    name: "says best fit and does first fit",
    traits: { placement: "best-fit" },
    make: SortedList,
  },
  {
    law: "refuses",
    name: "keeps the last unit back",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        return this.freeUnits() === units && this.blocks.length > 0 ? NO_ROOM : super.allocate(units, align, out);
      }
    },
  },
  {
    law: "deterministic",
    name: "depends on what other allocators did",
    traits: { placement: "unstated" },
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        calls += 1;
        if (calls % 64 === 0) this.lastHandle += 1;
        return super.allocate(units, align, out);
      }
    },
  },
  {
    law: "arguments",
    name: "takes a request of no units",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        return units === 0 ? NO_ROOM : super.allocate(units, align, out);
      }
    },
  },
  {
    law: "arguments",
    name: "makes a pool of half a unit",
    make: class extends SortedList {
      constructor(pool: PoolShape) {
        super(pool.units === 1.5 ? { units: 1 } : pool);
      }
    },
  },
  {
    law: "answers",
    name: "throws when three blocks are live",
    make: class extends SortedList {
      override allocate(units: number, align: number, out: Int32Array): number {
        if (this.blocks.length === 3 && units === 1) throw new TypeError("three");
        return super.allocate(units, align, out);
      }
    },
  },
];

describe("checkAllocator", () => {
  it("passes an algorithm that was written outside the project", () => {
    const report = checkAllocator(sortedList, { seed: 5, sequences: 4, operations: 50, pools: [{ units: 100 }] });
    expect(report).toMatchObject({ algorithm: "sorted-list", seed: 5, sequences: 4, operations: 200 });
    expect(report.accepted).toBeGreaterThan(20);
    expect(report.refused).toBeGreaterThan(5);
  });

  for (const { law, name, traits, make } of broken) {
    it(`catches one that ${name}: ${law}`, () => {
      const error = fault((pool) => new make(pool), traits);
      expect(error.message).toContain(`broken breaks the law "${law}"`);
      expect(error.law).toBe(law);
      expect(error.operations.length).toBeLessThan(12);
    });
  }

  it("tries the same for the same seed, and something else for another", () => {
    const run = (seed: number): string =>
      JSON.stringify({ ...checkAllocator(sortedList, { seed, sequences: 3 }), seed: 0 });
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  it("refuses options that are no positive integers", () => {
    expect(() => checkAllocator(sortedList, { sequences: 0 })).toThrow(
      new RangeError("sequences is 0; at least 1 is needed"),
    );
    expect(() => checkAllocator(sortedList, { pools: [] })).toThrow(RangeError);
  });

  it("shows the shortest sequence it finds", () => {
    class Forgetful extends SortedList {
      override free(handle: number): void {
        if (this.blocks.length === 2) this.blocks.pop();
        else super.free(handle);
      }
    }
    const error = fault((pool) => new Forgetful(pool), { placement: "unstated" });
    expect(error.message.split("\n")).toHaveLength(2 + error.operations.length);
    expect(error.operations.map((operation) => operation.do)).toEqual(["allocate", "allocate", "free", "allocate"]);
  });
});
