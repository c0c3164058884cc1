import type { Image } from "../../constraints/image-layout.js";
import type { ParticipantRequest } from "../../constraints/participant.js";
import type { Machine } from "../../machine/machine.js";
import { type Placement, placeBuffer } from "../../placement/place.js";
import type { CheckedRequest } from "../../simulate/buffers/buffer-requests.js";
import type { HeapChoice } from "../memory/linux-memory.js";

/** Decisions kept; beyond that they are made anew. */
const MOST_DECISIONS = 1024;

/** Where buffers go. */
export interface Decision {
  readonly placement: Placement;
  /** Ways that are worth trying, in order: what is not refused, and of several that are one and the same call the first. A device that falls back to other memory does so by itself. */
  readonly ways: readonly HeapChoice[];
}

/** Where buffers go, decided once for each set of participants and each size: programs ask for the same again and again. */
export class Decisions {
  readonly #machine: Machine;
  readonly #made: Map<string, Decision> = new Map();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** @throws RangeError without participants */
  decide(participants: readonly ParticipantRequest[], wanted: CheckedRequest): Decision {
    const { size, image, count, cpu } = wanted;
    const devices = participants.map(({ device, queue, access }) => `${device.path}#${queue ?? ""} ${access}`);
    const key = [size, imageKey(image), count, cpu, ...devices].join(" ");
    let decision = this.#made.get(key);
    if (decision === undefined) {
      const placement = placeBuffer(this.#machine, { ...wanted, participants });
      decision = { placement, ways: distinctWays(placement) };
      if (this.#made.size === MOST_DECISIONS) this.#made.clear();
      this.#made.set(key, decision);
    }
    return decision;
  }
}

function distinctWays({ candidates }: Placement): readonly HeapChoice[] {
  const seen = new Set<string>();
  return candidates.filter(({ verdict, route: { kind, path, exporter } }) => {
    const way = `${kind} ${path ?? ""} ${exporter?.device.path ?? ""} ${exporter?.queue.queue ?? ""}`;
    if (verdict === "refused" || seen.has(way)) return false;
    seen.add(way);
    return true;
  });
}

function imageKey(image: Image | null): string {
  return image === null ? "" : `${image.width}x${image.height}:${image.format}:${image.modifier}`;
}
