import { type Algorithm, type AllocatorTraits, NO_ROOM, type PoolShape, type RangedAllocator } from "./allocator.js";
import {
  type Bitmap,
  countFree,
  largestFreeRun,
  NOT_FOUND,
  nextFree,
  nextTaken,
  releaseUnits,
  type Search,
  takeUnits,
} from "./bitmap.js";
import { checkedOrigin, checkedUnits, deadHandleError, judgeRequest } from "./block-request.js";

/**
 * Turns a {@link Search} into an {@link Algorithm}: a bitmap that the policy reads, and a second one that marks where allocations start, so that
 * giving back needs no length.
 *
 *     taken   # # # # . # # .        handles: first units 0, 2, 5
 *     starts  1 . 1 . . 1 . .        unit 2 ends before the next free unit or the next start
 *
 * Time is the search's, plus a step for each 32 units taken or given back. Bookkeeping: a quarter of a byte for each unit of the pool, nothing
 * for an allocation. A handle is the first unit; one that was given back and whose place was taken again since is live again.
 */
export function bitmapAlgorithm(
  name: string,
  search: Search,
  traits: AllocatorTraits & { readonly blocks: "one" },
): Algorithm {
  return {
    name,
    traits,
    make: (pool: PoolShape): BitmapAllocator => new BitmapAllocator(pool, search, traits),
  };
}

/**
 * The allocator that {@link bitmapAlgorithm} makes. The limits of `allocateIn` are where the search starts, and where the map ends for it; a
 * limit behind the pool is the pool's last unit.
 */
export class BitmapAllocator implements RangedAllocator {
  readonly units: number;
  readonly #search: Search;
  readonly #aligned: boolean;
  readonly #powerOfTwo: boolean;
  readonly #alignOrigin: number;
  readonly #map: Bitmap;
  readonly #starts: Bitmap;
  /** The same words as the map, shortened to the limit of a request. */
  readonly #limited: { readonly words: Uint32Array; length: number };

  /**
   * @throws RangeError when the shape is out of bounds
   */
  constructor(pool: PoolShape, search: Search, traits: Pick<AllocatorTraits, "aligned" | "rounding">) {
    this.units = checkedUnits(pool);
    this.#alignOrigin = checkedOrigin(pool);
    this.#search = search;
    this.#aligned = traits.aligned;
    this.#powerOfTwo = traits.rounding === "power-of-two";
    const words = Math.ceil(this.units / 32);
    this.#map = { words: new Uint32Array(words), length: this.units };
    this.#limited = { words: this.#map.words, length: this.units };
    this.#starts = { words: new Uint32Array(words), length: this.units };
  }

  allocate(units: number, alignUnits: number, out: Int32Array): number {
    return this.#take(this.#map, 0, units, alignUnits, out);
  }

  allocateIn(units: number, alignUnits: number, low: number, limit: number, out: Int32Array): number {
    if (!(low >= 0 && limit >= low)) throw new RangeError(`${low} to ${limit} are no limits; 0 or more, in order`);
    this.#limited.length = Math.min(limit + 1, this.units);
    return this.#take(this.#limited, low, units, alignUnits, out);
  }

  free(handle: number): void {
    if (!this.#isStart(handle)) throw deadHandleError(handle);
    const end = nextFree(this.#map, handle);
    const next = nextTaken(this.#starts, handle + 1, end);
    releaseUnits(this.#starts, handle, 1);
    releaseUnits(this.#map, handle, next - handle);
  }

  freeUnits(): number {
    return countFree(this.#map);
  }

  largestFree(): number {
    return largestFreeRun(this.#map, 1, 0);
  }

  #take(map: Bitmap, from: number, units: number, alignUnits: number, out: Int32Array): number {
    if ((units | 0) !== units || units < 1 || alignUnits !== 1 || out.length < 3) {
      if (judgeRequest(units, alignUnits, out) === NO_ROOM || (alignUnits > 1 && !this.#aligned)) return NO_ROOM;
    }
    if (units > map.length) return NO_ROOM;
    const at = this.#search(map, from, units, alignUnits, this.#alignOrigin);
    if (at === NOT_FOUND) return NO_ROOM;
    takeUnits(this.#map, at, this.#powerOfTwo ? slotOf(units) : units);
    takeUnits(this.#starts, at, 1);
    out[0] = at;
    out[1] = at;
    out[2] = units;
    return 1;
  }

  #isStart(unit: number): boolean {
    if (!Number.isInteger(unit) || unit < 0 || unit >= this.units) return false;
    return (((this.#starts.words[unit >>> 5] as number) >>> (unit & 31)) & 1) === 1;
  }
}

/** The least power of two that is not below `units`. */
function slotOf(units: number): number {
  return 2 ** (units === 1 ? 0 : 32 - Math.clz32(units - 1));
}
