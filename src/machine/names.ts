import { closeNames } from "../units/close-names.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { Device, Machine } from "./machine.js";

/** A device as a user names it; `queue` is null where none was named. */
export interface NamedDevice {
  readonly device: Device;
  readonly queue: string | null;
}

/** Why a name does not lead to one device. */
export type NameRefusal =
  | {
      readonly code: "unknown-device";
      readonly name: string;
      /** Names near to it that would resolve, best first. */
      readonly close: readonly string[];
    }
  | {
      readonly code: "ambiguous-device";
      readonly name: string;
      /** Paths of the devices it fits, sorted; disabled ones only where no enabled one fits. */
      readonly matches: readonly string[];
    }
  | {
      readonly code: "unknown-queue";
      readonly name: string;
      readonly device: string;
      /** Queues the device has; empty where nobody knows them. */
      readonly queues: readonly string[];
    };

const BY_COMPATIBLE = "compatible:";

/**
 * Finds the device a text means: its path or PCI address; a node under `/dev` that leads to it; its node name, alias, label or name on its bus; its base name; `compatible:STRING`. `#QUEUE` behind
 * any of them names a queue.
 *
 * A path is exact. Else an enabled device comes before disabled ones, and a whole name before a base name; two that are left are ambiguous.
 */
export function resolveDevice(machine: Machine, text: string): Result<NamedDevice, NameRefusal> {
  const hash = text.lastIndexOf("#");
  const name = hash < 0 ? text : text.slice(0, hash);
  const found = findDevice(machine, name);
  if (!found.ok) return found;
  const device = found.value;
  if (hash < 0) return accepted({ device, queue: null });
  const queue = text.slice(hash + 1);
  const queues = [...new Set(device.queues.map((one) => one.queue))];
  if (!queues.includes(queue)) return refused({ code: "unknown-queue", name: queue, device: device.path, queues });
  return accepted({ device, queue });
}

function findDevice(machine: Machine, name: string): Result<Device, NameRefusal> {
  const { devices } = machine;
  const exact =
    devices.find((device) => device.path === name) ??
    devices.find((device) => device.devNodes?.includes(name) === true);
  if (exact !== undefined) return accepted(exact);
  const matches = name.startsWith(BY_COMPATIBLE)
    ? devices.filter((device) => device.compatible.includes(name.slice(BY_COMPATIBLE.length)))
    : matchNames(devices, name);
  const enabled = matches.filter((device) => device.enabled);
  const left = enabled.length > 0 ? enabled : matches;
  const [first] = left;
  if (first === undefined) return refused({ code: "unknown-device", name, close: closeTo(devices, name) });
  if (left.length === 1) return accepted(first);
  return refused({ code: "ambiguous-device", name, matches: left.map((device) => device.path).sort() });
}

function matchNames(devices: readonly Device[], name: string): readonly Device[] {
  const whole = devices.filter(
    (device) =>
      device.name === name ||
      device.aliases.includes(name) ||
      device.labels.includes(name) ||
      device.running?.busId === name,
  );
  return whole.length > 0 ? whole : devices.filter((device) => baseName(device) === name);
}

function closeTo(devices: readonly Device[], name: string): readonly string[] {
  if (name.startsWith(BY_COMPATIBLE)) {
    const known = devices.flatMap((device) => device.compatible);
    return closeNames(name.slice(BY_COMPATIBLE.length), known).map((one) => `${BY_COMPATIBLE}${one}`);
  }
  if (name.startsWith("/")) {
    const paths = closeNames(
      name,
      devices.flatMap((device) => [device.path, ...(device.devNodes ?? [])]),
    );
    if (paths.length > 0) return paths;
  }
  const lastPart = name.slice(name.lastIndexOf("/") + 1);
  const names = devices.flatMap((device) => [device.name, baseName(device), ...device.aliases, ...device.labels]);
  const near = closeNames(lastPart, names);
  if (near.length > 0) return near;
  const compatibles = devices.flatMap((device) => device.compatible);
  return closeNames(lastPart, compatibles).map((one) => `${BY_COMPATIBLE}${one}`);
}

function baseName(device: Device): string {
  return device.name.split("@", 1)[0] as string;
}

/** The sentence for a refusal: what was asked, why it is not clear, what would be. */
export function explainName(refusal: NameRefusal): string {
  switch (refusal.code) {
    case "unknown-device":
      return refusal.close.length === 0
        ? `no device that does DMA is called "${refusal.name}"; coalloc devices MACHINE --all lists them`
        : `no device that does DMA is called "${refusal.name}"; near to it: ${refusal.close.join(", ")}`;
    case "ambiguous-device":
      return `"${refusal.name}" fits ${refusal.matches.length} devices; name one by its path: ${refusal.matches.join(", ")}`;
    case "unknown-queue":
      return refusal.queues.length === 0
        ? `no queue of ${refusal.device} is known, so "${refusal.name}" cannot be one; leave the queue out`
        : `${refusal.device} has no queue "${refusal.name}"; it has ${refusal.queues.join(", ")}`;
  }
}
