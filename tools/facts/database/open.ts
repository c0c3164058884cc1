import { readFileSync } from "node:fs";
import { checkFactDatabase } from "../../../src/facts/extracted/database-schema.js";
import { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import { FACT_DATABASE } from "../../../src/facts/extracted/linux.js";

/** The database that ships. */
export function shippedFacts(): ExtractedFacts {
  return parsedFacts(FACT_DATABASE);
}

/** A database in a file, as `npm run facts -- --out FILE` writes it. @throws z.ZodError where it is none */
export function factsInFile(file: string): ExtractedFacts {
  return parsedFacts(readFileSync(file, "utf8"));
}

function parsedFacts(text: string): ExtractedFacts {
  return new ExtractedFacts(checkFactDatabase(JSON.parse(text)));
}
