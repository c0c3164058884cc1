import type { Paint } from "./paint.js";

/** How an answer is laid out. */
export interface Look {
  /** Characters a line may have. */
  readonly width: number;
  readonly paint: Paint;
}
