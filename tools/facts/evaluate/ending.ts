import type { Expression, Statement } from "../c/ir.js";

const ERROR_NAMES = new Set(["ret", "err", "rc", "error", "rv", "retval", "status", "result", "r", "res"]);
const ERROR_CALLS = new Set(["dev_err_probe", "PTR_ERR", "ERR_PTR", "ERR_CAST", "PTR_ERR_OR_ZERO", "ERR_OR_NULL"]);
const ERROR_LABEL =
  /err|fail|out|free|put|disable|unmap|release|unreg|clean|exit|bail|unlock|remove|destroy|disconnect|undo|unwind|unprepare|deinit|bad|abort|done|close|reset|assert|rpm|pm_|clk|dealloc|detach|unbind|unload|_un/i;

/** Whether a block ends by giving up: it returns an error or leaves through a label that undoes things. */
export function endsInError(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  switch (last?.kind) {
    case "return":
      return last.value !== null && isError(last.value);
    case "goto":
      return ERROR_LABEL.test(last.label);
    case "if":
      return last.otherwise.length > 0 && endsInError(last.consequence) && endsInError(last.otherwise);
    default:
      return false;
  }
}

/**
 * Whether a branch gives up: it ends in an error, or hands back what its condition found negative, missing or an error.
 */
export function givesUp(condition: Expression, statements: readonly Statement[]): boolean {
  if (endsInError(statements)) return true;
  const last = statements.at(-1);
  return last?.kind === "return" && testsOutcome(condition);
}

/** `x < 0`, `IS_ERR(x)`, or one of these joined with others. */
function testsOutcome(condition: Expression): boolean {
  if (condition.kind === "binary") {
    if (condition.operator === "&&" || condition.operator === "||") {
      return testsOutcome(condition.left) || testsOutcome(condition.right);
    }
    const { right } = condition;
    return (condition.operator === "<" || condition.operator === "<=") && right.kind === "number" && right.value === 0n;
  }
  if (condition.kind === "name") return ERROR_NAMES.has(condition.name);
  return condition.kind === "call" && condition.callee.kind === "name" && condition.callee.name.startsWith("IS_ERR");
}

function isError(value: Expression): boolean {
  switch (value.kind) {
    case "unary":
      return value.operator === "-";
    case "name":
      return ERROR_NAMES.has(value.name);
    case "call":
      return value.callee.kind === "name" && ERROR_CALLS.has(value.callee.name);
    case "cast":
      return isError(value.value);
    case "ternary":
      return isError(value.consequence) && isError(value.otherwise);
    default:
      return false;
  }
}

/** Whether a variable of this name holds the outcome of a call: 0 where all went well. */
export function holdsOutcome(name: string): boolean {
  return ERROR_NAMES.has(name);
}
