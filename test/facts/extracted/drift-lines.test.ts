import { describe, expect, it } from "vitest";
import type { FactChange } from "../../../tools/facts/database/drift.js";
import { driftLines } from "../../../tools/facts/database/drift-lines.js";

const changed = (compatible: string, field: string, before: unknown, after: unknown): FactChange => ({
  compatible,
  module: "isp",
  kind: "changed",
  fields: [{ field, before, after }],
});

describe("what is different, for people", () => {
  it("stands together for compatibles of a module that changed alike, and apart for others", () => {
    const [was, is] = [{ kind: "default" }, { kind: "exact", value: "0xff" }];
    expect(
      driftLines([
        changed("x,a", "dmaMask", was, is),
        changed("x,b", "dmaMask", was, is),
        changed("x,c", "dmaMask", is, was),
        { compatible: "x,d", module: "dsp", kind: "gone" },
      ]),
    ).toEqual([
      "dsp  gone: x,d",
      "isp  changed: x,a, x,b",
      "  dmaMask: default -> exact 0xff",
      "isp  changed: x,c",
      "  dmaMask: exact 0xff -> default",
    ]);
  });

  it("has the condition of each candidate, and the layer that wrote a limit", () => {
    const mask = { kind: "set", candidates: ["0xff", "0xffff"], when: ["otherwise", "is_wide"] };
    const size = { kind: "runtime", setBy: "mmc-core" };
    expect(driftLines([changed("x,a", "dmaMask", mask, undefined)])[1]).toBe(
      "  dmaMask: set: 0xff (otherwise), 0xffff (is_wide) -> -",
    );
    expect(driftLines([changed("x,a", "maxSegmentSize", size, { kind: "default", setBy: "default" })])[1]).toBe(
      "  maxSegmentSize: runtime by mmc-core -> default",
    );
    expect(driftLines([changed("x,a", "import", { prime: true }, { prime: false })])[1]).toBe(
      '  import: {"prime":true} -> {"prime":false}',
    );
  });

  it("names of long lists what came and went", () => {
    const hosts = Array.from({ length: 9 }, (_, index) => `x,host${index}`);
    const lines = driftLines([
      changed("x,a", "appliesTo", { aggregate: ["x,old", ...hosts] }, { aggregate: [...hosts, "x,new"] }),
    ]);
    expect(lines.slice(1)).toEqual(["  appliesTo: no longer x,old", "  appliesTo: now also x,new"]);
    const turned = changed("x,a", "appliesTo", { aggregate: hosts }, { aggregate: hosts.toReversed() });
    expect(driftLines([turned]).slice(1)).toEqual(["  appliesTo: in another order"]);
  });
});
