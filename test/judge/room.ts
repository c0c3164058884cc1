import type { PlainMachine, Span } from "./plain.js";

/** What a source gives right after boot, found by running its algorithm one unit at a time over an array of flags. */
export interface Room {
  /** Buffers that fit, at most `count`. */
  readonly fits: number;
  /** Bytes one of them takes away. */
  readonly taken: number;
  /** Tells whether a single buffer of so many bytes fits. */
  holds(size: number): boolean;
}

const GIB = 2 ** 30;

function order(size: number, page: number): number {
  let o = 0;
  while (page * 2 ** o < size) o += 1;
  return o;
}

/** Pages of an area that boot hands to atomic pools, as runs. */
function atomicRuns(machine: PlainMachine, area: Span): readonly number[] {
  const { pageSize, maxPageOrder } = machine.profile;
  const stated = /(?:^|\s)coherent_pool=(\d+)([KMG]?)(?=\s|$)/.exec(machine.commandLine);
  const scale = { "": 1, K: 2 ** 10, M: 2 ** 20, G: GIB }[stated?.[2] ?? ""] ?? 1;
  const asked = stated === null ? null : Number(stated[1]) * scale;
  if (machine.arch === "arm") return [2 ** order(asked ?? 262144, pageSize)];
  // RAM the page allocator knows: free pages and every CMA area.
  const flags = new Map<string, number>();
  for (const s of [...machine.pages, area]) flags.set(`${s.base}`, s.size);
  for (const r of machine.regions) if (r.kind === "cma" && r.base !== null) flags.set(`${r.base}`, r.size);
  const ram = [...flags.values()].reduce((a, b) => a + b, 0);
  const most = pageSize * 2 ** maxPageOrder;
  const size = asked ?? Math.min(most, Math.max(131072, Math.floor(ram / pageSize / 8192) * pageSize));
  const run = 2 ** Math.min(order(size, pageSize), maxPageOrder);
  const end = area.base + area.size;
  const pools = [run];
  if (machine.arch !== "riscv" && end <= machine.zoneDmaEnd) pools.push(run);
  if (end <= Math.max(4 * GIB, machine.zoneDmaEnd)) pools.push(run);
  return pools;
}

/** Lowest run of free pages whose first frame is a multiple of `align`; -1 when there is none. */
function lowest(taken: readonly boolean[], frame: number, nr: number, align: number): number {
  for (let at = 0; at + nr <= taken.length; at++) {
    if ((frame + at) % align !== 0) continue;
    let free = true;
    for (let i = at; i < at + nr && free; i++) free = !taken[i];
    if (free) return at;
  }
  return -1;
}

function cma(machine: PlainMachine, area: Span, isDefault: boolean): (size: number, count: number) => number {
  const { pageSize, cmaAlignmentOrder } = machine.profile;
  const frame = area.base / pageSize;
  const align = (nr: number): number => 2 ** Math.min(order(nr * pageSize, pageSize), cmaAlignmentOrder);
  const fresh = new Array<boolean>(Math.floor(area.size / pageSize)).fill(false);
  if (isDefault) {
    for (const nr of atomicRuns(machine, area)) {
      const at = lowest(fresh, frame, nr, align(nr));
      if (at >= 0) fresh.fill(true, at, at + nr);
    }
  }
  return (size, count) => {
    const nr = Math.ceil(size / pageSize);
    const taken = [...fresh];
    for (let fits = 0; fits < count; fits++) {
      const at = lowest(taken, frame, nr, align(nr));
      if (at < 0) return fits;
      taken.fill(true, at, at + nr);
    }
    return count;
  };
}

function coherentPool(machine: PlainMachine, area: Span): (size: number, count: number) => number {
  const { pageSize } = machine.profile;
  return (size, count) => {
    const slot = 2 ** order(size, pageSize);
    const pages = Math.floor(area.size / pageSize);
    let fits = 0;
    for (let at = 0; at + slot <= pages && fits < count; at += slot) fits += 1;
    return fits;
  };
}

/** The slot search with its list of free neighbours, an empty pool, one area. */
function restrictedPool(machine: PlainMachine, area: Span): (size: number, count: number) => number {
  const { pageSize } = machine.profile;
  return (size, count) => {
    const slots = Math.floor(area.size / 2048);
    const nr = Math.ceil((Math.ceil(size / pageSize) * pageSize) / 2048);
    const mask = pageSize * 2 ** order(size, pageSize);
    const used = new Array<boolean>(slots).fill(false);
    const neighbours = (at: number): number => {
      let n = 0;
      while (at + n < slots && !used[at + n] && (n === 0 || (at + n) % 128 !== 0)) n += 1;
      return n;
    };
    let fits = 0;
    for (let at = 0; at < slots && fits < count; at++) {
      if ((area.base + at * 2048) % mask !== 0 || neighbours(at) < nr) continue;
      used.fill(true, at, at + nr);
      fits += 1;
    }
    return fits;
  };
}

function blocks(machine: PlainMachine, spans: readonly Span[]): (size: number, count: number) => number {
  const { pageSize, maxPageOrder } = machine.profile;
  return (size, count) => {
    const o = order(size, pageSize);
    if (o > maxPageOrder) return 0;
    const block = pageSize * 2 ** o;
    let fits = 0;
    for (const s of spans) {
      let at = s.base - (s.base % block);
      if (at < s.base) at += block;
      for (; at + block <= s.base + s.size && fits < count; at += block) fits += 1;
    }
    return fits;
  };
}

/** @param spans - where the source's memory can come from for this route */
export function roomOf(
  machine: PlainMachine,
  heap: string,
  kind: string,
  spans: readonly Span[],
  size: number,
  count: number,
): Room {
  const { pageSize } = machine.profile;
  const pages = Math.ceil(size / pageSize) * pageSize;
  const area = spans[0] ?? { base: 0, size: 0 };
  const total = spans.reduce((sum, s) => sum + s.size, 0);
  const scattered =
    (limit: number) =>
    (asked: number, nr: number): number => {
      const whole = Math.ceil(asked / pageSize) * pageSize;
      return whole > limit ? 0 : Math.min(nr, Math.floor(total / whole));
    };
  const of = (run: (asked: number, nr: number) => number, taken: number): Room => ({
    fits: run(size, count),
    taken,
    holds: (asked) => run(asked, 1) === 1,
  });
  switch (kind) {
    case "cma":
      return of(cma(machine, area, heap === "cma:default"), pages);
    case "coherent-pool":
      return of(coherentPool(machine, area), pageSize * 2 ** order(size, pageSize));
    case "restricted-pool":
      return of(restrictedPool(machine, area), pages);
    case "page-block":
      return of(blocks(machine, spans), pageSize * 2 ** order(size, pageSize));
    case "udmabuf":
      return of(scattered(machine.profile.udmabuf?.sizeLimit ?? 0), pages);
    default:
      return of(scattered(total), pages);
  }
}
