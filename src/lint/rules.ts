import type { Rule } from "./rule.js";
import { CONTRADICTIONS } from "./rules/contradictions.js";
import { DEVICES } from "./rules/devices.js";
import { LOAD_PLACES } from "./rules/load-places.js";
import { MEMORY_REGISTERS } from "./rules/memory-registers.js";
import { RESERVED_MEMORY } from "./rules/reserved-memory.js";

/** Every rule there is, in the order findings of one severity are listed. */
export const RULES: readonly Rule[] = [
  ...CONTRADICTIONS,
  ...DEVICES,
  ...RESERVED_MEMORY,
  ...LOAD_PLACES,
  ...MEMORY_REGISTERS,
];
