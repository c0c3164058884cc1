import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../tools/project.js";

/** Names of exported declarations in a source text that no docstring precedes. Re-exports are documented where they are declared. */
function undocumented(text: string): string[] {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const seen = new Set<string>();
  const missing: string[] = [];
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    if (!ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) continue;
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((declaration) => declaration.name.getText())
      : [(statement as ts.DeclarationStatement).name?.getText() ?? "?"];
    const documented = ts.getJSDocCommentsAndTags(statement).length > 0;
    for (const name of names) {
      // Overloads, and a type beside a value of the same name, share the first one's docstring.
      if (!documented && !seen.has(name)) missing.push(name);
      seen.add(name);
    }
  }
  return missing;
}

describe("the search for missing docstrings", () => {
  it("finds functions, constants, types and classes", () => {
    const text =
      "export function a() {}\nexport const b = 1;\nexport type C = 1;\nexport class D {}\nexport interface E {}";
    expect(undocumented(text)).toEqual(["a", "b", "C", "D", "E"]);
  });

  it("takes a docstring, and no other comment, for one", () => {
    expect(undocumented("/** Adds. */\nexport function a() {}\n// not this\nexport const b = 1;")).toEqual(["b"]);
  });

  it("leaves alone what is not exported", () => {
    expect(undocumented("function a() {}\nexport { a };")).toEqual([]);
  });
});

describe("src", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );

  it("has a docstring on every export", () => {
    const missing = files.flatMap((file) =>
      undocumented(readFileSync(join(ROOT, "src", file), "utf8")).map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
  });

  it("has no drawer", () => {
    const drawers = /^(utils?|helpers?|common|misc|shared|types)\.ts$/;
    expect(files.filter((file) => drawers.test(basename(file)))).toEqual([]);
  });
});
