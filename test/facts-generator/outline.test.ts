import { describe, expect, it } from "vitest";
import { outlineOf } from "../../tools/facts/c/outline.js";

describe("outlineOf", () => {
  it("finds functions and what they call, hand on and store", () => {
    const { functions } = outlineOf(
      "a.c",
      "static int f(struct x *y)\n{\n\tg(y, h);\n\ty->ops->go(1);\n\ty->mem = &m;\n}",
    );
    const f = functions.get("f");
    expect(f?.isStatic).toBe(true);
    expect([...(f?.calls ?? [])]).toEqual(["g"]);
    expect([...(f?.names ?? [])]).toEqual(["g", "y", "h", "m"]);
    expect([...(f?.fieldCalls ?? [])]).toEqual(["go"]);
    expect([...(f?.fieldStores ?? [])]).toEqual(["mem"]);
    expect(f?.fieldValues.get("mem")).toEqual(["m"]);
  });

  it("finds a function behind a macro that has no semicolon", () => {
    const { functions } = outlineOf("a.c", "DEFINE_THING(a,\n\tb)\nstatic int f(void)\n{\n}\nint g(void) { }\n");
    expect([...functions.values()].map(({ name, line }) => [name, line])).toEqual([
      ["f", 3],
      ["g", 6],
    ]);
  });

  it("keeps the larger of two functions of one name", () => {
    const text = "#ifdef X\nint f(void) { real(1, 2, 3); }\n#else\nint f(void) { }\n#endif\n";
    expect(outlineOf("a.c", text).functions.get("f")?.calls.has("real")).toBe(true);
    const other = "#ifndef X\nint f(void) { }\n#else\nint f(void) { real(1, 2, 3); }\n#endif\n";
    expect(outlineOf("a.c", other).functions.get("f")?.calls.has("real")).toBe(true);
  });

  it("finds variables with type and initialiser", () => {
    const { variables, code } = outlineOf(
      "a.c",
      "static const struct foo t[] = { { .a = f }, {} };\nint n = 3, m = 4;",
    );
    const t = variables.get("t");
    expect([t?.type, t?.isArray, t?.isConst, t?.fieldValues.get("a")]).toEqual(["foo", true, true, ["f"]]);
    expect(["n", "m"].map((name) => code.slice(variables.get(name)?.start, variables.get(name)?.end).trim())).toEqual([
      "3",
      "4",
    ]);
  });

  it("finds enumerators, those inside a struct too", () => {
    const { enumerators } = outlineOf("a.h", "enum e { A, B = 4, C };\nstruct s { enum { P, Q } kind; int x; };");
    expect([...enumerators]).toEqual([
      ["A", { value: null, after: null }],
      ["B", { value: "4", after: "A" }],
      ["C", { value: null, after: "B" }],
      ["P", { value: null, after: null }],
      ["Q", { value: null, after: "P" }],
    ]);
  });

  it("finds the fields of a struct in order", () => {
    const { structs } = outlineOf(
      "a.h",
      "struct s {\n\tint a, *b;\n\tstruct t c;\n\tint (*go)(int x);\n\tu8 d[4];\n};",
    );
    expect(structs.get("s")?.map(({ name, struct }) => [name, struct])).toEqual([
      ["a", null],
      ["b", null],
      ["c", "t"],
      ["go", null],
      ["d", null],
    ]);
  });

  it("finds calls of macros on the outermost level", () => {
    expect(
      outlineOf("a.c", "EXPORT_SYMBOL_GPL(f);\nmodule_param(x, int, 0);").invocations.map(({ name, words }) => [
        name,
        words[0],
      ]),
    ).toEqual([
      ["EXPORT_SYMBOL_GPL", "f"],
      ["module_param", "x"],
    ]);
  });

  it("names what is cut off", () => {
    expect(outlineOf("a.c", "int f(void) { g(").faults).toEqual(["line 1: the brace is never closed"]);
    expect(outlineOf("a.c", "int x = { 1, ").faults).toEqual(["line 1: the initialiser never ends"]);
  });
});
