/** Writes the published JSON Schemas from the code that checks the same files: schema/*.schema.json. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { explainJsonSchema } from "../src/explain/document-schema.js";
import { factDatabaseJsonSchema } from "../src/facts/extracted/database-schema.js";
import { overrideJsonSchema } from "../src/facts/override.js";
import { bootFileJsonSchema } from "../src/lint/boot-file.js";
import { checkJsonSchema } from "../src/lint/document-schema.js";
import { brokerReplyJsonSchema, brokerRequestJsonSchema } from "../src/linux/broker/message.js";
import { policyJsonSchema } from "../src/linux/broker/read-policy.js";
import { machineJsonSchema } from "../src/machine/json.js";
import { eventJsonSchema } from "../src/simulate/event-json.js";
import { scenarioJsonSchema } from "../src/simulate/scenario/scenario-schema.js";
import { ROOT } from "./project.js";

/** Text of every published schema by file name. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  const text = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;
  return new Map([
    ["machine-1.schema.json", text(machineJsonSchema())],
    ["facts-override-1.schema.json", text(overrideJsonSchema())],
    ["fact-database-1.schema.json", text(factDatabaseJsonSchema())],
    ["event-1.schema.json", text(eventJsonSchema())],
    ["scenario-1.schema.json", text(scenarioJsonSchema())],
    ["broker-request-1.schema.json", text(brokerRequestJsonSchema())],
    ["broker-reply-1.schema.json", text(brokerReplyJsonSchema())],
    ["broker-policy-1.schema.json", text(policyJsonSchema())],
    ["boot-file-1.schema.json", text(bootFileJsonSchema())],
    ["check-1.schema.json", text(checkJsonSchema())],
    ["explain-1.schema.json", text(explainJsonSchema())],
  ]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, text] of publishedSchemas()) writeFileSync(join(ROOT, "schema", name), text);
}
