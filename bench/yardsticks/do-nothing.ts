import type { Algorithm, Allocator } from "../../src/algorithms/allocator.js";

/** Answers every request with unit 0 and keeps no books: what the replay itself costs. */
class DoNothing implements Allocator {
  readonly units: number;
  #last = 0;

  constructor(units: number) {
    this.units = units;
  }

  allocate(units: number, _alignUnits: number, out: Int32Array): number {
    this.#last = (this.#last + 1) & 0x7fffffff;
    out[0] = this.#last;
    out[1] = 0;
    out[2] = units;
    return 1;
  }

  free(handle: number): void {
    this.#last ^= handle;
  }

  freeUnits(): number {
    return this.units;
  }

  largestFree(): number {
    return this.units;
  }
}

/** Not an allocator: its blocks overlap, so it is measured and not audited. */
export const doNothing: Algorithm = {
  name: "do-nothing",
  traits: { blocks: "one", aligned: true, rounding: "exact", refuses: "no-hole", placement: "unstated" },
  make: ({ units }) => new DoNothing(units),
};
