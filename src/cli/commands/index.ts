import type { CommandSpec } from "../command.js";
import { allocCommand } from "./alloc.js";
import { brokerCommand } from "./broker.js";
import { checkCommand } from "./check.js";
import { completionFor } from "./completion.js";
import { devicesCommand } from "./devices.js";
import { doctorCommand } from "./doctor.js";
import { explainCommand } from "./explain.js";
import { factsCommand } from "./facts.js";
import { heapsCommand } from "./heaps.js";
import { machineCommand } from "./machine.js";
import { placeCommand } from "./place.js";
import { reachCommand } from "./reach.js";
import { runCommand } from "./run.js";
import { surveyCommand } from "./survey.js";
import { topCommand } from "./top.js";

const WORKING: readonly CommandSpec[] = [
  placeCommand,
  machineCommand,
  devicesCommand,
  heapsCommand,
  reachCommand,
  checkCommand,
  runCommand,
  surveyCommand,
  factsCommand,
  explainCommand,
  doctorCommand,
  allocCommand,
  brokerCommand,
  topCommand,
];

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandSpec[] = [...WORKING, completionFor(WORKING)];
