/** What IOMMU drivers say of devices they do not serve, and of themselves when they do not answer. */
import type { Device, Machine } from "../../machine/machine.js";
import { hasStream } from "../../machine/stream-match.js";
import { formatHex } from "../../units/quantity.js";
import { boardWord, deviceOfKernelName, nodeOfKernelName } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

/** `iommu: Failed to set up IOMMU for device fdd90000.vop; retaining platform DMA ops`. */
export const iommuNotUsed: Recogniser = patternRecogniser<{ readonly device: string }>({
  id: "iommu-not-used",
  topic: "IOMMU",
  hint: "retaining platform DMA ops",
  source: "Linux 6.12 drivers/iommu/dma-iommu.c iommu_setup_dma_ops()",
  pattern: /Failed to set up IOMMU for device (\S+); retaining platform DMA ops/,
  read: ([, device]) => (device === undefined ? null : { device }),
  explain: ({ device }, { machine, lines, line }) => {
    const outside = lines.of("iommu-range-outside").some((seen) => seen.line < line && line - seen.line <= 3);
    return {
      severity: "warning",
      cause: `${device} goes on without its IOMMU: from here on it needs contiguous memory within its own reach.`,
      proof: outside
        ? "The line before it says that the dma-ranges of its bus lie outside what the IOMMU translates."
        : "The kernel could not prepare the IOMMU's address space for the device.",
      certainty: "sure",
      why: "it is the kernel's own statement; what follows for buffers is what a device without IOMMU has",
      fix: outside
        ? "Take the dma-ranges from the bus, or make them end where the IOMMU's addresses end."
        : "Look at the lines before it; until it is mended, take buffers for the device from a CMA area.",
      next: [`coalloc devices ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      node: nodeOfKernelName(machine, device),
      property: "iommus",
    };
  },
});

/** `iommu: specified DMA range outside IOMMU capability`. */
export const iommuRangeOutside: Recogniser = patternRecogniser<Numbers>({
  id: "iommu-range-outside",
  topic: "IOMMU",
  hint: "specified DMA range outside IOMMU capability",
  source: "Linux 6.12 drivers/iommu/dma-iommu.c iommu_dma_init_domain()",
  pattern: /specified DMA range outside IOMMU capability/,
  read: () => ({}),
  explain: (_read, { machine, lines, line }) =>
    lines.following("iommu-not-used", line, 3) !== null
      ? null
      : {
          severity: "error",
          cause: "The dma-ranges of a device's bus name addresses that the IOMMU in front of it cannot translate.",
          proof: "The kernel compared lowest and highest address of the dma-ranges with the aperture of the IOMMU.",
          certainty: "sure",
          why: "the kernel gives the line for nothing else; the line behind it names the device",
          fix: "Behind an IOMMU a bus needs no dma-ranges: take them away, or make them end within the aperture.",
          next: [
            `coalloc check ${boardWord(machine)}`,
            "dmesg | grep -A1 'outside IOMMU capability' | coalloc explain -",
          ],
          remedies: [],
          property: "dma-ranges",
        },
});

/** `Failed to reserve IOVA [0x0000000100000000-0x00000000ffffffff]`: dma-ranges of a PCI bridge that overlap. */
export const iovaReserveFailed: Recogniser = patternRecogniser<{ readonly from: string; readonly to: string }>({
  id: "iova-reserve-failed",
  topic: "IOMMU",
  hint: "Failed to reserve IOVA",
  source: "Linux 6.12 drivers/iommu/dma-iommu.c iova_reserve_pci_windows()",
  pattern: /Failed to reserve IOVA \[(0x[0-9a-f]{1,16})-(0x[0-9a-f]{1,16})\]/,
  read: ([, from = "", to = ""]) => ({ from, to }),
  explain: ({ from, to }, { machine }) => ({
    severity: "error",
    cause: "Two dma-ranges of a PCI bridge overlap, and the devices behind it get no address space of the IOMMU.",
    proof: `Sorted by address, one range begins at ${to}, before the one in front of it ends at ${from}.`,
    certainty: "sure",
    why: "the kernel prints the line only where a range begins before the last one's end",
    fix: "Make the entries of dma-ranges follow one another without overlap.",
    next: [`coalloc check ${boardWord(machine)}`, `coalloc reach ${boardWord(machine)}`],
    remedies: [],
    property: "dma-ranges",
  }),
});

/** `arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x1c01; boot with "arm-smmu.disable_bypass=0" ...`. */
export const smmuUnknownStream: Recogniser = patternRecogniser<{
  readonly iommu: string | null;
  readonly streamId: number;
}>({
  id: "smmu-unknown-stream",
  topic: "IOMMU",
  hint: "Blocked unknown Stream ID",
  source: "Linux 6.12 drivers/iommu/arm/arm-smmu/arm-smmu.c arm_smmu_global_fault()",
  pattern: /(?:(\S+): )?Blocked unknown Stream ID (0x[0-9a-f]{1,4})/,
  read: ([, iommu, stream]) => {
    const streamId = numberIn(stream);
    return streamId === null ? null : { iommu: iommu ?? null, streamId };
  },
  explain: ({ iommu, streamId }, { machine }) => {
    const devices = machine === null ? [] : devicesOfStream(machine, streamId);
    const names = devices.map(({ path }) => path).join(", ");
    return {
      severity: "error",
      cause: `A device with stream id ${formatHex(streamId)} accessed memory through ${iommu ?? "the SMMU"}, and no device of the tree was attached with that id: the SMMU blocked it.`,
      proof:
        names === ""
          ? `Each device states its ids in iommus (or iommu-map of a PCI bridge)${machine === null ? "" : `, and none of the board given states ${formatHex(streamId)}`}.`
          : `The tree gives the id to ${names}; so the device was not attached yet, or is used by firmware before its driver starts.`,
      certainty: "sure",
      why: "the kernel gives the line for a stream id that no driver set up; whose it is only the tree or the chip's manual says",
      fix:
        names === ""
          ? "Add the id to the iommus of the device that uses it (the chip's manual lists stream ids). arm-smmu.disable_bypass=0 lets all unknown devices through: good to find out, bad to keep."
          : "Let the boot loader stop the device before Linux starts, or see why its driver did not start.",
      next: [`coalloc devices ${boardWord(machine)} --all`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      node: devices.length === 1 ? (devices[0]?.path ?? null) : iommu,
      property: "iommus",
      numbers: { devices: names || null },
    };
  },
});

function devicesOfStream(machine: Machine, streamId: number): readonly Device[] {
  return machine.devices.filter(({ iommu }) => iommu !== null && hasStream(iommu, streamId));
}

/** `TLB sync timed out -- SMMU may be deadlocked`, `CMD_SYNC timeout at 0x...`, `EVTQ overflow detected -- events lost`. */
export const smmuStuck: Recogniser = patternRecogniser<{ readonly iommu: string | null; readonly what: string }>({
  id: "smmu-stuck",
  topic: "IOMMU",
  hint: "smmu",
  source: "Linux 6.12 drivers/iommu/arm/arm-smmu/arm-smmu.c __arm_smmu_tlb_sync(), arm-smmu-v3/arm-smmu-v3.c",
  pattern:
    /(?:(\S+): )?(TLB sync timed out|CMDQ timeout|CMD_SYNC timeout|EVTQ overflow detected|PRIQ overflow detected|device has entered Service Failure Mode)/,
  read: ([, iommu, what = ""]) => ({ iommu: iommu ?? null, what }),
  explain: ({ iommu, what }, { machine }) => {
    const lost = what.endsWith("overflow detected");
    return {
      severity: lost ? "warning" : "error",
      cause: lost
        ? `${iommu ?? "The SMMU"} reported faults faster than the kernel took them; some are lost.`
        : `${iommu ?? "The SMMU"} does not answer: translations that were taken away may still be in use, and buffers freed meanwhile be overwritten.`,
      proof: `The kernel says "${what}".`,
      certainty: lost ? "sure" : "likely",
      why: lost
        ? "it is the kernel's own statement; the faults that are in the log name who makes them"
        : "in reports it is a clock or power domain of the SMMU or of a device behind it that is off; a device that floods it looks the same",
      fix: lost
        ? "Look for the first fault in the log, and for the device it names."
        : "Check clocks and power-domains of the SMMU's node, and the first fault before this line.",
      next: ["dmesg | grep -m5 -iE 'smmu.*(fault|event)' | coalloc explain -", `coalloc devices ${boardWord(machine)}`],
      remedies: [],
      node: iommu,
    };
  },
});

/** `rk_iommu fdd97e00.iommu: Page fault while iommu not attached to domain?`. */
export const iommuNotAttached: Recogniser = patternRecogniser<{ readonly iommu: string | null }>({
  id: "iommu-not-attached",
  topic: "IOMMU",
  hint: "Page fault while iommu not attached",
  source: "Linux 6.12 drivers/iommu/rockchip-iommu.c rk_iommu_irq(), sun50i-iommu.c sun50i_iommu_report_fault()",
  pattern: /(?:(\S+): )?Page fault while iommu not attached to (?:any )?domain/,
  read: ([, iommu]) => ({ iommu: iommu ?? null }),
  explain: ({ iommu }, { machine }) => {
    const device = machine === null || iommu === null ? null : deviceOfKernelName(machine, iommu);
    return {
      severity: "error",
      cause: `A device used ${iommu ?? "its IOMMU"} while no driver had given it an address space: it runs before its driver starts, or after it stopped.`,
      proof: "The IOMMU reported a fault, and the kernel has no table for it.",
      certainty: "sure",
      why: "the kernel gives the line for nothing else",
      fix: "A display that the boot loader left on is the usual one: let the boot loader switch it off, or hand it over (simple-framebuffer, iommu-addresses). Else stop the device before its driver lets go of the IOMMU.",
      next: [`coalloc devices ${boardWord(machine)}`, "dmesg | grep -iE 'iommu|drm'"],
      remedies: [],
      node: device?.path ?? iommu,
    };
  },
});

/** `iommu: unaligned: iova 0x1000 pa 0x40000800 size 0x800 min_pagesz 0x1000`. */
export const iommuUnaligned: Recogniser = patternRecogniser<{ readonly page: string; readonly size: string }>({
  id: "iommu-unaligned",
  topic: "IOMMU",
  hint: "unaligned: iova 0x",
  source: "Linux 6.12 drivers/iommu/iommu.c __iommu_map(), __iommu_unmap()",
  pattern: /unaligned: iova 0x[0-9a-f]+ (?:pa \S+ )?size (0x[0-9a-f]+) min_pagesz (0x[0-9a-f]+)/,
  read: ([, size = "", page = ""]) => ({ size, page }),
  key: ({ page }) => page,
  explain: ({ size, page }, { machine }) => ({
    severity: "error",
    cause: `A driver asked the IOMMU for a mapping of ${size} bytes that does not begin and end at a multiple of ${page}, the smallest page the IOMMU has.`,
    proof: "The kernel checks address, memory and size against the IOMMU's smallest page.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Round buffers up to that page. With kernels of 16 or 64 KiB pages it is often an IOMMU or driver that assumes 4 KiB.",
    next: [`coalloc devices ${boardWord(machine)}`, "getconf PAGESIZE"],
    remedies: [],
  }),
});
