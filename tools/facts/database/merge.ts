import type { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { subsystemOf } from "../program/subsystem.js";

/**
 * Facts of some folders, read anew, in place of those a database has of them.
 *
 * @param folders - whole ones, as they were read
 * @returns all facts, in the order a run over the whole kernel finds them: where two drivers take a compatible, the same one comes first
 */
export function mergedFacts(
  database: ExtractedFacts,
  folders: readonly string[],
  anew: readonly DeviceFact[],
): DeviceFact[] {
  const isRead = ({ driver }: DeviceFact): boolean => folders.some((folder) => driver.file.startsWith(`${folder}/`));
  const kept = [...database.names()].flatMap((name) => database.of(name)).filter((fact) => !isRead(fact));
  return [...kept, ...anew].sort((a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)];
    return one < other ? -1 : one > other ? 1 : a.driver.line - b.driver.line;
  });
}

function keyOf({ driver: { file } }: DeviceFact): string {
  return `${subsystemOf(file) ?? file.split("/").slice(0, 2).join("/")} ${file}`;
}
