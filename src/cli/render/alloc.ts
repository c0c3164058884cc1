import type { AllocDocument } from "../../linux/buffers/alloc-document.js";
import { formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { renderPlace } from "./place.js";
import { hanging } from "./wrap.js";

/** The answer of `coalloc alloc` for people: what was got, what was tried before, then the decision as `coalloc place` shows it. */
export function renderAlloc({ allocation, refusal, place }: AllocDocument, look: Look): readonly string[] {
  const { paint, width } = look;
  const lines: string[] = [];
  if (allocation !== null) {
    const through = allocation.exporter === null ? "" : ` through ${allocation.exporter}`;
    const times = allocation.count === 1 ? "" : `${allocation.count} times `;
    const words = `${times}${formatSize(allocation.size)} from ${allocation.heap} by ${allocation.route}${through}`;
    lines.push(...labelled(paint.good("ALLOCATED"), "ALLOCATED", words, width));
  } else if (refusal !== null && refusal.code !== "not-placeable") {
    lines.push(
      ...labelled(
        paint.bad("NOT ALLOCATED"),
        "NOT ALLOCATED",
        refusal.attempts.length === 0 ? refusal.text : "no way gave memory",
        width,
      ),
    );
  }
  const attempts = allocation?.attempts ?? refusal?.attempts ?? [];
  for (const { text } of attempts) lines.push(...hanging("  tried  ", text, width));
  const decision = renderPlace(place, look);
  return lines.length === 0 ? decision : [...lines, "", ...decision];
}

function labelled(label: string, plain: string, words: string, width: number): readonly string[] {
  const indent = " ".repeat(plain.length + 2);
  return hanging(indent, words, width).map((line, i) => (i === 0 ? `${label}  ${line.trimStart()}` : line));
}
