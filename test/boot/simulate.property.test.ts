import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BootInput, BootOutcome } from "../../src/boot/outcome.js";
import { DEBIAN_ARM64_6_12, DEBIAN_ARMMP_LPAE_6_1 } from "../../src/boot/profile.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { containsRange, intersectRanges, type Range, toRangeSet, totalSize } from "../../src/units/ranges.js";

const PAGE = 0x1000;
const pages = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max }).map((n) => n * PAGE);

const bank = fc.record({ base: fc.integer({ min: 0, max: 0x17_ffff }).map((n) => n * PAGE), size: pages(0x4_0000) });
const range = fc.record({ base: fc.integer({ min: 0, max: 0x18_0000 }).map((n) => n * PAGE), size: pages(0x2000) });

const sized: fc.Arbitrary<TreeSpec> = fc
  .record({
    size: fc.integer({ min: 1, max: 64 }).map((n) => n * 0x10_0000),
    alignment: fc.option(
      fc.integer({ min: 6, max: 27 }).map((bits) => 2 ** bits),
      { nil: undefined },
    ),
    windows: fc.option(fc.array(range, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    flags: fc.subarray(["reusable", "no-map", "linux,cma-default"]),
    pool: fc.boolean(),
  })
  .map(({ size, alignment, windows, flags, pool }) => ({
    size: cells64(size),
    ...(alignment === undefined ? {} : { alignment: cells64(alignment) }),
    ...(windows === undefined ? {} : { "alloc-ranges": cells64(...windows.flatMap((w) => [w.base, w.size * 64])) }),
    ...Object.fromEntries(flags.map((flag) => [flag, true as const])),
    ...(pool ? { compatible: "shared-dma-pool" } : {}),
  }));
const fixed: fc.Arbitrary<TreeSpec> = fc.record({ at: range, flags: fc.subarray(["no-map"]) }).map(({ at, flags }) => ({
  reg: cells64(at.base, at.size),
  ...Object.fromEntries(flags.map((flag) => [flag, true as const])),
}));

const input: fc.Arbitrary<BootInput> = fc
  .record({
    banks: fc.array(bank, { minLength: 1, maxLength: 3 }),
    nodes: fc.array(fc.oneof({ weight: 3, arbitrary: sized }, { weight: 1, arbitrary: fixed }), { maxLength: 8 }),
    reserved: fc.option(fc.array(range, { maxLength: 3 }), { nil: null }),
    cmdline: fc.constantFrom("", "cma=32M", "cma=64M@0x50000000", "cma=16M@0x40000000-0x80000000", "mem=512M", "cma=0"),
    profile: fc.constantFrom(DEBIAN_ARM64_6_12, DEBIAN_ARMMP_LPAE_6_1),
  })
  .map(({ banks, nodes, reserved, cmdline, profile }) => ({
    tree: buildDeviceTree({
      "#address-cells": 2,
      "#size-cells": 2,
      "reserved-memory": {
        "#address-cells": 2,
        "#size-cells": 2,
        ranges: true,
        ...Object.fromEntries(nodes.map((node, i) => [`r${i}`, node])),
      },
    }),
    banks,
    cmdline,
    profile,
    reservedBeforeScan: reserved,
  }));

/** Placed regions whose place the allocator chose. */
function chosen(
  outcome: BootOutcome,
): readonly (Range & { readonly alignment: number; readonly windows: readonly Range[] | null })[] {
  return outcome.regions
    .filter((r) => r.placement === "dynamic" && r.status === "placed")
    .map((r) => ({ base: r.base as number, size: r.size, alignment: r.alignment, windows: r.allocRanges }));
}

describe("simulateBoot, for any tree, RAM and start", () => {
  it("puts sized regions in RAM, aligned, inside their ranges, off everything reserved before and off each other", () => {
    fc.assert(
      fc.property(input, (start) => {
        const outcome = simulateBoot(start);
        const ram = toRangeSet(start.banks);
        const before = start.reservedBeforeScan ?? outcome.assumptions.slice(0, 2);
        const placed = chosen(outcome);
        for (const { base, size, alignment, windows } of placed) {
          expect(containsRange(ram, { base, size })).toBe(true);
          expect(base % alignment).toBe(0);
          expect(intersectRanges([{ base, size }], toRangeSet(before))).toEqual([]);
          if (windows !== null) expect(windows.some((w) => containsRange([w], { base, size }))).toBe(true);
        }
        expect(totalSize(toRangeSet(placed))).toBe(placed.reduce((sum, r) => sum + r.size, 0));
      }),
      { numRuns: 300 },
    );
  });

  it("keeps free pages off regions, off the default area and off each other, and inside RAM", () => {
    fc.assert(
      fc.property(input, (start) => {
        const outcome = simulateBoot(start);
        const { free, defaultCma, regions, failures } = outcome;
        expect(free).toEqual(toRangeSet(free));
        expect(intersectRanges(free, toRangeSet(start.banks))).toEqual(free);
        const givenUp = failures.some((f) => f.kind === "cma-not-activated" || f.kind === "panic");
        const rolledBack = failures.some((f) => f.kind === "init-failed");
        if (givenUp || rolledBack) return;
        if (defaultCma !== null) expect(intersectRanges(free, [defaultCma])).toEqual([]);
        for (const r of regions) {
          if (r.status === "placed" && r.reserved)
            expect(intersectRanges(free, toRangeSet([{ base: r.base as number, size: r.size }]))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same output for the same input, whatever the order of the banks", () => {
    fc.assert(
      fc.property(input, (start) => {
        const outcome = simulateBoot(start);
        expect(simulateBoot(start)).toEqual(outcome);
        expect(simulateBoot({ ...start, banks: [...start.banks].reverse() })).toEqual(outcome);
      }),
      { numRuns: 100 },
    );
  });

  it("answers for any bytes in any property and any words on the command line", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Uint8Array.from(value));
    const names = ["reg", "size", "alignment", "alloc-ranges", "compatible", "status"];
    const property = fc.record({ name: fc.constantFrom(...names), value: bytes });
    const node = fc
      .array(property, { maxLength: 4 })
      .map((all) => Object.fromEntries(all.map(({ name, value }) => [name, value])));
    const cellCount = fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.integer({ min: 0, max: 0xffff_ffff }));
    const word = fc
      .tuple(fc.constantFrom("cma", "mem", "numa_cma", "swiotlb", "cma_pernuma"), fc.string({ maxLength: 24 }))
      .map(([name, value]) => `${name}=${value}`);
    const size = fc.constantFrom("cma=9E", "cma=1M@9E", "cma=0x7fffffffffffffff@0x1", "cma=1M@1-9E", "mem=1", "mem=9E");
    fc.assert(
      fc.property(
        fc.array(node, { maxLength: 5 }),
        cellCount,
        cellCount,
        fc.array(fc.oneof(word, size), { maxLength: 3 }),
        fc.array(bank, { maxLength: 3 }),
        (nodes, addressCells, sizeCells, line, banks) => {
          const counts = { "#address-cells": cells(addressCells), "#size-cells": cells(sizeCells) };
          const children = Object.fromEntries(nodes.map((spec, i) => [`r${i}`, spec]));
          const tree = buildDeviceTree({ ...counts, "reserved-memory": { ...counts, ranges: true, ...children } });
          const start = { tree, banks, cmdline: line.join(" "), profile: DEBIAN_ARM64_6_12 };
          for (const reservedBeforeScan of [null, []]) {
            const outcome = simulateBoot({ ...start, reservedBeforeScan });
            expect(outcome.regions).toHaveLength(nodes.length);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
