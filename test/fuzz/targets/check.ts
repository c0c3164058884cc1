import { renderCheck } from "../../../src/cli/render/check.js";
import { paintFor } from "../../../src/cli/render/paint.js";
import { FactBase } from "../../../src/facts/lookup.js";
import { type Board, readBoard } from "../../../src/lint/board.js";
import { checkBoard } from "../../../src/lint/check.js";
import { type CheckDocument, checkDocument } from "../../../src/lint/document.js";
import { junitReport } from "../../../src/lint/junit.js";
import { RULES } from "../../../src/lint/rules.js";
import { sarifLog } from "../../../src/lint/sarif.js";
import { MachineError } from "../../../src/machine/error.js";
import { KERNEL_PROFILES } from "../../../src/machine/profiles.js";
import { faultsBySchema } from "../../published-schema.js";
import { PARTS_FACTS } from "../boards.js";
import { checksum } from "../checksum.js";
import { readTree } from "../read-tree.js";
import { mutation as bootMutation, seeds as bootSeeds } from "./boot.js";

const facts = new FactBase(PARTS_FACTS);
const profiles = [...KERNEL_PROFILES.values()];

/** Command lines that boards have, and that nobody has; null: that of the tree. */
const COMMAND_LINES = [
  null,
  "cma=256M",
  "cma=9007199254740991",
  "cma=64M@0x50000000",
  "cma=8191T@0-8192T",
  "cma=1 swiotlb=9007199254740991,noforce coherent_pool=9007199254740991",
  "mem=1 cma=0",
  "mem=64M cma=128M@0-4G iommu.passthrough=1",
];

/**
 * Reads a file as a device tree and checks the board in every form of the answer.
 *
 * @throws when anything but a document or the error of a reader comes out, when the document is not what its schema says, when a bank is not
 *   divided without a gap, or when a line of the map is wider than asked
 */
export function run(data: Uint8Array): void {
  const tree = readTree(data);
  if (tree === null) return;
  const salt = checksum(data);
  const profile = profiles[salt % profiles.length] as (typeof profiles)[number];
  const cmdline = COMMAND_LINES[Math.floor(salt / profiles.length) % COMMAND_LINES.length] ?? null;
  let board: Board;
  try {
    board = readBoard({ tree, facts, profile, cmdline });
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    return;
  }
  const findings = checkBoard(board);
  const document = checkDocument(board, findings);
  const [fault] = faultsBySchema(document);
  if (fault !== undefined) throw new Error(fault);
  judgeMap(document);
  const words = JSON.stringify(findings);
  const strange = words.match(/.{0,40}\b(?:NaN|undefined|Infinity|\[object)\b.{0,20}/);
  if (strange !== null) throw new Error(`a finding says ${strange[0]}`);
  for (const line of renderCheck(document, { width: 80, paint: paintFor(false) })) {
    if (/[^\P{Cc}]/u.test(line)) throw new Error(`a line has a control character: ${JSON.stringify(line)}`);
  }
  const report = { command: "check", file: "board.dtb", rules: RULES };
  JSON.stringify(sarifLog(findings, { ...report, version: "1.0.0" }));
  junitReport(findings, { ...report, failOn: "note" });
}

function judgeMap({ banks, boot }: CheckDocument): void {
  const { memory } = boot;
  if (memory.banks.length !== banks.length)
    throw new Error(`${memory.banks.length} banks are drawn of ${banks.length}`);
  for (const { base, size, pieces } of memory.banks) {
    let at = base;
    for (const piece of pieces) {
      if (piece.base !== at || !(piece.size > 0))
        throw new Error(`a piece of ${piece.size} bytes at ${piece.base}, not ${at}`);
      at += piece.size;
    }
    if (at !== base + size) throw new Error(`the pieces end at ${at}, the bank at ${base + size}`);
  }
}

export const seeds: Uint8Array[] = bootSeeds;
export const mutation: typeof bootMutation = bootMutation;

/** Every rule, and every remedy tried, takes tens of milliseconds. */
export const testExecutions = 300;
