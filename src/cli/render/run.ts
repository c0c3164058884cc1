import type { RunDocument } from "../../simulate/scenario/run-document.js";
import { formatDuration } from "../../units/duration.js";
import { formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { table } from "./table.js";
import { counted } from "./words.js";
import { hanging, wrap } from "./wrap.js";

/** The answer of `coalloc run` for people: the verdict, failures by cause, streams, heaps, what the checks found. */
export function renderRun(document: RunDocument, look: Look): readonly string[] {
  const parts = [
    renderVerdict(document, look),
    renderFailures(document, look),
    renderStreams(document, look),
    renderHeaps(document, look),
    renderFindings(document, look),
  ];
  return parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

function renderVerdict(
  { failures, description, operations, time, length, seed, profile }: RunDocument,
  look: Look,
): readonly string[] {
  const { paint, width } = look;
  const count = failures.reduce((sum, failure) => sum + failure.count, 0);
  const verdict =
    count === 0
      ? paint.good("nothing failed")
      : paint.bad(`${counted(count, "failure")}, ${counted(failures.length, "cause")}`);
  const { map, unmap, attach, cpuAccess } = operations;
  const ended = time < length ? ` of ${formatDuration(length)}` : "";
  return [
    verdict,
    ...(description === null ? [] : wrap(description.replaceAll("\n", " "), width)),
    ...wrap(
      `${formatDuration(time)}${ended} simulated with seed ${seed} on ${profile}: ${counted(map, "map")}, ${counted(unmap, "unmap")}, ${counted(attach, "late attach", "late attaches")}, ${counted(cpuAccess, "CPU access", "CPU accesses")}`,
      width,
    ),
  ];
}

function renderFailures({ failures }: RunDocument, { width, paint }: Look): readonly string[] {
  return failures.flatMap(({ operation, buffers, device, count, firstTime, text }, i) => [
    ...(i === 0 ? [paint.heading("Failures")] : []),
    ...hanging(
      "  ",
      `${[operation, buffers, device === null ? "" : `by ${device}`].filter((word) => word !== "" && word !== null).join(" ")}: ${count === 1 ? "once" : `${count} times`}, first at ${formatDuration(firstTime)}`,
      width,
    ),
    ...hanging("    ", text, width),
  ]);
}

function renderStreams({ streams }: RunDocument, { width, paint }: Look): readonly string[] {
  if (streams.length === 0) return [];
  const columns = [
    { title: "stream", min: 8 },
    { title: "started", align: "right" },
    { title: "completed", align: "right" },
    { title: "dropped", align: "right" },
    { title: "failed", align: "right" },
  ] as const;
  const rows = streams.map(({ stream, started, completed, dropped, failed }) => [
    stream,
    ...[started, completed, dropped, failed].map(String),
  ]);
  return [paint.heading("Frames"), ...table(columns, rows, width, paint, 2)];
}

function renderHeaps({ heaps, bouncePool }: RunDocument, { width, paint }: Look): readonly string[] {
  const columns = [
    { title: "heap", min: 12 },
    { title: "most used", align: "right" },
    { title: "used", align: "right" },
    { title: "free", align: "right" },
    { title: "longest free", align: "right" },
    { title: "allocations", align: "right", drop: 2 },
    { title: "failed", align: "right", drop: 1 },
    { title: "pages moved", align: "right", drop: 3 },
  ] as const;
  const touched = heaps.filter(({ allocations, failures }) => allocations > 0 || failures > 0);
  const rows = touched.map((heap) => [
    heap.id,
    ...[heap.highWater, heap.used, heap.free, heap.largestHole].map((bytes) => formatSize(bytes)),
    ...[heap.allocations, heap.failures].map(String),
    heap.migratedPages === 0 ? "" : String(heap.migratedPages),
  ]);
  const lines = rows.length === 0 ? [] : [paint.heading("Heaps at the end"), ...table(columns, rows, width, paint, 2)];
  if (bouncePool === null || bouncePool.highWater === 0) return lines;
  const { slots, used, highWater, failures } = bouncePool;
  const text = `Bounce memory: ${highWater} of ${slots} slots of 2 KiB at most, ${used} at the end, ${counted(failures, "failure")}`;
  return [...lines, ...wrap(text, width)];
}

function renderFindings({ findings }: RunDocument, { width, paint }: Look): readonly string[] {
  if (findings.length === 0) return [];
  const shown = findings.slice(0, 10);
  return [
    paint.heading("Wrong use of mappings"),
    ...shown.flatMap(({ text }) => hanging("  ", text, width)),
    ...(findings.length > shown.length ? [`  and ${findings.length - shown.length} more; --json has them all`] : []),
  ];
}
