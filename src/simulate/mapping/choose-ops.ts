import type { Device, Translation } from "../../machine/machine.js";
import { makeCpuCopyOps } from "./cpu-copy.js";
import { makeDirectOps, makeSwiotlbOps } from "./direct.js";
import type { DmaMapOps } from "./dma-map-ops.js";
import { makeEngineOps } from "./engine.js";
import { makeIommuOps } from "./iommu.js";
import type { MappingContext } from "./mapping-context.js";
import { makeOwnMemoryOps } from "./own-memory.js";

/** Operations of a user's own, and the devices they are for. */
export interface OpsRegistration {
  /** Unlike those of the others. */
  readonly name: string;
  /** Makes them once for a system. */
  readonly make: (context: MappingContext, builtIn: BuiltInOps) => DmaMapOps;
  /** The first registration that says yes serves a device. */
  readonly chooses: (device: Device) => boolean;
}

/** The operations of this library. */
export interface BuiltInOps {
  readonly direct: DmaMapOps;
  readonly swiotlb: DmaMapOps;
  readonly iommu: DmaMapOps;
  readonly engine: DmaMapOps;
  /** {@link direct} for coherent memory of the device's own. */
  readonly directOwn: DmaMapOps;
  /** {@link engine} for memory that the engine's driver allocated itself: it goes into the driver's domain alone. */
  readonly engineOwn: DmaMapOps;
  readonly cpu: DmaMapOps;
}

const BUILT_IN: readonly string[] = ["direct", "swiotlb", "iommu", "engine", "cpu"];

/** Makes the operations of a system. Each is shared by all devices that use it. */
export function makeBuiltInOps(context: MappingContext): BuiltInOps {
  const direct = makeDirectOps(context);
  return {
    direct,
    swiotlb: makeSwiotlbOps(context),
    iommu: makeIommuOps(context),
    engine: makeEngineOps(context, direct),
    directOwn: makeOwnMemoryOps(context, direct, true),
    engineOwn: makeEngineOps(context, makeOwnMemoryOps(context, direct, false)),
    cpu: makeCpuCopyOps(direct),
  };
}

/**
 * The operations for a kind of translation.
 *
 *     translation                                  operations
 *     iommu                                        iommu
 *     none                                         direct; swiotlb where everything bounces
 *     driver-domain, device-mmu                    engine, on top of direct
 *     cpu                                          cpu
 *
 * @param bouncesAll - the device has a restricted pool, or the kernel was started with `swiotlb=force`
 * @see Linux 6.12 `kernel/dma/mapping.c` `dma_go_direct()`, `include/linux/iommu-dma.h` `use_dma_iommu()`
 */
export function chooseOps(ops: BuiltInOps, translation: Translation, bouncesAll: boolean): DmaMapOps {
  switch (translation) {
    case "iommu":
      return ops.iommu;
    case "none":
      return bouncesAll ? ops.swiotlb : ops.direct;
    case "driver-domain":
    case "device-mmu":
      return ops.engine;
    case "cpu":
      return ops.cpu;
  }
}

/**
 * The operations for memory that came by the device's own allocation path; those of everything else where that makes no difference. A coherent pool
 * gives addresses of the bus also behind an IOMMU, which does not translate them: Linux 6.12 `kernel/dma/mapping.c` `dma_alloc_attrs()`.
 */
export function chooseOwnOps(
  ops: BuiltInOps,
  chosen: DmaMapOps,
  translation: Translation,
  hasPool: boolean,
): DmaMapOps {
  if (chosen === ops.engine && translation === "driver-domain") return ops.engineOwn;
  if (chosen === ops.direct || chosen === ops.swiotlb) return ops.directOwn;
  return chosen === ops.iommu && hasPool ? ops.directOwn : chosen;
}

/** @throws RangeError when a name is empty, one of this library's, or given twice */
export function checkRegistrations(registrations: readonly OpsRegistration[]): void {
  const names = new Set(BUILT_IN);
  for (const { name } of registrations) {
    if (name === "") throw new RangeError("operations without a name");
    if (names.has(name)) throw new RangeError(`operations are called "${name}" already`);
    names.add(name);
  }
}
