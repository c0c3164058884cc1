import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { loadFacts } from "../../src/facts/load.js";
import type { Machine } from "../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { ROOT } from "../../tools/project.js";

const facts = await loadFacts();
const tree = readDeviceTree(new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb"))));

/** The example board, as the commands read it. */
export function exampleMachine(): Machine {
  return readMachine({ tree, facts, profile: EMBEDDED_6_12 });
}
