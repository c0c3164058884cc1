import { importerOf } from "../constraints/importer.js";
import type { Confidence } from "../facts/confidence.js";
import type { CpuMapping, Device, Machine } from "../machine/machine.js";
import { intersectRanges, type RangeSet, totalSize } from "../units/ranges.js";
import { deviceFreeRoutes, exportedSources, type Route, type RouteKind } from "./route.js";
import { type MemorySource, reservedNoticesOf, sourcesOf } from "./source.js";

/** A way to a heap as documents show it: a node under `/dev`, or the exporting device with its queue. */
export interface HeapRouteDocument {
  readonly kind: RouteKind;
  readonly path?: string;
  readonly device?: string;
  readonly queue?: string;
  readonly cpuMapping: CpuMapping;
}

/** What `coalloc heaps --json` prints: `coalloc/heaps/1`. */
export interface HeapsDocument {
  readonly schema: "coalloc/heaps/1";
  readonly profile: string;
  readonly heaps: readonly {
    readonly id: string;
    readonly kind: string;
    readonly algorithm: string;
    readonly regions: RangeSet;
    readonly size: number;
    readonly contiguous: boolean;
    /** Path of the reserved-memory node behind it. */
    readonly node: string | null;
    readonly boundDevices: readonly string[];
    /** Whether boot may have put it elsewhere. */
    readonly certainty: "exact" | "assumed";
    readonly routes: readonly HeapRouteDocument[];
  }[];
  readonly reserved: readonly { readonly node: string; readonly regions: RangeSet; readonly why: string }[];
}

/** Every memory source with the ways to it on this kernel, enabled devices as exporters included, and what is out of bounds. */
export function heapsDocument(machine: Machine): HeapsDocument {
  const sources = sourcesOf(machine);
  const routes = new Map<MemorySource, Route[]>(sources.map((s) => [s, [...deviceFreeRoutes(machine, s)]]));
  for (const device of machine.devices) {
    if (!device.enabled) continue;
    for (const { source, route } of exportedSources(machine, device, sources)) routes.get(source)?.push(route);
  }
  return {
    schema: "coalloc/heaps/1",
    profile: machine.profile.name,
    heaps: sources.map((source) => ({
      id: source.id,
      kind: source.kind,
      algorithm: source.algorithm,
      regions: source.regions,
      size: source.size,
      contiguous: source.contiguous,
      node: source.node,
      boundDevices: source.boundDevices,
      certainty: source.placeIsExact ? "exact" : "assumed",
      routes: (routes.get(source) ?? []).map(heapRoute),
    })),
    reserved: reservedNoticesOf(machine).map(({ node, regions, why }) => ({ node, regions, why })),
  };
}

function heapRoute(route: Route): HeapRouteDocument {
  const { kind, path, exporter, cpuMapping } = route;
  if (exporter === null) return path === null ? { kind, cpuMapping } : { kind, path, cpuMapping };
  return { kind, device: exporter.device.path, queue: exporter.queue.queue, cpuMapping };
}

/**
 * Whether a device reaches memory of a heap. `direct`: all of it, at bus addresses or through tables of its own. `iommu`: all of it, translated.
 * `partial`: some of it. `no`: none, or the heap is empty.
 */
export type ReachVerdict = "direct" | "iommu" | "partial" | "no";

/** What `coalloc reach --json` prints: `coalloc/reach/1`. */
export interface ReachDocument {
  readonly schema: "coalloc/reach/1";
  readonly profile: string;
  readonly heaps: readonly { readonly id: string; readonly size: number }[];
  readonly rows: readonly {
    readonly device: string;
    readonly enabled: boolean;
    /** How sure the facts of its driver are. */
    readonly confidence: Confidence;
    readonly cells: readonly {
      readonly heap: string;
      readonly verdict: ReachVerdict;
      readonly reachableBytes: number;
    }[];
  }[];
}

/**
 * Which device reaches which heap. Reach alone is judged: whether the device takes scattered pages, and whether a route leads to the heap,
 * is for placement to say.
 *
 * @param devices - the rows, in this order; disabled ones are judged as if enabled
 */
export function reachDocument(machine: Machine, devices: readonly Device[]): ReachDocument {
  const sources = sourcesOf(machine);
  return {
    schema: "coalloc/reach/1",
    profile: machine.profile.name,
    heaps: sources.map(({ id, size }) => ({ id, size })),
    rows: devices.map((device) => {
      const participant = importerOf(machine, { device, queue: null, access: "read-write" });
      const { reach } = participant.alternatives[0].constraints;
      const translated = participant.translation === "iommu" || participant.translation === "driver-domain";
      return {
        device: device.path,
        enabled: device.enabled,
        confidence: device.confidence,
        cells: sources.map((source) => {
          const reachableBytes =
            participant.translation === "cpu" ? source.size : totalSize(intersectRanges(reach, source.regions));
          return { heap: source.id, verdict: verdictOf(reachableBytes, source.size, translated), reachableBytes };
        }),
      };
    }),
  };
}

function verdictOf(reachable: number, size: number, translated: boolean): ReachVerdict {
  if (reachable === 0) return "no";
  if (reachable < size) return "partial";
  return translated ? "iommu" : "direct";
}
