import { ftruncateSync, readSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeMemfd } from "../../../src/linux/memory/memfd.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { F_GET_SEALS, F_SEAL_WRITE } from "../../../src/linux/uapi/fcntl.js";
import { orThrow } from "../../../src/units/result.js";

const kernel = orThrow(await openKernel());
const page = kernel.pageSize;

describe("an object of memory", () => {
  it("has whole pages, which read as zero", () => {
    using memory = makeMemfd(kernel, { size: page + 1 });
    expect(memory.size).toBe(2 * page);
    expect(memory.pageSize).toBe(page);
    expect(memory.bytes.length).toBe(2 * page);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it("is mapped once, and its bytes are those of the file", () => {
    using memory = makeMemfd(kernel, { size: page });
    memory.bytes[5] = 7;
    expect(memory.bytes.buffer).toBe(memory.bytes.buffer);
    const read = new Uint8Array(1);
    readSync(memory.descriptor.number, read, 0, 1, 5);
    expect(read[0]).toBe(7);
  });

  it("neither grows nor shrinks, and can be written", () => {
    using memory = makeMemfd(kernel, { size: page, name: "sealed" });
    expect(memory.name).toBe("memfd:sealed");
    expect(() => ftruncateSync(memory.descriptor.number, 0)).toThrow("EPERM");
    expect(() => ftruncateSync(memory.descriptor.number, 2 * page)).toThrow("EPERM");
    expect(Math.floor(kernel.fcntl(memory.descriptor, F_GET_SEALS, 0) / F_SEAL_WRITE) % 2).toBe(0);
  });

  it("reads as zero where it is still looked at when it is closed", () => {
    const memory = makeMemfd(kernel, { size: page });
    const { bytes } = memory;
    bytes[0] = 1;
    memory.close();
    memory.close();
    expect(bytes[0]).toBe(0);
    expect(() => memory.bytes).toThrow(new RangeError("memfd:coalloc is closed"));
  });

  it("is refused with a size or pages that cannot be", () => {
    expect(() => makeMemfd(kernel, { size: 0 })).toThrow(RangeError);
    expect(() => makeMemfd(kernel, { size: 1.5 })).toThrow(RangeError);
    expect(() => makeMemfd(kernel, { size: page, hugePageSize: 3 * page })).toThrow(RangeError);
    expect(() => makeMemfd(kernel, { size: page, hugePageSize: page / 2 })).toThrow(RangeError);
    // No machine has huge pages of 64 TiB.
    expect(() => makeMemfd(kernel, { size: page, hugePageSize: 2 ** 46 })).toThrow(SystemCallError);
  });
});
