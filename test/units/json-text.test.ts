import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readJson } from "../../src/units/json-text.js";

const SCHEMA = z.strictObject({
  name: z.string(),
  banks: z.array(z.strictObject({ base: z.number() })).default([]),
});

const refusalOf = (text: string): object => {
  const read = readJson(text, SCHEMA);
  return read.ok ? { accepted: read.value } : read.refusal;
};

describe("readJson", () => {
  it("gives the document as it stands in the text, and as the schema completes it", () => {
    expect(readJson('{"name": "a"}', SCHEMA)).toEqual({
      ok: true,
      value: { raw: { name: "a" }, value: { name: "a", banks: [] } },
    });
  });

  const texts: readonly (readonly [name: string, text: string])[] = [
    ["an empty text", ""],
    ["a text that is no JSON", "no machine"],
    ["a text that ends early", '{"name": "a"'],
    ["a text with something behind the document", '{"name": "a"} {}'],
  ];
  for (const [name, text] of texts) {
    it(`refuses ${name} as a whole`, () => {
      expect(refusalOf(text)).toEqual({
        code: "not-json",
        path: "",
        text: expect.stringMatching(/^the text is no JSON: ./),
      });
    });
  }

  const fields: readonly (readonly [name: string, text: string, path: string, sentence: RegExp])[] = [
    ["a missing field", "{}", "name", /^name: .*string/],
    ["a field of another type", '{"name": 3}', "name", /^name: .*string/],
    [
      "a field in a list",
      '{"name": "a", "banks": [{"base": 0}, {"base": "x"}]}',
      "banks[1].base",
      /^banks\[1\]\.base: .*number/,
    ],
    ["a field nobody knows", '{"name": "a", "nmae": "b"}', "", /^the document: .*nmae/],
    ["a field nobody knows in a list", '{"name": "a", "banks": [{"base": 0, "sise": 1}]}', "banks[0]", /sise/],
    ["another kind of document", "[]", "", /^the document: .*object/],
    ["null", "null", "", /^the document: .*object/],
  ];
  for (const [name, text, path, sentence] of fields) {
    it(`refuses ${name} with its place`, () => {
      expect(refusalOf(text)).toEqual({ code: "bad-field", path, text: expect.stringMatching(sentence) });
    });
  }

  it("names the first fault only", () => {
    expect(refusalOf('{"name": 3, "banks": 4}')).toMatchObject({ path: "name" });
  });

  it("says it in one line of at most 300 characters, whatever the text holds", () => {
    for (const text of [`{"name": "a", "x\\n\\u001b[2J${"y".repeat(500)}": 1}`, `\u001b[2J\n${"z".repeat(500)}`]) {
      const read = readJson(text, SCHEMA);
      const sentence = read.ok ? "" : read.refusal.text;
      expect(sentence).toMatch(/^[^\p{Cc}\u2028\u2029]{1,300}$/u);
    }
  });
});
