/** Parts of findings as other programs read them, in `coalloc/check/1` and `coalloc/explain/1`. */
import { z } from "zod";
import type { WayToApply } from "../placement/ways-to-apply.js";
import type { Finding, FindingRemedy } from "./finding.js";

const text = z.string().min(1);

/** Full path of a node. */
export const path: z.ZodString = z.string().regex(/^\//);

/** An address or a number of bytes, exact. */
export const bytes: z.ZodInt = z.int().min(0);

const remedy: z.ZodType<FindingRemedy> = z.strictObject({
  kind: z.enum(["device-tree", "command-line", "kernel-option", "boot-loader", "user-space"]),
  text,
  dts: text.nullable().describe("device tree source to be merged behind the board's"),
  overlay: text.nullable().describe("the same as an overlay; null where no overlay can do it"),
  commandLine: text.nullable().describe("what to add to the kernel command line, behind what is there"),
  removes: text.exactOptional().describe("words to take off the kernel command line; missing where none are"),
  config: text.nullable().describe("lines for the kernel's configuration"),
  boot: text
    .exactOptional()
    .describe(
      "where a boot loader that does so has put everything, as a file for --boot; missing where nothing is loaded elsewhere",
    ),
});

interface FindingFields {
  readonly id: z.ZodType<string>;
  readonly severity: z.ZodType<Finding["severity"]>;
  readonly text: z.ZodType<string>;
  readonly numbers: z.ZodType<Finding["numbers"]>;
  readonly remedies: z.ZodType<Finding["remedies"]>;
}

/** What every finding has, its place left out. */
export const findingFields: FindingFields = {
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .describe("of the rule or recogniser; never changes its meaning"),
  severity: z
    .enum(["error", "warning", "note"])
    .describe("error: will fail or corrupt; warning: probably hurts somebody; note: worth knowing"),
  text: text.describe("one or two sentences with the numbers filled in"),
  numbers: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))
    .describe("what the sentence was made of; sizes and addresses in bytes"),
  remedies: z.array(remedy).describe("changes that make it go away, the best first"),
};

/** A place a change is read from. */
export const wayToApply: z.ZodType<WayToApply> = z.strictObject({
  reader: text.describe("who reads it"),
  file: text.describe("the file that is changed, or where in it"),
  lines: z.array(z.string()).describe("as they stand in the file, beside what is there"),
  overlayAt: text.nullable().describe("path of the compiled overlay; null where no overlay is read"),
  run: z.array(text).describe("commands to run when that is done"),
});
