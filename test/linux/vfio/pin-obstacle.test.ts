import { describe, expect, it } from "vitest";
import { makeMemfd } from "../../../src/linux/memory/memfd.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { findPinObstacle, type PinObstacle } from "../../../src/linux/vfio/pin-obstacle.js";
import { parseMappings, processMappings } from "../../../src/linux/vfio/process-mappings.js";
import { orThrow } from "../../../src/units/result.js";

/** Parts of what Debian's 6.12 shows; lines between name and flags are left out but for one. */
const SMAPS = `7f0000000000-7f0000002000 rw-s 00000000 00:01 1045                       /memfd:frame (deleted)
Size:                  8 kB
VmFlags: rd wr sh mr mw me ms sd
7f0000002000-7f0000003000 r--s 00002000 00:01 1045                       /memfd:frame (deleted)
VmFlags: rd sh mr mw me ms sd
7f0000004000-7f0000006000 rw-s 00000000 00:0c 11                         /dmabuf:left eye
VmFlags: rd wr sh mr mw me ms pf io de dd sd
7f0000006000-7f0000007000 ---p 00000000 00:00 0
VmFlags: mr mw me sd
`;

function obstacle(start: number, end: number, writes: boolean): PinObstacle | null {
  const address = 0x7f00_0000_0000n + BigInt(start * 4096);
  return findPinObstacle(parseMappings(SMAPS), address, (end - start) * 4096, writes);
}

describe("mappings of a process", () => {
  it("are read with their names, rights and whether a driver's pages are behind them", () => {
    expect(
      parseMappings(SMAPS).map(({ name, isReadable, isWritable, isOfDriver }) => [
        name,
        isReadable,
        isWritable,
        isOfDriver,
      ]),
    ).toEqual([
      ["/memfd:frame (deleted)", true, true, false],
      ["/memfd:frame (deleted)", true, false, false],
      ["/dmabuf:left eye", true, true, true],
      ["", false, false, false],
    ]);
    expect(parseMappings("")).toEqual([]);
  });

  it("are those of this process", async () => {
    const kernel = orThrow(await openKernel());
    using memfd = makeMemfd(kernel, { size: 8192, name: "looked-for" });
    const start = kernel.addressOf(memfd.bytes);
    expect(processMappings().find(({ name }) => name.startsWith("/memfd:looked-for"))).toMatchObject({
      start,
      end: start + 8192n,
      isWritable: true,
      isOfDriver: false,
    });
  });
});

describe("what keeps pages from being pinned", () => {
  it("is nothing where all is mapped as it has to be", () => {
    expect(obstacle(0, 2, true)).toBeNull();
    expect(obstacle(1, 3, false)).toBeNull();
  });

  it("is a right that is missing", () => {
    expect(obstacle(0, 3, true)).toEqual({ kind: "not-writable", mapping: "/memfd:frame (deleted)" });
    expect(obstacle(6, 7, false)).toEqual({ kind: "not-readable", mapping: "" });
  });

  it("is a driver, whose pages they are", () => {
    expect(obstacle(4, 6, false)).toEqual({ kind: "driver-pages", mapping: "/dmabuf:left eye" });
  });

  it("is a hole, before, among or behind mappings", () => {
    expect(obstacle(2, 5, false)).toEqual({ kind: "not-mapped", offset: 4096, size: 4096 });
    expect(obstacle(-3, 1, true)).toEqual({ kind: "not-mapped", offset: 0, size: 3 * 4096 });
    expect(obstacle(7, 9, false)).toEqual({ kind: "not-mapped", offset: 0, size: 2 * 4096 });
  });

  it("is not known where the kernel tells of no mappings", () => {
    expect(findPinObstacle([], 0n, 4096, true)).toBeNull();
  });
});
