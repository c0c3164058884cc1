import {
  AF_UNIX,
  cmsghdr,
  iovec,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  msghdr,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  sockaddrUn,
  ucred,
} from "../uapi/socket.js";
import { Descriptor } from "./descriptor.js";
import { hasBit } from "./has-bit.js";
import type { KernelSockets, PeerCredentials, ReceivedMessage } from "./kernel.js";
import type { Libc } from "./libc.js";
import { makeStruct, readStruct, setFields } from "./struct.js";
import { SystemCallError } from "./system-call-error.js";

const KIND: number = SOCK_SEQPACKET + SOCK_NONBLOCK + SOCK_CLOEXEC;
const EAGAIN = 11;
const ERANGE = 34;
const ECONNRESET = 104;

/** Bytes of a control message for so many descriptors: head and numbers, in whole words. */
const controlSize = (count: number): number => cmsghdr.size + Math.ceil((4 * count) / 8) * 8;

/** Where the fields are that change from call to call. Lengths have 64 bits, of which the upper half stays zero. */
const IOV_BASE: number = iovec.fields.iov_base[1];
const IOV_LEN: number = iovec.fields.iov_len[1];
const CONTROL_LENGTH: number = msghdr.fields.msg_controllen[1];
const FLAGS: number = msghdr.fields.msg_flags[1];
const CMSG_LEN: number = cmsghdr.fields.cmsg_len[1];
const CMSG_LEVEL: number = cmsghdr.fields.cmsg_level[1];
const CMSG_TYPE: number = cmsghdr.fields.cmsg_type[1];

/**
 * Sockets through the C library. Header, vector and control bytes of a message are made once and used for every call: calls do not overlap, since none of them waits. They point
 * at each other from the start, so that a call sets only where its bytes are, and lengths.
 *
 * @see unix(7), cmsg(3), Linux 6.12 `net/unix/af_unix.c`
 */
export class Sockets implements KernelSockets {
  readonly #libc: Libc;
  readonly #header: Uint8Array = new Uint8Array(msghdr.size);
  readonly #headerView: DataView = new DataView(this.#header.buffer);
  readonly #vector: DataView = new DataView(new ArrayBuffer(iovec.size));
  readonly #control: DataView = new DataView(new ArrayBuffer(controlSize(SCM_MAX_FD)));
  readonly #nothing: Uint8Array = new Uint8Array(1);

  constructor(libc: Libc) {
    this.#libc = libc;
    setFields(msghdr, this.#header, {
      msg_iov: libc.addressOf(new Uint8Array(this.#vector.buffer)),
      msg_iovlen: 1,
      msg_control: libc.addressOf(new Uint8Array(this.#control.buffer)),
    });
  }

  pair(): readonly [Descriptor, Descriptor] {
    const pair = new Uint8Array(8);
    if (this.#libc.socketpair(AF_UNIX, KIND, 0, pair) < 0) this.#fail("socketpair", null);
    const view = new DataView(pair.buffer);
    return [
      new Descriptor(view.getInt32(0, true), "socket:pair"),
      new Descriptor(view.getInt32(4, true), "socket:pair"),
    ];
  }

  listen(path: string, backlog: number): Descriptor {
    const address = this.#addressOf(path);
    const socket = this.#open(path);
    if (this.#libc.bind(socket.number, address, address.length) < 0) this.#fail("bind", path, socket);
    if (this.#libc.listen(socket.number, backlog) < 0) this.#fail("listen", path, socket);
    return socket;
  }

  connect(path: string): Descriptor {
    const address = this.#addressOf(path);
    const socket = this.#open(path);
    if (this.#libc.connect(socket.number, address, address.length) < 0) this.#fail("connect", path, socket);
    return socket;
  }

  accept(listener: Descriptor): Descriptor | null {
    const fd = this.#libc.accept4(listener.number, null, null, SOCK_NONBLOCK + SOCK_CLOEXEC);
    if (fd >= 0) return new Descriptor(fd, `${listener.path} (client)`);
    const errno = this.#libc.errno();
    if (errno === EAGAIN) return null;
    throw new SystemCallError("accept4", listener.path, errno);
  }

  credentialsOf(socket: Descriptor): PeerCredentials {
    const value = new Uint8Array(ucred.size);
    const size = new Uint8Array(4);
    size[0] = ucred.size;
    if (this.#libc.getsockopt(socket.number, SOL_SOCKET, SO_PEERCRED, value, size) < 0) {
      this.#fail("getsockopt SO_PEERCRED", socket.path);
    }
    return readStruct(ucred, value);
  }

  groupsOf(socket: Descriptor): readonly number[] {
    // A process is in 65536 groups at most, and hardly ever in more than this.
    for (let room = 64; ; room = 65_536) {
      const value = new Uint8Array(4 * room);
      const size = new DataView(new ArrayBuffer(4));
      size.setUint32(0, value.length, true);
      const sizeBytes = new Uint8Array(size.buffer);
      if (this.#libc.getsockopt(socket.number, SOL_SOCKET, SO_PEERGROUPS, value, sizeBytes) >= 0) {
        const groups = new DataView(value.buffer);
        return Array.from({ length: size.getUint32(0, true) / 4 }, (_, i) => groups.getUint32(4 * i, true));
      }
      const errno = this.#libc.errno();
      if (errno !== ERANGE || room === 65_536)
        throw new SystemCallError("getsockopt SO_PEERGROUPS", socket.path, errno);
    }
  }

  setOption(
    socket: Descriptor,
    option: { readonly name: string; readonly number: number },
    value: Uint8Array | number,
  ): void {
    const bytes = typeof value === "number" ? new Uint8Array(Int32Array.of(value).buffer) : value;
    if (this.#libc.setsockopt(socket.number, SOL_SOCKET, option.number, bytes, bytes.length) < 0) {
      this.#fail(`setsockopt ${option.name}`, socket.path);
    }
  }

  send(socket: Descriptor, bytes: Uint8Array, descriptors: readonly number[] = []): boolean {
    const count = descriptors.length;
    if (count > SCM_MAX_FD) throw new RangeError(`${count} descriptors: a message takes ${SCM_MAX_FD}`);
    if (bytes.length === 0) throw new RangeError("an empty message reads like a peer that is gone");
    if (count > 0) {
      this.#control.setUint32(CMSG_LEN, cmsghdr.size + 4 * count, true);
      this.#control.setInt32(CMSG_LEVEL, SOL_SOCKET, true);
      this.#control.setInt32(CMSG_TYPE, SCM_RIGHTS, true);
      for (let i = 0; i < count; i += 1) this.#control.setInt32(cmsghdr.size + 4 * i, descriptors[i] as number, true);
    }
    this.#point(bytes, count === 0 ? 0 : controlSize(count));
    if (Number(this.#libc.sendmsg(socket.number, this.#header, MSG_DONTWAIT + MSG_NOSIGNAL)) >= 0) return true;
    const errno = this.#libc.errno();
    if (errno === EAGAIN) return false;
    throw new SystemCallError("sendmsg", socket.path, errno);
  }

  receive(socket: Descriptor, room: Uint8Array, mostDescriptors: number): ReceivedMessage | null {
    this.#point(room.length === 0 ? this.#nothing : room, controlSize(Math.min(mostDescriptors, SCM_MAX_FD)));
    const length = Number(this.#libc.recvmsg(socket.number, this.#header, MSG_DONTWAIT + MSG_CMSG_CLOEXEC));
    if (length < 0) {
      const errno = this.#libc.errno();
      if (errno === EAGAIN) return null;
      // A peer that died with messages of ours unread resets the connection: it is gone all the same.
      if (errno === ECONNRESET)
        return { bytes: new Uint8Array(0), descriptors: [], isCut: false, descriptorsCut: false };
      throw new SystemCallError("recvmsg", socket.path, errno);
    }
    const flags = this.#headerView.getInt32(FLAGS, true);
    return {
      bytes: room.subarray(0, length),
      descriptors: this.#received(),
      isCut: hasBit(flags, MSG_TRUNC),
      descriptorsCut: hasBit(flags, MSG_CTRUNC),
    };
  }

  /** Lets the header point at bytes, and at so many control bytes. */
  #point(bytes: Uint8Array, controlLength: number): void {
    this.#vector.setBigUint64(IOV_BASE, this.#libc.addressOf(bytes), true);
    this.#vector.setUint32(IOV_LEN, bytes.length, true);
    this.#headerView.setUint32(CONTROL_LENGTH, controlLength, true);
  }

  /** Descriptors in the control messages that were received. */
  #received(): number[] {
    const found: number[] = [];
    const end = this.#headerView.getUint32(CONTROL_LENGTH, true);
    for (let at = 0; at + cmsghdr.size <= end; ) {
      const length = this.#control.getUint32(at + CMSG_LEN, true);
      if (length < cmsghdr.size) break;
      const isSocket = this.#control.getInt32(at + CMSG_LEVEL, true) === SOL_SOCKET;
      if (isSocket && this.#control.getInt32(at + CMSG_TYPE, true) === SCM_RIGHTS) {
        for (let i = cmsghdr.size; i + 4 <= length; i += 4) found.push(this.#control.getInt32(at + i, true));
      }
      at += Math.ceil(length / 8) * 8;
    }
    return found;
  }

  #open(path: string): Descriptor {
    const fd = this.#libc.socket(AF_UNIX, KIND, 0);
    if (fd < 0) this.#fail("socket", path);
    return new Descriptor(fd, path);
  }

  #addressOf(path: string): Uint8Array {
    const length = new TextEncoder().encode(path).length;
    if (length === 0 || length > 107 || path.includes("\0")) {
      throw new RangeError(`"${path}" is no path for a socket: it takes from 1 to 107 bytes`);
    }
    return makeStruct(sockaddrUn, { sun_family: AF_UNIX, sun_path: path });
  }

  #fail(call: string, path: string | null, unfinished?: Descriptor): never {
    const errno = this.#libc.errno();
    unfinished?.close();
    throw new SystemCallError(call, path, errno);
  }
}
