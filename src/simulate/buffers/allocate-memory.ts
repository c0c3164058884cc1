import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Backing } from "../heaps/heap.js";
import { allocBlock, allocPages } from "../mapping/coherent-sources.js";
import type { MappingContext } from "../mapping/mapping-context.js";
import type { MappingSystem } from "../mapping/mapping-system.js";
import type { AllocationAttempt } from "./buffer-refusal.js";
import { reasonsAgainst } from "./memory-fit.js";
import type { AllocationOption, KnownParticipant } from "./plan.js";

/** What memory is wanted for. */
export interface MemoryWanted {
  readonly participants: readonly KnownParticipant[];
  /** Bytes of one buffer. */
  readonly size: Bytes;
  readonly alignment: Bytes;
  readonly count: number;
  /** Who asks, for statistics of heaps. */
  readonly owner: string;
}

/** Memory for every buffer asked for, all by the same way. */
export interface MemoryFound {
  readonly backings: readonly Backing[];
  readonly option: AllocationOption;
}

/**
 * Tries the ways in their order until one has memory for all buffers, where all participants can use it. What a way gave before it failed goes back
 * before the next one is tried.
 */
export function allocateMemory(
  system: MappingSystem,
  options: readonly AllocationOption[],
  wanted: MemoryWanted,
): Result<MemoryFound, readonly AllocationAttempt[]> {
  const attempts: AllocationAttempt[] = [];
  for (const option of options) {
    const found = tryOption(system, option, wanted);
    if (found.ok) return accepted({ backings: found.value, option });
    attempts.push(found.refusal);
  }
  return refused(attempts);
}

function tryOption(
  system: MappingSystem,
  option: AllocationOption,
  wanted: MemoryWanted,
): Result<readonly Backing[], AllocationAttempt> {
  const { heap, route } = option;
  const about = { heap: heap.source.id, route: route.kind, exporter: route.exporter?.device.path ?? null };
  const backings: Backing[] = [];
  const giveUp = (attempt: AllocationAttempt): { readonly ok: false; readonly refusal: AllocationAttempt } => {
    // The last one first, so that free lists become what they were.
    while (backings.length > 0) {
      const backing = backings.pop() as Backing;
      backing.heap.release(backing);
    }
    return refused(attempt);
  };
  while (backings.length < wanted.count) {
    const backing = take(system.context, option, wanted);
    if (backing === null) {
      const refusal = system.context.lastRefusal;
      return giveUp(
        refusal === null ? { ...about, outcome: "out-of-reach" } : { ...about, outcome: "refused", refusal },
      );
    }
    backings.push(backing);
    for (const { participant } of wanted.participants) {
      const isExporter = participant.device === route.exporter?.device;
      const reasons = reasonsAgainst(system.world.machine, participant, backing.memory, isExporter, heap.source);
      if (reasons.length > 0) return giveUp({ ...about, outcome: "unsuitable", reasons });
    }
  }
  return accepted(backings);
}

/** One piece of memory. Null when there is none; why stands in {@link MappingContext.lastRefusal}. */
function take(context: MappingContext, option: AllocationOption, wanted: MemoryWanted): Backing | null {
  const { heap, exporter, orders } = option;
  const { size, alignment, owner } = wanted;
  const { pageSize } = context.world.machine.profile;
  if (heap.source.kind === "page-block" && exporter !== null) {
    const whole = Math.ceil(size / pageSize) * pageSize;
    // Behind an IOMMU nobody looks where a block lies.
    return exporter.domain === null ? allocPages(context, exporter, whole) : allocBlock(context, exporter, whole);
  }
  const result = heap.allocate(orders === null ? { size, alignment, owner } : { size, alignment, owner, orders });
  context.lastRefusal = result.ok ? null : result.refusal;
  return result.ok ? result.value : null;
}
