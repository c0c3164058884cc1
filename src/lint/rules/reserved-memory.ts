import type { Rule } from "../rule.js";
import { CMA_REGIONS } from "./cma-regions.js";
import { DEFAULT_CMA } from "./default-cma.js";
import { LOADED_PIECES } from "./loaded-pieces.js";
import { MEMRESERVE } from "./memreserve.js";
import { REGION_EXTENTS } from "./region-extents.js";
import { REGION_KINDS } from "./region-kinds.js";
import { REGION_OVERLAPS } from "./region-overlaps.js";
import { REGION_PLACEMENT } from "./region-placement.js";
import { REGION_USERS } from "./region-users.js";
import { REGION_WINDOWS } from "./region-windows.js";
import { RESERVED_CELLS } from "./reserved-cells.js";

/** Rules about `/reserved-memory`, the placement of its regions at boot, and CMA areas. */
export const RESERVED_MEMORY: readonly Rule[] = [
  ...RESERVED_CELLS,
  ...REGION_KINDS,
  ...REGION_PLACEMENT,
  ...REGION_WINDOWS,
  ...REGION_OVERLAPS,
  ...LOADED_PIECES,
  ...MEMRESERVE,
  ...REGION_EXTENTS,
  ...REGION_USERS,
  ...CMA_REGIONS,
  ...DEFAULT_CMA,
];
