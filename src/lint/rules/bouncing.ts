/** Devices whose buffers the kernel copies, and the memory it copies through. */
import { busReach, reachOf } from "../../addressing/reach.js";
import { BYTES_PER_SLOT, SLOTS_PER_SEGMENT } from "../../algorithms/bounce-slots.js";
import { parseCmdline } from "../../boot/cmdline.js";
import { DEFAULT_SLOTS, slotsForAreas } from "../../boot/swiotlb-option.js";
import { isAvailable } from "../../devicetree/meaning/status.js";
import type { Device, Machine } from "../../machine/machine.js";
import { formatSize, KIB, MIB } from "../../units/quantity.js";
import { endOf, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Board } from "../board.js";
import { type Proposal, takingOff } from "../proposal.js";
import type { Rule } from "../rule.js";
import { namesOf } from "../sharing.js";
import { isHanded, streaming } from "../streams.js";
import { bareDevices, isMaskKnown, memory } from "./reach.js";

/** A network interface that emits 32 bits. */
const ETHERNET = `ethernet@11180000 { compatible = "mediatek,mt8516-eth"; reg = <0 0x11180000 0 0x1000>; };`;

/** RAM above 4 GiB, and a device that does not reach it. */
const HIGH_RAM = `${memory("<0 0x40000000 0 0xc0000000>, <1 0x0 1 0x0>")}\n${ETHERNET}`;

const BOUNCE: Rule = {
  id: "devices-bounce",
  severity: "note",
  title: "some devices cannot emit the addresses of all RAM, so that they bounce",
  help: "A device that cannot emit an address gets a copy: the kernel copies each buffer through the software I/O TLB, at the price of time, in pieces of 256 KiB at most. Shared buffers cannot be treated like that. Devices whose mask nobody knows are not named. It costs speed on network and storage, and is no fault; an IOMMU in front of the device makes it go away.",
  source: "Linux 6.12 kernel/dma/swiotlb.c swiotlb_map(), arch/arm64/mm/init.c mem_init()",
  wrong: { dts: HIGH_RAM },
  right: { dts: `${memory("<0 0x40000000 0 0xc0000000>")}\n${ETHERNET}` },
  check: (board) => {
    const { machine } = board;
    if (isBounceOff(machine)) return [];
    const { devices, most } = bouncing(board);
    if (devices.length === 0) return [];
    const ram = totalSize(toRangeSet(machine.banks));
    return [
      {
        severity: "note",
        text: `At least ${namesOf(devices)} cannot emit the addresses of up to ${formatSize(most)} of ${formatSize(ram)} of RAM: the kernel copies what lies there.`,
        where: { node: null, property: null },
        numbers: { devices: devices.length, outOfReach: most, ram },
        proposals: [],
      },
    ];
  },
};

const NO_BOUNCE: Rule = {
  id: "swiotlb-off-while-devices-bounce",
  severity: "error",
  title: "swiotlb=noforce takes away the bounce buffers that devices need",
  help: "With swiotlb=noforce the kernel makes no bounce buffers. A device that cannot emit the address of a buffer then gets an error instead of a copy: network and storage fail as soon as their pages come from high RAM, which is when the low RAM is used up. Leave the option out.",
  source:
    "Linux 6.12 kernel/dma/swiotlb.c setup_io_tlb_npages(), swiotlb_init_remap(), kernel/dma/direct.h dma_direct_map_page()",
  wrong: { dts: HIGH_RAM, cmdline: "swiotlb=noforce" },
  right: { dts: `${memory("<0 0x40000000 0 0xc0000000>")}\n${ETHERNET}`, cmdline: "swiotlb=noforce" },
  check: (board) => {
    const { machine } = board;
    if (!isBounceOff(machine)) return [];
    const { devices, most } = bouncing(board);
    if (devices.length === 0) return [];
    // A later swiotlb= does not bring bounce buffers back: the option has to go.
    const off = takingOff(machine.commandLine, /^swiotlb=.*noforce/);
    return [
      {
        severity: "error",
        text: `swiotlb=noforce, and at least ${namesOf(devices)} cannot emit the addresses of up to ${formatSize(most)} of RAM: buffers there are refused.`,
        where: { node: null, property: null },
        numbers: { devices: devices.length, outOfReach: most },
        proposals: off === null ? [] : [off],
      },
    ];
  },
};

function isBounceOff({ commandLine }: Machine): boolean {
  return parseCmdline(commandLine).swiotlb?.mode === "noforce";
}

/** RAM that a device cannot map in place, in bytes: what its bus hides, where its mask is not known. */
function outOfReach(machine: Machine, device: Device): number {
  const reach = isMaskKnown(device)
    ? reachOf(machine, device, "streaming")
    : busReach({ ...device, dmaMask: null }, "streaming");
  return totalSize(subtractRanges(toRangeSet(machine.banks), reach));
}

/** Devices that reach some of RAM and not all, and the most that one of them misses. */
function bouncing(board: Board): { readonly devices: readonly Device[]; readonly most: number } {
  const { machine } = board;
  const last = machine.banks[machine.banks.length - 1];
  if (last === undefined || endOf(last) <= machine.zoneDmaEnd) return { devices: [], most: 0 };
  const ram = totalSize(toRangeSet(machine.banks));
  const devices = bareDevices(machine).filter((device) => isMaskKnown(device) || isHanded(device));
  const missing = streaming(board, devices)
    .map((device) => ({ device, bytes: outOfReach(machine, device) }))
    .filter(({ bytes }) => bytes > 0 && bytes < ram);
  return { devices: missing.map(({ device }) => device), most: Math.max(0, ...missing.map(({ bytes }) => bytes)) };
}

const NOT_ALL_READ: Rule = {
  id: "swiotlb-not-all-read",
  severity: "warning",
  title: "swiotlb= has a unit or a word that the kernel does not read",
  help: "swiotlb= counts slots of 2 KiB. The kernel reads digits and stops at the first letter: of swiotlb=64M it takes 64 slots, which it rounds up to 256 KiB for each CPU, where 64 MiB were meant. Give the number of slots: 32768 for 64 MiB, which is what the kernel takes where nothing is said.",
  source: "Linux 6.12 kernel/dma/swiotlb.c setup_io_tlb_npages()",
  wrong: { dts: HIGH_RAM, cmdline: "swiotlb=64M" },
  right: { dts: HIGH_RAM, cmdline: "swiotlb=32768" },
  check: (board) => {
    const option = parseCmdline(board.machine.commandLine).swiotlb;
    if (option === null || option.slots === null || option.unread === "") return [];
    const size = poolSize(board, option.slots);
    const meant = meantSlots(board.machine.commandLine);
    return [
      {
        severity: bouncing(board).devices.length > 0 ? "warning" : "note",
        text: `The kernel does not read '${option.unread}' of swiotlb=: it makes ${formatSize(size)} of bounce memory.`,
        where: { node: null, property: null },
        numbers: { size, slots: option.slots },
        proposals: meant === null ? [] : [stateSlots(meant)],
      },
    ];
  },
};

/** Slots of the size that the last `swiotlb=` names with a unit; null when it names none. */
function meantSlots(commandLine: string): number | null {
  const stated = [...commandLine.matchAll(/(?:^|\s)swiotlb=(\d+)([KMG])(?=$|[\s,])/gi)].at(-1);
  if (stated === undefined) return null;
  const unit = { k: KIB, m: MIB, g: KIB * MIB }[(stated[2] ?? "").toLowerCase()] ?? 0;
  const slots = (Number(stated[1]) * unit) / BYTES_PER_SLOT;
  return Number.isSafeInteger(slots) && slots > 0 && slots <= MOST_MEANT ? slots : null;
}

/** 4 GiB: what is more does not fit below the end of the first zone. */
const MOST_MEANT = 2 ** 21;

function stateSlots(slots: number): Proposal {
  const size = formatSize(slots * BYTES_PER_SLOT);
  return { kind: "command-line", text: `state ${size} in slots`, commandLine: `swiotlb=${slots}` };
}

const TOO_SMALL: Rule = {
  id: "swiotlb-too-small",
  severity: "warning",
  title: "swiotlb= leaves less bounce memory than the devices that need it use at once",
  help: "A device that cannot emit an address needs bounce memory for each buffer on its way: up to 256 KiB a mapping, and a driver has several. When the pool is full, mappings fail ('swiotlb buffer is full') and with them transfers of disks and networks. A pool in which not even one such mapping for each device finds room is too small; the usual 64 MiB is what drivers are tried with.",
  source: "Linux 6.12 kernel/dma/swiotlb.c setup_io_tlb_npages(), swiotlb_tbl_map_single(), swiotlb_max_mapping_size()",
  wrong: {
    dts: `${memory("<0 0x40000000 0 0xc0000000>, <1 0x0 1 0x0>")}
${ETHERNET}
ethernet@11190000 { compatible = "mediatek,mt8516-eth"; reg = <0 0x11190000 0 0x1000>; };`,
    cmdline: "swiotlb=128",
  },
  right: { dts: HIGH_RAM, cmdline: "swiotlb=32768" },
  check: (board) => {
    const option = parseCmdline(board.machine.commandLine).swiotlb;
    if (option === null || option.slots === null || option.unread !== "" || option.mode === "noforce") return [];
    const { devices } = bouncing(board);
    const size = poolSize(board, option.slots);
    const needed = devices.length * LARGEST_MAPPING;
    if (size >= needed) return [];
    return [
      {
        severity: "warning",
        text: `swiotlb= makes ${formatSize(size)} of bounce memory for ${namesOf(devices)}: one mapping of ${formatSize(LARGEST_MAPPING)} for each takes ${formatSize(needed)}.`,
        where: { node: null, property: null },
        numbers: { size, needed, devices: devices.length },
        proposals: [stateSlots(DEFAULT_SLOTS)],
      },
    ];
  },
};

/** `swiotlb_max_mapping_size()`. */
const LARGEST_MAPPING = SLOTS_PER_SEGMENT * BYTES_PER_SLOT;

/** Bytes of the pool: an area for each CPU, all together a power of two. */
function poolSize({ tree }: Board, slots: number): number {
  const cpus = (tree.root.child("cpus")?.children ?? []).filter(
    (node) => node.name.split("@")[0] === "cpu" && isAvailable(node),
  );
  return slotsForAreas(slots, cpus.length) * BYTES_PER_SLOT;
}

/** Rules about bounce memory. */
export const BOUNCING: readonly Rule[] = [BOUNCE, NO_BOUNCE, NOT_ALL_READ, TOO_SMALL];
