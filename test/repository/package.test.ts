import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/cli/version.js";
import { type Lockfile, missingOptionals } from "../../tools/lockfile/missing-optionals.js";
import { ROOT } from "../../tools/project.js";

/** Whether a version range as packages write it in `engines` takes Node 20.20.0. Throws on a form it does not know. */
function takesNode20(range: string): boolean {
  return range.split("||").some((alternative) =>
    alternative
      .trim()
      .replaceAll(/(>=|<=|<|>|\^|~)\s+/g, "$1")
      .split(/\s+/)
      .every((part) => {
        const match = /^(>=|<=|<|>|\^|~|=)?v?(\d+|\*)(?:\.(\d+|x))?(?:\.(\d+|x))?(?:-\S+)?$/.exec(part);
        if (match === null) throw new Error(`engines: ${range}`);
        if (match[2] === "*") return true;
        const [major, minor, patch] = [match[2], match[3], match[4]].map((digits) => Number(digits ?? 0) || 0);
        const asked = major! * 1e6 + minor! * 1e3 + patch!;
        const here = 20_020_000;
        switch (match[1]) {
          case ">=":
            return here >= asked;
          case ">":
            return here > asked;
          case "<":
            return here < asked;
          case "<=":
            return here <= asked;
          case "~":
            return major === 20 && minor === 20;
          default:
            return major === 20 && (match[1] === undefined || here >= asked);
        }
      }),
  );
}

describe("the check of engines", () => {
  const cases = [
    { range: ">=20", takes: true },
    { range: "^20.19.0 || >=22.12.0", takes: true },
    { range: "^18.18.0 || ^20.9.0 || >=21.1.0", takes: true },
    { range: "20 || 22", takes: true },
    { range: ">= 14.21.3", takes: true },
    { range: "*", takes: true },
    { range: ">=22", takes: false },
    { range: ">=20.21", takes: false },
    { range: "^22.12.0 || >=24", takes: false },
    { range: ">=18 <20", takes: false },
  ];
  for (const c of cases) it(`says ${c.takes} for ${c.range}`, () => expect(takesNode20(c.range)).toBe(c.takes));
});

describe("package-lock.json", () => {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lockfile;
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

  it("pins no package that refuses Node 20.20", () => {
    const refusing = packages.filter(
      ([, entry]) => entry.engines?.node !== undefined && !takesNode20(entry.engines.node),
    );
    expect(refusing.map(([path, entry]) => `${path}: ${entry.engines?.node}`)).toEqual([]);
    expect(packages.length).toBeGreaterThan(50);
  });

  it("has an entry for every platform's package, or npm ci refuses it", () => {
    expect(missingOptionals(lock).map(({ name }) => name)).toEqual([]);
  });

  it("names no download address, so that any registry can serve it", () => {
    expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly version: string;
    readonly bin: Record<string, string>;
    readonly dependencies: Record<string, string>;
    readonly devDependencies: Record<string, string>;
  };

  it("pins every package to one version", () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(ranges).toEqual([]);
  });

  it("has the version the command prints", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("names a command that exists", () => {
    expect(existsSync(join(ROOT, manifest.bin.coalloc!))).toBe(true);
  });
});
