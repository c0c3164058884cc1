import { DEBIAN_ARM64_6_12, DEBIAN_ARMMP_6_1 } from "../../../src/boot/profile.js";
import { simulateBoot } from "../../../src/boot/simulate.js";
import { buildDeviceTree, cells, cells64 } from "../../../src/devicetree/build.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";
import { FactBase } from "../../../src/facts/lookup.js";
import { MachineError } from "../../../src/machine/error.js";
import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import type { Machine } from "../../../src/machine/machine.js";
import { KERNEL_PROFILES } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import { PLAIN } from "../../machine/board.js";
import { askMachine } from "../ask-machine.js";
import { PARTS_BOARD, PARTS_FACTS } from "../boards.js";
import { checkFree } from "../check-free.js";
import { checksum } from "../checksum.js";
import type { Mutation } from "../mutate.js";
import { treeMutation } from "../mutate-tree.js";
import { readTree } from "../read-tree.js";

const facts = new FactBase(PARTS_FACTS);
const profiles = [...KERNEL_PROFILES.values()];
const BANKS = [{ base: 0x4000_0000, size: 0x8000_0000, nid: null }];

/**
 * Reads a file as a device tree, boots it, makes a machine of it and asks every question of that.
 *
 * @throws when anything but a machine, a DeviceTreeError or a MachineError comes out, when the machine cannot be saved and read again, when boot
 *   leaves memory free that there is not, or when a question cannot be answered
 */
export function run(data: Uint8Array): void {
  const tree = readTree(data);
  if (tree === null) return;
  const salt = checksum(data);
  const bootProfile = salt % 2 === 0 ? DEBIAN_ARM64_6_12 : DEBIAN_ARMMP_6_1;
  checkFree(simulateBoot({ tree, banks: BANKS, cmdline: "", profile: bootProfile, reservedBeforeScan: null }), BANKS);
  let machine: Machine;
  try {
    machine = readMachine({ tree, facts, profile: profiles[salt % profiles.length] as (typeof profiles)[number] });
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    return;
  }
  const text = machineToJson(machine);
  const saved = parseMachine(text);
  if (!saved.ok) throw new Error(`the machine is refused when read again: ${saved.refusal.text}`);
  if (machineToJson(saved.value) !== text) throw new Error("saved and read again, the machine is another");
  askMachine(machine, salt);
}

/** A board with one of everything, and a narrow one whose regions ask for all that boot can do. */
export const seeds: Uint8Array[] = [
  writeDeviceTree(buildDeviceTree({ ...PLAIN, ...PARTS_BOARD })),
  writeDeviceTree(
    buildDeviceTree(
      {
        "#address-cells": 1,
        "#size-cells": 1,
        compatible: "vendor,narrow",
        cpus: { "#address-cells": 1, "#size-cells": 0, "cpu@0": { device_type: "cpu", compatible: "arm,cortex-a7" } },
        chosen: { bootargs: "cma=16M@0x50000000 mem=768M swiotlb=force" },
        "memory@40000000": { device_type: "memory", reg: cells(0x4000_0000, 0x2000_0000, 0x8000_0000, 0x2000_0000) },
        "reserved-memory": {
          "#address-cells": 1,
          "#size-cells": 1,
          ranges: true,
          area: {
            compatible: "shared-dma-pool",
            reusable: true,
            size: 0x200_0000,
            alignment: 0x40_0000,
            "alloc-ranges": cells(0x4000_0000, 0x1000_0000, 0x8000_0000, 0x1000_0000),
            "linux,cma-default": true,
            phandle: 1,
          },
          pool: { compatible: "shared-dma-pool", "no-map": true, size: 0x10_0000, phandle: 2 },
          "several@44000000": { reg: cells(0x4400_0000, 0x10_0000, 0x4480_0000, 0x10_0000) },
          "modem@46000000": { "no-map": true, reg: cells(0x4600_0000, 0x100_0000), status: "disabled" },
        },
        "isp@10000000": { compatible: "vendor,isp", reg: cells(0x1000_0000, 0x1000), "memory-region": cells(2, 1) },
      },
      [{ address: 0x4000_0000, size: 0x1_0000 }],
    ),
  ),
  writeDeviceTree(
    buildDeviceTree({
      "#address-cells": 2,
      "#size-cells": 2,
      "memory@0": { device_type: "memory", reg: cells64(0, 0x1000_0000), "numa-node-id": 0 },
      "memory@100000000": { device_type: "memory", reg: cells64(0x1_0000_0000, 0x4000_0000), "numa-node-id": 1 },
      "reserved-memory": {
        "#address-cells": 2,
        "#size-cells": 2,
        ranges: true,
        "cma@110000000": { compatible: "shared-dma-pool", reusable: true, reg: cells64(0x1_1000_0000, 0x400_0000) },
      },
    }),
  ),
];

export const mutation: Mutation = treeMutation({
  properties: [
    "reg",
    "size",
    "alignment",
    "alloc-ranges",
    "reusable",
    "no-map",
    "linux,cma-default",
    "status",
    "compatible",
    "ranges",
    "dma-ranges",
    "dma-coherent",
    "dma-noncoherent",
    "#address-cells",
    "#size-cells",
    "memory-region",
    "memory-region-names",
    "iommus",
    "iommu-map",
    "#iommu-cells",
    "interconnects",
    "interconnect-names",
    "phandle",
    "device_type",
    "numa-node-id",
    "bootargs",
    "dmas",
    "dma-names",
    "linux,usable-memory",
    "ports",
  ],
  strings: [
    "okay",
    "disabled",
    "memory",
    "pci",
    "shared-dma-pool",
    "restricted-dma-pool",
    "simple-bus",
    "rockchip,rk3568-iommu",
    "arm,smmu-v3",
    "arm,mmu-500",
    "vendor,isp",
    "vendor,codec",
    "vendor,vop",
    "vendor,display",
    "vendor,npu",
    "vendor,uart",
    "arm,cortex-a7",
    "pci8086,1234",
    "dma-mem",
    "cma=1G@0x40000000",
    "cma=64M@4G-8G mem=1M",
    "mem=4K",
    "cma=0",
    "iommu.passthrough=1 coherent_pool=4G",
    "numa_cma=0:64M,1:1G cma_pernuma=8P",
  ],
});

/** A run boots twice, builds a machine and places four buffers. */
export const testExecutions = 2000;
