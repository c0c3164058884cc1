import { BYTES_PER_SLOT, SLOTS_PER_SEGMENT } from "../../algorithms/bounce-slots.js";
import { parseCmdline } from "../../boot/cmdline.js";
import { DEFAULT_SLOTS } from "../../boot/swiotlb-option.js";
import type { Machine } from "../../machine/machine.js";
import { alignDown, alignUp, type Bytes, GIB, MIB, roundUpToPowerOfTwo } from "../../units/quantity.js";
import { endOf, type RangeSet, subtractRanges, totalSize } from "../../units/ranges.js";
import type { BouncePoolShape } from "./bounce-pool.js";

/** Linux 6.12 `kernel/dma/swiotlb.c` `IO_TLB_MIN_SLABS`, in bytes. */
const LEAST_SIZE: Bytes = MIB;

/** A machine whose bounce memory is set apart. */
export interface BounceReservation {
  /** The machine without the pool's pages among the free ones; the same object when there is no pool. */
  readonly machine: Machine;
  /** Null when this kernel sets none up. */
  readonly pool: BouncePoolShape | null;
}

/**
 * Sets the bounce pool of a machine apart, as the kernel does at the end of boot: 64 MiB where RAM goes on above what every device can reach; on
 * arm64 else 1 MiB per GiB of RAM, since small allocations may bounce; `swiotlb=` decides otherwise. It lies at the top of what is free below
 * the first zone's end, halved until it fits.
 *
 * The pool has one area: how many CPUs there are is not part of a machine.
 *
 * @see Linux 6.12 `arch/arm64/mm/init.c` `mem_init()`, `arch/riscv/mm/init.c` `mem_init()`, `kernel/dma/swiotlb.c` `swiotlb_init_remap()`
 */
export function reserveBounceMemory(machine: Machine): BounceReservation {
  const option = parseCmdline(machine.commandLine).swiotlb;
  const force = option?.mode === "force";
  const wanted = option?.mode === "noforce" ? 0 : wantedSize(machine, option?.slots ?? DEFAULT_SLOTS, force);
  const limit = machine.arch === "x86" ? 4 * GIB : machine.zoneDmaEnd;
  for (let size = wanted; size >= Math.min(LEAST_SIZE, wanted) && size > 0; size = half(size)) {
    const base = topOf(machine.pages, size, limit, machine.profile.pageSize);
    if (base === null) continue;
    return {
      machine: { ...machine, pages: subtractRanges(machine.pages, [{ base, size }]) },
      pool: { heap: null, base, size, areas: 1, force },
    };
  }
  return { machine, pool: null };
}

function wantedSize(machine: Machine, slots: number, force: boolean): Bytes {
  const asked = slots * BYTES_PER_SLOT;
  const endOfRam = Math.max(...machine.banks.map(endOf));
  const outreaches = endOfRam > (machine.arch === "arm64" ? machine.zoneDmaEnd : 4 * GIB);
  if (machine.arch !== "arm64") return outreaches || force ? roundUpToPowerOfTwo(asked) : 0;
  // The usual number is made smaller, also where the command line states just that; `force` changes nothing about it.
  if (outreaches || slots !== DEFAULT_SLOTS) return roundUpToPowerOfTwo(asked);
  const share = Math.ceil(totalSize(machine.banks) / 1024);
  return Math.min(asked, roundUpToPowerOfTwo(alignUp(share, SLOTS_PER_SEGMENT * BYTES_PER_SLOT)));
}

function half(size: Bytes): Bytes {
  return size <= LEAST_SIZE ? 0 : alignUp(size / 2, SLOTS_PER_SEGMENT * BYTES_PER_SLOT);
}

/** Where the highest range of that size below a limit starts; null when there is none. */
function topOf(pages: RangeSet, size: Bytes, limit: number, pageSize: Bytes): number | null {
  for (let i = pages.length - 1; i >= 0; i -= 1) {
    const range = pages[i];
    if (range === undefined) continue;
    const base = alignDown(Math.min(endOf(range), limit) - size, pageSize);
    if (base >= range.base && base > 0) return base;
  }
  return null;
}
