/**
 * `npm run facts:compare [-- --facts FILE]`: lists where extracted facts, those that ship or a database in a file, differ from those a person has read, and counts.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkFactDatabase } from "../src/facts/extracted/database-schema.js";
import { ExtractedFacts } from "../src/facts/extracted/extracted-facts.js";
import { loadFacts } from "../src/facts/load.js";
import { compareFacts } from "./facts/compare.js";

const { values } = parseArgs({ options: { facts: { type: "string" } } });
const loaded = await loadFacts();
const extracted =
  values.facts === undefined
    ? loaded.extracted
    : new ExtractedFacts(checkFactDatabase(JSON.parse(readFileSync(values.facts, "utf8"))));
if (extracted === null) throw new Error("no extracted facts ship");
const facts = [...extracted.names()].flatMap((name) => extracted.of(name));
const reviewed = loaded.facts.filter((fact) => fact.reviewed);
const { compared, differences, missing } = compareFacts(facts, reviewed);
for (const { compatible, field, extracted, reviewed: read } of differences) {
  console.log(`${compatible}\t${field}\textracted ${extracted}\tread ${read}`);
}
for (const name of missing) console.log(`${name}\tnot extracted`);
console.log(
  `${compared - differences.length} of ${compared} fields agree, ${missing.length} compatibles not extracted`,
);
