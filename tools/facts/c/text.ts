import type { Expression } from "./ir.js";

/** An expression as a person would write it in C; long ones are cut. */
export function expressionText(expression: Expression): string {
  const text = written(expression);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function written(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.value > 4096n ? `0x${expression.value.toString(16)}` : expression.value.toString();
    case "string":
      return JSON.stringify(expression.text);
    case "name":
      return expression.name;
    case "call":
      return `${written(expression.callee)}(${expression.texts.join(", ").replaceAll(/\s+/g, " ")})`;
    case "member":
      return `${inner(expression.object)}->${expression.field}`.replace(/^&(\w+)->/, "$1.");
    case "index":
      return `${inner(expression.object)}[${written(expression.index)}]`;
    case "unary":
      return `${expression.operator}${inner(expression.operand)}`;
    case "binary":
      return `${inner(expression.left)} ${expression.operator} ${inner(expression.right)}`;
    case "assign":
      return `${written(expression.target)} ${expression.operator} ${written(expression.value)}`;
    case "ternary":
      return `${inner(expression.condition)} ? ${inner(expression.consequence)} : ${inner(expression.otherwise)}`;
    case "cast":
      return written(expression.value);
    case "list":
      return "{ ... }";
    case "sizeof":
      return `sizeof(${expression.of})`;
    case "block":
      return "({ ... })";
    case "other":
      return expression.text.replaceAll(/\s+/g, " ");
  }
}

function inner(expression: Expression): string {
  const text = written(expression);
  return expression.kind === "binary" || expression.kind === "ternary" || expression.kind === "assign"
    ? `(${text})`
    : text;
}
