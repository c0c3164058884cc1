import { isWordStart } from "./characters.js";

/** A field of a struct; `struct` is the tag of its type, `pointer` when it only points there. */
export interface StructField {
  readonly name: string;
  readonly struct: string | null;
  readonly pointer: boolean;
}

/** Fields of a struct in order; those of unnamed structs inside stand in their place. */
export function structFields(body: string): StructField[] {
  const fields: StructField[] = [];
  for (const statement of body.replaceAll(/\b(?:struct|union)\s*\{|\}/g, ";").split(";")) {
    const words: readonly string[] = statement.match(/[A-Za-z_]\w*|[*(),[\]:]/g) ?? [];
    const pointedFunction = /\(\s*\*\s*([A-Za-z_]\w*)\s*\)\s*\(/.exec(statement);
    if (pointedFunction !== null) {
      fields.push({ name: pointedFunction[1] ?? "", struct: null, pointer: true });
      continue;
    }
    const tagged = words.indexOf("struct");
    const struct = tagged >= 0 ? (words[tagged + 1] ?? null) : null;
    for (const declarator of splitAtCommas(words.slice(tagged >= 0 ? tagged + 2 : 1))) {
      const named = declarator.filter((word) => isWordStart(word.charCodeAt(0)));
      const end = declarator.findIndex((word) => word === "[" || word === ":");
      const before = end < 0 ? named : declarator.slice(0, end).filter((word) => isWordStart(word.charCodeAt(0)));
      const name = before.at(-1);
      if (name !== undefined) fields.push({ name, struct, pointer: declarator.includes("*") });
    }
  }
  return fields;
}

function splitAtCommas(words: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === ",") parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}
