import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { nameOfMatch } from "../../src/facts/lookup.js";
import { VENDOR_FACTS } from "../../src/facts/reviewed/vendor.js";
import { factOf, summarize } from "./summary.js";

const PLAIN = { appliesTo: "self", segment: "default", mmu: "none" };

// Typed by hand while reading the vendors' trees; the comment above each row names where.
const cases = [
  // rga_drv.c:1399 streaming 40, :1400 coherent 32; rga_dma_buf.c:461 the first address counts
  {
    compatible: "rockchip,rga3_core0",
    fact: {
      ...PLAIN,
      module: "rga3",
      masks: "exact 0xffffffffff, exact 0xffffffff",
      queues: "import own contiguous>contiguous",
    },
  },
  // rga_drv.c:1402 and :1403 32 bits; rga_mm.c:317 refuses pages above 4 GiB
  {
    compatible: "rockchip,rga2_core0",
    fact: {
      ...PLAIN,
      module: "rga3",
      masks: "runtime 0xffffffff|0xffffffffff, exact 0xffffffff",
      queues: "import own scattered>scattered",
      mmu: "device",
    },
  },
  // mpp_common.c:2097 sets nothing; mpp_iommu.c:255 the first address counts
  {
    compatible: "rockchip,rkv-decoder-v2",
    fact: {
      ...PLAIN,
      module: "rk_vcodec",
      masks: "default, default",
      queues: "import own contiguous>contiguous",
    },
  },
  // rknpu_drv.c:186 40 bits for allocations only; rknpu_gem.c:193 pages below 4 GiB without an IOMMU
  {
    compatible: "rockchip,rk3588-rknpu",
    fact: {
      ...PLAIN,
      module: "rknpu",
      masks: "default, default",
      queues: "gem own no-iommu dma32 force-contiguous contiguous>contiguous, gem own iommu scattered>contiguous",
    },
  },
  // rknpu_drv.c:165 32 bits: pages below 4 GiB with an IOMMU too
  {
    compatible: "rockchip,rk3568-rknpu",
    fact: {
      ...PLAIN,
      module: "rknpu",
      masks: "default, default",
      queues: "gem own no-iommu dma32 force-contiguous contiguous>contiguous, gem own iommu dma32 scattered>contiguous",
    },
  },
  // hevc_d.c:228 36 bits, hevc_d_queue_init() contiguous
  {
    compatible: "brcm,bcm2712-hevc-dec",
    fact: {
      ...PLAIN,
      module: "rpi-hevc-dec",
      masks: "exact 0xfffffffff, exact 0xfffffffff",
      queues: "output contig, capture contig",
    },
  },
  // gc_hal_kernel_driver.c:906 and :947 all ones, streaming only; an import is a list of pages
  {
    compatible: "fsl,imx8-gpu-ss",
    fact: {
      ...PLAIN,
      module: "galcore",
      masks: "exact 0xffffffffffffffff, default",
      queues: "import own scattered>scattered",
      mmu: "device",
    },
  },
  // cfe_probe() 64 bits
  {
    compatible: "raspberrypi,rp1-cfe",
    fact: {
      ...PLAIN,
      module: "rp1-cfe",
      masks: "exact 0xffffffffffffffff, exact 0xffffffffffffffff",
      queues: "capture contig, meta contig",
    },
  },
];

describe("facts of drivers outside Linux", () => {
  it.each(cases)("of $compatible", ({ compatible, fact }) => {
    expect(summarize(factOf(VENDOR_FACTS, compatible))).toEqual(fact);
  });

  it("name the tree that was read, which is not Linux 6.12, and its address", () => {
    const unnamed = VENDOR_FACTS.filter(
      ({ url, driver }) => !/^https:\/\/github\.com\/[^ ]+$/.test(url ?? "") || /^\d/.test(driver.kernel),
    );
    expect(unnamed.map(({ match }) => nameOfMatch(match))).toEqual([]);
  });

  it("state the strides of both 2D engines", () => {
    const strides = (compatible: string) => factOf(VENDOR_FACTS, compatible).layouts?.map((l) => l.strideAlign);
    expect(strides("rockchip,rga3")).toEqual([16]); // rga_hw_config.c:456
    expect(strides("rockchip,rga2")).toEqual([4]); // rga_hw_config.c:478
  });

  it("find Hailo's engines by their PCI ids", async () => {
    const facts = await loadFacts();
    // pcie_common.h of hailort-drivers v4.23.0: 0x2864 Hailo-8, 0x45c4 Hailo-10H; vdma.c:46 tries 64 bits first
    for (const id of [0x2864, 0x45c4]) {
      const fact = facts.byPci(0x1e60, id);
      expect(fact?.role).toBe("npu");
      expect(fact?.dmaMask.value).toBe("0xffffffffffffffff");
      expect(fact?.buffers.map(({ accepts }) => accepts)).toEqual(["scattered"]);
    }
  });
});

describe("the PiSP back end", () => {
  it("writes pictures through two of its video devices, with a stride that follows the format", async () => {
    const [fact, ...others] = (await loadFacts()).byName("pispbe-output0").facts;
    expect(others).toEqual([]);
    expect(fact?.match).toEqual({ compatible: "raspberrypi,pispbe" });
    expect(fact?.dmaMask.value).toBe("0xfffffffff"); // pisp_be.c:1715
    expect(fact?.layouts?.map(({ fourcc, strideAlign }) => `${fourcc} ${strideAlign}`)).toContain("YU12 128");
  });
});
