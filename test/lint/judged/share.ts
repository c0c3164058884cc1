import type { Draw, Judgement } from "./judgement.js";

/** How many are right, of how many. */
export interface Share {
  readonly right: number;
  readonly all: number;
}

/** What the person found at first. */
export function firstShare({ findings }: Draw): Share {
  return { right: findings.filter(({ right }) => right).length, all: findings.length };
}

/** What is still said as an error or a warning, after rules were mended. */
export function shareNow({ findings }: Draw): Share {
  const said = findings.filter(isStillSaid);
  return {
    right: said.filter(({ right, now }) => (typeof now === "object" ? now.right : right)).length,
    all: said.length,
  };
}

function isStillSaid({ now }: Judgement): boolean {
  return typeof now === "object" ? now.severity !== "note" : now !== "gone";
}
