/** The first half of the drawn sample, as read. */
import {
  at,
  defaultMask,
  defaultSegmentSize,
  exactMask,
  noSegmentBoundary,
  sameMasks,
  segmentSize,
  untouchedLimits,
} from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";
import { READINGS_A_DISPLAY } from "./readings-a-display.js";
import { READINGS_A_VIDEO } from "./readings-a-video.js";

const EEPROM = "drivers/misc/eeprom/eeprom_93xx46.c";
const REMOTEPROC = "drivers/remoteproc";
const R5 = `${REMOTEPROC}/xlnx_r5_remoteproc.c`;
const IMX_RPROC = `${REMOTEPROC}/imx_rproc.c`;
const PAS = `${REMOTEPROC}/qcom_q6v5_pas.c`;
const BAM = "drivers/dma/qcom/bam_dma.c";
const SDMA = "drivers/dma/imx-sdma.c";

/** A device that maps for itself and has no buffers of user space. */
const self = { appliesTo: "self", mmu: "none", slaveDma: false, memoryRegionUse: null, kinds: [] } as const;

/** What was drawn for `drivers/misc`, `drivers/remoteproc` and `drivers/dma`. */
const READINGS_A_OTHER: readonly (Reading | Unbound)[] = [
  {
    compatible: "eeprom-93xx46",
    unbound: "a chip on SPI, which has no DMA",
    evidence: [at(EEPROM, 387), at(EEPROM, 556)],
  },
  {
    compatible: "xlnx,zynqmp-r5fss",
    driver: at(R5, 1518),
    ...self,
    appliesTo: { aggregate: "xlnx,zynqmp-r5f" },
    dmaMask: defaultMask(R5, 1477),
    coherentDmaMask: exactMask("0xffffffff", R5, 896),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    usesDma: true,
    evidence: [at(R5, 1375), at(R5, 901), at(R5, 472), at(`${REMOTEPROC}/remoteproc_core.c`, 694)],
    note: "the mask is set on, and memory allocated for, the core nodes below, which no driver of their own binds; their memory-region, not this node's, holds the firmware",
  },
  {
    compatible: "fsl,imx8ulp-cm33",
    driver: at(IMX_RPROC, 1197),
    ...self,
    memoryRegionUse: "firmware",
    ...untouchedLimits(IMX_RPROC, 1075),
    usesDma: true,
    evidence: [at(IMX_RPROC, 558), at(IMX_RPROC, 739), at(IMX_RPROC, 602), at(`${REMOTEPROC}/remoteproc_core.c`, 694)],
    note: "the remoteproc core allocates what the firmware's resource table asks for",
  },
  {
    compatible: "qcom,sm6350-adsp-pas",
    driver: at(PAS, 1471),
    ...self,
    memoryRegionUse: "firmware",
    ...untouchedLimits(PAS, 678),
    usesDma: false,
    evidence: [at(PAS, 552), at(PAS, 567), at(PAS, 441)],
    note: "the CPU writes the image into the region; there is no resource table, so the core allocates nothing",
  },
  {
    compatible: "qcom,bam-v1.7.0",
    driver: at(BAM, 1230),
    ...self,
    ...sameMasks(defaultMask(BAM, 1236), segmentSize(32760, BAM, 1332)),
    usesDma: true,
    evidence: [at(BAM, 547), at(BAM, 343)],
    note: "a DMA controller: its clients map for it",
  },
  {
    compatible: "fsl,imx6q-sdma",
    driver: at(SDMA, 675),
    ...self,
    ...sameMasks(exactMask("0xffffffff", SDMA, 2248), segmentSize(65535, SDMA, 2363)),
    usesDma: true,
    evidence: [at(SDMA, 1393), at(SDMA, 266)],
    note: "a DMA controller: its clients map for it",
  },
];

/** In the order of the draw. */
export const READINGS_A: readonly (Reading | Unbound)[] = [
  ...READINGS_A_VIDEO,
  ...READINGS_A_DISPLAY,
  ...READINGS_A_OTHER,
];
