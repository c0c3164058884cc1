import { describe, expect, it } from "vitest";
import { cleanText } from "../../tools/facts/c/clean.js";

const squeeze = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe("cleanText", () => {
  const cases = [
    { name: "drops comments", text: "a /* b\n c */ d // e\nf", code: "a d f" },
    { name: "leaves quotes alone", text: 'x = "/* no */"; y = \'"\'; // z', code: 'x = "/* no */"; y = \'"\';' },
    { name: "drops #if 0", text: "a;\n#if 0\nb;\n#endif\nc;", code: "a; c;" },
    { name: "keeps the other side of #if 0", text: "#if 0\nb;\n#else\nc;\n#endif", code: "c;" },
    { name: "drops what is nested in #if 0", text: "#if 0\n#ifdef X\nb;\n#else\nc;\n#endif\n#endif\nd;", code: "d;" },
    {
      name: "turns conditions among statements into if",
      text: "int f(void) {\na;\n#ifdef X\nb;\n#else\nc;\n#endif\nd; }",
      code: "int f(void) { a; if (defined(X)) { b; } else { c; } d; }",
    },
    {
      name: "keeps the first branch where a brace opens in it",
      text: "int f(void) {\n#ifdef X\nif (a) {\n#else\nif (b) {\n#endif\nc; } }",
      code: "int f(void) { if (a) { c; } }",
    },
    {
      name: "keeps one branch in an expression",
      text: "int x = f(a,\n#ifdef X\nb\n#else\nc\n#endif\n);",
      code: "int x = f(a, b );",
    },
    {
      name: "keeps all entries of an initialiser",
      text: "struct a b[] = {\n#ifdef X\n{ 1 },\n#else\n{ 2 },\n#endif\n};",
      code: "struct a b[] = { { 1 }, { 2 }, };",
    },
    { name: "drops attributes", text: "static int __init __printf(1, 2) f(void) { }", code: "static int f(void) { }" },
  ];
  for (const c of cases) it(c.name, () => expect(squeeze(cleanText(c.text).code)).toBe(c.code));

  it("keeps every line's number", () => {
    const text = "a\n/* b\n\n*/ c\n#define D \\\n 1\ne\n#if 0\nf\n#endif\ng";
    const lines = cleanText(text).code.split("\n");
    expect([lines[0], lines[3], lines[6], lines[10]].map((line) => line?.trim())).toEqual(["a", "c", "e", "g"]);
  });

  it("reads macros with continued lines and parameters", () => {
    const { macros } = cleanText("#define A 1 /* one */\n#define B(x, y) \\\n\tf(x) + \\\n\ty\n#define C");
    expect(macros.map(({ name, parameters, body }) => [name, parameters, squeeze(body)])).toEqual([
      ["A", null, "1"],
      ["B", ["x", "y"], "f(x) + y"],
      ["C", null, ""],
    ]);
  });

  it("counts conditionals without their other end", () => {
    expect(cleanText("#ifdef A\nb;\n").unbalanced).toBe(1);
    expect(cleanText("#endif\n#else\n").unbalanced).toBe(2);
  });
});
