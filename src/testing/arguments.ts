import { type Algorithm, NO_ROOM, outLength, type PoolShape } from "../algorithms/allocator.js";
import type { Violation } from "./law.js";

const POOL: PoolShape = { units: 64 };
const WRONG_UNITS: readonly number[] = [0, -1, 1.5, 0.5, Number.NaN, Number.NEGATIVE_INFINITY];
const WRONG_ALIGNS: readonly number[] = [0, -1, -4, 3, 6, 1.5, Number.NaN];
/** More than any pool has: refused or wrong, as the allocator likes. */
const TOO_MANY: readonly number[] = [2 ** 31, 2 ** 32 + 1, 2 ** 53, Number.POSITIVE_INFINITY];
const WRONG_POOLS: readonly PoolShape[] = [
  { units: 0 },
  { units: -1 },
  { units: 1.5 },
  { units: Number.NaN },
  { units: 2 ** 31 },
  { units: Number.POSITIVE_INFINITY },
  { units: 8, alignOrigin: -1 },
  { units: 8, alignOrigin: 0.5 },
  { units: 8, alignOrigin: Number.NaN },
];

/** Calls an algorithm with numbers outside its contract. Null when each throws a RangeError and changes nothing. */
export function checkArguments(algorithm: Algorithm): Violation | null {
  for (const pool of WRONG_POOLS) {
    const error = thrown(() => algorithm.make(pool));
    if (!(error instanceof RangeError)) return broken(`make of ${describePool(pool)}`, error);
  }
  const allocator = algorithm.make(POOL);
  const out = new Int32Array(outLength(POOL.units));
  const free = allocator.freeUnits();
  const untouched = (): boolean => allocator.freeUnits() === free && out.every((entry) => entry === 0);
  const wrong = [
    ...WRONG_UNITS.map((units) => ({ units, align: 1 })),
    ...WRONG_ALIGNS.map((align) => ({ units: 1, align })),
  ];
  for (const { units, align } of wrong) {
    const error = thrown(() => allocator.allocate(units, align, out));
    const what = `asking ${units} units aligned to ${align}`;
    if (!(error instanceof RangeError)) return broken(what, error);
    if (!untouched()) return { law: "arguments", sentence: `${what} throws, yet changes something` };
  }
  for (const units of [POOL.units + 1, 2 ** 31 - 1, ...TOO_MANY]) {
    let answer: number = NO_ROOM;
    const error = thrown(() => {
      answer = allocator.allocate(units, 1, out);
    });
    const allowed = error === null ? answer === NO_ROOM : error instanceof RangeError && TOO_MANY.includes(units);
    if (!allowed) {
      const sentence = `asking ${units} units of ${POOL.units} ${error === null ? `answers ${answer}` : `throws ${String(error)}`}`;
      return { law: "arguments", sentence };
    }
    if (!untouched()) return { law: "arguments", sentence: `asking ${units} units of ${POOL.units} changes something` };
  }
  return null;
}

function broken(what: string, error: unknown): Violation {
  return { law: "arguments", sentence: `${what} ${error === null ? "is accepted" : `throws ${String(error)}`}` };
}

function describePool(pool: PoolShape): string {
  return `${pool.units} units with alignment origin ${pool.alignOrigin ?? 0}`;
}

function thrown(call: () => unknown): unknown {
  try {
    call();
    return null;
  } catch (error) {
    return error;
  }
}
