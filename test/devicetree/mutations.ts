import * as fc from "fast-check";

/** One change of a file: a byte or a word overwritten, bytes cut out, or bytes doubled. Positions are shares of the length. */
type Mutation =
  | { readonly kind: "byte"; readonly at: number; readonly value: number }
  | { readonly kind: "word"; readonly at: number; readonly value: number }
  | { readonly kind: "cut"; readonly at: number; readonly count: number }
  | { readonly kind: "double"; readonly at: number; readonly count: number };

const place = fc.nat(99_999).map((share) => share / 100_000);
const interestingWord = fc.constantFrom(0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0xd00dfeed);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("byte" as const), at: place, value: fc.nat(255) }),
  fc.record({
    kind: fc.constant("word" as const),
    at: place,
    value: fc.oneof(interestingWord, fc.nat(1024), fc.integer({ min: 0, max: 0xffffffff })),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place, count: fc.integer({ min: 1, max: 64 }) }),
  fc.record({ kind: fc.constant("double" as const), at: place, count: fc.integer({ min: 4, max: 64 }) }),
);

/** Files that are one of the seeds with up to four changes. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([seed, mutations]) => mutations.reduce(apply, seed));
}

function apply(file: Uint8Array, change: Mutation): Uint8Array {
  const at = Math.floor(change.at * file.length);
  switch (change.kind) {
    case "byte": {
      const copy = file.slice();
      if (at < copy.length) copy[at] = change.value;
      return copy;
    }
    case "word": {
      const copy = file.slice();
      const aligned = at - (at % 4);
      if (aligned + 4 <= copy.length) new DataView(copy.buffer).setUint32(aligned, change.value);
      return copy;
    }
    case "cut":
      return new Uint8Array([...file.subarray(0, at), ...file.subarray(at + change.count)]);
    case "double":
      return new Uint8Array([...file.subarray(0, at + change.count), ...file.subarray(at)]);
  }
}
