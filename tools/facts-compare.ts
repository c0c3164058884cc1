/**
 * `npm run facts:compare [-- --facts FILE]`: lists where extracted facts differ from those a person has read, and counts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DeviceFact } from "../src/facts/fact.js";
import { loadFacts } from "../src/facts/load.js";
import { compareFacts } from "./facts/compare.js";
import { CACHE } from "./project.js";

const { values } = parseArgs({ options: { facts: { type: "string", default: join(CACHE, "facts", "facts.json") } } });
const { facts } = JSON.parse(readFileSync(values.facts, "utf8")) as { readonly facts: readonly DeviceFact[] };
const reviewed = (await loadFacts()).facts.filter((fact) => fact.reviewed);
const { compared, differences, missing } = compareFacts(facts, reviewed);
for (const { compatible, field, extracted, reviewed: read } of differences) {
  console.log(`${compatible}\t${field}\textracted ${extracted}\tread ${read}`);
}
for (const name of missing) console.log(`${name}\tnot extracted`);
console.log(
  `${compared - differences.length} of ${compared} fields agree, ${missing.length} compatibles not extracted`,
);
