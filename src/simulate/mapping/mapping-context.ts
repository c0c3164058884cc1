import type { AtomicPools } from "../heaps/atomic-pools.js";
import type { Heap, HeapRefusal } from "../heaps/heap.js";
import type { CpuCache } from "../memory/cpu-cache.js";
import type { World } from "../world.js";

/** What the operations of one simulated system work on. */
export interface MappingContext {
  readonly world: World;
  /** Heaps by id, as `sourcesOf()` names them. */
  readonly heaps: ReadonlyMap<string, Heap>;
  /** Where memory comes from for those who must not wait; null when nothing was set aside. */
  readonly atomicPools: AtomicPools | null;
  /** The CPU's cache; null when every device is taken to see what the CPU wrote. */
  readonly cache: CpuCache | null;
  /** Why the last heap that was asked for coherent memory had none; null when the last one asked had some. */
  lastRefusal: HeapRefusal | null;
}
