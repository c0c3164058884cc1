import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readScenario } from "../../../src/simulate/scenario/read-scenario.js";
import { ROOT } from "../../../tools/project.js";
import { checkRefusal } from "../check-refusal.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/** Reading one takes a few hundred microseconds. */
export const testExecutions = 5000;

/**
 * Reads a text as scenario.
 *
 * @throws when it is refused with more than one line, or at a place outside of the text; or accepted with a stream, a set or a device that is not there
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const result = readScenario(text);
  if (!result.ok) {
    checkRefusal(text, result.refusal);
    return;
  }
  const { devices, sets, streams, phases, seed } = result.value.scenario;
  const indices = [
    ...sets.flatMap(({ participants }) => participants.map(({ device }) => ({ index: device, of: devices }))),
    ...streams.flatMap(({ sets: used }) => used.map((index) => ({ index, of: sets }))),
    ...streams.flatMap(({ steps }) =>
      steps.map(({ device }) => ({ index: device ?? 0, of: device === null ? [0] : devices })),
    ),
  ];
  for (const { index, of } of indices)
    if (!(index in of)) throw new Error(`nothing has index ${index} of ${of.length}`);
  const numbers = [
    seed,
    ...sets.map(({ count }) => count),
    ...streams.map(({ period }) => period),
    ...phases.map(({ duration }) => duration),
  ];
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${number} is no whole number from 0 on`);
  }
}

const folder = join(ROOT, "examples", "scenarios");

/** Valid scenarios to start from. */
export const seeds: Uint8Array[] = readdirSync(folder)
  .sort()
  .map((file) => new Uint8Array(readFileSync(join(folder, file))));

export const mutation: Mutation = textMutation([
  ": ",
  "- ",
  "{",
  "}",
  "[",
  "]",
  ", ",
  "\n",
  "  ",
  "&a ",
  "*a",
  "<<: ",
  "!!str ",
  "---\n",
  "# ",
  "|\n",
  '"',
  "30/s",
  "1s",
  "12M",
  "buffers:\n",
  "streams:\n",
  "phases:\n",
  "start: ",
  "null",
]);
