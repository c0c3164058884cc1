import { plausibleStarts, type StartState } from "../boot/assumed.js";
import { trimBanks } from "../boot/banks.js";
import type { BootAssumption, BootCertainty, BootFailure, BootRegion, DefaultCma } from "../boot/outcome.js";
import { simulateBoot } from "../boot/simulate.js";
import { firstWays, type WayToApply } from "../placement/ways-to-apply.js";
import type { Range } from "../units/ranges.js";
import type { Board } from "./board.js";
import type { Finding } from "./finding.js";
import { type MemoryMap, memoryMap } from "./memory-map.js";

/** A range as `[base, size]`. */
export type RangePair = readonly [base: number, size: number];

/** Where a region would be if the board started in another usual way. */
export interface OtherPlace {
  /** Which way: `initrd-low`, `top-below-4g` or `top`. */
  readonly start: StartState["name"];
  /** What would lie elsewhere than the answer takes it to be, and so moves the region. */
  readonly because: readonly BootAssumption[];
  /** First byte; null when the region would have no place. */
  readonly base: number | null;
}

/** A child of `/reserved-memory` after boot. */
export interface CheckedRegion {
  /** Full path of the node. */
  readonly node: string;
  /** First byte; null when it has no place. */
  readonly base: number | null;
  /** Bytes as the tree states them. */
  readonly size: number;
  readonly kind: BootRegion["kind"];
  readonly noMap: boolean;
  readonly reusable: boolean;
  /** `static` has `reg`, `dynamic` only `size`. */
  readonly placement: BootRegion["placement"];
  readonly status: BootRegion["status"];
  readonly certainty: BootCertainty;
  readonly isDefaultCma: boolean;
  /** For a region that is not exact: what usual ways to start the board would change. */
  readonly otherPlaces: readonly OtherPlace[];
}

/** What the kernel will do with a tree. */
export interface CheckedBoot {
  /** In tree order. */
  readonly regions: readonly CheckedRegion[];
  /** In the order of the kernel's log. */
  readonly failures: readonly BootFailure[];
  /** All that is reserved when the scan is through. */
  readonly afterScan: readonly RangePair[];
  readonly defaultCma: DefaultCma | null;
  /** Bytes in active CMA areas, as `CmaTotal` of /proc/meminfo. */
  readonly cmaTotal: number;
  /** Exclusive end of the first DMA zone. */
  readonly zoneDmaEnd: number;
  /** Who has what when boot is over. */
  readonly memory: MemoryMap;
  /** What is taken for granted about the start; empty when a boot file says everything. */
  readonly assumptions: readonly BootAssumption[];
}

/** What `coalloc check --json` prints: `coalloc/check/1`. */
export interface CheckDocument {
  readonly schema: "coalloc/check/1";
  /** Name of the kernel profile. */
  readonly profile: string;
  readonly model: string;
  readonly commandLine: string;
  /** RAM as the kernel sees it. */
  readonly banks: readonly RangePair[];
  readonly boot: CheckedBoot;
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** Where a board like this reads changes from, for the sorts of remedies among the findings; lines are those of the first of each sort. */
  readonly howToApply: readonly WayToApply[];
}

/** All that is known about a board: what the kernel will do with it, and what is wrong with it. */
export function checkDocument(board: Board, findings: readonly Finding[]): CheckDocument {
  const { machine, boot } = board;
  const others = boot.regions.some(({ certainty }) => certainty === "assumed") ? otherStarts(board) : [];
  return {
    schema: "coalloc/check/1",
    profile: machine.profile.name,
    model: machine.model,
    commandLine: machine.commandLine,
    banks: machine.banks.map(pairOf),
    boot: {
      regions: boot.regions.map((region, index): CheckedRegion => {
        const { node, base, size, kind, noMap, reusable, placement, status, certainty, isDefaultCma } = region;
        const otherPlaces = certainty === "exact" ? [] : others.flatMap((other) => other.placeOf(region, index));
        return {
          node,
          base,
          size,
          kind,
          noMap,
          reusable,
          placement,
          status,
          certainty,
          isDefaultCma,
          otherPlaces,
        };
      }),
      failures: boot.failures,
      afterScan: boot.afterScan.map(pairOf),
      defaultCma: boot.defaultCma,
      cmaTotal: boot.cmaTotal,
      zoneDmaEnd: boot.zoneDmaEnd,
      memory: memoryMap(board),
      assumptions: boot.assumptions,
    },
    findings,
    howToApply: firstWays(
      findings.flatMap(({ remedies }) => remedies),
      machine.compatible,
    ),
  };
}

interface OtherStart {
  readonly placeOf: (region: BootRegion, index: number) => readonly OtherPlace[];
}

/** The board started in the other usual ways. */
function otherStarts({ input, machine, tree }: Board): readonly OtherStart[] {
  const banks = machine.banks.map(({ base, size }) => ({ base, size, nid: null }));
  const [assumed, ...others] = plausibleStarts(tree, trimBanks(banks, input.profile), input.profile);
  const bases = new Map(assumed?.reservations.map(({ name, base }) => [name, base]));
  return others.map(({ name, reservations }): OtherStart => {
    const { regions } = simulateBoot({ ...input, reservedBeforeScan: reservations });
    const because = reservations.filter((piece) => bases.get(piece.name) !== piece.base);
    return {
      placeOf: ({ base, status }, index) => {
        const other = regions[index];
        if (other === undefined || (other.base === base && other.status === status)) return [];
        return [{ start: name, because, base: other.status === "placed" ? other.base : null }];
      },
    };
  });
}

function pairOf({ base, size }: Range): RangePair {
  return [base, size];
}
