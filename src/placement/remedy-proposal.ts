import type { Machine } from "../machine/machine.js";
import type { Remedy } from "./remedy.js";
import type { PlacementRequest } from "./request.js";

/** A change that may help, with the machine and the request as they would be after it. */
export interface Proposal extends Omit<Remedy, "heap"> {
  readonly machine: Machine;
  readonly request: PlacementRequest;
}

/** Several ways to the same end, the best first: the first one that helps is offered. */
export type Alternatives = readonly Proposal[];

/** The request on a changed machine: the same devices, as they are there. */
export function requestOn(machine: Machine, request: PlacementRequest): PlacementRequest {
  const renewed = new Map(machine.devices.map((d) => [d.path, d]));
  const participants = request.participants.map((p) => ({ ...p, device: renewed.get(p.device.path) ?? p.device }));
  return { ...request, participants };
}

/** A kernel command line with an option behind the others, where it wins. */
export function withOption(commandLine: string, option: string): string {
  return `${commandLine} ${option}`.trimStart();
}
