import { describe, expect, it } from "vitest";
import { TI_FACTS } from "../../src/facts/reviewed/ti.js";
import { factOf, summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const DSS = {
  module: "tidss",
  appliesTo: "self",
  masks: "variant 0xffffffffffff, variant 0xffffffffffff",
  segment: "4294967295",
  queues: "gem gem-dma",
  mmu: "none",
};
const UDMA = {
  module: "k3-udma",
  appliesTo: "self",
  masks: "exact 0xffffffffffff, exact 0xffffffffffff",
  segment: "default",
  queues: "",
  mmu: "none",
};
const R5 = { ...UDMA, module: "ti_k3_r5_remoteproc", masks: "default, default" };

const cases = [
  // tidss_dispc.c:2863 48 bits unless :2862, :2868 segment; tidss_drv.c:111
  { compatible: "ti,am625-dss", fact: DSS },
  { compatible: "ti,am62a7-dss", fact: DSS },
  { compatible: "ti,j721e-dss", fact: DSS },
  { compatible: "ti,k2g-dss", fact: { ...DSS, masks: "default, default" } },
  // j721e-csi2rx.c:901 queue of the DMA channel, :899
  {
    compatible: "ti,j721e-csi2rx-shim",
    fact: {
      module: "j721e-csi2rx",
      appliesTo: "dma-channel",
      masks: "default, default",
      segment: "default",
      queues: "capture contig",
      mmu: "none",
    },
  },
  // wave5-vpu.c:235; wave5-helper.c:133, :146
  {
    compatible: "ti,j721s2-wave521c",
    fact: {
      module: "wave5",
      appliesTo: "self",
      masks: "exact 0xffffffff, exact 0xffffffff",
      segment: "default",
      queues: "output contig, capture contig",
      mmu: "none",
    },
  },
  // e5010-jpeg-enc.c:1028 streaming only; :592, :608
  {
    compatible: "img,e5010-jpeg-enc",
    fact: {
      module: "e5010_jpeg_enc",
      appliesTo: "self",
      masks: "exact 0xffffffff, default",
      segment: "default",
      queues: "output contig, capture contig",
      mmu: "none",
    },
  },
  // pvr_device.c:377 streaming only, width from the firmware image (:371), :383 segment; pvr_drv.c:1394
  {
    compatible: "img,img-axe",
    fact: {
      module: "powervr",
      appliesTo: "self",
      masks: "runtime 0xffffffff|0xfffffffff, default",
      segment: "4294967295",
      queues: "gem gem-shmem",
      mmu: "device",
    },
  },
  // k3-udma.c:5401
  { compatible: "ti,am62a-dmss-bcdma-csirx", fact: UDMA },
  { compatible: "ti,am64-dmss-bcdma", fact: UDMA },
  { compatible: "ti,j721e-navss-main-udmap", fact: UDMA },
  // ti_k3_r5_remoteproc.c:1498 sets no mask
  { compatible: "ti,am62-r5f", fact: R5 },
  { compatible: "ti,j721s2-r5f", fact: R5 },
];

describe("K3 facts", () => {
  for (const c of cases) {
    it(`of ${c.compatible}`, () => expect(summarize(factOf(TI_FACTS, c.compatible))).toEqual(c.fact));
  }

  it("mark the camera bridge alone as a client of a DMA controller", () => {
    const clients = TI_FACTS.filter((fact) => fact.slaveDma).map((fact) => fact.match);
    expect(clients).toEqual([{ compatible: "ti,j721e-csi2rx-shim" }]); // j721e-csi2rx.c:985
  });

  it("state strides", () => {
    const first = (compatible: string) => factOf(TI_FACTS, compatible).layouts?.[0];
    expect(first("ti,j721e-csi2rx-shim")?.strideAlign).toBe(16); // j721e-csi2rx.c:42, :259
    expect(first("ti,j721s2-wave521c")?.strideAlign).toBe(32); // wave5-vpu-dec.c:247
    expect(first("img,e5010-jpeg-enc")?.strideAlign).toBe(64); // e5010-jpeg-enc.c:53
  });

  it("keep regions of remote cores away from buffers", () => {
    expect(factOf(TI_FACTS, "ti,am62-r5f").memoryRegionUse).toBe("firmware"); // ti_k3_r5_remoteproc.c:1034
    expect(factOf(TI_FACTS, "ti,j721s2-c71-dsp").memoryRegionUse).toBe("firmware"); // ti_k3_dsp_remoteproc.c:566
  });

  it("show OMAP's pictures for a device without a node", () => {
    const OMAP = {
      module: "omapdrm",
      masks: "exact 0xffffffff, exact 0xffffffff", // omap_drv.c:796
      segment: "default",
      mmu: "none",
    };
    expect(summarize(factOf(TI_FACTS, "ti,omap3-dispc"))).toEqual({
      ...OMAP,
      appliesTo: "omapdrm from ti,omap3-dss", // dss.c:1325
      queues: "gem own contiguous>contiguous", // omap_gem.c:1366, :1395
    });
    expect(summarize(factOf(TI_FACTS, "ti,dra7-hdmi"))).toEqual({
      ...OMAP,
      appliesTo: "omapdrm from ti,dra7-dss",
      queues: "gem own dma32 scattered>contiguous", // omap_gem.c:1357, :817
    });
  });

  it("know the display of AM33xx", () => {
    expect(summarize(factOf(TI_FACTS, "ti,am33xx-tilcdc"))).toEqual({
      module: "tilcdc",
      appliesTo: "self",
      masks: "default, default", // tilcdc_drv.c:194, :557 set no mask
      segment: "default",
      queues: "gem gem-dma", // tilcdc_drv.c:491
      mmu: "none",
    });
  });
});
