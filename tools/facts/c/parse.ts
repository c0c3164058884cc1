/** Parses what an outline has found: bodies, initialisers, macros; each piece on its own and when it is asked for. */
import type { Grammar, PlainNode } from "./grammar.js";
import type { Expression, FunctionBody } from "./ir.js";
import { lowerExpression, lowerParameters, lowerStatements, type Piece } from "./lower.js";
import type { CFunction, CVariable, Outline } from "./outline.js";

/** Reads a function. Never throws; what the grammar does not take is counted. */
export function parseFunction(grammar: Grammar, outline: Outline, fn: CFunction): FunctionBody {
  const before = "void f";
  const text = before + outline.code.slice(fn.start, fn.end);
  const piece: Piece = { text, offset: fn.start - before.length };
  const { root, faults } = grammar(text);
  const definition = find(root, "function_definition");
  const block = definition?.children.find((child) => child.field === "body");
  if (definition === undefined || block === undefined) return { parameters: [], statements: [], faults: faults + 1 };
  const declarator = find(definition, "function_declarator");
  return {
    parameters: declarator === undefined ? [] : lowerParameters(piece, declarator),
    statements: lowerStatements(piece, block),
    faults,
  };
}

/** Reads the initialiser of a variable. */
export function parseInitialiser(grammar: Grammar, outline: Outline, variable: CVariable): Expression {
  return parsePiece(grammar, outline.code.slice(variable.start, variable.end), variable.start, false);
}

/** Reads text that stands for an expression, an initialiser or statements, as the body of a macro does; `at` is what its nodes are said to stand at. */
export function parseText(grammar: Grammar, text: string, at: number): Expression {
  return parsePiece(grammar, text, at, true);
}

function parsePiece(grammar: Grammar, code: string, offset: number, fixed: boolean): Expression {
  const initialiser = wrapped(grammar, "int v = ", code, ";", offset, fixed);
  const value = find(initialiser.root, "init_declarator")?.children.find((child) => child.field === "value");
  if (value !== undefined && (initialiser.faults === 0 || (value.type === "initializer_list" && !code.includes(";")))) {
    return lowerExpression(initialiser.piece, value);
  }
  // `.field = x` and `[I] = x`, which a macro may put into a list, and whole statements.
  const list = wrapped(grammar, "int v = {", code, "};", offset, fixed);
  if (list.faults === 0) {
    const inner = find(list.root, "initializer_list");
    if (inner !== undefined) return lowerExpression(list.piece, inner);
  }
  const statements = wrapped(grammar, "void f(void) {", code, ";}", offset, fixed);
  if (statements.faults === 0 || value === undefined) {
    const block = find(statements.root, "compound_statement");
    if (block !== undefined) return { kind: "block", statements: lowerStatements(statements.piece, block) };
  }
  return value === undefined ? { kind: "other", text: code } : lowerExpression(initialiser.piece, value);
}

function wrapped(
  grammar: Grammar,
  before: string,
  code: string,
  after: string,
  offset: number,
  fixed: boolean,
): { readonly root: PlainNode; readonly faults: number; readonly piece: Piece } {
  const text = before + code + after;
  const tree = grammar(text);
  return { ...tree, piece: { text, offset: fixed ? offset : offset - before.length, fixed } };
}

function find(node: PlainNode, type: string): PlainNode | undefined {
  if (node.type === type) return node;
  for (const child of node.children) {
    const found = find(child, type);
    if (found !== undefined) return found;
  }
  return undefined;
}
