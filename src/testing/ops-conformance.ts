import type { Device, Machine } from "../machine/machine.js";
import type { OpsRegistration } from "../simulate/mapping/choose-ops.js";
import { OpsConformanceError, type OpsViolation } from "./ops-law.js";
import { opsMachine } from "./ops-machine.js";
import { type OpsOperation, randomOpsOperations } from "./ops-operation.js";
import { runOpsSequence } from "./ops-sequence.js";
import { Random } from "./random.js";

/** How much {@link checkOps} tries, and on what. */
export interface OpsConformanceOptions {
  /** Default 1. The same seed tries the same sequences. */
  readonly seed?: number;
  /** Sequences for each device; default 10. */
  readonly sequences?: number;
  /** Steps of a sequence; default 40. */
  readonly operations?: number;
  /** Default: a small machine with devices of every kind. */
  readonly machine?: Machine;
}

/** What {@link checkOps} tried. */
export interface OpsConformanceReport {
  readonly ops: string;
  readonly seed: number;
  /** Paths of the devices that the operations were tried for. */
  readonly devices: readonly string[];
  readonly sequences: number;
  /** Mappings and allocations that were made. */
  readonly accepted: number;
  /** Mappings and allocations that were refused. */
  readonly refused: number;
}

/**
 * Checks that mapping operations keep what all operations promise: random sequences of maps, syncs and allocations for every device of a machine
 * that they choose, with faults, each law after each step. Needs no test runner; a call inside any test will do.
 *
 * @throws OpsConformanceError with the law, and the shortest sequence found that breaks it
 * @throws RangeError when an option is no positive integer, or the operations choose no device of the machine
 */
export function checkOps(registration: OpsRegistration, options: OpsConformanceOptions = {}): OpsConformanceReport {
  const { seed = 1, sequences = 10, operations = 40, machine = opsMachine() } = options;
  for (const [name, value] of Object.entries({ sequences, operations })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; at least 1 is needed`);
  }
  const devices = machine.devices.filter((device) => registration.chooses(device));
  if (devices.length === 0) throw new RangeError(`${registration.name} choose no device of ${machine.model}`);
  const random = new Random(seed);
  let accepted = 0;
  let refused = 0;
  for (const device of devices) {
    for (let sequence = 0; sequence < sequences; sequence += 1) {
      const list = randomOpsOperations(random, machine.profile.pageSize, operations);
      const run = runOpsSequence(registration, machine, device, list);
      if ("law" in run) throw shrunk(registration, machine, device, seed, list, run);
      accepted += run.accepted;
      refused += run.refused;
      if (sequence > 0) continue;
      const again = runOpsSequence(registration, machine, device, list);
      if ("law" in again || again.answers !== run.answers) {
        const violation: OpsViolation = {
          law: "deterministic",
          sentence: "a second run of the same calls answers otherwise",
        };
        throw new OpsConformanceError(violation, {
          ops: registration.name,
          device: device.path,
          seed,
          operations: list,
        });
      }
    }
  }
  const paths = devices.map((device) => device.path);
  return { ops: registration.name, seed, devices: paths, sequences: devices.length * sequences, accepted, refused };
}

/** Leaves out steps as long as the same law breaks. */
function shrunk(
  registration: OpsRegistration,
  machine: Machine,
  device: Device,
  seed: number,
  operations: readonly OpsOperation[],
  found: OpsViolation,
): OpsConformanceError {
  let shortest = operations;
  let violation = found;
  for (let size = Math.ceil(operations.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const candidate = [...shortest.slice(0, at), ...shortest.slice(at + size)];
      const run = runOpsSequence(registration, machine, device, candidate);
      if ("law" in run && run.law === found.law) {
        shortest = candidate;
        violation = run;
      } else at += size;
    }
  }
  return new OpsConformanceError(violation, {
    ops: registration.name,
    device: device.path,
    seed,
    operations: shortest,
  });
}
