import { type Algorithm, type Allocator, NO_ROOM, outLength } from "./allocator.js";
import { deadHandleError } from "./block-request.js";

/** One range of a chunk pool. */
export interface Chunk {
  /** Address of its first unit, in units. */
  readonly base: number;
  readonly units: number;
}

interface LiveChunk extends Chunk {
  readonly allocator: Allocator;
  /** By first unit of a block that is out: its handle and 1, or 0. */
  readonly handles: Int32Array;
}

/**
 * Memory in chunks that come one after the other, each served by its own allocator of one algorithm: what atomic pools and on-chip memories are.
 *
 *     chunks   [ third ]  [ second ]  [ first ]        the last one added is asked first;
 *     ask 3       no room    ^^^                        the first with room serves, even where a later one would fit better
 *
 * A request never spans chunks, not even such that lie one behind the other.
 *
 * Linux 6.12 `lib/genalloc.c` `gen_pool_add_owner()`, `gen_pool_alloc_algo_owner()`, `gen_pool_free_owner()`; there the algorithm is asked for a chunk
 * only when the chunk has enough free units, which comes to the same. Blocks are given back whole here, the kernel takes any part of one.
 *
 * All addresses and sizes are in the pool's units; addresses exact up to 2^53 - 1.
 * Time: that of the algorithm, a chunk. Bookkeeping: that of the algorithm and 4 bytes a unit.
 */
export class ChunkPool {
  private readonly algorithm: Algorithm;
  private readonly live: LiveChunk[] = [];
  private readonly out: Int32Array = new Int32Array(outLength(1));

  /** @param algorithm - serves requests with one block each */
  constructor(algorithm: Algorithm) {
    if (algorithm.traits.blocks !== "one")
      throw new RangeError(`${algorithm.name} gives more than one block a request`);
    this.algorithm = algorithm;
  }

  /** The chunks, as they are searched: the last one added first. */
  get chunks(): readonly Chunk[] {
    return this.live;
  }

  /**
   * Adds a range; it is asked before all others from now on.
   *
   * @param alignOrigin - what alignments are counted from, as units in front of `base`; the address itself if left out
   * @throws RangeError when it is empty, or shares units with another one
   */
  addChunk(base: number, units: number, alignOrigin: number = base): void {
    if (!Number.isSafeInteger(base) || base < 0)
      throw new RangeError(`a chunk at ${base}: a whole number from 0 is possible`);
    const other = this.live.find((chunk) => base < chunk.base + chunk.units && chunk.base < base + units);
    if (other !== undefined) {
      throw new RangeError(
        `a chunk of ${units} units at ${base} shares units with the one of ${other.units} at ${other.base}`,
      );
    }
    const allocator = this.algorithm.make({ units, alignOrigin });
    this.live.unshift({ base, units, allocator, handles: new Int32Array(units) });
  }

  /** @returns address of the first of so many units, or {@link NO_ROOM} */
  allocate(units: number, alignUnits = 1): number {
    const { live, out } = this;
    for (let i = 0; i < live.length; i += 1) {
      const chunk = live[i] as LiveChunk;
      if (chunk.allocator.allocate(units, alignUnits, out) < 0) continue;
      const start = out[1] as number;
      chunk.handles[start] = (out[0] as number) + 1;
      return chunk.base + start;
    }
    return NO_ROOM;
  }

  /**
   * Gives back a block.
   *
   * @throws RangeError when no block that is out begins at the address; nothing is changed
   */
  free(address: number): void {
    const chunk = this.chunkAt(address);
    const start = chunk === undefined ? 0 : address - chunk.base;
    const handle = chunk?.handles[start];
    if (chunk === undefined || handle === undefined || handle === 0) throw deadHandleError(address);
    chunk.allocator.free(handle - 1);
    chunk.handles[start] = 0;
  }

  /** Whether the address lies in one of the chunks. Linux 6.12 `lib/genalloc.c` `gen_pool_has_addr()` for one unit. */
  has(address: number): boolean {
    return this.chunkAt(address) !== undefined;
  }

  /** Units of all chunks. Linux 6.12 `lib/genalloc.c` `gen_pool_size()`. */
  get units(): number {
    return this.live.reduce((sum, chunk) => sum + chunk.units, 0);
  }

  /** Free units of all chunks. Linux 6.12 `lib/genalloc.c` `gen_pool_avail()`. */
  freeUnits(): number {
    return this.live.reduce((sum, chunk) => sum + chunk.allocator.freeUnits(), 0);
  }

  /** What the largest unaligned request could get at most. */
  largestFree(): number {
    return this.live.reduce((largest, chunk) => Math.max(largest, chunk.allocator.largestFree()), 0);
  }

  private chunkAt(address: number): LiveChunk | undefined {
    return this.live.find((chunk) => address >= chunk.base && address < chunk.base + chunk.units);
  }
}
