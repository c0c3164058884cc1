import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { driverFiles, extractFiles } from "../../tools/facts/extract.js";
import { openSourceTree, sourceTreeOf } from "../../tools/facts/source/source-tree.js";
import { driverText, tinyKernel } from "./tiny-kernel.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a source tree", () => {
  it("is the same on disk and in memory", () => {
    const files = { Makefile: "VERSION = 6\nPATCHLEVEL = 1\n", "drivers/b/c.c": "c", "drivers/a.c": "a" };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    for (const tree of [openSourceTree(folder), sourceTreeOf(files)]) {
      expect(tree.version).toBe("6.1");
      expect(tree.filesBelow("drivers")).toEqual(["drivers/a.c", "drivers/b/c.c"]);
      expect([tree.read("drivers/a.c"), tree.read("drivers"), tree.read("gone.c")]).toEqual(["a", null, null]);
      expect([tree.exists("drivers/b"), tree.exists("gone")]).toEqual([true, false]);
      expect(tree.filesBelow("gone")).toEqual([]);
    }
  });

  it("without a readable Makefile has no version, and its facts say so", () => {
    expect(sourceTreeOf({}).version).toBeNull();
    expect(sourceTreeOf({ Makefile: "all:\n" }).version).toBeNull();
    const source = tinyKernel({ Makefile: "", "drivers/net/foo.c": driverText("", "") });
    const { facts } = extractFiles(source, ["drivers/net/foo.c"]);
    expect(facts[0]?.driver.kernel).toBe("unknown");
  });

  it("that lacks files loses the drivers in them, by name", () => {
    const text = driverText("", "").replace(
      "static const struct of_device_id foo_match[]",
      "extern const int gone;\nint other[]",
    );
    const source = tinyKernel({ "drivers/net/foo.c": text });
    const files = [...driverFiles(source, ["drivers"]).values()].flat();
    expect(extractFiles(source, files)).toMatchObject({
      facts: [],
      faults: ["drivers/net/foo.c:18: foo_driver: the match table foo_match is not found"],
    });
  });
});
