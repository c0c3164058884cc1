import { writeDeviceTree } from "../../../src/devicetree/write.js";
import type { MachineSource } from "../../../src/machine/source.js";
import { exampleBoard } from "../../../tools/example-board/board.js";
import { sourceOf } from "./running-pc.js";

/** Where the kernel has put the default CMA area: not where boot is expected to put it. */
export const DEFAULT_AREA = { base: 0xdb00_0000, size: 0x400_0000 } as const;

const CONFIG = [
  "CONFIG_ARM64=y",
  "CONFIG_CMA=y",
  "CONFIG_CMA_DEBUGFS=y",
  "CONFIG_DMA_CMA=y",
  "CONFIG_CMA_SIZE_MBYTES=64",
  "CONFIG_CMA_SIZE_SEL_MBYTES=y",
  "CONFIG_DMABUF_HEAPS=y",
  "CONFIG_DMABUF_HEAPS_SYSTEM=y",
  "CONFIG_DMABUF_HEAPS_CMA=y",
  "CONFIG_ROCKCHIP_IOMMU=y",
  "CONFIG_UDMABUF=y",
  "# CONFIG_VFIO is not set",
  "",
];

const FILES: Readonly<Record<string, string>> = {
  config: CONFIG.join("\n"),
  "proc/version": "Linux version 6.12.48-board (builder@host) (gcc) #1 SMP\n",
  "proc/sys/kernel/arch": "aarch64\n",
  "proc/cmdline": "console=ttyS0,115200 root=/dev/mmcblk0p2 rw\n",
  "proc/meminfo":
    "MemTotal:        7700000 kB\nMemAvailable:    7000000 kB\nCmaTotal:         131072 kB\nCmaFree:          120000 kB\n",
  "proc/iomem": [
    "40000000-41ffffff : System RAM",
    "  40210000-415fffff : Kernel code",
    "  41600000-418fffff : reserved",
    "42000000-421fffff : reserved",
    "42200000-57ffffff : System RAM",
    "  50000000-53ffffff : reserved",
    "58000000-58ffffff : reserved",
    "59000000-dfffffff : System RAM",
    "  db000000-deffffff : reserved",
    "100000000-23fffffff : System RAM",
    "fd000000-fd00ffff : fd000000.display display@fd000000",
    "",
  ].join("\n"),
  "sys/kernel/debug/cma/reserved/base_pfn": `${DEFAULT_AREA.base / 4096}\n`,
  "sys/kernel/debug/cma/reserved/count": `${DEFAULT_AREA.size / 4096}\n`,
  "sys/kernel/debug/cma/codec-pool@50000000/base_pfn": `${0x5000_0000 / 4096}\n`,
  "sys/kernel/debug/cma/codec-pool@50000000/count": "16384\n",
  "sys/kernel/iommu_groups/0/type": "DMA\n",
  "sys/kernel/iommu_groups/0/reserved_regions": "",
  "sys/module/udmabuf/parameters/size_limit_mb": "64\n",
  "sys/module/udmabuf/parameters/list_limit": "1024\n",
  "dev/dma_heap/system": "crw------- 0 0",
  "dev/dma_heap/reserved": "crw------- 0 0",
  "dev/udmabuf": "crw------- 0 0",
  "dev/dri/card0": "crw-rw---- 0 44",
  "dev/video0": "crw-rw---- 0 44",
  "dev/video1": "crw-rw---- 0 44",
  ...device("fd000000.display", "display@fd000000", "imx-lcdif"),
  ...node("fd000000.display", "drm", "card0", "dri/card0"),
  ...device("fd100000.rga", "rga@fd100000", "rockchip-rga"),
  ...node("fd100000.rga", "video4linux", "video0", "video0"),
  ...device("fd300000.video-codec", "video-codec@fd300000", "hantro-vpu"),
  "sys/devices/platform/soc/fd300000.video-codec/iommu_group": "/sys/kernel/iommu_groups/0",
  ...node("fd300000.video-codec", "video4linux", "video1", "video1"),
};

/** What a look at the example board gives while Linux runs on it; `changes` replace files, null leaves one out. */
export function runningBoard(changes: Readonly<Record<string, string | null>> = {}): MachineSource {
  return new Map([["tree.dtb", writeDeviceTree(exampleBoard())], ...sourceOf({ ...FILES, ...changes })]);
}

function device(busId: string, node: string, driver: string): Record<string, string> {
  const folder = `sys/devices/platform/soc/${busId}`;
  return {
    [`${folder}/subsystem`]: "/sys/bus/platform",
    [`${folder}/driver`]: `/sys/bus/platform/drivers/${driver}`,
    [`${folder}/of_node`]: `/sys/firmware/devicetree/base/soc/${node}`,
  };
}

function node(busId: string, subsystem: string, name: string, path: string): Record<string, string> {
  const folder = `sys/devices/platform/soc/${busId}/${subsystem}/${name}`;
  return {
    [`${folder}/subsystem`]: `/sys/class/${subsystem}`,
    [`${folder}/device`]: `/sys/devices/platform/soc/${busId}`,
    [`${folder}/uevent`]: `MAJOR=226\nMINOR=0\nDEVNAME=${path}\n`,
  };
}
