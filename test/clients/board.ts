import { createDmaSystem, type SimulatedSystem } from "../../src/simulate/dma-system.js";
import type { MappingSystemOptions } from "../../src/simulate/mapping/mapping-system.js";
import { type BoardSpec, board, device, iommu } from "../machine-builder.js";

/** A camera and a scaler that need one range below 4 GiB, a GPU that takes any pages, a display behind an IOMMU. */
export function clientSystem(options: MappingSystemOptions = {}, spec: Partial<BoardSpec> = {}): SimulatedSystem {
  const machine = board({
    ram: "0x40000000+1G,0x100000000+1G",
    cma: "0x70000000+64M",
    iommus: [iommu("/iommu")],
    devices: [
      device("camera", { exports: "none" }),
      device("scaler", { exports: "none" }),
      device("gpu", { queue: "sg", mask: "0xffffffffff", exports: "none" }),
      device("display", { iommu: "/iommu", queue: "gem-dma", exports: "none" }),
    ],
    ...spec,
  });
  return createDmaSystem(machine, options);
}

/** Every heap but for its name and what it is: what is out of it. */
export function usage(system: SimulatedSystem): unknown {
  return system.heaps().map(({ id, live, used, free }) => ({ id, live, used, free }));
}
