import { describe, expect, it } from "vitest";
import { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { driftOf } from "../../../tools/facts/database/drift.js";
import { storeFacts } from "../../../tools/facts/database/store.js";
import { fact } from "../../machine/board.js";

const stored = (...facts: DeviceFact[]): ExtractedFacts =>
  new ExtractedFacts(storeFacts(facts, { kernel: "6.12.117", generator: 1 }));
const found = (name: string, line: number, more: Partial<DeviceFact> = {}): DeviceFact =>
  fact(name, { driver: { module: "isp", file: "drivers/isp.c", line, kernel: "6.12" }, ...more });
const mask = (value: string, line: number): DeviceFact["dmaMask"] => ({
  kind: "exact",
  value,
  sources: [{ file: "drivers/isp.c", line }],
});

describe("two databases", () => {
  it("are the same when only lines moved", () => {
    const before = stored(found("x,isp", 10, { dmaMask: mask("0xffff", 20), coherentDmaMask: mask("0xffff", 20) }));
    const after = stored(found("x,isp", 11, { dmaMask: mask("0xffff", 29), coherentDmaMask: mask("0xffff", 29) }));
    expect(driftOf(before, after)).toEqual({ changes: [], same: 1 });
  });

  it("differ by what came, what went, and field by field", () => {
    const before = stored(found("x,isp", 1, { dmaMask: mask("0xffff", 2) }), found("x,old", 1));
    const after = stored(found("x,isp", 1, { dmaMask: mask("0xff", 2), note: "now told" }), found("x,young", 1));
    expect(driftOf(before, after)).toEqual({
      same: 0,
      changes: [
        {
          compatible: "x,isp",
          module: "isp",
          kind: "changed",
          fields: [
            { field: "dmaMask", before: { kind: "exact", value: "0xffff" }, after: { kind: "exact", value: "0xff" } },
            { field: "note", before: undefined, after: "now told" },
          ],
        },
        { compatible: "x,old", module: "isp", kind: "gone" },
        { compatible: "x,young", module: "isp", kind: "new" },
      ],
    });
  });
});
