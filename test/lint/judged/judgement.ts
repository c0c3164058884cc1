/** Errors and warnings that a person has judged against the tree's nodes and the source of Linux 6.12, drawn by `npm run check:sample`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Finding } from "../../../src/lint/finding.js";
import { readYamlFields } from "../../../src/units/yaml-fields.js";

/** A finding that is said otherwise now, and was judged again. */
interface Mended {
  readonly severity: "error" | "warning" | "note";
  readonly text: string;
  readonly right: boolean;
  readonly why: string;
}

/** One finding, as it was drawn and judged. */
export interface Judgement {
  /** Below the folder of all boards. */
  readonly tree: string;
  /** Of `tools/survey/situations.ts`. */
  readonly situation: string;
  /** What the situation made of the tree: options and kernel configuration. */
  readonly setting: string;
  readonly rule: string;
  readonly severity: "error" | "warning";
  readonly node: string | null;
  readonly text: string;
  readonly numbers: Finding["numbers"];
  /** What the person found at first, before a rule was changed. */
  readonly right: boolean;
  /** Node values, and what Linux 6.12 does with them. */
  readonly why: string;
  /** What became of it, where the rule was changed; `kept` where it was wrong and is said as it was, missing where it is right and is. */
  readonly now?: "gone" | "kept" | Mended | undefined;
}

/** Findings that were drawn together. */
export interface Draw {
  readonly seed: number;
  /** The commit whose rules spoke. */
  readonly commit: string;
  /** How many errors and warnings they were drawn from. */
  readonly of: number;
  readonly findings: readonly Judgement[];
}

const severity = z.enum(["error", "warning", "note"]);
const mended = z.strictObject({ severity, text: z.string(), right: z.boolean(), why: z.string() });

const judgement: z.ZodType<Judgement> = z.strictObject({
  tree: z.string(),
  situation: z.string(),
  setting: z.string(),
  rule: z.string(),
  severity: z.enum(["error", "warning"]),
  node: z.nullable(z.string()),
  text: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  right: z.boolean(),
  why: z.string(),
  now: z.union([z.literal("gone"), z.literal("kept"), mended]).optional(),
});

const draw: z.ZodType<Draw> = z.strictObject({
  seed: z.int(),
  commit: z.string(),
  of: z.int(),
  findings: z.array(judgement),
});

/** Every draw, in the order they were judged: `draws/SEED.yaml`. */
export function readDraws(root: string): readonly Draw[] {
  const folder = join(root, "test", "lint", "judged", "draws");
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const read = readYamlFields(readFileSync(join(folder, file), "utf8"), draw, []);
      if (!read.ok) throw new Error(`${file}, line ${read.refusal.line}: ${read.refusal.text}`);
      return read.value.value;
    });
}
