/** How a driver learns which compatible matched. */
import { type MatchEntry, matchEntries } from "../program/drivers.js";
import type { KnownCall, KnownFunction } from "./run.js";
import { ONE, pointer, Thing, unknown, type Value, ZERO } from "./values.js";

/**
 * Functions that look at the node's compatibles and the data that goes with them.
 *
 * @param entry - the entry the run is for
 * @param file - of the table it stands in
 */
export function matchFunctions(entry: MatchEntry, file: string): [string, KnownFunction][] {
  const data = (call: KnownCall): Value => {
    if (entry.data === null) return ZERO;
    return call.run.expressions.markMatch(call.run.expressions.initialValue(entry.data, file));
  };
  const ofDevice: KnownFunction = (call) => (call.thing(0).device?.kind === "self" ? data(call) : undefined);
  const matched = (call: KnownCall, value: Value): Value => {
    const thing = new Thing("match", null, true, true);
    thing.fields.set("compatible", { kind: "text", text: entry.compatible });
    thing.fields.set("data", value);
    return pointer(thing);
  };
  const inTable = (call: KnownCall, text: string | undefined): Value => {
    const name = (text ?? "")
      .replace(/^&/, "")
      .replace(/\[0\]$/, "")
      .trim();
    const table = call.run.source.define(name, call.frame.file);
    // A table that is not found, as one behind `dev->driver`, is the one that matched.
    if (table?.kind !== "variable") return matched(call, data(call));
    const found = matchEntries(call.run.source, table).entries.find(
      ({ compatible }) => compatible === entry.compatible,
    );
    if (found === undefined) return ZERO;
    if (found.data === null) return matched(call, ZERO);
    return matched(call, call.run.expressions.markMatch(call.run.expressions.initialValue(found.data, table.file)));
  };
  const compatibleWith = (call: KnownCall, isSelf: boolean): Value => {
    const name = call.value(1);
    if (name.kind !== "text") return unknown(`is compatible with ${call.texts[1]}`);
    if (!isSelf) return unknown(`${call.texts[0]} is compatible with ${name.text}`);
    if (name.text === entry.compatible) return { ...ONE, fromMatch: true };
    return { ...ZERO, fromMatch: true };
  };
  return [
    ["of_device_get_match_data", ofDevice],
    ["device_get_match_data", ofDevice],
    ["of_match_device", (call) => (call.thing(1).device?.kind === "self" ? inTable(call, call.texts[0]) : undefined)],
    ["of_match_node", (call) => (call.thing(1).node?.kind === "self" ? inTable(call, call.texts[0]) : undefined)],
    ["of_device_is_compatible", (call) => compatibleWith(call, call.thing(0).node?.kind === "self")],
    ["device_is_compatible", (call) => compatibleWith(call, call.thing(0).device?.kind === "self")],
    ["of_machine_is_compatible", (call) => unknown(`the machine is compatible with ${call.texts[0]}`)],
  ];
}
