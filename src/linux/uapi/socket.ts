/** Local sockets. Linux 6.12 `include/linux/socket.h`, `include/linux/net.h`, `include/uapi/linux/un.h`; 64-bit kernels. */

/** Local sockets. */
export const AF_UNIX = 1;
/** Connected, in order, one send is one receive. */
export const SOCK_SEQPACKET = 5;
/** Calls return instead of waiting. */
export const SOCK_NONBLOCK = 0o4000;
/** Closed when another program is executed. */
export const SOCK_CLOEXEC = 0o2000000;

/** Options and control messages of sockets of all families. */
export const SOL_SOCKET = 1;
/** Asks who connected. */
export const SO_PEERCRED = 17;
/** Bytes of messages, with what the kernel adds to each, that may wait to be read; the kernel doubles the number. */
export const SO_SNDBUF = { name: "SO_SNDBUF", number: 7 } as const;
/** Whether `close()` waits until a network peer has got everything. */
export const SO_LINGER = { name: "SO_LINGER", number: 13 } as const;
/** Asks for the groups, beside the first, of who connected. */
export const SO_PEERGROUPS = 59;
/** Whether descriptors may be sent to a local socket. Linux 6.16; the number of `include/uapi/asm-generic/socket.h`. */
export const SO_PASSRIGHTS = { name: "SO_PASSRIGHTS", number: 83 } as const;
/** A control message with descriptors. */
export const SCM_RIGHTS = 1;

/** Told: there was no room for all control bytes. */
export const MSG_CTRUNC = 0x8;
/** Told: the message was longer than the room for it. */
export const MSG_TRUNC = 0x20;
/** Returns instead of waiting, whatever the socket says. */
export const MSG_DONTWAIT = 0x40;
/** No SIGPIPE when the peer is gone. */
export const MSG_NOSIGNAL = 0x4000;
/** Descriptors that come are closed when another program is executed. */
export const MSG_CMSG_CLOEXEC = 0x40000000;

/** Most descriptors of one message. Linux 6.12 `include/net/scm.h`. */
export const SCM_MAX_FD = 253;

/** Address of a local socket; the path ends with a zero byte. */
export const sockaddrUn = {
  name: "struct sockaddr_un",
  size: 110,
  fields: { sun_family: ["u16", 0], sun_path: ["text", 2, 108] },
} as const;

/** Address and length of bytes. */
export const iovec = {
  name: "struct iovec",
  size: 16,
  fields: { iov_base: ["mask64", 0], iov_len: ["u64", 8] },
} as const;

/** A message: where its bytes and its control messages are. */
export const msghdr = {
  name: "struct msghdr",
  size: 56,
  fields: {
    msg_name: ["mask64", 0],
    msg_namelen: ["u32", 8],
    msg_iov: ["mask64", 16],
    msg_iovlen: ["u64", 24],
    msg_control: ["mask64", 32],
    msg_controllen: ["u64", 40],
    msg_flags: ["i32", 48],
  },
} as const;

/** Head of a control message; its data follow. */
export const cmsghdr = {
  name: "struct cmsghdr",
  size: 16,
  fields: { cmsg_len: ["u64", 0], cmsg_level: ["i32", 8], cmsg_type: ["i32", 12] },
} as const;

/** Who connected. */
export const ucred = {
  name: "struct ucred",
  size: 12,
  fields: { pid: ["i32", 0], uid: ["u32", 4], gid: ["u32", 8] },
} as const;

/** Whether and how long, in seconds, `close()` waits. */
export const linger = {
  name: "struct linger",
  size: 8,
  fields: { l_onoff: ["i32", 0], l_linger: ["i32", 4] },
} as const;
