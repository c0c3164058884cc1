import { describe, expect, it } from "vitest";
import { DMA_MAPPING_ERROR } from "../../../src/simulate/mapping/dma-map-ops.js";
import { explainMapFailure } from "../../../src/simulate/mapping/map-failure.js";
import { DmaSegments } from "../../../src/simulate/scatter-list.js";
import { bytes, device, region } from "../../machine-builder.js";
import { list, mapList, rig, shown } from "./rig.js";

describe("mapping directly", () => {
  it("gives one entry for each entry, neither joined nor cut to max_segment_size", () => {
    // Linux 6.12 kernel/dma/direct.c dma_direct_map_sg(): dma_len = length, neither max_segment_size nor the boundary counts.
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")] });
    expect(mapList(r, r.device("cam"), "0x50000000+1M,0x50100000+4K")).toEqual([
      "0x50000000+0x100000",
      "0x50100000+0x1000",
    ]);
  });

  it("does not look at the boundary either", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")] });
    const cam = r.device("cam", { segmentBoundaryMask: 0xffff });
    expect(mapList(r, cam, "0x50008000+64K")).toEqual(["0x50008000+0x10000"]);
  });

  it("shifts addresses to where the bus shows memory", () => {
    // Linux 6.12 include/linux/dma-direct.h translate_phys_to_dma().
    const r = rig({ ram: "0+4G", devices: [device("cam", { windows: ["0@0xc0000000+1G"] })] }, { bounces: false });
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x10000000+4K")).toEqual(["0xd0000000+0x1000"]);
    expect(r.api.translate(cam, 0xd0000000, "read")).toEqual({ physAddr: 0x10000000, bytes: 0x30000000 });
    expect(mapList(r, cam, "0x50000000+4K")).toBe(-5);
    expect(r.api.translate(cam, 0x10000000, "read")).toBeNull();
  });

  it("maps what starts in a window and leaves it, and the device then meets something else", () => {
    // Linux 6.12 include/linux/dma-direct.h translate_phys_to_dma(): only the start of a block is translated.
    const r = rig({
      ram: "0+2G",
      devices: [device("cam", { windows: ["0@0x10000000+256M", "0x10000000@0x40000000+256M"] })],
    });
    const cam = r.device("cam");
    expect(mapList(r, cam, "0xffff000+8K")).toEqual(["0x1ffff000+0x2000"]);
    expect(r.api.translate(cam, 0x1ffff000, "read")).toEqual({ physAddr: 0xffff000, bytes: 4096 });
    expect(r.api.translate(cam, 0x20000000, "read")).toBeNull();
  });

  it("cuts entries for an engine that takes short ones and only so many, where Linux 6.12 would not", () => {
    const r = rig({
      ram: "0x40000000+1G",
      devices: [device("scaler", { maxSegments: 4, maxSegmentSize: bytes("64K") })],
    });
    const scaler = r.device("scaler");
    expect(mapList(r, scaler, "0x50000000+128K,0x60000000+4K")).toEqual([
      "0x50000000+0x10000",
      "0x50010000+0x10000",
      "0x60000000+0x1000",
    ]);
    expect(mapList(r, scaler, "0x50000000+256K,0x60000000+4K")).toBe(-28);
    expect(explainMapFailure(scaler, list("0x50000000+256K,0x60000000+4K"), -28)).toEqual({
      code: "too-many-segments",
      errno: "ENOSPC",
      device: "/soc/scaler",
      size: 0x41000,
      segments: 5,
      maxSegments: 4,
    });
  });

  it("does nothing for a coherent device, and guards nothing: it meets whatever lies at an address", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam", { coherent: true })] });
    expect(r.api.translate(r.device("cam"), 0x40000000, "write")).toMatchObject({ physAddr: 0x40000000 });
  });

  it("lets a device reach its own mappings only, when usage is checked", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")] }, { checks: true });
    const cam = r.device("cam");
    mapList(r, cam, "0x50000000+8K");
    expect(r.api.translate(cam, 0x50001000, "read")).toEqual({ physAddr: 0x50001000, bytes: 4096 });
    expect(r.api.translate(cam, 0x50002000, "read")).toBeNull();
  });

  it("tells limits as the kernel does", () => {
    const reaches = rig({ ram: "0x40000000+1G", devices: [device("cam")] });
    expect(reaches.api.maxMappingSize(reaches.device("cam"))).toBe("unlimited");
    expect(reaches.api.mergeBoundary(reaches.device("cam"))).toBe(0);
    // RAM above 4 GiB, a mask of 32 bits: what bounces is at most 256 KiB.
    const limited = rig({ ram: "0x40000000+8G", devices: [device("cam")] });
    expect(limited.api.maxMappingSize(limited.device("cam"))).toBe(bytes("256K"));
    expect(limited.api.optMappingSize(limited.device("cam"))).toBe(bytes("256K"));
    expect(limited.api.maxMappingSize(limited.device("cam", { minAlignMask: 4095 }))).toBe(258048);
    // Linux 6.12 kernel/dma/mapping.c dma_addressing_limited(): a mask that is wide enough, and a window that leaves RAM out.
    const windowed = rig({ ram: "0+2G", devices: [device("cam", { windows: ["0x40000000@0x40000000+1G"] })] });
    expect(windowed.api.maxMappingSize(windowed.device("cam"))).toBe(bytes("256K"));
    // Nothing to bounce through: only addresses limit it.
    const without = rig({ ram: "0x40000000+8G", devices: [device("cam")], commandLine: "swiotlb=noforce" });
    expect(without.api.maxMappingSize(without.device("cam"))).toBe("unlimited");
  });
});

describe("bouncing", () => {
  const far = () => rig({ ram: "0x40000000+8G", devices: [device("cam")] });

  it("copies what is out of reach to the pool, and what is in reach not at all", () => {
    const r = far();
    const cam = r.device("cam");
    // The pool is the top 64 MiB below 4 GiB.
    expect(mapList(r, cam, "0x140000000+8K,0x50000000+4K")).toEqual(["0xfc000000+0x2000", "0x50000000+0x1000"]);
    expect(cam.bouncePool!.stats().used).toBe(4);
  });

  it("starts the copy as the original is, whatever the direction", () => {
    // Linux 6.12 kernel/dma/swiotlb.c swiotlb_tbl_map_single().
    for (const direction of ["to-device", "from-device", "bidirectional"] as const) {
      const r = far();
      const cam = r.device("cam");
      r.world.memory!.write(0x140000000, Uint8Array.of(7, 8));
      const at: number = r.api.mapPage(cam, 0x140000000, 4096, direction);
      expect(r.world.memory!.byteAt(at)).toBe(7);
    }
  });

  it("copies back at unmap what a device may have written, and nothing when it only read", () => {
    for (const [direction, after] of [
      ["to-device", 7],
      ["from-device", 9],
      ["bidirectional", 9],
    ] as const) {
      const r = far();
      const cam = r.device("cam");
      r.world.memory!.write(0x140000000, Uint8Array.of(7));
      const at: number = r.api.mapPage(cam, 0x140000000, 4096, direction);
      r.world.memory!.write(at, Uint8Array.of(9));
      r.api.unmapPage(cam, at, 4096, direction);
      expect(r.world.memory!.byteAt(0x140000000)).toBe(after);
      expect(cam.bouncePool!.stats().used).toBe(0);
    }
  });

  it("copies nothing back when the caller looks after caches", () => {
    const r = far();
    const cam = r.device("cam");
    const at: number = r.api.mapPage(cam, 0x140000000, 4096, "from-device");
    r.world.memory!.write(at, Uint8Array.of(9));
    r.api.unmapPage(cam, at, 4096, "from-device", { skipCpuSync: true });
    expect(r.world.memory!.byteAt(0x140000000)).toBe(0);
  });

  it("leaves nothing of a copy in the CPU's cache, be it that the pool itself is out of reach", () => {
    const board = (window: string) =>
      rig(
        { ram: "0x40000000+1G", commandLine: "swiotlb=force", devices: [device("cam", { windows: [window] })] },
        { cpuCache: true },
      );
    const reached = board("0x40000000@0x40000000+1G");
    const at: number = reached.api.mapPage(reached.device("cam"), 0x50000000, 4096, "to-device");
    reached.context.cache!.write(at, Uint8Array.of(1));
    reached.api.unmapPage(reached.device("cam"), at, 4096, "to-device");
    expect(reached.context.cache!.dirtyLines).toBe(0);
    const beyond = board("0x40000000@0x40000000+512M");
    expect(beyond.api.mapPage(beyond.device("cam"), 0x50000000, 4096, "to-device")).toBe(DMA_MAPPING_ERROR);
    expect(beyond.context.cache!.dirtyLines).toBe(0);
    expect(beyond.device("cam").bouncePool!.stats().used).toBe(0);
  });

  it("leaves a copy alone when an unmap begins in the middle of it", () => {
    const r = far();
    const cam = r.device("cam");
    const at: number = r.api.mapPage(cam, 0x140000000, 8192, "to-device");
    r.api.unmapPage(cam, at + 2048, 2048, "to-device");
    expect(cam.bouncePool!.stats().used).toBe(4);
    r.table.audit();
  });

  // Linux 6.12 kernel/dma/swiotlb.c swiotlb_bounce(): "Buffer overflow detected".
  it("copies no byte beyond the copy, whatever size is given", () => {
    const r = far();
    const cam = r.device("cam");
    const memory = r.world.memory!;
    const at: number = r.api.mapPage(cam, 0x140000100, 4000, "bidirectional");
    const next: number = r.api.mapPage(cam, 0x150000000, 4096, "bidirectional");
    expect(next - at).toBe(4096);
    memory.write(next, Uint8Array.of(9));
    memory.write(0x140000100 + 4000, Uint8Array.of(5));
    r.api.syncSingleForCpu(cam, at, 8192, "bidirectional");
    r.api.syncSingleForDevice(cam, at, 8192, "bidirectional");
    r.api.unmapPage(cam, at, 8192, "bidirectional");
    expect(memory.byteAt(0x140000100 + 4000)).toBe(5);
    expect(memory.byteAt(next)).toBe(9);
  });

  it("copies on each sync, in the direction of the sync", () => {
    const r = far();
    const cam = r.device("cam");
    const memory = r.world.memory!;
    const at: number = r.api.mapPage(cam, 0x140000000, 4096, "bidirectional");
    memory.write(at + 100, Uint8Array.of(5));
    expect(memory.byteAt(0x140000064)).toBe(0);
    r.api.syncSingleForCpu(cam, at + 100, 1, "bidirectional");
    expect(memory.byteAt(0x140000064)).toBe(5);
    memory.write(0x140000064, Uint8Array.of(6));
    r.api.syncSingleForDevice(cam, at + 100, 1, "bidirectional");
    expect(memory.byteAt(at + 100)).toBe(6);
  });

  it("refuses entries beyond 256 KiB, as the 1 MiB blocks of the system heap are, and undoes what it did", () => {
    const r = far();
    const cam = r.device("cam");
    expect(mapList(r, cam, "0x140000000+256K,0x150000000+1M")).toBe(-5);
    expect(explainMapFailure(cam, list("0x140000000+256K,0x150000000+1M"), -5)).toEqual({
      code: "bounce-too-large",
      errno: "EIO",
      device: "/soc/cam",
      size: bytes("1M") + bytes("256K"),
      physAddr: 0x150000000,
      blockSize: bytes("1M"),
      most: bytes("256K"),
    });
    expect(cam.bouncePool!.stats().used).toBe(0);
    r.table.audit();
  });

  it("refuses when the pool is full, with the numbers of the pool", () => {
    const r = rig({ ram: "0x40000000+8G", devices: [device("cam")], commandLine: "swiotlb=512" });
    const cam = r.device("cam");
    for (let i = 0; i < 4; i += 1) expect(mapList(r, cam, `0x14${i}000000+256K`)).toHaveLength(1);
    expect(mapList(r, cam, "0x150000000+4K")).toBe(-5);
    expect(explainMapFailure(cam, list("0x150000000+4K"), -5)).toMatchObject({
      code: "bounce-full",
      slots: 512,
      used: 512,
      largest: 0,
      blockSize: 4096,
    });
  });

  it("refuses without a pool what is out of reach", () => {
    const r = rig({ ram: "0x40000000+8G", devices: [device("cam")], commandLine: "swiotlb=noforce" });
    const cam = r.device("cam");
    expect(cam.bouncePool).toBeNull();
    expect(mapList(r, cam, "0x50000000+4K,0x140000000+4K")).toBe(-5);
    expect(r.api.mapPage(cam, 0x140000000, 4096, "to-device")).toBe(DMA_MAPPING_ERROR);
    expect(explainMapFailure(cam, list("0x50000000+4K,0x140000000+4K"), -5)).toMatchObject({
      code: "beyond-reach",
      physAddr: 0x140000000,
      limit: 0xffffffff,
    });
  });

  it("bounces everything with swiotlb=force, by operations of that name", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")], commandLine: "swiotlb=force" });
    const cam = r.device("cam");
    expect(cam.ops.name).toBe("swiotlb");
    const seen = mapList(r, cam, "0x50000000+4K");
    expect(seen).toEqual(["0x7ff00000+0x1000"]);
  });

  it("bounces small blocks of devices that do not snoop, if they write: 24 bytes, not 64", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam"), device("snoops", { coherent: true })] });
    const cam = r.device("cam");
    expect(r.api.mapPage(cam, 0x50000040, 24, "from-device")).not.toBe(0x50000040);
    expect(r.api.mapPage(cam, 0x50000040, 64, "from-device")).toBe(0x50000040);
    expect(r.api.mapPage(cam, 0x50000040, 24, "to-device")).toBe(0x50000040);
    expect(r.api.mapPage(r.device("snoops"), 0x50000040, 24, "from-device")).toBe(0x50000040);
  });

  it("fails at any step of a list without leaving anything behind", () => {
    const r = far();
    const cam = r.device("cam");
    const memory = list("0x140000000+8K,0x50000000+4K,0x150000000+8K");
    const out = new DmaSegments();
    for (const step of [1, 2]) {
      r.world.faults.failNth(step);
      expect(r.api.mapSg(cam, memory, "bidirectional", {}, out)).toBe(-5);
      expect(out.count).toBe(0);
      expect(cam.bouncePool!.stats()).toMatchObject({ used: 0, failures: step });
      r.table.audit();
    }
    expect(r.api.mapSg(cam, memory, "bidirectional", {}, out)).toBe(3);
    r.api.unmapSg(cam, memory, out, "bidirectional");
    expect(cam.bouncePool!.stats().used).toBe(0);
  });
});

describe("a restricted pool", () => {
  const restricted = () =>
    rig({
      ram: "0x40000000+1G",
      regions: [region("pool", "restricted-pool", "0x50000000+4M")],
      devices: [device("wifi", { regions: ["pool"] })],
    });

  it("takes every mapping of its devices, in reach or not", () => {
    const r = restricted();
    const wifi = r.device("wifi");
    expect(wifi.ops.name).toBe("swiotlb");
    expect(mapList(r, wifi, "0x60000000+4K")).toEqual(["0x50000000+0x1000"]);
  });

  it("bounds one mapping to 256 KiB, though everything is in reach", () => {
    const r = restricted();
    expect(r.api.maxMappingSize(r.device("wifi"))).toBe(bytes("256K"));
    expect(mapList(r, r.device("wifi"), "0x60000000+256K")).toHaveLength(1);
    expect(mapList(r, r.device("wifi"), "0x60000000+257K")).toBe(-5);
  });

  it("hands out coherent memory from the same slots, up to 256 KiB", () => {
    const r = restricted();
    const wifi = r.device("wifi");
    mapList(r, wifi, "0x60000000+4K");
    expect(r.api.alloc(wifi, bytes("8K"))!.dmaAddr).toBe(0x50002000);
    expect(r.heaps.get("restricted-pool:pool")!.stats().used).toBe(bytes("8K"));
    expect(wifi.bouncePool!.stats().used).toBe(6);
    expect(r.api.alloc(wifi, bytes("256K"))!.dmaAddr).toBe(0x50040000);
    expect(r.api.alloc(wifi, bytes("260K"))).toBeNull();
    expect(r.context.lastRefusal).toMatchObject({ heap: "restricted-pool:pool", requested: bytes("260K") });
  });

  it("has as much less for coherent memory as mappings take", () => {
    const r = restricted();
    const heap = r.heaps.get("restricted-pool:pool")!;
    const free = heap.stats().free;
    mapList(r, r.device("wifi"), "0x60000000+64K,0x61000000+2048");
    expect(heap.stats()).toMatchObject({ used: 0, free: free - bytes("66K") });
    heap.audit();
    r.api.alloc(r.device("wifi"), 4096);
    expect(heap.stats()).toMatchObject({ used: 4096, free: free - bytes("70K") });
    expect(r.device("wifi").bouncePool!.stats()).toMatchObject({ used: 35, copies: 33 });
    heap.audit();
  });

  it("is whole again when everything was given back", () => {
    const r = restricted();
    const wifi = r.device("wifi");
    const out = new DmaSegments();
    const memory = list("0x60000000+4K");
    r.api.mapSg(wifi, memory, "bidirectional", {}, out);
    expect(shown(out)).toEqual(["0x50000000+0x1000"]);
    const buffer = r.api.alloc(wifi, bytes("64K"))!;
    r.api.unmapSg(wifi, memory, out, "bidirectional");
    r.api.free(buffer);
    expect(wifi.bouncePool!.stats().used).toBe(0);
    r.table.audit();
    r.heaps.audit();
  });
});
