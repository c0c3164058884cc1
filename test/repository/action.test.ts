import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { ROOT } from "../../tools/project.js";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
  };
}

const action = parse(readFileSync(join(ROOT, "action.yml"), "utf8")) as Action;
let folder: string;

/** A board with 1 GiB of RAM at 0x40000000 and one pool of so many bytes. */
function board(poolSize: number): Uint8Array {
  const root: TreeSpec = {
    "#address-cells": 2,
    "#size-cells": 2,
    compatible: "vendor,board",
    cpus: {
      "#address-cells": 1,
      "#size-cells": 0,
      "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a53", reg: 0 },
    },
    "memory@40000000": { device_type: "memory", reg: cells64(0x4000_0000, 0x4000_0000) },
    "reserved-memory": {
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      pool: { compatible: "shared-dma-pool", reusable: true, size: cells(0, poolSize) },
    },
  };
  return writeDeviceTree(buildDeviceTree(root));
}

function check(...args: readonly string[]): ReturnType<typeof spawnSync> {
  return spawnSync(join(ROOT, "action/check-trees.sh"), args, { encoding: "utf8", cwd: folder });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-action-"));
  writeFileSync(join(folder, "good.dtb"), board(0x400_0000));
  writeFileSync(join(folder, "bad.dtb"), board(0x6000_0000));
  writeFileSync(join(folder, "broken.dtb"), board(0x400_0000).subarray(0, 200));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the action", () => {
  it("uses only inputs it declares, and describes each", () => {
    const text = readFileSync(join(ROOT, "action.yml"), "utf8");
    const used = [...text.matchAll(/inputs\.([a-z-]+)/g)].map((match) => match[1] as string);
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(used));
    for (const [name, { description }] of Object.entries(action.inputs)) {
      expect(used).toContain(name);
      expect(description.length).toBeGreaterThan(20);
    }
  });

  it("splits options as a shell does, and evaluates nothing", () => {
    const step = action.runs.steps.find(({ run }) => run?.includes("OPTIONS") === true);
    const split = String(step?.run).split("\n").slice(0, 2).join("\n");
    const ask = (options: string): readonly string[] =>
      spawnSync("bash", ["-c", `${split}\nprintf '[%s]\\n' "\${options[@]}"`], {
        encoding: "utf8",
        env: { ...process.env, OPTIONS: options },
      })
        .stdout.trim()
        .split("\n");
    expect(ask('--memory 2G --cmdline "cma=256M quiet"')).toEqual([
      "[--memory]",
      "[2G]",
      "[--cmdline]",
      "[cma=256M quiet]",
    ]);
    expect(ask("--memory $(echo 2G)")).toEqual(["[--memory]", "[$(echo]", "[2G)]"]);
  });

  it("passes a good tree, and leaves a SARIF and a JUnit file", () => {
    const { status, stdout } = check("results", "error", "good.dtb");
    expect(stdout).toContain("1 trees: 0 with findings at or above error, 0 not readable");
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "results/good.sarif"), "utf8"))).toMatchObject({ version: "2.1.0" });
    expect(readFileSync(join(folder, "results/good.xml"), "utf8")).toContain("<testsuite");
  });

  it("fails for a tree with an error, unless nothing shall fail", () => {
    expect(check("results", "error", "good.dtb", "bad.dtb").status).toBe(1);
    expect(check("results", "none", "good.dtb", "bad.dtb").status).toBe(0);
    expect(check("results", "error", "bad.dtb", "--", "--memory", "3G").status).toBe(0);
  });

  it("names a tree that cannot be read, and checks the others", () => {
    const { status, stdout } = check("results", "error", ".");
    expect(status).toBe(3);
    expect(stdout).toContain("::error file=./broken.dtb::");
    expect(stdout).toContain("3 trees: 1 with findings");
  });

  it("says that there was no tree", () => {
    expect(check("results", "error", "results").status).toBe(2);
    expect(check("results").status).toBe(2);
  });
});
