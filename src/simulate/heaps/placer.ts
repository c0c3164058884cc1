/**
 * Where in an area a request goes, one candidate after the other until its pages can be had.
 *
 *     first   . . # # x x x x . . .      taken for the request; one of its pages will not move
 *     next    . . # # . . x x x x .      given up, and the next candidate taken
 *     keep                └ now it is an allocation; what was given up on the way is free again
 *
 * Between `first` and `keep` or `abandon` a placer works for one request only. Units, not bytes.
 */
export interface Placer {
  /** Name of the policy. */
  readonly name: string;
  /** Units of the area. */
  readonly units: number;
  /** Whether the first unit of a candidate is aligned as asked. */
  readonly aligns: boolean;
  /** Units that a request of so many takes. */
  takenBy(units: number): number;
  /** True when an empty area has room for such a request. */
  couldFit(units: number, align: number): boolean;
  /** Takes the first candidate. @returns its first unit, or -1 when there is none */
  first(units: number, align: number): number;
  /** Gives up the last candidate and takes another one. @returns its first unit, or -1 when there is none left and nothing is taken any more */
  next(): number;
  /** The last candidate becomes an allocation. @returns a handle for {@link release} */
  keep(): number;
  /** Gives up the last candidate; nothing is taken any more. */
  abandon(): void;
  /** Gives back an allocation that has taken so many units. */
  release(handle: number, taken: number): void;
  /** Units that somebody else has taken, who shares them with the heap. None if left out. */
  unitsAside?(): number;
  /** Counted anew, for audits. */
  freeUnits(): number;
  /** The longest free run. */
  largestFree(): number;
}
