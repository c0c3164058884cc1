import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { describeFieldRefusal, readYamlFields } from "../../../src/units/yaml-fields.js";
import { ROOT } from "../../../tools/project.js";

const FOLDER: string = join(ROOT, "test", "explain", "corpus");

/** A report of somebody who ran into a line, and what has to be said about it. */
export interface Report {
  /** Of the public report; a fragment tells entries of one report apart. */
  readonly address: string;
  /** The lines as they stand there. */
  readonly excerpt: string;
  readonly expect: {
    /** Of the recogniser that has to know the excerpt. */
    readonly id: string;
    /** What its finding has to say, case counted. */
    readonly words: readonly string[];
    readonly numbers?: Readonly<Record<string, string | number | null>> | undefined;
  };
  /** What people in the report say the reason was, in our words. */
  readonly reportedCause: string;
}

/** A report, and the file of the corpus that holds it. */
export interface CorpusEntry extends Report {
  readonly file: string;
}

const REPORT: z.ZodType<Report> = z.strictObject({
  address: z.string().regex(/^https:\/\/\S+$/),
  excerpt: z.string().min(1),
  expect: z.strictObject({
    id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
    words: z.array(z.string().min(1)).min(1),
    numbers: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
  }),
  reportedCause: z.string().min(1),
});

/** Whether people in the report say what the reason was: only then is there something to agree with. */
export function statesCause({ reportedCause }: Report): boolean {
  return !reportedCause.startsWith("Not stated");
}

const FIELDS: readonly string[] = ["address", "excerpt", "expect", "reportedCause", "id", "words", "numbers"];

/** Reads every report of the corpus, in the order of files and of entries. Throws on a file of another form. */
export function readCorpus(): readonly CorpusEntry[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    const read = readYamlFields(text, z.array(REPORT), FIELDS);
    if (!read.ok) throw new Error(`${file}: ${describeFieldRefusal(read.refusal)}`);
    return read.value.value.map((entry) => ({ ...entry, file }));
  });
}
