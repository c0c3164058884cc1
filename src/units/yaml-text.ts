import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { oneLine } from "./quote.js";
import { accepted, type Result, refused } from "./result.js";

/** Longest text that is read. */
const MOST_TEXT = 256 * 1024;
/** Deepest nesting of `[` and `{`. */
const MOST_BRACKETS = 16;
/** Column behind which no map and no list may begin: each level takes one column at least. */
const LAST_COLUMN = 120;

/** What the lexer puts between tokens and is not in the text: start of a document, end of flow, start of a scalar; and a byte order mark. */
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f", "\ufeff"]);

/** A place in a text, both counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no plain YAML document. */
export interface YamlRefusal extends TextPosition {
  /** One sentence, in one line. */
  readonly text: string;
}

/** A YAML document of maps, lists and scalars, that knows where each of them stands. */
export class YamlText {
  /** The document as JavaScript has it. */
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
    this.value = document.toJS({ maxAliasCount: 0 });
  }

  /**
   * Reads a text. Aliases, tags and what is nested deeper than any of our documents are refused before anything is built, so that time and memory are those
   * of the text's length.
   */
  static read(text: string): Result<YamlText, YamlRefusal> {
    const at = (position: TextPosition, why: string): Result<YamlText, YamlRefusal> =>
      refused({ ...position, text: oneLine(why) });
    if (text.length > MOST_TEXT) {
      return at({ line: 1, column: 1 }, `the text has ${text.length} characters; at most ${MOST_TEXT} are read`);
    }
    const deep = tooDeep(text);
    if (deep !== null) return at(deep, "maps and lists are nested deeper than any that has a meaning here");
    const lines = new LineCounter();
    // Keys are compared below: the package compares each with each, which takes minutes for a large map.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
    });
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) {
      const why = error.code === "MULTIPLE_DOCS" ? "a second document begins; one is read" : error.message;
      return at(positionOf(lines, error.pos[0]), why);
    }
    const odd = oddNode(document);
    if (odd !== null) return at(positionOf(lines, odd.node.range?.[0] ?? 0), odd.why);
    return accepted(new YamlText(document, lines));
  }

  /**
   * Where something stands.
   *
   * @param path - keys and indices from the top; where it leads nowhere, the last node on the way counts
   * @param key - the key itself, not its value
   */
  positionOf(path: readonly PropertyKey[], key: boolean = false): TextPosition {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const [i, step] of path.entries()) {
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
        next = pair?.value;
        const isKey = (key && i === path.length - 1) || !isNode(next) || next.range === undefined;
        if (isKey && isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
        if (isKey) break;
      } else if (isNode(node) && "items" in node && typeof step === "number") {
        next = node.items[step];
      }
      if (!isNode(next)) break;
      offset = next.range?.[0] ?? offset;
      node = next;
    }
    return positionOf(this.#lines, offset);
  }
}

function positionOf(lines: LineCounter, offset: number): TextPosition {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where nesting gets too deep; null when it does not. */
function tooDeep(text: string): TextPosition | null {
  let line = 1;
  let column = 1;
  let brackets = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") brackets += 1;
    if (token === "]" || token === "}") brackets -= 1;
    const opens = token === "-" || token === "?" || token === ":";
    if (brackets > MOST_BRACKETS || (opens && brackets === 0 && column > LAST_COLUMN)) return { line, column };
    const end = token.lastIndexOf("\n");
    if (end < 0) {
      if (!MARKS.has(token)) column += token.length;
    } else {
      for (let i = token.indexOf("\n"); i >= 0; i = token.indexOf("\n", i + 1)) line += 1;
      column = token.length - end;
    }
  }
  return null;
}

function oddNode(document: Document): { readonly node: Node; readonly why: string } | null {
  let odd: { node: Node; why: string } | null = null;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) odd = { node, why: "aliases are not read here; write it out" };
      else if (node.anchor !== undefined) odd = { node, why: `the anchor &${node.anchor} has no use here` };
      else if (isMap(node)) odd = oddKey(node);
      return odd === null ? undefined : visit.BREAK;
    },
  });
  return odd;
}

function oddKey(map: YAMLMap): { readonly node: Node; readonly why: string } | null {
  const seen = new Set<unknown>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) return { node: key, why: `${String(key.value)} stands twice in this map` };
    if (key.value === "__proto__") return { node: key, why: "__proto__ is no name" };
    seen.add(key.value);
  }
  return null;
}
