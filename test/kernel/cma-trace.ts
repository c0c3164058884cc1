/**
 * What a kernel's `cma` events say it did: one answer for each operation that a guest has marked.
 *
 *     tracing_mark_write: operation 5
 *     cma_alloc_start: name=reserved count=57 align=6
 *     cma_alloc_finish: name=reserved pfn=0xb9b00 page=... count=57 align=6 errorno=0          or pfn=0xffffffffffffffff ... errorno=-12
 *
 * @see Linux 6.12 `include/trace/events/cma.h`
 */

/** What the area did for one operation. */
export interface CmaAnswer {
  /** Page frame number given; `none` for an allocation that failed; null when nothing was allocated. */
  readonly allocated: number | "none" | null;
  /** Page frame number given back, or null. */
  readonly released: number | null;
  /** Candidates passed by since a page in them could not be moved. */
  readonly busy: number;
}

/** @returns the answers by operation. @throws Error for two answers to one operation, or one of another size than `count` says */
export function readCmaTrace(text: string): CmaAnswer[] {
  const sections = text.split(/^.* tracing_mark_write: operation \d+$/m).slice(1);
  return sections.map((section, operation) => {
    const finished = [...section.matchAll(/ cma_alloc_finish: .* pfn=0x([0-9a-f]+) .* errorno=(-?\d+)$/gm)];
    const started = [...section.matchAll(/ cma_alloc_start: /g)];
    const released = [...section.matchAll(/ cma_release: .* pfn=0x([0-9a-f]+) /g)];
    if (finished.length > 1 || started.length > 1 || released.length > 1) {
      throw new Error(`operation ${operation} has several answers: ${section}`);
    }
    return {
      // A request larger than the area starts and never finishes.
      allocated: started.length === 0 ? null : Number(finished[0]?.[2] ?? -1) < 0 ? "none" : pfn(finished[0]?.[1]),
      released: released.length === 0 ? null : pfn(released[0]?.[1]),
      busy: [...section.matchAll(/ cma_alloc_busy_retry: /g)].length,
    };
  });
}

function pfn(hex: string | undefined): number {
  return Number.parseInt(hex ?? "", 16);
}
