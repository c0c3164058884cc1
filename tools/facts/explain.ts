import type { Value } from "./evaluate/values.js";
import { hexadecimal } from "./rules/masks.js";
import type { Question } from "./rules/rule.js";
import { whenText } from "./rules/settings.js";

/** All that was seen of one compatible, for people: functions followed, events with values and conditions, what could not be resolved. */
export function explainQuestion({ driver, entry, reach, trace }: Question): string {
  return [
    `${entry.compatible}: ${driver.table.file}:${entry.line}, probe ${driver.probe.name}() in ${driver.probe.file}:${driver.probe.line}`,
    `${reach.nodes.size} definitions in reach, ${trace.followed.length} functions followed: ${trace.followed.map(({ name }) => name).join(" ")}`,
    ...trace.events.map((event) => {
      const what =
        event.kind === "call"
          ? `${event.name}(${event.arguments.map(valueText).join(", ")})`
          : `${event.target.text}->${event.field} = ${valueText(event.value)}`;
      const how = [
        event.byMatch && "by match data",
        event.later && "in a callback",
        event.looped && "in a loop",
      ].filter(Boolean);
      return `  ${event.file}:${event.line} ${event.function}(): ${what}, ${whenText(event.when, false)}${how.length > 0 ? ` (${how.join(", ")})` : ""}`;
    }),
    ...trace.unresolved.map(({ text, file, line }) => `  ${file}:${line}: nobody knows what ${text} calls`),
    ...(trace.exhausted ? ["  the run was cut off"] : []),
  ].join("\n");
}

function valueText(value: Value): string {
  switch (value.kind) {
    case "integer":
      return `${hexadecimal(value.value)}${value.fromMatch ? " (match data)" : ""}`;
    case "text":
      return JSON.stringify(value.text);
    case "function":
      return value.fn.name;
    case "thing": {
      const { device, node, text } = value.thing;
      return device !== null ? `device ${device.kind}` : node !== null ? `node of ${node.kind}` : text;
    }
    case "place":
      return `&${value.thing.text}->${value.field}`;
    case "choice":
      return value.options
        .map((option) => `${valueText(option.value)} when ${whenText(option.when, true)}`)
        .join(" | ");
    case "unknown":
      return `?${value.text}`;
  }
}
