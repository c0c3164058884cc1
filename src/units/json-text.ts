import type { z } from "zod";
import { oneLine } from "./quote.js";
import { accepted, type Result, refused } from "./result.js";

/** Why a text is not the JSON document it should be. */
export interface JsonRefusal {
  /** `not-json`: no JSON text. `bad-field`: a field is missing, unknown or of another form. */
  readonly code: "not-json" | "bad-field";
  /** Place in the document, `devices[3].dmaMask`; empty for the whole. */
  readonly path: string;
  /** One sentence, in one line. */
  readonly text: string;
}

/** A document as it stands in the text, and as the schema gives it: defaults filled in, texts converted. */
export interface JsonDocument<T> {
  readonly raw: unknown;
  readonly value: T;
}

/** Reads JSON text that must have the form of `schema`. The first fault is named with its place. */
export function readJson<T>(text: string, schema: z.ZodType<T>): Result<JsonDocument<T>, JsonRefusal> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refused({ code: "not-json", path: "", text: oneLine(`the text is no JSON: ${why}`) });
  }
  const checked = schema.safeParse(raw);
  if (checked.success) return accepted({ raw, value: checked.data });
  const issue = checked.error.issues[0];
  const path = pathText(issue?.path ?? []);
  const why = issue?.message ?? "has another form";
  return refused({ code: "bad-field", path, text: oneLine(`${path || "the document"}: ${why}`) });
}

/** A place in a document as people write it: `devices[3].dmaMask`; empty for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}
