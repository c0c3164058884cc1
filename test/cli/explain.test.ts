/** `coalloc explain`: what it prints, with and without a board, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCorpus } from "../explain/corpus/read-corpus.js";
import { readMessages } from "../explain/kernel/read-messages.js";
import { sarifFaults } from "../lint/sarif-faults.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

function log(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const FAILURE = log(
  "failure.txt",
  "[   12.3] usb 1-1: new device\n[   13.0] cma: __cma_alloc: reserved: alloc failed, req-size: 2025 pages, ret: -12\n",
);

describe("coalloc explain", () => {
  it("ends with 0 when it recognised a line, whatever the severity asked for", async () => {
    const { exit, out, err } = await runCaptured(["explain", FAILURE, "--fail-on", "none"]);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out).toContain("ERROR  cma-alloc-failed  line 2");
    expect(out).toContain("2 lines read, 1 recognised");
  });

  it("prints the document of the contract", async () => {
    const { out } = await runCaptured(["explain", FAILURE, "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      schema: "coalloc/explain/1",
      machine: null,
      findings: [
        {
          id: "cma-alloc-failed",
          severity: "error",
          where: { node: null, property: null, line: 2, count: 1 },
          numbers: { pages: 2025, ret: -12, pageSize: 4096, bytes: 8_294_400 },
          certainty: "sure",
        },
      ],
      lines: { read: 2, recognised: 1, cut: 0, left: 0 },
    });
  });

  it("prints SARIF at the line of the log, and JUnit that --fail-on decides", async () => {
    const sarif = JSON.parse((await runCaptured(["explain", FAILURE, "--sarif"])).out);
    expect(sarif.runs[0].results).toHaveLength(1);
    expect(sarif.runs[0].results[0]).toMatchObject({
      ruleId: "cma-alloc-failed",
      level: "error",
      locations: [{ physicalLocation: { region: { startLine: 2 } } }],
    });
    const { id } = sarif.runs[0].tool.driver.rules[sarif.runs[0].results[0].ruleIndex];
    expect(id).toBe("cma-alloc-failed");
    const failing = await runCaptured(["explain", FAILURE, "--junit"]);
    expect(failing.out).toContain('failures="1"');
    expect((await runCaptured(["explain", FAILURE, "--junit", "--fail-on", "none"])).out).toContain('failures="0"');
    expect((await runCaptured(["explain", FAILURE, "--junit", "--sarif"])).exit).toBe(2);
  });

  it("prints SARIF as its schema wants it, each rule once, whatever was recognised", async () => {
    const known = readMessages().flatMap(({ known: some = [] }) => some.map(({ line }) => line));
    const all = log("all.txt", [...known, ...readCorpus().map(({ excerpt }) => excerpt)].join("\n"));
    for (const argv of [
      [all, "--sarif"],
      [all, "--sarif", "-m", EXAMPLE],
      [log("none.txt", "hello\n"), "--sarif"],
    ]) {
      const sarif = JSON.parse((await runCaptured(["explain", ...argv])).out);
      expect(sarifFaults(sarif)).toEqual([]);
      const ids = sarif.runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const result of sarif.runs[0].results) expect(ids[result.ruleIndex]).toBe(result.ruleId);
    }
  });

  it("names its JUnit suite after itself, with the line of each finding", async () => {
    const { out } = await runCaptured(["explain", FAILURE, "--junit"]);
    expect(out).toContain('<testsuites name="coalloc explain" ');
    expect(out).toMatch(/classname="coalloc\.explain\.\S+failure_txt" name="cma-alloc-failed: /);
    expect(out).toContain("\nline 2");
    expect(out).not.toContain("coalloc check");
  });

  it("fills in the board's numbers and its name: the default area of 64 MiB and one more such buffer", async () => {
    const { out } = await runCaptured(["explain", FAILURE, "-m", EXAMPLE, "--json"]);
    const [finding] = JSON.parse(out).findings;
    expect(finding.remedies.map((r: { commandLine: string | null }) => r.commandLine)).toEqual(["cma=72M"]);
    expect(finding.next).toContain(`coalloc place ${EXAMPLE} -d DEVICE --image 1920x1080:XR24`);
  });

  it("offers a remedy that the board's boot then carries out", async () => {
    const { out } = await runCaptured(["heaps", EXAMPLE, "--cmdline", "cma=72M", "--json"]);
    const heaps: readonly { id: string; size: number }[] = JSON.parse(out).heaps;
    expect(heaps.find(({ id }) => id === "cma:default")?.size).toBe(72 * 1024 * 1024);
  });

  it("ends with 1 and says so when nothing is known", async () => {
    const { exit, out } = await runCaptured(["explain", log("other.txt", "hello\n")]);
    expect(exit).toBe(1);
    expect(out).toContain("Nothing in this log is about memory for devices");
    expect((await runCaptured(["explain", log("empty.txt", "")])).exit).toBe(1);
  });

  it("refuses what is no text, a folder and a missing file with one sentence and 3", async () => {
    const bytes = new Uint8Array(5000).map((_, i) => (i * 7919) % 256);
    for (const name of [log("binary", bytes), folder, join(folder, "missing")]) {
      const { exit, out, err } = await runCaptured(["explain", name]);
      expect({ exit, out }).toEqual({ exit: 3, out: "" });
      expect(err).toMatch(/^coalloc: [^\n]+\n$/);
    }
  });

  it("reads a serial console's junk as long as something in it is recognised", async () => {
    const junk = new Uint8Array(400).fill(0xff);
    const line = new TextEncoder().encode("\nCmaTotal: 65536 kB\n");
    const { exit } = await runCaptured(["explain", log("serial", new Uint8Array([...junk, ...line]))]);
    expect(exit).toBe(0);
  });

  it("keeps to the width, but for what is pasted: commands stand whole in a line of their own", async () => {
    const { out } = await runCaptured(["explain", FAILURE], { columns: 60 });
    const lines = out.split("\n");
    expect(lines.filter((line) => line.length > 60 && !/^ {8}\S/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("        coalloc place "))).toHaveLength(1);
  });
});
