import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { loadFacts } from "../../src/facts/load.js";
import { machineToJson } from "../../src/machine/json.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { ROOT } from "../../tools/project.js";
import { publishedSchemas } from "../../tools/schema.js";

describe("published schemas", () => {
  for (const [name, text] of publishedSchemas()) {
    it(`${name} is what npm run schema writes`, () => {
      expect(readFileSync(join(ROOT, "schema", name), "utf8")).toBe(text);
    });
  }

  describe("of a machine", () => {
    const ajv = new Ajv2020();
    const validate = ajv.compile(JSON.parse(readFileSync(join(ROOT, "schema", "machine-1.schema.json"), "utf8")));
    let machine: Record<string, unknown>;
    beforeAll(async () => {
      const bytes = new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb")));
      const tree = readDeviceTree(bytes);
      machine = JSON.parse(machineToJson(readMachine({ tree, facts: await loadFacts(), profile: EMBEDDED_6_12 })));
    });

    it("accepts the example board", () => {
      expect(validate(machine), JSON.stringify(validate.errors)).toBe(true);
    });

    it("refuses a machine without banks, with a negative base, or with a field nobody knows", () => {
      const { banks, ...without } = machine;
      expect(validate(without)).toBe(false);
      expect(validate({ ...machine, banks: [{ ...(banks as object[])[0], base: -1 }] })).toBe(false);
      expect(validate({ ...machine, surprise: 1 })).toBe(false);
    });
  });
});
