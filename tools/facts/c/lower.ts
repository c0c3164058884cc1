/** From the plain tree of a parse to the statements and expressions of `ir.ts`. */
import type { PlainNode } from "./grammar.js";
import type { Expression, ListEntry, Parameter, Statement, SwitchCase } from "./ir.js";

/** A text that was parsed, and where its indices lie in the file: `at = offset + index`, or always `offset` when it is `fixed`. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
  readonly fixed?: boolean;
}

function at(piece: Piece, node: PlainNode): number {
  return piece.fixed === true ? piece.offset : piece.offset + node.start;
}

function textOf(piece: Piece, node: PlainNode): string {
  return piece.text.slice(node.start, node.end);
}

function field(node: PlainNode, name: string): PlainNode | undefined {
  return node.children.find((child) => child.field === name);
}

/** Expressions that stand on their own as statements; all other nodes of a block are statements, types or faults. */
const other = (piece: Piece, node: PlainNode): Expression => ({ kind: "other", text: textOf(piece, node) });

function part(piece: Piece, node: PlainNode, name: string): Expression {
  const child = field(node, name);
  return child === undefined ? { kind: "other", text: "" } : lowerExpression(piece, child);
}

/** Reads an expression. */
export function lowerExpression(piece: Piece, node: PlainNode): Expression {
  switch (node.type) {
    case "number_literal":
      return numberLiteral(textOf(piece, node)) ?? other(piece, node);
    case "char_literal":
      return { kind: "number", value: BigInt(charValue(textOf(piece, node))), wide: false, unsigned: false };
    case "string_literal":
      return { kind: "string", text: unquoted(textOf(piece, node)) };
    case "concatenated_string":
      return { kind: "string", text: node.children.map((child) => stringPart(piece, child)).join("") };
    case "identifier":
    case "field_identifier":
    case "type_identifier":
    case "true":
    case "false":
    case "null":
      return { kind: "name", name: textOf(piece, node), at: at(piece, node) };
    case "call_expression":
      return call(piece, node);
    case "field_expression":
      return {
        kind: "member",
        object: part(piece, node, "argument"),
        field: textOf(piece, field(node, "field") ?? node),
      };
    case "subscript_expression":
      return { kind: "index", object: part(piece, node, "argument"), index: part(piece, node, "index") };
    case "pointer_expression":
    case "unary_expression":
      return { kind: "unary", operator: operator(piece, node), operand: part(piece, node, "argument") };
    case "update_expression":
      return {
        kind: "assign",
        operator: operator(piece, node) === "++" ? "+=" : "-=",
        target: part(piece, node, "argument"),
        value: { kind: "number", value: 1n, wide: false, unsigned: false },
        at: at(piece, node),
      };
    case "binary_expression":
      return {
        kind: "binary",
        operator: operator(piece, node),
        left: part(piece, node, "left"),
        right: part(piece, node, "right"),
      };
    case "assignment_expression":
      return {
        kind: "assign",
        operator: operator(piece, node),
        target: part(piece, node, "left"),
        value: part(piece, node, "right"),
        at: at(piece, node),
      };
    case "conditional_expression": {
      const condition = part(piece, node, "condition");
      const consequence = field(node, "consequence");
      return {
        kind: "ternary",
        condition,
        // `a ?: b` is a where a is true.
        consequence: consequence === undefined ? condition : lowerExpression(piece, consequence),
        otherwise: part(piece, node, "alternative"),
      };
    }
    case "cast_expression":
      return { kind: "cast", type: textOf(piece, field(node, "type") ?? node), value: part(piece, node, "value") };
    case "compound_literal_expression": {
      const value = field(node, "value");
      const list = value === undefined ? null : lowerExpression(piece, value);
      const type = structTag(piece, field(node, "type") ?? node);
      return list?.kind === "list" ? { ...list, type } : other(piece, node);
    }
    case "initializer_list":
      return { kind: "list", type: null, entries: entries(piece, node), at: at(piece, node) };
    case "sizeof_expression": {
      const of = field(node, "type") ?? field(node, "value") ?? node;
      return { kind: "sizeof", of: textOf(piece, of).replaceAll(/^\(|\)$/g, "") };
    }
    case "parenthesized_expression": {
      const [inner] = node.children;
      if (inner === undefined) return other(piece, node);
      if (inner.type === "compound_statement") return { kind: "block", statements: lowerStatements(piece, inner) };
      return lowerExpression(piece, inner);
    }
    case "compound_statement":
      return { kind: "block", statements: lowerStatements(piece, node) };
    case "comma_expression": {
      const parts = node.children.map((child) => lowerExpression(piece, child));
      return {
        kind: "block",
        statements: parts.map((value) => ({ kind: "expression", value, at: at(piece, node) })),
      };
    }
    default:
      return other(piece, node);
  }
}

function stringPart(piece: Piece, node: PlainNode): string {
  return node.type === "string_literal" ? unquoted(textOf(piece, node)) : `\${${textOf(piece, node)}}`;
}

function operator(piece: Piece, node: PlainNode): string {
  const named = field(node, "operator");
  return named === undefined ? "" : textOf(piece, named);
}

function call(piece: Piece, node: PlainNode): Expression {
  const list = field(node, "arguments")?.children ?? [];
  return {
    kind: "call",
    callee: part(piece, node, "function"),
    arguments: list.map((child) => lowerExpression(piece, child)),
    texts: list.map((child) => textOf(piece, child)),
    at: at(piece, node),
  };
}

function entries(piece: Piece, node: PlainNode): ListEntry[] {
  return node.children
    .filter(({ type }) => type !== "ERROR")
    .map((child) => {
      if (child.type !== "initializer_pair")
        return { path: [], value: lowerExpression(piece, child), at: at(piece, child) };
      const path = child.children
        .filter((one) => one.field === "designator")
        .map((one) => {
          const [inner] = one.children;
          if (inner === undefined) return "";
          if (one.type === "field_designator") return textOf(piece, inner);
          return lowerExpression(piece, inner);
        });
      const value = field(child, "value");
      return {
        path,
        value: value === undefined ? other(piece, child) : lowerExpression(piece, value),
        at: at(piece, child),
      };
    });
}

/** `0x1fULL` and friends. */
function numberLiteral(text: string): Expression | null {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlL]*)$/.exec(text);
  if (match === null) return null;
  const [digits, suffix] = [match[1] ?? "", (match[2] ?? "").toLowerCase()];
  const octal = /^0[0-7]+$/.test(digits);
  if (/^0[0-9]+$/.test(digits) && !octal) return null;
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const decimal = !/^0[xXbB0-9]/.test(digits);
  const wide = suffix.includes("l") || value > 0xffffffffn || (decimal && value > 0x7fffffffn);
  const unsigned = suffix.includes("u") || (!decimal && !wide && value > 0x7fffffffn) || value > 0x7fffffffffffffffn;
  return { kind: "number", value, wide, unsigned };
}

function charValue(text: string): number {
  const inner = text.replaceAll(/^L?'|'$/g, "");
  if (!inner.startsWith("\\")) return inner.charCodeAt(0) || 0;
  const named: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0 };
  return named[inner[1] ?? ""] ?? inner.charCodeAt(1);
}

function unquoted(text: string): string {
  return text.replaceAll(/^L?"|"$/g, "");
}

/** The tag of the struct that a type names, null where it names none. */
function structTag(piece: Piece, node: PlainNode): string | null {
  if (node.type === "struct_specifier" || node.type === "union_specifier") {
    const name = field(node, "name");
    return name === undefined ? null : textOf(piece, name);
  }
  for (const child of node.children) {
    if (child.field === "type" || child.type === "struct_specifier" || child.type === "type_descriptor") {
      const tag = structTag(piece, child);
      if (tag !== null) return tag;
    }
  }
  return null;
}

/** The statements of a block, or the single one that stands in its place. */
export function lowerStatements(piece: Piece, node: PlainNode): Statement[] {
  if (node.type !== "compound_statement") return statement(piece, node);
  const statements: Statement[] = [];
  for (let i = 0; i < node.children.length; i += 1) {
    const child = node.children[i];
    if (child === undefined) break;
    const next = node.children[i + 1];
    statements.push(...statement(piece, child));
    if (next !== undefined && isLoopMacro(piece, child)) {
      statements.push({ kind: "loop", condition: null, body: lowerStatements(piece, next) });
      i += 1;
    }
  }
  return statements;
}

/** `for_each_child_of_node(parent, node) { ... }`: a call without a semicolon. */
function isLoopMacro(piece: Piece, node: PlainNode): boolean {
  return (
    node.type === "expression_statement" &&
    node.children[0]?.type === "call_expression" &&
    !textOf(piece, node).trimEnd().endsWith(";")
  );
}

function body(piece: Piece, node: PlainNode, name: string): Statement[] {
  const child = field(node, name);
  return child === undefined ? [] : lowerStatements(piece, child);
}

function statement(piece: Piece, node: PlainNode): Statement[] {
  switch (node.type) {
    case "expression_statement": {
      const [inner] = node.children;
      if (inner === undefined) return [];
      return [{ kind: "expression", value: lowerExpression(piece, inner), at: at(piece, node) }];
    }
    case "declaration":
      return declaration(piece, node);
    case "if_statement": {
      const alternative = field(node, "alternative");
      const inner = alternative?.type === "else_clause" ? alternative.children.at(-1) : alternative;
      return [
        {
          kind: "if",
          condition: part(piece, node, "condition"),
          consequence: body(piece, node, "consequence"),
          otherwise: inner === undefined ? [] : lowerStatements(piece, inner),
          at: at(piece, node),
        },
      ];
    }
    case "switch_statement":
      return [
        {
          kind: "switch",
          subject: part(piece, node, "condition"),
          cases: switchCases(piece, field(node, "body")),
          at: at(piece, node),
        },
      ];
    case "for_statement": {
      const initial = field(node, "initializer");
      const before =
        initial === undefined
          ? []
          : initial.type === "declaration"
            ? declaration(piece, initial)
            : [{ kind: "expression" as const, value: lowerExpression(piece, initial), at: at(piece, initial) }];
      const condition = field(node, "condition");
      const test = condition === undefined ? null : lowerExpression(piece, condition);
      return [...before, { kind: "loop", condition: test, body: body(piece, node, "body") }];
    }
    case "while_statement":
      return [{ kind: "loop", condition: part(piece, node, "condition"), body: body(piece, node, "body") }];
    case "do_statement":
      return [{ kind: "loop", condition: null, body: body(piece, node, "body") }];
    case "return_statement": {
      const [value] = node.children;
      return [
        { kind: "return", value: value === undefined ? null : lowerExpression(piece, value), at: at(piece, node) },
      ];
    }
    case "goto_statement":
      return [{ kind: "goto", label: textOf(piece, field(node, "label") ?? node) }];
    case "labeled_statement": {
      const rest = node.children.filter((child) => child.field !== "label");
      const label = field(node, "label");
      return [
        { kind: "label", name: label === undefined ? "" : textOf(piece, label) },
        ...rest.flatMap((child) => statement(piece, child)),
      ];
    }
    case "break_statement":
      return [{ kind: "break" }];
    case "continue_statement":
      return [{ kind: "continue" }];
    case "compound_statement":
    case "else_clause":
      return node.children.flatMap((child) => statement(piece, child));
    case "case_statement":
      return node.children.filter((child) => child.field !== "value").flatMap((child) => statement(piece, child));
    case "ERROR":
      return node.children.flatMap((child) => statement(piece, child));
    case "call_expression":
    case "assignment_expression":
      return [{ kind: "expression", value: lowerExpression(piece, node), at: at(piece, node) }];
    default:
      return [];
  }
}

function switchCases(piece: Piece, node: PlainNode | undefined): SwitchCase[] {
  const cases: SwitchCase[] = [];
  for (const child of node?.children ?? []) {
    if (child.type === "case_statement") {
      const value = field(child, "value");
      const rest = child.children.filter((one) => one.field !== "value" && one.type !== "default");
      cases.push({
        value: value === undefined ? null : lowerExpression(piece, value),
        body: rest.flatMap((one) => statement(piece, one)),
      });
    } else {
      const last = cases.pop();
      if (last !== undefined) cases.push({ value: last.value, body: [...last.body, ...statement(piece, child)] });
    }
  }
  return cases;
}

function declaration(piece: Piece, node: PlainNode): Statement[] {
  const type = field(node, "type");
  const struct = type === undefined ? null : structTag(piece, type);
  const isStatic = node.children.some(
    (child) => child.type === "storage_class_specifier" && textOf(piece, child) === "static",
  );
  return node.children
    .filter((child) => child.field === "declarator")
    .flatMap((child): Statement[] => {
      const value = child.type === "init_declarator" ? field(child, "value") : undefined;
      const declared = declaredName(piece, child);
      if (declared === null) return [];
      return [
        {
          kind: "local",
          ...declared,
          struct,
          isStatic,
          value: value === undefined ? null : lowerExpression(piece, value),
          at: at(piece, child),
        },
      ];
    });
}

function declaredName(piece: Piece, node: PlainNode): { readonly name: string; readonly pointer: boolean } | null {
  let pointer = false;
  for (
    let one: PlainNode | undefined = node;
    one !== undefined;
    one = field(one, "declarator") ?? one.children.at(-1)
  ) {
    if (one.type === "identifier") return { name: textOf(piece, one), pointer };
    if (one.type === "pointer_declarator") pointer = true;
    if (one.type === "parameter_list") return null;
  }
  return null;
}

/** The parameters of a function, from the node of its declarator. */
export function lowerParameters(piece: Piece, node: PlainNode): Parameter[] {
  const list = field(node, "parameters");
  return (list?.children ?? [])
    .filter(({ type }) => type === "parameter_declaration")
    .map((child) => {
      const type = field(child, "type");
      const declarator = field(child, "declarator");
      const declared = declarator === undefined ? null : declaredName(piece, declarator);
      return {
        name: declared?.name ?? "",
        struct: type === undefined ? null : structTag(piece, type),
        pointer: declared?.pointer ?? false,
      };
    });
}
