import {
  type FactDatabase,
  type StoredFact,
  type StoredLine,
  type StoredName,
  shortened,
} from "../../../src/facts/extracted/database.js";
import { checkFactDatabase } from "../../../src/facts/extracted/database-schema.js";
import type { DeviceFact, LimitFact, MaskFact, SourceLine } from "../../../src/facts/fact.js";

/** What a database says of itself. */
export type DatabaseHead = Pick<FactDatabase, "kernel" | "generator">;

/**
 * Puts extracted facts into the form they ship in: compatibles that one driver treats alike share a record.
 *
 * @param facts - matched by compatible; where two have the same one, the first is the one a machine is built with
 * @returns records in the order of their files, lines and names: the same facts give the same database
 * @throws Error for a fact that is matched otherwise, z.ZodError for one that has no form in a database
 */
export function storeFacts(facts: readonly DeviceFact[], head: DatabaseHead): FactDatabase {
  const files = [...new Set(facts.flatMap(filesOf))].sort();
  const indices = new Map(files.map((file, index) => [file, index]));
  const shared = new Map<string, { readonly fact: Omit<StoredFact, "names">; readonly names: StoredName[] }>();
  const claimed = new Set<string>();
  for (const fact of facts) {
    if (!("compatible" in fact.match)) throw new Error(`${JSON.stringify(fact.match)} is no compatible`);
    const { compatible } = fact.match;
    const stored = { ...storedFact(fact, indices), ...(claimed.has(compatible) ? { rival: true } : {}) };
    claimed.add(compatible);
    const key = JSON.stringify(stored);
    const known = shared.get(key) ?? { fact: stored, names: [] };
    known.names.push([compatible, fact.driver.line]);
    shared.set(key, known);
  }
  const drivers = [...shared.values()].map(({ fact, names }) => ({ names: names.sort(byName), ...fact }));
  drivers.sort((a, b) => a.file - b.file || byName(a.names[0] ?? ["", 0], b.names[0] ?? ["", 0]));
  return checkFactDatabase({ schema: "coalloc/fact-database/1", ...head, files, drivers });
}

function byName([a]: StoredName, [b]: StoredName): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Text of a database: one record a line, so that a change of one driver is a change of one line. */
export function databaseText(database: FactDatabase): string {
  const { drivers, files, ...head } = database;
  const list = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(",\n");
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},\n"files":[\n${list(files)}\n],\n"drivers":[\n${list(drivers)}\n]}\n`;
}

/** Text of the module that a database ships in: its text as a string, so that no compiler looks at the records. */
export function databaseModule(database: FactDatabase): string {
  // In JSON text both stand in strings only, where the escape means the same.
  const text = databaseText(database).replaceAll("`", "\\u0060").replaceAll("${", "\\u0024{");
  return `/** Written by \`npm run facts\` from the source of Linux ${database.kernel}: \`coalloc/fact-database/1\`. */\nexport const FACT_DATABASE: string = String.raw\`${text}\`;\n`;
}

function storedFact(fact: DeviceFact, files: ReadonlyMap<string, number>): Omit<StoredFact, "names"> {
  const lineOf = ({ file, line }: SourceLine): StoredLine => [indexOf(files, file), line];
  const streaming = shortened(fact.dmaMask, lineOf);
  const coherent = shortened(fact.coherentDmaMask, lineOf);
  const { maxSegmentSize, maxSegments, segmentBoundaryMask, buffers } = fact;
  return {
    module: fact.driver.module,
    file: indexOf(files, fact.driver.file),
    ...(fact.role === "other" ? {} : { role: fact.role }),
    ...(fact.appliesTo === "self" ? {} : { appliesTo: fact.appliesTo }),
    dmaMask: streaming,
    ...(JSON.stringify(coherent) === JSON.stringify(streaming) ? {} : { coherentDmaMask: coherent }),
    ...(isUsual(maxSegmentSize) ? {} : { maxSegmentSize: shortened(maxSegmentSize, lineOf) }),
    ...(maxSegments === undefined ? {} : { maxSegments: shortened(maxSegments, lineOf) }),
    ...(isUsual(segmentBoundaryMask) ? {} : { segmentBoundaryMask: shortened(segmentBoundaryMask, lineOf) }),
    ...(buffers.length === 0 ? {} : { buffers: buffers.map((queue) => shortened(queue, lineOf)) }),
    ...(fact.pictureQueue === undefined ? {} : { pictureQueue: fact.pictureQueue }),
    ...(fact.import === undefined ? {} : { import: fact.import }),
    ...(fact.export === undefined ? {} : { export: fact.export }),
    ...(fact.memoryRegionUse === undefined ? {} : { memoryRegionUse: fact.memoryRegionUse }),
    ...(fact.memoryRegionWhen === undefined ? {} : { memoryRegionWhen: fact.memoryRegionWhen }),
    ...(fact.mmu === "none" ? {} : { mmu: fact.mmu }),
    ...(fact.slaveDma ? { slaveDma: true } : {}),
    confidence: fact.confidence,
    ...(fact.note === undefined ? {} : { note: fact.note }),
  };
}

/** Nobody set it, and no line says so. */
function isUsual({ kind, sources = [] }: MaskFact | LimitFact): boolean {
  return kind === "default" && sources.length === 0;
}

function indexOf(files: ReadonlyMap<string, number>, file: string): number {
  const index = files.get(file);
  if (index === undefined) throw new Error(`${file} is not among the files`);
  return index;
}

function filesOf(fact: DeviceFact): readonly string[] {
  const lists = [
    fact.dmaMask.sources,
    fact.coherentDmaMask.sources,
    fact.maxSegmentSize.sources,
    fact.maxSegments?.sources,
    fact.segmentBoundaryMask.sources,
    ...fact.buffers.map(({ sources }) => sources),
  ];
  return [fact.driver.file, ...lists.flatMap((list) => list ?? []).map(({ file }) => file)];
}
