import type { Machine } from "../../machine/machine.js";
import { UsageChecks } from "../checks/usage-checks.js";
import { type HeapAlgorithms, heapsOfMachine, type MachineHeaps } from "../heaps/heaps-of-machine.js";
import { CpuCache } from "../memory/cpu-cache.js";
import { makeWorld, type World } from "../world.js";
import { reserveBounceMemory } from "./bounce-memory.js";
import { bouncePlacer } from "./bounce-placer.js";
import { BouncePool } from "./bounce-pool.js";
import type { OpsRegistration } from "./choose-ops.js";
import { DeviceTable } from "./device-table.js";
import { DmaApi } from "./dma-api.js";
import type { MappingContext } from "./mapping-context.js";

/** How a machine's memory and mappings are simulated. */
export interface MappingSystemOptions {
  /** Algorithms instead of the kernel's, by id or kind of a heap. */
  readonly algorithms?: HeapAlgorithms;
  /** Whether memory holds bytes. Default true. */
  readonly bytes?: boolean;
  /** Whether use of the mapping calls is watched. Default true. */
  readonly checks?: boolean;
  /** Whether what they find names the calls it is about, which costs a few microseconds a mapping. Default true. */
  readonly callSites?: boolean;
  /** Whether the CPU has a cache that devices which are not coherent do not see; needs bytes. Default false. */
  readonly cpuCache?: boolean;
  /** Operations of a user's own. */
  readonly ops?: readonly OpsRegistration[];
  /** Nanoseconds, never going back. */
  readonly clock?: () => number;
  /** I/O addresses are free for others only after a flush. Default false. */
  readonly lazy?: boolean;
  /** Whether memory is set apart for bouncing, as the kernel does. Default true. */
  readonly bounces?: boolean;
}

/** Heaps, devices and the DMA API of one machine. */
export interface MappingSystem {
  /** Its `machine` is the one given, less the pages that are set apart for bouncing. */
  readonly world: World;
  readonly heaps: MachineHeaps;
  readonly context: MappingContext;
  readonly table: DeviceTable;
  readonly api: DmaApi;
  /** Null when none is set apart. */
  readonly bouncePool: BouncePool | null;
}

/**
 * Puts memory, heaps, devices and the DMA API of a machine together.
 *
 * @throws RangeError for algorithms and operations that do not fit; see {@link heapsOfMachine} and {@link DeviceTable}
 */
export function makeMappingSystem(machine: Machine, options: MappingSystemOptions = {}): MappingSystem {
  const apart = options.bounces === false ? { machine, pool: null } : reserveBounceMemory(machine);
  const world = makeWorld(apart.machine, {
    ...(options.bytes === undefined ? {} : { bytes: options.bytes }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const restrictedPools = new Map<string, BouncePool>();
  const heaps = heapsOfMachine(world, options.algorithms ?? {}, {
    slotsOf: (source) => {
      const { base, size } = source.regions[0] ?? { base: 0, size: 0 };
      const pool = new BouncePool(world, { heap: source.id, base, size, areas: 1, force: true });
      restrictedPools.set(source.id, pool);
      return bouncePlacer(pool, source.algorithm);
    },
  });
  const context: MappingContext = {
    world,
    heaps,
    atomicPools: heaps.atomicPools,
    cache: options.cpuCache === true && world.memory !== null ? new CpuCache(world.memory) : null,
    lastRefusal: null,
  };
  const bouncePool = apart.pool === null ? null : new BouncePool(world, apart.pool);
  const table = new DeviceTable(context, {
    ops: options.ops ?? [],
    bouncePool,
    restrictedPools,
    lazy: options.lazy === true,
  });
  const api = new DmaApi(context, options.checks === false ? null : new UsageChecks(options.callSites));
  return { world, heaps, context, table, api, bouncePool };
}
