/**
 * `npm run facts:compare [-- --facts FILE]`: lists where extracted facts, those that ship or a database in a file, differ from those a person has read, and counts.
 */
import { parseArgs } from "node:util";
import { loadFacts } from "../src/facts/load.js";
import { compareFacts } from "./facts/compare.js";
import { factsInFile, shippedFacts } from "./facts/database/open.js";

const { values } = parseArgs({ options: { facts: { type: "string" } } });
const extracted = values.facts === undefined ? shippedFacts() : factsInFile(values.facts);
const facts = [...extracted.names()].flatMap((name) => extracted.of(name));
const reviewed = (await loadFacts()).facts.filter((fact) => fact.reviewed);
const { compared, differences, missing } = compareFacts(facts, reviewed);
for (const { compatible, field, extracted, reviewed: read } of differences) {
  console.log(`${compatible}\t${field}\textracted ${extracted}\tread ${read}`);
}
for (const name of missing) console.log(`${name}\tnot extracted`);
console.log(
  `${compared - differences.length} of ${compared} fields agree, ${missing.length} compatibles not extracted`,
);
