/** Devices that a program drives through VFIO, behind an IOMMU: QEMU's edu, which reads and writes memory on command. */
import { check } from "./check.js";
import { loadModule } from "./modules.js";

/** Alone in its group. */
const EDU = "0000:00:10.0";

loadModule("vfio_iommu_type1", ["dma_entry_limit=64"]);
loadModule("vfio_pci");

await check("copies bytes through a device, as examples/edu.ts does", async () => {
  process.argv[2] = EDU;
  await import("../../../examples/edu.js");
});
