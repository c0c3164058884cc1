import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SourceBuffer } from "../../../src/linux/broker/buffer-source.js";
import { MemfdSource } from "../../../src/linux/broker/memfd-source.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { F_SETLEASE, F_WRLCK } from "../../../src/linux/uapi/fcntl.js";
import { orThrow } from "../../../src/units/result.js";

const kernel = orThrow(await openKernel());
/** A path to a file, and no open file. */
const O_PATH = 0o10000000;

function make(): SourceBuffer {
  const request = { size: 8192, image: null, participants: [], count: 1, cpu: "rare", name: null } as const;
  return orThrow(new MemfdSource(kernel).allocate(request, () => null)).buffers[0]!;
}

const blocksOf = (number: number): number => fstatSync(number).blocks;

describe("a buffer in a file of memory", () => {
  it("is not held when it is new, and comes in whole pages, all zeros", () => {
    const buffer = make();
    expect(buffer.isHeld()).toBe(false);
    buffer.clear(0, 8192);
    using given = buffer.open();
    expect(buffer.size).toBe(8192);
    expect(readFileSync(`/proc/self/fd/${given.number}`)).toEqual(Buffer.alloc(8192));
    buffer.close();
  });

  it("is held by a descriptor, and by each that was made of it", () => {
    const buffer = make();
    const given = buffer.open();
    const second = kernel.duplicate(given);
    expect(buffer.isHeld()).toBe(true);
    given.close();
    expect(buffer.isHeld()).toBe(true);
    second.close();
    expect(buffer.isHeld()).toBe(false);
    buffer.free();
  });

  it("is held by a mapping without a descriptor", () => {
    const buffer = make();
    const given = buffer.open();
    const mapping = kernel.map(given, 8192);
    given.close();
    expect(buffer.isHeld()).toBe(true);
    mapping.close();
    expect(buffer.isHeld()).toBe(false);
    buffer.free();
  });

  it("is held while it is on its way through a socket", () => {
    const buffer = make();
    const [a, b] = kernel.sockets.pair();
    const given = buffer.open();
    kernel.sockets.send(a, Uint8Array.of(1), [given.number]);
    given.close();
    expect(buffer.isHeld()).toBe(true);
    a.close();
    b.close();
    expect(buffer.isHeld()).toBe(false);
    buffer.free();
  });

  it("is held by a client that opened it once more, only reading", () => {
    const buffer = make();
    const given = buffer.open();
    const again = openSync(`/proc/self/fd/${given.number}`, "r");
    given.close();
    expect(buffer.isHeld()).toBe(true);
    closeSync(again);
    expect(buffer.isHeld()).toBe(false);
    buffer.free();
  });

  it("leaves no memory to a path that was kept", () => {
    const buffer = make();
    const given = buffer.open();
    writeSync(given.number, new Uint8Array(8192).fill(7));
    const path = openSync(`/proc/self/fd/${given.number}`, O_PATH);
    given.close();
    expect(blocksOf(path)).toBe(16);
    expect(buffer.isHeld()).toBe(false);
    buffer.free();
    expect(blocksOf(path)).toBe(0);
    closeSync(path);
  });

  it.skipIf(process.getuid?.() !== 0)("cannot be opened anew by another user (root can try)", () => {
    const buffer = make();
    using given = buffer.open();
    const script =
      "for (const flags of ['r', 'r+']) try { require('fs').openSync('/proc/self/fd/3', flags); console.log('open') } catch (e) { console.log(e.code) }";
    const said = execFileSync(process.execPath, ["-e", script], {
      uid: 65_534,
      gid: 65_534,
      stdio: ["ignore", "pipe", "inherit", given.number],
      encoding: "utf8",
    });
    expect(said).toBe("EACCES\nEACCES\n");
    buffer.close();
  });

  it("keeps its size, and cannot be sealed by who has it", () => {
    const buffer = make();
    using given = buffer.open();
    expect(() => ftruncateSync(given.number, 1 << 30)).toThrow("EPERM");
    expect(() => ftruncateSync(given.number, 0)).toThrow("EPERM");
    expect(() => kernel.fcntl(given, { name: "F_ADD_SEALS", number: 1033 }, 8)).toThrow("EPERM");
    buffer.close();
  });

  it("is all zeros for the next", () => {
    const buffer = make();
    const given = buffer.open();
    writeSync(given.number, new Uint8Array(8192).fill(7));
    given.close();
    expect(buffer.isHeld()).toBe(false);
    expect(buffer.clear(0, 4096)).toBe(true);
    expect(buffer.clear(4096, 4096)).toBe(true);
    using next = buffer.open();
    expect(readFileSync(`/proc/self/fd/${next.number}`)).toEqual(Buffer.alloc(8192));
    expect(buffer.isHeld()).toBe(true);
    buffer.close();
  });
});

describe("a lease on what memfd_create made", () => {
  it("is never granted: such an open file is not counted", () => {
    using made = kernel.memfdCreate("made");
    expect(() => kernel.fcntl(made, F_SETLEASE, F_WRLCK)).toThrow("EAGAIN");
  });
});
