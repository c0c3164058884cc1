import type { Machine } from "../machine/machine.js";
import type { Bytes } from "../units/quantity.js";
import { toRangeSet, totalSize } from "../units/ranges.js";
import { type Placement, placeBuffer } from "./place.js";
import { defaultAreaInTree, defaultAreaOnCommandLine, poolOfTheDevices } from "./remedy-area.js";
import { iommuEnabled, passThroughDropped } from "./remedy-iommu.js";
import { memoryLimit } from "./remedy-memory-limit.js";
import type { Alternatives } from "./remedy-proposal.js";

/** What has to be changed for a remedy. */
export type RemedyKind =
  | "reserved-memory"
  | "command-line"
  | "enable-iommu"
  | "kernel-option"
  | "limit-memory"
  | "smaller-request";

/** What a remedy costs: bytes that everybody else loses (or may only borrow) in addition, and what has to be rebuilt. */
export interface RemedyCost {
  readonly memory: Bytes;
  readonly change: "request" | "command-line" | "device-tree" | "kernel";
}

/**
 * A change that makes the request placeable: every remedy was tried on the changed machine before it is offered.
 */
export interface Remedy {
  readonly kind: RemedyKind;
  readonly text: string;
  readonly cost: RemedyCost;
  /** Device tree source to be merged into the board's. */
  readonly dts: string | null;
  /** The same as an overlay for the boot loader. */
  readonly overlay: string | null;
  /** What to add to the kernel command line, behind what is there. */
  readonly commandLine: string | null;
  /** Lines for the kernel's configuration. */
  readonly config: string | null;
  /** Where the buffer would then come from: id of the source. */
  readonly heap: string;
}

/** Sums and roundings of sizes up to here stay exact. */
const MOST_RAM: Bytes = 2 ** 50;

/**
 * Remedies for a refused request, the cheapest first: by what is rebuilt, then by memory. Empty when no change known here
 * would do, for example when two devices reach no common RAM.
 */
export function remediesFor(machine: Machine, refusal: Placement): readonly Remedy[] {
  // More than all RAM, or than any machine has: no area can be made large enough, and what it needs might not even be exact.
  const ram = Math.min(totalSize(toRangeSet(machine.banks)), MOST_RAM);
  const fitsRam = refusal.size <= ram / refusal.request.count;
  const proposals: readonly Alternatives[] = [
    smallerRequest(machine, refusal),
    ...(fitsRam ? [defaultAreaOnCommandLine(machine, refusal)] : []),
    passThroughDropped(machine, refusal),
    iommuEnabled(machine, refusal),
    ...(fitsRam ? [poolOfTheDevices(machine, refusal), defaultAreaInTree(machine, refusal)] : []),
    ...kernelOption(machine, refusal),
    memoryLimit(machine, refusal),
  ];
  return proposals
    .flatMap(firstThatHelps)
    .sort((a, b) => CHANGE_ORDER[a.cost.change] - CHANGE_ORDER[b.cost.change] || a.cost.memory - b.cost.memory);
}

function firstThatHelps(alternatives: Alternatives): Remedy[] {
  for (const { machine, request, ...remedy } of alternatives) {
    const { chosen } = placeBuffer(machine, request);
    if (chosen !== null) return [{ ...remedy, heap: chosen.source.id }];
  }
  return [];
}

const CHANGE_ORDER: Readonly<Record<RemedyCost["change"], number>> = {
  request: 0,
  "command-line": 1,
  "device-tree": 2,
  kernel: 3,
};

/** Fewer buffers, where one source holds some of them. */
function smallerRequest(machine: Machine, refusal: Placement): Alternatives {
  let fits = 0;
  for (const candidate of refusal.candidates) {
    const refusing = candidate.reasons.filter(
      (r) => r.code !== "fits" && r.code !== "unknown-buffers" && r.code !== "only-when-full",
    );
    if (refusing.length === 1 && refusing[0]?.code === "no-hole") fits = Math.max(fits, candidate.capacity.fits);
  }
  if (fits === 0) return [];
  return [
    {
      kind: "smaller-request",
      text: `ask for ${fits} buffers instead of ${refusal.request.count}`,
      cost: { memory: 0, change: "request" },
      dts: null,
      overlay: null,
      commandLine: null,
      config: null,
      machine,
      request: { ...refusal.request, count: fits },
    },
  ];
}

/** Each kernel option that alone stands in the way. */
function kernelOption(machine: Machine, refusal: Placement): readonly Alternatives[] {
  const options = new Set<string>();
  for (const candidate of refusal.candidates) {
    const refusing = candidate.reasons.filter((r) => r.code !== "fits" && r.code !== "unknown-buffers");
    const [only] = refusing;
    if (refusing.length === 1 && only?.code === "no-route" && only.option !== null) options.add(only.option);
  }
  return [...options].sort().map((option) => [
    {
      kind: "kernel-option",
      text: `build the kernel with CONFIG_DMABUF_HEAPS=y and ${option}=y`,
      cost: { memory: 0, change: "kernel" },
      dts: null,
      overlay: null,
      commandLine: null,
      config: `CONFIG_DMABUF_HEAPS=y\n${option}=y\n`,
      machine: {
        ...machine,
        profile:
          option === "CONFIG_DMABUF_HEAPS_CMA"
            ? { ...machine.profile, cmaHeap: true }
            : { ...machine.profile, systemHeap: true },
      },
      request: refusal.request,
    },
  ]);
}
