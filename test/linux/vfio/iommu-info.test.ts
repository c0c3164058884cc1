import { describe, expect, it } from "vitest";
import { readIommuInfo } from "../../../src/linux/vfio/iommu-info.js";

/** The answer of Debian's 6.12 kernel with QEMU's intel-iommu, word by word. */
function answer(change: (words: BigUint64Array) => void = () => undefined): Uint8Array {
  const words = new BigUint64Array([
    (3n << 32n) | 84n, // argsz, flags: page sizes and capabilities
    0x40201000n, // iova_pgsizes
    24n, // cap_offset
    (0x48n << 32n) | (1n << 16n) | 1n, // ranges, version 1, next at 72
    2n, // nr_iovas
    0x0n, // 0 - 0xfedfffff
    0xfedfffffn,
    0xfef00000n, // 0xfef00000 - 0x7fffffffff
    0x7fffffffffn,
    (1n << 16n) | 3n, // mappings left, version 1, the last
    65535n,
  ]);
  change(words);
  return new Uint8Array(words.buffer, 0, 84);
}

describe("what an IOMMU offers", () => {
  it("is read from the kernel's answer", () => {
    expect(readIommuInfo(answer())).toEqual({
      pageSizes: [0x1000, 0x200000, 0x40000000],
      windows: [
        { base: 0, size: 0xfee00000 },
        { base: 0xfef00000, size: 0x8000000000 - 0xfef00000 },
      ],
      mappingsLeft: 65535,
    });
  });

  it("has every address and no known number of mappings without capabilities", () => {
    const plain = answer((words) => {
      words[0] = (1n << 32n) | 84n;
    });
    expect(readIommuInfo(plain)).toMatchObject({
      windows: [{ base: 0, size: Number.MAX_SAFE_INTEGER }],
      mappingsLeft: null,
    });
  });

  it("is clamped where addresses are not exact", () => {
    const wide = answer((words) => {
      words[8] = 0xffff_ffff_ffff_ffffn;
    });
    const { windows } = readIommuInfo(wide);
    expect(windows[1]!.base + windows[1]!.size).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("counts what is cut off as not told, and ends in a chain that goes back", () => {
    expect(readIommuInfo(answer().subarray(0, 64)).windows).toEqual([{ base: 0, size: 0xfee00000 }]);
    expect(readIommuInfo(answer().subarray(0, 30)).mappingsLeft).toBeNull();
    const back = answer((words) => {
      words[3] = (24n << 32n) | (1n << 16n) | 1n;
    });
    expect(readIommuInfo(back)).toMatchObject({ mappingsLeft: null, windows: { length: 2 } });
  });
});
