import { type MaskKind, reachOf } from "../addressing/reach.js";
import { importerOf, translationOf } from "../constraints/importer.js";
import type { Participant, ParticipantRequest } from "../constraints/participant.js";
import { blockOrdersOf } from "../heaps/block-orders.js";
import { type Occupancy, occupancyAfterBoot } from "../heaps/occupancy.js";
import { deviceFreeRoutes, type ExportedSource, exportedSources, type Route } from "../heaps/route.js";
import { type MemorySource, sourcesOf } from "../heaps/source.js";
import type { Assumption, Device, Machine } from "../machine/machine.js";
import {
  containsRanges,
  equalRanges,
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
} from "../units/ranges.js";

/** What of a set of ranges a participant does not reach. */
export interface Outside {
  readonly bytes: number;
  readonly share: number;
  readonly first: number;
}

const ALL_INSIDE: Outside = { bytes: 0, share: 0, first: 0 };

/**
 * What placement asks of a machine again and again, worked out once: sources, free maps after boot, where each device's own allocations
 * lead, participants and their reach. Memory grows with sources x devices that took part in a request.
 */
export class Board {
  readonly machine: Machine;
  readonly sources: readonly MemorySource[];
  readonly freeRoutes: ReadonlyMap<MemorySource, readonly Route[]>;
  /** Enabled devices that export something. */
  readonly exporters: readonly Device[];
  readonly #occupancies = new Map<MemorySource, Occupancy | null>();
  readonly #exported = new Map<Device, readonly ExportedSource[]>();
  readonly #participants = new Map<Device, Map<string, Participant>>();
  readonly #outside = new Map<Participant, Map<RangeSet, Outside>>();
  readonly #blockOrders = new Map<Route, readonly number[]>();
  readonly #effective = new Map<Route, RangeSet>();
  readonly #boundByMask: Readonly<Record<MaskKind, Map<Device, boolean>>> = {
    streaming: new Map(),
    coherent: new Map(),
  };
  readonly #windows = new Map<MemorySource, RangeSet>();
  #scarcity: ReadonlyMap<string, ReadonlySet<Device>> | null = null;

  constructor(machine: Machine) {
    this.machine = machine;
    this.sources = sourcesOf(machine);
    this.freeRoutes = new Map(this.sources.map((source) => [source, deviceFreeRoutes(machine, source)]));
    const enabled = machine.devices.filter((d) => d.enabled && hasBlocks(machine, d));
    this.exporters = enabled.filter((d) => this.exportedBy(d).length > 0);
  }

  /** The free map of a source after boot; null for pages. */
  occupancy(source: MemorySource): Occupancy | null {
    let occupancy = this.#occupancies.get(source);
    if (occupancy === undefined) {
      occupancy = occupancyAfterBoot(this.machine, source);
      this.#occupancies.set(source, occupancy);
    }
    return occupancy;
  }

  /** Where the device's own allocations lead. */
  exportedBy(device: Device): readonly ExportedSource[] {
    let exported = this.#exported.get(device);
    if (exported === undefined) {
      exported = exportedSources(this.machine, device, this.sources);
      this.#exported.set(device, exported);
    }
    return exported;
  }

  /** The device as importer. */
  participant(request: ParticipantRequest): Participant {
    let ofDevice = this.#participants.get(request.device);
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.#participants.set(request.device, ofDevice);
    }
    const key = `${request.queue ?? ""}#${request.access}`;
    let participant = ofDevice.get(key);
    if (participant === undefined) {
      participant = importerOf(this.machine, request);
      ofDevice.set(key, participant);
    }
    return participant;
  }

  /** Where memory from this source lies when it comes by this route: a block for a device comes from within its coherent reach. */
  regions(source: MemorySource, route: Route): RangeSet {
    if (source.kind !== "page-block" || route.exporter === null) return source.regions;
    let regions = this.#effective.get(route);
    if (regions === undefined) {
      regions = intersectRanges(source.regions, route.exporter.blockReach);
      this.#effective.set(route, regions);
    }
    return regions;
  }

  /** Sizes of the blocks that scattered memory from this source comes in by this route, as orders. */
  blockOrders(source: MemorySource, route: Route): readonly number[] {
    let orders = this.#blockOrders.get(route);
    if (orders === undefined) {
      orders = blockOrdersOf(this.machine, source, route);
      this.#blockOrders.set(route, orders);
    }
    return orders;
  }

  /** RAM that boot may put an area in: below the first zone's end for a configured one, within `alloc-ranges` for one of the tree. */
  whereverPlaced(source: MemorySource): RangeSet {
    let window = this.#windows.get(source);
    if (window === undefined) {
      const { banks, defaultCma, regions, zoneDmaEnd } = this.machine;
      const ranges = regions.find((r) => r.node === source.node)?.allocRanges ?? null;
      const isConfigured = source.id === "cma:default" && defaultCma?.source !== "tree";
      const limits = isConfigured ? [{ base: 0, size: zoneDmaEnd }] : ranges;
      window = limits === null ? banks : intersectRanges(toRangeSet(banks), limits);
      this.#windows.set(source, window);
    }
    return window;
  }

  /** What of these ranges the participant does not reach. */
  outside(participant: Participant, regions: RangeSet): Outside {
    const { reach } = participant.alternatives[0].constraints;
    if (participant.translation === "cpu") return ALL_INSIDE;
    // An area or pool is one range, quicker compared than looked up.
    if (regions.length === 1 && containsRanges(reach, regions)) return ALL_INSIDE;
    let known = this.#outside.get(participant);
    if (known === undefined) {
      known = new Map();
      this.#outside.set(participant, known);
    }
    let outside = known.get(regions);
    if (outside === undefined) {
      outside = outsideOf(regions, reach);
      known.set(regions, outside);
    }
    return outside;
  }

  /**
   * True when the device would reach more RAM if it had no mask. Where it would not, as on a board with all RAM below 4 GiB, a mask of
   * which only the kernel's default is known changes no answer.
   */
  isBoundByMask(device: Device, kind: MaskKind): boolean {
    let isBound = this.#boundByMask[kind].get(device);
    if (isBound === undefined) {
      const reach = (of: Device): RangeSet => reachOf(this.machine, of, kind, { asIfEnabled: true });
      const unmasked = { ...device, [kind === "streaming" ? "dmaMask" : "coherentDmaMask"]: null };
      isBound = !equalRanges(reach(device), reach(unmasked));
      this.#boundByMask[kind].set(device, isBound);
    }
    return isBound;
  }

  /** What is assumed of a device, without a default mask that bounds nothing. Behind an IOMMU a mask bounds I/O addresses and stays. */
  assumptionsOf(device: Device, assumptions: readonly Assumption[]): readonly Assumption[] {
    if (translationOf(device) === "iommu") return assumptions;
    return assumptions.filter(
      ({ code, field }) =>
        code !== "default-mask" || this.isBoundByMask(device, field === "coherentDmaMask" ? "coherent" : "streaming"),
    );
  }

  /** Enabled devices for which this source is the only one they can use, by source id. */
  scarcity(): ReadonlyMap<string, ReadonlySet<Device>> {
    if (this.#scarcity !== null) return this.#scarcity;
    const only = new Map<string, Set<Device>>();
    for (const device of this.machine.devices) {
      if (!device.enabled || device.queues.length === 0) continue;
      const participant = this.participant({ device, queue: null, access: "read-write" });
      const usable = this.sources.filter((source) => this.#canUse(participant, source));
      const [single, another] = usable;
      if (single === undefined || another !== undefined) continue;
      const devices = only.get(single.id) ?? new Set();
      devices.add(device);
      only.set(single.id, devices);
    }
    this.#scarcity = only;
    return only;
  }

  /** Sources large pictures can come from; single blocks and pools of other devices are no way out for a device. */
  #canUse(participant: Participant, source: MemorySource): boolean {
    if (source.kind === "page-block" || source.kind === "restricted-pool" || source.size === 0) return false;
    if (source.kind === "coherent-pool" && !source.boundDevices.includes(participant.device.path)) return false;
    if (participant.alternatives[0].constraints.contiguous && !source.contiguous) return false;
    return this.outside(participant, source.regions).bytes === 0;
  }
}

/** What of `regions` lies outside `reach`, both range sets. */
export function outsideOf(regions: RangeSet, reach: RangeSet): Outside {
  if (containsRanges(reach, regions)) return ALL_INSIDE;
  const outside = subtractRanges(regions, reach);
  const bytes = totalSize(outside);
  if (bytes === 0) return ALL_INSIDE;
  return { bytes, share: bytes / totalSize(regions), first: (outside[0] as Range).base };
}

/**
 * False for a node without registers that stands for blocks of which none is enabled: its driver finds nothing to drive, as in Linux 6.12
 * `drivers/gpu/drm/rockchip/rockchip_drm_drv.c` `rockchip_drm_platform_of_probe()`.
 */
function hasBlocks(machine: Machine, device: Device): boolean {
  if (device.name.includes("@")) return true;
  const blocks = machine.devices.filter(
    ({ path, dmaDevice }) => path !== device.path && "path" in dmaDevice && dmaDevice.path === device.path,
  );
  return blocks.length === 0 || blocks.some((block) => block.enabled);
}

const boards = new WeakMap<Machine, Board>();

/** The board of a machine, made at its first use and kept as long as the machine. */
export function boardOf(machine: Machine): Board {
  let board = boards.get(machine);
  if (board === undefined) {
    board = new Board(machine);
    boards.set(machine, board);
  }
  return board;
}
