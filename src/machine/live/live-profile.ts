import { MIB } from "../../units/quantity.js";
import type { Arch, KernelProfile, UdmabufLimits } from "../profile.js";
import { applyConfig, EMBEDDED_6_12, withPageSize } from "../profiles.js";
import type { MachineSource } from "../source.js";
import { valueOf } from "./layout.js";
import type { LiveMemory } from "./live-memory.js";

/** Machine names of `uname -m`, by the beginning. */
const ARCHES: readonly (readonly [beginning: string, arch: Arch])[] = [
  ["x86_64", "x86"],
  ["i", "x86"],
  ["aarch64", "arm64"],
  ["arm64", "arm64"],
  ["arm", "arm"],
  ["riscv", "riscv"],
];

/** Names of dma-heaps on a running machine, sorted. */
export function heapNodesOf(source: MachineSource): readonly string[] {
  return [...source.keys()]
    .filter((path) => /^dev\/dma_heap\/[\w,.@+-]+$/.test(path))
    .map((path) => path.slice("dev/dma_heap/".length))
    .sort();
}

/** `6.12.48+deb13-amd64`; null where `/proc/version` is missing. */
export function kernelReleaseOf(source: MachineSource): string | null {
  return /^Linux version (\S+)/.exec(valueOf(source, "proc/version") ?? "")?.[1] ?? null;
}

/**
 * The profile of a running kernel: its configuration where there is one; which heaps, udmabuf and CMA there are is seen, not concluded.
 *
 * @param config - text of the configuration, or null
 * @param given - what a user states instead: then only limits that are seen count
 */
export function liveProfile(source: MachineSource, memory: LiveMemory, config: string | null): KernelProfile {
  const release = kernelReleaseOf(source);
  const heaps = heapNodesOf(source);
  // Linux 6.12 `fs/proc/meminfo.c`: the line is there exactly where CMA is built in.
  const hasCma = memory.amounts.has("CmaTotal");
  const cmaTotal = memory.amounts.get("CmaTotal") ?? 0;
  const page = memory.pageSize === 16384 ? "16K" : memory.pageSize === 65536 ? "64K" : "4K";
  const base = withPageSize(EMBEDDED_6_12, page);
  const built =
    config === null
      ? { ...base, cma: cmaTotal > 0, cmaSize: cmaTotal, restrictedPools: false }
      : applyConfig(base, config);
  const profile = hasCma ? built : { ...built, cma: false, cmaSize: 0, cmaPercent: 0, cmaAreas: 0 };
  return {
    ...profile,
    name: `live-${release ?? "linux"}`,
    arch: archOf(source) ?? profile.arch,
    systemHeap: heaps.includes("system"),
    cmaHeap: profile.cma && heaps.some((name) => name !== "system"),
    udmabuf: source.has("dev/udmabuf") ? udmabufLimits(source, profile.udmabuf) : null,
  };
}

function archOf(source: MachineSource): Arch | null {
  const name = valueOf(source, "proc/sys/kernel/arch") ?? "";
  return ARCHES.find(([beginning]) => name.startsWith(beginning))?.[1] ?? null;
}

function udmabufLimits(source: MachineSource, before: UdmabufLimits | null): UdmabufLimits {
  const known = before ?? { sizeLimit: 64 * MIB, listLimit: 1024 };
  const parameter = (name: string): number | null => {
    const text = valueOf(source, `sys/module/udmabuf/parameters/${name}`);
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
  };
  const megabytes = parameter("size_limit_mb");
  return {
    sizeLimit: megabytes === null ? known.sizeLimit : megabytes * MIB,
    listLimit: parameter("list_limit") ?? known.listLimit,
  };
}
