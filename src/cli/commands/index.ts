import type { CommandSpec } from "../command.js";
import { completionFor } from "./completion.js";

/** The commands by name, in the order help lists them. Each is read only where it is asked for, so that none waits for what others need. */
const COMMANDS: ReadonlyMap<string, () => Promise<CommandSpec>> = new Map([
  ["place", async () => (await import("./place.js")).placeCommand],
  ["machine", async () => (await import("./machine.js")).machineCommand],
  ["devices", async () => (await import("./devices.js")).devicesCommand],
  ["heaps", async () => (await import("./heaps.js")).heapsCommand],
  ["reach", async () => (await import("./reach.js")).reachCommand],
  ["check", async () => (await import("./check.js")).checkCommand],
  ["run", async () => (await import("./run.js")).runCommand],
  ["survey", async () => (await import("./survey.js")).surveyCommand],
  ["facts", async () => (await import("./facts.js")).factsCommand],
  ["explain", async () => (await import("./explain.js")).explainCommand],
  ["doctor", async () => (await import("./doctor.js")).doctorCommand],
  ["alloc", async () => (await import("./alloc.js")).allocCommand],
  ["broker", async () => (await import("./broker.js")).brokerCommand],
  ["top", async () => (await import("./top.js")).topCommand],
]);

/**
 * Reads commands.
 *
 * @param name - that of the only one wanted
 * @returns that one; where no command but `completion`, which is about all of them, has the name, every command, in the order help lists them
 */
export async function loadCommands(name?: string): Promise<readonly CommandSpec[]> {
  const load = name === undefined ? undefined : COMMANDS.get(name);
  if (load !== undefined) return [await load()];
  const working = await Promise.all([...COMMANDS.values()].map((each) => each()));
  return [...working, completionFor(working)];
}
