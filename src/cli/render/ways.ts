import type { WayToApply } from "../../placement/ways-to-apply.js";
import type { Look } from "./look.js";
import { hanging, printable, wrap } from "./wrap.js";

/** Lines of an example that are shown; longer ones are source and configurations, which stand with their remedies anyway. */
const MOST_LINES = 2;

/** Where remedies are written down, each place with the first that goes there as its example; nothing for no place. */
export function renderWays(ways: readonly WayToApply[], { paint, width }: Look): readonly string[] {
  if (ways.length === 0) return [];
  const lines = wrap("Where remedies are written down on such a board", width).map(paint.heading);
  if (ways.some(({ overlayAt }) => overlayAt !== null)) {
    lines.push(...hanging("  ", "An overlay is saved as coalloc-fix.dts and compiled:", width));
    lines.push("        dtc -@ -I dts -O dtb -o coalloc-fix.dtbo coalloc-fix.dts");
  }
  for (const way of ways) lines.push(...wayLines(way, width));
  return lines;
}

function wayLines({ reader, file, lines, overlayAt, run }: WayToApply, width: number): readonly string[] {
  const shown = lines.length <= MOST_LINES ? lines.map(printable) : [];
  const put = overlayAt?.startsWith("/") === true ? `; the compiled overlay goes to ${overlayAt}` : "";
  const then = run.length === 0 ? "" : `, then ${run.join(", ")}`;
  const whole = `${printable(`${reader}: ${file}`)}${shown.length === 1 ? `: ${shown[0]}` : ""}${put}${then}`;
  if (shown.length < 2 && whole.length <= width - 4) return [`  - ${whole}`];
  // What is pasted stays whole, whatever the width.
  return [
    ...hanging("  - ", `${printable(`${reader}: ${file}`)}${put}${then}`, width),
    ...shown.map((line) => `        ${line}`),
  ];
}
