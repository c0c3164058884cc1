/** The grammar of C, `tree-sitter-c`, and the plain tree that is kept of a parse. */
import { createRequire } from "node:module";
import { Language, Parser, type TreeCursor } from "web-tree-sitter";

/** A named node, or the token that stands in an `operator` field. Indices are into the text parsed. */
export interface PlainNode {
  readonly type: string;
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly children: readonly PlainNode[];
}

/** A parse and how many places the grammar did not take. */
export interface PlainTree {
  readonly root: PlainNode;
  readonly faults: number;
}

/** Parses pieces of C. */
export type Grammar = (text: string) => PlainTree;

/** Loads the grammar, about 50 ms. */
export async function loadGrammar(): Promise<Grammar> {
  const require = createRequire(import.meta.url);
  await Parser.init();
  const language = await Language.load(require.resolve("tree-sitter-c/tree-sitter-c.wasm"));
  const parser = new Parser();
  parser.setLanguage(language);
  return (text) => {
    const tree = parser.parse(text);
    if (tree === null) throw new Error("the parser was given no language");
    const cursor = tree.walk();
    const faults = { count: 0 };
    const root = copy(cursor, null, faults);
    cursor.delete();
    tree.delete();
    return { root, faults: faults.count };
  };
}

function copy(cursor: TreeCursor, field: string | null, faults: { count: number }): PlainNode {
  const type = cursor.nodeType;
  const children: PlainNode[] = [];
  if (type === "ERROR" || cursor.nodeIsMissing) faults.count += 1;
  if (cursor.gotoFirstChild()) {
    do {
      const name = cursor.currentFieldName;
      if (cursor.nodeIsNamed ? cursor.nodeType !== "comment" : name === "operator" || cursor.nodeType === "default") {
        children.push(copy(cursor, name, faults));
      }
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { type, field, start: cursor.startIndex, end: cursor.endIndex, children };
}
