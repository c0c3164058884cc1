import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeviceTree } from "../../src/devicetree/build.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { CACHE } from "../../tools/project.js";
import { runningPc } from "../machine/live/running-pc.js";
import { collected } from "../machine/live/tar.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-survey-"));
  mkdirSync(join(folder, "b"));
  copyFileSync(EXAMPLE, join(folder, "b", "example.dtb"));
  writeFileSync(join(folder, "a.dtb"), "");
  writeFileSync(join(folder, "c.txt"), "no tree\n");
  const bare = buildDeviceTree({ "#address-cells": 2, "#size-cells": 2, compatible: "a,b" });
  writeFileSync(join(folder, "d.dtb"), writeDeviceTree(bare));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function lines(...argv: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { out } = await runCaptured(["survey", ...argv, "--json"]);
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("survey", () => {
  it("prints a line of JSON a tree, in the order of names, and a summary", async () => {
    const file = (name: string): string => join(folder, name);
    expect(await lines(folder)).toEqual([
      {
        schema: "coalloc/survey/1",
        file: file("a.dtb"),
        ok: false,
        error: { code: "empty", text: expect.any(String) },
      },
      { schema: "coalloc/survey/1", file: file("b/example.dtb"), ok: true, devices: 21, dmaDevices: 8, heaps: 7 },
      {
        schema: "coalloc/survey/1",
        file: file("d.dtb"),
        ok: false,
        error: { code: "no-memory", text: expect.any(String) },
      },
      {
        schema: "coalloc/survey/1",
        summary: {
          files: 3,
          ok: 1,
          failed: 2,
          memoryFilledIn: 0,
          devices: 21,
          dmaDevices: 8,
          heaps: 7,
          errors: { empty: 1, "no-memory": 1 },
        },
      },
    ]);
  });

  it("fills memory in only where a tree has none", async () => {
    const given = await lines(folder, "--memory", "0x80000000+1G");
    expect(given.map((line) => line["ok"])).toEqual([false, true, true, undefined]);
    expect(given[1]).toMatchObject({ dmaDevices: 8, heaps: 7 });
    expect(given[3]).toMatchObject({ summary: { memoryFilledIn: 1, ok: 2 } });
  });

  it("takes the tarball of a collector for what it is, the kernel in it included", async () => {
    const files = { "board.tar": collected(runningPc()), "cut.tar": collected(runningPc()).subarray(0, 5000) };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const [board, cut] = await lines(join(folder, "board.tar"), join(folder, "cut.tar"));
    expect(board).toMatchObject({ ok: true, devices: 5, dmaDevices: 5, heaps: 4 });
    expect(cut).toMatchObject({ ok: false, error: { code: "unreadable" } });
    const [other] = await lines(join(folder, "board.tar"), "--kernel-profile", "embedded-6.12");
    expect(other).toMatchObject({ ok: true, heaps: 5 });
  });

  it("ends with 1 when a tree failed, and with 0 when none did", async () => {
    expect((await runCaptured(["survey", folder])).exit).toBe(1);
    expect((await runCaptured(["survey", join(folder, "b")])).exit).toBe(0);
  });

  it("sums up for people, failures with their reasons", async () => {
    const { out } = await runCaptured(["survey", folder], { columns: 120 });
    expect(out).toContain("Failed");
    expect(out).toContain("d.dtb");
    expect(out).toContain("3 trees read, 2 failed: 8 enabled DMA-capable devices of 21, 7 heaps");
  });

  it("says one failure of many trees once, with the first few of them", async () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (const name of ["1", "2", "3", "4", "5", "6", "7"]) writeFileSync(join(many, `${name}.dtb`), "");
    const { out } = await runCaptured(["survey", many], { columns: 200 });
    rmSync(many, { recursive: true });
    expect(out.match(/the file is empty/g)).toHaveLength(1);
    expect(out).toContain(`      ${join(many, "5.dtb")}\n      and 2 more; --json lists all\n`);
    expect(out).not.toContain("6.dtb");
  });

  it.skipIf(!existsSync(join(CACHE, "boards")))("reads every board tree there is without a failure", async () => {
    const { exit, out } = await runCaptured(["survey", join(CACHE, "boards"), "--memory", "0x40000000+2G", "--json"]);
    const summary = JSON.parse(out.trimEnd().split("\n").at(-1) as string).summary;
    expect(summary).toMatchObject({ failed: 0, errors: {} });
    expect(summary.files).toBeGreaterThan(1000);
    expect(exit).toBe(0);
  });
});
