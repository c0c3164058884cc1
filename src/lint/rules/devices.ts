import type { Rule } from "../rule.js";
import { BOUNCING } from "./bouncing.js";
import { BOUND_POOLS } from "./bound-pools.js";
import { DEFAULT_AREA } from "./default-area.js";
import { DMA_WINDOWS } from "./dma-windows.js";
import { DRIVERS } from "./drivers.js";
import { HEAP_NAMES } from "./heap-names.js";
import { IOMMUS } from "./iommus.js";
import { PICTURE_POOLS } from "./picture-pools.js";
import { REACH } from "./reach.js";
import { UNUSED_POOLS } from "./unused-pools.js";
import { USER_SPACE } from "./user-space.js";

/** Rules about devices, what they reach, and the pools and kernel they depend on. */
export const DEVICES: readonly Rule[] = [
  ...IOMMUS,
  ...DMA_WINDOWS,
  ...BOUND_POOLS,
  ...UNUSED_POOLS,
  ...DEFAULT_AREA,
  ...PICTURE_POOLS,
  ...REACH,
  ...BOUNCING,
  ...USER_SPACE,
  ...HEAP_NAMES,
  ...DRIVERS,
];
