/** Calls by name that stand in statements, wherever: the parsed form of what an outline only mentions. */
import type { CallExpression, Expression, Statement } from "./ir.js";

/** Every call of a function of one of some names, in the order of the text; calls in their arguments after them. */
export function callsIn(statements: readonly Statement[], names: { has(name: string): boolean }): CallExpression[] {
  const found: CallExpression[] = [];
  const expression = (value: Expression | null): void => {
    switch (value?.kind) {
      case "call":
        if (value.callee.kind === "name" && names.has(value.callee.name)) found.push(value);
        expression(value.callee);
        value.arguments.forEach(expression);
        return;
      case "member":
        return expression(value.object);
      case "index":
        expression(value.object);
        return expression(value.index);
      case "unary":
        return expression(value.operand);
      case "binary":
        expression(value.left);
        return expression(value.right);
      case "assign":
        expression(value.target);
        return expression(value.value);
      case "ternary":
        expression(value.condition);
        expression(value.consequence);
        return expression(value.otherwise);
      case "cast":
        return expression(value.value);
      case "list":
        for (const entry of value.entries) expression(entry.value);
        return;
      case "block":
        return block(value.statements);
      default:
        return;
    }
  };
  const block = (list: readonly Statement[]): void => {
    for (const statement of list) {
      switch (statement.kind) {
        case "expression":
        case "local":
        case "return":
          expression(statement.value);
          break;
        case "if":
          expression(statement.condition);
          block(statement.consequence);
          block(statement.otherwise);
          break;
        case "switch":
          expression(statement.subject);
          for (const { body } of statement.cases) block(body);
          break;
        case "loop":
          expression(statement.condition);
          block(statement.body);
          break;
        default:
          break;
      }
    }
  };
  block(statements);
  return found;
}
