import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DMA_MAPPING_ERROR } from "../../../src/simulate/mapping/dma-map-ops.js";
import { blockOrders } from "../../../src/simulate/mapping/iommu-blocks.js";
import { IommuDomain } from "../../../src/simulate/mapping/iommu-domain.js";
import { explainMapFailure } from "../../../src/simulate/mapping/map-failure.js";
import { DmaSegments, scatterList } from "../../../src/simulate/scatter-list.js";
import { makeWorld } from "../../../src/simulate/world.js";
import { board, bytes, device, iommu } from "../../machine-builder.js";
import { list, mapList, type Rig, rig } from "./rig.js";

/** A board with a device behind an IOMMU of 4 KiB pages; nothing is mapped. */
function behind(spec: Parameters<typeof device>[1] = {}, unit: Parameters<typeof iommu>[1] = {}): Rig {
  return rig({
    ram: "0x40000000+4G",
    cma: "0x70000000+64M",
    iommus: [iommu("/iommu", unit)],
    devices: [device("cam", { iommu: "/iommu", ...spec })],
  });
}

describe("mapping a list behind an IOMMU", () => {
  // Vectors: Linux 6.12 drivers/iommu/dma-iommu.c iommu_dma_map_sg(), __finalise_sg().
  it("starts an entry that would cross a boundary on it, by making the one before longer", () => {
    const r = behind();
    const cam = r.device("cam", { segmentBoundaryMask: 0xffff, maxSegmentSize: 0x10000 });
    expect(mapList(r, cam, "0x50000000+0x8000,0x60000000+0xc000,0x70000000+0x4000")).toEqual([
      "0xfffe0000+0x8000",
      "0xffff0000+0x10000",
    ]);
    expect(cam.domain!.stats().mapped).toBe(0x20000);
  });

  it("crosses no boundary with a list of whole pages that is shorter than a step of it", () => {
    const r = behind({ maxSegmentSize: "unlimited" });
    const cam = r.device("cam", { segmentBoundaryMask: 0xffff });
    mapList(r, cam, "0x50000000+4K");
    expect(mapList(r, cam, "0x50000000+32K,0x60000000+16K,0x70000000+8K")).toEqual(["0xfffe0000+0xe000"]);
    expect(mapList(r, cam, "0x50000000+32K,0x60000000+16K,0x70000000+16K")).toEqual(["0xfffd0000+0x10000"]);
  });

  it("lets the device see the memory behind an entry that was made longer", () => {
    const r = behind();
    const cam = r.device("cam", { segmentBoundaryMask: 0xffff, maxSegmentSize: 0x10000 });
    mapList(r, cam, "0x50000000+0x8000,0x60000000+0xc000");
    expect(r.api.translate(cam, 0xfffe0000 + 0x8000, "read")).toEqual({ physAddr: 0x50008000, bytes: 0x8000 });
  });

  it("ends a segment behind an entry that ends within a page", () => {
    const r = behind();
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x50000000+0x1000,0x60000000+0x1000,0x70000000+0x800,0x80000000+0x1000")).toEqual([
      "0xffffc000+0x2800",
      "0xfffff000+0x1000",
    ]);
  });

  it("starts a segment at an entry that begins within a page", () => {
    const r = behind();
    expect(mapList(r, r.device("cam"), "0x50000000+0x1000,0x60000400+0xc00")).toEqual([
      "0xffffe000+0x1000",
      "0xfffff400+0xc00",
    ]);
  });

  it("does not cut an entry longer than max_segment_size, and joins everything behind it to it", () => {
    const r = behind();
    const cam = r.device("cam", { maxSegmentSize: 0x10000 });
    expect(mapList(r, cam, "0x50000000+0x20000,0x60000000+0x1000")).toEqual(["0xfffc0000+0x21000"]);
  });

  it("joins up to max_segment_size, and leaves the next segment adjacent", () => {
    const r = behind();
    const cam = r.device("cam");
    expect(cam.maxSegmentSize).toBe(65536);
    expect(mapList(r, cam, "0x50000000+0xc000,0x60000000+0x4000,0x70000000+0x1000")).toEqual([
      "0xfffe0000+0x10000",
      "0xffff0000+0x1000",
    ]);
  });

  it("makes one segment of anything where the device has no limits", () => {
    const r = behind({ maxSegmentSize: "unlimited" });
    const text = Array.from({ length: 200 }, (_, i) => `0x${(0x50000000 + i * 0x2000).toString(16)}+4096`).join(",");
    expect(mapList(r, r.device("cam"), text)).toEqual(["0xfff00000+0xc8000"]);
  });

  it("takes addresses top-down, aligned to the power of two that is not below the size", () => {
    // Linux 6.12 drivers/iommu/iova.c __alloc_and_insert_iova_range().
    const r = behind({ maxSegmentSize: "unlimited" });
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x50000000+1M")).toEqual(["0xfff00000+0x100000"]);
    expect(mapList(r, cam, "0x50000000+20K")).toEqual(["0xffef8000+0x5000"]);
    expect(mapList(r, cam, "0x50000000+300K")).toEqual(["0xffe80000+0x4b000"]);
  });

  it("stays below the device's mask", () => {
    const r = behind({ mask: "0xfffffff" });
    expect(mapList(r, r.device("cam"), "0x50000000+4096")).toEqual(["0xffff000+0x1000"]);
  });

  it("goes on above 4 GiB at once on the platform, and on PCI only when there is no room below", () => {
    const r = behind({ mask: "0xffffffffffff" }, { aperture: "0+281474976710656" });
    expect(mapList(r, r.device("cam"), "0x50000000+1M")).toEqual(["0xfffffff00000+0x100000"]);
    const plugged = r.device("cam", { isPci: true, id: 7, maxSegmentSize: 2 ** 32 - 1 });
    expect(mapList(r, plugged, "0x50000000+3G")).toEqual(["0xffff00000000+0xc0000000"]);
    expect(mapList(behindPci(), behindPci().device("cam", { isPci: true }), "0x50000000+1M")).toEqual([
      "0xfff00000+0x100000",
    ]);
  });

  const behindPci = (): Rig => behind({ mask: "0xffffffffffff" }, { aperture: "0+281474976710656" });

  it("refuses with ENOMEM when no run of addresses is long enough, and says how long the longest is", () => {
    const r = behind({ mask: "0xffffff" });
    const cam = r.device("cam");
    mapList(r, cam, "0x50000000+8M");
    const long = list("0x60000000+8M");
    const out = new DmaSegments();
    expect(r.api.mapSg(cam, long, "bidirectional", {}, out)).toBe(-12);
    expect(out.count).toBe(0);
    expect(explainMapFailure(cam, long, -12)).toEqual({
      code: "no-iova",
      errno: "ENOMEM",
      device: "/soc/cam",
      size: bytes("8M"),
      needed: bytes("8M"),
      limit: 0xffffff,
      largestFree: 2 ** 32 - 0x1000000,
      mapped: bytes("8M"),
    });
    r.table.audit();
  });

  it("refuses with EINVAL pages that the tables cannot point at, and takes no addresses for them", () => {
    const r = behind({}, { outputBits: 32 });
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x50000000+4K,0x100000000+4K")).toBe(-22);
    expect(explainMapFailure(cam, list("0x50000000+4K,0x100000000+4K"), -22)).toMatchObject({
      code: "beyond-output",
      physAddr: 0x100000000,
      outputBits: 32,
    });
    expect(cam.domain!.stats()).toMatchObject({ mappings: 0, mapped: 0 });
    expect(mapList(r, cam, "0x50000000+8K")).toEqual(["0xffffe000+0x2000"]);
  });

  it("refuses with ENOSPC more segments than the device takes, which Linux leaves to drivers", () => {
    const r = behind({ maxSegments: 2, maxSegmentSize: 4096 });
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x50000000+4K,0x60000000+4K,0x70000000+4K")).toBe(-28);
    expect(cam.domain!.stats().mappings).toBe(0);
    expect(mapList(r, cam, "0x50000000+4K,0x60000000+4K")).toHaveLength(2);
  });

  it("shows memory through the mapping and nowhere else, in the direction it was mapped for", () => {
    const r = behind();
    const cam = r.device("cam");
    mapList(r, cam, "0x50000000+8K,0x60000000+4K", "from-device");
    const base = 0xffffc000;
    expect(r.api.translate(cam, base, "write")).toEqual({ physAddr: 0x50000000, bytes: 0x2000 });
    expect(r.api.translate(cam, base + 0x2010, "write")).toEqual({ physAddr: 0x60000010, bytes: 0xff0 });
    expect(r.api.translate(cam, base + 0x3000, "write")).toBeNull();
    expect(r.api.translate(cam, base - 1, "write")).toBeNull();
    expect(r.api.translate(cam, base, "read")).toBeNull();
  });

  it("shows nothing any more when the mapping was taken away", () => {
    const r = behind();
    const cam = r.device("cam");
    const memory = list("0x50000000+8K");
    const out = new DmaSegments();
    r.api.mapSg(cam, memory, "bidirectional", {}, out);
    r.api.unmapSg(cam, memory, out, "bidirectional");
    expect(r.api.translate(cam, out.address[0]!, "read")).toBeNull();
    expect(cam.domain!.stats()).toMatchObject({ mappings: 0, mapped: 0, highWater: 8192 });
    r.table.audit();
  });

  it("has one address space for all devices of an instance that groups them, and one each otherwise", () => {
    const spec = (grouping: "device" | "instance") =>
      rig({
        ram: "0x40000000+1G",
        iommus: [{ ...iommu("/iommu"), grouping }],
        devices: [device("a", { iommu: "/iommu" }), device("b", { iommu: "/iommu" })],
      });
    const shared = spec("instance");
    expect(mapList(shared, shared.device("a"), "0x50000000+4K")).toEqual(["0xfffff000+0x1000"]);
    expect(mapList(shared, shared.device("b"), "0x50000000+4K")).toEqual(["0xffffe000+0x1000"]);
    const apart = spec("device");
    expect(mapList(apart, apart.device("a"), "0x50000000+4K")).toEqual(["0xfffff000+0x1000"]);
    expect(mapList(apart, apart.device("b"), "0x50000000+4K")).toEqual(["0xfffff000+0x1000"]);
  });

  it("maps one block at the offset it has in its page", () => {
    const r = behind();
    const cam = r.device("cam");
    const at = r.api.mapPage(cam, 0x50000234, 0x1000, "to-device");
    expect(at).toBe(0xffffe234);
    expect(r.api.translate(cam, at, "read")).toEqual({ physAddr: 0x50000234, bytes: 0x1dcc });
    r.api.unmapPage(cam, at, 0x1000, "to-device");
    expect(cam.domain!.stats().mappings).toBe(0);
  });

  it("refuses a block for a device that insists on more low bits than a page has", () => {
    const r = behind();
    expect(r.api.mapPage(r.device("cam", { minAlignMask: 0x1fff }), 0x50000000, 4096, "to-device")).toBe(
      DMA_MAPPING_ERROR,
    );
  });

  it("bounces a block that may share a cache line, and copies back what the device wrote", () => {
    // Linux 6.12 include/linux/dma-map-ops.h dma_kmalloc_needs_bounce(): 24 bytes come from the 32-byte bucket, which is no whole line.
    const r = behind();
    const cam = r.device("cam");
    const memory = r.world.memory!;
    memory.write(0x50000100, Uint8Array.of(1, 2, 3));
    const at = r.api.mapPage(cam, 0x50000100, 24, "from-device");
    const { physAddr } = r.api.translate(cam, at, "write")!;
    expect(physAddr).not.toBe(0x50000100);
    expect(memory.byteAt(physAddr)).toBe(1);
    memory.write(physAddr, Uint8Array.of(9));
    r.api.unmapPage(cam, at, 24, "from-device");
    expect(memory.byteAt(0x50000100)).toBe(9);
    expect(cam.bouncePool!.stats().used).toBe(0);
  });

  // Linux 6.12 drivers/iommu/dma-iommu.c iommu_dma_map_sg_swiotlb().
  it("maps a list entry by entry, joining none, when one of them may share a cache line", () => {
    const r = behind({ maxSegmentSize: "unlimited" });
    const cam = r.device("cam");
    const text = "0x50000000+4K,0x50001000+24,0x60000000+4K";
    expect(mapList(r, cam, text, "to-device")).toHaveLength(2);
    const memory = list(text);
    const out = new DmaSegments();
    const before = cam.domain!.stats().mappings;
    expect(r.api.mapSg(cam, memory, "from-device", {}, out)).toBe(3);
    expect([...out.length.subarray(0, 3)]).toEqual([4096, 24, 4096]);
    expect(cam.bouncePool!.stats().used).toBe(2);
    expect(cam.domain!.stats().mappings).toBe(before + 3);
    r.api.unmapSg(cam, memory, out, "from-device");
    expect(cam.bouncePool!.stats().used).toBe(0);
    expect(cam.domain!.stats().mappings).toBe(before);
    // Addresses of the first entry, its table, the slots of the second, its addresses, its table, and the same for the third.
    for (const step of [1, 2, 3, 4, 5, 6, 7]) {
      r.world.faults.failNth(step);
      expect(r.api.mapSg(cam, memory, "from-device", {}, out)).toBe(-5);
      expect(out.count).toBe(0);
      expect(cam.bouncePool!.stats().used).toBe(0);
      expect(cam.domain!.stats().mappings).toBe(before);
      r.table.audit();
    }
  });

  it("does not look at the low bits a device insists on where it maps a list", () => {
    const r = behind();
    expect(mapList(r, r.device("cam", { minAlignMask: 0x1fff }), "0x50001000+4K")).toEqual(["0xfffff000+0x1000"]);
  });

  // Linux 6.12 drivers/iommu/iova.c __iova_rcache_get(), iova_magazine_pop().
  it("gives small ranges out again, the last freed first, and as single ones no more until a longer one needs the room", () => {
    const r = behind({ mask: "0xffff" });
    const cam = r.device("cam");
    const pages = Array.from({ length: 8 }, (_, i) => list(`0x5000${i}000+4K`));
    const outs = pages.map((memory) => {
      const out = new DmaSegments();
      r.api.mapSg(cam, memory, "bidirectional", {}, out);
      return out;
    });
    expect(outs.map((out) => out.address[0])).toEqual([0xf, 0xe, 0xd, 0xc, 0xb, 0xa, 9, 8].map((pfn) => pfn * 4096));
    for (const i of [2, 5]) r.api.unmapSg(cam, pages[i]!, outs[i]!, "bidirectional");
    expect(mapList(r, cam, "0x60000000+4K")).toEqual(["0xa000+0x1000"]);
    expect(mapList(r, cam, "0x60000000+4K")).toEqual(["0xd000+0x1000"]);
    expect(mapList(r, cam, "0x60000000+16K")).toEqual(["0x4000+0x4000"]);
    for (const i of [6, 7]) r.api.unmapSg(cam, pages[i]!, outs[i]!, "bidirectional");
    // Pages 8 and 9 are in the caches, 1 to 3 free: two pages fit at 2; two more only once the caches are emptied.
    expect(mapList(r, cam, "0x60000000+8K")).toEqual(["0x2000+0x2000"]);
    expect(mapList(r, cam, "0x60000000+8K")).toEqual(["0x8000+0x2000"]);
  });

  it("stays above 4 GiB for good once a PCI device has had no room below", () => {
    const r = behind({ mask: "0xffffffffffff" }, { aperture: "0+281474976710656" });
    const plugged = r.device("cam", { isPci: true, id: 7 });
    const memory = list("0x50000000+1M");
    const out = new DmaSegments();
    r.api.mapSg(plugged, memory, "bidirectional", {}, out);
    expect(out.address[0]).toBe(0xfff00000);
    expect(mapList(r, plugged, "0x50000000+3G,0x50000000+1G")).toEqual(["0xffff00000000+0x100000000"]);
    r.api.unmapSg(plugged, memory, out, "bidirectional");
    expect(mapList(r, plugged, "0x50000000+1M")).toEqual(["0xfffefff00000+0x100000"]);
  });

  it("tells limits as the kernel does", () => {
    const r = behind();
    const cam = r.device("cam");
    expect(r.api.maxMappingSize(cam)).toBe("unlimited");
    expect(r.api.optMappingSize(cam)).toBe(bytes("128K"));
    expect(r.api.mergeBoundary(cam)).toBe(0xfff);
  });

  it("covers exactly the bytes of the list, in order, whatever the limits", () => {
    const block = fc.record({
      page: fc.integer({ min: 0, max: 5000 }),
      offset: fc.constantFrom(0, 0, 0, 0x200, 0xc00),
      length: fc.oneof(fc.constantFrom(0x1000, 0x4000, 0x10000), fc.integer({ min: 300, max: 0x12000 })),
    });
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(0x1000, 0x10000, 0x40000, 2 ** 32 - 1),
        fc.constantFrom(0xffff, 0xfffff, Number.POSITIVE_INFINITY),
        (blocks, maxSegmentSize, segmentBoundaryMask) => {
          const r = behind();
          const cam = r.device("cam", { maxSegmentSize, segmentBoundaryMask, coherent: true });
          const memory = scatterList(
            blocks.map(({ page, offset, length }) => ({ base: 0x50000000 + page * 0x20000 + offset, size: length })),
          );
          const out = new DmaSegments();
          const mapped = r.api.mapSg(cam, memory, "bidirectional", {}, out);
          expect(mapped).toBe(out.count);
          const seen: string[] = [];
          for (let i = 0; i < out.count; i += 1) {
            for (let done = 0; done < out.length[i]!; ) {
              const target = r.api.translate(cam, out.address[i]! + done, "read")!;
              const step = Math.min(0x100 - (target.physAddr % 0x100), target.bytes, out.length[i]! - done);
              seen.push(`${target.physAddr}+${step}`);
              done += step;
            }
          }
          const wanted: string[] = [];
          for (let i = 0; i < memory.count; i += 1) {
            for (let done = 0; done < memory.length[i]!; ) {
              const at = memory.physAddr[i]! + done;
              const step = Math.min(0x100 - (at % 0x100), memory.length[i]! - done);
              wanted.push(`${at}+${step}`);
              done += step;
            }
          }
          expect(seen).toEqual(wanted);
          r.api.unmapSg(cam, memory, out, "bidirectional");
          r.table.audit();
          expect(cam.domain!.stats().mapped).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("fails at any step without leaving anything behind", () => {
    const r = behind();
    const cam = r.device("cam");
    const memory = list("0x50000000+8K,0x60000000+4K");
    const out = new DmaSegments();
    const before = cam.domain!.stats();
    for (const [step, errno] of [
      [1, -12],
      [2, -12],
    ] as const) {
      r.world.faults.failNth(step);
      expect(r.api.mapSg(cam, memory, "bidirectional", {}, out)).toBe(errno);
      expect(explainMapFailure(cam, memory, errno)).toMatchObject({ code: "other", errno: "ENOMEM" });
      expect(cam.domain!.stats()).toEqual({ ...before, failures: step });
      r.table.audit();
    }
    r.world.faults.failNth(3);
    expect(r.api.mapSg(cam, memory, "bidirectional", {}, out)).toBe(1);
  });
});

describe("IommuDomain", () => {
  const world = makeWorld(board({ ram: "0x40000000+1G" }));
  const shape = {
    name: "test",
    pageSizes: [4096, 2 ** 16, 2 ** 21],
    aperture: { base: 0, end: 2 ** 32 },
    outputBits: 40,
  };

  /** Maps blocks into a domain. */
  function fill(domain: IommuDomain, text: string) {
    const memory = list(text);
    const mapping = domain.take(memory.size, 2 ** 32 - 1, "bidirectional")!;
    for (let i = 0; i < memory.count; i += 1) mapping.own.append(memory.physAddr[i]!, memory.length[i]!);
    expect(domain.install(mapping)).toBe(true);
    return mapping;
  }

  it("keeps neighbours as one run", () => {
    expect(fill(new IommuDomain(world, shape), "0x50000000+4K,0x50001000+8K,0x60000000+4K").pages.count).toBe(2);
  });

  it("uses the largest pages that addresses and length allow", () => {
    const domain = new IommuDomain(world, shape);
    // 4 MiB at a multiple of 4 MiB: two pages of 2 MiB.
    fill(domain, "0x50000000+4M");
    expect(domain.tableEntries()).toEqual([0, 0, 2]);
    // 128 KiB that lies 64 KiB off, and one page that is aligned to nothing larger.
    fill(domain, "0x60010000+128K");
    fill(domain, "0x60001000+4K");
    expect(domain.tableEntries()).toEqual([1, 2, 2]);
  });

  it("starts with small pages where larger ones can follow", () => {
    const domain = new IommuDomain(world, shape);
    // The second block is as far from a multiple of 64 KiB as its place in the range: 15 pages, then one of 64 KiB.
    fill(domain, "0x50000000+4K,0x60001000+124K");
    expect(domain.tableEntries()).toEqual([16, 1, 0]);
  });

  it("never hands out reserved addresses, and maps direct ones to themselves", () => {
    const domain = new IommuDomain(world, {
      ...shape,
      reserved: [
        { base: 0xfff00000, size: 0x100000, direct: false },
        { base: 0x80000000, size: 0x10000, direct: true },
      ],
    });
    expect(fill(domain, "0x50000000+4K").iova).toBe(0xffeff000);
    expect(domain.translate(0x80000100, "write")).toEqual({ physAddr: 0x80000100, bytes: 0xff00 });
    expect(domain.translate(0xfff00000, "read")).toBeNull();
  });

  it("gives addresses of a lazy domain away again only after a flush, and shows nothing behind them meanwhile", () => {
    const domain = new IommuDomain(world, { ...shape, aperture: { base: 0x1000, end: 0x2000 }, lazy: true });
    const mapping = fill(domain, "0x50000000+4K");
    domain.unmap(mapping);
    expect(domain.translate(0x1000, "read")).toBeNull();
    expect(domain.take(4096, 2 ** 32 - 1, "bidirectional")).toBeNull();
    domain.flush();
    expect(fill(domain, "0x60000000+4K").iova).toBe(0x1000);
  });

  it("leaves out address 0, and the parts of a page at the ends of the aperture", () => {
    const domain = new IommuDomain(world, { ...shape, aperture: { base: 0, end: 0x2fff } });
    expect(fill(domain, "0x50000000+4K").iova).toBe(0x1000);
    expect(domain.take(4096, 2 ** 32 - 1, "bidirectional")).toBeNull();
  });

  it("throws for page sizes and apertures that make no sense", () => {
    expect(() => new IommuDomain(world, { ...shape, pageSizes: [] })).toThrow(RangeError);
    expect(() => new IommuDomain(world, { ...shape, pageSizes: [65536, 4096] })).toThrow("65536, 4096");
    expect(() => new IommuDomain(world, { ...shape, aperture: { base: 0, end: 4096 } })).toThrow("no whole page");
  });
});

describe("blockOrders", () => {
  const world = makeWorld(board({ ram: "0x40000000+1G" }));
  const orders = (pageSizes: number[], attrs = {}): readonly number[] => {
    const domain = new IommuDomain(world, {
      name: "d",
      pageSizes,
      aperture: { base: 0, end: 2 ** 32 },
      outputBits: 40,
    });
    return blockOrders(domain, 4096, 10, attrs);
  };

  // Linux 6.12 drivers/iommu/dma-iommu.c __iommu_dma_alloc_pages().
  it("is the page sizes as orders, as far as the page allocator goes", () => {
    expect(orders([4096, 2 ** 21, 2 ** 30])).toEqual([9, 0]);
    expect(orders([4096, 2 ** 16, 2 ** 21])).toEqual([9, 4, 0]);
  });

  it("is single pages for those who will split them", () => {
    expect(orders([4096, 2 ** 21], { allocSinglePages: true })).toEqual([0]);
  });
});
