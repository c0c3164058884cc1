/** How much RAM devices reach, and what the kernel does about the rest. */
import { busReach } from "../../addressing/reach.js";
import { reachesNoMemory } from "../../facts/without-memory.js";
import type { Device, Machine } from "../../machine/machine.js";
import { formatHex, formatSize, GIB } from "../../units/quantity.js";
import { intersectRanges, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Flaw, Rule } from "../rule.js";
import { isDriven, memoryUsers, namesOf, sharesBuffers } from "../sharing.js";

const FOUR_GIB = 4 * GIB;

/** A codec without an IOMMU that emits 32 bits. */
export const CODEC = `video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };`;

/** A memory node of an example, with that `reg`. */
export function memory(reg: string): string {
  return `memory@40000000 { device_type = "memory"; reg = ${reg}; };`;
}

/** A bus whose window holds that much from 0x40000000. */
function windowOf(size: string): string {
  return `soc {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x40000000 0 0x40000000 0 ${size}>;
	${CODEC}
};`;
}

/**
 * Enabled devices whose driver is known and that emit bus addresses: nothing translates for them. A processor that is only given firmware is none: the windows
 * above it say where it sees its own memories.
 *
 * @see Linux 6.12 `drivers/remoteproc/stm32_rproc.c` `stm32_rproc_of_memory_translations()`
 */
export function bareDevices(machine: Machine): readonly Device[] {
  return machine.devices.filter(
    (device) =>
      device.enabled &&
      device.driver !== null &&
      !reachesNoMemory(device.driver) &&
      isDriven(machine, device) &&
      device.translation === "none" &&
      !device.slaveDma &&
      device.memoryRegionUse !== "firmware",
  );
}

/** Those of {@link bareDevices} whose mask is known too. */
export function directDevices(machine: Machine): readonly Device[] {
  return bareDevices(machine).filter(isMaskKnown);
}

/** True for a device whose mask does not hang on what only its driver finds out. */
export function isMaskKnown({ assumptions }: Device): boolean {
  return assumptions.every(({ field }) => field !== "dmaMask");
}

const NOTHING: Rule = {
  id: "device-reaches-no-ram",
  severity: "error",
  title: "a device can emit the address of no RAM at all",
  help: "What a device can emit is bounded by its DMA mask and by the windows of its bus. Where all RAM lies beyond, as on boards whose RAM starts above 4 GiB, nothing it allocates or is given can be used, and there is not even room for bounce buffers. It needs an IOMMU, or a bus window that moves RAM into its range.",
  source: "Linux 6.12 include/linux/dma-direct.h dma_capable(), kernel/dma/direct.c dma_direct_supported()",
  wrong: { dts: `memory@800000000 { device_type = "memory"; reg = <8 0x0 0 0x40000000>; };\n${CODEC}` },
  right: { dts: CODEC },
  check: ({ machine }) =>
    directDevices(machine).flatMap((device): Flaw[] => {
      const ram = toRangeSet(machine.banks);
      const first = ram[0];
      if (first === undefined || intersectRanges(ram, busReach(device, "streaming")).length > 0) return [];
      return [
        {
          severity: sharesBuffers(device) ? "error" : "warning",
          text: `${device.name} reaches none of ${formatSize(totalSize(ram))} of RAM: it starts at ${formatHex(first.base)}, and the device emits ${device.windows === null ? `at most ${device.dmaMask}` : "only what its bus windows hold"}.`,
          where: { node: device.path, property: null },
          numbers: { ram: totalSize(ram), base: first.base, mask: device.dmaMask },
          proposals: [],
        },
      ];
    }),
};

const HIDDEN: Rule = {
  id: "dma-ranges-hide-ram",
  severity: "note",
  title: "a bus window holds only a part of RAM",
  help: "What is in no window cannot be reached by any device on the bus without an IOMMU: buffers there are copied, or refused where they are shared. On many chips that is how the bus is wired, and then it is no fault, only worth knowing when pools are placed. Where the window was written for a board with less RAM, it is too small.",
  source: "Linux 6.12 drivers/of/address.c of_dma_get_range(), kernel/dma/direct.h dma_direct_map_page()",
  wrong: { dts: windowOf("0x20000000") },
  right: { dts: windowOf("0x40000000") },
  check: ({ machine }) =>
    machine.buses.flatMap((bus): Flaw[] => {
      const devices = memoryUsers(directDevices(machine)).filter((device) => device.bus === bus.path);
      if (bus.windows === null || devices.length === 0) return [];
      const ram = toRangeSet(machine.banks);
      const held = toRangeSet(bus.windows.map(({ cpu, size }) => ({ base: cpu, size })));
      const hidden = totalSize(subtractRanges(ram, held));
      if (hidden === 0 || hidden === totalSize(ram)) return [];
      const share = Math.round((100 * hidden) / totalSize(ram));
      return [
        {
          severity: "note",
          text: `Windows of ${bus.path} hold ${formatSize(totalSize(ram) - hidden)} of ${formatSize(totalSize(ram))} of RAM: ${share} % is out of reach for ${namesOf(devices)}.`,
          where: { node: bus.path, property: "dma-ranges" },
          numbers: { ram: totalSize(ram), hidden, share, devices: devices.length },
          proposals: [],
        },
      ];
    }),
};

const ZONE: Rule = {
  id: "dma-ranges-shrink-zone-dma",
  severity: "note",
  title: "the window of one bus makes ZONE_DMA small for everybody",
  help: "On arm64 ZONE_DMA ends where the bus window that reaches least ends, whichever device that is for. The default CMA area without a place of its own and the bounce buffers have to lie below. One small window in the tree, of a device nobody uses, is enough; a disabled node does not count.",
  source: "Linux 6.12 arch/arm64/mm/init.c zone_sizes_init(), drivers/of/address.c of_dma_get_max_cpu_address()",
  wrong: { dts: windowOf("0x8000000") },
  right: { dts: windowOf("0x40000000") },
  check: ({ machine }) => {
    const ram = toRangeSet(machine.banks);
    const below = intersectRanges(ram, [{ base: 0, size: FOUR_GIB }]);
    const left = totalSize(intersectRanges(ram, [{ base: 0, size: machine.zoneDmaEnd }]));
    if (machine.arch !== "arm64" || below.length === 0 || left >= totalSize(below)) return [];
    const bus = machine.buses.find(
      ({ windows }) =>
        windows !== null && Math.max(...windows.map(({ cpu, size }) => cpu + size)) === machine.zoneDmaEnd,
    );
    const isTight = left < (machine.defaultCma?.source === "tree" ? 0 : machine.profile.cmaSize) * 2;
    return [
      {
        severity: isTight ? "warning" : "note",
        text: `ZONE_DMA ends at ${formatHex(machine.zoneDmaEnd)} with ${formatSize(left)} of RAM, because ${bus === undefined ? "a bus window" : `the window of ${bus.path}`} ends there; below 4 GiB there are ${formatSize(totalSize(below))}.`,
        where: { node: bus?.path ?? null, property: "dma-ranges" },
        numbers: { zoneDmaEnd: machine.zoneDmaEnd, left, below: totalSize(below) },
        proposals: [],
      },
    ];
  },
};

/** Rules about RAM that devices do not reach. */
export const REACH: readonly Rule[] = [NOTHING, HIDDEN, ZONE];
