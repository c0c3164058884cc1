/**
 * The contract of an allocation algorithm with state: equal units, counted from 0, handed out and taken back. No machine, no device, no bytes.
 *
 *     out   handle  start  units  start  units ...
 *           [0]     [1]    [2]    [3]    [4]
 *                   └ block 0 ──┘ └ block 1 ──┘
 *
 * A policy that only searches a bitmap is a `Search` (bitmap.ts); `bitmap-allocator.ts` lifts it to an `Allocator`.
 */

/** An allocator has no room for a request. */
export const NO_ROOM = -1;

/** Entries that `out` needs for so many blocks. */
export function outLength(blocks: number): number {
  return 1 + 2 * blocks;
}

/** What an algorithm promises beyond the contract; the conformance suite checks each. */
export interface AllocatorTraits {
  /** `one`: every allocation is a single block. `many`: as many blocks as `out` has room for. */
  readonly blocks: "one" | "many";
  /** True when `alignUnits` is honoured for the first unit of every block; otherwise an `alignUnits` above 1 is refused. */
  readonly aligned: boolean;
  /**
   * Units a request takes: `exact`, or `power-of-two`, rounded up. `out` tells the units asked for either way: what the caller may use.
   */
  readonly rounding: "exact" | "power-of-two";
  /**
   * When a request is refused. `no-hole`: exactly when no free run is long enough behind its alignment (for `many`: when too few units are free).
   * `policy`: earlier, as the policy says; its head comment tells when.
   */
  readonly refuses: "no-hole" | "policy";
  /** Where a block lands, if the rule can be said in a word: the suite compares with the obvious slow version. */
  readonly placement: "first-fit" | "best-fit" | "unstated";
}

/**
 * Hands out units of one pool. Made by an {@link Algorithm}.
 *
 * Calls neither allocate objects nor depend on anything but the calls before them: the same calls give the same answers.
 */
export interface Allocator {
  /** Units of the pool; all block starts and ends lie in 0 to this. */
  readonly units: number;
  /**
   * Takes units.
   *
   * @param units - at least 1; more than the pool has is refused
   * @param alignUnits - a power of two: each block starts at a multiple, counted from the pool's alignment origin
   * @param out - written on success: handle, then start and units of each block; must have room for one block. A request that would need
   *   more blocks than there is room for is refused
   * @returns number of blocks, or {@link NO_ROOM} with nothing changed
   */
  allocate(units: number, alignUnits: number, out: Int32Array): number;
  /**
   * Gives back an allocation, whole.
   *
   * @throws RangeError when the handle is not of a live allocation; nothing is changed
   */
  free(handle: number): void;
  /** Units that are free, those not usable because of rounding included. */
  freeUnits(): number;
  /** The longest free run, in units: what an unaligned request for one block could get at most. May take time linear in the number of free runs. */
  largestFree(): number;
}

/** An allocator that can be told, per request, where to look. */
export interface RangedAllocator extends Allocator {
  /**
   * As `allocate`, within limits.
   *
   * @param low - first unit allowed
   * @param limit - last unit allowed, inclusive, as the kernel's limits are
   */
  allocateIn(units: number, alignUnits: number, low: number, limit: number, out: Int32Array): number;
}

/** What a pool tells the algorithm that is to serve it. */
export interface PoolShape {
  /** 1 to 2^31 - 1. */
  readonly units: number;
  /** Units between the origin of alignments and unit 0, at least 0: for absolute alignment, the pool's address in units. Left out: 0. */
  readonly alignOrigin?: number;
}

/** An algorithm as it is registered, tested and compared: one of these per file of this folder. */
export interface Algorithm {
  /** As commands, configurations and benchmarks name it: lower case with hyphens. */
  readonly name: string;
  readonly traits: AllocatorTraits;
  /**
   * @throws RangeError when the shape is out of bounds
   */
  make(pool: PoolShape): Allocator;
}
