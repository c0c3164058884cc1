import type { Recogniser } from "../recogniser.js";
import { cmaAllocFailed } from "./cma-alloc-failed.js";
import { cmaFreeMap } from "./cma-free-map.js";

/** Lines the kernel prints. */
export const KERNEL_RECOGNISERS: readonly Recogniser[] = [cmaAllocFailed, cmaFreeMap];
