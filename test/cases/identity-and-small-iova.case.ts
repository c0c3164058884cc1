import { cells, type TreeSpec } from "../../src/devicetree/build.js";
import type { PlacementCase } from "./placement-case.js";

const DPU = "dpu@63000000";

/** A Unisoc SC9863A's display and its IOMMU, after the binding documents: no tree of Debian's kernels has them. */
const SHARKL3: TreeSpec = {
  model: "built: Unisoc SC9863A display",
  compatible: "sprd,sc9863a",
  "#address-cells": 2,
  "#size-cells": 2,
  cpus: {
    "#address-cells": 2,
    "#size-cells": 0,
    "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a55", reg: cells(0, 0) },
  },
  "memory@80000000": { device_type: "memory", reg: cells(0, 0x80000000, 0, 0x80000000) },
  soc: {
    compatible: "simple-bus",
    "#address-cells": 2,
    "#size-cells": 2,
    ranges: true,
    [DPU]: { compatible: "sprd,sharkl3-dpu", reg: cells(0, 0x63000000, 0, 0x1000), iommus: 1 },
    "iommu@63000800": {
      compatible: "sprd,iommu-v1",
      reg: cells(0, 0x63000800, 0, 0x80),
      "#iommu-cells": 0,
      phandle: 1,
    },
  },
};

/** IOMMUs that pass through, and one whose I/O address space is small. */
export const IOMMU_CASES: readonly PlacementCase[] = [
  {
    title:
      "Tegra210, 4 GiB: the display's driver maps for itself behind an IOMMU that never translates for the DMA API",
    why: "tegra-smmu gives every client a pass-through domain, and the DRM driver maps into a domain of its own, so that scattered pages serve. Its device inherits host1x's mask, which is 34 bits because an IOMMU serves host1x.",
    from: [
      "drivers/iommu/tegra-smmu.c:983",
      "drivers/gpu/drm/tegra/drm.c:1155",
      "drivers/gpu/drm/tegra/gem.c:380",
      "drivers/gpu/host1x/dev.c:475",
      "tree: /host1x@50000000:iommus, /host1x@50000000/dc@54200000:iommus",
    ],
    board: "arm64/nvidia/tegra210-p2371-2180.dtb",
    devices: ["dc@54200000"],
    size: 8_294_400,
    expected: {
      devices: { "dc@54200000": { via: "iommu", iommu: "identity", reaches: [[0x80000000, 0x100000000]] } },
      candidates: {
        "cma:default": "fits",
        "system via dma-heap": "fits",
        "system via drm-dumb:dc@54200000": "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block via v4l2:/host1x@50000000/vi@54080000": "refused too-large",
      },
      chosen: "system via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "Tegra210, 4 GiB, Debian's kernel: without dma-heaps the display's own buffers serve",
    why: "The DRM driver exports pages that it maps into its own domain; to the area only the camera's driver leads.",
    from: [
      "Debian's config of 6.12 arm64: DMABUF_HEAPS off",
      "https://github.com/raspberrypi/rpicam-apps/issues/218",
      "drivers/gpu/drm/tegra/gem.c:349",
    ],
    board: "arm64/nvidia/tegra210-p2371-2180.dtb",
    profile: "debian-arm64-6.12",
    devices: ["dc@54200000"],
    size: 8_294_400,
    expected: {
      devices: { "dc@54200000": { via: "iommu", iommu: "identity" } },
      candidates: {
        "cma:default via v4l2:/host1x@50000000/vi@54080000": "fits",
        "system via drm-dumb:dc@54200000": "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block via v4l2:/host1x@50000000/vi@54080000": "refused too-large",
      },
      chosen: "system via drm-dumb:dc@54200000",
      assumptions: [],
    },
  },
  {
    title: "built, Unisoc: one buffer of 300 MiB is larger than an I/O address space of 256 MiB",
    why: "The IOMMU's aperture ends at 256 MiB whatever the mask says, so no memory serves, near or far.",
    from: [
      "drivers/iommu/sprd-iommu.c:147",
      "drivers/iommu/sprd-iommu.c:293 keeps 32 address bits",
      "drivers/iommu/dma-iommu.c:762",
    ],
    board: null,
    built: SHARKL3,
    devices: [DPU],
    size: 300 * 1024 * 1024,
    expected: {
      devices: { [DPU]: { via: "iommu", iommu: "translate", iova: "drivers/iommu/sprd-iommu.c:147" } },
      candidates: {
        "cma:default": `refused iova-room@${DPU} no-hole`,
        system: `refused iova-room@${DPU}`,
        udmabuf: `refused iova-room@${DPU} too-large`,
        "dma32-pages": `refused no-route iova-room@${DPU}`,
        "page-block": `refused no-route too-large iova-room@${DPU}`,
      },
      chosen: null,
      assumptions: [`default-mask@${DPU}`, `unknown-buffers@${DPU}`, `aggregate@${DPU}`],
      conflict: {
        fields: [["iovaRoom"]],
        devices: [[DPU]],
        remedies: [],
        noRemedies: ["command-line", "reserved-memory", "kernel-option", "limit-memory", "enable-iommu"],
      },
    },
  },
  {
    title: "built, Unisoc: of two buffers of 80 MiB only one finds its aligned place",
    why: "I/O addresses are aligned to the next power of two, 128 MiB, and the lower of the two places starts at address 0, which is never given away.",
    from: ["drivers/iommu/sprd-iommu.c:147", "drivers/iommu/iova.c:175", "drivers/iommu/dma-iommu.c:671"],
    board: null,
    built: SHARKL3,
    devices: [DPU],
    size: 80 * 1024 * 1024,
    count: 2,
    expected: {
      devices: { [DPU]: { via: "iommu", iova: "drivers/iommu/sprd-iommu.c:147" } },
      candidates: {
        "cma:default": `refused iova-room@${DPU} no-hole`,
        system: `refused iova-room@${DPU}`,
        udmabuf: `refused iova-room@${DPU} too-large`,
        "dma32-pages": `refused no-route iova-room@${DPU}`,
        "page-block": `refused no-route too-large iova-room@${DPU}`,
      },
      chosen: null,
      assumptions: [`default-mask@${DPU}`, `unknown-buffers@${DPU}`, `aggregate@${DPU}`],
      conflict: {
        fields: [["iovaRoom"]],
        devices: [[DPU]],
        remedies: [],
        noRemedies: ["command-line", "reserved-memory"],
      },
    },
  },
  {
    title: "built, Unisoc: one buffer of 80 MiB fits",
    why: "The upper place is free.",
    from: ["drivers/iommu/sprd-iommu.c:147"],
    board: null,
    built: SHARKL3,
    devices: [DPU],
    size: 80 * 1024 * 1024,
    expected: {
      devices: { [DPU]: { via: "iommu", iova: "drivers/iommu/sprd-iommu.c:147" } },
      candidates: {
        "cma:default": "refused no-hole",
        system: "fits",
        udmabuf: "refused too-large",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: [`default-mask@${DPU}`, `unknown-buffers@${DPU}`, `aggregate@${DPU}`],
    },
  },
];
