import type { Amount } from "../../linux/broker/protocol.js";
import type { TopDocument } from "../../linux/broker/top-document.js";
import { formatSize } from "../../units/quantity.js";
import type { Look } from "./look.js";
import { table } from "./table.js";
import { counted } from "./words.js";
import { printable, wrap } from "./wrap.js";

/** Buffers that are shown; the largest come first. */
const MOST_BUFFERS = 20;

/** What a broker holds, for whom, and what it may hold. */
export function renderTop({ broker, clients, buffers }: TopDocument, { paint, width }: Look): readonly string[] {
  const { charged, quota, lingering, recycled, totals } = broker;
  const head = [
    `broker ${broker.version}, process ${broker.pid}, buffers from ${broker.source}, up ${duration(broker.uptimeSeconds)}`,
    `${share(charged, quota)} charged; ${amount(lingering)} held by nobody who answers for it; ${amount(recycled)} kept for use again`,
    `${totals.connections} connections, ${totals.requests} requests, ${totals.refusals} refused, ${totals.allocated} buffers made, ${totals.freed} freed, ${counted(totals.disconnected, "client")} sent away`,
  ];
  const lines = [
    ...wrap(head[0] as string, width).map(paint.heading),
    ...head.slice(1).flatMap((line) => wrap(line, width)),
  ];
  const size = { title: "size", align: "right" } as const;
  if (broker.heaps.length > 0) {
    lines.push("");
    const rows = broker.heaps.map(({ heap, charged: used, quota: most }) => [
      printable(heap),
      String(used.buffers),
      formatSize(used.bytes),
      most === null ? "none" : amount(most),
    ]);
    const columns = [
      { title: "heap", paint: paint.name },
      { title: "buffers", align: "right" },
      size,
      { title: "quota", min: 10 },
    ] as const;
    lines.push(...table(columns, rows, width, paint));
  }
  if (clients.length > 0) {
    lines.push("");
    const rows = clients.map((client) => [
      String(client.client),
      printable(client.name ?? ""),
      String(client.pid),
      String(client.uid),
      printable(client.rule),
      String(client.charged.buffers),
      formatSize(client.charged.bytes),
      amount(client.quota),
      String(client.requests),
      String(client.refusals),
    ]);
    const right = (title: string, drop?: number) =>
      ({ title, align: "right", ...(drop === undefined ? {} : { drop }) }) as const;
    const columns = [
      right("client"),
      { title: "name", min: 8, drop: 3, paint: paint.name },
      right("process"),
      right("user"),
      { title: "rule", min: 8, drop: 4 },
      right("buffers"),
      size,
      { title: "quota", min: 10, drop: 2 },
      right("requests", 5),
      right("refused", 1),
    ];
    lines.push(...table(columns, rows, width, paint));
  }
  if (buffers.length > 0) {
    lines.push("");
    const rows = buffers
      .slice(0, MOST_BUFFERS)
      .map((buffer) => [
        printable(buffer.name ?? ""),
        formatSize(buffer.size),
        printable(buffer.heap),
        buffer.client === null ? "" : String(buffer.client),
        String(buffer.pid),
        String(buffer.uid),
        buffer.state,
        duration(buffer.ageSeconds),
      ]);
    const columns = [
      { title: "buffer", min: 8, drop: 1, paint: paint.name },
      size,
      { title: "heap", min: 8 },
      { title: "client", align: "right" },
      { title: "process", align: "right", drop: 2 },
      { title: "user", align: "right" },
      { title: "state" },
      { title: "age", align: "right", drop: 3 },
    ] as const;
    lines.push(...table(columns, rows, width, paint));
    const rest = charged.buffers - rows.length;
    if (rest > 0) lines.push(paint.faint(`and ${rest} more`));
  }
  return lines;
}

function amount({ buffers, bytes }: Amount): string {
  return `${counted(buffers, "buffer")}, ${formatSize(bytes)}`;
}

function share(used: Amount, most: Amount): string {
  return `${used.buffers} of ${counted(most.buffers, "buffer")}, ${formatSize(used.bytes)} of ${formatSize(most.bytes)}`;
}

/** `4s`, `3min 7s`, `2h 5min`, `3d 4h`. */
function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}min`;
  return minutes > 0 ? `${minutes}min ${whole % 60}s` : `${whole}s`;
}
