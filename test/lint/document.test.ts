/** `coalloc/check/1`: what the published schema says is what there is. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { checkDocument } from "../../src/lint/document.js";
import { RULES } from "../../src/lint/rules.js";
import { EMBEDDED_6_12, KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { type Capture, inputOf } from "../boot/capture.js";
import { captures, randomCaptures } from "../boot/captures.js";
import { faultsBySchema } from "../published-schema.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

function documentOf(capture: Capture, isStartKnown: boolean): ReturnType<typeof checkDocument> {
  const { tree, cmdline, banks, reservedBeforeScan, reservedBeforeDefaultCma, kernelImage } = inputOf(capture);
  const bootState = {
    reservedBeforeScan,
    reservedBeforeDefaultCma,
    pieces: { kernel: kernelImage ?? null, initrd: null, fdt: null },
  };
  const memory = { kind: "banks" as const, banks };
  const profile = KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12;
  const board = readBoard({ tree, facts, profile, cmdline, memory, ...(isStartKnown ? { bootState } : {}) });
  return checkDocument(board, []);
}

describe("the schema of coalloc/check/1", () => {
  const boots = [...captures, ...randomCaptures];

  it(`accepts what is said of ${boots.length} boots, with the start given and without`, () => {
    const kinds = new Set<string>();
    for (const capture of boots) {
      for (const isStartKnown of [true, false]) {
        const document = documentOf(capture, isStartKnown);
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
    const document = documentOf(captures.find(({ id }) => id === "rng-all-fail")!, true);
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
