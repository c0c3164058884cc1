import { beforeAll, describe, expect, it } from "vitest";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { type Board, readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import type { FindingRemedy } from "../../src/lint/finding.js";
import { RULES } from "../../src/lint/rules.js";
import { applyConfig } from "../../src/machine/profiles.js";
import { bootStateAt, compile, exampleBoard, exampleSource, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

describe("rules", () => {
  it("have ids of their own, in kebab-case", () => {
    const ids = RULES.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("say what they rest on", () => {
    for (const { source, title, help } of RULES) {
      expect(source).toMatch(/^Linux 6\.12 \w|^https:\/\/|^Devicetree Specification|^devicetree\/bindings/);
      expect(title).toMatch(/^[a-z`/]/);
      expect(help.length).toBeGreaterThan(80);
      expect(help).toMatch(/\.$/);
    }
  });
});

describe.skipIf(!hasCompiler)("examples", () => {
  for (const rule of RULES) {
    describe(rule.id, () => {
      it("is found in the wrong one", () => {
        const found = checkBoard(exampleBoard(rule.wrong, facts)).filter((finding) => finding.id === rule.id);
        expect(found).not.toEqual([]);
        for (const finding of found) {
          expect(finding.text).toMatch(/\.$/);
          expect(["error", "warning", "note"]).toContain(finding.severity);
        }
      });

      it("is not in the right one, nor any error", () => {
        const found = checkBoard(exampleBoard(rule.right, facts));
        expect(found.filter((finding) => finding.id === rule.id || finding.severity === "error")).toEqual([]);
      });

      it("has remedies that make it go away as they are printed", () => {
        const board = exampleBoard(rule.wrong, facts);
        for (const finding of checkBoard(board).filter((each) => each.id === rule.id)) {
          for (const remedy of finding.remedies) {
            for (const after of applied(board, exampleSource(rule.wrong), remedy)) {
              const left = checkBoard(after).filter(
                (other) =>
                  other.id === rule.id &&
                  other.where.node === finding.where.node &&
                  other.where.property === finding.where.property,
              );
              expect(left, remedy.text).toEqual([]);
            }
          }
        }
      });
    });
  }
});

/** The board after the printed remedy: by source, by overlay, by command line, by configuration, by where things are loaded. */
function applied(board: Board, source: string, remedy: FindingRemedy): readonly Board[] {
  const { options, machine } = board;
  const boards: Board[] = [];
  const removed = (remedy.removes ?? "").split(" ");
  const words = machine.commandLine.split(" ").filter((word) => !removed.includes(word));
  const cmdline = remedy.removes === undefined ? (options.cmdline ?? null) : words.join(" ");
  if (remedy.dts !== null) boards.push(readBoard({ ...options, cmdline, tree: compile(`${source}\n${remedy.dts}`) }));
  if (remedy.overlay !== null) {
    boards.push(readBoard({ ...options, cmdline, tree: applyOverlay(board.tree, compile(remedy.overlay)) }));
  }
  if (remedy.commandLine !== null) {
    boards.push(readBoard({ ...options, cmdline: `${machine.commandLine} ${remedy.commandLine}` }));
  }
  if (remedy.removes !== undefined && remedy.dts === null) boards.push(readBoard({ ...options, cmdline }));
  if (remedy.config !== null) {
    boards.push(readBoard({ ...options, profile: applyConfig(options.profile, remedy.config) }));
  }
  if (remedy.boot !== undefined) boards.push(readBoard({ ...options, bootState: bootStateAt(remedy.boot) }));
  return boards;
}
