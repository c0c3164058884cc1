import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeDts } from "../../src/devicetree/dts.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { exampleBoard } from "../../tools/example-board/board.js";
import { OVERLAYS } from "../../tools/example-board/overlays.js";
import { ROOT } from "../../tools/project.js";

describe("the example board", () => {
  it("is what node tools/run.mjs tools/example-board.ts writes", () => {
    const tree = exampleBoard();
    const stored = new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb")));
    expect(Buffer.compare(writeDeviceTree(tree), stored)).toBe(0);
    expect(writeDts(tree)).toBe(readFileSync(join(ROOT, "examples", "example-board.dts"), "utf8"));
  });

  it("has beside it the overlays of the example with several devices, written by the same", () => {
    for (const [name, overlay] of OVERLAYS) {
      const stored = new Uint8Array(readFileSync(join(ROOT, "examples", `${name}.dtbo`)));
      expect(Buffer.compare(writeDeviceTree(overlay), stored)).toBe(0);
      expect(writeDts(overlay)).toBe(readFileSync(join(ROOT, "examples", `${name}.dtso`), "utf8"));
    }
    expect(OVERLAYS.size).toBe(2);
  });
});
