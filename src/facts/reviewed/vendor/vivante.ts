/** Vivante's GPUs and neural network engines of i.MX with the vendor's driver, galcore. Read by hand. */
import type { DeviceFact } from "../../fact.js";
import { at, defaultMask, defaultSegmentSize, exactMask, noSegmentBoundary } from "../shorthand.js";
import { type VendorTree, vendorFact } from "./vendor-fact.js";

const TREE: VendorTree = {
  kernel: "galcore 6.2.4.p2",
  url: "https://github.com/flycat0101/gpu-viv6-andy/blob/5b9d4dbb1f694afc5876356bcae7cbca4fb99b6f",
};

const PLATFORM = "driver/hal/os/linux/kernel/platform/freescale/gc_hal_kernel_platform_imx.c";
const DRIVER = "driver/hal/os/linux/kernel/gc_hal_kernel_driver.c";
const DMABUF = "driver/hal/os/linux/kernel/allocator/default/gc_hal_kernel_allocator_dmabuf.c";

/** The node that stands for all cores of a chip: 3D, 2D, and the neural network engine of i.MX 8M Plus. */
function galcore(name: string, line: number): DeviceFact {
  return vendorFact(TREE, name, "galcore", PLATFORM, line, {
    role: "gpu",
    dmaMask: exactMask("0xffffffffffffffff", DRIVER, 947),
    coherentDmaMask: defaultMask(DRIVER, 899),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      {
        queue: "import",
        kind: "own",
        allocates: "scattered",
        accepts: "scattered",
        sources: [at(DMABUF, 226), at(DMABUF, 255)],
      },
    ],
    pictureQueue: "import",
    import: { prime: true },
    mmu: "device",
    confidence: "B",
    note:
      "Read in version 6.2.4; NXP's kernels carry 6.4. How many address bits the cores' page tables hold is not stated there. What the driver allocates itself comes " +
      "from a pool that galcore.contiguousSize sizes, when there is one.",
  });
}

/** Facts of Vivante's cores under the vendor's driver. */
export const VENDOR_VIVANTE_FACTS: readonly DeviceFact[] = [
  galcore("fsl,imx8-gpu-ss", 355),
  galcore("fsl,imx6q-gpu", 357),
];
