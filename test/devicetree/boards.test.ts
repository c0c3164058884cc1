import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildDeviceTree } from "../../src/devicetree/build.js";
import { copyNode, treeOf } from "../../src/devicetree/built-node.js";
import { writeDts } from "../../src/devicetree/dts.js";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { CACHE, requiredParts } from "../../tools/project.js";

function treesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".dtb"))
    .sort()
    .map((name) => join(folder, name));
}

for (const architecture of ["arm64", "armhf"]) {
  const files = treesBelow(join(CACHE, "boards", architecture));
  const absent = files.length === 0 && !requiredParts().has("boards");
  const title = `every ${architecture} board`;

  describe.skipIf(absent)(
    absent ? `${title} (skipped: no trees in the cache, npm run boards fetches them)` : title,
    () => {
      it("is there", () => expect(files.length).toBeGreaterThan(500));

      it("is written as the bytes it was read from", () => {
        for (const file of files) {
          const bytes = new Uint8Array(readFileSync(file));
          expect(Buffer.compare(writeDeviceTree(readDeviceTree(bytes)), bytes), file).toBe(0);
        }
      });

      it("is the same tree after being written in plain order, phandles included", () => {
        for (const file of files) {
          const tree = readDeviceTree(new Uint8Array(readFileSync(file)));
          const plain = treeOf(copyNode(tree.root, false), tree.memReservations, tree.bootCpu);
          const again = readDeviceTree(writeDeviceTree(plain));
          expect(writeDts(again) === writeDts(tree), file).toBe(true);
          for (let phandle = 1; tree.nodeByPhandle(phandle) !== undefined; phandle++) {
            const path = tree.nodeByPhandle(phandle)?.path;
            if (again.nodeByPhandle(phandle)?.path !== path || plain.nodeByPhandle(phandle)?.path !== path) {
              expect.fail(`${file}: phandle ${phandle}`);
            }
          }
        }
      });

      it("takes an overlay for its root", () => {
        const overlay = buildDeviceTree({
          "fragment@0": { "target-path": "/", __overlay__: { added: { phandle: 1 } } },
        });
        for (const file of files) {
          const tree = readDeviceTree(new Uint8Array(readFileSync(file)));
          const result = applyOverlay(tree, overlay);
          expect([...result.nodes()].length, file).toBe([...tree.nodes()].length + 1);
          expect(result.root.children[0]?.name, file).toBe("added");
        }
      });
    },
  );
}
