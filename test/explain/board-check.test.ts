/** What the board's own findings add to lines of its boot log. */
import { beforeAll, describe, expect, it } from "vitest";
import { rulesBeside } from "../../src/explain/board-check.js";
import { RECOGNISERS } from "../../src/explain/recognisers.js";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import type { Board } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { RULES } from "../../src/lint/rules.js";
import { exampleBoard, hasCompiler } from "../lint/compile.js";
import { readMessages } from "./kernel/read-messages.js";
import { explained } from "./read-log.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const wrong = (id: string): Board => exampleBoard(RULES.find((rule) => rule.id === id)!.wrong, facts);
const right = (id: string): Board => exampleBoard(RULES.find((rule) => rule.id === id)!.right, facts);

const NO_ROOM = "OF: reserved mem: failed to allocate memory for node 'camera': size 512 MiB";
const NO_DEFAULT = "cma: Failed to reserve 1000 MiB on node -1";

describe("rules beside lines", () => {
  it("are rules there are", () => {
    const known = RULES.map(({ id }) => id);
    const ids = [...new Set(RECOGNISERS.map(({ id }) => id))].filter((id) => rulesBeside(id).length > 0);
    expect(ids.length).toBeGreaterThan(30);
    for (const id of ids) expect(known, id).toEqual(expect.arrayContaining([...rulesBeside(id)]));
  });
});

describe.skipIf(!hasCompiler)("a line of a boot log, with the board", () => {
  it("brings the remedies that check tried on it", () => {
    const board = wrong("region-not-placed");
    const [finding] = explained(NO_ROOM, board.machine, checkBoard(board)).findings;
    expect(finding).toMatchObject({
      id: "reserved-no-room",
      certainty: "sure",
      where: { node: "/reserved-memory/camera" },
      numbers: { rule: "region-not-placed" },
    });
    const own = checkBoard(board).find(({ id }) => id === "region-not-placed")!;
    expect(finding!.remedies).toEqual(own.remedies);
    expect(own.remedies.length).toBeGreaterThan(0);
    expect(finding!.proof).toContain(own.text);
  });

  it("brings a command line where the default area has no room", () => {
    const board = wrong("default-cma-no-room");
    const [finding] = explained(NO_DEFAULT, board.machine, checkBoard(board)).findings;
    expect(finding!.numbers["rule"]).toBe("default-cma-no-room");
    expect(finding!.remedies.map(({ commandLine }) => commandLine)).toContainEqual(expect.stringMatching(/^cma=874M/));
  });

  it("says that the log is of another boot where the board has no such failure, and what to bring", () => {
    const board = right("region-not-placed");
    const log = `Kernel command line: root=/dev/sda cma=64M\n${NO_ROOM}`;
    const finding = explained(log, board.machine, checkBoard(board)).findings.find(
      ({ id }) => id === "reserved-no-room",
    );
    expect(finding).toMatchObject({ remedies: [] });
    expect(finding!.proof).toContain("foresees no such failure");
    expect(finding!.next[0]).toBe(
      "coalloc explain LOG -m MACHINE --cmdline 'root=/dev/sda cma=64M' --memory RAM --boot BOOT.json",
    );
  });

  it("takes no other region's finding for the line's", () => {
    const board = wrong("region-not-placed");
    const log = "OF: reserved mem: failed to allocate memory for node 'vpu': size 512 MiB";
    const [finding] = explained(log, board.machine, checkBoard(board)).findings;
    expect(finding!.remedies).toEqual([]);
    expect(finding!.proof).toContain("foresees no such failure");
  });

  const lines = new Map(
    readMessages()
      .flatMap(({ known = [] }) => known)
      .filter(({ id }) => /^(?:cma|reserved)-/.test(id) && rulesBeside(id).length > 0)
      .map(({ id, line }) => [id, line]),
  );
  for (const [id, line] of lines) {
    it(`of ${id} is either foretold by the rule whose wrong board is given, or of another boot`, () => {
      for (const rule of rulesBeside(id)) {
        const board = wrong(rule);
        const [finding] = explained(line, board.machine, checkBoard(board)).findings;
        const { rule: named } = finding!.numbers;
        if (named === undefined) expect(finding!.proof).toContain("foresees no such failure");
        else expect(rulesBeside(id)).toContain(named);
      }
    });
  }
});

describe("a line of a boot log, without a board", () => {
  it("asks for the tree as the boot loader handed it over, and the command line", () => {
    const [finding] = explained(NO_ROOM).findings;
    expect(finding!.next.slice(0, 2)).toEqual([
      "sudo cat /sys/firmware/fdt > BOARD.dtb",
      'coalloc explain LOG -m BOARD.dtb --cmdline "$(cat /proc/cmdline)"',
    ]);
  });

  it("takes the command line from the log where it states it", () => {
    const { findings } = explained(`Kernel command line: console=ttyS0 cma=512M\n${NO_ROOM}`);
    expect(findings[0]!.next).toContain("coalloc explain LOG -m BOARD.dtb --cmdline 'console=ttyS0 cma=512M'");
  });
});

describe("the command line a log states", () => {
  it("is no line that makes a log one about memory", () => {
    expect(explained("Kernel command line: cma=512M")).toMatchObject({ findings: [], lines: { recognised: 0 } });
  });

  it.skipIf(!hasCompiler)("is compared with the board's, in what decides about memory", () => {
    const { machine } = wrong("default-cma-no-room");
    const other = explained("Kernel command line: root=/dev/sda cma=512M", machine).findings;
    expect(other).toMatchObject([{ id: "kernel-command-line", severity: "warning" }]);
    expect(other[0]!.cause).toContain("cma=512M; the board is judged with cma=1000M");
    expect(explained("Kernel command line: root=/dev/sdb cma=1000M quiet", machine).findings).toEqual([]);
  });
});
