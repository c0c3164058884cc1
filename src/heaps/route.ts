import { type ExportPath, exportPathsOf } from "../constraints/exporter.js";
import type { CpuMapping, Device, Machine } from "../machine/machine.js";
import type { MemorySource } from "./source.js";

/**
 * How a process gets memory on this kernel: a node under `/dev`, or the allocation path of a device. `none` stands for a source
 * that nothing reaches.
 */
export type RouteKind = "dma-heap" | "udmabuf" | "drm-dumb" | "v4l2" | "none";

/** A way to one source. */
export interface Route {
  readonly kind: RouteKind;
  /** Device node under `/dev`, for heaps and udmabuf. */
  readonly path: string | null;
  /** The exporting device and what it imposes, for the others. */
  readonly exporter: ExportPath | null;
  readonly cpuMapping: CpuMapping;
  /** The source is tried only after the exporter's first choice has no room. */
  readonly fallback: boolean;
  /** Pages of the smallest buffer that comes this way: 2 where a device gets single pages from elsewhere. */
  readonly leastPages: 1 | 2;
}

/** The route of a source that nothing reaches. */
export const NO_ROUTE: Route = {
  kind: "none",
  path: null,
  exporter: null,
  cpuMapping: "none",
  fallback: false,
  leastPages: 1,
};

/**
 * Routes of this kernel that lead to a source without any device.
 *
 * Only the default CMA area has a heap: Linux 6.12 `drivers/dma-buf/heaps/cma_heap.c` `add_default_cma_heap()`; it bears the area's name, unless the
 * running kernel shows another.
 */
export function deviceFreeRoutes(machine: Machine, source: MemorySource): readonly Route[] {
  const node = (kind: RouteKind, path: string): Route => ({
    kind,
    path,
    exporter: null,
    cpuMapping: "cached",
    fallback: false,
    leastPages: 1,
  });
  if (source.kind === "system" && machine.profile.systemHeap) return [node("dma-heap", "/dev/dma_heap/system")];
  if (source.id === "cma:default" && machine.profile.cmaHeap) {
    return [node("dma-heap", `/dev/dma_heap/${machine.defaultCma?.heapName ?? source.areaName}`)];
  }
  if (source.kind === "udmabuf") return [node("udmabuf", "/dev/udmabuf")];
  return [];
}

/** A source a device's allocation path leads to, with the route through that device. */
export interface ExportedSource {
  readonly source: MemorySource;
  readonly route: Route;
}

/** Where the allocation paths of a device lead, one entry per path and step, in the driver's order. */
export function exportedSources(
  machine: Machine,
  device: Device,
  sources: readonly MemorySource[],
): readonly ExportedSource[] {
  const out: ExportedSource[] = [];
  for (const path of exportPathsOf(machine, device)) {
    for (const step of path.steps) {
      const { source: wanted } = step;
      const source = sources.find((s) =>
        wanted.kind === "region"
          ? s.node === wanted.node
          : s.id === (wanted.kind === "cma-default" ? "cma:default" : wanted.kind),
      );
      if (source === undefined || out.some((o) => o.source === source && o.route.kind === path.interface)) continue;
      out.push({
        source,
        route: {
          kind: path.interface,
          path: null,
          exporter: path,
          cpuMapping: path.cpuMapping,
          fallback: step.fallback,
          leastPages: step.leastPages,
        },
      });
    }
  }
  return out;
}
