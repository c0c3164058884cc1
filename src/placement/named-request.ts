import { type Image, type ImageRefusal, parseImage } from "../constraints/image-layout.js";
import type { ParticipantRequest } from "../constraints/participant.js";
import type { Machine } from "../machine/machine.js";
import { type NameRefusal, resolveDevice } from "../machine/names.js";
import type { Bytes } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { CpuUse, PlacementRequest } from "./request.js";

/** A request in the words of a user: devices by name, the picture as `WIDTHxHEIGHT:FOURCC[:MODIFIER]`. */
export interface NamedRequest {
  /** Any name {@link resolveDevice} takes, `#QUEUE` behind it where queues differ. */
  readonly devices: readonly string[];
  /** Bytes of one buffer; either this or `image`. */
  readonly size?: Bytes;
  readonly image?: string;
  /** Default 1. */
  readonly count?: number;
  /** Default `rare`, as on the command line. */
  readonly cpu?: CpuUse;
}

/** Why a request cannot be asked. Codes are public and never change meaning. */
export type RequestRefusal =
  | NameRefusal
  | ImageRefusal
  | { readonly code: "no-devices" }
  | { readonly code: "size-or-image" }
  | { readonly code: "bad-size"; readonly size: number }
  | { readonly code: "bad-count"; readonly count: number };

/** Resolves the names of a request on a machine; devices first, then the numbers. */
export function readRequest(machine: Machine, named: NamedRequest): Result<PlacementRequest, RequestRefusal> {
  if (named.devices.length === 0) return refused({ code: "no-devices" });
  const participants: ParticipantRequest[] = [];
  for (const name of named.devices) {
    const found = resolveDevice(machine, name);
    if (!found.ok) return found;
    participants.push({ device: found.value.device, queue: found.value.queue, access: "read-write" });
  }
  const { size, count = 1, cpu = "rare" } = named;
  if ((size === undefined) === (named.image === undefined)) return refused({ code: "size-or-image" });
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 1)) return refused({ code: "bad-size", size });
  if (!(Number.isSafeInteger(count) && count >= 1)) return refused({ code: "bad-count", count });
  let image: Image | null = null;
  if (named.image !== undefined) {
    const parsed = parseImage(named.image);
    if (!parsed.ok) return parsed;
    image = parsed.value;
  }
  return accepted({ participants, size: size ?? null, image, count, cpu });
}
