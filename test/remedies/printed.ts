import type { PropertyEdit } from "../../src/devicetree/edit.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { RULES } from "../../src/lint/rules.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { remediesFor } from "../../src/placement/remedy.js";
import { MIB } from "../../src/units/quantity.js";
import { exampleBoard } from "../lint/compile.js";
import { someBoards, withRam } from "../placement/real-boards.js";
import { ask, REMEDY_CASES, readCase } from "../placement/remedy-cases.js";

/** A remedy for a tree, as a user gets it. */
export interface PrintedRemedy {
  /** Which one, for people. */
  readonly name: string;
  readonly before: DeviceTree;
  readonly dts: string;
  readonly overlay: string | null;
  /** What it was written from; null for a pool. */
  readonly edits: readonly PropertyEdit[] | null;
}

/** Every remedy in the tree for the wrong examples of all rules. Needs the compiler. */
export function remediesOfRules(facts: FactBase): readonly PrintedRemedy[] {
  return RULES.flatMap((rule) => {
    const board = exampleBoard(rule.wrong, facts);
    const proposals = rule.check(board).flatMap((flaw) => flaw.proposals);
    const offered = checkBoard(board)
      .filter((finding) => finding.id === rule.id)
      .flatMap((finding) => finding.remedies);
    return offered.flatMap(({ text, dts, overlay }): PrintedRemedy[] => {
      const proposal = proposals.find((each) => each.text === text);
      if (dts === null || proposal?.kind !== "device-tree") return [];
      return [{ name: `${rule.id}: ${text}`, before: board.tree, dts, overlay, edits: proposal.edits }];
    });
  });
}

/** Every remedy in the tree for the requests that small boards refuse. */
export function remediesOfPlacements(): readonly PrintedRemedy[] {
  return REMEDY_CASES.flatMap((each) => {
    const machine = readCase(each.tree);
    return remediesFor(machine, ask(machine, each.devices, each)).flatMap(({ text, dts, overlay }): PrintedRemedy[] =>
      dts === null ? [] : [{ name: `${each.name}: ${text}`, before: each.tree, dts, overlay, edits: null }],
    );
  });
}

/** Every remedy in the tree for what rules find on real boards, and for a large and a very large pair of buffers of their first devices. */
export function remediesOnBoards(facts: FactBase, every: number): readonly PrintedRemedy[] {
  return someBoards(every).flatMap(({ file, tree }) => {
    const board = readBoard(withRam({ tree, facts, profile: EMBEDDED_6_12 }));
    const { machine } = board;
    const devices = machine.devices.filter(({ queues }) => queues.length > 0).slice(0, 4);
    const refusals = devices.flatMap(({ name }) =>
      [24 * MIB, 150 * MIB].map((size) => ask(machine, [name], { size, count: 2 })),
    );
    const offered = [
      ...checkBoard(board).flatMap(({ remedies }) => remedies),
      ...refusals.flatMap((refusal) => (refusal.chosen === null ? remediesFor(machine, refusal) : [])),
    ];
    return offered.flatMap(({ text, dts, overlay }): PrintedRemedy[] =>
      dts === null ? [] : [{ name: `${file}: ${text}`, before: tree, dts, overlay, edits: null }],
    );
  });
}
