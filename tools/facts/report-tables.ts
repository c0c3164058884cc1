import { type Judgement, PROPERTIES, type Property, score } from "../../test/facts/accuracy/judge.js";
import type { CoverageRow } from "./coverage.js";

const LEVELS = ["A", "B", "C", "D", "E", "none"] as const;

/** Words for the properties of a reading. */
const WORDS: Readonly<Record<Property, string>> = {
  dmaMask: "streaming mask",
  coherentDmaMask: "coherent mask",
  maxSegmentSize: "segment size",
  kinds: "buffer kinds",
  mmu: "MMU",
  memoryRegionUse: "memory-region",
};

/** Compatibles and nodes by subsystem and level, as a Markdown table. */
export function coverageTable(rows: readonly CoverageRow[]): string {
  const lines = rows.map(({ subsystem, levels }) => {
    const cells = LEVELS.map((level) => {
      const { compatibles, nodes } = levels[level];
      return nodes === 0 ? "" : `${compatibles} (${nodes})`;
    });
    return `| ${subsystem} | ${cells.join(" | ")} |`;
  });
  return [
    `| compatibles (nodes) | ${LEVELS.join(" | ")} |`,
    `|---|${LEVELS.map(() => "---:|").join("")}`,
    ...lines,
  ].join("\n");
}

/** Right of all, by property and by how certain the extractor is, as a Markdown table. */
export function accuracyTable(judgements: readonly Judgement[]): string {
  const claims = ["exact", "default", "conditional", "runtime", "absent"] as const;
  const lines = PROPERTIES.map((property) => {
    const cells = claims.map((claim) => {
      const { right, all } = score(judgements, (one) => one.property === property && one.claim === claim);
      return all === 0 ? "" : `${right} of ${all}`;
    });
    return `| ${WORDS[property]} | ${cells.join(" | ")} |`;
  });
  const invented = judgements.filter((one) => one.invented).length;
  return [
    "| right of what is claimed | one value | nothing set | one of several | at run time | not stated |",
    "|---|---:|---:|---:|---:|---:|",
    ...lines,
    "",
    `Numbers claimed where the source decides at run time: ${invented}.`,
  ].join("\n");
}

/** What is not right, one line each, as a Markdown table. */
export function wrongTable(judgements: readonly Judgement[]): string {
  const wrong = judgements.filter(({ right }) => !right);
  const lines = wrong.map((one) => `| ${one.compatible} | ${WORDS[one.property]} | ${one.read} | ${one.found} |`);
  return ["| compatible | what | read | found |", "|---|---|---|---|", ...lines].join("\n");
}
