import { describe, expect, it } from "vitest";
import { DmaSegments } from "../../../src/simulate/scatter-list.js";
import { bytes, device, iommu } from "../../machine-builder.js";
import { list, mapList, type Rig, rig } from "./rig.js";

/** A GPU with tables of its own, and a display whose driver runs its IOMMU. */
function engines(): Rig {
  return rig({
    ram: "0x40000000+8G",
    iommus: [iommu("/iommu")],
    devices: [
      device("gpu", { translation: "device-mmu", mmuOutputBits: 33, mask: "0xffffffffffff" }),
      device("narrow-gpu", { translation: "device-mmu", mmuOutputBits: 33 }),
      device("vop", { iommu: "/iommu", translation: "driver-domain", mask: "0xffffffffffff" }),
      device("narrow-vop", { iommu: "/iommu", translation: "driver-domain" }),
    ],
  });
}

describe("mapping for an engine whose driver runs the address space", () => {
  it("gives one range of the engine's own addresses, whatever the list is made of", () => {
    const r = engines();
    const gpu = r.device("gpu");
    expect(mapList(r, gpu, "0x50000000+8K,0x60000000+4K")).toEqual(["0xffffc000+0x3000"]);
    expect(r.api.translate(gpu, 0xffffe010, "read")).toEqual({ physAddr: 0x60000010, bytes: 0xff0 });
    expect(r.api.translate(gpu, 0x50000000, "read")).toBeNull();
  });

  it("needs the DMA API to map first, with the limits of the device it is given", () => {
    const r = engines();
    expect(mapList(r, r.device("narrow-vop"), "0x140000000+1M")).toBe(-5);
    expect(mapList(r, r.device("vop"), "0x140000000+1M")).toHaveLength(1);
  });

  it("follows the DMA API to a copy for tables of the engine's own, and shows the original in a domain of the driver's", () => {
    const r = engines();
    const [gpu, vop] = [r.device("narrow-gpu"), r.device("narrow-vop")];
    mapList(r, gpu, "0x140000000+8K");
    expect(gpu.bouncePool!.contains(r.api.translate(gpu, 0xffffe000, "read")!.physAddr)).toBe(true);
    mapList(r, vop, "0x150000000+8K");
    expect(r.api.translate(vop, 0xffffe000, "read")).toEqual({ physAddr: 0x150000000, bytes: 0x2000 });
  });

  it("keeps the copy up to date when asked to", () => {
    const r = engines();
    const gpu = r.device("narrow-gpu");
    const memory = list("0x140000000+8K");
    const out = new DmaSegments();
    r.api.mapSg(gpu, memory, "bidirectional", {}, out);
    const copy = r.api.translate(gpu, out.address[0]! + 4096, "read")!.physAddr;
    r.world.memory!.write(0x140001000, Uint8Array.of(3));
    r.api.syncSgForDevice(gpu, out, "bidirectional");
    expect(r.world.memory!.byteAt(copy)).toBe(3);
    r.world.memory!.write(copy, Uint8Array.of(4));
    r.api.syncSingleForCpu(gpu, out.address[0]! + 4096, 1, "bidirectional");
    expect(r.world.memory!.byteAt(0x140001000)).toBe(4);
    r.api.unmapSg(gpu, memory, out, "bidirectional");
    expect(gpu.bouncePool!.stats().used).toBe(0);
    expect(gpu.domain!.stats().mappings).toBe(0);
  });

  it("refuses blocks that are no whole pages, and pages beyond its tables", () => {
    const r = engines();
    const gpu = r.device("gpu");
    expect(mapList(r, gpu, "0x50000800+4K")).toBe(-22);
    expect(mapList(r, gpu, "0x200000000+4K")).toBe(-22);
    expect(gpu.domain!.stats()).toMatchObject({ mappings: 0, mapped: 0 });
  });

  it("undoes the first mapping when the second fails", () => {
    const r = engines();
    const gpu = r.device("narrow-gpu");
    for (const step of [1, 2, 3]) {
      r.world.faults.failNth(step);
      expect(mapList(r, gpu, "0x140000000+8K")).toBeLessThan(0);
      expect(gpu.bouncePool!.stats().used).toBe(0);
      r.table.audit();
    }
    expect(mapList(r, gpu, "0x140000000+8K")).toHaveLength(1);
  });

  it("maps a block like a list of one", () => {
    const r = engines();
    const vop = r.device("vop");
    const at = r.api.mapPage(vop, 0x50000000, 4096, "to-device");
    expect(at).toBe(0xfffff000);
    r.api.unmapPage(vop, at, 4096, "to-device");
    expect(vop.domain!.stats().mappings).toBe(0);
  });

  it("allocates pages from anywhere, mapped for the engine alone", () => {
    const r = engines();
    const buffer = r.api.alloc(r.device("vop"), bytes("1M"))!;
    expect(buffer.backing.heap.source.id).toBe("system");
    expect(r.api.translate(buffer.device, buffer.dmaAddr, "write")).not.toBeNull();
    r.api.free(buffer);
    expect(r.heaps.get("system")!.stats().used).toBe(0);
  });
});

describe("mapping for a driver that copies with the CPU", () => {
  it("maps nothing, so that nothing is out of reach", () => {
    const r = rig({ ram: "0x40000000+8G", devices: [device("cam", { queue: "vmalloc", mask: "0xffffff" })] });
    const cam = r.device("cam");
    expect(cam.ops.name).toBe("cpu");
    expect(mapList(r, cam, "0x140000000+1M")).toEqual(["0x140000000+0x100000"]);
  });
});
