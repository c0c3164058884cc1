import type { DoctorDocument } from "../../linux/doctor/doctor-document.js";
import type { Look } from "./look.js";
import { table } from "./table.js";
import { hanging, wrap } from "./wrap.js";

/** What is there, then what is missing with the lines that mend it. */
export function renderDoctor(document: DoctorDocument, { paint, width }: Look): readonly string[] {
  const { ready, missing, routes, importers, nodes } = document;
  const label = ready ? paint.good("READY") : paint.bad("NOT READY");
  const words = ready ? "buffers can be allocated" : "nothing can be allocated";
  const lines: string[] = [`${label}  ${words}, ${document.kernel ?? document.profile}`];
  if (routes.length > 0) {
    lines.push("", paint.heading("Ways to memory"));
    const rows = routes.map(({ heap, node, device }) => [heap, node, device ?? ""]);
    lines.push(
      ...table(
        [{ title: "heap", paint: paint.name }, { title: "node" }, { title: "device", min: 12 }],
        rows,
        width,
        paint,
      ),
    );
  }
  if (importers.length > 0) {
    lines.push("", paint.heading("Devices that take a buffer"));
    const rows = importers.map((one) => [one.device, one.node, one.interface]);
    lines.push(
      ...table(
        [{ title: "device", min: 12, paint: paint.name }, { title: "node" }, { title: "by" }],
        rows,
        width,
        paint,
      ),
    );
  }
  const closed = nodes.filter(({ access }) => access === "none" || access === "read-only");
  if (closed.length > 0) {
    lines.push("", paint.heading("Nodes this process may not use"));
    for (const { path, mode, access } of closed) lines.push(...hanging("  ", `${path} ${mode ?? ""} ${access}`, width));
  }
  if (missing.length === 0) lines.push("", ...wrap("Nothing is missing.", width));
  for (const { weight, text, fix } of missing) {
    lines.push("", ...hanging(weight === "needed" ? "needed  " : "useful  ", text, width));
    // Lines to be typed stay whole, whatever the width.
    for (const line of fix) lines.push(`          ${line}`);
  }
  return lines;
}
