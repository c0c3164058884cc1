import type { Koffi } from "./koffi.js";

/**
 * Functions of the C library, with the types they have there. They return -1 (or {@link MAP_FAILED}) and leave an error number behind, which has to be
 * asked for at once.
 */
export interface Libc {
  readonly open: (path: string, flags: number, mode: number) => number;
  readonly ioctl: IoctlFunction<Uint8Array>;
  /** The same function with a whole number for its argument. */
  readonly ioctlNumber: IoctlFunction<number>;
  readonly mmap: (
    address: bigint | null,
    size: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint;
  readonly munmap: (address: bigint, size: number) => number;
  readonly getpagesize: () => number;
  readonly memfdCreate: (name: string, flags: number) => number;
  readonly fcntl: (fd: number, command: number, argument: number) => number;
  readonly lseek: (fd: number, offset: number, whence: number) => number | bigint;
  readonly poll: (descriptors: Uint8Array, count: number, milliseconds: number) => number;
  readonly fallocate: (fd: number, mode: number, offset: number, size: number) => number;
  readonly eventfd: (count: number, flags: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly socketpair: (family: number, type: number, protocol: number, pair: Uint8Array) => number;
  readonly bind: (fd: number, address: Uint8Array, size: number) => number;
  readonly listen: (fd: number, backlog: number) => number;
  readonly connect: (fd: number, address: Uint8Array, size: number) => number;
  readonly accept4: (fd: number, address: null, size: null, flags: number) => number;
  readonly getsockopt: (fd: number, level: number, option: number, value: Uint8Array, size: Uint8Array) => number;
  readonly setsockopt: (fd: number, level: number, option: number, value: Uint8Array, size: number) => number;
  readonly sendmsg: (fd: number, message: Uint8Array, flags: number) => number | bigint;
  readonly recvmsg: (fd: number, message: Uint8Array, flags: number) => number | bigint;
  /** Address of bytes. */
  readonly addressOf: (bytes: Uint8Array) => bigint;
  /** An ArrayBuffer on memory that the garbage collector knows nothing of. */
  readonly viewOf: (address: bigint, size: number) => ArrayBuffer;
  /** Error number of the last call. */
  readonly errno: () => number;
}

/** `ioctl()`, which can also run on a thread of libuv's pool. The error number is right only until `done` returns. */
interface IoctlFunction<Argument> {
  (fd: number, request: number, argument: Argument): number;
  readonly async: (
    fd: number,
    request: number,
    argument: Argument,
    done: (error: unknown, returned: number) => void,
  ) => void;
}

/** What `mmap()` returns when it fails. */
export const MAP_FAILED: bigint = 0xffff_ffff_ffff_ffffn;

/** Binds the functions. The C library is found in the process itself, whichever it is. */
export function bindLibc(koffi: Koffi): Libc {
  const library = koffi.load(null);
  return {
    open: library.func("open", "int", ["str", "int", "uint"]),
    ioctl: library.func("ioctl", "int", ["int", "ulong", "void *"]),
    ioctlNumber: library.func("ioctl", "int", ["int", "ulong", "long"]),
    mmap: library.func("mmap", "void *", ["void *", "size_t", "int", "int", "int", "int64_t"]),
    munmap: library.func("munmap", "int", ["void *", "size_t"]),
    getpagesize: library.func("getpagesize", "int", []),
    memfdCreate: library.func("memfd_create", "int", ["str", "uint"]),
    fcntl: library.func("fcntl", "int", ["int", "int", "long"]),
    lseek: library.func("lseek", "int64_t", ["int", "int64_t", "int"]),
    poll: library.func("poll", "int", ["void *", "ulong", "int"]),
    fallocate: library.func("fallocate", "int", ["int", "int", "int64_t", "int64_t"]),
    eventfd: library.func("eventfd", "int", ["uint", "int"]),
    socket: library.func("socket", "int", ["int", "int", "int"]),
    socketpair: library.func("socketpair", "int", ["int", "int", "int", "void *"]),
    bind: library.func("bind", "int", ["int", "void *", "uint"]),
    listen: library.func("listen", "int", ["int", "int"]),
    connect: library.func("connect", "int", ["int", "void *", "uint"]),
    accept4: library.func("accept4", "int", ["int", "void *", "void *", "int"]),
    getsockopt: library.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]),
    setsockopt: library.func("setsockopt", "int", ["int", "int", "int", "void *", "uint"]),
    sendmsg: library.func("sendmsg", "int64_t", ["int", "void *", "int"]),
    recvmsg: library.func("recvmsg", "int64_t", ["int", "void *", "int"]),
    addressOf: (bytes) => koffi.address(bytes),
    viewOf: (address, size) => koffi.view(address, size),
    errno: () => koffi.errno(),
  };
}
