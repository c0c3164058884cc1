import { describe, expect, it } from "vitest";
import { reserveBounceMemory } from "../../../src/simulate/mapping/bounce-memory.js";
import { type BoardSpec, board, bytes } from "../../machine-builder.js";

/** Where the pool lies, as `BASE+SIZE` in MiB of size; null for none. */
function poolOf(spec: BoardSpec): string | null {
  const { pool } = reserveBounceMemory(board(spec));
  return pool === null ? null : `0x${pool.base.toString(16)}+${pool.size / 2 ** 20}M`;
}

// Linux 6.12 kernel/dma/swiotlb.c swiotlb_init_remap(), arch/arm64/mm/init.c mem_init().
describe("the bounce pool of a machine", () => {
  it("is 64 MiB at the top of the first zone where RAM goes on above it", () => {
    expect(poolOf({ ram: "0x40000000+8G" })).toBe("0xfc000000+64M");
  });

  it("is 1 MiB per GiB on arm64 where every device reaches all RAM, since small allocations may bounce", () => {
    expect(poolOf({ ram: "0x40000000+2G" })).toBe("0xbfe00000+2M");
    expect(poolOf({ ram: "0x40000000+3G" })).toBe("0xffc00000+4M");
  });

  it("is not there on other architectures where RAM ends below 4 GiB", () => {
    expect(poolOf({ arch: "arm", ram: "0x40000000+2G" })).toBeNull();
    expect(poolOf({ arch: "riscv", ram: "0x40000000+2G" })).toBeNull();
    expect(poolOf({ arch: "riscv", ram: "0x80000000+4G" })).toBe("0xfc000000+64M");
  });

  it("is as large as the command line says, in slots of 2 KiB, rounded up", () => {
    expect(poolOf({ ram: "0x40000000+8G", commandLine: "swiotlb=512" })).toBe("0xfff00000+1M");
    expect(poolOf({ ram: "0x40000000+8G", commandLine: "swiotlb=65000" })).toBe("0xf8000000+128M");
  });

  it("is not there with noforce, and there and used for everything with force", () => {
    expect(poolOf({ ram: "0x40000000+8G", commandLine: "swiotlb=noforce" })).toBeNull();
    const { pool } = reserveBounceMemory(board({ arch: "arm", ram: "0x40000000+1G", commandLine: "swiotlb=force" }));
    expect(pool).toEqual({ heap: null, base: 0x7c000000, size: bytes("64M"), areas: 1, force: true });
  });

  // Seen with Debian's kernel on 512 MiB: 512 KiB for swiotlb=force and for swiotlb=32768, none for both modes together.
  it("is not made larger by force, nor by the usual number", () => {
    expect(poolOf({ ram: "0x40000000+512M", commandLine: "swiotlb=force" })).toBe("0x5ff80000+0.5M");
    expect(poolOf({ ram: "0x40000000+512M", commandLine: "swiotlb=32768" })).toBe("0x5ff80000+0.5M");
    expect(poolOf({ ram: "0x40000000+512M", commandLine: "swiotlb=noforce swiotlb=force" })).toBeNull();
  });

  it("is halved until it fits, and given up below 1 MiB", () => {
    const low = (size: string) => ({ ram: "0x40000000+8G", pages: `0x50000000+${size},0x100000000+1G` });
    expect(poolOf(low("40M"))).toBe("0x50800000+32M");
    expect(poolOf(low("1M"))).toBe("0x50000000+1M");
    expect(poolOf(low("512K"))).toBeNull();
  });

  it("is not among the free pages any more", () => {
    const { machine, pool } = reserveBounceMemory(board({ ram: "0x40000000+8G" }));
    expect(pool?.base).toBe(0xfc000000);
    expect(machine.pages).toEqual([
      { base: 0x40000000, size: 0xbc000000 },
      { base: 0x100000000, size: 0x140000000 },
    ]);
  });
});
