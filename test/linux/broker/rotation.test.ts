import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rotation } from "../../../src/linux/broker/rotation.js";

describe("Rotation", () => {
  it("gives each its turn, and those that come late when all others have had theirs", () => {
    const ring = new Rotation<string>();
    expect(ring.next()).toBeUndefined();
    for (const thing of ["a", "b", "b", "c"]) ring.add(thing);
    expect([ring.next(), ring.next()]).toEqual(["a", "b"]);
    ring.add("d");
    expect([ring.next(), ring.next(), ring.next(), ring.next(), ring.next()]).toEqual(["c", "a", "b", "d", "c"]);
    expect([...ring]).toEqual(["a", "b", "c", "d"]);
  });

  it("skips nobody when others go, even the one whose turn is next", () => {
    const ring = new Rotation<string>();
    for (const thing of ["a", "b", "c"]) ring.add(thing);
    ring.next();
    ring.delete("b");
    ring.delete("b");
    expect([ring.next(), ring.next()]).toEqual(["c", "a"]);
    ring.delete("a");
    ring.delete("c");
    expect([ring.size, ring.next()]).toEqual([0, undefined]);
    ring.add("e");
    expect(ring.next()).toBe("e");
  });

  it("comes to everybody within as many turns as there are, whatever happened before", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("add", "delete", "next"), fc.nat(20)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (program) => {
        const ring = new Rotation<number>();
        const there = new Set<number>();
        for (const [step, thing] of program) {
          if (step === "add") {
            ring.add(thing);
            there.add(thing);
          } else if (step === "delete") {
            ring.delete(thing);
            there.delete(thing);
          } else {
            ring.next();
          }
        }
        const turns = Array.from({ length: there.size }, () => ring.next());
        expect(new Set(turns)).toEqual(there);
      }),
      { numRuns: 500 },
    );
  });
});
