import type { Recogniser } from "../recogniser.js";
import { bootCommandLine } from "./boot-line.js";
import * as bootMemory from "./boot-memory.js";
import * as bufferImports from "./buffer-imports.js";
import { cmaAllocFailed } from "./cma-alloc-failed.js";
import { cmaFreeMap } from "./cma-free-map.js";
import * as cmaSetup from "./cma-setup.js";
import * as devicePools from "./device-pools.js";
import * as dmaDebug from "./dma-debug.js";
import * as dmaHeaps from "./dma-heaps.js";
import * as dmaOverflow from "./dma-overflow.js";
import * as gpuFaults from "./gpu-faults.js";
import * as iommuFaults from "./iommu-faults.js";
import * as iommuSetup from "./iommu-setup.js";
import * as mediaBuffers from "./media-buffers.js";
import * as pageFailures from "./page-failures.js";
import * as reservedMemory from "./reserved-memory.js";
import * as swiotlb from "./swiotlb.js";
import * as swiotlbSetup from "./swiotlb-setup.js";
import * as vfio from "./vfio.js";

/** Lines the kernel prints. Each of these files exports recognisers and nothing else. */
export const KERNEL_RECOGNISERS: readonly Recogniser[] = [
  bootCommandLine,
  cmaAllocFailed,
  cmaFreeMap,
  ...Object.values(cmaSetup),
  ...Object.values(swiotlb),
  ...Object.values(dmaOverflow),
  ...Object.values(reservedMemory),
  ...Object.values(iommuFaults),
  ...Object.values(mediaBuffers),
  ...Object.values(bufferImports),
  ...Object.values(pageFailures),
  ...Object.values(swiotlbSetup),
  ...Object.values(devicePools),
  ...Object.values(dmaHeaps),
  ...Object.values(dmaDebug),
  ...Object.values(iommuSetup),
  ...Object.values(gpuFaults),
  ...Object.values(bootMemory),
  ...Object.values(vfio),
];
