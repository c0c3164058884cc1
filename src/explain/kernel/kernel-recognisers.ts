import type { Recogniser } from "../recogniser.js";
import { cmaAllocFailed } from "./cma-alloc-failed.js";
import { cmaFreeMap } from "./cma-free-map.js";
import * as cmaSetup from "./cma-setup.js";
import * as dmaOverflow from "./dma-overflow.js";
import * as iommuFaults from "./iommu-faults.js";
import * as mediaBuffers from "./media-buffers.js";
import * as pageFailures from "./page-failures.js";
import * as reservedMemory from "./reserved-memory.js";
import * as swiotlb from "./swiotlb.js";
import * as vfio from "./vfio.js";

/** Lines the kernel prints. Each of these files exports recognisers and nothing else. */
export const KERNEL_RECOGNISERS: readonly Recogniser[] = [
  cmaAllocFailed,
  cmaFreeMap,
  ...Object.values(cmaSetup),
  ...Object.values(swiotlb),
  ...Object.values(dmaOverflow),
  ...Object.values(reservedMemory),
  ...Object.values(iommuFaults),
  ...Object.values(mediaBuffers),
  ...Object.values(pageFailures),
  ...Object.values(vfio),
];
