import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cells, cells64 } from "../../src/devicetree/build.js";
import { machineJsonSchema, machineToJson, parseMachine } from "../../src/machine/json.js";
import type { Machine } from "../../src/machine/machine.js";
import { KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { BEHIND, fact, iommu, machineOf } from "./board.js";

/** A machine with something in every list. */
const machine: Machine = machineOf(
  {
    ...iommu("rockchip,iommu"),
    b: {
      "#address-cells": 2,
      "#size-cells": 2,
      "dma-ranges": cells64(0, 0, 0x1_0000_0000),
      "isp@1": { compatible: "x,isp", ...BEHIND, "memory-region": cells(7) },
    },
    "reserved-memory": {
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      "pool@50000000": {
        compatible: "shared-dma-pool",
        "no-map": true,
        reg: cells64(0x5000_0000, 0x100_0000),
        phandle: 7,
      },
    },
    "uart@80000000": { reg: cells64(0x8000_0000, 0x1000) },
  },
  [
    fact("x,isp", {
      dmaMask: { kind: "exact", value: "0xffffffffff", sources: [] },
      export: { v4l2Mmap: true },
      layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 16 }],
    }),
  ],
  { memory: { kind: "banks", banks: [{ base: 0x4000_0000, size: 0x8000_0000 }] } },
);

const text = machineToJson(machine);

/** The refusal for the machine with one value replaced, as `[code, path]`. */
function refusedWith(path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = JSON.parse(text);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path[path.length - 1] as string | number;
  if (value === undefined) delete at[last];
  else at[last] = value;
  const result = parseMachine(JSON.stringify(copy));
  return result.ok ? "accepted" : [result.refusal.code, result.refusal.path];
}

describe("a machine as JSON", () => {
  it("is the same machine and the same text when read again", () => {
    const read = parseMachine(text);
    expect(read).toEqual({ ok: true, value: machine });
    expect(read.ok && machineToJson(read.value)).toBe(text);
  });

  it("keeps which drivers its kernel lacks, and lacks none where the document is older", () => {
    const profile = KERNEL_PROFILES.get("debian-arm64-6.12") ?? machine.profile;
    const read = parseMachine(machineToJson({ ...machine, profile }));
    expect(read.ok && read.value.profile.missingDriverOptions).toContain("CONFIG_DRM_EXYNOS");
    const { missingDriverOptions: _, ...older } = profile;
    const text = JSON.stringify({ ...machine, profile: older });
    expect(parseMachine(text)).toEqual({
      ok: true,
      value: { ...machine, profile: { ...profile, missingDriverOptions: [] } },
    });
  });

  it("is read without stream ids too, as documents were written before there were any", () => {
    const older = text.replaceAll(/"streamId": \w+,\s+/g, "");
    expect(older.length).toBeLessThan(text.length);
    const read = parseMachine(older);
    expect(read.ok && read.value.devices.filter(({ iommu }) => iommu?.streamId !== undefined)).toEqual([]);
  });

  it("is refused when it is no JSON", () => {
    for (const bad of ["", "{", "\0", "[1,]", "nul"]) {
      expect(parseMachine(bad)).toMatchObject({ ok: false, refusal: { code: "not-json", path: "" } });
    }
  });

  it("is refused in one line, whatever stands around the fault", () => {
    const sentences = ['{\n\t"a": \u0007', JSON.stringify({ ...machine, "a\n\u001b[2Jb": 1 })].map((bad) => {
      const result = parseMachine(bad);
      return result.ok ? "accepted" : result.refusal.text;
    });
    expect(sentences[0]).toMatch(/^the text is no JSON: [ -~]+$/);
    expect(sentences[1]).toBe('the document: Unrecognized key: "a [2Jb"');
    expect(refusedWith(["devices", 0, "bus"], "\n".repeat(1000))).toEqual(["bad-reference", "devices[0].bus"]);
  });

  it("is refused when it is something else", () => {
    for (const bad of ["null", "1", '"x"', "[]"]) {
      expect(parseMachine(bad)).toMatchObject({ ok: false, refusal: { code: "bad-field", path: "" } });
    }
    expect(parseMachine("{}")).toMatchObject({ ok: false, refusal: { code: "bad-field", path: "schema" } });
  });

  const cases: readonly [string, (string | number)[], unknown, unknown][] = [
    ["an unknown schema", ["schema"], "coalloc/machine/2", ["bad-field", "schema"]],
    ["a field that is missing", ["zoneDmaEnd"], undefined, ["bad-field", "zoneDmaEnd"]],
    ["a field nobody knows", ["devices", 0, "colour"], 1, ["bad-field", "devices[0]"]],
    ["a negative size", ["banks", 0, "size"], -1, ["bad-field", "banks[0].size"]],
    ["a size of 0", ["banks", 0, "size"], 0, ["bad-field", "banks[0].size"]],
    ["half a byte", ["banks", 0, "base"], 0.5, ["bad-field", "banks[0].base"]],
    ["a number as text", ["banks", 0, "base"], "0", ["bad-field", "banks[0].base"]],
    ["a number that is not exact", ["zoneDmaEnd"], 2 ** 53, ["bad-field", "zoneDmaEnd"]],
    ["no banks", ["banks"], [], ["bad-field", "banks"]],
    ["an end above 2^53 - 1", ["banks", 0, "size"], Number.MAX_SAFE_INTEGER, ["bad-field", "banks[0]"]],
    ["pages that overlap", ["pages", 1], { base: 0, size: 4096 }, ["bad-field", "pages[1]"]],
    ["a mask that is no mask", ["devices", 0, "dmaMask"], "0xg", ["bad-field", "devices[0].dmaMask"]],
    ["a mask of 65 bits", ["devices", 0, "dmaMask"], "0x10000000000000000", ["bad-field", "devices[0].dmaMask"]],
    ["a page size that is no power of two", ["profile", "pageSize"], 5000, ["bad-field", "profile.pageSize"]],
    ["a page size no kernel has", ["profile", "pageSize"], 2048, ["bad-field", "profile.pageSize"]],
    ["blocks of more than 512 MiB", ["profile", "maxPageOrder"], 18, ["bad-field", "profile.maxPageOrder"]],
    ["a granule of more than 512 MiB", ["profile", "cmaGranule"], 2 ** 30, ["bad-field", "profile.cmaGranule"]],
    ["an assumption nobody knows", ["assumptions", 0, "code"], "hope", ["bad-field", "assumptions[0].code"]],
    ["a bus that is not there", ["devices", 0, "bus"], "/x", ["bad-reference", "devices[0].bus"]],
    ["an IOMMU that is not there", ["devices", 0, "iommu", "path"], "/x", ["bad-reference", "devices[0].iommu.path"]],
    [
      "a region that is not there",
      ["devices", 0, "memoryRegions", 0, "node"],
      "/x",
      ["bad-reference", "devices[0].memoryRegions[0].node"],
    ],
    [
      "a device that is not there",
      ["regions", 0, "boundDevices"],
      ["/x"],
      ["bad-reference", "regions[0].boundDevices"],
    ],
    ["a placed region without a place", ["regions", 0, "base"], null, ["bad-field", "regions[0].base"]],
    [
      "an aperture that ends before it begins",
      ["iommus", 0, "aperture"],
      { base: 2, end: 1 },
      ["bad-field", "iommus[0].aperture"],
    ],
  ];
  for (const [name, path, value, expected] of cases) {
    it(`is refused for ${name}`, () => expect(refusedWith(path, value)).toEqual(expected));
  }

  it("is refused for a device that stands twice", () => {
    const [device] = machine.devices;
    const twice = { ...machine, devices: [device, device] };
    expect(parseMachine(JSON.stringify(twice))).toMatchObject({
      ok: false,
      refusal: { code: "bad-reference", path: "devices[1].path" },
    });
  });

  it("is refused or read, never thrown over, whatever value stands anywhere", () => {
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (path.length > 0) paths.push(path);
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(JSON.parse(text), []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        refusedWith(path, value);
      }),
      { numRuns: 300 },
    );
  });

  it("has a published schema that names every field of a device", () => {
    const schema = machineJsonSchema() as { properties: { devices: { items: { required: string[] } } } };
    expect([...schema.properties.devices.items.required].sort()).toEqual(Object.keys(machine.devices[0] ?? {}).sort());
  });

  it("survives the round trip for machines of any memory", () => {
    const bank = fc.record({ base: fc.nat({ max: 2 ** 30 }), size: fc.integer({ min: 8192, max: 2 ** 30 }) });
    fc.assert(
      fc.property(bank, fc.constantFrom("", "cma=16M", "mem=64M", "iommu.passthrough=1"), ({ base, size }, cmdline) => {
        const banks = [{ base: base * 8192, size: size * 4 }];
        const made = machineOf(iommu("rockchip,iommu"), [], { memory: { kind: "banks", banks }, cmdline });
        expect(parseMachine(machineToJson(made))).toEqual({ ok: true, value: made });
      }),
      { numRuns: 50 },
    );
  });
});
