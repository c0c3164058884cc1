/** The second half of the drawn sample, as read. */
import type { Reading, Unbound } from "./reading.js";

/** In the order of the draw. */
export const READINGS_B: readonly (Reading | Unbound)[] = [];
