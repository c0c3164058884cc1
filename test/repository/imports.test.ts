import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tools/project.js";

const PROGRAM = join(ROOT, "node_modules", ".bin", "depcruise");
const CONFIG = join(ROOT, ".dependency-cruiser.mjs");
const { FOLDERS } = (await import(CONFIG)) as { readonly FOLDERS: readonly string[] };

/** A small project in which every file but the plain ones breaks one rule: path, then source text. */
const FILES: Record<string, string> = {
  "src/units/size.ts": "export const size = 1;",
  "src/units/upwards.ts": 'import { tree } from "../devicetree/tree.js"; export const x = tree;',
  "src/units/upwards-type.ts": 'import type { Tree } from "../devicetree/tree.js"; export type X = Tree;',
  "src/devicetree/tree.ts":
    'import { size } from "../units/size.js"; export const tree = size; export type Tree = number;',
  "src/devicetree/files.ts": 'import { readFileSync } from "node:fs"; export const x = readFileSync;',
  "src/devicetree/old-files.ts": 'import { readFileSync } from "fs"; export const x = readFileSync;',
  "src/machine/colour.ts": 'import pc from "picocolors"; export const x = pc;',
  "src/machine/cycle-a.ts": 'import { b } from "./cycle-b.js"; export const a = () => b;',
  "src/machine/cycle-b.ts": 'import { a } from "./cycle-a.js"; export const b = () => a;',
  "src/machine/whole.ts": 'import { size } from "../index.js"; export const x = size;',
  "src/machine/tested.ts": 'import { judge } from "../../test/judge/judge.js"; export const x = judge;',
  "src/machine/development.ts": 'import fc from "fast-check"; export const x = fc;',
  "src/machine/nowhere.ts": 'import { x } from "./gone.js"; export const y = x;',
  "src/algorithms/fit.ts": "export const fit = 1;",
  "src/heaps/source.ts": "export type Source = number;",
  "src/simulate/dma-system.ts": "export type DmaSystem = number;",
  "src/clients/front.ts": 'import type { DmaSystem } from "../simulate/dma-system.js"; export type X = DmaSystem;',
  "src/clients/chooser.ts": 'import { fit } from "../algorithms/fit.js"; export const x = fit;',
  "src/clients/heap.ts": 'import type { Source } from "../heaps/source.js"; export type X = Source;',
  "src/cli/colour.ts":
    'import { readFileSync } from "node:fs"; import pc from "picocolors"; export const x = [pc, readFileSync];',
  "src/linux/files.ts": 'import { readFileSync } from "node:fs"; export const x = readFileSync;',
  "src/index.ts": 'export { size } from "./units/size.js"; export { x } from "./linux/files.js";',
  "test/judge/judge.ts": "export const judge = 1;",
  "test/judge/borrowed.ts": 'import { size } from "../../src/units/size.js"; export const x = size;',
};

describe("the rules on imports", () => {
  let folder: string;
  let violations: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "coalloc-imports-"));
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    for (const file of ["tsconfig.json", "package.json"])
      writeFileSync(join(folder, file), readFileSync(join(ROOT, file)));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const run = spawnSync(PROGRAM, ["--config", CONFIG, "--output-type", "json", "src", "test"], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const report = JSON.parse(run.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
    violations = report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const cases = [
    { name: "refuse an import from a folder listed later", violation: "src/units/upwards.ts: order-units" },
    { name: "refuse it for types too", violation: "src/units/upwards-type.ts: order-units" },
    { name: "refuse Node in what loads in a browser", violation: "src/devicetree/files.ts: no-node-in-core" },
    { name: "refuse Node by its old names too", violation: "src/devicetree/old-files.ts: no-node-in-core" },
    { name: "keep colours in the commands", violation: "src/machine/colour.ts: terminal-only-in-cli" },
    { name: "refuse cycles", violation: "src/machine/cycle-a.ts: no-cycle" },
    { name: "refuse the table of contents inside src", violation: "src/machine/whole.ts: no-import-of-index" },
    { name: "keep Linux out of the library", violation: "src/index.ts: index-below-node" },
    { name: "refuse tests in src", violation: "src/machine/tested.ts: src-stands-alone" },
    { name: "refuse development packages in src", violation: "src/machine/development.ts: no-dev-package-in-src" },
    { name: "keep algorithms out of clients", violation: "src/clients/chooser.ts: clients-stay-above" },
    { name: "keep heaps out of clients", violation: "src/clients/heap.ts: clients-stay-above" },
    { name: "keep the judge apart", violation: "test/judge/borrowed.ts: judge-stands-apart" },
    { name: "refuse an import that leads nowhere", violation: "src/machine/nowhere.ts: not-resolvable" },
  ];
  for (const c of cases) it(c.name, () => expect(violations).toContain(c.violation));

  it("leave allowed imports alone", () => {
    const broken = new Set(violations.map((violation) => violation.split(":")[0]));
    for (const path of [
      "src/units/size.ts",
      "src/devicetree/tree.ts",
      "src/cli/colour.ts",
      "src/linux/files.ts",
      "src/clients/front.ts",
    ]) {
      expect(broken).not.toContain(path);
    }
  });

  it("end the check with a failure", () => {
    expect(() => execFileSync(PROGRAM, ["--config", CONFIG, "src", "test"], { cwd: folder, stdio: "pipe" })).toThrow();
  });
});

describe("the folders of src", () => {
  it("all have a place in the order", () => {
    const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).filter((name) => !FOLDERS.includes(name))).toEqual([]);
  });

  it("stand in docs/architecture.md in that order", () => {
    const text = readFileSync(join(ROOT, "docs", "architecture.md"), "utf8");
    const table = [...text.matchAll(/^\| `(\w+)\/`(?:, `(\w+)\/`)? \|/gm)].flatMap((row) => [row[1], row[2]]);
    expect(table.filter((name) => name !== undefined)).toEqual(FOLDERS);
  });
});
