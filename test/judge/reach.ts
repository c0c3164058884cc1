import type { PlainDevice, PlainMachine, Span } from "./plain.js";

/**
 * Reach as a question about one address, and sets compared by asking it once between every two addresses where the answer can change.
 * Slow and obvious: no arithmetic on sets.
 */
export type Reaches = (address: number) => boolean;

export const TOP: number = Number.MAX_SAFE_INTEGER;

/** How the device is mapped, a disabled one as if it were enabled. */
export function mappingOf(device: PlainDevice): string {
  return device.enabled ? device.translation : device.translationIfEnabled;
}

function holds(spans: readonly Span[], address: number): boolean {
  return spans.some((s) => address >= s.base && address - s.base < s.size);
}

/** The highest address the device emits, of a mask of either kind. */
export function limitOf(device: PlainDevice, kind: "streaming" | "coherent"): number {
  const mask = kind === "streaming" ? device.dmaMask : device.coherentDmaMask;
  const byMask = mask === null ? TOP : BigInt(mask) > BigInt(TOP) ? TOP : Number(BigInt(mask));
  return device.busDmaLimit === "unlimited" || device.busDmaLimit > byMask ? byMask : device.busDmaLimit;
}

/** True where the device emits a valid bus address for a CPU address. */
function emits(device: PlainDevice, kind: "streaming" | "coherent", address: number): boolean {
  const limit = limitOf(device, kind);
  if (device.windows === null) return address <= limit;
  // Windows may overlap; the device gets through when any of them leads below the limit.
  return device.windows.some((w) => address >= w.cpu && address - w.cpu < w.size && w.dma + (address - w.cpu) <= limit);
}

/** True where the device emits addresses for both sides of a border, and they are not neighbours. */
export function jumps(device: PlainDevice, at: number): boolean {
  const emitted = (address: number): number | undefined => {
    const window = device.windows?.find((w) => address >= w.cpu && address - w.cpu < w.size);
    return window === undefined ? undefined : window.dma + (address - window.cpu);
  };
  const [below, above] = [emitted(at - 1), emitted(at)];
  const limit = limitOf(device, "streaming");
  return below !== undefined && above !== undefined && below <= limit && above <= limit && above !== below + 1;
}

/** Whether the device can use a byte of RAM in place. */
export function reaches(
  machine: PlainMachine,
  device: PlainDevice,
  kind: "streaming" | "coherent",
  mapping: string = mappingOf(device),
): Reaches {
  const bits = machine.iommus.find((i) => i.path === device.iommu?.path)?.outputBits ?? 64;
  const fits = (address: number, width: number): boolean => width >= 53 || address < 2 ** width;
  return (address) => {
    if (!holds(machine.banks, address)) return false;
    switch (mapping) {
      case "cpu":
        return true;
      case "iommu":
        return fits(address, bits);
      case "driver-domain":
        return emits(device, kind, address) && fits(address, bits);
      case "device-mmu":
        return emits(device, kind, address) && fits(address, device.mmuOutputBits ?? 64);
      default:
        return emits(device, kind, address);
    }
  };
}

/** Every address at which some answer about this machine may change. */
export function edges(machine: PlainMachine, ...more: readonly (readonly Span[])[]): readonly number[] {
  const at = new Set<number>([0, 2 ** 32, machine.zoneDmaEnd]);
  const span = (s: Span): void => {
    at.add(s.base);
    at.add(s.base + s.size);
  };
  for (const s of [...machine.banks, ...machine.pages, ...more.flat()]) span(s);
  for (const r of machine.regions) if (r.base !== null) span({ base: r.base, size: r.size });
  if (machine.defaultCma !== null) span(machine.defaultCma);
  for (const { outputBits } of machine.iommus) if (outputBits < 53) at.add(2 ** outputBits);
  for (const device of machine.devices) {
    if (device.mmuOutputBits !== null && device.mmuOutputBits < 53) at.add(2 ** device.mmuOutputBits);
    for (const kind of ["streaming", "coherent"] as const) {
      const limit = limitOf(device, kind);
      if (limit < TOP) at.add(limit + 1);
      for (const w of device.windows ?? []) {
        span({ base: w.cpu, size: w.size });
        if (w.dma <= limit && w.cpu + (limit - w.dma) < TOP) at.add(w.cpu + (limit - w.dma) + 1);
      }
    }
  }
  return [...at].filter((a) => a <= TOP).sort((a, b) => a - b);
}

/** Bytes of `spans` where the answer is no, and the first of them. */
export function outside(
  edgesOf: readonly number[],
  spans: readonly Span[],
  reaches: Reaches,
): { bytes: number; first: number; total: number } {
  let bytes = 0;
  let first = -1;
  let total = 0;
  for (let i = 0; i + 1 < edgesOf.length; i++) {
    const from = edgesOf[i]!;
    if (!holds(spans, from)) continue;
    const length = edgesOf[i + 1]! - from;
    total += length;
    if (reaches(from)) continue;
    if (first < 0) first = from;
    bytes += length;
  }
  return { bytes, first, total };
}

/** True when the spans are exactly the addresses for which the answer is yes, up to the last edge. */
export function isExactly(edgesOf: readonly number[], spans: readonly Span[], reaches: Reaches): boolean {
  return edgesOf.every((from, i) => i + 1 === edgesOf.length || holds(spans, from) === reaches(from));
}
