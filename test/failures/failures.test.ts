import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import type { Finding, FindingRemedy } from "../../src/lint/finding.js";
import { runCaptured } from "../cli/run-captured.js";
import { compile, hasCompiler } from "../lint/compile.js";
import { REPORTS, type Report } from "./reports.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-reports-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file of the reporter's; its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Situation {
  readonly tree: string;
  readonly options: readonly string[];
}

function situation(report: Report): Situation {
  const options = [...(report.options ?? [])];
  if (report.boot !== undefined) options.push("--boot", file("boot.json", JSON.stringify(report.boot)));
  if (report.config !== undefined) options.push("--kernel-config", file("config", report.config));
  return { tree: file("board.dtb", writeDeviceTree(compile(report.dts))), options };
}

/** The reporter's situation after a remedy, exactly as it was printed. */
function mended(report: Report, { tree, options: given }: Situation, remedy: FindingRemedy): Situation {
  const removed = remedy.removes?.split(" ") ?? [];
  const options = given.map((option, index) =>
    given[index - 1] === "--cmdline"
      ? option
          .split(" ")
          .filter((word) => !removed.includes(word))
          .join(" ")
      : option,
  );
  if (remedy.overlay !== null) {
    const changed = applyOverlay(compile(report.dts), compile(remedy.overlay));
    return { tree: file("mended.dtb", writeDeviceTree(changed)), options };
  }
  if (remedy.dts !== null) {
    return { tree: file("mended.dtb", writeDeviceTree(compile(`${report.dts}\n${remedy.dts}`))), options };
  }
  if (remedy.removes !== undefined) return { tree, options };
  if (remedy.commandLine !== null) {
    const at = options.indexOf("--cmdline");
    const before = at < 0 ? "" : (options[at + 1] as string);
    const others = at < 0 ? options : options.filter((_, index) => index !== at && index !== at + 1);
    return { tree, options: [...others, "--cmdline", `${before} ${remedy.commandLine}`.trimStart()] };
  }
  const config = file("mended.config", `${report.config ?? ""}\n${remedy.config ?? ""}\n`);
  return { tree, options: [...options.filter((each) => each !== "--kernel-config"), "--kernel-config", config] };
}

async function findings(command: readonly string[]): Promise<readonly Finding[]> {
  const { out } = await runCaptured([...command, "--json"]);
  return (JSON.parse(out) as { readonly findings: readonly Finding[] }).findings;
}

describe.skipIf(!hasCompiler)("ten failures as they were reported", () => {
  it("are ten", () => {
    expect(new Set(REPORTS.map((report) => report.address)).size).toBe(10);
  });

  for (const report of REPORTS) {
    describe(report.title, () => {
      it("is explained from the line alone, and the explanation leads on", async () => {
        const log = file("log.txt", `${report.log}\n`);
        const { exit, out } = await runCaptured(["explain", log]);
        expect(exit).toBe(0);
        expect(out).toMatch(/coalloc (check|place|heaps|reach|doctor)/);
        const found = await findings(["explain", log]);
        expect(found.map((finding) => finding.id)).toContain(report.explained);
      });

      it("is found in the tree, and a remedy as printed ends it", async () => {
        const before = situation(report);
        const { exit } = await runCaptured(["check", before.tree, ...before.options]);
        expect(exit).toBe(1);
        const found = (await findings(["check", before.tree, ...before.options])).filter(
          (finding) => finding.id === report.found,
        );
        expect(found).not.toEqual([]);
        const codes: number[] = [];
        for (const remedy of found.flatMap((finding) => finding.remedies)) {
          const after = mended(report, before, remedy);
          codes.push((await runCaptured(["check", after.tree, ...after.options])).exit);
        }
        expect(codes).toContain(0);
      });
    });
  }
});
