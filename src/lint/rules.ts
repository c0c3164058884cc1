import type { Rule } from "./rule.js";
import { CONTRADICTIONS } from "./rules/contradictions.js";
import { DEVICES } from "./rules/devices.js";
import { REGION_KINDS } from "./rules/region-kinds.js";
import { RESERVED_CELLS } from "./rules/reserved-cells.js";

/** Every rule there is, in the order findings of one severity are listed. */
export const RULES: readonly Rule[] = [...CONTRADICTIONS, ...DEVICES, ...RESERVED_CELLS, ...REGION_KINDS];
