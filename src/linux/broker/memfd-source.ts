import { fchmodSync, ftruncateSync } from "node:fs";
import { type Bytes, KIB } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import type { Descriptor } from "../native/descriptor.js";
import type { Kernel } from "../native/kernel.js";
import { failureOf, SystemCallError, systemCallErrorOf } from "../native/system-call-error.js";
import {
  F_ADD_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SETLEASE,
  F_UNLCK,
  F_WRLCK,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
} from "../uapi/fcntl.js";
import { MFD_ALLOW_SEALING } from "../uapi/mman.js";
import type { Admission, BufferSource, SourceBuffer, SourceBuffers, SourceRequest } from "./buffer-source.js";
import type { BrokerRefusal } from "./refusal.js";

/** Id of the heap that such buffers are charged to. */
const HEAP = "memfd";
const PAGE: Bytes = 4 * KIB;
/** Owner only: whoever was given a descriptor cannot make another open file of it. */
const OWNER_ONLY = 0o600;
/** The length stays, and clients cannot seal anything else. */
const SEALS: number = F_SEAL_SHRINK + F_SEAL_GROW + F_SEAL_SEAL;
const HOLE: number = FALLOC_FL_PUNCH_HOLE + FALLOC_FL_KEEP_SIZE;

/**
 * Fresh files in memory, zero-filled by the kernel when they are touched. They reach no device; they share bytes between processes, and stand for real buffers on machines
 * without any. Whether somebody holds one is asked by a lease: docs/decisions/0012-who-holds-a-buffer.md.
 */
export class MemfdSource implements BufferSource {
  readonly name = "memfd";
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  allocate(request: SourceRequest, admit: Admission): Result<SourceBuffers, BrokerRefusal> {
    if (request.participants.length > 0) {
      return refused({ code: "unplaceable", text: "this broker hands out files in memory, which no device can use" });
    }
    if (request.size === null) {
      return refused({
        code: "unplaceable",
        text: "this broker hands out files in memory, and knows sizes, not images",
      });
    }
    const size = Math.ceil(request.size / PAGE) * PAGE;
    const refusal = admit(HEAP, size);
    if (refusal !== null) return refused(refusal);
    const buffers: MemfdBuffer[] = [];
    try {
      for (let i = 0; i < request.count; i += 1) buffers.push(new MemfdBuffer(this.#kernel, size));
    } catch (error) {
      for (const buffer of buffers) buffer.free();
      if (error instanceof SystemCallError) return refused(failureOf(error));
      throw error;
    }
    return accepted({ buffers, layout: null });
  }
}

class MemfdBuffer implements SourceBuffer {
  readonly size: Bytes;
  readonly heap: string = HEAP;
  readonly #kernel: Kernel;
  /** An open file of the broker alone. Clients get others, so that a lease on this one tells whether there are any. */
  readonly #own: Descriptor;

  constructor(kernel: Kernel, size: Bytes) {
    this.#kernel = kernel;
    this.size = size;
    // The open file that memfd_create makes is not counted as one that writes: it would not be seen.
    using made = kernel.memfdCreate("coalloc", MFD_ALLOW_SEALING);
    try {
      ftruncateSync(made.number, size);
      fchmodSync(made.number, OWNER_ONLY);
    } catch (error) {
      throw systemCallErrorOf(error, made.path);
    }
    kernel.fcntl(made, F_ADD_SEALS, SEALS);
    this.#own = kernel.open(`/proc/self/fd/${made.number}`);
  }

  open(): Descriptor {
    return this.#kernel.open(`/proc/self/fd/${this.#own.number}`);
  }

  isHeld(): boolean {
    try {
      this.#kernel.fcntl(this.#own, F_SETLEASE, F_WRLCK);
      return false;
    } catch (error) {
      if (error instanceof SystemCallError && error.errno === "EAGAIN") return true;
      throw error;
    }
  }

  free(): void {
    // Somebody may have a path to the file that no lease tells of (O_PATH). It keeps the file, and gets no bytes.
    this.#kernel.fallocate(this.#own, HOLE, 0, this.size);
    this.#own.close();
  }

  close(): void {
    this.#own.close();
  }

  clear(offset: Bytes, size: Bytes): boolean {
    this.#kernel.fallocate(this.#own, HOLE, offset, size);
    // The lease that isHeld() took would be in the way of the next open().
    if (offset + size === this.size) this.#kernel.fcntl(this.#own, F_SETLEASE, F_UNLCK);
    return true;
  }
}
