import { fstatSync, ftruncateSync } from "node:fs";
import { Descriptor } from "../../src/linux/native/descriptor.js";
import type { Ioctl } from "../../src/linux/native/ioctl.js";
import type { Kernel, WatchEvents } from "../../src/linux/native/kernel.js";
import { openKernel } from "../../src/linux/native/open-kernel.js";
import { getField, setFields } from "../../src/linux/native/struct.js";
import { SystemCallError } from "../../src/linux/native/system-call-error.js";
import { dmaBufSync } from "../../src/linux/uapi/dma-buf.js";
import { dmaHeapAllocationData } from "../../src/linux/uapi/dma-heap.js";
import { drmModeCreateDumb, drmPrimeHandle } from "../../src/linux/uapi/drm.js";
import { F_GET_SEALS, F_SEAL_SHRINK } from "../../src/linux/uapi/fcntl.js";
import { udmabufCreate } from "../../src/linux/uapi/udmabuf.js";
import {
  v4l2Buffer,
  v4l2Capability,
  v4l2CreateBuffers,
  v4l2Exportbuffer,
  v4l2Format,
} from "../../src/linux/uapi/videodev2.js";
import { orThrow } from "../../src/units/result.js";

/** What a node under `/dev` is, and what its driver does. */
export type FakeNode =
  /** @param room - bytes it can give before it says ENOMEM */
  | { readonly kind: "dma-heap"; room: number }
  | { readonly kind: "udmabuf" }
  /** @param takes - whether a buffer that a node made can be imported */
  | { readonly kind: "drm"; takes: (madeBy: string) => boolean }
  | { readonly kind: "video"; sizeImage: number; takes: (madeBy: string) => boolean; busy?: boolean };

/** An access by the CPU as the kernel saw it: `start read`, `end write`. */
type SeenAccess = string;

const PAGE = 4096;
const V4L2_CAP_VIDEO_CAPTURE = 1;

/**
 * A kernel whose devices are the test's: dma-bufs are real files in memory, and what drivers do to them is what Linux 6.12 does, as far as a process sees it. Everything
 * without a fake node goes to the kernel that runs.
 */
export class FakeKernel implements Kernel {
  readonly #real: Kernel;
  readonly nodes: Map<string, FakeNode>;
  /** Calls that are to fail next: name of the call, and the error. */
  readonly failing: Map<string, string> = new Map();
  /** Accesses by the CPU, in order. */
  readonly accesses: SeenAccess[] = [];
  /** Buffers on which a device is at work, by file. */
  readonly atWork: Set<number> = new Set();
  /** Names that buffers were given. */
  readonly names: string[] = [];
  /** Handles of buffers, by the open file of a graphics device, which they end with. */
  readonly #handles: Map<Descriptor, number> = new Map();
  readonly #madeBy: Map<number, string> = new Map();
  readonly #opened: Map<number, string> = new Map();
  readonly #lastMade: Map<number, Descriptor> = new Map();

  constructor(real: Kernel, nodes: Readonly<Record<string, FakeNode>>) {
    this.#real = real;
    this.nodes = new Map(Object.entries(nodes));
  }

  /** Handles that graphics devices hold. */
  get handles(): number {
    return [...this.#handles.values()].reduce((sum, count) => sum + count, 0);
  }

  static async make(nodes: Readonly<Record<string, FakeNode>>): Promise<FakeKernel> {
    return new FakeKernel(orThrow(await openKernel()), nodes);
  }

  get pageSize(): number {
    return this.#real.pageSize;
  }

  get sockets(): Kernel["sockets"] {
    return this.#real.sockets;
  }

  open(path: string, flags?: number): Descriptor {
    this.#failIfAsked("open", path);
    const node = this.nodes.get(path);
    if (node === undefined) {
      if (path.startsWith("/dev/")) throw new SystemCallError("open", path, "ENOENT");
      return this.#real.open(path, flags);
    }
    const opened = new Descriptor(this.#real.memfdCreate(path).release(), path);
    const { number } = opened;
    this.#opened.set(number, path);
    if (node.kind === "drm") {
      const close = opened.close.bind(opened);
      opened.close = () => {
        close();
        this.#handles.delete(opened);
        this.#lastMade.get(number)?.close();
        this.#lastMade.delete(number);
      };
    }
    return opened;
  }

  ioctl(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): number {
    this.#failIfAsked(request.name, descriptor.path);
    if (typeof argument === "number") return this.#real.ioctl(descriptor, request, argument);
    const fail = (errno: string): never => {
      throw new SystemCallError(`ioctl ${request.name}`, descriptor.path, errno);
    };
    switch (request.name) {
      case "DMA_BUF_IOCTL_SYNC":
        return this.#sync(getField(dmaBufSync, argument, "flags"));
      case "DMA_BUF_SET_NAME_B":
        this.names.push(new TextDecoder().decode(argument.subarray(0, argument.indexOf(0))));
        return 0;
    }
    const path = this.#opened.get(descriptor.number) ?? fail("ENOTTY");
    const node = this.nodes.get(path) ?? fail("ENODEV");
    switch (request.name) {
      case "DMA_HEAP_IOCTL_ALLOC": {
        if (node.kind !== "dma-heap") return fail("ENOTTY");
        const {
          len,
          fd,
          heap_flags: flags,
        } = {
          len: getField(dmaHeapAllocationData, argument, "len"),
          fd: getField(dmaHeapAllocationData, argument, "fd"),
          heap_flags: getField(dmaHeapAllocationData, argument, "heap_flags"),
        };
        if (len === 0 || fd !== 0 || flags !== 0) return fail("EINVAL");
        const size = Math.ceil(len / PAGE) * PAGE;
        if (size > node.room) return fail("ENOMEM");
        node.room -= size;
        setFields(dmaHeapAllocationData, argument, { fd: this.#make(path, size).release() });
        return 0;
      }
      case "UDMABUF_CREATE": {
        const memfd = new Descriptor(getField(udmabufCreate, argument, "memfd"), "memfd");
        const size = getField(udmabufCreate, argument, "size");
        const seals = this.#real.fcntl(memfd, F_GET_SEALS, 0);
        if (Math.floor(seals / F_SEAL_SHRINK) % 2 === 0 || size % PAGE !== 0) return fail("EINVAL");
        const made = this.#real.duplicate(memfd);
        this.#madeBy.set(fstatSync(made.number).ino, path);
        return made.release();
      }
      case "DRM_IOCTL_MODE_CREATE_DUMB": {
        const { height, width, bpp } = {
          height: getField(drmModeCreateDumb, argument, "height"),
          width: getField(drmModeCreateDumb, argument, "width"),
          bpp: getField(drmModeCreateDumb, argument, "bpp"),
        };
        const pitch = Math.ceil((width * bpp) / 8 / 64) * 64;
        const size = Math.ceil((pitch * height) / PAGE) * PAGE;
        this.#lastMade.set(descriptor.number, this.#make(path, size));
        setFields(drmModeCreateDumb, argument, { handle: 1, pitch, size });
        return 0;
      }
      case "DRM_IOCTL_PRIME_HANDLE_TO_FD": {
        const made = this.#lastMade.get(descriptor.number) ?? fail("ENOENT");
        setFields(drmPrimeHandle, argument, { fd: this.#real.duplicate(made).release() });
        return 0;
      }
      case "DRM_IOCTL_PRIME_FD_TO_HANDLE": {
        if (node.kind !== "drm") return fail("ENOTTY");
        if (!node.takes(this.#makerOf(getField(drmPrimeHandle, argument, "fd")))) return fail("EINVAL");
        const handle = (this.#handles.get(descriptor) ?? 0) + 1;
        this.#handles.set(descriptor, handle);
        setFields(drmPrimeHandle, argument, { handle });
        return 0;
      }
    }
    return node.kind === "video" ? this.#video(descriptor, request, argument, node, path) : fail("ENOTTY");
  }

  #video(
    descriptor: Descriptor,
    request: Ioctl,
    argument: Uint8Array,
    node: Extract<FakeNode, { kind: "video" }>,
    path: string,
  ): number {
    const fail = (errno: string): never => {
      throw new SystemCallError(`ioctl ${request.name}`, path, errno);
    };
    switch (request.name) {
      case "VIDIOC_QUERYCAP":
        setFields(v4l2Capability, argument, { driver: "fake", device_caps: V4L2_CAP_VIDEO_CAPTURE });
        return 0;
      case "VIDIOC_G_FMT":
        setFields(v4l2Format, argument, { "fmt.pix.sizeimage": node.sizeImage });
        return 0;
      case "VIDIOC_CREATE_BUFS": {
        if (node.busy === true) return fail("EBUSY");
        const format = argument.subarray(16, 16 + v4l2Format.size);
        const size = getField(v4l2Format, format, "fmt.pix.sizeimage");
        if (size < node.sizeImage) return fail("EINVAL");
        this.#lastMade.set(descriptor.number, this.#make(path, Math.ceil(size / PAGE) * PAGE));
        setFields(v4l2CreateBuffers, argument, { index: 0 });
        return 0;
      }
      case "VIDIOC_EXPBUF":
        setFields(v4l2Exportbuffer, argument, {
          fd: (this.#lastMade.get(descriptor.number) ?? fail("EINVAL")).release(),
        });
        return 0;
      case "VIDIOC_REQBUFS":
        return node.busy === true ? fail("EBUSY") : 0;
      case "VIDIOC_QBUF": {
        const fd = getField(v4l2Buffer, argument, "m.fd");
        if (getField(v4l2Buffer, argument, "length") < node.sizeImage) return fail("EINVAL");
        return node.takes(this.#makerOf(fd)) ? 0 : fail("EFAULT");
      }
    }
    return fail("ENOTTY");
  }

  /** A buffer, as a file in memory. */
  #make(path: string, size: number): Descriptor {
    const made = this.#real.memfdCreate(path);
    ftruncateSync(made.number, size);
    this.#madeBy.set(fstatSync(made.number).ino, path);
    return made;
  }

  #makerOf(fd: number): string {
    return this.#madeBy.get(fstatSync(fd).ino) ?? "somebody";
  }

  #sync(flags: number): number {
    const what = ["read", "write", "read-write"][(flags % 4) - 1];
    if (what === undefined) throw new SystemCallError("ioctl DMA_BUF_IOCTL_SYNC", null, "EINVAL");
    this.accesses.push(`${flags >= 4 ? "end" : "start"} ${what}`);
    return 0;
  }

  #failIfAsked(call: string, path: string): void {
    const errno = this.failing.get(call);
    if (errno !== undefined) throw new SystemCallError(call, path, errno);
  }

  isReady(descriptor: Descriptor, _events: WatchEvents): boolean {
    return !this.atWork.has(fstatSync(descriptor.number).ino);
  }

  ioctlAsync: Kernel["ioctlAsync"] = (descriptor, request, argument) =>
    Promise.resolve(this.ioctl(descriptor, request, argument));
  duplicate: Kernel["duplicate"] = (descriptor) => this.#real.duplicate(descriptor);
  addressOf: Kernel["addressOf"] = (bytes) => this.#real.addressOf(bytes);
  map: Kernel["map"] = (descriptor, size, offset) => {
    this.#failIfAsked("mmap", descriptor.path);
    return this.#real.map(descriptor, size, offset);
  };
  memfdCreate: Kernel["memfdCreate"] = (name, flags) => this.#real.memfdCreate(name, flags);
  fcntl: Kernel["fcntl"] = (descriptor, command, argument) => this.#real.fcntl(descriptor, command, argument);
  sizeOf: Kernel["sizeOf"] = (descriptor) => this.#real.sizeOf(descriptor);
  fallocate: Kernel["fallocate"] = (descriptor, mode, offset, size) =>
    this.#real.fallocate(descriptor, mode, offset, size);
  eventfd: Kernel["eventfd"] = () => this.#real.eventfd();
  watch: Kernel["watch"] = (descriptor, events, ready) => this.#real.watch(descriptor, events, ready);
}
