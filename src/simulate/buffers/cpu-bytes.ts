import type { Bytes, PhysAddr } from "../../units/quantity.js";
import type { MappingContext } from "../mapping/mapping-context.js";
import type { ScatterList } from "../scatter-list.js";

/**
 * What the CPU reads at an offset of a list, through its cache where there is one.
 *
 * @param out - written whole; zeros when only numbers are simulated
 * @throws RangeError when the bytes are not all in the list
 */
export function readByCpu(context: MappingContext, memory: ScatterList, offset: Bytes, out: Uint8Array): void {
  const bytes = context.cache ?? context.world.memory;
  if (bytes === null) out.fill(0);
  eachPiece(memory, offset, out.length, (physAddr, from, size) =>
    bytes?.read(physAddr, out.subarray(from, from + size)),
  );
}

/** What the CPU writes there. @throws RangeError as {@link readByCpu} */
export function writeByCpu(context: MappingContext, memory: ScatterList, offset: Bytes, bytes: Uint8Array): void {
  const target = context.cache ?? context.world.memory;
  eachPiece(memory, offset, bytes.length, (physAddr, from, size) =>
    target?.write(physAddr, bytes.subarray(from, from + size)),
  );
}

/** Copies a list into another one of at least its size, as the CPU does. */
export function copyByCpuInto(context: MappingContext, to: ScatterList, from: ScatterList): void {
  const { cache } = context;
  const { memory } = context.world;
  if (memory === null) return;
  let done = 0;
  for (let i = 0; i < from.count; i += 1) {
    const source = from.physAddr[i] as PhysAddr;
    eachPiece(to, done, from.length[i] as Bytes, (physAddr, at, size) =>
      cache === null ? memory.copy(physAddr, source + at, size) : cache.copy(physAddr, source + at, size),
    );
    done += from.length[i] as Bytes;
  }
}

/** The pieces of a range of a list: physical address, offset within the range, bytes. */
function eachPiece(
  memory: ScatterList,
  offset: Bytes,
  size: Bytes,
  visit: (physAddr: PhysAddr, from: Bytes, size: Bytes) => void,
): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > memory.size) {
    throw new RangeError(`${size} bytes from ${offset} on are not all in a buffer of ${memory.size}`);
  }
  let start = 0;
  for (let i = 0; i < memory.count && start < offset + size; i += 1) {
    const length = memory.length[i] as Bytes;
    const low = Math.max(start, offset);
    const high = Math.min(start + length, offset + size);
    if (low < high) visit((memory.physAddr[i] as PhysAddr) + low - start, low - offset, high - low);
    start += length;
  }
}
