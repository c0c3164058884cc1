import { printable } from "./wrap.js";

/** The lines of a text that is pasted: whole whatever the width, indented, tabs as two spaces, other control characters replaced. */
export function pastedLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : `        ${printable(line.replaceAll("\t", "  "))}`));
}
