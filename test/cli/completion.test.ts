import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longName } from "../../src/cli/command.js";
import { loadCommands } from "../../src/cli/commands/index.js";
import { runCaptured } from "./run-captured.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-completion-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash would offer behind these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = join(folder, "coalloc.bash");
  writeFileSync(script, (await runCaptured(["completion", "bash"])).out);
  const program = `source "${script}"; COMP_WORDS=(${words.map((w) => `"${w}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _coalloc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync("bash", ["--norc", "-c", program], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  return run.stdout.split("\n").filter((line) => line !== "");
}

describe("completion in bash", () => {
  it("offers commands", async () => {
    expect(await offered("coalloc", "")).toEqual([
      ...(await loadCommands()).map((c) => c.name),
      "help",
      "--help",
      "--version",
    ]);
    expect(await offered("coalloc", "de")).toEqual(["devices"]);
  });

  it("offers options of the command", async () => {
    expect(await offered("coalloc", "place", "board.dtb", "--c")).toEqual(["--count", "--cpu", "--cmdline"]);
  });

  it("offers the values of an option", async () => {
    expect(await offered("coalloc", "place", "--cpu", "")).toEqual(["none", "rare", "often"]);
    expect(await offered("coalloc", "machine", "--kernel-profile", "deb")).toEqual([
      "debian-arm64-6.12",
      "debian-amd64-6.12",
    ]);
  });

  it("offers the choices of an argument", async () => {
    expect(await offered("coalloc", "completion", "")).toEqual(["bash", "zsh", "fish"]);
  });
});

describe("completion scripts", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    it(`know every command and option in ${shell}`, async () => {
      const { exit, out } = await runCaptured(["completion", shell]);
      expect(exit).toBe(0);
      for (const command of await loadCommands()) {
        expect(out).toContain(command.name);
        for (const option of command.options) expect(out).toContain(longName(option));
      }
    });
  }
});
