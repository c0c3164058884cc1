import type { Image } from "../constraints/image-layout.js";
import type { ParticipantRequest } from "../constraints/participant.js";
import type { Bytes } from "../units/quantity.js";

/** How often the CPU touches the bytes. */
export type CpuUse = "none" | "rare" | "often";

/** What is asked for: buffers that all these devices use. */
export interface PlacementRequest {
  /** At least one; the order is no preference. */
  readonly participants: readonly ParticipantRequest[];
  /** Bytes of one buffer, at least 1; taken from the image when there is one. */
  readonly size: Bytes | null;
  readonly image: Image | null;
  /** Buffers needed at the same time, at least 1. */
  readonly count: number;
  readonly cpu: CpuUse;
}
