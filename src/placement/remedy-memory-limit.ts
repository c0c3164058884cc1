import { configuredSize } from "../boot/cma-area.js";
import { parseCmdline } from "../boot/cmdline.js";
import { bootProfileOf } from "../machine/boot-profile.js";
import type { DefaultCma, Machine, ReservedRegion } from "../machine/machine.js";
import { alignUp, formatSize } from "../units/quantity.js";
import {
  containsRange,
  endOf,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
  unionRanges,
} from "../units/ranges.js";
import type { Placement } from "./place.js";
import { roomInOrder } from "./pool-edit.js";
import { defaultAreaWindows, sizeOption } from "./remedy-area.js";
import { type Alternatives, withOption } from "./remedy-proposal.js";

/** Leaves RAM out of use that some participant cannot reach, where what remains starts at the bottom: `mem=`. */
export function memoryLimit(machine: Machine, refusal: Placement): Alternatives {
  const isWanted = refusal.candidates.some((c) =>
    c.reasons.some((r) => r.code === "would-bounce" || r.code === "beyond-iommu-output"),
  );
  const lowest = machine.banks[0];
  const end = isWanted ? endOfReach(machine, refusal) : null;
  if (lowest === undefined || end === null) return [];
  const limit = totalSize(intersectRanges(toRangeSet(machine.banks), [{ base: 0, size: end }]));
  const lost = totalSize(toRangeSet(machine.banks)) - limit;
  // arm64 and riscv keep that much RAM; arm counts from where RAM starts and x86 from 0, holes included.
  const counted = machine.arch === "arm" ? end - lowest.base : machine.arch === "x86" ? end : limit;
  const option = `mem=${sizeOption(counted)}`;
  const limited = lost === 0 ? null : limitedTo(machine, end, option);
  if (limited === null) return [];
  return [
    {
      kind: "limit-memory",
      text: `use only the RAM every device reaches: ${option} gives up ${formatSize(lost)}`,
      cost: { memory: lost, change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: option,
      config: null,
      machine: limited,
      request: refusal.request,
    },
  ];
}

/** Where the RAM ends that every participant reaches from the lowest bank on, holes in RAM left aside; null when that bank is out of reach. */
function endOfReach(machine: Machine, refusal: Placement): number | null {
  const banks = toRangeSet(machine.banks);
  const [first, ...others] = intersectRanges(refusal.merged.reach, banks);
  if (first === undefined || first.base !== machine.banks[0]?.base) return null;
  let end = endOf(first);
  for (const range of others) {
    const between = intersectRanges(banks, [{ base: end, size: range.base - end }]);
    if (between.length > 0) break;
    end = endOf(range);
  }
  return end;
}

/**
 * The machine with no RAM from `end` on; null when it would not boot. Regions whose place boot chooses, and the default area, go where there is
 * room; static ones stay where they are, and a static CMA area that is no longer RAM ends the boot: Linux 6.12 `mm/cma.c`
 * `cma_activate_area()`.
 */
function limitedTo(machine: Machine, end: number, option: string): Machine | null {
  const kept: RangeSet = [{ base: 0, size: end }];
  const banks = machine.banks
    .filter((bank) => bank.base < end)
    .map((bank) => ({ ...bank, size: Math.min(endOf(bank), end) - bank.base }));
  const isLost = (base: number | null, size: number): boolean => base !== null && base + size > end;
  const lost = machine.regions.filter((r) => isLost(r.base, r.size));
  if (lost.some((r) => r.placement === "static" && r.kind === "cma" && r.status === "placed")) return null;
  const moving = lost.filter((r) => r.placement === "dynamic");
  const area = machine.defaultCma;
  const areaMoves = area !== null && area.node === null && (isLost(area.base, area.size) || isShare(machine));
  const released = moving.flatMap((r) => (r.base === null ? [] : [{ base: r.base, size: r.size }]));
  if (areaMoves) released.push({ base: area.base, size: area.size });
  let free = intersectRanges(unionRanges(machine.pages, toRangeSet(released)), kept);
  const take = (room: Range | null): Range | null => {
    if (room !== null) free = subtractRanges(free, [room]);
    return room;
  };
  const moved = new Map<string, ReservedRegion>();
  for (const region of moving) {
    const room = take(roomInOrder(free, region.allocRanges, region.size, machine.profile.cmaGranule));
    moved.set(region.node, room === null ? failed(region) : { ...region, base: room.base, certainty: "assumed" });
  }
  const regions = machine.regions.map((region) => moved.get(region.node) ?? region);
  const limited: Machine = {
    ...machine,
    commandLine: withOption(machine.commandLine, option),
    banks,
    regions,
    zoneDmaEnd: Math.min(machine.zoneDmaEnd, end),
  };
  const ofTree = regions.find((r) => r.node === area?.node);
  // Where the tree's area finds no place, the kernel makes the one it is configured for.
  const isMade = areaMoves || (ofTree !== undefined && ofTree.base === null);
  const defaultCma = isMade ? defaultAreaOf(limited, free) : withBase(area, ofTree?.base ?? null);
  if (isMade && defaultCma !== null) take(defaultCma);
  return { ...limited, defaultCma, pages: free };
}

function failed(region: ReservedRegion): ReservedRegion {
  return { ...region, base: null, status: "failed", failure: "alloc-failed", isDefaultCma: false };
}

function withBase(area: DefaultCma | null, base: number | null): DefaultCma | null {
  return area === null || base === null || base === area.base ? area : { ...area, base, certainty: "assumed" };
}

/** True when the configured size is a share of RAM, so that less RAM makes the area smaller. */
function isShare({ profile, defaultCma }: Machine): boolean {
  return defaultCma?.source === "config" && profile.cmaSelect !== "size";
}

/** The default area that boot makes by the command line or the configuration, in what is free; null when there is no room. */
function defaultAreaOf(machine: Machine, free: RangeSet): DefaultCma | null {
  const { profile, arch, banks } = machine;
  const asked = parseCmdline(machine.commandLine).cma;
  const bytes = asked?.size ?? configuredSize(bootProfileOf(profile, arch), totalSize(toRangeSet(banks)));
  if (bytes === 0 || bytes > totalSize(toRangeSet(banks))) return null;
  const size = alignUp(bytes, profile.cmaGranule);
  const base = asked?.base ?? 0;
  const limit = asked === null || asked.limit === 0 ? endOf(banks[banks.length - 1] as Range) : asked.limit;
  const stated: RangeSet = limit > base ? [{ base, size: limit - base }] : [];
  const windows = defaultAreaWindows(machine).flatMap((window) => [...intersectRanges([window], stated)]);
  const isFixed = base !== 0 && asked !== null && base + asked.size === limit;
  const room = isFixed ? { base, size } : roomInOrder(free, windows, size, profile.cmaGranule);
  if (room === null || !containsRange(free, room)) return null;
  return {
    ...room,
    source: asked === null ? "config" : "cmdline",
    node: null,
    name: "reserved",
    certainty: "assumed",
  };
}
