/** Hailo's neural network engines on PCI, with the driver from the vendor. Read by hand. */
import type { DeviceFact, QueueFact, SourceLine } from "../../fact.js";
import { at, bothMasks } from "../shorthand.js";
import { type VendorTree, vendorFact } from "./vendor-fact.js";

const ADDRESS = "https://github.com/hailo-ai/hailort-drivers/blob";
const HAILO_8: VendorTree = { kernel: "hailort-drivers v4.23.0", url: `${ADDRESS}/v4.23.0` };
const HAILO_10: VendorTree = { kernel: "hailort-drivers v5.3.0", url: `${ADDRESS}/v5.3.0` };

const PCI = "linux/pcie/src/pcie.c";
const MASK = "linux/vdma/vdma.c";
const MEMORY = "linux/vdma/memory.c";

/** An engine: `line` of its entry in the driver's table, `maskLine` of the widest mask, which is tried first. */
function hailo(
  device: number,
  tree: VendorTree,
  module: string,
  line: number,
  maskLine: number,
  ...mapping: readonly SourceLine[]
): DeviceFact {
  const queue: QueueFact = {
    queue: "import",
    kind: "own",
    allocates: "scattered",
    accepts: "scattered",
    sources: mapping,
  };
  const fact = vendorFact(tree, "", module, PCI, line, {
    role: "npu",
    ...bothMasks("0xffffffffffffffff", MASK, maskLine),
    buffers: [queue],
    pictureQueue: "import",
    import: { prime: true },
    confidence: "A",
    note: "Takes dma-bufs and pages of the process, each entry of which becomes a run of descriptors; narrower masks are tried only where the kernel refuses 64 bits.",
  });
  return { ...fact, match: { pci: [0x1e60, device] } };
}

/** Facts of Hailo's engines. */
export const VENDOR_HAILO_FACTS: readonly DeviceFact[] = [
  hailo(0x2864, HAILO_8, "hailo_pci", 1453, 46, at(MEMORY, 61), at(MEMORY, 68)),
  hailo(0x45c4, HAILO_10, "hailo1x_pci", 1348, 48, at(MEMORY, 60), at(MEMORY, 67)),
];
