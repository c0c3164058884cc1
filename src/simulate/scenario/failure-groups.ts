import { type BufferRefusal, describeBufferRefusal, describeHeapRefusal } from "../buffers/buffer-refusal.js";
import type { HeapRefusal } from "../heaps/heap.js";

/** What was tried. */
export type FailedOperation =
  | "allocate"
  | "attach"
  | "map"
  | "move"
  | "pin"
  | "cpu-access"
  | "occupy"
  | "lend"
  | "pin-pages";

/** Failures of one cause: the same operation on the same buffers by the same device, refused for the same reason. */
export interface FailureGroup {
  readonly operation: FailedOperation;
  /** Name of the buffers in the scenario; null for what is about a heap alone. */
  readonly buffers: string | null;
  /** Path of the device, or its name in the scenario; null for none. */
  readonly device: string | null;
  readonly code: string;
  readonly errno: string | null;
  readonly count: number;
  /** Nanoseconds. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** Of the first one. */
  readonly text: string;
  /** Of the first one: what was asked, what there was. */
  readonly numbers: Readonly<Record<string, number | string>>;
}

type Growing = { -readonly [K in keyof FailureGroup]: FailureGroup[K] };

/** Counts failures by cause, in the order the causes were met. */
export class FailureGroups {
  readonly #groups: Map<string, Growing> = new Map();
  #count = 0;

  /** Failures so far. */
  get count(): number {
    return this.#count;
  }

  get groups(): readonly FailureGroup[] {
    return [...this.#groups.values()];
  }

  /** Counts what a buffer was refused. */
  add(time: number, operation: FailedOperation, buffers: string, device: string | null, refusal: BufferRefusal): void {
    const { code, errno } = refusal;
    const isNew = this.#enter(time, operation, buffers, device, `${code}${causesOf(refusal)}`);
    if (isNew === null) return;
    const text = describeBufferRefusal(refusal);
    this.#groups.set(isNew, {
      ...this.#fresh(time, operation, buffers, device),
      code,
      errno,
      text,
      numbers: numbersOf(refusal),
    });
  }

  /** Counts what a heap refused. */
  addHeap(time: number, operation: FailedOperation, heap: string, refusal: HeapRefusal): void {
    const isNew = this.#enter(time, operation, heap, null, refusal.code);
    if (isNew === null) return;
    const { code, errno } = refusal;
    const text = `${heap}: ${describeHeapRefusal(refusal)}`;
    this.#groups.set(isNew, { ...this.#fresh(time, operation, null, null), code, errno, text, numbers: flat(refusal) });
  }

  /** Counts what could not be done for another reason. */
  addOther(time: number, operation: FailedOperation, text: string): void {
    const isNew = this.#enter(time, operation, text, null, "refused");
    if (isNew === null) return;
    const about = { code: "refused", errno: null, text, numbers: {} };
    this.#groups.set(isNew, { ...this.#fresh(time, operation, null, null), ...about });
  }

  /** @returns the key of a cause not met before; null when it was counted */
  #enter(time: number, operation: string, about: string, device: string | null, cause: string): string | null {
    this.#count += 1;
    const key = `${operation}\n${about}\n${device}\n${cause}`;
    const known = this.#groups.get(key);
    if (known === undefined) return key;
    known.count += 1;
    known.lastTime = time;
    return null;
  }

  #fresh(
    time: number,
    operation: FailedOperation,
    buffers: string | null,
    device: string | null,
  ): Pick<Growing, "operation" | "buffers" | "device" | "count" | "firstTime" | "lastTime"> {
    return { operation, buffers, device, count: 1, firstTime: time, lastTime: time };
  }
}

/** What tells refusals of one code apart. */
function causesOf(refusal: BufferRefusal): string {
  if (refusal.code === "no-memory") {
    return refusal.attempts
      .map((attempt) => ` ${attempt.heap} ${attempt.outcome === "refused" ? attempt.refusal.code : attempt.outcome}`)
      .join("");
  }
  if (refusal.code === "held" && "reasons" in refusal) return refusal.reasons.map(({ code }) => ` ${code}`).join("");
  return "";
}

function numbersOf(refusal: BufferRefusal): Readonly<Record<string, number | string>> {
  if (refusal.code === "no-memory") {
    const [first] = refusal.attempts;
    return first?.outcome === "refused" ? flat(first.refusal) : { requested: refusal.requested, count: refusal.count };
  }
  if ((refusal.code === "held" || refusal.code === "nowhere-to-go") && "reasons" in refusal) {
    const [reason] = refusal.reasons;
    return { heap: refusal.heap, ...(reason === undefined ? {} : { reason: reason.code, ...flat(reason) }) };
  }
  return flat(refusal);
}

/** The numbers and names of a refusal, without what is nested in it. */
function flat(refusal: object): Readonly<Record<string, number | string>> {
  const numbers: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(refusal) as [string, unknown][]) {
    if (name === "code" || name === "errno") continue;
    if (typeof value === "number" || typeof value === "string") numbers[name] = value;
  }
  return numbers;
}
