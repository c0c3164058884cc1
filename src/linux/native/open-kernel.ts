import { endianness } from "node:os";
import type { Bytes } from "../../units/quantity.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { F_DUPFD_CLOEXEC, O_CLOEXEC, O_NONBLOCK, O_RDWR } from "../uapi/fcntl.js";
import { MFD_CLOEXEC } from "../uapi/mman.js";
import { POLLIN, POLLOUT, pollfd } from "../uapi/poll.js";
import { Descriptor } from "./descriptor.js";
import type { Ioctl } from "./ioctl.js";
import type { Kernel, KernelSockets, Watch, WatchEvents } from "./kernel.js";
import { type Koffi, loadKoffi, type NativeMissing } from "./koffi.js";
import { bindLibc, type Libc } from "./libc.js";
import { Mapper, type Mapping } from "./mapping.js";
import { Sockets } from "./sockets.js";
import { makeStruct } from "./struct.js";
import { SystemCallError } from "./system-call-error.js";

const SEEK_END = 2;

/** The kernel this process runs on. */
export async function openKernel(): Promise<Result<Kernel, NativeMissing>> {
  if (process.platform !== "linux") return missing("not-linux", process.platform);
  if (endianness() !== "LE") return missing("byte-order", process.arch);
  const koffi = await loadKoffi();
  return koffi.ok ? accepted(new RunningKernel(koffi.value)) : koffi;
}

function missing(why: NativeMissing["why"], detail: string): { readonly ok: false; readonly refusal: NativeMissing } {
  return refused({ code: "native-missing", why, detail });
}

class RunningKernel implements Kernel {
  readonly pageSize: Bytes;
  readonly sockets: KernelSockets;
  readonly #koffi: Koffi;
  readonly #libc: Libc;
  readonly #mapper: Mapper;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#libc = bindLibc(koffi);
    this.pageSize = this.#libc.getpagesize();
    this.#mapper = new Mapper(this.#libc);
    this.sockets = new Sockets(this.#libc);
  }

  open(path: string, flags: number = O_RDWR): Descriptor {
    return new Descriptor(this.#check(this.#libc.open(path, flags + O_CLOEXEC, 0), "open", path), path);
  }

  duplicate(descriptor: Descriptor): Descriptor {
    return new Descriptor(this.fcntl(descriptor, F_DUPFD_CLOEXEC, 0), descriptor.path);
  }

  ioctl(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): number {
    const returned =
      typeof argument === "number"
        ? this.#libc.ioctlNumber(descriptor.number, request.number, argument)
        : this.#libc.ioctl(descriptor.number, request.number, argument);
    if (returned < 0) throw new SystemCallError(`ioctl ${request.name}`, descriptor.path, this.#libc.errno());
    return returned;
  }

  ioctlAsync(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): Promise<number> {
    const fd = descriptor.number;
    return new Promise((resolve, reject) => {
      const done = (error: unknown, returned: number): void => {
        // The error number is that of this call only until this function returns.
        if (error) reject(error);
        else if (returned >= 0) resolve(returned);
        else reject(new SystemCallError(`ioctl ${request.name}`, descriptor.path, this.#libc.errno()));
      };
      if (typeof argument === "number") this.#libc.ioctlNumber.async(fd, request.number, argument, done);
      else this.#libc.ioctl.async(fd, request.number, argument, done);
    });
  }

  addressOf(bytes: Uint8Array): bigint {
    return this.#libc.addressOf(bytes);
  }

  map(descriptor: Descriptor, size: Bytes, offset: Bytes = 0): Mapping {
    return this.#mapper.map(descriptor, size, offset);
  }

  memfdCreate(name: string, flags: number = 0): Descriptor {
    const fd = this.#libc.memfdCreate(name, flags + MFD_CLOEXEC);
    return new Descriptor(this.#check(fd, "memfd_create", `memfd:${name}`), `memfd:${name}`);
  }

  fcntl(descriptor: Descriptor, command: { readonly name: string; readonly number: number }, argument: number): number {
    const returned = this.#libc.fcntl(descriptor.number, command.number, argument);
    return this.#check(returned, `fcntl ${command.name}`, descriptor.path);
  }

  sizeOf(descriptor: Descriptor): Bytes {
    return this.#check(Number(this.#libc.lseek(descriptor.number, 0, SEEK_END)), "lseek", descriptor.path);
  }

  fallocate(descriptor: Descriptor, mode: number, offset: Bytes, size: Bytes): void {
    this.#check(this.#libc.fallocate(descriptor.number, mode, offset, size), "fallocate", descriptor.path);
  }

  eventfd(): Descriptor {
    return new Descriptor(this.#check(this.#libc.eventfd(0, O_CLOEXEC + O_NONBLOCK), "eventfd", null), "eventfd");
  }

  isReady(descriptor: Descriptor, { readable = false, writable = false }: WatchEvents): boolean {
    const events = (readable ? POLLIN : 0) + (writable ? POLLOUT : 0);
    const one = makeStruct(pollfd, { fd: descriptor.number, events });
    return this.#check(this.#libc.poll(one, 1, 0), "poll", descriptor.path) > 0;
  }

  watch(descriptor: Descriptor, events: WatchEvents, ready: (error: SystemCallError | null) => void): Watch {
    // libuv hands over a status first, 0 or a negative error number, and then the events; the typings of koffi know one argument.
    const called = (...told: readonly unknown[]): void => {
      const [status] = told;
      ready(typeof status === "number" && status < 0 ? new SystemCallError("poll", descriptor.path, -status) : null);
    };
    const handle = this.#koffi.node.poll(descriptor.number, { ...events }, called);
    return {
      change: (other) => handle.start({ ...other }, called),
      unref: () => handle.unref(),
      close: () => handle.close(),
    };
  }

  #check(returned: number, call: string, path: string | null): number {
    if (returned < 0) throw new SystemCallError(call, path, this.#libc.errno());
    return returned;
  }
}
