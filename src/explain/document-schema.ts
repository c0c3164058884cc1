/** The published schema of what `coalloc explain --json` prints. */
import { z } from "zod";
import { findingFields, wayToApply } from "../lint/finding-schema.js";
import type { ExplainDocument, LogFinding } from "./document.js";

const text = z.string().min(1);
const count = z.int().min(0);

const finding: z.ZodType<LogFinding> = z.strictObject({
  ...findingFields,
  where: z.strictObject({
    node: text.nullable().describe("a path where a machine is known, else as the line names it"),
    property: text.nullable(),
    line: z.int().min(1).describe("number of the first such line"),
    count: z.int().min(1).describe("how many lines say the same"),
  }),
  topic: text,
  message: z.string().describe("the first line, without time and process"),
  cause: text,
  proof: text,
  certainty: z.enum(["sure", "likely", "possible"]),
  why: text.describe("why it is as sure as that"),
  fix: text,
  next: z.array(text).describe("commands that go on from here"),
  picture: z.array(z.string()).describe("a drawing for a fixed-width font, line by line"),
  source: text.describe("where the wording of the line comes from"),
});

const schema: z.ZodType<ExplainDocument> = z.strictObject({
  schema: z.literal("coalloc/explain/1"),
  machine: z.string().nullable().describe("name of the board; null where none was given"),
  findings: z.array(finding).describe("errors, then warnings, then notes; within each in the order of the log"),
  howToApply: z
    .array(wayToApply)
    .describe("where boards like this read such changes from; lines are those of the first of each sort"),
  lines: z.strictObject({
    read: count,
    recognised: count,
    cut: count.describe("too long to be kept whole"),
    left: count.describe("recognised, beyond the number of findings kept"),
  }),
});

/** JSON Schema (draft 2020-12) of a `coalloc/explain/1`. */
export function explainJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc explain" };
}
