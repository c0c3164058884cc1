import type { PlaceDocument } from "../../placement/document.js";
import type { Look } from "./look.js";
import { hanging, wrap } from "./wrap.js";

type Assumptions = NonNullable<PlaceDocument["placement"]>["assumptions"];

/** What the answer rests on, be it a placement or a conflict. */
export function assumptionsOf(document: PlaceDocument): Assumptions {
  return document.placement?.assumptions ?? document.conflict?.assumptions ?? [];
}

/**
 * The assumptions in one line each: fields with the same sentence joined, devices with the same one too. Assumed alignments of
 * pictures stand in the rows of the devices.
 */
export function groupedAssumptions(document: PlaceDocument): readonly string[] {
  const places = new Map<string, { readonly first: Assumptions[number]; readonly where: string[] }>();
  for (const assumption of assumptionsOf(document)) {
    const { text, code, source, field, device } = assumption;
    const known = places.get(text)?.where ?? [];
    if (known.length === 0) places.set(text, { first: assumption, where: known });
    const told = code === "unknown-layout" || (device === null && source !== null && text.includes(source));
    if (!told) known.push([field, source].filter((part) => part !== null).join(", "));
  }
  const groups = new Map<string, string[]>();
  for (const { first, where } of places.values()) {
    const { device, text } = first;
    const words = device === null ? text : text.slice(device.length + 1);
    const behind = where.filter((part) => part !== "").join("; ");
    const key = behind === "" ? words : `${words} (${behind})`;
    const known = groups.get(key) ?? [];
    groups.set(key, device === null ? known : [...known, device]);
  }
  return [...groups].map(([words, devices]) => {
    if (devices.length < 2) return [...devices, words].join(" ");
    if (devices.length === document.request.participants.length) return `every device ${words}`;
    return `${devices.join(", ")}: each ${words}`;
  });
}

/** The last part of an answer: what was assumed, or that nothing was. */
export function renderCertainty(document: PlaceDocument, { paint, width }: Look): readonly string[] {
  const assumptions = groupedAssumptions(document);
  if (assumptions.length === 0) {
    return [
      paint.heading("Proven"),
      ...hanging("  ", "every limit above is written in the tree or in driver source; nothing was assumed", width),
    ];
  }
  const lines = wrap("Assumed; everything else is written in the tree or in driver source", width).map(paint.heading);
  for (const text of assumptions) lines.push(...hanging("  - ", text, width));
  return lines;
}
