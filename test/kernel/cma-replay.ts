import type { Algorithm } from "../../src/algorithms/allocator.js";
import type { Machine } from "../../src/machine/machine.js";
import type { Backing } from "../../src/simulate/heaps/heap.js";
import { heapsOfMachine } from "../../src/simulate/heaps/heaps-of-machine.js";
import { makeWorld } from "../../src/simulate/world.js";
import type { CmaAnswer } from "./cma-trace.js";
import type { Operation } from "./guest/cma-operations.js";

const PAGE = 4096;

/**
 * Does the operations of a guest on the default CMA area of a machine, as boot leaves it.
 *
 * @param algorithm - instead of the kernel's
 * @returns what the area did for each
 */
export function replay(machine: Machine, operations: readonly Operation[], algorithm?: Algorithm): CmaAnswer[] {
  const world = makeWorld(machine, { bytes: false });
  const area = heapsOfMachine(world, algorithm === undefined ? {} : { "cma:default": algorithm }).area("cma:default");
  if (area === null) throw new Error("the machine has no default area");
  const live = new Map<number, Backing>();
  const answers = operations.map((operation, index): CmaAnswer => {
    if (operation.call === "free") {
      const backing = live.get(operation.of);
      // Where the area has no room, Linux takes the page allocator.
      if (backing === undefined) return { allocated: null, released: null, busy: 0 };
      area.release(backing);
      return { allocated: null, released: pfnOf(backing), busy: 0 };
    }
    const answer = area.allocate({ size: operation.pages * PAGE, alignment: PAGE, owner: "vivid" });
    if (!answer.ok) return { allocated: "none", released: null, busy: answer.refusal.busyTries };
    live.set(index, answer.value);
    return { allocated: pfnOf(answer.value), released: null, busy: 0 };
  });
  area.audit();
  return answers;
}

function pfnOf({ memory }: Backing): number {
  return (memory.physAddr[0] ?? 0) / PAGE;
}

/** An operation and its answer in one line, to compare and to read: `17 allocate 900: 0xb9c00`. */
export function answerLines(operations: readonly Operation[], answers: readonly CmaAnswer[]): string[] {
  return answers.map(({ allocated, released, busy }, index) => {
    const operation = operations[index];
    const asked = operation?.call === "allocate" ? `allocate ${operation.pages}` : `free ${operation?.of}`;
    const pfn = allocated ?? released ?? "nothing of the area";
    const retries = busy === 0 ? "" : `, ${busy} candidates busy`;
    return `${index} ${asked}: ${typeof pfn === "number" ? `0x${pfn.toString(16)}` : pfn}${retries}`;
  });
}
