import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { ROOT } from "../tools/project.js";

const compiled = new Map<string, ValidateFunction>();

/** What the schema published for a document, named by its `schema`, has against it; empty when nothing. */
export function faultsBySchema(document: { readonly schema: string }): readonly string[] {
  const [, name, version] = document.schema.split("/");
  const file = `${name}-${version}.schema.json`;
  let validate = compiled.get(file);
  if (validate === undefined) {
    validate = new Ajv2020({ allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(join(ROOT, "schema", file), "utf8")),
    );
    compiled.set(file, validate);
  }
  // As it is printed: undefined fields are not there.
  validate(JSON.parse(JSON.stringify(document)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
