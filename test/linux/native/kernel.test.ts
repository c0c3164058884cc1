import { fstatSync, ftruncateSync, mkdtempSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import { io } from "../../../src/linux/native/ioctl.js";
import type { ReceivedMessage } from "../../../src/linux/native/kernel.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { attempt, SystemCallError } from "../../../src/linux/native/system-call-error.js";
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_SHRINK,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
} from "../../../src/linux/uapi/fcntl.js";
import { MFD_ALLOW_SEALING } from "../../../src/linux/uapi/mman.js";
import { SO_SNDBUF } from "../../../src/linux/uapi/socket.js";
import { GIB } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { openFiles } from "../open-files.js";

const kernel = orThrow(await openKernel());
const folder = mkdtempSync(join(tmpdir(), "coalloc-kernel-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function memfd(size: number): Descriptor {
  const file = kernel.memfdCreate("test");
  ftruncateSync(file.number, size);
  return file;
}

describe("descriptors", () => {
  it("close once, and then say what they were", () => {
    const file = memfd(4096);
    expect(openFiles()).toContain("/memfd:test (deleted)");
    file.close();
    file.close();
    expect(openFiles()).not.toContain("/memfd:test (deleted)");
    expect(() => file.number).toThrow(new RangeError("the descriptor of memfd:test is closed"));
    expect(() => kernel.sizeOf(file)).toThrow(RangeError);
  });

  it("belong to whoever they were released to", () => {
    const file = memfd(4096);
    const taken = new Descriptor(file.release(), "taken");
    expect(file.isOpen).toBe(false);
    expect(kernel.sizeOf(taken)).toBe(4096);
    taken.close();
  });

  it("are duplicates of one open file", () => {
    using file = memfd(4096);
    using other = kernel.duplicate(file);
    expect(other.number).not.toBe(file.number);
    expect(fstatSync(other.number).ino).toBe(fstatSync(file.number).ino);
  });
});

describe("system calls", () => {
  it("that fail name call, path and errno", () => {
    const opened = attempt(() => kernel.open("/dev/no-such-heap"));
    expect(opened).toEqual({
      ok: false,
      refusal: { code: "system-call", call: "open", path: "/dev/no-such-heap", errno: "ENOENT" },
    });
    using file = kernel.open("/dev/null");
    const request = io("NO_SUCH_REQUEST", "z", 1);
    expect(() => kernel.ioctl(file, request, 0)).toThrow("ioctl NO_SUCH_REQUEST on /dev/null: ENOTTY");
  });

  it("that fail on another thread do so too", async () => {
    using file = kernel.open("/dev/null");
    const request = io("NO_SUCH_REQUEST", "z", 1);
    await expect(kernel.ioctlAsync(file, request, 0)).rejects.toMatchObject({ errno: "ENOTTY", path: "/dev/null" });
    await expect(kernel.ioctlAsync(file, request, new Uint8Array(8))).rejects.toBeInstanceOf(SystemCallError);
  });

  it("seal files in memory", () => {
    using file = kernel.memfdCreate("sealed", MFD_ALLOW_SEALING);
    ftruncateSync(file.number, 8192);
    kernel.fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK);
    expect(kernel.fcntl(file, F_GET_SEALS, 0)).toBe(F_SEAL_SHRINK);
    expect(() => ftruncateSync(file.number, 4096)).toThrow("EPERM");
    expect(kernel.sizeOf(file)).toBe(8192);
  });

  it("give memory of files back", () => {
    using file = memfd(8192);
    writeSync(file.number, Uint8Array.of(5), 0, 1, 4096);
    expect(fstatSync(file.number).blocks).toBe(8);
    kernel.fallocate(file, FALLOC_FL_PUNCH_HOLE + FALLOC_FL_KEEP_SIZE, 0, 8192);
    expect(fstatSync(file.number).blocks).toBe(0);
    expect(kernel.sizeOf(file)).toBe(8192);
    expect(() => kernel.fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 8192)).toThrow("fallocate on memfd:test: ENOTSUP");
  });
});

describe("mappings", () => {
  it("are the file's own bytes, both ways", () => {
    using file = memfd(8192);
    using mapping = kernel.map(file, 8192);
    mapping.bytes[4096] = 7;
    const read = new Uint8Array(1);
    readSync(file.number, read, 0, 1, 4096);
    expect(read[0]).toBe(7);
    writeSync(file.number, Uint8Array.of(9), 0, 1, 0);
    expect(mapping.bytes[0]).toBe(9);
  });

  it("begin where they are asked to", () => {
    using file = memfd(8192);
    writeSync(file.number, Uint8Array.of(5), 0, 1, 4096);
    using mapping = kernel.map(file, 4096, 4096);
    expect(mapping.bytes[0]).toBe(5);
  });

  it("read as zeros once they are closed, and what is written then goes nowhere", () => {
    using file = memfd(4096);
    const mapping = kernel.map(file, 4096);
    const { bytes } = mapping;
    bytes[0] = 1;
    mapping.close();
    expect(mapping.isOpen).toBe(false);
    expect(bytes[0]).toBe(0);
    bytes[0] = 2;
    using again = kernel.map(file, 4096);
    expect(again.bytes[0]).toBe(1);
  });

  it("are refused where no view can hold them", () => {
    using file = memfd(4096);
    expect(() => kernel.map(file, 4 * GIB + 1)).toThrow(
      "4294967297 bytes of memfd:test: a view has from 1 byte to 4 GiB",
    );
    expect(() => kernel.map(file, 0)).toThrow(RangeError);
  });

  it("of pages past the page grid fail with the kernel's word", () => {
    using file = memfd(4096);
    expect(() => kernel.map(file, 4096, 100)).toThrow("mmap on memfd:test: EINVAL");
  });
});

describe("sockets", () => {
  const { sockets } = kernel;
  const room = new Uint8Array(64);
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const text = (message: ReceivedMessage | null): string => new TextDecoder().decode(message!.bytes);

  it("keep messages apart", () => {
    const [a, b] = sockets.pair();
    expect(sockets.receive(b, room, 0)).toBeNull();
    sockets.send(a, bytes("one"));
    sockets.send(a, bytes("two"));
    expect(text(sockets.receive(b, room, 0))).toBe("one");
    expect(text(sockets.receive(b, room, 0))).toBe("two");
    a.close();
    expect(sockets.receive(b, room, 0)!.bytes.length).toBe(0);
    b.close();
  });

  it("pass descriptors, which are others for the same file", () => {
    const [a, b] = sockets.pair();
    using file = memfd(4096);
    sockets.send(a, bytes("here"), [file.number, file.number]);
    const message = sockets.receive(b, room, 4)!;
    expect(message.descriptors.length).toBe(2);
    expect(message.descriptorsCut).toBe(false);
    for (const fd of message.descriptors) {
      using got = new Descriptor(fd, "got");
      expect(fstatSync(got.number).ino).toBe(fstatSync(file.number).ino);
    }
    a.close();
    b.close();
  });

  it("say when bytes or descriptors were cut off", () => {
    const [a, b] = sockets.pair();
    using file = memfd(4096);
    sockets.send(
      a,
      new Uint8Array(100),
      Array.from({ length: 9 }, () => file.number),
    );
    const message = sockets.receive(b, room, 2)!;
    expect(message).toMatchObject({ isCut: true, descriptorsCut: true });
    expect(message.bytes.length).toBe(64);
    for (const fd of message.descriptors) new Descriptor(fd, "got").close();
    expect(message.descriptors.length).toBe(2);
    a.close();
    b.close();
  });

  it("refuse to send when nobody reads, instead of waiting", () => {
    const [a, b] = sockets.pair();
    let sent = 0;
    while (sockets.send(a, new Uint8Array(4096))) sent += 1;
    expect(sent).toBeGreaterThan(10);
    a.close();
    b.close();
    const [c, d] = sockets.pair();
    d.close();
    expect(() => sockets.send(c, bytes("x"))).toThrow("sendmsg on socket:pair: EPIPE");
    c.close();
  });

  it("know who connected", () => {
    const path = join(folder, "socket");
    using listener = sockets.listen(path, 4);
    expect(sockets.accept(listener)).toBeNull();
    using client = sockets.connect(path);
    using served = sockets.accept(listener)!;
    expect(sockets.credentialsOf(served)).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() });
    sockets.send(client, bytes("hello"));
    expect(text(sockets.receive(served, room, 0))).toBe("hello");
    expect(() => sockets.listen(path, 4)).toThrow(`bind on ${path}: EADDRINUSE`);
    expect(() => sockets.connect(`${path}-none`)).toThrow("ENOENT");
    expect(() => sockets.connect("x".repeat(108))).toThrow(RangeError);
  });

  it("know the groups of who connected, and limit what waits to be read", () => {
    const path = join(folder, "options");
    using listener = sockets.listen(path, 4);
    using client = sockets.connect(path);
    using served = sockets.accept(listener)!;
    const [, groups = ""] = /^Groups:\t(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
    expect(sockets.groupsOf(served)).toEqual(groups.trim().split(" ").filter(Boolean).map(Number));
    const fill = (): number => {
      let sent = 0;
      while (sockets.send(served, new Uint8Array(64))) sent += 1;
      while (sockets.receive(client, room, 0) !== null);
      return sent;
    };
    const before = fill();
    sockets.setOption(served, SO_SNDBUF, 4096);
    expect(fill()).toBeLessThan(before / 4);
    expect(() => sockets.setOption(served, { name: "SO_NONE", number: 9999 }, 0)).toThrow("setsockopt SO_NONE");
  });

  it("wake a watch without a thread", async () => {
    const [a, b] = sockets.pair();
    const woken = new Promise<void>((resolve, reject) => {
      const watch = kernel.watch(b, { readable: true }, (error) => {
        watch.close();
        if (error === null) resolve();
        else reject(error);
      });
    });
    sockets.send(a, bytes("now"));
    await woken;
    expect(text(sockets.receive(b, room, 0))).toBe("now");
    a.close();
    b.close();
  });
});
