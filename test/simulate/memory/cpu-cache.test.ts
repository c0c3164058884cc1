import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CpuCache } from "../../../src/simulate/memory/cpu-cache.js";
import { PhysicalMemory } from "../../../src/simulate/memory/physical-memory.js";
import { bytes, device, iommu } from "../../machine-builder.js";
import { rig } from "../mapping/rig.js";

function cached(): { memory: PhysicalMemory; cache: CpuCache } {
  const memory = new PhysicalMemory(4096);
  return { memory, cache: new CpuCache(memory) };
}

/** One byte as the CPU reads it. */
function cpuByte(cache: CpuCache, at: number): number {
  const out = new Uint8Array(1);
  cache.read(at, out);
  return out[0]!;
}

/** Comparing bytes is much faster than a matcher. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

describe("CpuCache", () => {
  it("keeps what the CPU writes from memory until it is cleaned", () => {
    const { memory, cache } = cached();
    cache.write(0x1000, Uint8Array.of(1));
    expect(memory.byteAt(0x1000)).toBe(0);
    cache.clean(0x1000, 1);
    expect(memory.byteAt(0x1000)).toBe(1);
    expect(cache.dirtyLines).toBe(0);
  });

  it("shows the CPU what it read before, whatever a device writes, until lines are given up", () => {
    const { memory, cache } = cached();
    expect(cpuByte(cache, 0x1000)).toBe(0);
    memory.write(0x1000, Uint8Array.of(1));
    expect(cpuByte(cache, 0x1000)).toBe(0);
    cache.invalidate(0x1000, 1);
    expect(cpuByte(cache, 0x1000)).toBe(1);
  });

  it("gives up what the CPU wrote to lines that lie in a range whole, and writes back lines at its ends", () => {
    const { memory, cache } = cached();
    cache.write(0x1000, new Uint8Array(192).fill(1));
    cache.invalidate(0x1020, 128);
    expect([memory.byteAt(0x1000), memory.byteAt(0x1040), memory.byteAt(0x1080)]).toEqual([1, 0, 1]);
  });

  it("writes back a line at any moment when told to, over what a device wrote", () => {
    const { memory, cache } = cached();
    cache.write(0x1000, Uint8Array.of(1));
    memory.write(0x1001, Uint8Array.of(2));
    cache.evict(0x1000, 1);
    expect([memory.byteAt(0x1000), memory.byteAt(0x1001)]).toEqual([1, 0]);
  });

  it("shows devices that snoop what the CPU wrote, and the CPU what they write", () => {
    const { cache } = cached();
    cache.write(0x1000, Uint8Array.of(1, 2));
    const seen = new Uint8Array(2);
    cache.snoop(0x1000, seen);
    expect([...seen]).toEqual([1, 2]);
    cache.overwrite(0x1001, Uint8Array.of(3));
    expect([cpuByte(cache, 0x1000), cpuByte(cache, 0x1001)]).toEqual([1, 3]);
  });

  it("copies across pages as the CPU does", () => {
    const { memory, cache } = cached();
    const picture = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);
    memory.write(0x1234, picture);
    cache.copy(0x100_0777, 0x1234, picture.length);
    const out = new Uint8Array(picture.length);
    cache.read(0x100_0777, out);
    expect(isSame(out, picture)).toBe(true);
    cache.clean(0x100_0777, picture.length);
    memory.read(0x100_0777, out);
    expect(isSame(out, picture)).toBe(true);
  });

  it("throws for ranges beyond exact addresses, and lines that divide no page", () => {
    const { memory, cache } = cached();
    expect(() => cache.read(-1, new Uint8Array(1))).toThrow(RangeError);
    expect(() => cache.write(2 ** 53 - 1, new Uint8Array(2))).toThrow(RangeError);
    expect(() => new CpuCache(memory, 100)).toThrow("100");
  });

  it("is the same as no cache when everything is cleaned and given up at once", () => {
    const step = fc.record({
      at: fc.integer({ min: 0, max: 12_000 }),
      size: fc.integer({ min: 0, max: 5000 }),
      byte: fc.integer({ min: 0, max: 255 }),
      who: fc.constantFrom("cpu", "device", "snooper"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { memory, cache } = cached();
        const plain = new Uint8Array(20_000);
        for (const { at, size, byte, who } of steps) {
          const wanted = new Uint8Array(size).fill(byte);
          plain.set(wanted, at);
          if (who === "cpu") cache.write(at, wanted);
          if (who === "snooper") cache.overwrite(at, wanted);
          if (who === "device") {
            cache.evict(at, size);
            memory.write(at, wanted);
          }
          if (who !== "snooper") cache.clean(0, 20_000);
        }
        const seen = new Uint8Array(20_000);
        cache.read(0, seen);
        expect(isSame(seen, plain)).toBe(true);
        cache.clean(0, 20_000);
        memory.read(0, seen);
        expect(isSame(seen, plain)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("syncs with a CPU that has a cache", () => {
  const system = () =>
    rig(
      {
        ram: "0x40000000+8G",
        iommus: [iommu("/iommu")],
        devices: [
          device("cam"),
          device("vpu", { iommu: "/iommu" }),
          device("snoops", { coherent: true }),
          device("gpu", { translation: "device-mmu" }),
        ],
      },
      { cpuCache: true },
    );

  it("write back what the CPU wrote when a device that does not snoop is given the memory", () => {
    for (const name of ["cam", "vpu", "gpu"]) {
      const r = system();
      r.context.cache!.write(0x50000000, Uint8Array.of(7));
      r.api.mapPage(r.device(name), 0x50000000, 4096, "to-device");
      expect(r.world.memory!.byteAt(0x50000000)).toBe(7);
    }
  });

  it("do nothing for a device that snoops, or when the caller looks after caches", () => {
    const r = system();
    r.context.cache!.write(0x50000000, Uint8Array.of(7));
    r.api.mapPage(r.device("snoops"), 0x50000000, 4096, "to-device");
    r.api.mapPage(r.device("vpu"), 0x50000000, 4096, "to-device", { skipCpuSync: true });
    expect(r.world.memory!.byteAt(0x50000000)).toBe(0);
  });

  it("let the CPU see what a device wrote after the sync, and not before", () => {
    for (const name of ["cam", "vpu", "gpu"]) {
      const r = system();
      const of = r.device(name);
      expect(cpuByte(r.context.cache!, 0x50000010)).toBe(0);
      const at = r.api.mapPage(of, 0x50000000, 4096, "from-device");
      r.world.memory!.write(0x50000010, Uint8Array.of(5));
      expect(cpuByte(r.context.cache!, 0x50000010)).toBe(0);
      r.api.syncSingleForCpu(of, at, 4096, "from-device");
      expect(cpuByte(r.context.cache!, 0x50000010)).toBe(5);
      r.world.memory!.write(0x50000010, Uint8Array.of(6));
      r.api.unmapPage(of, at, 4096, "from-device");
      expect(cpuByte(r.context.cache!, 0x50000010)).toBe(6);
    }
  });

  it("do not give up lines next to a mapping that was padded", () => {
    const r = system();
    const vpu = r.device("vpu");
    const at = r.api.mapPage(vpu, 0x50000000, 256, "from-device");
    r.context.cache!.write(0x50000200, Uint8Array.of(9));
    r.api.unmapPage(vpu, at, 256, "from-device");
    expect(cpuByte(r.context.cache!, 0x50000200)).toBe(9);
  });

  it("bounce through the cache: the copy is of what the CPU wrote, and comes back to it", () => {
    const r = system();
    const cam = r.device("cam");
    r.context.cache!.write(0x140000000, Uint8Array.of(1, 2));
    const at: number = r.api.mapPage(cam, 0x140000000, bytes("8K"), "bidirectional");
    expect([r.world.memory!.byteAt(at), r.world.memory!.byteAt(at + 1)]).toEqual([1, 2]);
    r.world.memory!.write(at, Uint8Array.of(9));
    r.api.unmapPage(cam, at, bytes("8K"), "bidirectional");
    expect([cpuByte(r.context.cache!, 0x140000000), cpuByte(r.context.cache!, 0x140000001)]).toEqual([9, 2]);
  });
});
