/**
 * `npm run check:sample [-- --seed N --count N]`: draws errors and warnings that a person judges, from what the rules say of every cached arm64 and armhf tree in every
 * situation (`survey/situations.ts`), each rule in turn, and prints them in the form of `test/lint/judged/draws`, to be judged.
 *
 * Exit 0; 4: there are no trees.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { loadFacts } from "../src/facts/load.js";
import { Random } from "../src/testing/random.js";
import { boardFolder } from "./boards/provide.js";
import { drawFindings, worstFindings } from "./survey/population.js";
import { settingText } from "./survey/situations.js";
import { treeNames } from "./survey/survey.js";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "612" }, count: { type: "string", default: "50" } },
});
const architectures = (["arm64", "armhf"] as const).filter((name) => existsSync(boardFolder(name)));
if (architectures.length === 0) {
  console.error("check:sample: there are no trees; run npm run boards");
  process.exit(4);
}
const all = worstFindings(
  architectures.flatMap((architecture) => [...treeNames(architecture)]),
  await loadFacts(),
);
const drawn = drawFindings(all, Number(values.count), new Random(Number(values.seed)));
console.log(`# ${drawn.length} of ${all.length} errors and warnings, seed ${values.seed}`);
const entries = drawn.map(({ tree, situation, setting, rule, flaw }) => ({
  tree,
  situation,
  setting: settingText(setting),
  rule,
  severity: flaw.severity,
  node: flaw.where.node,
  text: flaw.text,
  numbers: flaw.numbers,
}));
process.stdout.write(stringify(entries, { lineWidth: 0 }));
