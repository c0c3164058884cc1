import { sizeCells } from "../devicetree/meaning/cells.js";
import type { DeviceFact } from "../facts/fact.js";
import type { NodeInfo } from "./tree-scan.js";

/** Generic node names of bus masters. */
const BUS_MASTERS: ReadonlySet<string> = new Set([
  "camera",
  "camss",
  "crypto",
  "csi",
  "display-controller",
  "display-subsystem",
  "dma",
  "dma-controller",
  "dwmmc",
  "emmc",
  "ethernet",
  "gpu",
  "isp",
  "jpeg",
  "jpegdec",
  "jpegenc",
  "lcd-controller",
  "lcdif",
  "mmc",
  "npu",
  "nvme",
  "pcie",
  "rga",
  "sata",
  "sdhci",
  "sdmmc",
  "ufs",
  "ufshc",
  "usb",
  "video-codec",
  "video-decoder",
  "video-encoder",
  "vop",
]);

/** Buses without a driver that does DMA. */
const PLAIN_BUSES: ReadonlySet<string> = new Set(["simple-bus", "simple-mfd", "simple-pm-bus"]);

/** Properties that only make sense on a node that does DMA. */
const DMA_PROPERTIES = ["iommus", "iommu-map", "memory-region", "dma-noncoherent"];

/**
 * Whether a node does DMA as far as anybody can say: a person read its driver, a program found that its driver
 * does DMA by itself, it has a property of a bus master, it is a function
 * of a PCI bus, or its generic name is that of a bus master with registers. A node that has only `dmas` is a client of a DMA
 * controller and does not count by itself.
 */
export function isDmaCapable(info: NodeInfo, fact: DeviceFact | null): boolean {
  const { node, compatible } = info;
  if (fact?.reviewed === true || info.isPciHost || info.pciHost !== null) return true;
  if (node.has("#iommu-cells")) return false;
  if (fact !== null && !fact.slaveDma) return true;
  if (compatible.some((name) => PLAIN_BUSES.has(name))) return false;
  if (DMA_PROPERTIES.some((name) => node.has(name))) return true;
  const hasRegisters = node.has("reg");
  if (node.has("dma-coherent") && (hasRegisters || !node.has("ranges"))) return true;
  if (!hasRegisters || node.parent === null) return false;
  return BUS_MASTERS.has(node.name.split("@", 1)[0] as string) && sizeCells(node.parent) > 0;
}
