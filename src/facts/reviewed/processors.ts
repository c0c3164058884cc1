/**
 * Processors that Linux starts, of families whose other facts stand elsewhere or nowhere: AM33xx, OMAP, DRA7, K3 clusters and PRUs, STM32MP1, ZynqMP, Meson 8. Their
 * regions hold firmware, rings and messages, never pictures. Read by hand in Linux 6.12.
 */
import type { DeviceFact, Role } from "../fact.js";
import {
  bothMasks,
  busMaster,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  firmwareProcessor,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  untouchedLimits,
} from "./shorthand.js";

const AO_ARC = "drivers/remoteproc/meson_mx_ao_arc.c";
const OMAP = "drivers/remoteproc/omap_remoteproc.c";
const PRU = "drivers/remoteproc/pru_rproc.c";
const IRIS = "drivers/remoteproc/qcom_wcnss_iris.c";
const STM32 = "drivers/remoteproc/stm32_rproc.c";
const K3_R5 = "drivers/remoteproc/ti_k3_r5_remoteproc.c";
const WAKEUP = "drivers/remoteproc/wkup_m3_rproc.c";
const ZYNQMP_R5 = "drivers/remoteproc/xlnx_r5_remoteproc.c";

/** Processors, or the clusters above them, whose driver takes no region and allocates at most what a firmware's resource table asks for. */
function withoutRegion(
  module: string,
  file: string,
  probeLine: number,
  rows: MatchRows,
  note: string,
): readonly DeviceFact[] {
  return rows.map(([name, line]) =>
    busMaster(name, driver(module, file, line), untouchedLimits(file, probeLine), "A", {
      memoryRegionUse: "none",
      note,
    }),
  );
}

/** DSP or image processor of OMAP 4, OMAP 5 and DRA7. */
function omap(name: string, line: number, role: Role): DeviceFact {
  return reviewedFact(name, driver("omap_remoteproc", OMAP, line), {
    role,
    dmaMask: defaultMask(OMAP, 1291),
    coherentDmaMask: exactMask("0xffffffff", OMAP, 1313),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [],
    memoryRegionUse: "firmware",
    mmu: "manages-iommu-domain",
    confidence: "A",
    note:
      "The region is attached as the processor's DMA pool (omap_remoteproc.c:1367): firmware sections and rings are allocated from it and mapped into the " +
      "domain of remoteproc, which other drivers share no buffers with.",
  });
}

const PRU_NOTE = "Runs from memories of its own in the programmable unit's address range.";
const CLUSTER_NOTE = "The regions belong to the cores below this node.";

/** Facts of processors. */
export const PROCESSOR_FACTS: readonly DeviceFact[] = [
  ...withoutRegion(
    "meson_mx_ao_arc",
    AO_ARC,
    144,
    [
      ["amlogic,meson8-ao-arc", 241],
      ["amlogic,meson8b-ao-arc", 242],
    ],
    "Runs from SRAM.",
  ),
  omap("ti,omap4-dsp", 1092, "dsp"),
  omap("ti,omap4-ipu", 1096, "other"),
  omap("ti,omap5-dsp", 1100, "dsp"),
  omap("ti,omap5-ipu", 1104, "other"),
  omap("ti,dra7-dsp", 1108, "dsp"),
  omap("ti,dra7-ipu", 1112, "other"),
  ...withoutRegion(
    "pru_rproc",
    PRU,
    989,
    [
      ["ti,am3356-pru", 1111],
      ["ti,am4376-pru", 1112],
      ["ti,am5728-pru", 1113],
      ["ti,am642-pru", 1114],
      ["ti,am642-rtu", 1115],
      ["ti,am642-tx-pru", 1116],
      ["ti,k2g-pru", 1117],
      ["ti,am654-pru", 1118],
      ["ti,am654-rtu", 1119],
      ["ti,am654-tx-pru", 1120],
      ["ti,j721e-pru", 1121],
      ["ti,j721e-rtu", 1122],
      ["ti,j721e-tx-pru", 1123],
      ["ti,am625-pru", 1124],
    ],
    PRU_NOTE,
  ),
  ...withoutRegion(
    "qcom_wcnss_pil",
    IRIS,
    113,
    [
      ["qcom,wcn3620", 98],
      ["qcom,wcn3660", 99],
      ["qcom,wcn3660b", 100],
      ["qcom,wcn3680", 101],
    ],
    "The radio chip beside the wireless processor: clocks and regulators only.",
  ),
  {
    ...firmwareProcessor(
      "st,stm32mp1-m4",
      "other",
      driver("stm32_rproc", STM32, 679),
      833,
      "A region called vdev0buffer is left to the virtio child device, which takes its message buffers from it (stm32_rproc.c:239).",
    ),
    ...bothMasks("0xffffffff", STM32, 842),
  },
  ...withoutRegion(
    "ti_k3_r5_remoteproc",
    K3_R5,
    1680,
    [
      ["ti,am654-r5fss", 1808],
      ["ti,j721e-r5fss", 1809],
      ["ti,j7200-r5fss", 1810],
      ["ti,am64-r5fss", 1811],
      ["ti,am62-r5fss", 1812],
      ["ti,j721s2-r5fss", 1813],
    ],
    CLUSTER_NOTE,
  ),
  ...withoutRegion(
    "wkup_m3_rproc",
    WAKEUP,
    128,
    [
      ["ti,am3352-wkup-m3", 122],
      ["ti,am4372-wkup-m3", 123],
    ],
    "Runs from memories of its own.",
  ),
  ...withoutRegion(
    "xlnx_r5_remoteproc",
    ZYNQMP_R5,
    1477,
    [
      ["xlnx,versal-net-r52fss", 1516],
      ["xlnx,versal-r5fss", 1517],
      ["xlnx,zynqmp-r5fss", 1518],
    ],
    CLUSTER_NOTE,
  ),
  reviewedFact("xlnx,zynqmp-r5f", driver("xlnx_r5_remoteproc", ZYNQMP_R5, 1280), {
    role: "other",
    dmaMask: defaultMask(ZYNQMP_R5, 1280),
    coherentDmaMask: exactMask("0xffffffff", ZYNQMP_R5, 896),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [],
    memoryRegionUse: "firmware",
    confidence: "A",
    note:
      "Bound by the cluster above, not by its compatible. A region called vdev0buffer is left to the virtio child device, which takes its message buffers " +
      "from it (xlnx_r5_remoteproc.c:482).",
  }),
];
