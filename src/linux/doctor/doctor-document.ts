import { deviceFreeRoutes, exportedSources, type Route } from "../../heaps/route.js";
import { type MemorySource, sourcesOf } from "../../heaps/source.js";
import { valueOf } from "../../machine/live/layout.js";
import { heapNodesOf, kernelReleaseOf } from "../../machine/live/live-profile.js";
import type { Machine } from "../../machine/machine.js";
import type { UdmabufLimits } from "../../machine/profile.js";
import type { MachineSource } from "../../machine/source.js";
import type { NodeAccess } from "../live/access.js";
import type { NativeMissing } from "../native/koffi.js";
import { findMissing, type Missing } from "./missing.js";

/** A node under `/dev` that buffers come from or go to. */
export interface DoctorNode {
  readonly path: string;
  readonly kind: "dma-heap" | "udmabuf" | "drm" | "v4l2" | "vfio";
  /** As `ls` prints it, `crw-rw----`. */
  readonly mode: string | null;
  readonly user: number | null;
  readonly group: number | null;
  /** What this process may do with it. */
  readonly access: NodeAccess;
  /** The device it leads to, by path; null for heaps and where nobody knows it. */
  readonly device: string | null;
}

/** A way to memory that is open: the node is there and may be used. */
export interface OpenRoute {
  /** `system`, `cma:default`, ... */
  readonly heap: string;
  readonly kind: Route["kind"];
  /** The node that is opened. */
  readonly node: string;
  /** The exporting device; null for heaps and udmabuf. */
  readonly device: string | null;
}

/** What `coalloc doctor --json` prints: `coalloc/doctor/1`. */
export interface DoctorDocument {
  readonly schema: "coalloc/doctor/1";
  readonly profile: string;
  /** Release of the kernel, `6.12.48+deb13-amd64`. */
  readonly kernel: string | null;
  /** Whether system calls can be made, and if not why: null where another machine is looked at. */
  readonly native: {
    readonly loaded: boolean;
    readonly why: NativeMissing["why"] | null;
    readonly text: string | null;
  } | null;
  readonly nodes: readonly DoctorNode[];
  /** Names of dma-heaps. */
  readonly heaps: readonly string[];
  readonly udmabuf: UdmabufLimits | null;
  /** Ways to memory, those that go through no device first. */
  readonly routes: readonly OpenRoute[];
  /** Devices that a dma-buf can be given to, with the node that takes it. */
  readonly importers: readonly {
    readonly device: string;
    readonly node: string;
    readonly interface: "prime" | "v4l2";
  }[];
  readonly iommu: {
    /** By number; devices by their names on their buses. */
    readonly groups: readonly {
      readonly id: number;
      readonly devices: readonly { readonly busId: string; readonly driver: string | null }[];
    }[];
    readonly translated: readonly string[];
    readonly passed: readonly string[];
  };
  /** The broker's socket; null where nobody looked for one, or where there is none and none was named. */
  readonly broker: { readonly path: string; readonly state: "open" | "shut" | "absent" } | null;
  /** Options of the kernel's configuration: `y`, `m`, `n`; null where there is no configuration. */
  readonly options: Readonly<Record<string, "y" | "m" | "n" | null>>;
  readonly missing: readonly Missing[];
  /** Buffers can be allocated for something. */
  readonly ready: boolean;
}

/** What the document is made from. */
export interface DoctorFindings {
  readonly machine: Machine;
  readonly source: MachineSource;
  /** Text of the kernel's configuration, or null. */
  readonly config: string | null;
  readonly native: DoctorDocument["native"];
  readonly accessTo: (path: string) => NodeAccess;
  /** Who asks, where rights are known. */
  readonly user: DoctorUser | null;
  readonly broker: DoctorDocument["broker"];
}

/** Whose rights are looked at. */
export interface DoctorUser {
  readonly name: string;
  /** Names of groups by number, as far as they are known. */
  readonly groupNames: ReadonlyMap<number, string>;
}

const OPTIONS = [
  "CONFIG_AMD_IOMMU",
  "CONFIG_CMA",
  "CONFIG_DMABUF_HEAPS",
  "CONFIG_DMABUF_HEAPS_CMA",
  "CONFIG_DMABUF_HEAPS_SYSTEM",
  "CONFIG_DMA_CMA",
  "CONFIG_INTEL_IOMMU",
  "CONFIG_UDMABUF",
  "CONFIG_VFIO",
  "CONFIG_VFIO_PCI",
];

/** Says what a machine offers to buffers, and what is missing. Same findings, same document. */
export function doctorDocument(findings: DoctorFindings): DoctorDocument {
  const { machine, source, config, native, broker } = findings;
  const nodes = nodesOf(findings);
  const isOpen = ({ access }: DoctorNode): boolean => access === "read-write" || access === "unknown";
  const open = new Set(nodes.filter(isOpen).map(({ path }) => path));
  const routes = routesOf(machine, open);
  const behind = machine.devices.filter(({ iommu }) => iommu !== null && iommu.state !== "disabled");
  const known = {
    nodes,
    heaps: heapNodesOf(source),
    udmabuf: machine.profile.udmabuf,
    routes,
    importers: importersOf(machine, open),
    iommu: {
      groups: groupsOf(machine),
      translated: behind.filter(({ iommu }) => iommu?.state === "translate").map(({ path }) => path),
      passed: behind.filter(({ iommu }) => iommu?.state === "identity").map(({ path }) => path),
    },
    broker,
    options: Object.fromEntries(OPTIONS.map((name) => [name, optionOf(config, name)])),
  };
  const missing = findMissing({
    ...known,
    native,
    shutRoutes: routesOf(machine, new Set(nodes.filter((node) => !isOpen(node)).map(({ path }) => path))),
    user: findings.user,
    arch: machine.arch,
    commandLine: machine.commandLine,
    isPc: source.has("sys/class/dmi/id/sys_vendor"),
    hasCma: machine.defaultCma !== null,
  });
  return {
    schema: "coalloc/doctor/1",
    profile: machine.profile.name,
    kernel: kernelReleaseOf(source),
    native,
    ...known,
    missing,
    ready: routes.length > 0 && native?.loaded !== false,
  };
}

function groupsOf(machine: Machine): DoctorDocument["iommu"]["groups"] {
  const groups = new Map<number, Map<string, { busId: string; driver: string | null }>>();
  for (const { running } of machine.devices) {
    const id = running?.iommuGroup?.id;
    if (running === undefined || id === undefined) continue;
    const { busId, driver } = running;
    const members = groups.get(id) ?? new Map<string, { busId: string; driver: string | null }>();
    groups.set(id, members.set(busId, { busId, driver }));
  }
  return [...groups].sort(([a], [b]) => a - b).map(([id, members]) => ({ id, devices: [...members.values()] }));
}

function nodesOf({ machine, source, accessTo }: DoctorFindings): readonly DoctorNode[] {
  const devices = new Map(machine.devices.flatMap(({ path, devNodes = [] }) => devNodes.map((node) => [node, path])));
  return [...source.keys()].sort().flatMap((file): DoctorNode[] => {
    const path = `/${file}`;
    const kind = kindOf(path);
    if (kind === null) return [];
    const [, mode = null, user = null, group = null] =
      /^([a-z][-rwxsStT]{9}) (\d{1,10}) (\d{1,10})$/.exec(valueOf(source, file) ?? "") ?? [];
    return [
      {
        path,
        kind,
        mode,
        user: user === null ? null : Number(user),
        group: group === null ? null : Number(group),
        access: accessTo(path),
        device: devices.get(path) ?? null,
      },
    ];
  });
}

function kindOf(path: string): DoctorNode["kind"] | null {
  if (/^\/dev\/dma_heap\/[\w,.@+-]+$/.test(path)) return "dma-heap";
  if (path === "/dev/udmabuf") return "udmabuf";
  if (/^\/dev\/dri\/(card|renderD)\d+$/.test(path)) return "drm";
  if (/^\/dev\/video\d+$/.test(path)) return "v4l2";
  return /^\/dev\/vfio\/\w+$/.test(path) ? "vfio" : null;
}

function routesOf(machine: Machine, open: ReadonlySet<string>): readonly OpenRoute[] {
  const sources = sourcesOf(machine);
  const routes: OpenRoute[] = [];
  const add = (source: MemorySource, { kind }: Route, node: string | undefined, device: string | null): void => {
    if (node === undefined || !open.has(node)) return;
    if (routes.some((r) => r.heap === source.id && r.kind === kind && r.node === node)) return;
    routes.push({ heap: source.id, kind, node, device });
  };
  for (const source of sources) {
    for (const route of deviceFreeRoutes(machine, source)) add(source, route, route.path ?? undefined, null);
  }
  for (const device of machine.devices) {
    for (const { source, route } of exportedSources(machine, device, sources)) {
      const wanted = route.kind === "drm-dumb" ? /^\/dev\/dri\/card\d+$/ : /^\/dev\/video\d+$/;
      add(
        source,
        route,
        device.devNodes?.find((node) => wanted.test(node)),
        device.path,
      );
    }
  }
  return routes;
}

function importersOf(machine: Machine, open: ReadonlySet<string>): DoctorDocument["importers"] {
  return machine.devices.flatMap((device) => {
    const nodes = (device.devNodes ?? []).filter((node) => open.has(node));
    const prime =
      device.import?.prime === true ? nodes.filter((node) => node.startsWith("/dev/dri/")).at(-1) : undefined;
    const video = device.import?.v4l2Dmabuf === true ? nodes.find((node) => /^\/dev\/video\d+$/.test(node)) : undefined;
    return [
      ...(prime === undefined ? [] : [{ device: device.path, node: prime, interface: "prime" as const }]),
      ...(video === undefined ? [] : [{ device: device.path, node: video, interface: "v4l2" as const }]),
    ];
  });
}

function optionOf(config: string | null, name: string): "y" | "m" | "n" | null {
  if (config === null) return null;
  const value = new RegExp(`^${name}=([ym])$`, "m").exec(config)?.[1];
  return value === "y" || value === "m" ? value : "n";
}
