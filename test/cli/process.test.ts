/** The program as it is installed: `bin/coalloc.js` in a process of its own. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tools/project.js";
import { EXAMPLE } from "./run-captured.js";

const PROGRAM = join(ROOT, "bin", "coalloc.js");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-process-"));
  writeFileSync(join(folder, "empty.dtb"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

function coalloc(args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
}

describe("the program", () => {
  it("ends with 0 for a placed buffer, JSON alone on standard output", () => {
    const run = coalloc(["place", EXAMPLE, "-d", "display", "-d", "rga", "--image", "1920x1080:NV12", "--json"]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(String(run.stdout)).schema).toBe("coalloc/place/1");
  });

  it("ends with 1 for a buffer that cannot be placed", () => {
    const run = coalloc(["place", EXAMPLE, "-d", "display", "--size", "64G"]);
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toContain("NOT PLACEABLE");
  });

  it("ends with 2 for a wrong option and 3 for a wrong file, with one line each", () => {
    const wrongUse = coalloc(["machine", EXAMPLE, "--jason"]);
    expect(wrongUse).toMatchObject({ status: 2, stdout: "" });
    expect(wrongUse.stderr).toMatch(/^coalloc: .*--json.*\n$/);
    const badInput = coalloc(["machine", join(folder, "empty.dtb")]);
    expect(badInput).toMatchObject({ status: 3, stdout: "" });
    expect(badInput.stderr).toMatch(/^coalloc: [^\n]*\n$/);
  });

  it("ends with 0 for help and for the version", () => {
    expect(coalloc(["--help"])).toMatchObject({ status: 0, stderr: "" });
    expect(coalloc(["help", "place"])).toMatchObject({ status: 0, stderr: "" });
    expect(coalloc(["--version"])).toMatchObject({ status: 0, stderr: "" });
  });

  it("ends quietly when its reader goes away", () => {
    const shell = `"${process.execPath}" "${PROGRAM}" machine "${EXAMPLE}" --json | head -n 1`;
    const run = spawnSync("sh", ["-c", shell], { encoding: "utf8" });
    expect(run).toMatchObject({ status: 0, stdout: "{\n", stderr: "" });
  });

  it("ends with 4 and one line where its answer cannot be written", () => {
    const shell = `"${process.execPath}" "${PROGRAM}" machine "${EXAMPLE}" --json > /dev/full`;
    const run = spawnSync("sh", ["-c", shell], { encoding: "utf8" });
    expect(run.status).toBe(4);
    expect(run.stderr).toMatch(/^coalloc: cannot write the answer \(ENOSPC.*\n$/);
  });

  it("follows COLUMNS, NO_COLOR and FORCE_COLOR", () => {
    const plain = coalloc(["heaps", EXAMPLE], { COLUMNS: "60" });
    expect(
      Math.max(
        ...String(plain.stdout)
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(60);
    expect(plain.stdout).not.toContain("\u001b[");
    expect(coalloc(["heaps", EXAMPLE], { FORCE_COLOR: "1" }).stdout).toContain("\u001b[");
    expect(coalloc(["heaps", EXAMPLE], { FORCE_COLOR: "1", NO_COLOR: "1" }).stdout).not.toContain("\u001b[");
  });

  it("prints the same bytes each time", () => {
    const args = ["place", EXAMPLE, "-d", "gpu", "-d", "isp", "--size", "8M", "--json"];
    expect(coalloc(args).stdout).toBe(coalloc(args, { COLUMNS: "200", FORCE_COLOR: "1" }).stdout);
  });

  it("says where the time went on standard error, and only when asked", () => {
    const run = coalloc(["devices", EXAMPLE, "--json", "--timing"]);
    expect(run.stderr).toMatch(/^timing: start [\d.]+ ms, .*total [\d.]+ ms\n$/);
    expect(run.stdout).not.toContain("timing");
  });

  it("ends with 3 for a folder it may not read", () => {
    const closed = mkdtempSync(join(tmpdir(), "coalloc-closed-"));
    chmodSync(closed, 0o000);
    // Root reads everything, so the program runs as nobody then.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const run = spawnSync(process.execPath, [PROGRAM, "machine", closed], { encoding: "utf8", ...nobody });
    rmSync(closed, { recursive: true });
    expect(run).toMatchObject({ status: 3, stdout: "" });
    expect(run.stderr).toContain("permission");
  });
});
