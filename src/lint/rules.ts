import type { Rule } from "./rule.js";
import { CONTRADICTIONS } from "./rules/contradictions.js";
import { IOMMUS } from "./rules/iommus.js";

/** Every rule there is, in the order findings of one severity are listed. */
export const RULES: readonly Rule[] = [...CONTRADICTIONS, ...IOMMUS];
