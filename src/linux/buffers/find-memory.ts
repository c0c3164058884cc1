import type { ParticipantRequest } from "../../constraints/participant.js";
import { deviceFreeRoutes, NO_ROUTE } from "../../heaps/route.js";
import type { MemorySource } from "../../heaps/source.js";
import type { Machine } from "../../machine/machine.js";
import { boardOf } from "../../placement/board.js";
import { candidateId } from "../../placement/candidate.js";
import type { Placement } from "../../placement/place.js";
import type { Reason } from "../../placement/reason.js";
import type { AllocationAttempt, AllocationRefusal } from "../../simulate/buffers/buffer-refusal.js";
import type { CheckedRequest } from "../../simulate/buffers/buffer-requests.js";
import type { HeapRefusal } from "../../simulate/heaps/heap.js";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { SystemCallFailure } from "../../units/system-call.js";
import type { AvailableMemory } from "../memory/available-memory.js";
import type { HeapNodes } from "../memory/heap-nodes.js";
import type { HeapChoice, LinuxMemory } from "../memory/linux-memory.js";
import type { Kernel } from "../native/kernel.js";
import { attempt } from "../native/system-call-error.js";
import type { Decisions } from "./decisions.js";
import { importInto } from "./device-import.js";
import type { HeapLedger } from "./heap-ledger.js";

/** What a search for memory works with. */
export interface MemoryWorld {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly nodes: HeapNodes;
  readonly available: AvailableMemory;
  readonly decisions: Decisions;
  readonly ledger: HeapLedger;
}

/** Whose memory is looked for. */
export interface MemorySearch {
  readonly participants: readonly ParticipantRequest[];
  readonly wanted: CheckedRequest;
  /** Name of the buffer. */
  readonly buffer: string;
  /** Id of the heap, whatever the devices need; null for the one that suits all. */
  readonly heap: string | null;
  /** Lets every device that can be asked take the memory for a moment; what one of them refuses does not suit. */
  readonly probe: boolean;
}

/** Memory that was found, all of a group. */
export interface Found {
  readonly choice: HeapChoice;
  readonly memories: readonly LinuxMemory[];
  /** The decision behind it; null for a heap that was named. */
  readonly placement: Placement | null;
  /** Ways that were tried before this one, and what came of them. */
  readonly attempts: readonly AllocationAttempt[];
}

/** Memory by the best way that works: what suits everybody by the model is tried in its order, until the kernel gives some. */
export function findMemory(world: MemoryWorld, search: MemorySearch): Result<Found, AllocationRefusal> {
  const { participants, wanted, buffer } = search;
  if (search.heap !== null) return tryChoices(world, search, null, [choiceOf(world.machine, search.heap)]);
  if (participants.length === 0) return refused({ code: "no-participants", errno: "EINVAL", buffer });
  const { placement, ways } = world.decisions.decide(participants, wanted);
  if (ways.length > 0) return tryChoices(world, search, placement, ways);
  const conflict = placement.conflict ?? [];
  return refused({ code: "not-placeable", errno: "EINVAL", buffer, conflict, placement });
}

/** What the model has against a device's use of memory that came that way; empty when nothing. */
export function reasonsAgainst(
  world: MemoryWorld,
  participants: readonly ParticipantRequest[],
  wanted: CheckedRequest,
  choice: HeapChoice,
  device: string,
): readonly Reason[] {
  const id = candidateId(choice.source, choice.route);
  const { candidates } = world.decisions.decide(participants, wanted).placement;
  const candidate = candidates.find(({ source, route }) => candidateId(source, route) === id);
  if (candidate?.verdict !== "refused") return [];
  return candidate.reasons.filter((reason) => "device" in reason && reason.device === device);
}

function tryChoices(
  world: MemoryWorld,
  search: MemorySearch,
  placement: Placement | null,
  choices: readonly HeapChoice[],
): Result<Found, AllocationRefusal> {
  const { wanted, buffer } = search;
  const size = placement?.size ?? (wanted.size as Bytes);
  const attempts: AllocationAttempt[] = [];
  for (const choice of choices) {
    const memories = tryChoice(world, search, choice, size);
    if (memories.ok) {
      world.ledger.took(choice.source.id, memories.value);
      return accepted({ choice, memories: memories.value, placement, attempts });
    }
    world.ledger.failed(choice.source.id);
    attempts.push(memories.refusal);
  }
  return refused({ code: "no-memory", errno: "ENOMEM", buffer, requested: size, count: wanted.count, attempts });
}

/** Memory for all buffers of a group by one way, or none. */
function tryChoice(
  world: MemoryWorld,
  search: MemorySearch,
  choice: HeapChoice,
  size: Bytes,
): Result<readonly LinuxMemory[], AllocationAttempt> {
  const { source, route } = choice;
  const about = { heap: source.id, route: route.kind, exporter: route.exporter?.device.path ?? null };
  const { count } = search.wanted;
  const taken = isOfPages(source) ? size * count : 0;
  if (taken > 0 && !world.available.has(taken)) {
    return refused({ ...about, outcome: "refused", refusal: exhausted(source, taken, world.available.bytes) });
  }
  const memories: LinuxMemory[] = [];
  const give = (): void => {
    for (const memory of memories) memory.close();
  };
  const allocated = attempt(() => {
    const heap = world.nodes.at(choice);
    while (memories.length < count) memories.push(heap.allocate(size));
  });
  if (!allocated.ok) {
    give();
    return refused({ ...about, outcome: "failed", failure: allocated.refusal });
  }
  const [first] = memories;
  if (search.probe && first !== undefined) {
    const against = probe(world, search, first);
    if (against !== null) {
      give();
      return refused({ ...about, ...against });
    }
  }
  world.available.took(taken);
  return accepted(memories);
}

/** A device that was asked and does not take it. */
interface NotImported {
  readonly outcome: "not-imported";
  readonly device: string;
  readonly failure: SystemCallFailure;
}

/** The first device that does not take it; null when none refuses. Devices that cannot be asked say nothing. */
function probe({ kernel }: MemoryWorld, { participants }: MemorySearch, memory: LinuxMemory): NotImported | null {
  for (const participant of participants) {
    const taken = importInto(kernel, participant, memory, () => []);
    if (taken.ok) {
      taken.value.close();
    } else if (taken.refusal.code === "not-imported") {
      const { device, failure } = taken.refusal;
      return { outcome: "not-imported", device, failure };
    }
  }
  return null;
}

/** True for memory whose pages come from what everybody uses. */
function isOfPages({ kind }: MemorySource): boolean {
  return kind === "system" || kind === "dma32-pages" || kind === "udmabuf" || kind === "page-block";
}

function exhausted(source: MemorySource, requested: Bytes, free: Bytes): HeapRefusal {
  return {
    code: "exhausted",
    errno: "ENOMEM",
    heap: source.id,
    requested,
    free,
    largest: free,
    busyTries: 0,
    busyPage: null,
  };
}

/** The heap of that id by its own node. @throws RangeError when the machine has none, naming those it has */
export function choiceOf(machine: Machine, id: string): HeapChoice {
  const { sources } = boardOf(machine);
  const source = sources.find((one) => one.id === id);
  if (source === undefined) {
    throw new RangeError(
      `no heap of this machine is called ${id}; there are ${sources.map((one) => one.id).join(", ")}`,
    );
  }
  const [route = NO_ROUTE] = deviceFreeRoutes(machine, source);
  return { source, route };
}
