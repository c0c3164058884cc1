/** Trees with printed remedies, judged by the schemas of dt-schema: no complaint that the tree before did not draw. */
import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells64 } from "../../src/devicetree/build.js";
import { writeDts } from "../../src/devicetree/dts.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { loadFacts } from "../../src/facts/load.js";
import { cachedBoards } from "../../tools/boards/provide.js";
import { processedSchemas } from "../../tools/dt-schema.js";
import { requiredParts } from "../../tools/project.js";
import { compileSource } from "./compiler.js";
import { type PrintedRemedy, remediesOfPlacements, remediesOfRules, remediesOnBoards } from "./printed.js";
import { complaints } from "./validator.js";

const schemas = processedSchemas();
/** A tree of a real board takes the validator half a second. */
const EVERY = 120;
const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");
const absent = schemas === null && !requiredParts().has("dt-schema");

/** The schemas, which a run that demands them must have. */
function judged(trees: readonly DeviceTree[]): readonly (readonly string[])[] {
  if (schemas === null) throw new Error("dt-schema is missing: npm test installs it");
  return complaints(schemas, trees);
}

/** Complaints that a remedy brings, by its name. */
function brought(remedies: readonly PrintedRemedy[]): Readonly<Record<string, readonly string[]>> {
  const befores = [...new Set(remedies.map(({ before }) => before))];
  const afters = remedies.map(({ before, dts }) => compileSource(`${writeDts(before)}\n${dts}`).tree);
  const said = judged([...befores, ...afters]);
  const out: Record<string, readonly string[]> = {};
  for (const [index, { name, before }] of remedies.entries()) {
    const known = new Set(said[befores.indexOf(before)]);
    const fresh = (said[befores.length + index] ?? []).filter((line) => !known.has(line));
    if (fresh.length > 0) out[name] = fresh;
  }
  return out;
}

describe.skipIf(absent)("dt-schema (skipped where it is not installed: npm test installs it)", () => {
  it("complains of a pool that no kernel takes, and of a tree it cannot read", () => {
    const pool = (properties: object): DeviceTree =>
      buildDeviceTree({
        "#address-cells": 2,
        "#size-cells": 2,
        model: "board",
        compatible: "vendor,board",
        "reserved-memory": {
          "#address-cells": 2,
          "#size-cells": 2,
          ranges: true,
          pool: { compatible: "shared-dma-pool", reusable: true, ...properties },
        },
      });
    const size = cells64(0x100_0000);
    const said = judged([
      pool({ size }),
      pool({ size, "no-map": true }),
      pool({ "alloc-ranges": new Uint8Array() }),
      pool({}),
    ]);
    expect(said[0]).toEqual([]);
    expect(said[1]?.join("\n")).toMatch(/^pool: /);
    expect(said[2]).not.toEqual([]);
    expect(said[3]?.join("\n")).toMatch(/^pool: /);
  });

  it("has nothing against any remedy of any rule", async () => {
    const remedies = remediesOfRules(await loadFacts());
    expect(remedies.length).toBeGreaterThan(25);
    expect(brought(remedies)).toEqual({});
  });

  it("has nothing against any pool that place offers", () => {
    expect(brought(remediesOfPlacements())).toEqual({});
  });

  it.skipIf(noBoards)("has nothing against any remedy on real boards", async () => {
    const remedies = remediesOnBoards(await loadFacts(), EVERY);
    expect(remedies.length).toBeGreaterThan(10);
    expect(brought(remedies)).toEqual({});
  });
});
