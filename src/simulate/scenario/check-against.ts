import { ALGORITHMS, findAlgorithm } from "../../algorithms/registry.js";
import { parseImage } from "../../constraints/image-layout.js";
import { sourcesOf } from "../../heaps/source.js";
import type { Machine } from "../../machine/machine.js";
import { explainName, resolveDevice } from "../../machine/names.js";
import { closeNames } from "../../units/close-names.js";
import { quoted } from "../../units/quote.js";
import type { ScenarioFile, ScenarioRefusal } from "./read-scenario.js";
import type { HeapRef } from "./scenario.js";

/**
 * Whether a machine has the devices and heaps that a scenario names, and they can do what it asks.
 *
 * @returns the first name that leads nowhere, with its place in the text; null when all is there
 */
export function checkAgainst(machine: Machine, { scenario, fault }: ScenarioFile): ScenarioRefusal | null {
  for (const { asked, path } of scenario.devices) {
    const named = resolveDevice(machine, asked);
    if (!named.ok) return fault("bad-reference", path, explainName(named.refusal));
  }
  for (const { image, path } of scenario.sets) {
    const parsed = image === null ? null : parseImage(image);
    if (parsed?.ok === false) {
      const text =
        "is no picture that a layout is known for; write WIDTHxHEIGHT:FOURCC[:MODIFIER], as in 1920x1080:NV12";
      return fault("bad-field", [...path, "image"], text);
    }
  }
  const sources = sourcesOf(machine);
  const ids = sources.map(({ id }) => id);
  for (const [heap, name] of Object.entries(scenario.system.algorithms)) {
    const path = ["system", "algorithms", heap];
    if (!sources.some(({ id, kind }) => id === heap || kind === heap))
      return missingHeap(fault, { id: heap, path }, ids);
    if (findAlgorithm(name) !== undefined) continue;
    const names = ALGORITHMS.map((one) => one.name);
    return fault("bad-reference", path, `no algorithm is called ${quoted(name)}${suggestion(name, names)}`);
  }
  for (const ref of heapRefs(scenario)) if (!ids.includes(ref.id)) return missingHeap(fault, ref, ids);
  return null;
}

function heapRefs({ sets, phases }: ScenarioFile["scenario"]): readonly HeapRef[] {
  const ofActions = phases.flatMap(({ actions }) =>
    actions.flatMap((action) => ("heap" in action ? [action.heap] : [])),
  );
  return [...sets.map(({ heap }) => heap), ...ofActions].filter((heap) => heap !== null);
}

function missingHeap(fault: ScenarioFile["fault"], { id, path }: HeapRef, ids: readonly string[]): ScenarioRefusal {
  return fault("bad-reference", path, `the machine has no heap ${quoted(id)}${suggestion(id, ids)}`);
}

function suggestion(word: string, known: readonly string[]): string {
  const [close] = closeNames(word, known, 1);
  return close === undefined ? `; there are ${known.join(", ")}` : `; did you mean ${close}?`;
}
