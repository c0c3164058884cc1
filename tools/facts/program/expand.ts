import type { Macro } from "../c/clean.js";

/**
 * The text that a use of a function-like macro becomes. Arguments are pasted (`##`) and quoted (`#`) as the preprocessor does it.
 *
 * @param texts - the arguments as written
 */
export function expandMacro(macro: Macro, texts: readonly string[]): string {
  const parameters = macro.parameters ?? [];
  const last = parameters.at(-1) ?? "";
  const variadic = last.endsWith("...");
  const values = new Map<string, string>();
  parameters.forEach((parameter, index) => {
    if (variadic && index === parameters.length - 1) {
      values.set(last === "..." ? "__VA_ARGS__" : last.slice(0, -3), texts.slice(index).join(", "));
    } else values.set(parameter, texts[index] ?? "");
  });
  const words = macro.body.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\d\w*|##|\s+|./gs) ?? [];
  let result = "";
  let paste = false;
  let quote = false;
  for (const word of words) {
    if (word === "##") {
      result = result.trimEnd();
      paste = true;
    } else if (/^\s/.test(word)) {
      if (!paste) result += " ";
    } else if (word === "#") quote = true;
    else {
      const value = values.get(word);
      result += value === undefined ? word : quote ? JSON.stringify(value.trim()) : value;
      paste = false;
      quote = false;
    }
  }
  return result;
}
