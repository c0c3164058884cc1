import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";

/** Phandles of the nodes that others point at. */
const PHANDLE = { codecMmu: 1, cameraMmu: 2, codecPool: 3, decoderPool: 4 } as const;

const GIC_SPI = 0;
const LEVEL_HIGH = 4;

/** A device on the fast bus: registers of one 64 KiB page there, and a shared interrupt. */
function block(address: number, compatible: string | readonly string[], line: number, more: TreeSpec = {}): TreeSpec {
  return {
    compatible,
    reg: cells64(address, 0x10000),
    interrupts: cells(GIC_SPI, line, LEVEL_HIGH),
    ...more,
  };
}

/**
 * A board that does not exist, of parts that do: every driver is one of Linux, so that its facts apply, and every rule of placement
 * has a device that needs it.
 *
 *   RAM     2.5 GiB below 4 GiB, 5 GiB above
 *   fast    display (no IOMMU), 2D engine (32 bits, own MMU), GPU (own MMU), decoders (behind an
 *           IOMMU; with a CMA pool), camera behind an IOMMU (both disabled), network
 *   slow    a window of 1 GiB: a decoder with a coherent pool, a camera receiver
 *   kept    a region for the secure firmware
 */
export function exampleBoard(): DeviceTree {
  return buildDeviceTree({
    "#address-cells": 2,
    "#size-cells": 2,
    model: "coalloc example board",
    compatible: ["coalloc,example-board", "coalloc,example-soc"],
    "interrupt-parent": 9,
    aliases: {
      display0: "/soc/display@fd000000",
      ethernet0: "/soc/ethernet@fe000000",
    },
    chosen: { bootargs: "console=ttyS0,115200 root=/dev/mmcblk0p2 rw" },
    cpus: {
      "#address-cells": 1,
      "#size-cells": 0,
      ...Object.fromEntries(
        [0, 1, 2, 3].map((cpu) => [
          `cpu@${cpu}`,
          { device_type: "cpu", compatible: "arm,cortex-a55", reg: cpu, "enable-method": "psci" },
        ]),
      ),
    },
    psci: { compatible: "arm,psci-1.0", method: "smc" },
    "memory@40000000": {
      device_type: "memory",
      reg: cells64(0x40000000, 0xa0000000, 0x100000000, 0x140000000),
    },
    "reserved-memory": {
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      "secure-firmware@42000000": { reg: cells64(0x42000000, 0x200000), "no-map": true },
      "codec-pool@50000000": {
        compatible: "shared-dma-pool",
        reg: cells64(0x50000000, 0x4000000),
        reusable: true,
        phandle: PHANDLE.codecPool,
      },
      "decoder-pool@58000000": {
        compatible: "shared-dma-pool",
        reg: cells64(0x58000000, 0x1000000),
        "no-map": true,
        phandle: PHANDLE.decoderPool,
      },
    },
    soc: {
      compatible: "simple-bus",
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: true,
      "interrupt-controller@f0000000": {
        compatible: "arm,gic-400",
        reg: cells64(0xf0000000, 0x1000, 0xf0001000, 0x2000),
        "interrupt-controller": true,
        "#interrupt-cells": 3,
        phandle: 9,
      },
      "display@fd000000": block(0xfd000000, "fsl,imx8mp-lcdif", 40),
      "rga@fd100000": block(0xfd100000, "rockchip,rk3399-rga", 41),
      "gpu@fd200000": block(0xfd200000, "arm,mali-bifrost", 42),
      "video-codec@fd300000": block(0xfd300000, "rockchip,rk3568-vpu", 43, { iommus: cells(PHANDLE.codecMmu) }),
      "iommu@fd310000": block(0xfd310000, "rockchip,rk3568-iommu", 44, {
        "#iommu-cells": 0,
        phandle: PHANDLE.codecMmu,
      }),
      "isp@fd400000": block(0xfd400000, "rockchip,rk3399-cif-isp", 45, {
        iommus: cells(PHANDLE.cameraMmu),
        status: "disabled",
      }),
      "iommu@fd410000": block(0xfd410000, "rockchip,rk3568-iommu", 46, {
        "#iommu-cells": 0,
        status: "disabled",
        phandle: PHANDLE.cameraMmu,
      }),
      "video-codec@fd500000": block(0xfd500000, "allwinner,sun50i-h6-video-engine", 47, {
        "memory-region": cells(PHANDLE.codecPool),
      }),
      "ethernet@fe000000": block(0xfe000000, "snps,dwmac-4.20a", 50),
      "bus@fc000000": {
        compatible: "simple-bus",
        "#address-cells": 1,
        "#size-cells": 1,
        ranges: cells(0x0, 0x0, 0xfc000000, 0x1000000),
        "dma-ranges": cells(0xc0000000, 0x0, 0x40000000, 0x40000000),
        "video-codec@10000": {
          compatible: "allwinner,sun8i-h3-video-engine",
          reg: cells(0x10000, 0x1000),
          interrupts: cells(GIC_SPI, 60, LEVEL_HIGH),
          "memory-region": cells(PHANDLE.decoderPool),
        },
        "csi@20000": {
          compatible: "brcm,bcm2835-unicam",
          reg: cells(0x20000, 0x1000),
          interrupts: cells(GIC_SPI, 61, LEVEL_HIGH),
        },
      },
    },
    __symbols__: {
      display: "/soc/display@fd000000",
      rga: "/soc/rga@fd100000",
      gpu: "/soc/gpu@fd200000",
      decoder: "/soc/video-codec@fd300000",
      isp: "/soc/isp@fd400000",
      isp_mmu: "/soc/iommu@fd410000",
      csi: "/soc/bus@fc000000/csi@20000",
      slow_decoder: "/soc/bus@fc000000/video-codec@10000",
    },
  });
}
