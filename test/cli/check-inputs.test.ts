/** What `coalloc check` takes: every form of a board, and how it ends for what is none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64, stringBytes, type TreeSpec } from "../../src/devicetree/build.js";
import type { TreeNode } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import type { CheckDocument } from "../../src/lint/document.js";
import { runningBoard } from "../machine/live/running-board.js";
import { runningPc } from "../machine/live/running-pc.js";
import { collected } from "../machine/live/tar.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-check-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** A board with 1 GiB of RAM at 0x80000000 and one pool of 64 MiB that lies anywhere. */
function board(compatibleOfCpu: string, more: TreeSpec = {}): TreeSpec {
  return {
    "#address-cells": 2,
    "#size-cells": 2,
    compatible: "vendor,board",
    cpus: {
      "#address-cells": 1,
      "#size-cells": 0,
      "cpu@0": { device_type: "cpu", compatible: compatibleOfCpu, reg: 0 },
    },
    "memory@80000000": { device_type: "memory", reg: cells64(0x8000_0000, 0x4000_0000) },
    "reserved-memory": {
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      pool: { compatible: "shared-dma-pool", reusable: true, size: cells64(0x400_0000) },
    },
    ...more,
  };
}

function treeFile(name: string, spec: TreeSpec): string {
  return fileOf(name, writeDeviceTree(buildDeviceTree(spec)));
}

/** A tree as /proc/device-tree shows it. */
function unpack(node: TreeNode, at: string): string {
  mkdirSync(at, { recursive: true });
  for (const name of node.propertyNames) writeFileSync(join(at, name), node.get(name) ?? new Uint8Array());
  for (const child of node.children) unpack(child, join(at, child.name));
  return at;
}

async function checked(...argv: readonly string[]): Promise<CheckDocument> {
  const { out, err, exit } = await runCaptured(["check", ...argv, "--json"]);
  expect({ err, exit: exit > 1 }).toEqual({ err: "", exit: false });
  return JSON.parse(out) as CheckDocument;
}

const ARM64 = board("arm,cortex-a53");

describe("a board may be", () => {
  it("a .dtb, or a folder as /proc/device-tree: the answer is the same", async () => {
    const document = await checked(treeFile("board.dtb", ARM64));
    expect(document.boot.regions).toMatchObject([
      { node: "/reserved-memory/pool", status: "placed", size: 0x400_0000 },
    ]);
    expect(await checked(unpack(buildDeviceTree(ARM64).root, join(folder, "tree")))).toEqual(document);
  });

  it("a tarball of the collector, which counts with its own memory and command line", async () => {
    const file = fileOf("board.tar.gz", gzipSync(collected(runningBoard())));
    const { out } = await runCaptured(["machine", file, "--json"]);
    const machine = JSON.parse(out) as { banks: readonly { base: number; size: number }[]; commandLine: string };
    const { banks, commandLine } = await checked(file);
    expect(banks).toEqual(machine.banks.map(({ base, size }) => [base, size]));
    expect(commandLine).toBe(machine.commandLine);
    const other = await checked(file, "--memory", "0x80000000+1G", "--cmdline", "cma=32M");
    expect(other.banks).toEqual([[0x8000_0000, 0x4000_0000]]);
    expect(other.commandLine).toBe("cma=32M");
  });

  for (const [arch, cpu] of [
    ["riscv", "riscv"],
    ["32-bit arm", "arm,cortex-a7"],
    ["x86", "intel,ce4100"],
    ["an unknown architecture", "vendor,cpu"],
  ] as const) {
    it(`one of ${arch}`, async () => {
      const { boot, banks } = await checked(treeFile(`${cpu.replace(",", "-")}.dtb`, board(cpu)));
      expect(banks).toEqual([[0x8000_0000, 0x4000_0000]]);
      expect(boot.regions[0]?.base).toBeGreaterThanOrEqual(0x8000_0000);
    });
  }

  it("one without CPUs, whose architecture is then guessed", async () => {
    const { cpus: _, ...rest } = ARM64;
    expect((await checked(treeFile("no-cpus.dtb", rest))).boot.regions).toHaveLength(1);
  });

  it("one without reserved memory", async () => {
    const { "reserved-memory": _, ...rest } = ARM64;
    const file = treeFile("no-reserved.dtb", rest);
    expect((await checked(file)).boot.regions).toEqual([]);
    expect((await runCaptured(["check", file])).out).toContain("Memory after boot");
  });

  it("one whose overlay brings a region along", async () => {
    const base = treeFile("base.dtb", ARM64);
    const overlay = treeFile("camera.dtbo", {
      "fragment@0": {
        "target-path": "/reserved-memory",
        __overlay__: { "#address-cells": 2, "#size-cells": 2, camera: { "no-map": true, size: cells64(0x10_0000) } },
      },
    });
    const { boot } = await checked(base, "--overlay", overlay);
    // libfdt puts new nodes before those that are there.
    expect(boot.regions.map(({ node }) => node)).toEqual(["/reserved-memory/camera", "/reserved-memory/pool"]);
  });

  it("one whose tree makes no sense: findings, and no crash", async () => {
    const strange: readonly TreeSpec[] = [
      { ...ARM64, "reserved-memory": {} },
      { ...ARM64, "reserved-memory": { "#address-cells": 2, "#size-cells": 2, ranges: true, a: { reg: cells(1) } } },
      {
        ...ARM64,
        "reserved-memory": { "#address-cells": 7, "#size-cells": 9, ranges: true, a: { size: cells(1, 2, 3) } },
      },
      { ...ARM64, "reserved-memory": { "#address-cells": 2, "#size-cells": 2, ranges: true, a: { size: "much" } } },
      { ...ARM64, chosen: { bootargs: stringBytes("cma=banana mem=x", "second") } },
    ];
    for (const [i, spec] of strange.entries()) await checked(treeFile(`strange-${i}.dtb`, spec));
  });
});

describe("numbers at the end of what is exact", () => {
  // 2^53 - 1 rounded up to anything is none of them.
  const { "reserved-memory": _, ...rest } = ARM64;
  const pool = (more: TreeSpec): TreeSpec => ({
    ...rest,
    "reserved-memory": {
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      pool: { compatible: "shared-dma-pool", reusable: true, "linux,cma-default": true, ...more },
    },
  });
  const cases: readonly (readonly [name: string, tree: TreeSpec, argv: readonly string[]])[] = [
    ["a size of cma=", ARM64, ["--cmdline", "cma=9007199254740991"]],
    [
      "a size of cma= that takes a node's place",
      pool({ size: cells64(0x400_0000) }),
      ["--cmdline", "cma=9007199254740991"],
    ],
    ["a place of cma=", ARM64, ["--cmdline", "cma=1@9007199254740990"]],
    ["the size of a region", pool({ size: cells64(Number.MAX_SAFE_INTEGER) }), []],
    ["the end of a CMA region", pool({ reg: cells64(Number.MAX_SAFE_INTEGER - 0x1000, 0x1000) }), []],
    [
      "the end of a no-map region",
      pool({ reg: cells64(Number.MAX_SAFE_INTEGER - 0x1000, 0x1000), "no-map": true }),
      [],
    ],
  ];
  for (const [i, [name, tree, argv]] of cases.entries()) {
    it(`are no fault of ours: ${name}`, async () => {
      const { boot } = await checked(treeFile(`exact-${i}.dtb`, tree), ...argv);
      expect(boot.memory.banks).toHaveLength(1);
    });
  }
});

describe("what is no board", () => {
  const tree = writeDeviceTree(buildDeviceTree(ARM64));
  const { "memory@80000000": _, ...memoryless } = ARM64;
  const cases: readonly (readonly [name: string, argv: readonly string[], exit: number, ...words: string[]])[] = [
    ["a tree that was cut off", [fileOf("cut.dtb", tree.subarray(0, 300))], 3, "cut.dtb", "300"],
    [
      "junk",
      [
        fileOf(
          "junk.dtb",
          Uint8Array.from({ length: 999 }, (_v, i) => (i * 37) % 251),
        ),
      ],
      3,
      "d00dfeed",
    ],
    ["an empty file", [fileOf("empty.dtb", "")], 3, "the file is empty"],
    ["a folder with nothing in it", [unpack(buildDeviceTree({}).root, join(folder, "nothing"))], 3, "#address-cells"],
    ["a file that is not there", [join(folder, "nowhere.dtb")], 3, "no such file"],
    ["a tree without memory", [treeFile("memoryless.dtb", memoryless)], 3, "--memory BASE+SIZE"],
    ["a machine that has no tree", [fileOf("pc.tar", collected(runningPc()))], 3, "no device tree"],
    ["an overlay that is junk", [EXAMPLE, "--overlay", fileOf("junk.dtbo", "overlay")], 3, "junk.dtbo"],
    ["memory that is twice there", [EXAMPLE, "--memory", "0x40000000+1G,0x60000000+1G"], 2, "overlap"],
    ["a page size nobody has", [EXAMPLE, "--page-size", "3K"], 2, "4K, 16K or 64K"],
    ["a boot file that is a folder", [EXAMPLE, "--boot", folder], 3, "is a folder"],
    ["a boot file of YAML with a wrong field", [EXAMPLE, "--boot", fileOf("b.yaml", "fdt:\n  bse: 1\n")], 3, "line 2"],
    [
      "a boot file whose pieces share memory",
      [EXAMPLE, "--boot", fileOf("c.json", '{"kernel":{"base":4096,"size":8192},"fdt":{"base":8192,"size":1}}')],
      3,
      "lies over kernel",
    ],
  ];
  for (const [name, argv, exit, ...words] of cases) {
    it(`ends with ${exit} and one sentence: ${name}`, async () => {
      const run = await runCaptured(["check", ...argv]);
      expect({ exit: run.exit, out: run.out }).toEqual({ exit, out: "" });
      expect(run.err).toMatch(/^coalloc: [^\n]+\n$/);
      for (const word of words) expect(run.err).toContain(word);
    });
  }
});

describe("reports for other programs", () => {
  it("name a tree from the working directory, wherever it is named from", async () => {
    for (const name of [EXAMPLE, `./${relative(process.cwd(), EXAMPLE)}`]) {
      const sarif = await runCaptured(["check", name, "--sarif"]);
      expect(sarif.out).toContain('"uri": "examples/example-board.dtb"');
      const junit = await runCaptured(["check", name, "--junit"]);
      expect(junit.out).toContain('<testsuite name="examples/example-board.dtb"');
    }
    const elsewhere = await runCaptured(["check", treeFile("elsewhere.dtb", ARM64), "--sarif"]);
    const run = JSON.parse(elsewhere.out) as { runs: { automationDetails: { id: string } }[] };
    expect(run.runs[0]!.automationDetails.id).toBe(`coalloc check${join(folder, "elsewhere.dtb")}/`);
  });
});
