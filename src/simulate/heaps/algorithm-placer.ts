import { type Algorithm, type Allocator, outLength, type PoolShape } from "../../algorithms/allocator.js";
import { roundUpToPowerOfTwo } from "../../units/quantity.js";
import type { Placer } from "./placer.js";

/**
 * Candidates by any registered algorithm. A busy one is held aside while the algorithm is asked for another, so that it cannot give the same one
 * again; what was held aside goes back when the request ends, the last one first.
 */
export class AlgorithmPlacer implements Placer {
  readonly name: string;
  readonly units: number;
  readonly aligns: boolean;
  readonly #powerOfTwo: boolean;
  readonly #allocator: Allocator;
  readonly #out: Int32Array = new Int32Array(outLength(1));
  readonly #heldAside: number[] = [];
  #asked = 0;
  #align = 1;

  /** @throws RangeError when the algorithm gives more than one block a request, or refuses the pool's shape */
  constructor(algorithm: Algorithm, pool: PoolShape) {
    const { name, traits } = algorithm;
    if (traits.blocks !== "one") {
      throw new RangeError(`${name} gives a request several blocks, and contiguous memory is one`);
    }
    this.name = name;
    this.units = pool.units;
    this.aligns = traits.aligned;
    this.#powerOfTwo = traits.rounding === "power-of-two";
    this.#allocator = algorithm.make(pool);
  }

  takenBy(units: number): number {
    return this.#powerOfTwo ? roundUpToPowerOfTwo(units) : units;
  }

  couldFit(units: number): boolean {
    return units <= this.units;
  }

  first(units: number, align: number): number {
    this.#asked = units;
    this.#align = this.aligns ? align : 1;
    return this.#take();
  }

  next(): number {
    this.#heldAside.push(this.#out[0] as number);
    const at = this.#take();
    if (at < 0) this.#letGo();
    return at;
  }

  keep(): number {
    this.#letGo();
    return this.#out[0] as number;
  }

  abandon(): void {
    this.#allocator.free(this.#out[0] as number);
    this.#letGo();
  }

  release(handle: number): void {
    this.#allocator.free(handle);
  }

  freeUnits(): number {
    return this.#allocator.freeUnits();
  }

  largestFree(): number {
    return this.#allocator.largestFree();
  }

  #take(): number {
    return this.#allocator.allocate(this.#asked, this.#align, this.#out) < 0 ? -1 : (this.#out[1] as number);
  }

  #letGo(): void {
    for (let handle = this.#heldAside.pop(); handle !== undefined; handle = this.#heldAside.pop()) {
      this.#allocator.free(handle);
    }
  }
}
