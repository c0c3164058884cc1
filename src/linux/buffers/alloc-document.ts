import { type PlaceDocument, placeDocument } from "../../placement/document.js";
import type { NamedRequest } from "../../placement/named-request.js";
import {
  type AllocationAttempt,
  type AllocationRefusal,
  describeAttempt,
  describeBufferRefusal,
} from "../../simulate/buffers/buffer-refusal.js";
import type { Bytes } from "../../units/quantity.js";
import type { LinuxBuffer } from "./linux-buffer.js";
import type { LinuxSystem } from "./linux-system.js";

/** A way that was tried and did not give the buffer. */
interface AttemptDocument {
  readonly heap: string;
  readonly route: string;
  readonly exporter: string | null;
  readonly outcome: AllocationAttempt["outcome"];
  /** Name of the error, where the kernel gave one. */
  readonly errno: string | null;
  readonly text: string;
}

/** What `coalloc alloc --json` prints: `coalloc/alloc/1`. Exactly one of `allocation` and `refusal` is not null. */
export interface AllocDocument {
  readonly schema: "coalloc/alloc/1";
  readonly allocation: null | {
    readonly heap: string;
    readonly route: string;
    readonly exporter: string | null;
    /** Bytes of one buffer, in whole pages. */
    readonly size: Bytes;
    readonly count: number;
    readonly attempts: readonly AttemptDocument[];
  };
  readonly refusal: null | {
    readonly code: AllocationRefusal["code"];
    readonly text: string;
    readonly attempts: readonly AttemptDocument[];
  };
  /** The decision behind it. */
  readonly place: PlaceDocument;
}

/**
 * Allocates what was asked for.
 *
 * @returns the document, and the buffers, which live as long as the system; none when it was refused
 * @throws RangeError for a request that `readRequest()` refuses
 */
export function allocDocument(
  system: LinuxSystem,
  { devices, size, image, count = 1, cpu = "rare" }: NamedRequest,
): { readonly document: AllocDocument; readonly buffers: readonly LinuxBuffer[] } {
  const what = { ...(size !== undefined && { size }), ...(image !== undefined && { image }) };
  const buffers = system.createBuffers({ ...what, participants: devices, count, cpu });
  const [first] = buffers as readonly [LinuxBuffer];
  const place = placeDocument(system.machine, first.place());
  const made = first.allocate();
  if (!made.ok) {
    const { refusal } = made;
    const attempts = refusal.code === "no-memory" ? refusal.attempts.map(attemptDocument) : [];
    const why = { code: refusal.code, text: describeBufferRefusal(refusal), attempts };
    return { document: { schema: "coalloc/alloc/1", allocation: null, refusal: why, place }, buffers: [] };
  }
  const { heap, route, exporter, size: taken, attempts } = made.value;
  const allocation = { heap, route, exporter, size: taken, count, attempts: attempts.map(attemptDocument) };
  return { document: { schema: "coalloc/alloc/1", allocation, refusal: null, place }, buffers };
}

function attemptDocument(attempt: AllocationAttempt): AttemptDocument {
  const { heap, route, exporter, outcome } = attempt;
  const errno = "failure" in attempt ? attempt.failure.errno : "refusal" in attempt ? attempt.refusal.errno : null;
  return { heap, route, exporter, outcome, errno, text: describeAttempt(attempt) };
}
