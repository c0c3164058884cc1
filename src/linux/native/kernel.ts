import type { Bytes } from "../../units/quantity.js";
import type { Descriptor } from "./descriptor.js";
import type { Ioctl } from "./ioctl.js";
import type { Mapping } from "./mapping.js";
import type { SystemCallError } from "./system-call-error.js";

/**
 * The calls to the kernel that Node does not make. One object stands for the kernel everywhere in `src/linux/`, so that a test can put another one there.
 *
 * Every method throws SystemCallError, with call, path and errno, when the kernel refuses; descriptors that are returned belong to the caller.
 */
export interface Kernel {
  /** Bytes of a page of this process. */
  readonly pageSize: Bytes;
  /** Opens a file for reading and writing, close-on-exec. @param flags - `O_...` bits in addition to `O_CLOEXEC`; default `O_RDWR` */
  open(path: string, flags?: number): Descriptor;
  /** A second descriptor of the same open file, close-on-exec. */
  duplicate(descriptor: Descriptor): Descriptor;
  /**
   * Makes an ioctl.
   *
   * @param argument - the bytes of its structure, written by the kernel in place, or a whole number where it takes one
   * @returns what the call returned, 0 or more
   */
  ioctl(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): number;
  /** {@link ioctl} on a thread of libuv's pool, which file access shares: for what may wait, and seldom. `argument` must not be touched before it is over. */
  ioctlAsync(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): Promise<number>;
  /** Address of bytes, for structures that point at others. They must be kept until the call has returned. */
  addressOf(bytes: Uint8Array): bigint;
  /**
   * Maps a file into this process, shared.
   *
   * @param offset - first byte of the file, a multiple of the page size
   * @throws RangeError for more than 4 GiB, which no view in JavaScript can hold
   */
  map(descriptor: Descriptor, size: Bytes, offset?: Bytes): Mapping;
  /** Makes an anonymous file in memory. @param flags - `MFD_...` bits in addition to `MFD_CLOEXEC` */
  memfdCreate(name: string, flags?: number): Descriptor;
  /** fcntl with a whole number. */
  fcntl(descriptor: Descriptor, command: { readonly name: string; readonly number: number }, argument: number): number;
  /** Length of a file, by seeking to its end: the way to ask a dma-buf for its size. */
  sizeOf(descriptor: Descriptor): Bytes;
  /** fallocate: reserves or gives back memory of a file. @param mode - `FALLOC_FL_...` bits */
  fallocate(descriptor: Descriptor, mode: number, offset: Bytes, size: Bytes): void;
  /** Makes an event counter that a kernel driver can signal, not blocking. */
  eventfd(): Descriptor;
  /** True when a descriptor is ready now, for any of the events, or has failed; never waits. */
  isReady(descriptor: Descriptor, events: WatchEvents): boolean;
  /**
   * Calls back when a descriptor is ready, without a thread: it stands in Node's own epoll. Sets `O_NONBLOCK` on the open file, which everybody who holds it shares.
   *
   * @param ready - error: null, or what polling failed with, EBADF also where the file itself has failed (POLLERR) and the next call on it says why; a watch goes on until it is
   * closed, which must be before its descriptor is
   */
  watch(descriptor: Descriptor, events: WatchEvents, ready: (error: SystemCallError | null) => void): Watch;
  /** Sockets that pass messages with descriptors. */
  readonly sockets: KernelSockets;
}

/** What to wait for. */
export interface WatchEvents {
  readonly readable?: boolean;
  readonly writable?: boolean;
}

/** A running watch. */
export interface Watch {
  /** Waits for other events from now on. */
  change(events: WatchEvents): void;
  /** Lets the process end although it is watching. */
  unref(): void;
  close(): void;
}

/** Who is at the other end of a socket, as the kernel saw it connect. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** A message as it came. */
export interface ReceivedMessage {
  /** Its bytes, in the room that was given for them. Empty when the peer is gone. */
  readonly bytes: Uint8Array;
  /** Numbers of descriptors that came with it, close-on-exec. They belong to the caller. */
  readonly descriptors: readonly number[];
  /** The message was longer than the room for it. */
  readonly isCut: boolean;
  /** More descriptors came than there was room for; those without room were closed by the kernel. */
  readonly descriptorsCut: boolean;
}

/** Calls on sockets of the family `AF_UNIX` and the type `SOCK_SEQPACKET`: connected, and one send is one receive. All of them are non-blocking. */
export interface KernelSockets {
  /** Two connected sockets. */
  pair(): readonly [Descriptor, Descriptor];
  /** Listens at a path. A path that is there is an error (EADDRINUSE): whoever knows that nobody listens removes it. */
  listen(path: string, backlog: number): Descriptor;
  connect(path: string): Descriptor;
  /** The next connection; null when there is none now. */
  accept(listener: Descriptor): Descriptor | null;
  credentialsOf(socket: Descriptor): PeerCredentials;
  /** Groups, beside the first, that whoever connected was in. */
  groupsOf(socket: Descriptor): readonly number[];
  /** Sets an option of the level `SOL_SOCKET`. @param value - the bytes of its structure, or a whole number where it takes one */
  setOption(
    socket: Descriptor,
    option: { readonly name: string; readonly number: number },
    value: Uint8Array | number,
  ): void;
  /** Sends a message with descriptors, which stay open here. @returns false when there is no room for it now */
  send(socket: Descriptor, bytes: Uint8Array, descriptors?: readonly number[]): boolean;
  /** @returns the next message; null when there is none now */
  receive(socket: Descriptor, room: Uint8Array, mostDescriptors: number): ReceivedMessage | null;
}
