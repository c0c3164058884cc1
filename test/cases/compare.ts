import type { Machine } from "../../src/machine/machine.js";
import type { PlaceDocument } from "../../src/placement/document.js";
import { OPEN_CODES, type Reason } from "../../src/placement/reason.js";
import type { ExpectedConflict, PlacementCase } from "./placement-case.js";

type Candidate = PlaceDocument["candidates"][number];
type Route = Candidate["route"];

/** Everything in which the answer differs from what the case expects, one line each; empty when it is the same. */
export function differences(wanted: PlacementCase, machine: Machine, answer: PlaceDocument): readonly string[] {
  const { expected } = wanted;
  const names = new Names(wanted.devices, answer);
  return [
    ...difference("size", answer.request.size, expected.size ?? answer.request.size),
    ...deviceDifferences(wanted, machine, answer, names),
    ...candidateDifferences(wanted, answer, names),
    ...chosenDifferences(wanted, answer, names),
    ...assumptionDifferences(wanted, answer, names),
    ...conflictDifferences(wanted, answer, names),
  ];
}

/** Between paths and the words of the request; a device outside the request is called by its path or its last part. */
class Names {
  readonly #byPath = new Map<string, string>();

  constructor(devices: readonly string[], answer: PlaceDocument) {
    devices.forEach((name, i) => {
      const path = answer.request.participants[i]?.device;
      if (path !== undefined) this.#byPath.set(path, name);
    });
  }

  of(path: string): string {
    return this.#byPath.get(path) ?? path;
  }

  /** True when the word means the device at this path. */
  mean(word: string, path: string): boolean {
    return this.#byPath.get(path) === word || path === word || path.endsWith(`/${word}`);
  }
}

function difference(what: string, got: unknown, want: unknown): string[] {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  return a === b ? [] : [`${what}: expected ${b}, got ${a}`];
}

function deviceDifferences(wanted: PlacementCase, machine: Machine, answer: PlaceDocument, names: Names): string[] {
  const lines: string[] = [];
  for (const [name, want] of Object.entries(wanted.expected.devices)) {
    const got = answer.constraints.devices.find((d) => names.of(d.path) === name);
    const device = machine.devices.find((d) => d.path === got?.path);
    if (got === undefined || device === undefined) {
      lines.push(`${name}: takes no part`);
      continue;
    }
    lines.push(...difference(`${name}: via`, got.via, want.via));
    const sources = [
      ["reach", want.reach],
      ["contiguous", want.queue],
      ["iovaRoom", want.iova],
    ] as const;
    for (const [field, source] of sources) {
      if (source !== undefined)
        lines.push(...difference(`${name}: ${field} stands at`, got.provenance[field].source, source));
    }
    if (want.dmaDevice !== undefined) lines.push(...difference(`${name}: DMA device`, got.dmaDevice, want.dmaDevice));
    if (want.iommu !== undefined) lines.push(...difference(`${name}: IOMMU`, device.iommu?.state ?? null, want.iommu));
    if (want.reaches !== undefined) {
      lines.push(
        ...difference(
          `${name}: reaches`,
          got.reach.map((r) => [r.base, r.size]),
          want.reaches,
        ),
      );
    }
  }
  return lines;
}

function candidateDifferences(wanted: PlacementCase, answer: PlaceDocument, names: Names): string[] {
  const lines: string[] = [];
  const unused = new Set(Object.keys(wanted.expected.candidates));
  for (const candidate of answer.candidates) {
    const label = labelOf(candidate.heap, candidate.route, names);
    const key = keysOf(candidate.heap, candidate.route, names).find((k) => k in wanted.expected.candidates);
    const got = verdictText(candidate, names);
    if (key === undefined) {
      lines.push(`${label}: not expected at all, got ${got}`);
      continue;
    }
    unused.delete(key);
    const want = wanted.expected.candidates[key] as string;
    if (!isVerdict(candidate, want, names)) lines.push(`${label}: expected ${want}, got ${got}`);
  }
  for (const key of unused) lines.push(`${key}: no such candidate`);
  return lines;
}

/** Keys that can name a candidate, the most exact first. */
function keysOf(heap: string, route: Route, names: Names): string[] {
  const via = `${heap} via ${route.kind}`;
  if ("device" in route) {
    const last = route.device.slice(route.device.lastIndexOf("/") + 1);
    return [`${via}:${names.of(route.device)}`, `${via}:${route.device}`, `${via}:${last}`, via, heap];
  }
  return "path" in route ? [`${via} ${route.path}`, via, heap] : [via, heap];
}

function labelOf(heap: string, route: Route, names: Names): string {
  return keysOf(heap, route, names)[0] as string;
}

function countingReasons(candidate: Candidate): readonly Reason[] {
  const isOpen = (reason: Reason): boolean => OPEN_CODES.has(reason.code);
  if (candidate.verdict === "refused") return candidate.reasons.filter((r) => !isOpen(r));
  return candidate.reasons.filter((r) => r.code !== "fits");
}

function deviceOf(reason: Reason): string | null {
  return "device" in reason ? reason.device : null;
}

function verdictText(candidate: Candidate, names: Names): string {
  const codes = countingReasons(candidate).map((reason) => {
    const device = deviceOf(reason);
    return device === null ? reason.code : `${reason.code}@${names.of(device)}`;
  });
  return [candidate.verdict, ...codes].join(" ");
}

function isVerdict(candidate: Candidate, want: string, names: Names): boolean {
  const [verdict, ...codes] = want.split(" ");
  if (candidate.verdict !== verdict) return false;
  const open = codes.at(-1) === "...";
  const named = open ? codes.slice(0, -1) : codes;
  const reasons = countingReasons(candidate);
  const says = (text: string, reason: Reason): boolean => {
    const [code, device] = splitCode(text);
    const own = deviceOf(reason);
    return reason.code === code && (device === null || (own !== null && names.mean(device, own)));
  };
  // A candidate that depends on something may also depend on what the case leaves open about unknown queues.
  const all = candidate.verdict === "depends" ? reasons.filter((r) => r.code !== "unknown-buffers") : reasons;
  return (
    named.every((text) => reasons.some((r) => says(text, r))) &&
    (open || all.every((r) => named.some((text) => says(text, r))))
  );
}

/** `would-bounce@vop@fdd90000` is a code and a device. */
function splitCode(text: string): readonly [code: string, device: string | null] {
  const at = text.indexOf("@");
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function chosenDifferences(wanted: PlacementCase, answer: PlaceDocument, names: Names): string[] {
  const { chosen } = wanted.expected;
  const got = answer.placement;
  if (chosen === null || got === null)
    return difference("chosen", got === null ? null : labelOf(got.heap, got.route, names), chosen);
  return keysOf(got.heap, got.route, names).includes(chosen)
    ? []
    : difference("chosen", labelOf(got.heap, got.route, names), chosen);
}

function assumptionDifferences(wanted: PlacementCase, answer: PlaceDocument, names: Names): string[] {
  const part = answer.placement ?? answer.conflict;
  const got = [
    ...new Set((part?.assumptions ?? []).map((a) => (a.device === null ? a.code : `${a.code}@${names.of(a.device)}`))),
  ];
  const want = wanted.expected.assumptions;
  const lines: string[] = [];
  for (const text of want) {
    if (!text.includes("?") && !got.includes(text)) lines.push(`assumption ${text} is not made`);
  }
  for (const text of got) {
    if (!want.some((w) => w.replace("?", "") === text)) lines.push(`assumption ${text} is not expected`);
  }
  if (answer.placement !== null) {
    const isProven = answer.placement.certainty === "proven";
    if (isProven !== (got.length === 0))
      lines.push(`certainty is ${answer.placement.certainty} with ${got.length} assumptions`);
  }
  return lines;
}

function conflictDifferences(wanted: PlacementCase, answer: PlaceDocument, names: Names): string[] {
  const want = wanted.expected.conflict;
  const got = answer.conflict;
  if (want === undefined || got === null) {
    return (want === undefined) === (got === null)
      ? []
      : [`conflict: expected ${want === undefined ? "none" : "one"}, got ${got?.text ?? "none"}`];
  }
  const fields = [...got.fields].sort().join(" ");
  const devices = got.devices
    .map((d) => names.of(d))
    .sort()
    .join(" ");
  const lines: string[] = [];
  if (!want.fields.some((f) => f.join(" ") === fields))
    lines.push(`conflict: fields are ${fields}, expected ${JSON.stringify(want.fields)}`);
  if (!want.devices.some((d) => [...d].sort().join(" ") === devices)) {
    lines.push(`conflict: devices are ${devices}, expected ${JSON.stringify(want.devices)}`);
  }
  return [...lines, ...remedyDifferences(want, got.remedies)];
}

function remedyDifferences(
  want: ExpectedConflict,
  remedies: NonNullable<PlaceDocument["conflict"]>["remedies"],
): string[] {
  const kinds = remedies.map((r) => r.kind as string);
  const text = remedies.find((r) => r.kind === "reserved-memory")?.dts ?? "";
  return [
    ...want.remedies
      .filter((kind) => !kinds.includes(kind))
      .map((kind) => `remedy ${kind} is not offered, only ${kinds.join(" ")}`),
    ...(want.noRemedies ?? [])
      .filter((kind) => kinds.includes(kind))
      .map((kind) => `remedy ${kind} is offered and would not help`),
    ...(want.dts ?? [])
      .filter((part) => !text.includes(part))
      .map((part) => `the remedy's device tree text lacks ${part}`),
  ];
}
