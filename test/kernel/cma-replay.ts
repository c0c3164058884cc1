import type { ContiguousArea } from "../../src/simulate/heaps/contiguous.js";
import type { Backing } from "../../src/simulate/heaps/heap.js";
import type { CmaAnswer } from "./cma-trace.js";
import type { Operation } from "./guest/operation.js";

const PAGE = 4096;

/**
 * Does the operations of a guest on a simulated area.
 *
 * @param before - called before each operation, and once behind the last
 * @returns what the area did for each
 */
export function replay(
  area: ContiguousArea,
  operations: readonly Operation[],
  before: (operation: number) => void = () => {},
): CmaAnswer[] {
  const live = new Map<number, Backing>();
  const answers = operations.map((operation, index): CmaAnswer => {
    before(index);
    if (operation.call === "free") {
      const backing = live.get(operation.of);
      // Where the area has no room, Linux takes the page allocator.
      if (backing === undefined) return { allocated: null, released: null, busy: 0 };
      area.release(backing);
      return { allocated: null, released: pfnOf(backing), busy: 0 };
    }
    const answer = area.allocate({ size: operation.pages * PAGE, alignment: PAGE, owner: "guest" });
    if (!answer.ok) return { allocated: "none", released: null, busy: answer.refusal.busyTries };
    live.set(index, answer.value);
    return { allocated: pfnOf(answer.value), released: null, busy: 0 };
  });
  before(operations.length);
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
