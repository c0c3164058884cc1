import type { Machine } from "../../machine/machine.js";
import { assumptionText } from "../../placement/explain.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { totalSize } from "../../units/ranges.js";
import type { Look } from "./look.js";
import { type Column, type Row, table } from "./table.js";
import { counted, rangesText, sourceText } from "./words.js";
import { hanging } from "./wrap.js";

/** A machine for people: memory, pools, IOMMUs, and how many devices there are. */
export function renderMachine(machine: Machine, look: Look): readonly string[] {
  const { paint, width } = look;
  const enabled = machine.devices.filter((d) => d.enabled).length;
  const lines: string[] = [
    ...hanging("", machine.model === "" ? "(a machine that names no model)" : machine.model, width).map(paint.heading),
    ...(machine.compatible.length === 0 ? [] : hanging("  ", machine.compatible.join(", "), width)).map(paint.faint),
    ...hanging(
      "  ",
      `${machine.arch}, kernel ${machine.profile.kernel} as ${machine.profile.name}, pages of ${formatSize(machine.profile.pageSize)}`,
      width,
    ),
    ...hanging(
      "  ",
      `${formatSize(totalSize(machine.banks))} of RAM, ${formatSize(totalSize(machine.pages))} of it left as pages after boot`,
      width,
    ),
    ...hanging(
      "  ",
      `${counted(enabled, "DMA-capable device")} enabled, ${machine.devices.length - enabled} disabled`,
      width,
    ),
  ];
  if (machine.commandLine !== "") lines.push(...hanging("  ", `command line: ${machine.commandLine}`, width));

  const section = (title: string, columns: readonly Column[], rows: readonly Row[]): void => {
    if (rows.length === 0) return;
    lines.push("", paint.heading(title), ...table(columns, rows, width, paint, 2));
  };
  const size: Column = { title: "size", align: "right" };
  section(
    "Memory banks",
    [
      { title: "at" },
      size,
      { title: "NUMA node", align: "right", drop: 1 },
      { title: "written in", min: 14, paint: paint.faint },
    ],
    machine.banks.map((bank) => [
      rangesText([bank]),
      formatSize(bank.size),
      machine.banks.some((other) => other.numaNode !== 0) ? String(bank.numaNode) : "",
      sourceText(bank.provenance),
    ]),
  );
  section(
    "Cut out of the memory given: device registers",
    [{ title: "at" }, size, { title: "node", min: 20 }],
    machine.cutOuts.map((cut) => [rangesText([cut]), formatSize(cut.size), cut.node]),
  );
  section(
    "Reserved regions",
    [
      { title: "node", min: 20, paint: paint.name },
      { title: "kind" },
      { title: "at" },
      size,
      { title: "status", drop: 2 },
      { title: "bound to", min: 18, drop: 1, paint: paint.faint },
    ],
    machine.regions.map((region) => [
      region.name,
      region.kind,
      region.base === null ? "nowhere" : formatHex(region.base),
      formatSize(region.size),
      region.certainty === "assumed" && region.status === "placed" ? "placed (assumed)" : region.status,
      region.boundDevices.join("\n"),
    ]),
  );
  const area = machine.defaultCma;
  if (area !== null) {
    const where =
      area.node ?? { tree: "the tree", cmdline: "the command line", config: "the kernel's configuration" }[area.source];
    lines.push("", paint.heading("Default CMA area"));
    lines.push(
      ...hanging("  ", `${formatSize(area.size)} at ${rangesText([area])}, from ${where}, named ${area.name}`, width),
    );
  }
  section(
    "IOMMUs",
    [
      { title: "node", min: 22, paint: paint.name },
      { title: "driver" },
      { title: "reaches", align: "right" },
      { title: "room", min: 20, drop: 1 },
      { title: "status" },
    ],
    machine.iommus.map((iommu) => [
      iommu.path,
      iommu.driver ?? "none",
      `${iommu.outputBits} bits`,
      rangesText([{ base: iommu.aperture.base, size: iommu.aperture.end - iommu.aperture.base }]),
      iommu.enabled ? "enabled" : "disabled",
    ]),
  );
  if (machine.assumptions.length > 0) {
    lines.push("", paint.heading("Assumed"));
    for (const assumption of machine.assumptions) {
      const text = assumptionText(assumption);
      const { source } = assumption;
      const where = source === null || text.includes(source) ? "" : ` (${source})`;
      lines.push(...hanging("  - ", `${text}${where}`, width));
    }
  }
  return lines;
}
