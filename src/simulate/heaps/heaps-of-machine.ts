import type { Algorithm } from "../../algorithms/allocator.js";
import { type MemorySource, type SourceKind, sourcesOf } from "../../heaps/source.js";
import type { Bytes } from "../../units/quantity.js";
import type { MachinePages } from "../memory/machine-pages.js";
import type { World } from "../world.js";
import { AtomicPools } from "./atomic-pools.js";
import { carveoutHeap } from "./carveout.js";
import { cmaArea } from "./cma.js";
import { coherentPool } from "./coherent-pool.js";
import { ContiguousArea } from "./contiguous.js";
import type { Heap } from "./heap.js";
import { PageBlocks } from "./page-block.js";
import type { Placer } from "./placer.js";
import { restrictedPool } from "./restricted-pool.js";
import { dma32Heap, systemHeap } from "./system.js";
import { udmabufHeap } from "./udmabuf.js";

/** Algorithms that serve heaps instead of the kernel's: by id of a heap, or by kind for all of one; the id counts more. */
export type HeapAlgorithms = Readonly<Record<string, Algorithm>>;

/** What heaps are built with. */
export interface HeapsOptions {
  /** Who keeps the slots of a restricted pool that bounced mappings share; the pool itself when left out or undefined. */
  readonly slotsOf?: (source: MemorySource) => Placer | undefined;
}

/** The heaps of a machine by id, sorted by it, as boot leaves them. */
export class MachineHeaps extends Map<string, Heap> {
  /** Pools for coherent memory that cannot wait; no heaps of their own, since nobody places a buffer there. */
  readonly atomicPools: AtomicPools;

  readonly #pages: MachinePages;

  constructor(pages: MachinePages, heaps: readonly Heap[], atomicPools: AtomicPools) {
    super(heaps.map((heap) => [heap.source.id, heap]));
    this.atomicPools = atomicPools;
    this.#pages = pages;
  }

  /** The contiguous area of that id; null when there is none, or the heap is made of pages. */
  area(id: string): ContiguousArea | null {
    const heap = this.get(id);
    return heap instanceof ContiguousArea ? heap : null;
  }

  /** Audits all heaps and pools, and the pages of the machine. @throws Error when a counter has drifted, or a page is lost */
  audit(): void {
    let inPages: Bytes = 0;
    for (const heap of this.values()) {
      heap.audit();
      if (!(heap instanceof ContiguousArea)) inPages += heap.stats().used;
    }
    for (const pool of this.atomicPools.pools) {
      pool.audit();
      inPages += pool.takenAsBlocks();
    }
    this.#pages.audit(inPages / this.#pages.pageSize);
  }
}

const CONTIGUOUS: readonly SourceKind[] = ["cma", "coherent-pool", "restricted-pool", "carveout"];
const KINDS: readonly string[] = [...CONTIGUOUS, "system", "dma32-pages", "udmabuf", "page-block"];

/**
 * A heap with state for every memory source of the world's machine, as boot leaves them: all empty, but for what the pools for atomic allocations
 * have taken of the default area.
 *
 * Heaps made of pages share the page allocator and take no other algorithm.
 *
 * @throws RangeError when an algorithm is named for a heap the machine has not, for one made of pages, or gives several blocks a request
 */
export function heapsOfMachine(
  world: World,
  algorithms: HeapAlgorithms = {},
  options: HeapsOptions = {},
): MachineHeaps {
  const sources = sourcesOf(world.machine);
  checkNames(algorithms, sources);
  const heaps = sources.map((source) => {
    return heapOf(world, source, algorithms[source.id] ?? algorithms[source.kind], options);
  });
  const area = heaps.find((heap) => heap.source.id === "cma:default");
  return new MachineHeaps(world.pages, heaps, new AtomicPools(world, area instanceof ContiguousArea ? area : null));
}

function heapOf(world: World, source: MemorySource, algorithm: Algorithm | undefined, { slotsOf }: HeapsOptions): Heap {
  switch (source.kind) {
    case "cma":
      return cmaArea(world, source, { algorithm });
    case "carveout":
      return carveoutHeap(world, source, algorithm);
    case "coherent-pool":
      return coherentPool(world, source, algorithm);
    case "restricted-pool":
      return restrictedPool(world, source, algorithm ?? slotsOf?.(source));
    case "system":
      return systemHeap(world, source);
    case "dma32-pages":
      return dma32Heap(world, source);
    case "udmabuf":
      return udmabufHeap(world, source);
    case "page-block":
      return new PageBlocks(world, source);
  }
}

function checkNames(algorithms: HeapAlgorithms, sources: readonly MemorySource[]): void {
  for (const name of Object.keys(algorithms)) {
    const kind = sources.find((source) => source.id === name)?.kind ?? name;
    if (CONTIGUOUS.some((one) => one === kind)) continue;
    if (KINDS.includes(kind)) {
      throw new RangeError(`${name} is made of pages, which the page allocator hands out: it takes no other algorithm`);
    }
    const ids = sources.map((source) => source.id).join(", ");
    throw new RangeError(`no heap of this machine and no kind is called ${name}; there are ${ids}`);
  }
}
