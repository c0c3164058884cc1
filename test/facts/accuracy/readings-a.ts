/** The first half of the drawn sample, as read. */
import type { Reading, Unbound } from "./reading.js";

/** In the order of the draw. */
export const READINGS_A: readonly (Reading | Unbound)[] = [];
