import type { PlaceDocument } from "../../placement/document.js";
import { renderCertainty } from "./assumptions.js";
import type { Look } from "./look.js";
import { renderOthers, renderVerdict } from "./placed.js";
import { renderConflict, renderRefused, renderRemedies } from "./refusal.js";
import { renderBuffer, renderDevices } from "./request.js";

/** The answer of `coalloc place` for people, from the verdict down to what was assumed. */
export function renderPlace(document: PlaceDocument, look: Look): readonly string[] {
  const { placement, conflict } = document;
  const parts: (readonly string[])[] = [];
  if (placement !== null) parts.push(renderVerdict(document, placement, look));
  if (conflict !== null) parts.push(renderConflict(document, conflict, look), renderRemedies(conflict, look));
  parts.push(renderBuffer(document, look), renderDevices(document, look));
  parts.push(renderOthers(document, look), renderRefused(document, look));
  parts.push(renderCertainty(document, look));
  return parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}
