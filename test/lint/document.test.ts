/** `coalloc/check/1`: what the published schema says is what there is. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { type Board, readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { checkDocument } from "../../src/lint/document.js";
import { memoryMap } from "../../src/lint/memory-map.js";
import { RULES } from "../../src/lint/rules.js";
import { EMBEDDED_6_12, KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { intersectRanges, subtractRanges, toRangeSet } from "../../src/units/ranges.js";
import { type Capture, inputOf, rangeOf } from "../boot/capture.js";
import { captures, randomCaptures } from "../boot/captures.js";
import { faultsBySchema } from "../published-schema.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

function boardOf(capture: Capture, isStartKnown: boolean): Board {
  const { tree, cmdline, banks, reservedBeforeScan, reservedBeforeDefaultCma, kernelImage } = inputOf(capture);
  const bootState = {
    reservedBeforeScan,
    reservedBeforeDefaultCma,
    pieces: { kernel: kernelImage ?? null, initrd: null, fdt: null },
  };
  const memory = { kind: "banks" as const, banks };
  const profile = KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12;
  return readBoard({ tree, facts, profile, cmdline, memory, ...(isStartKnown ? { bootState } : {}) });
}

const boots = [...captures, ...randomCaptures];

describe("the schema of coalloc/check/1", () => {
  it(`accepts what is said of ${boots.length} boots, with the start given and without`, () => {
    const kinds = new Set<string>();
    for (const capture of boots) {
      for (const isStartKnown of [true, false]) {
        const document = checkDocument(boardOf(capture, isStartKnown), []);
        expect(faultsBySchema(document), capture.id).toEqual([]);
        for (const { kind } of document.boot.failures) kinds.add(kind);
      }
    }
    expect(kinds.size).toBeGreaterThan(10);
  });

  it.skipIf(!hasCompiler)("accepts the findings of every rule's wrong tree", () => {
    for (const rule of RULES) {
      const board = exampleBoard(rule.wrong, facts);
      expect(faultsBySchema(checkDocument(board, checkBoard(board))), rule.id).toEqual([]);
    }
  });

  it("refuses a document with a field too many, one too few, or a failure nobody knows", () => {
    const document = checkDocument(boardOf(captures.find(({ id }) => id === "rng-all-fail")!, true), []);
    const { boot, banks, ...rest } = document;
    expect(faultsBySchema(document)).toEqual([]);
    for (const wrong of [
      { ...rest, boot },
      { ...document, surprise: 1 },
      { ...document, banks: banks.map(([base]) => [base, -1]) },
      { ...document, boot: { ...boot, failures: [{ kind: "bad-luck", node: null, phase: "scan" }] } },
      { ...document, boot: { ...boot, regions: [{ ...boot.regions[0], certainty: "sure" }] } },
    ]) {
      expect(faultsBySchema(wrong)).not.toEqual([]);
    }
  });
});

describe("the map of memory", () => {
  it("divides every bank without a gap, and calls free what is", () => {
    for (const capture of boots) {
      for (const isStartKnown of [true, false]) {
        const board = boardOf(capture, isStartKnown);
        const { banks, outside } = memoryMap(board);
        expect(banks.map(({ base, size }) => ({ base, size }))).toEqual(
          board.machine.banks.map(({ base, size }) => ({ base, size })),
        );
        for (const { base, size, pieces } of banks) {
          let at = base;
          for (const piece of pieces) {
            expect(piece.base).toBe(at);
            expect(piece.size).toBeGreaterThan(0);
            at += piece.size;
          }
          expect(at).toBe(base + size);
        }
        const pieces = banks.flatMap((bank) => bank.pieces);
        const free = toRangeSet(pieces.filter(({ owners }) => owners.length === 0));
        const taken = toRangeSet(pieces.filter(({ owners }) => owners.length > 0));
        expect(intersectRanges(taken, board.boot.free), capture.id).toEqual([]);
        // Free bytes that the page allocator has not got are parts of pages.
        const parts = subtractRanges(free, board.boot.free);
        expect(
          parts.filter(({ size }) => size >= 2 * board.input.profile.pageSize),
          capture.id,
        ).toEqual([]);
        expect(intersectRanges(toRangeSet(outside), toRangeSet(board.machine.banks))).toEqual([]);
      }
    }
  });

  it("names whoever the kernel announced, at what is left of its place", () => {
    for (const capture of boots.filter(({ kernel }) => kernel.endsWith("-arm64"))) {
      const board = boardOf(capture, true);
      const { banks, outside } = memoryMap(board);
      const pieces = [...banks.flatMap((bank) => bank.pieces), ...outside];
      const refused = board.boot.failures.flatMap(({ kind, node }) => (kind === "reserve-failed" ? [node] : []));
      for (const [name, base, size] of capture.regions) {
        // The kernel read behind an empty reg, and announced what it found there.
        if (!Number.isSafeInteger(Number(base) + Number(size))) continue;
        if (refused.includes(`/reserved-memory/${name}`)) continue;
        const own = toRangeSet(pieces.filter(({ owners }) => owners.some((owner) => owner.name === name)));
        const left = subtractRanges(toRangeSet([rangeOf([base, size])]), board.boot.free);
        expect(intersectRanges(own, [rangeOf([base, size])]), `${capture.id} ${name}`).toEqual(left);
      }
    }
  });

  it("says where zones of the page allocator meet", () => {
    const board = boardOf(captures.find(({ id }) => id === "bank-cross4g")!, true);
    expect(memoryMap(board).borders).toEqual([{ address: 0x1_0000_0000, below: "DMA", above: "Normal" }]);
  });
});
