import type { DeviceDocument, DevicesDocument } from "../../constraints/document.js";
import { formatSize } from "../../units/quantity.js";
import { totalSize } from "../../units/ranges.js";
import type { Look } from "./look.js";
import { type Row, table } from "./table.js";
import { confidenceLegend, counted } from "./words.js";
import { wrap } from "./wrap.js";

/** Title of the column for what is rare, and for how sure the facts are. */
const NOTES = "notes";

/**
 * The DMA-capable devices as a table.
 *
 * @param ram - bytes of RAM of the machine
 * @param disabled - how many devices the document leaves out
 */
export function renderDevices(
  document: DevicesDocument,
  ram: number,
  disabled: number,
  { paint, width }: Look,
): readonly string[] {
  const rows = document.devices.map(
    (device): Row => [
      device.path,
      device.driver?.module ?? "-",
      device.role ?? "-",
      device.buffers,
      throughText(device),
      reachText(totalSize(device.reach), ram),
      device.dmaMask ?? "unknown",
      notes(device),
    ],
  );
  const others = disabled > 0 ? `; ${counted(disabled, "disabled device")} with --all` : "";
  const lines = table(
    [
      { title: "device", min: 26, paint: paint.name },
      { title: "driver", drop: 3 },
      { title: "for", drop: 4 },
      { title: "pages" },
      { title: "through", min: 12, drop: 2 },
      { title: "reach", align: "right" },
      { title: "mask", align: "right", drop: 5 },
      { title: NOTES, min: 14, drop: 1, paint: paint.faint },
    ],
    rows,
    width,
    paint,
  );
  // The levels stand in the notes.
  const legend = lines[0]?.includes(NOTES)
    ? confidenceLegend(document.devices.map((device) => device.confidence))
    : null;
  return [
    ...wrap(
      `${counted(document.devices.length, "device")} on ${formatSize(ram)} of RAM, ${document.profile}${others}`,
      width,
    ).map(paint.heading),
    "",
    ...lines,
    ...(legend === null ? [] : ["", ...wrap(legend, width).map(paint.faint)]),
  ];
}

/** `all`, or the share of RAM the device addresses. */
function reachText(bytes: number, ram: number): string {
  if (bytes === ram) return "all";
  return bytes === 0 ? "none" : formatSize(bytes);
}

function throughText({ translation, iommu }: DeviceDocument): string {
  switch (translation) {
    case "none":
      return iommu === null ? "direct" : `direct (IOMMU: ${iommu.state})`;
    case "iommu":
    case "driver-domain":
      return iommu?.path?.split("/").at(-1) ?? "IOMMU";
    case "device-mmu":
      return "own MMU";
    case "cpu":
      return "CPU";
  }
}

function notes(device: DeviceDocument): string {
  const words: string[] = [`facts ${device.confidence}`];
  if (!device.enabled) words.push("disabled");
  if (device.coherent) words.push("coherent");
  if (device.driver === null) words.push("driver not known");
  const regions = device.memoryRegions.map(({ node, use }) => `${use}: ${node.split("/").at(-1) ?? node}`);
  return [...words, ...regions].join(", ");
}
