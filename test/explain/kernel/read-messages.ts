import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { describeFieldRefusal, readYamlFields } from "../../../src/units/yaml-fields.js";
import { ROOT } from "../../../tools/project.js";

/** A message that a recogniser knows. */
export interface KnownMessage {
  /** The format as the source has it, its first line only. */
  readonly message: string;
  /** What comes out of it, with what the kernel prints before it. */
  readonly line: string;
  /** Of the recogniser. */
  readonly id: string;
  /** What its finding has to say. */
  readonly says: string;
}

/** Messages nobody knows. */
export interface UnknownMessages {
  readonly because: string;
  readonly messages: readonly string[];
}

/** Messages of one file of the kernel. */
export interface MessageFile {
  readonly file: string;
  /** Every message is listed but those that only debugging prints. */
  readonly whole: boolean;
  readonly known?: readonly KnownMessage[] | undefined;
  readonly unknown?: readonly UnknownMessages[] | undefined;
}

const FILE: z.ZodType<MessageFile> = z.strictObject({
  file: z.string().regex(/^[\w./-]+\.[ch]$/),
  whole: z.boolean(),
  known: z
    .array(
      z.strictObject({
        message: z.string().min(1),
        line: z.string().min(1),
        id: z.string().min(1),
        says: z.string().min(1),
      }),
    )
    .optional(),
  unknown: z
    .array(z.strictObject({ because: z.string().min(1), messages: z.array(z.string().min(1)).min(1) }))
    .optional(),
});

const FIELDS: readonly string[] = ["file", "whole", "known", "unknown", "message", "line", "id", "says", "because"];

/** Reads the list of messages. Throws on another form. */
export function readMessages(): readonly MessageFile[] {
  const text = readFileSync(join(ROOT, "test", "explain", "kernel", "kernel-messages.yaml"), "utf8");
  const read = readYamlFields(text, z.array(FILE), FIELDS);
  if (!read.ok) throw new Error(`kernel-messages.yaml: ${describeFieldRefusal(read.refusal)}`);
  return read.value.value;
}

/** What printk makes of each conversion of a format. */
const CONVERSIONS: readonly (readonly [conversion: RegExp, printed: string])[] = [
  [/^%p(?:a|ad|ap|ar|R)\b/, "0x[0-9a-f]+"],
  [/^%pa/, "0x[0-9a-f]+"],
  [/^%pOF/, "/\\S*"],
  [/^%pGg/, "\\S+"],
  [/^%p/, "[0-9a-f]{8,16}"],
  [/^%#(?:hh|h|ll|l|z)?x/, "0x[0-9a-f]+"],
  [/^%[-#0]*\d*(?:hh|h|ll|l|z)?[xX]/, "[0-9a-fA-F]+"],
  [/^%[-#0]*\d*(?:hh|h|ll|l|z)?[di]/, "-?\\d+"],
  [/^%[-#0]*\d*(?:hh|h|ll|l|z)?u/, "\\d+"],
  [/^%s/, ".*?"],
  [/^%%/, "%"],
];

/** The lines that a format of printk can make, as a regular expression for their end. */
export function linesOf(format: string): RegExp {
  let pattern = "";
  for (let rest = format; rest !== ""; ) {
    const found = CONVERSIONS.map(([conversion, printed]) => ({ match: conversion.exec(rest)?.[0], printed })).find(
      ({ match }) => match !== undefined,
    );
    const taken = found?.match ?? rest.slice(0, 1);
    pattern += found?.printed ?? taken.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    rest = rest.slice(taken.length);
  }
  return new RegExp(pattern);
}
