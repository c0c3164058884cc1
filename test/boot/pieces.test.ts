import { describe, expect, it } from "vitest";
import { reservationsOf } from "../../src/boot/pieces.js";
import { DEBIAN_ARM64_6_12 } from "../../src/boot/profile.js";

const PIECES = {
  kernel: { base: 0x40200000, size: 0x2b30000 },
  fdt: { base: 0x48800000, size: 0x77e },
  initrd: { base: 0x48000010, size: 0x1000 },
};

describe("reservationsOf", () => {
  it("reserves image and device tree byte by byte, the initrd in whole pages", () => {
    expect(reservationsOf(PIECES, DEBIAN_ARM64_6_12)).toEqual([
      { name: "kernel image", base: 0x40200000, size: 0x2b30000 },
      { name: "device tree", base: 0x48800000, size: 0x77e },
      { name: "initrd", base: 0x48000000, size: 0x2000 },
    ]);
  });

  it("leaves the device tree free on riscv, which reserves it after the scan", () => {
    const riscv = { ...DEBIAN_ARM64_6_12, arch: "riscv" } as const;
    expect(reservationsOf(PIECES, riscv)?.map(({ base }) => base)).toEqual([0x40200000, 0x48000000]);
    expect(reservationsOf({ ...PIECES, kernel: null, initrd: null }, riscv)).toEqual([]);
  });

  it("says nothing where no piece is stated", () => {
    expect(reservationsOf({ kernel: null, fdt: null, initrd: null }, DEBIAN_ARM64_6_12)).toBeNull();
  });
});
