import { describe, expect, it } from "vitest";
import { buddy } from "../../../src/algorithms/buddy.js";
import { firstFitExtents } from "../../../src/algorithms/extent-first-fit.js";
import { tlsf } from "../../../src/algorithms/tlsf.js";
import { sourcesOf } from "../../../src/heaps/source.js";
import { carveoutHeap } from "../../../src/simulate/heaps/carveout.js";
import { cmaArea } from "../../../src/simulate/heaps/cma.js";
import type { ContiguousArea } from "../../../src/simulate/heaps/contiguous.js";
import { makeWorld, type World } from "../../../src/simulate/world.js";
import { board } from "../../machine-builder.js";
import { take, withRegion } from "./stand.js";

const AREA = { base: 0x40000000, size: 16 * 2 ** 20 };

/** Memory of 16 MiB at 0x40000000, by every way one contiguous allocator serves it. */
const areas: readonly { readonly name: string; make(): { readonly world: World; readonly area: ContiguousArea } }[] = [
  { name: "a CMA area", make: () => served("cma") },
  { name: "a CMA area with pages lent", make: () => lent() },
  { name: "a memblock-reserved area served like one", make: () => served("reserved") },
  { name: "a carve-out", make: () => served("carveout") },
  ...[tlsf, buddy, firstFitExtents].flatMap((algorithm) =>
    (["cma", "carveout"] as const).map((how) => ({
      name: `a ${how} area on ${algorithm.name}`,
      make: () => served(how, algorithm),
    })),
  ),
];

function served(how: "cma" | "reserved" | "carveout", algorithm?: typeof tlsf): { world: World; area: ContiguousArea } {
  const world = makeWorld(board(withRegion("cma", "0x40000000+16M")));
  const source = sourcesOf(world.machine).find((s) => s.id === "cma:vpu")!;
  const area =
    how === "carveout"
      ? carveoutHeap(world, { ...source, kind: "carveout" }, algorithm)
      : cmaArea(world, source, { algorithm, lending: how === "cma" ? "movable" : "nothing" });
  return { world, area };
}

function lent(): { world: World; area: ContiguousArea } {
  const made = served("cma");
  made.area.lend(1000);
  return made;
}

describe.each(areas)("a client of $name", ({ make }) => {
  it("gets contiguous buffers inside of the area that do not overlap", () => {
    const { area } = make();
    const buffers = [1, 300, 7, 1024, 64].map((pages) => take(area, pages));
    const ranges = buffers
      .map(({ memory }) => ({ base: memory.physAddr[0]!, end: memory.physAddr[0]! + memory.length[0]! }))
      .sort((a, b) => a.base - b.base);
    expect(buffers.map(({ memory }) => memory.count)).toEqual([1, 1, 1, 1, 1]);
    expect(ranges[0]!.base).toBeGreaterThanOrEqual(AREA.base);
    expect(ranges[4]!.end).toBeLessThanOrEqual(AREA.base + AREA.size);
    for (let i = 1; i < 5; i += 1) expect(ranges[i]!.base).toBeGreaterThanOrEqual(ranges[i - 1]!.end);
    area.audit();
  });

  it("finds its bytes again, and zeros where another client wrote before", () => {
    const { world, area } = make();
    const memory = world.memory!;
    const first = take(area, 256);
    const at = first.memory.physAddr[0]!;
    memory.write(at + first.size - 3, Uint8Array.of(1, 2, 3));
    const seen = new Uint8Array(3);
    memory.read(at + first.size - 3, seen);
    expect([...seen]).toEqual([1, 2, 3]);
    area.release(first);
    const again = take(area, 4096);
    expect(again.memory.physAddr[0]).toBe(AREA.base);
    memory.read(at + first.size - 3, seen);
    expect([...seen]).toEqual([0, 0, 0]);
  });

  it("fills the area to the last page, is refused then, and gets all of it again after giving it back", () => {
    const { area } = make();
    const buffers = Array.from({ length: 4 }, () => take(area, 1024));
    expect(area.allocate({ size: 1, alignment: 1, owner: "one more" })).toMatchObject({
      ok: false,
      refusal: { code: "exhausted", free: 0, largest: 0 },
    });
    for (const buffer of buffers) area.release(buffer);
    take(area, 4096);
    area.audit();
  });
});

describe("what only a CMA area does", () => {
  it("lend pages: reserved memory has none to lend, and nothing to move", () => {
    const { world, area } = served("reserved");
    expect(area.lending).toBe("nothing");
    expect(() => area.lend(1)).toThrow("cma:vpu lends no pages");
    expect(() => area.pin(AREA.base)).toThrow("cma:vpu lends no pages");
    world.pages.movable.lend(1000);
    take(area, 4096);
    expect(area.stats().migratedPages).toBe(0);
  });
});
