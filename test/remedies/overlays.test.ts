/** Printed overlays: compiled by dtc, applied by libfdt and by ourselves, compared with the change they stand for. */
import { describe, expect, it } from "vitest";
import { buildDeviceTree, type PropertySpec, type TreeSpec } from "../../src/devicetree/build.js";
import { writeDts } from "../../src/devicetree/dts.js";
import { applyEdits } from "../../src/devicetree/edit.js";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import type { DeviceTree, TreeNode } from "../../src/devicetree/tree.js";
import { u32At } from "../../src/devicetree/values.js";
import { loadFacts } from "../../src/facts/load.js";
import { cachedBoards } from "../../tools/boards/provide.js";
import { requiredParts } from "../../tools/project.js";
import { applyByLibfdt, compileSource, hasCompiler } from "./compiler.js";
import { remediesOfPlacements, remediesOfRules, remediesOnBoards } from "./printed.js";

/** A node without the tree's labels, and with each value as it is rewritten; null leaves the property out. */
function specOf(
  node: TreeNode,
  rewrite: (name: string, value: Uint8Array) => Uint8Array | string | null = (_, value) => value,
): TreeSpec {
  const spec: Record<string, PropertySpec | TreeSpec> = {};
  for (const [name, value] of node.entries()) {
    const written = rewrite(name, value.slice());
    if (written !== null) spec[name] = written;
  }
  for (const child of node.children) if (child.name !== "__symbols__") spec[child.name] = specOf(child, rewrite);
  return spec;
}

/** What a tree says, with paths for the phandles of pools: libfdt, Linux and the compiler each count those in their own way. */
function contents(tree: DeviceTree): TreeSpec {
  return specOf(tree.root, (name, value) => {
    if (name === "phandle") return null;
    return name === "memory-region" ? (tree.nodeByPhandle(u32At(value, 0))?.path ?? value) : value;
  });
}

const EVERY = 40;
const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");
const remedies = hasCompiler ? [...remediesOfRules(await loadFacts()), ...remediesOfPlacements()] : [];

describe.skipIf(!hasCompiler)("a printed overlay", () => {
  for (const { name, before, dts, overlay, edits } of remedies) {
    if (overlay === null) continue;
    it(`${name}: compiles without a warning`, () => {
      expect(compileSource(overlay).warnings).toEqual([]);
      const known = compileSource(writeDts(before)).warnings;
      expect(compileSource(`${writeDts(before)}\n${dts}`).warnings.filter((line) => !known.includes(line))).toEqual([]);
    });

    for (const [kind, symbols] of [
      ["with labels", { __symbols__: { root: "/" } }],
      ["without labels", {}],
    ] as const) {
      it(`${name}: makes the same of a board ${kind} by libfdt and by ourselves as it stands in the source`, () => {
        const base = buildDeviceTree({ ...specOf(before.root), ...symbols });
        const { bytes, tree } = compileSource(overlay);
        const byLibfdt = contents(applyByLibfdt(base, bytes));
        expect(contents(applyOverlay(base, tree))).toEqual(byLibfdt);
        expect(contents(compileSource(`${writeDts(base)}\n${dts}`).tree)).toEqual(byLibfdt);
        if (edits !== null) expect(contents(applyEdits(base, edits))).toEqual(byLibfdt);
      });
    }
  }

  it.skipIf(noBoards)("is applied by libfdt as by ourselves on real boards, compiled without a warning", async () => {
    const printed = remediesOnBoards(await loadFacts(), EVERY).filter(({ overlay }) => overlay !== null);
    expect(printed.length).toBeGreaterThan(20);
    for (const { name, before, overlay } of printed) {
      const { bytes, tree, warnings } = compileSource(overlay ?? "");
      expect(warnings, name).toEqual([]);
      expect(contents(applyOverlay(before, tree)), name).toEqual(contents(applyByLibfdt(before, bytes)));
    }
  });
});
