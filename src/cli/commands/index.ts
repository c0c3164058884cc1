import type { CommandSpec } from "../command.js";
import { completionCommand } from "./completion.js";
import { devicesCommand } from "./devices.js";
import { factsCommand } from "./facts.js";
import { heapsCommand } from "./heaps.js";
import { machineCommand } from "./machine.js";
import { placeCommand } from "./place.js";
import { reachCommand } from "./reach.js";
import { surveyCommand } from "./survey.js";

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  placeCommand,
  machineCommand,
  devicesCommand,
  heapsCommand,
  reachCommand,
  surveyCommand,
  factsCommand,
  completionCommand,
];
