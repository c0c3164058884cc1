/**
 * `npm run explain:messages -- LINUX`: compares test/explain/kernel/kernel-messages.yaml with the source of a kernel. Prints listed messages the source does not have, and messages of files
 * listed whole that the list does not have; ends with 1 when there are any.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readMessages } from "../test/explain/kernel/read-messages.js";

/** Calls that print whatever the log level is set to by debugging options. */
const PRINTS =
  /\b(?:pr_(?:emerg|alert|crit|err|warn|warning|notice|info)|dev_(?:emerg|crit|err|warn|info|notice)|drm_(?:err|warn|info))(?:_once|_ratelimited|_probe)?\s*\(|\b(?:printk|WARN|WARN_ONCE|dev_WARN|dev_WARN_ONCE|panic|DRM_ERROR|DRM_WARN|DRM_INFO|DRM_DEV_ERROR|err_printk|warn_alloc|v4l2_warn)\s*\(/g;

/** The string literals of a call's arguments that stand next to one another from the first on, joined. */
function formatOf(source: string, from: number): string {
  let [depth, format, isOpen] = [1, "", true];
  for (let at = from; at < source.length && depth > 0; ) {
    const literal = /^"((?:[^"\\]|\\.)*)"/s.exec(source.slice(at, at + 2000));
    if (literal !== null) {
      if (!isOpen) break;
      format += literal[1];
      at += literal[0].length;
      continue;
    }
    const letter = source[at] ?? "";
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (format !== "" && !/[\s\\]/.test(letter)) isOpen = false;
    at += 1;
  }
  return format;
}

/** The first line that comes out of a format. */
function firstLine(format: string): string {
  const text = format.replaceAll("\\t", "\t").replaceAll('\\"', '"').replaceAll("\\n", "\n");
  return (text.trim().split("\n")[0] ?? "").trim();
}

const [linux] = process.argv.slice(2);
if (linux === undefined) {
  console.error("npm run explain:messages -- LINUX, the folder of a kernel's source");
  process.exit(2);
}
let [listed, different] = [0, 0];
for (const { file, whole, known = [], unknown = [] } of readMessages()) {
  const source = readFileSync(join(linux, file), "utf8").replaceAll(/\/\*.*?\*\//gs, " ");
  const texts = new Set(
    [...source.matchAll(/"(?:[^"\\]|\\.)*"(?:[\s\\]*"(?:[^"\\]|\\.)*")*/gs)].map(([literals]) =>
      firstLine([...literals.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text]) => text).join("")),
    ),
  );
  const printed = new Set(
    [...source.matchAll(PRINTS)].map((call) => firstLine(formatOf(source, call.index + call[0].length))),
  );
  printed.delete("");
  const messages = [...known.map(({ message }) => message), ...unknown.flatMap((one) => one.messages)];
  listed += messages.length;
  for (const message of messages.filter((one) => !texts.has(one))) {
    different += 1;
    console.log(`${file}: not in the source: ${message}`);
  }
  for (const message of whole ? [...printed].filter((one) => !messages.includes(one)) : []) {
    different += 1;
    console.log(`${file}: not in the list: ${message}`);
  }
}
console.log(`${listed} messages listed, ${different} differ from ${linux}`);
process.exitCode = different === 0 ? 0 : 1;
