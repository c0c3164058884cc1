import { describe, expect, it } from "vitest";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { loadFacts } from "../../src/facts/load.js";
import { parseMachine } from "../../src/machine/json.js";
import { readArchive } from "../../src/machine/live/archive.js";
import { machineFromSource } from "../../src/machine/source.js";
import { checksum } from "./checksum.js";
import { leadsSomewhere } from "./json-path.js";
import type { Mutation } from "./mutate.js";
import { Random } from "./random.js";
import * as boot from "./targets/boot.js";
import * as live from "./targets/live.js";
import * as machineJson from "./targets/machine-json.js";
import * as memory from "./targets/memory.js";

/** `count` inputs as a campaign makes them. */
function inputs(
  target: { readonly seeds: readonly Uint8Array[]; readonly mutation: Mutation },
  count: number,
): Uint8Array[] {
  const random = new Random(7);
  const longest = Math.max(...target.seeds.map((seed) => seed.length));
  const pick = (): Uint8Array => target.seeds[random.below(target.seeds.length)]!;
  return Array.from({ length: count }, () => target.mutation(pick(), pick(), longest, random));
}

/** True when reading does not throw. */
function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe("mutations", () => {
  for (const [name, target] of Object.entries({ memory, machineJson, boot, live })) {
    it(`of ${name} are the same for the same random numbers`, () => {
      expect(inputs(target, 30).map(checksum)).toEqual(inputs(target, 30).map(checksum));
    });
  }

  it("of JSON leave a fifth of all machines acceptable", () => {
    const accepted = inputs(machineJson, 300).filter((input) => parseMachine(new TextDecoder().decode(input)).ok);
    expect(accepted.length).toBeGreaterThan(60);
    expect(new Set(accepted.map((input) => input.join())).size).toBeGreaterThan(60);
  });

  it("of collections leave most archives whole, and half of all collections a machine", async () => {
    const archives = inputs(live, 200).filter((input) => reads(() => readArchive(input)));
    expect(archives.length).toBeGreaterThan(120);
    const facts = await loadFacts();
    const made = archives.map((input) => machineFromSource(readArchive(input), { facts }).catch(() => null));
    expect((await Promise.all(made)).filter((machine) => machine !== null).length).toBeGreaterThan(100);
  });

  it("of trees leave most of them readable", () => {
    const readable = inputs(boot, 300).filter((input) => reads(() => readDeviceTree(input)));
    expect(readable.length).toBeGreaterThan(240);
  });
});

describe("leadsSomewhere", () => {
  const document = { devices: [{ path: "/a", provenance: { "a.b[0]": { kind: "tree" } } }], banks: [] };
  const cases: readonly [string, boolean][] = [
    ["", true],
    ["devices", true],
    ["devices[0].path", true],
    ["devices[0].missing", true],
    ["missing", true],
    ["devices[0].provenance.a.b[0].kind", true],
    ["devices[1]", false],
    ["banks[0].size", false],
    ["missing.size", false],
    ["devices[0].path.length", false],
  ];
  for (const [path, expected] of cases) {
    it(`is ${expected} for "${path}"`, () => expect(leadsSomewhere(document, path)).toBe(expected));
  }
});
