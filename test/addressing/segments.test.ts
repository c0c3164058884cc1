import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segmentsAfterMapping } from "../../src/addressing/segments.js";
import type { Translation } from "../../src/machine/machine.js";
import { deviceAt, fact, machineOf } from "../machine/board.js";

const machine = machineOf({ "isp@1": { compatible: "x,isp" } }, [fact("x,isp")]);
const isp = deviceAt(machine, "/isp@1");
const KIB = 1024;
const MIB = 1024 * KIB;

function entries(via: Translation, limit: number | "unlimited", block: number | null, size: number): number {
  const source =
    block === null ? ({ kind: "contiguous" } as const) : ({ kind: "scattered", blockSize: block } as const);
  return segmentsAfterMapping(machine, { ...isp, maxSegmentSize: limit }, source, size, via);
}

describe("segmentsAfterMapping", () => {
  it("is one for contiguous memory, however small the device's segment limit", () => {
    expect(entries("none", 64 * KIB, null, 12 * MIB)).toBe(1);
    expect(entries("iommu", 64 * KIB, null, 12 * MIB)).toBe(1);
  });

  it("is one for each block where nothing translates: nobody splits or joins", () => {
    expect(entries("none", 64 * KIB, MIB, 12 * MIB)).toBe(12);
    expect(entries("none", 64 * KIB, 4 * KIB, 12 * KIB + 1)).toBe(4);
    expect(entries("device-mmu", "unlimited", 4 * KIB, MIB)).toBe(256);
  });

  it("is one behind an IOMMU for a device that takes any length", () => {
    expect(entries("iommu", "unlimited", 4 * KIB, 12 * MIB)).toBe(1);
    expect(entries("iommu", 0xffff_ffff, 4 * KIB, 12 * MIB)).toBe(1);
  });

  it("behind an IOMMU joins blocks up to the limit, whole blocks only", () => {
    expect(entries("iommu", 64 * KIB, 4 * KIB, 256 * KIB)).toBe(4);
    expect(entries("iommu", 10 * KIB, 4 * KIB, 32 * KIB)).toBe(4);
    expect(entries("iommu", 64 * KIB, 4 * KIB, 68 * KIB)).toBe(2);
  });

  it("behind an IOMMU joins everything once a single block exceeds the limit", () => {
    expect(entries("iommu", 64 * KIB, 128 * KIB, 12 * MIB)).toBe(1);
  });

  it("is none where the CPU copies", () => expect(entries("cpu", 64 * KIB, 4 * KIB, MIB)).toBe(0));

  it("refuses no bytes", () => {
    for (const size of [0, -1, 1.5, Number.NaN])
      expect(() => entries("none", 64 * KIB, null, size)).toThrow(RangeError);
  });

  /** The kernel's loop over the elements of a list, Linux 6.12 `drivers/iommu/dma-iommu.c` `__finalise_sg()`. */
  function finalise(lengths: readonly number[], limit: number): number {
    let count = 0;
    let current = 0;
    for (const length of lengths) {
      // Lengths are unsigned 32 bits in the kernel, so that a current one above the limit leaves huge room.
      const room = (limit - current + 2 ** 32) % 2 ** 32;
      if (count > 0 && room >= length) current += length;
      else {
        count += 1;
        current = length;
      }
    }
    return count;
  }

  it("agrees with the kernel's loop", () => {
    const pages = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(
        pages,
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 4096, max: MIB }),
        (block, total, limit) => {
          const lengths: number[] = [];
          for (let left = total; left > 0; left -= block) lengths.push(Math.min(block, left) * 4096);
          expect(entries("iommu", limit, block * 4096, total * 4096)).toBe(finalise(lengths, limit));
        },
      ),
    );
  });
});
