import type { z } from "zod";
import { closeNames } from "./close-names.js";
import { pathText } from "./json-text.js";
import { oneLine } from "./quote.js";
import { accepted, type Result, refused } from "./result.js";
import { type TextPosition, YamlText } from "./yaml-text.js";

/** Why a text is not the YAML document it should be, and where in it. */
export interface FieldRefusal extends TextPosition {
  /** `not-yaml`: no YAML, or more of YAML than is read here. `bad-field`: a field is missing, unknown, or of another form. */
  readonly code: "not-yaml" | "bad-field";
  /** Place in the document, `rules[1].who[0]`; empty for the whole. */
  readonly path: string;
  /** One sentence, in one line, without the place. */
  readonly text: string;
}

/** A document of the form asked for, that can say more about a place in its text. */
export interface YamlFields<T> {
  readonly value: T;
  /** A refusal of what stands at `path`; of the key itself, not its value, where `isKey` says so. */
  fault(path: readonly PropertyKey[], why: string, isKey?: boolean): FieldRefusal;
}

/**
 * Reads YAML text, JSON being YAML too, that must have the form of `schema`. The first fault is named with its place.
 *
 * @param fields - names of fields, wherever they stand: the nearest is suggested for one that nobody knows
 */
export function readYamlFields<T>(
  text: string,
  schema: z.ZodType<T>,
  fields: readonly string[],
): Result<YamlFields<T>, FieldRefusal> {
  const yaml = YamlText.read(text);
  if (!yaml.ok) return refused({ code: "not-yaml", path: "", ...yaml.refusal });
  const fault: YamlFields<T>["fault"] = (path, why, isKey = false) => ({
    code: "bad-field",
    path: oneLine(pathText(path)),
    ...yaml.value.positionOf(path, isKey),
    text: oneLine(why),
  });
  const checked = schema.safeParse(yaml.value.value);
  if (checked.success) return accepted({ value: checked.data, fault });
  const [issue] = checked.error.issues;
  const path = issue?.path ?? [];
  if (issue?.code !== "unrecognized_keys") return refused(fault(path, issue?.message ?? "has another form"));
  const [unknown = ""] = issue.keys;
  const [close] = closeNames(unknown, fields, 1);
  const suggestion = close === undefined ? "" : `; did you mean ${close}?`;
  return refused(fault([...path, unknown], `nobody knows this field${suggestion}`, true));
}

/** The place, and the sentence: `line 3, column 7: rules[0].who[0]: ...`. */
export function describeFieldRefusal({ line, column, path, text }: Omit<FieldRefusal, "code">): string {
  return `line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}${text}`;
}
