import { UsageChecks } from "../../../src/simulate/checks/usage-checks.js";
import {
  type HeapAlgorithms,
  heapsOfMachine,
  type MachineHeaps,
} from "../../../src/simulate/heaps/heaps-of-machine.js";
import { reserveBounceMemory } from "../../../src/simulate/mapping/bounce-memory.js";
import { bouncePlacer } from "../../../src/simulate/mapping/bounce-placer.js";
import { BouncePool } from "../../../src/simulate/mapping/bounce-pool.js";
import { DmaApi } from "../../../src/simulate/mapping/common.js";
import { DeviceTable, type DeviceTableOptions } from "../../../src/simulate/mapping/device-table.js";
import type { MappedDevice } from "../../../src/simulate/mapping/mapped-device.js";
import type { MappingContext } from "../../../src/simulate/mapping/mapping-context.js";
import { CpuCache } from "../../../src/simulate/memory/cpu-cache.js";
import { DmaSegments, type ScatterList, scatterList } from "../../../src/simulate/scatter-list.js";
import { makeWorld, type World } from "../../../src/simulate/world.js";
import { type BoardSpec, board, ranges } from "../../machine-builder.js";

/** Everything a test of mappings needs of one small machine. */
export interface Rig {
  readonly world: World;
  readonly heaps: MachineHeaps;
  readonly context: MappingContext;
  readonly table: DeviceTable;
  readonly api: DmaApi;
  readonly cache: CpuCache | null;
  /** The device at `/soc/NAME`, with fields replaced. */
  device(name: string, fields?: Partial<MappedDevice>): MappedDevice;
}

/** How a rig departs from bytes, no cache, no checks, and a bounce pool as the kernel would make it. */
export interface RigOptions extends DeviceTableOptions {
  readonly cache?: boolean;
  readonly checks?: boolean;
  readonly algorithms?: HeapAlgorithms;
  /** False: nothing is set apart for bouncing. */
  readonly bounces?: boolean;
}

/** Builds a machine and the mapping part of a system on it. */
export function rig(spec: BoardSpec, options: RigOptions = {}): Rig {
  const { machine, pool } =
    options.bounces === false ? { machine: board(spec), pool: null } : reserveBounceMemory(board(spec));
  const world = makeWorld(machine);
  const restrictedPools = new Map<string, BouncePool>();
  const heaps = heapsOfMachine(world, options.algorithms ?? {}, {
    slotsOf: (source) => {
      const region = source.regions[0]!;
      const shape = { heap: source.id, base: region.base, size: region.size, areas: 1, force: true };
      const slots = new BouncePool(world, shape);
      restrictedPools.set(source.id, slots);
      return bouncePlacer(slots, source.algorithm);
    },
  });
  const cache = options.cache === true && world.memory !== null ? new CpuCache(world.memory) : null;
  const context: MappingContext = { world, heaps, atomicPools: heaps.atomicPools, cache, lastRefusal: null };
  const bouncePool = pool === null ? null : new BouncePool(world, pool);
  const table = new DeviceTable(context, { bouncePool, restrictedPools, ...options });
  const api = new DmaApi(context, options.checks === true ? new UsageChecks() : null);
  return {
    world,
    heaps,
    context,
    table,
    api,
    cache,
    device: (name, fields = {}) => {
      const device = machine.devices.find((d) => d.path === `/soc/${name}`);
      if (device === undefined) throw new Error(`no device ${name}`);
      const made = table.deviceFor(device);
      return Object.keys(fields).length === 0 ? made : { ...made, ...fields };
    },
  };
}

/** A scatter list from `"BASE+SIZE,BASE+SIZE"`, in that order; neighbours stay apart. */
export function list(text: string): ScatterList {
  return scatterList(text.split(",").map((block) => ranges(block)[0]!));
}

/** Segments as `["BASE+LENGTH", ...]` in hexadecimal. */
export function shown(segments: DmaSegments): readonly string[] {
  const out: string[] = [];
  for (let i = 0; i < segments.count; i += 1) {
    out.push(`0x${segments.address[i]!.toString(16)}+0x${segments.length[i]!.toString(16)}`);
  }
  return out;
}

/** Maps a list, and shows what the device sees, or the error. */
export function mapList(
  { api }: Rig,
  device: MappedDevice,
  text: string,
  direction: "to-device" | "from-device" | "bidirectional" = "bidirectional",
): readonly string[] | number {
  const out = new DmaSegments();
  const mapped = api.mapSg(device, list(text), direction, {}, out);
  return mapped < 0 ? mapped : shown(out);
}
