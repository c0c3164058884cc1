/** Writes examples/example-board.dtb and its source text from tools/example-board/board.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeDts } from "../src/devicetree/dts.js";
import { writeDeviceTree } from "../src/devicetree/write.js";
import { exampleBoard } from "./example-board/board.js";
import { ROOT } from "./project.js";

const folder = join(ROOT, "examples");
const tree = exampleBoard();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "example-board.dtb"), writeDeviceTree(tree));
writeFileSync(join(folder, "example-board.dts"), writeDts(tree));
