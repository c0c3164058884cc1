/** Writes examples/example-board.dtb and the overlays of examples/multi-device.ts, each with its source text, from tools/example-board/. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDts } from "../src/devicetree/dts.js";
import { writeDeviceTree } from "../src/devicetree/write.js";
import { exampleBoard } from "./example-board/board.js";
import { OVERLAYS } from "./example-board/overlays.js";
import { ROOT } from "./project.js";

const folder = join(ROOT, "examples");
const tree = exampleBoard();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "example-board.dtb"), writeDeviceTree(tree));
writeFileSync(join(folder, "example-board.dts"), writeDts(tree));
for (const [name, overlay] of OVERLAYS) {
  writeFileSync(join(folder, `${name}.dtbo`), writeDeviceTree(overlay));
  writeFileSync(join(folder, `${name}.dtso`), writeDts(overlay));
}
