/**
 * Says in words what a value hangs on: the names that a reader can look up, not the code around them.
 *
 *     host->flags & SDHCI_USE_64_BIT_DMA             SDHCI_USE_64_BIT_DMA in host->flags
 *     of_property_read_bool(np, "little-endian")     property little-endian
 */
import type { Condition } from "../evaluate/values.js";

/** Longest comparison that is left as it is. */
const SHORT = 40;
/** Tests that are named at most: those nearest to the call say the most. */
const MOST = 2;

/** What the tests come to together; each name once. */
export function conditionWords(when: readonly Condition[]): string {
  const words = [...new Set(when.map(({ text, holds }) => testWords(text, holds)))];
  return words.slice(-MOST).join(", and ");
}

function testWords(text: string, holds: boolean): string {
  const bare = withoutParentheses(text);
  const inner = bare.startsWith("!") ? withoutParentheses(bare.slice(1)) : null;
  if (inner !== null && (inner !== bare.slice(1) || /^[\w.>-]+(\([^()]*\))?$/.test(inner)))
    return testWords(inner, !holds);
  const thing = named(bare);
  if (thing !== null) return holds ? thing : `no ${thing}`;
  const isShort = bare.length <= SHORT && !/[(){}]/.test(bare);
  const words = isShort ? bare : `what ${namesIn(bare).join(", ")} ${namesIn(bare).length === 1 ? "says" : "say"}`;
  return holds ? words : `not ${isShort ? `(${words})` : words}`;
}

/** A thing that is there or not: a flag, a property, an option, a bit. */
function named(text: string): string | null {
  const option = /^(?:IS_ENABLED|IS_REACHABLE|IS_BUILTIN)\((CONFIG_\w+)\)$/.exec(text);
  if (option !== null) return option[1] as string;
  const property = /^(?:of|device|fwnode)_property_(?:read_bool|present)\([^"]*"([^"]+)"\)$/.exec(text);
  if (property !== null) return `property ${property[1]}`;
  const compatible = /^(?:of_device|of_machine|device)_is_compatible\([^"]*"([^"]+)"\)$/.exec(text);
  if (compatible !== null) return `compatible ${compatible[1]}`;
  const flag = /^([\w.>-]+) & (?:\(([A-Z0-9_]+(?: \| [A-Z0-9_]+)*)\)|([A-Z0-9_]+))$/.exec(text);
  if (flag !== null) return `${(flag[2] ?? flag[3] ?? "").replaceAll(" | ", " or ")} in ${flag[1]}`;
  return /^[\w.>-]+$/.test(text) ? text : null;
}

/** Names in the order they stand, each once; numbers and the names of types are none. */
function namesIn(text: string): readonly string[] {
  const names = text.match(/"[^"]*"|[A-Za-z_]\w*(?:(?:->|\.)\w+)*/g) ?? [];
  return [...new Set(names)].filter((name) => !/^(sizeof|u\d+|s\d+|int|unsigned|long|dev|pdev|np)$/.test(name));
}

function withoutParentheses(text: string): string {
  let bare = text.trim();
  while (bare.startsWith("(") && closesAt(bare) === bare.length - 1) bare = bare.slice(1, -1).trim();
  return bare;
}

/** Where the parenthesis that opens at 0 closes; -1 where it does not. */
function closesAt(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === "(") depth += 1;
    else if (text[i] === ")") depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}
