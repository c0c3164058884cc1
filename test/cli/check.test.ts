/** `coalloc check`: exit codes, forms of the answer, and what it says of boards the kernel was watched on. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CheckDocument } from "../../src/lint/document.js";
import type { Capture } from "../boot/capture.js";
import { captures } from "../boot/captures.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const numbers = (ranges: readonly (readonly [string, string])[]): readonly (readonly [number, number])[] =>
  ranges.map(([base, size]) => [Number(base), Number(size)]);

/** The board of a capture, checked with the start state the kernel was seen to have. */
async function checkCapture(capture: Capture): Promise<CheckDocument> {
  const tree = fileOf("capture.dtb", new Uint8Array(Buffer.from(capture.dtb, "base64")));
  const boot = fileOf(
    "capture.json",
    JSON.stringify({
      ...(capture.kernelImage === null
        ? {}
        : { kernel: { base: Number(capture.kernelImage[0]), size: Number(capture.kernelImage[1]) } }),
      reserved: numbers(capture.beforeScan),
      beforeDefaultCma: capture.beforeDefaultCma === null ? null : numbers(capture.beforeDefaultCma),
    }),
  );
  const argv = ["check", tree, "--boot", boot, "--json", "--cmdline", capture.cmdline];
  const { out, err, exit } = await runCaptured([...argv, "--kernel-profile", "debian-arm64-6.12"]);
  expect({ err, isKnown: exit === 0 || exit === 1 }).toEqual({ err: "", isKnown: true });
  return JSON.parse(out) as CheckDocument;
}

describe("a board that was watched", () => {
  for (const id of ["dyn-cma-size0", "rng-fill-then-fallback", "st-cma-missize", "pl-initrd-top", "bank-hole-multi"]) {
    it(`is foretold byte for byte: ${id}`, async () => {
      const capture = captures.find((each) => each.id === id)!;
      const { boot } = await checkCapture(capture);
      const seen = new Map(capture.regions.map(([name, base, size]) => [name, [Number(base), Number(size)]]));
      const placed = boot.regions.filter(({ status }) => status === "placed");
      expect(
        new Map(placed.map(({ node, base, size }) => [node.slice(node.lastIndexOf("/") + 1), [base, size]])),
      ).toEqual(seen);
      expect(placed.every(({ certainty }) => certainty === "exact")).toBe(true);
      expect(boot.afterScan).toEqual(numbers(capture.afterScan));
      expect(boot.failures.map(({ kind }) => kind)).toEqual(capture.failures.map(([kind]) => kind));
      expect(boot.assumptions).toEqual([]);
      expect(boot.cmaTotal).toBe((capture.cmaTotalKiB ?? 0) * 1024);
    });
  }
});

describe("a command line that contradicts itself", () => {
  const wrong = [
    [["check"], "check needs MACHINE"],
    [["check", EXAMPLE, "--json", "--sarif"], "--json and --sarif exclude each other"],
    [["check", EXAMPLE, "--sarif", "--junit"], "--sarif and --junit exclude each other"],
    [
      ["check", EXAMPLE, "--fail-on", "warnings"],
      '--fail-on "warnings" is no severity; there are error, warning, note or none',
    ],
    [["check", EXAMPLE, "--rules"], "--rules lists the rules and takes no MACHINE"],
    [["check", "--rules", "--junit"], "--rules and --junit exclude each other"],
  ] as const;
  for (const [argv, sentence] of wrong) {
    it(`is wrong use: ${argv.slice(1).join(" ")}`, async () => {
      const { exit, out, err } = await runCaptured([...argv]);
      expect({ exit, out }).toEqual({ exit: 2, out: "" });
      expect(err).toContain(sentence);
      expect(err).toMatch(/^coalloc: .*\n$/);
    });
  }
});

describe("an input that cannot be used", () => {
  it("is a saved machine, which has no tree", async () => {
    const { out } = await runCaptured(["machine", EXAMPLE, "--json"]);
    const run = await runCaptured(["check", fileOf("machine.json", out)]);
    expect(run).toMatchObject({ exit: 3, out: "" });
    expect(run.err).toContain("no device tree that could be checked");
  });

  it("is a boot file that is none", async () => {
    for (const content of ["\u0000\u0001\u00ff", "kernel: [", '{"kernel": {"base": 1}}', '"kernel"']) {
      const run = await runCaptured(["check", EXAMPLE, "--boot", fileOf("junk.json", content)]);
      expect(run).toMatchObject({ exit: 3, out: "" });
      expect(run.err).toMatch(/^coalloc: boot file \S+, line \d+, column \d+: .*\n$/);
    }
  });

  it("is a boot file that is not there", async () => {
    const run = await runCaptured(["check", EXAMPLE, "--boot", join(folder, "none.json")]);
    expect(run).toMatchObject({ exit: 3, out: "" });
  });
});
