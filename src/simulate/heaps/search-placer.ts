import {
  type Bitmap,
  countFree,
  largestFreeRun,
  makeBitmap,
  NOT_FOUND,
  releaseUnits,
  type Search,
  takeUnits,
} from "../../algorithms/bitmap.js";
import type { Placer } from "./placer.js";

/** What a {@link SearchPlacer} searches, and how. */
export interface SearchShape {
  readonly name: string;
  readonly units: number;
  readonly search: Search;
  /** Units between the origin of alignments and unit 0. */
  readonly origin: number;
  /** Units a request takes; exactly what it asks for if left out. */
  readonly takenBy?: (units: number) => number;
}

/**
 * Candidates by a search over a bitmap, as the kernel's areas and pools have them.
 *
 * After a busy candidate the search goes on one alignment step behind its start, not behind the busy page: a request with a small alignment tries
 * many overlapping candidates before it has passed the page.
 *
 * @see Linux 6.12 `mm/cma.c` `__cma_alloc()`
 */
export class SearchPlacer implements Placer {
  readonly name: string;
  readonly units: number;
  readonly aligns: boolean = true;
  readonly takenBy: (units: number) => number;
  readonly #map: Bitmap;
  readonly #search: Search;
  readonly #origin: number;
  #at = 0;
  #asked = 0;
  #align = 1;

  constructor({ name, units, search, origin, takenBy = (asked) => asked }: SearchShape) {
    this.name = name;
    this.units = units;
    this.takenBy = takenBy;
    this.#search = search;
    this.#origin = origin;
    this.#map = makeBitmap(units);
  }

  couldFit(units: number, align: number): boolean {
    return this.#search(makeBitmap(this.units), 0, units, align, this.#origin) !== NOT_FOUND;
  }

  first(units: number, align: number): number {
    this.#asked = units;
    this.#align = align;
    return this.#take(0);
  }

  next(): number {
    this.abandon();
    return this.#take(this.#at + this.#align);
  }

  keep(): number {
    return this.#at;
  }

  abandon(): void {
    this.release(this.#at, this.takenBy(this.#asked));
  }

  release(handle: number, taken: number): void {
    releaseUnits(this.#map, handle, taken);
  }

  freeUnits(): number {
    return countFree(this.#map);
  }

  largestFree(): number {
    return largestFreeRun(this.#map, 1, 0);
  }

  #take(from: number): number {
    const at = this.#search(this.#map, from, this.#asked, this.#align, this.#origin);
    if (at === NOT_FOUND) return -1;
    takeUnits(this.#map, at, this.takenBy(this.#asked));
    this.#at = at;
    return at;
  }
}
