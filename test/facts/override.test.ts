import { describe, expect, it } from "vitest";
import { overrideJsonSchema, parseOverrides } from "../../src/facts/override.js";
import { describeFieldRefusal } from "../../src/units/yaml-fields.js";

const file = (...facts: unknown[]): string => JSON.stringify({ schema: "coalloc/facts-override/1", facts });

describe("an override file", () => {
  it("states any field, and only those", () => {
    expect(
      parseOverrides(file({ match: { compatible: "x,isp" }, dmaMask: "0xffffffffff", maxSegmentSize: "unlimited" })),
    ).toEqual({
      ok: true,
      value: [{ match: { compatible: "x,isp" }, fields: { dmaMask: "0xffffffffff", maxSegmentSize: "unlimited" } }],
    });
    expect(parseOverrides(file({ match: { node: "/soc/npu@1" } }))).toEqual({
      ok: true,
      value: [{ match: { node: "/soc/npu@1" }, fields: {} }],
    });
  });

  it("is refused in one line, whatever stands around the fault", () => {
    const result = parseOverrides('{\n\t"a": \u0007');
    expect(result.ok ? "accepted" : result.refusal.text).toMatch(/^[ -~]+$/);
  });

  it("says in a word what the buffers are, or lists the queues", () => {
    const buffersOf = (buffers: unknown): unknown => {
      const result = parseOverrides(file({ match: { node: "/x" }, buffers }));
      return result.ok ? result.value[0]?.fields.buffers : result.refusal.path;
    };
    expect(buffersOf("scattered")).toEqual([
      { queue: "buffers", kind: "own", allocates: "scattered", accepts: "scattered" },
    ]);
    expect(buffersOf("contiguous")).toEqual([
      { queue: "buffers", kind: "own", allocates: "contiguous", accepts: "contiguous" },
    ]);
    expect(buffersOf([{ queue: "capture", kind: "contig", oneEntry: true }])).toEqual([
      { queue: "capture", kind: "contig", oneEntry: true },
    ]);
    expect(buffersOf([])).toBe("facts[0].buffers");
    expect(buffersOf("both")).toBe("facts[0].buffers");
  });

  it("takes layouts as plain where no modifier is named, and abilities it does not name as absent", () => {
    expect(
      parseOverrides(
        file({ match: { node: "/x" }, layouts: [{ fourcc: "NV12", strideAlign: 64 }], export: { dumb: true } }),
      ),
    ).toEqual({
      ok: true,
      value: [
        {
          match: { node: "/x" },
          fields: {
            layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 64 }],
            export: { v4l2Mmap: false, dumb: true, gem: false },
          },
        },
      ],
    });
  });

  const cases: readonly [string, string, unknown][] = [
    ["no YAML", "{", ["not-yaml", ""]],
    ["no file of ours", "{}", ["bad-field", "schema"]],
    ["another version", JSON.stringify({ schema: "coalloc/facts-override/2", facts: [] }), ["bad-field", "schema"]],
    ["no match", file({ dmaMask: "0x1" }), ["bad-field", "facts[0].match"]],
    ["two matches", file({ match: { node: "/x", compatible: "y" } }), ["bad-field", "facts[0].match"]],
    ["a node that is no path", file({ match: { node: "x" } }), ["bad-field", "facts[0].match.node"]],
    ["a mask as number", file({ match: { node: "/x" }, dmaMask: 255 }), ["bad-field", "facts[0].dmaMask"]],
    [
      "a mask of 65 bits",
      file({ match: { node: "/x" }, dmaMask: "0x10000000000000000" }),
      ["bad-field", "facts[0].dmaMask"],
    ],
    [
      "a segment of 0 bytes",
      file({ match: { node: "/x" }, maxSegmentSize: 0 }),
      ["bad-field", "facts[0].maxSegmentSize"],
    ],
    [
      "an unknown field",
      file({ match: { node: "/x" } }, { match: { node: "/x" }, mask: "0x1" }),
      ["bad-field", "facts[1].mask"],
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(`is refused for ${name}`, () => {
      const result = parseOverrides(text);
      expect(result.ok ? "accepted" : [result.refusal.code, result.refusal.path]).toEqual(expected);
    });
  }

  it("is refused with the line and column of the fault, and the field that was meant", () => {
    const text = `{
\t"schema": "coalloc/facts-override/1",
\t"facts": [
\t\t{ "match": { "node": "/x" } },
\t\t{ "match": { "node": "/x" }, "dmaMsk": "0x1" }
\t]
}`;
    const result = parseOverrides(text);
    expect(result.ok ? "accepted" : describeFieldRefusal(result.refusal)).toBe(
      "line 5, column 32: facts[1].dmaMsk: nobody knows this field; did you mean dmaMask?",
    );
    const impossible = parseOverrides(text.replace('"dmaMsk": "0x1"', '"maxSegmentSize": -1'));
    expect(impossible.ok ? "accepted" : impossible.refusal).toMatchObject({
      code: "bad-field",
      path: "facts[1].maxSegmentSize",
      line: 5,
      column: 50,
    });
  });

  it("may be YAML with comments", () => {
    expect(
      parseOverrides(`
schema: coalloc/facts-override/1
facts:
  # The camera of our board: its driver is not in the kernel's tree.
  - match: { compatible: "vendor,isp" }
    dmaMask: "0xffffffffff"
    buffers: scattered
`),
    ).toMatchObject({
      ok: true,
      value: [{ match: { compatible: "vendor,isp" }, fields: { dmaMask: "0xffffffffff" } }],
    });
  });

  it("has a published schema in which only the match is required", () => {
    const schema = overrideJsonSchema() as { properties: { facts: { items: { required: string[] } } } };
    expect(schema.properties.facts.items.required).toEqual(["match"]);
  });
});
