/** From a source tree to facts: every driver of a folder, every compatible of a driver. */
import type { AppliesTo, DeviceFact, MaskFact } from "../../src/facts/fact.js";
import { follow, type Subject } from "./evaluate/follow.js";
import type { Trace } from "./evaluate/trace.js";
import type { DeviceIdentity } from "./evaluate/values.js";
import type { NamedDriver } from "./program/created.js";
import { type Driver, driversOf, type MatchEntry, matchDefinition } from "./program/drivers.js";
import type { Definition, KernelSource } from "./program/kernel-source.js";
import { Reach } from "./program/reach.js";
import { subsystemOf } from "./program/subsystem.js";
import { type DmaUse, dmaUse } from "./rules/dma-use.js";
import { type Masks, masks } from "./rules/masks.js";
import { interestOf, type Question } from "./rules/rule.js";
import { segments } from "./rules/segments.js";
import { sharing } from "./rules/sharing.js";

/** What was found, and what could not be read. */
export interface Extraction {
  readonly facts: readonly DeviceFact[];
  /** Compatibles whose driver shows no DMA: no facts are kept of them. */
  readonly withoutDma: number;
  /** One line each. */
  readonly faults: readonly string[];
}

/** Components and what brings them together: noted by the run itself. */
const COMPONENTS = new Set([
  "component_add",
  "component_add_typed",
  "component_master_add_with_match",
  "drm_of_component_probe",
]);

/** Everything the rules want to see. */
const INTEREST = interestOf([masks, segments, sharing, { interest: { calls: COMPONENTS, stores: new Set() } }]);

/** Files with drivers in them, by subsystem, sorted. A file of no subsystem stands alone. */
export function driverFiles(source: KernelSource, folders: readonly string[]): Map<string, string[]> {
  const bySubsystem = new Map<string, string[]>();
  for (const folder of folders) {
    for (const file of source.tree.filesBelow(folder)) {
      if (!file.endsWith(".c") || !mayHoldDriver(source.tree.read(file) ?? "")) continue;
      const subsystem = subsystemOf(file) ?? file.split("/").slice(0, 2).join("/");
      const files = bySubsystem.get(subsystem) ?? [];
      files.push(file);
      bySubsystem.set(subsystem, files);
    }
  }
  return new Map([...bySubsystem].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mayHoldDriver(text: string): boolean {
  return text.includes("of_match_table") || (text.includes("pci_driver") && text.includes("of_device_id"));
}

/**
 * Reads the drivers of some files.
 *
 * @param wanted - which compatibles; null for all
 * @param inspect - called with each question before it is judged
 */
export function extractFiles(
  source: KernelSource,
  files: readonly string[],
  wanted: ReadonlySet<string> | null = null,
  inspect: (question: Question) => void = () => {},
): Extraction {
  const facts: DeviceFact[] = [];
  const faults: string[] = [];
  let withoutDma = 0;
  for (const file of files) {
    const found = driversOf(source, file);
    for (const { file: at, line, text } of found.faults) faults.push(`${at}:${line}: ${text}`);
    for (const driver of found.drivers) {
      const entries = driver.entries.filter(({ compatible }) => wanted === null || wanted.has(compatible));
      if (entries.length === 0) continue;
      const subjects = new Subjects(source, driver);
      for (const entry of unique(entries)) {
        const { use, ...subject } = subjects.of(entry);
        const { reach } = subject;
        const trace = followOrSay(source, subject, entry, faults);
        if (trace === null) continue;
        const question: Question = { source, driver, entry, reach, trace };
        inspect(question);
        const fact = factOf(question, use);
        if (fact === null) withoutDma += 1;
        else facts.push(fact);
      }
    }
  }
  return { facts, withoutDma, faults };
}

/** What is to be followed, once for all compatibles whose match data leads to the same code. */
class Subjects {
  readonly #source: KernelSource;
  readonly #driver: Driver;
  readonly #plain: Subject & { readonly use: DmaUse };
  readonly #byData = new Map<Definition, Subject & { readonly use: DmaUse }>();

  constructor(source: KernelSource, driver: Driver) {
    this.#source = source;
    this.#driver = driver;
    this.#plain = this.#subject(new Reach(source, driver.probe));
  }

  of(entry: MatchEntry): Subject & { readonly use: DmaUse } {
    const data = matchDefinition(this.#source, this.#driver.table, entry);
    if (data === null || this.#plain.reach.nodes.has(data)) return this.#plain;
    const known = this.#byData.get(data);
    if (known !== undefined) return known;
    const reach = new Reach(this.#source, this.#driver.probe, [data]);
    // Numbers and texts lead nowhere.
    const more = [...reach.nodes].some((node) => node.kind === "function" && !this.#plain.reach.nodes.has(node));
    const subject = more ? this.#subject(reach) : this.#plain;
    this.#byData.set(data, subject);
    return subject;
  }

  #subject(reach: Reach): Subject & { readonly use: DmaUse } {
    const driver = this.#driver;
    const use = dmaUse({ source: this.#source, driver, reach });
    return { driver, reach, interest: INTEREST, relevant: reach.relevant(INTEREST), use };
  }
}

/** Follows a driver; code nested so deeply that the run cannot follow it is named. */
function followOrSay(source: KernelSource, subject: Subject, entry: MatchEntry, faults: string[]): Trace | null {
  try {
    return follow(source, subject, entry);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(
      `${subject.driver.table.file}:${entry.line}: ${entry.compatible} could not be followed: ${error.message}`,
    );
    return null;
  }
}

/** A table may name a compatible twice, with different types: the first counts, as in the kernel. */
function unique(entries: readonly MatchEntry[]): MatchEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ compatible }) => !seen.has(compatible) && seen.add(compatible));
}

/** The fact of one compatible; null where nothing of DMA is seen. */
function factOf(question: Question, use: DmaUse): DeviceFact | null {
  const { source, driver, entry, trace } = question;
  const [own, ...others] = masks.judge(question);
  if (own === undefined) return null;
  const { maxSegmentSize, segmentBoundaryMask, conditional } = segments.judge(question);
  const silent = isDefault(own.dmaMask) && isDefault(own.coherentDmaMask);
  const other = silent ? others.find((one) => appliesTo(one.device) !== null) : undefined;
  const set = other ?? own;
  const { buffersOf, isBlock, ...shared } = sharing.judge(question);
  const ownDma = use.ownDma || use.created !== null || shared.buffers.length > 0;
  const joins = isBlock || trace.components.length > 0;
  if (silent && others.length === 0 && !ownDma && !use.slaveDma && !joins && maxSegmentSize.kind === "default") {
    return null;
  }
  const elsewhere = silent && other === undefined ? others.map(({ device }) => deviceText(device))[0] : undefined;
  const elsewhereNote = elsewhere === undefined ? undefined : `Masks are set for another device: ${elsewhere}.`;
  const byCreated = silent && other === undefined ? use.created : null;
  const { dmaMask, coherentDmaMask } = byCreated?.setsMasks === true ? unknownMasks(byCreated.driver) : set;
  const note =
    byCreated === null
      ? elsewhereNote
      : `DMA is done by the driver of ${byCreated.driver.name}, a device that this one's driver makes.`;
  return {
    match: { compatible: entry.compatible },
    driver: {
      file: driver.table.file,
      line: entry.line,
      module:
        source.moduleOf(driver.probe.file)?.name ?? driver.probe.file.split("/").at(-1)?.replace(/\.c$/, "") ?? "",
      kernel: (source.tree.version ?? "unknown").split(".").slice(0, 2).join("."),
    },
    appliesTo:
      (other === undefined ? null : appliesTo(other.device)) ??
      (silent ? buffersOf : null) ??
      (use.slaveDma && !ownDma ? "dma-channel" : "self"),
    dmaMask,
    coherentDmaMask,
    maxSegmentSize,
    segmentBoundaryMask,
    ...shared,
    slaveDma: use.slaveDma && !ownDma && buffersOf === null,
    confidence: confidence(
      question,
      { device: set.device, dmaMask, coherentDmaMask },
      conditional,
      { ...use, ownDma },
      (isBlock && silent) || elsewhere !== undefined,
    ),
    reviewed: false,
    ...(note === undefined ? {} : { note }),
  };
}

/** What the driver of another device decides, which is not followed. */
function unknownMasks({ probe: { file, line } }: NamedDriver): Pick<Masks, "dmaMask" | "coherentDmaMask"> {
  const mask: MaskFact = { kind: "unknown", sources: [{ file, line }] };
  return { dmaMask: mask, coherentDmaMask: mask };
}

function isDefault(mask: MaskFact): boolean {
  return mask.kind === "default";
}

/** A device that no field of a fact can name. */
function deviceText({ kind, detail }: DeviceIdentity): string {
  if (kind === "created") return "one the driver creates";
  return kind === "aggregate" ? "the one under which components come together" : (detail ?? kind);
}

function appliesTo(device: DeviceIdentity): AppliesTo | null {
  switch (device.kind) {
    case "parent":
    case "card":
    case "dma-channel":
      return device.kind;
    case "phandle":
      return { phandle: device.detail ?? "" };
    case "self":
    case "aggregate":
    case "created":
    case "child":
    case "other":
      return null;
  }
}

/** Levels as `DeviceFact` has them, from the two masks and what the run could not decide. */
function confidence(
  { driver, source, trace }: Question,
  set: Masks,
  conditional: boolean,
  use: DmaUse,
  decidedElsewhere: boolean,
): DeviceFact["confidence"] {
  const kinds = [set.dmaMask.kind, set.coherentDmaMask.kind];
  if (
    trace.exhausted ||
    decidedElsewhere ||
    kinds.includes("runtime") ||
    kinds.includes("inherited") ||
    kinds.includes("unknown")
  )
    return "E";
  if (kinds.includes("set")) return "C";
  if (kinds.every((kind) => kind === "default")) {
    // Through a channel of a DMA controller the device's own masks do not matter.
    return (use.ownDma || use.slaveDma) && trace.unresolved.length === 0 ? "D" : "E";
  }
  if (set.device.kind !== "self") return "C";
  if (conditional) return "C";
  const own = new Set(source.filesWith(driver.probe.file));
  const shared = [...set.dmaMask.sources, ...set.coherentDmaMask.sources].some(({ file }) => !own.has(file));
  return shared || kinds.includes("variant") ? "B" : "A";
}
