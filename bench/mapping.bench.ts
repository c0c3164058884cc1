/**
 * What does it cost to show a buffer to a device? Map and unmap of one 4K NV12 picture (3840 x 2160, 12,441,600 bytes) through the DMA API, behind an
 * IOMMU and directly, of memory in blocks, in single pages and in one piece; with usage checks, which are on unless somebody turns them off, and
 * without; again and again, as a queue does, and of lists that were never mapped before. Nobody listens to events. CPU time, median of nine
 * rounds and their spread. Then the bytes that a live mapping keeps.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import type { Backing, HeapRequest } from "../src/simulate/heaps/heap.js";
import type { MappedDevice } from "../src/simulate/mapping/mapped-device.js";
import { type MappingSystem, makeMappingSystem } from "../src/simulate/mapping/mapping-system.js";
import { DmaSegments, type ScatterList } from "../src/simulate/scatter-list.js";
import { opsMachine } from "../src/testing/ops-machine.js";

/** Two planes of 8 bits, the second of half the height. */
const PICTURE = 3840 * 2160 * 1.5;
const ROUNDS = 9;
/** Mappings held at once while their bytes are counted. */
const HELD = 25_000;

interface Case {
  readonly name: string;
  readonly device: string;
  readonly heap: string;
  readonly orders?: readonly number[];
  /** A list of its own for each map. */
  readonly fresh?: boolean;
}

const CASES: readonly Case[] = [
  { name: "IOMMU, system heap", device: "/iommu-client", heap: "system" },
  { name: "IOMMU, system heap, first map", device: "/iommu-client", heap: "system", fresh: true },
  { name: "IOMMU, single pages", device: "/iommu-client", heap: "system", orders: [0] },
  { name: "IOMMU, single pages, first map", device: "/iommu-client", heap: "system", orders: [0], fresh: true },
  { name: "IOMMU, one block", device: "/iommu-client", heap: "cma:default" },
  { name: "direct, system heap", device: "/direct", heap: "system" },
  { name: "direct, one block", device: "/direct", heap: "cma:default" },
];

/** Prints a line a case, and the bytes of a live mapping. */
export function main(): void {
  for (const checks of [true, false]) weigh(checks);
  for (const one of CASES) {
    for (const checks of [true, false]) measure(one, checks);
  }
}

interface Stand {
  readonly system: MappingSystem;
  readonly device: MappedDevice;
  take(size: number): Backing;
}

function stand({ device: path, heap: id, orders }: Case, checks: boolean): Stand {
  const system = makeMappingSystem(opsMachine(), { bytes: false, checks });
  const known = system.world.machine.devices.find((device) => device.path === path);
  const heap = system.heaps.get(id);
  if (known === undefined || heap === undefined) throw new Error(`no device ${path}, or no heap ${id}`);
  return {
    system,
    device: system.table.deviceFor(known),
    take: (size) => {
      const request: HeapRequest = { size, alignment: 4096, owner: "bench", ...(orders && { orders }) };
      const answer = heap.allocate(request);
      if (!answer.ok) throw new Error(`${id}: ${answer.refusal.code}`);
      return answer.value;
    },
  };
}

function measure(one: Case, checks: boolean): void {
  const { system, device, take } = stand(one, checks);
  const { memory } = take(PICTURE);
  const out = new DmaSegments();
  const pass = (lists: readonly ScatterList[]): void => {
    for (const list of lists) {
      const mapped = system.api.mapSg(device, list, "bidirectional", {}, out);
      if (mapped < 0) throw new Error(`${one.name}: ${mapped}`);
      system.api.unmapSg(device, list, out, "bidirectional");
    }
  };
  const listsOf = (times: number): readonly ScatterList[] =>
    Array.from({ length: times }, () => (one.fresh === true ? { ...memory } : memory));
  pass(listsOf(20_000));
  let times = 1000;
  let lists = listsOf(times);
  while (cpuSeconds(() => pass(lists)) < 0.1) {
    times *= 2;
    lists = listsOf(times);
  }
  const rounds: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    lists = listsOf(times);
    rounds.push((cpuSeconds(() => pass(lists)) / times) * 1e6);
  }
  rounds.sort((a, b) => a - b);
  const median = rounds[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  const [least, most] = [rounds[0] ?? Number.NaN, rounds[ROUNDS - 1] ?? Number.NaN];
  system.table.audit();
  console.log(
    `${one.name.padEnd(31)} ${checks ? "checks" : "no checks"}`.padEnd(42),
    `${median.toFixed(2)} us map + unmap (${least.toFixed(2)} to ${most.toFixed(2)}, ${memory.count} entries)`,
  );
}

/**
 * Bytes that each of many live mappings of one buffer keeps, what callers hold not counted: the difference between twice as many and as many, so
 * that what is made once does not count.
 */
function weigh(checks: boolean): void {
  const { system, device, take } = stand(CASES[0] as Case, checks);
  const { memory } = take(64 * 1024);
  const all = Array.from({ length: 2 * HELD }, () => new DmaSegments(1));
  const mapAll = (from: number): number => {
    for (const out of all.slice(from, from + HELD)) {
      const mapped = system.api.mapSg(device, memory, "bidirectional", {}, out);
      if (mapped < 0) throw new Error(`a mapping of 64 KiB: ${mapped}`);
    }
    return bytesInUse();
  };
  const half = mapAll(0);
  const bytes = (mapAll(HELD) - half) / HELD;
  // Looked at last, so that nothing was collected while it was weighed.
  const held = device.domain?.stats().mappings ?? 0;
  const entries = all.reduce((sum, out) => sum + out.count, 0);
  if (entries !== held) throw new Error(`${entries} entries of ${held} mappings`);
  console.log(`a live mapping ${checks ? "with checks" : "without checks"}: ${bytes.toFixed(0)} bytes (${held} held)`);
}

const collect: () => void = collector();

/** The garbage collector, whatever flags the process was started with. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** After several rounds of collection: one leaves what weak maps and finalizers hold. */
function bytesInUse(): number {
  for (let round = 0; round < 4; round += 1) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function cpuSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
