import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { ROOT } from "../../tools/project.js";

let validate: ValidateFunction | null = null;

/** The schema is of draft 4, of which it uses nothing that later drafts read in another way but the name of its own id. */
function schemaOfStandard(): ValidateFunction {
  const text = readFileSync(join(ROOT, "test", "lint", "sarif-schema", "sarif-schema-2.1.0.json"), "utf8");
  const { id: _, $schema: __, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
}

/** Where a log is not what the schema of SARIF 2.1.0 asks for; empty when it is. */
export function sarifFaults(log: object): readonly string[] {
  validate ??= schemaOfStandard();
  validate(log);
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath}: ${message}`);
}
