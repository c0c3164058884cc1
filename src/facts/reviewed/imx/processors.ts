/** Microcontrollers and audio DSPs of i.MX. */
import type { DeviceFact } from "../../fact.js";
import { driver, firmwareProcessor } from "../shorthand.js";

const RPROC = "drivers/remoteproc/imx_rproc.c";
const DSP_RPROC = "drivers/remoteproc/imx_dsp_rproc.c";

const SOF_8 = "sound/soc/sof/imx/imx8.c";
const SOF_8M = "sound/soc/sof/imx/imx8m.c";

const RING_NOTE =
  "A region called vdev0buffer is left to the virtio child device, which takes its message buffers from it.";

/** Facts of processors that Linux starts; an audio DSP under Sound Open Firmware has its region mapped for the firmware. */
export const IMX_PROCESSOR_FACTS: readonly DeviceFact[] = [
  ...(
    [
      ["fsl,imx7d-cm4", 1187],
      ["fsl,imx6sx-cm4", 1188],
      ["fsl,imx8mq-cm4", 1189],
      ["fsl,imx8mm-cm4", 1190],
      ["fsl,imx8mn-cm7", 1191],
      ["fsl,imx8mp-cm7", 1192],
      ["fsl,imx8mn-cm7-mmio", 1193],
      ["fsl,imx8mp-cm7-mmio", 1194],
      ["fsl,imx8qxp-cm4", 1195],
      ["fsl,imx8qm-cm4", 1196],
      ["fsl,imx8ulp-cm33", 1197],
      ["fsl,imx93-cm33", 1198],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "other", driver("imx_rproc", RPROC, line), 1075, RING_NOTE)),
  ...(
    [
      ["fsl,imx8qxp-hifi4", 1260],
      ["fsl,imx8qm-hifi4", 1261],
      ["fsl,imx8mp-hifi4", 1262],
    ] as const
  ).map(([name, line]) => firmwareProcessor(name, "dsp", driver("imx_dsp_rproc", DSP_RPROC, line), 1023, RING_NOTE)),
  firmwareProcessor("fsl,imx8qxp-dsp", "dsp", driver("snd-sof-imx8", SOF_8, 652), 176),
  firmwareProcessor("fsl,imx8qm-dsp", "dsp", driver("snd-sof-imx8", SOF_8, 653), 176),
  firmwareProcessor("fsl,imx8mp-dsp", "dsp", driver("snd-sof-imx8m", SOF_8M, 500), 145),
];
