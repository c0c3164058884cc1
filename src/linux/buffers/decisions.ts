import type { Image } from "../../constraints/image-layout.js";
import type { ParticipantRequest } from "../../constraints/participant.js";
import type { Machine } from "../../machine/machine.js";
import { type Placement, placeBuffer } from "../../placement/place.js";
import type { CheckedRequest } from "../../simulate/buffers/buffer-requests.js";

/** Decisions kept; beyond that they are made anew. */
const MOST_DECISIONS = 1024;

/** Where buffers go, decided once for each set of participants and each size: programs ask for the same again and again. */
export class Decisions {
  readonly #machine: Machine;
  readonly #made: Map<string, Placement> = new Map();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** @throws RangeError without participants */
  place(participants: readonly ParticipantRequest[], wanted: CheckedRequest): Placement {
    const { size, image, count, cpu } = wanted;
    const devices = participants.map(({ device, queue, access }) => `${device.path}#${queue ?? ""} ${access}`);
    const key = [size, imageKey(image), count, cpu, ...devices].join(" ");
    let placement = this.#made.get(key);
    if (placement === undefined) {
      placement = placeBuffer(this.#machine, { ...wanted, participants });
      if (this.#made.size === MOST_DECISIONS) this.#made.clear();
      this.#made.set(key, placement);
    }
    return placement;
  }
}

function imageKey(image: Image | null): string {
  return image === null ? "" : `${image.width}x${image.height}:${image.format}:${image.modifier}`;
}
