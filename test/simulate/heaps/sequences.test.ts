import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buddy } from "../../../src/algorithms/buddy.js";
import { tlsf } from "../../../src/algorithms/tlsf.js";
import type { Backing } from "../../../src/simulate/heaps/heap.js";
import type { HeapAlgorithms } from "../../../src/simulate/heaps/heaps-of-machine.js";
import type { PageLoan } from "../../../src/simulate/memory/movable-pages.js";
import { device, region } from "../../machine-builder.js";
import { areaOf, type Stand, stand } from "./stand.js";

const BOARD = {
  ram: "0x40000000+16M,0x100000000+8M",
  cma: "0x40800000+4M",
  regions: [
    region("pool", "coherent-pool", "0x40100000+1M"),
    region("bounce", "restricted-pool", "0x40220000+1M"),
    region("cam", "cma", "0x40c00000+2M"),
  ],
  devices: [
    device("a", { regions: ["pool"] }),
    device("b", { regions: ["bounce"] }),
    device("c", { regions: ["cam"] }),
  ],
} as const;

const HEAPS = [
  "cma:cam",
  "cma:default",
  "coherent-pool:pool",
  "dma32-pages",
  "page-block",
  "restricted-pool:bounce",
  "system",
  "udmabuf",
] as const;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("allocate" as const),
      heap: fc.nat(),
      pages: fc.nat(700),
      fault: fc.nat(9),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("atomic" as const), pages: fc.nat(20), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lend" as const), pages: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pin" as const), page: fc.nat(511) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Bytes of each heap that are in use, by id; atomic pools too. */
function usedOf({ heaps }: Stand): readonly (readonly [string, number, number])[] {
  return [...heaps.values(), ...heaps.atomicPools.pools].map((heap) => {
    const { used, live } = heap.stats();
    return [heap.source.id, used, live];
  });
}

function replay(steps: readonly Step[], algorithms: HeapAlgorithms): void {
  const at = stand(BOARD, algorithms);
  const memory = at.world.memory!;
  expect([...at.heaps.keys()]).toEqual([...HEAPS]);
  const before = usedOf(at);
  const live: Backing[] = [];
  const loans: PageLoan[] = [];
  const pins: number[] = [];
  const keep = (backing: Backing): void => {
    for (const [i, address] of backing.memory.physAddr.entries()) {
      expect(memory.byteAt(address)).toBe(0);
      memory.setByte(address + backing.memory.length[i]! - 1, 1);
    }
    live.push(backing);
  };
  for (const one of steps) {
    const books = usedOf(at);
    if (one.kind === "allocate") {
      const heap = at.heaps.get(HEAPS[one.heap % HEAPS.length]!)!;
      if (one.fault > 5) at.world.faults.failNth(one.fault - 5);
      const answer = heap.allocate({ size: one.pages * 4096 + 1, alignment: 4096, owner: "test" });
      at.world.faults.failNth(0);
      if (answer.ok) keep(answer.value);
      else expect(usedOf(at)).toEqual(books);
    } else if (one.kind === "release" && live.length > 0) {
      const [backing] = live.splice(one.which % live.length, 1);
      backing!.heap.release(backing!);
    } else if (one.kind === "atomic") {
      const request = { size: one.pages * 4096 + 1, alignment: 1, owner: "test" };
      const answer = at.heaps.atomicPools.allocate(request, (["none", "dma", "dma32"] as const)[one.which % 3]!);
      if (answer.ok) keep(answer.value);
    } else if (one.kind === "lend") {
      const loan = at.world.pages.movable.lend(one.pages + 1);
      if (loan !== null) loans.push(loan);
      expect(usedOf(at)).toEqual(books);
    } else if (one.kind === "pin") {
      const address = 0x40c00000 + one.page * 4096;
      const holder = live.find(
        ({ memory: { physAddr, size } }) => physAddr[0]! <= address && address < physAddr[0]! + size,
      );
      if (holder === undefined || holder.heap !== at.heaps.get("cma:cam")) {
        areaOf(at, "cma:cam").pin(address);
        pins.push(address);
      }
    }
    at.heaps.audit();
  }
  for (const address of pins) areaOf(at, "cma:cam").unpin(address);
  for (const loan of loans) loan.giveBack();
  for (const backing of live) backing.heap.release(backing);
  at.heaps.audit();
  expect(memory.residentPages).toBe(0);
  expect(usedOf(at).filter(([id]) => id !== "cma:default")).toEqual(before.filter(([id]) => id !== "cma:default"));
  expect(at.world.pages.movable.count).toBe(0);
}

describe("any sequence of allocations, releases, loans, pins and faults", () => {
  it("keeps the books, and ends where it began: only what atomic pools have grown by stays with them", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => replay(steps, {})),
      { numRuns: 150 },
    );
  });

  it("does so on other algorithms as well", () => {
    const algorithms = { cma: tlsf, "coherent-pool": buddy, "restricted-pool": tlsf };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => replay(steps, algorithms)),
      { numRuns: 100 },
    );
  });
});
