import { candidateId } from "../../placement/candidate.js";
import type { Bytes } from "../../units/quantity.js";
import { DumbBuffers } from "../drm/dumb-buffer.js";
import type { Kernel } from "../native/kernel.js";
import { SystemCallError } from "../native/system-call-error.js";
import { VideoExport } from "../video/video-export.js";
import { cardOf, videoNodeOf } from "./device-nodes.js";
import { DmaHeap } from "./dma-heap.js";
import type { HeapChoice, LinuxHeap } from "./linux-memory.js";
import { Udmabuf } from "./udmabuf.js";

/** The ways to memory on a kernel, each opened when it is first used and kept. */
export class HeapNodes implements Disposable {
  readonly #kernel: Kernel;
  readonly #udmabufPageSize: Bytes | null;
  readonly #heaps: Map<string, LinuxHeap & Partial<Disposable>> = new Map();

  /** @param udmabufPageSize - bytes of the huge pages that udmabuf's buffers are made of; null for ordinary pages */
  constructor(kernel: Kernel, udmabufPageSize: Bytes | null = null) {
    this.#kernel = kernel;
    this.#udmabufPageSize = udmabufPageSize;
  }

  /** @throws SystemCallError, ENOENT, where a route needs a node that the device does not have */
  at({ source, route }: HeapChoice): LinuxHeap {
    const id = candidateId(source, route);
    let heap = this.#heaps.get(id);
    if (heap === undefined) {
      heap = this.#make({ source, route });
      this.#heaps.set(id, heap);
    }
    return heap;
  }

  [Symbol.dispose](): void {
    for (const heap of this.#heaps.values()) heap[Symbol.dispose]?.();
    this.#heaps.clear();
  }

  #make({ route, source }: HeapChoice): LinuxHeap & Partial<Disposable> {
    const { kind, path, exporter } = route;
    if (kind === "dma-heap" && path !== null) return new DmaHeap(this.#kernel, path);
    if (kind === "udmabuf") return new Udmabuf(this.#kernel, this.#udmabufPageSize);
    if (kind === "drm-dumb" && exporter !== null) {
      const card = cardOf(exporter.device);
      if (card !== null) return new DumbBuffers(this.#kernel, card);
    }
    if (kind === "v4l2" && exporter !== null) {
      const node = videoNodeOf(exporter.device);
      if (node !== null) return new VideoExport(this.#kernel, node, exporter.queue.queue);
    }
    throw new SystemCallError(`open (${kind})`, exporter?.device.path ?? path ?? source.id, "ENOENT");
  }
}
