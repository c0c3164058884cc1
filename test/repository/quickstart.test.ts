import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cachedBoards } from "../../tools/boards/provide.js";
import { ROOT, requiredParts } from "../../tools/project.js";

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(tool: string, env: NodeJS.ProcessEnv): Run {
  return spawnSync(process.execPath, ["tools/run.mjs", tool], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

describe("on a machine without apt", () => {
  let empty: string;
  beforeAll(() => {
    empty = mkdtempSync(join(tmpdir(), "coalloc-no-apt-"));
  });
  afterAll(() => rmSync(empty, { recursive: true }));

  it("npm run boards says why in one sentence and exits with 4", () => {
    const { status, stdout, stderr } = run("tools/boards.ts", { PATH: empty, COALLOC_CACHE: empty });
    expect(stderr.trim().split("\n").at(-1)).toBe("boards: no trees of arm64: apt-get cannot be run on this machine");
    expect(stdout).toBe("");
    expect(status).toBe(4);
  });

  it("npm run test:kernel says why in one sentence and exits with 4", () => {
    const { status, stdout, stderr } = run("tools/test-kernel.ts", {
      COALLOC_QEMU_AMD64: join(empty, "qemu"),
      COALLOC_CACHE: empty,
    });
    expect(stderr).toBe(`kernel: COALLOC_QEMU_AMD64=${join(empty, "qemu")} is no program\n`);
    expect(stdout).toBe("");
    expect(status).toBe(4);
  });

  it("npm run quickstart says so and places a buffer on the example board", () => {
    const { status, stdout } = run("tools/quickstart.ts", { PATH: empty, COALLOC_CACHE: empty });
    expect(stdout).toContain(
      "Real boards cannot be had here: no trees of arm64: apt-get cannot be run on this machine.",
    );
    expect(stdout).toContain("$ npx coalloc place examples/example-board.dtb");
    expect(status).toBe(0);
  });
});

const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");
if (noBoards) console.log("test/repository/quickstart: real board skipped, npm run boards fetches it");

describe.skipIf(noBoards)("with the board trees of Debian's kernel", () => {
  it("npm run quickstart shows the command and places a buffer on a ROCK 5B", () => {
    const { status, stdout } = run("tools/quickstart.ts", {});
    expect(stdout).toMatch(/^\$ npx coalloc place \S*rockchip\/rk3588-rock-5b\.dtb \\\n/);
    expect(stdout).not.toContain("cannot be had");
    expect(status).toBe(0);
  });
});
