import { deviceFreeRoutes, NO_ROUTE } from "../../heaps/route.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Heap } from "../heaps/heap.js";
import type { MappingSystem } from "../mapping/mapping-system.js";
import { allocateMemory, type MemoryFound, type MemoryWanted } from "./allocate-memory.js";
import type { AllocationRefusal, MoveRefusal } from "./buffer-refusal.js";
import type { AllocationOption, Decision, Plan, Wanted } from "./plan.js";

/** Whose memory is looked for, and under which name. */
export interface MemorySearch {
  /** Everybody it must suit. */
  readonly plan: Plan;
  readonly wanted: Wanted;
  /** Name of the buffer. */
  readonly buffer: string;
}

/** Memory that was found, and the decision behind it; null for a heap that was named. */
export interface Found {
  readonly decision: Decision | null;
  readonly memory: MemoryFound;
}

/** Memory from wherever suits everybody best and has some. */
export function findMemory(system: MappingSystem, search: MemorySearch): Result<Found, AllocationRefusal> {
  if (search.plan.participants.length === 0) {
    return refused({ code: "no-participants", errno: "EINVAL", buffer: search.buffer });
  }
  const decision = search.plan.decide(search.wanted);
  const { options, placement } = decision;
  if (options.length > 0) return tryOptions(system, search, decision, options);
  const conflict = placement.conflict ?? [];
  return refused({ code: "not-placeable", errno: "EINVAL", buffer: search.buffer, conflict, placement });
}

/** Memory from one heap, if that suits everybody. */
export function findMemoryIn(system: MappingSystem, search: MemorySearch, heap: Heap): Result<Found, MoveRefusal> {
  const decision = search.plan.decide(search.wanted);
  const options = decision.options.filter((option) => option.heap === heap);
  if (options.length > 0) return tryOptions(system, search, decision, options);
  const { id } = heap.source;
  const reasons = decision.placement.candidates.find(({ source }) => source.id === id)?.reasons ?? [];
  return refused({ code: "unsuitable-heap", errno: "EINVAL", buffer: search.buffer, heap: id, reasons });
}

/** Memory from one heap whoever is attached, as a process gets it that opens the heap's node. */
export function takeFromHeap(
  system: MappingSystem,
  { plan, wanted, buffer: owner }: MemorySearch,
  heap: Heap,
): Result<Found, AllocationRefusal> {
  const { count, image } = wanted;
  const size = image === null ? (wanted.size as Bytes) : plan.layout(image).size;
  const alignment = system.world.machine.profile.pageSize;
  const [route = NO_ROUTE] = deviceFreeRoutes(system.world.machine, heap.source);
  const options = [{ heap, route, exporter: null, orders: null }];
  return allocate(system, options, { participants: [], size, alignment, count, owner }, null);
}

/** The heap of that id. @throws RangeError when the machine has none, naming those it has */
export function heapNamed(system: MappingSystem, id: string): Heap {
  const heap = system.heaps.get(id);
  if (heap === undefined) {
    throw new RangeError(`no heap of this machine is called ${id}; there are ${[...system.heaps.keys()].join(", ")}`);
  }
  return heap;
}

function tryOptions(
  system: MappingSystem,
  { plan, wanted, buffer: owner }: MemorySearch,
  decision: Decision,
  options: readonly AllocationOption[],
): Result<Found, AllocationRefusal> {
  const { size, alignment } = decision;
  const { count } = wanted;
  return allocate(system, options, { participants: plan.participants, size, alignment, count, owner }, decision);
}

function allocate(
  system: MappingSystem,
  options: readonly AllocationOption[],
  wanted: MemoryWanted,
  decision: Decision | null,
): Result<Found, AllocationRefusal> {
  const memory = allocateMemory(system, options, wanted);
  if (memory.ok) return accepted({ decision, memory: memory.value });
  const { owner: buffer, size: requested, count } = wanted;
  return refused({ code: "no-memory", errno: "ENOMEM", buffer, requested, count, attempts: memory.refusal });
}
