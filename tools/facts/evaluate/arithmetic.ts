/** Integer arithmetic of C on known values. */
import { type IntegerValue, integer, ONE, unknown, type Value, ZERO } from "./values.js";

/** `left operator right`; null where the operator is no arithmetic. Division by zero is unknown. */
export function arithmetic(operator: string, left: IntegerValue, right: IntegerValue): Value | null {
  const fromMatch = left.fromMatch || right.fromMatch;
  const truth = (yes: boolean): Value => ({ ...(yes ? ONE : ZERO), fromMatch });
  const wide = left.wide || right.wide;
  const unsigned = (left.unsigned && left.wide === wide) || (right.unsigned && right.wide === wide);
  const [a, b] = [convert(left, wide, unsigned), convert(right, wide, unsigned)];
  const result = (value: bigint): Value => integer(value, wide, unsigned, fromMatch);
  switch (operator) {
    case "+":
      return result(a + b);
    case "-":
      return result(a - b);
    case "*":
      return result(a * b);
    case "/":
      return b === 0n ? unknown("division by zero") : result(a / b);
    case "%":
      return b === 0n ? unknown("division by zero") : result(a % b);
    case "&":
      return result(a & b);
    case "|":
      return result(a | b);
    case "^":
      return result(a ^ b);
    case "<<":
    case ">>": {
      // The type of a shift is that of its left side; a count beyond the type is undefined.
      if (right.value < 0n || right.value >= (left.wide ? 64n : 32n)) return unknown("shift beyond the type");
      const shifted = operator === "<<" ? left.value << right.value : left.value >> right.value;
      return integer(shifted, left.wide, left.unsigned, fromMatch);
    }
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    default:
      return null;
  }
}

function convert(value: IntegerValue, wide: boolean, unsigned: boolean): bigint {
  return integer(value.value, wide, unsigned).value;
}

/** Types that a cast narrows or widens to: bits, and whether unsigned. */
const TYPES: Readonly<Record<string, readonly [bits: number, unsigned: boolean]>> = {
  u8: [8, true],
  u16: [16, true],
  u32: [32, true],
  u64: [64, true],
  s8: [8, false],
  s16: [16, false],
  s32: [32, false],
  s64: [64, false],
  __u32: [32, true],
  __u64: [64, true],
  uint32_t: [32, true],
  uint64_t: [64, true],
  int: [32, false],
  "unsigned int": [32, true],
  unsigned: [32, true],
  long: [64, false],
  "unsigned long": [64, true],
  "long long": [64, false],
  "unsigned long long": [64, true],
  size_t: [64, true],
  dma_addr_t: [64, true],
  phys_addr_t: [64, true],
  resource_size_t: [64, true],
  uintptr_t: [64, true],
  bool: [1, true],
};

/** `(type)value`; a type that is not known leaves the value as it is. */
export function castInteger(type: string, value: IntegerValue): IntegerValue {
  const known = TYPES[type.replaceAll(/\bconst\b/g, "").trim()];
  if (known === undefined) return value;
  const [bits, unsigned] = known;
  if (bits === 1) return integer(value.value === 0n ? 0n : 1n, false, true, value.fromMatch);
  const narrowed = unsigned ? BigInt.asUintN(bits, value.value) : BigInt.asIntN(bits, value.value);
  // What is smaller than an int is an int in every expression.
  return integer(narrowed, bits === 64, unsigned && bits >= 32, value.fromMatch);
}

/** Bytes of a type as `sizeof` gives them on a 64-bit machine; null where it is not known. */
export function sizeOfType(type: string): bigint | null {
  if (type.includes("*")) return 8n;
  const known = TYPES[type.trim()];
  if (known !== undefined) return BigInt(Math.max(8, known[0]) / 8);
  return type.trim() === "char" ? 1n : null;
}
