/**
 * Statements and expressions of C, as small as their evaluation needs them. `at` is an index into the outline's `code`; in code that comes from a macro
 * it is that of the call.
 */

/** An expression. What no rule needs is `other`, with its text. */
export type Expression =
  | { readonly kind: "number"; readonly value: bigint; readonly wide: boolean; readonly unsigned: boolean }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | CallExpression
  | { readonly kind: "member"; readonly object: Expression; readonly field: string }
  | { readonly kind: "index"; readonly object: Expression; readonly index: Expression }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "assign";
      readonly operator: string;
      readonly target: Expression;
      readonly value: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "ternary";
      readonly condition: Expression;
      readonly consequence: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "cast"; readonly type: string; readonly value: Expression }
  | { readonly kind: "list"; readonly type: string | null; readonly entries: readonly ListEntry[]; readonly at: number }
  | { readonly kind: "sizeof"; readonly of: string }
  | { readonly kind: "block"; readonly statements: readonly Statement[] }
  | { readonly kind: "other"; readonly text: string };

/** `function(arguments)`. `texts` are the arguments as written, which macros paste. */
export interface CallExpression {
  readonly kind: "call";
  readonly callee: Expression;
  readonly arguments: readonly Expression[];
  readonly texts: readonly string[];
  readonly at: number;
}

/** An entry of `{ ... }`: `path` holds field names and index expressions, empty where the entry stands by position. */
export interface ListEntry {
  readonly path: readonly (string | Expression)[];
  readonly value: Expression;
  readonly at: number;
}

/** A statement. */
export type Statement =
  | { readonly kind: "expression"; readonly value: Expression; readonly at: number }
  /** `struct` is the tag of its type, null where it is none; `pointer` whether it only points there. */
  | {
      readonly kind: "local";
      readonly name: string;
      readonly struct: string | null;
      readonly pointer: boolean;
      readonly isStatic: boolean;
      readonly value: Expression | null;
      readonly at: number;
    }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly consequence: readonly Statement[];
      readonly otherwise: readonly Statement[];
      readonly at: number;
    }
  | {
      readonly kind: "switch";
      readonly subject: Expression;
      readonly cases: readonly SwitchCase[];
      readonly at: number;
    }
  | { readonly kind: "loop"; readonly condition: Expression | null; readonly body: readonly Statement[] }
  | { readonly kind: "return"; readonly value: Expression | null; readonly at: number }
  | { readonly kind: "goto"; readonly label: string }
  | { readonly kind: "label"; readonly name: string }
  | { readonly kind: "break" }
  | { readonly kind: "continue" };

/** One `case`, with what stands up to the next; `value` null for `default`. Running on into the next is for who evaluates. */
export interface SwitchCase {
  readonly value: Expression | null;
  readonly body: readonly Statement[];
}

/** A parameter; `struct` is the tag of its type. */
export interface Parameter {
  readonly name: string;
  readonly struct: string | null;
  readonly pointer: boolean;
}

/** A function ready to be evaluated. */
export interface FunctionBody {
  readonly parameters: readonly Parameter[];
  readonly statements: readonly Statement[];
  /** Places the grammar did not take; what is around them has been read. */
  readonly faults: number;
}
