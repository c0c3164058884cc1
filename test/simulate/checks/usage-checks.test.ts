import { describe, expect, it } from "vitest";
import { describeFinding, type Finding } from "../../../src/simulate/checks/finding.js";
import { DMA_MAPPING_ERROR } from "../../../src/simulate/mapping/dma-map-ops.js";
import { DmaSegments } from "../../../src/simulate/scatter-list.js";
import { device, iommu } from "../../machine-builder.js";
import { list, type Rig, rig } from "../mapping/rig.js";

/** Two direct devices and one behind an IOMMU, watched. */
function watched(): Rig {
  return rig(
    {
      ram: "0x40000000+1G",
      cma: "0x70000000+16M",
      iommus: [iommu("/iommu")],
      devices: [device("cam"), device("enc"), device("vpu", { iommu: "/iommu" })],
    },
    { checks: true },
  );
}

/** What was found, without places. */
function found(r: Rig): readonly object[] {
  return r.api.checks!.findings.map(({ at: _at, mappedAt: _mappedAt, ...rest }) => rest);
}

/** Maps a block of the first device, and says that the error was looked for. */
function mapChecked(
  r: Rig,
  name: string,
  physAddr: number,
  size: number,
  direction: "to-device" | "from-device",
): number {
  const at = r.api.mapPage(r.device(name), physAddr, size, direction);
  r.api.mappingError(r.device(name), at);
  return at;
}

describe("usage checks", () => {
  it("find nothing in right use", () => {
    const r = watched();
    const cam = r.device("cam");
    const at = mapChecked(r, "cam", 0x50000000, 8192, "from-device");
    r.api.syncSingleForCpu(cam, at + 4096, 4096, "from-device");
    r.api.unmapPage(cam, at, 8192, "from-device");
    const out = new DmaSegments();
    const memory = list("0x50000000+8K,0x60000000+4K");
    for (const name of ["cam", "vpu"]) {
      r.api.mapSg(r.device(name), memory, "bidirectional", {}, out);
      r.api.syncSgForDevice(r.device(name), out, "to-device");
      r.api.unmapSg(r.device(name), memory, out, "bidirectional");
    }
    r.api.free(r.api.alloc(cam, 4096)!);
    expect(found(r)).toEqual([]);
    expect(r.api.checks!.leaks()).toEqual([]);
    expect(r.api.checks!.mappings).toBe(0);
  });

  it("find the same without places when nobody wants to know them", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")] }, { checks: true, callSites: false });
    const at = mapChecked(r, "cam", 0x50000000, 4096, "to-device");
    r.api.unmapPage(r.device("cam"), at, 4096, "from-device");
    expect(r.api.checks!.findings.map(describeFinding)).toEqual([
      "/soc/cam unmaps 4 KiB at 0x50000000 as from-device; it was mapped to-device",
    ]);
  });

  it("find a second unmap, and do not carry it out", () => {
    const r = watched();
    const vpu = r.device("vpu");
    const out = new DmaSegments();
    const memory = list("0x50000000+8K");
    r.api.mapSg(vpu, memory, "to-device", {}, out);
    r.api.unmapSg(vpu, memory, out, "to-device");
    r.api.unmapSg(vpu, memory, out, "to-device");
    expect(found(r)).toMatchObject([{ code: "double-unmap", device: "/soc/vpu", dmaAddr: 0xffffe000 }]);
    r.table.audit();
  });

  it("find an unmap of what was never mapped, and of a mapping that failed", () => {
    const r = watched();
    r.api.unmapPage(r.device("cam"), 0x50000000, 4096, "to-device");
    r.api.unmapPage(r.device("cam"), DMA_MAPPING_ERROR, 4096, "to-device");
    expect(found(r)).toEqual([
      { code: "unmap-unknown", device: "/soc/cam", dmaAddr: 0x50000000, size: 4096 },
      { code: "unmap-failed-mapping", device: "/soc/cam", dmaAddr: -1, size: 4096 },
    ]);
  });

  it("find an unmap by another device, and leave the mapping alone", () => {
    const r = watched();
    const at = mapChecked(r, "cam", 0x50000000, 4096, "to-device");
    r.api.unmapPage(r.device("enc"), at, 4096, "to-device");
    expect(found(r)).toEqual([
      { code: "wrong-device", device: "/soc/enc", dmaAddr: 0x50000000, size: 4096, owner: "/soc/cam" },
    ]);
    expect(r.api.checks!.mappings).toBe(1);
  });

  it("find another direction, size or call than that of the mapping", () => {
    const r = watched();
    const cam = r.device("cam");
    const at = mapChecked(r, "cam", 0x50000000, 8192, "from-device");
    const out = new DmaSegments();
    out.push(at, 8192);
    r.api.unmapSg(cam, list("0x50000000+8K"), out, "to-device");
    mapChecked(r, "cam", 0x50000000, 8192, "from-device");
    r.api.unmapPage(cam, at, 4096, "from-device");
    expect(found(r)).toEqual([
      { code: "wrong-function", device: "/soc/cam", dmaAddr: at, size: 8192, mapped: "page", used: "list" },
      {
        code: "wrong-direction",
        device: "/soc/cam",
        dmaAddr: at,
        size: 8192,
        mapped: "from-device",
        used: "to-device",
        call: "unmap",
      },
      { code: "wrong-size", device: "/soc/cam", dmaAddr: at, size: 4096, mapped: 8192 },
    ]);
  });

  it("find a list unmapped for another one", () => {
    const r = watched();
    const out = new DmaSegments();
    r.api.mapSg(r.device("vpu"), list("0x50000000+8K"), "to-device", {}, out);
    r.api.unmapSg(r.device("vpu"), list("0x50000000+4K"), out, "to-device");
    expect(found(r)).toMatchObject([{ code: "wrong-size", size: 4096, mapped: 8192 }]);
  });

  it("find coherent memory unmapped, and mapped memory given back, and do neither", () => {
    const r = watched();
    const [vpu, cam] = [r.device("vpu"), r.device("cam")];
    const buffer = r.api.alloc(vpu, 4096)!;
    r.api.unmapPage(vpu, buffer.dmaAddr, 4096, "bidirectional");
    const copy = r.api.alloc(cam, 8192)!;
    r.api.free(copy);
    const at = mapChecked(r, "cam", copy.dmaAddr, 8192, "from-device");
    r.api.free(copy);
    expect(found(r)).toEqual([
      {
        code: "wrong-function",
        device: "/soc/vpu",
        dmaAddr: buffer.dmaAddr,
        size: 4096,
        mapped: "coherent",
        used: "page",
      },
      { code: "wrong-function", device: "/soc/cam", dmaAddr: at, size: 8192, mapped: "page", used: "coherent" },
    ]);
    expect(r.api.translate(vpu, buffer.dmaAddr, "read")).not.toBeNull();
    r.api.free(buffer);
    r.api.unmapPage(cam, at, 8192, "from-device");
    expect(r.api.checks!.mappings).toBe(0);
    expect(r.heaps.get("system")!.stats().used).toBe(0);
    expect(r.api.checks!.found).toBe(2);
  });

  it("find a sync outside of every mapping, and in a direction that was not mapped", () => {
    const r = watched();
    const cam = r.device("cam");
    const at = mapChecked(r, "cam", 0x50000000, 8192, "from-device");
    r.api.syncSingleForCpu(cam, at + 4096, 8192, "from-device");
    r.api.syncSingleForDevice(cam, at, 4096, "to-device");
    expect(found(r)).toEqual([
      { code: "sync-outside", device: "/soc/cam", dmaAddr: at + 4096, size: 8192 },
      {
        code: "wrong-direction",
        device: "/soc/cam",
        dmaAddr: at,
        size: 4096,
        mapped: "from-device",
        used: "to-device",
        call: "sync",
      },
    ]);
  });

  it("take the mapping that a sync is right for, where a device has the same memory twice", () => {
    const r = watched();
    const cam = r.device("cam");
    const out = new DmaSegments();
    const memory = list("0x50000000+8K");
    for (const direction of ["to-device", "from-device"] as const) r.api.mapSg(cam, memory, direction, {}, out);
    r.api.syncSgForDevice(cam, out, "to-device");
    r.api.syncSgForCpu(cam, out, "from-device");
    r.api.syncSingleForCpu(cam, out.address[0]! + 4096, 64, "from-device");
    r.api.syncSingleForDevice(cam, out.address[0]! + 4096, 64, "to-device");
    expect(found(r)).toEqual([]);
  });

  it("take segments that follow each other as one range for a sync", () => {
    const r = watched();
    const out = new DmaSegments();
    r.api.mapSg(r.device("vpu"), list("0x50000000+64K,0x60000000+64K"), "from-device", {}, out);
    expect(out.count).toBe(2);
    r.api.syncSingleForCpu(r.device("vpu"), out.address[0]!, 0x20000, "from-device");
    expect(found(r)).toEqual([]);
  });

  it("find a mapping that nobody asked about, when it is used up", () => {
    const r = watched();
    const at = r.api.mapPage(r.device("cam"), 0x50000000, 4096, "to-device");
    r.api.unmapPage(r.device("cam"), at, 4096, "to-device");
    expect(found(r)).toEqual([{ code: "error-not-checked", device: "/soc/cam", dmaAddr: at, size: 4096 }]);
  });

  it("find mappings that overlap when a device writes one of them", () => {
    const r = watched();
    mapChecked(r, "cam", 0x50000000, 8192, "to-device");
    mapChecked(r, "enc", 0x50001000, 8192, "to-device");
    expect(found(r)).toEqual([]);
    mapChecked(r, "enc", 0x50001800, 64, "from-device");
    expect(found(r)).toEqual([
      {
        code: "overlap",
        device: "/soc/enc",
        dmaAddr: 0x50001800,
        size: 64,
        other: "/soc/cam",
        otherAddr: 0x50000000,
        otherMappedAt: expect.anything(),
      },
    ]);
  });

  it("let devices share a list, which is what buffers are for, and find other memory that overlaps it", () => {
    const r = watched();
    const out = new DmaSegments();
    const memory = list("0x50000000+4K,0x60000000+4K");
    for (const name of ["cam", "enc", "vpu"]) r.api.mapSg(r.device(name), memory, "bidirectional", {}, out);
    expect(found(r)).toEqual([]);
    r.api.mapSg(r.device("enc"), list("0x70000000+4K,0x5fffff00+512"), "to-device", {}, out);
    expect(found(r)).toMatchObject([{ code: "overlap", device: "/soc/enc", other: "/soc/cam" }]);
  });

  it("find a list that was only read so far, and is written now, overlapping", () => {
    const r = watched();
    const out = new DmaSegments();
    const memory = list("0x50000000+4K");
    r.api.mapSg(r.device("cam"), memory, "to-device", {}, out);
    mapChecked(r, "enc", 0x50000000, 64, "to-device");
    r.api.mapSg(r.device("vpu"), memory, "from-device", {}, out);
    expect(found(r)).toMatchObject([{ code: "overlap", device: "/soc/vpu", other: "/soc/enc" }]);
  });

  it("forget memory with its last mapping", () => {
    const r = watched();
    const cam = r.device("cam");
    const out = new DmaSegments();
    const memory = list("0x50000000+4M,0x60000000+4K");
    r.api.mapSg(cam, memory, "from-device", {}, out);
    r.api.unmapSg(cam, memory, out, "from-device");
    mapChecked(r, "enc", 0x50100000, 64, "from-device");
    expect(found(r)).toEqual([]);
  });

  it("allow overlaps to who looks after caches", () => {
    const r = watched();
    r.api.mapPage(r.device("cam"), 0x50000000, 8192, "from-device", { skipCpuSync: true });
    r.api.mapPage(r.device("enc"), 0x50000000, 8192, "from-device", { skipCpuSync: true });
    expect(found(r)).toEqual([]);
  });

  it("find what is left, by device and owner", () => {
    const r = watched();
    const out = new DmaSegments();
    const origin = { buffer: 3, participant: "/soc/cam#capture" };
    r.api.mapSg(r.device("cam"), list("0x50000000+4K"), "from-device", {}, out, origin);
    r.api.mapSg(r.device("cam"), list("0x51000000+4K"), "from-device", {}, out, origin);
    r.api.alloc(r.device("enc"), 4096);
    expect(r.api.checks!.leaks().map(describeWithoutPlaces)).toEqual([
      "/soc/cam#capture has left 2 mappings for /soc/cam, one of them 4 KiB at 0x50000000",
      expect.stringMatching(/^\/soc\/enc has left 4 KiB at 0x[0-9a-f]+ mapped for \/soc\/enc$/),
    ]);
    expect(r.api.checks!.leaks(r.device("vpu"))).toEqual([]);
  });

  it("name the places: of the call, and of the mapping", () => {
    const r = watched();
    const at = r.api.mapPage(r.device("cam"), 0x50000000, 4096, "to-device");
    r.api.unmapPage(r.device("cam"), at, 4096, "to-device");
    const [finding] = r.api.checks!.findings;
    const lines = describeFinding(finding!).split("\n");
    expect(lines[0]).toBe("/soc/cam uses the mapping of 4 KiB at 0x50000000 and never asked whether it was made");
    expect(lines[1]).toMatch(/^ {2}at .*usage-checks\.test\.ts:\d+/);
    expect(lines.find((line) => line.startsWith("  mapped at"))).toMatch(/usage-checks\.test\.ts:\d+/);
    expect(finding!.at!.frames()[0]).not.toBe(finding!.mappedAt!.frames()[0]);
  });

  it("keep a thousand findings, and count the rest", () => {
    const r = watched();
    for (let i = 0; i < 1100; i += 1) r.api.unmapPage(r.device("cam"), 0x50000000, 4096, "to-device");
    expect(r.api.checks!.findings).toHaveLength(1000);
    expect(r.api.checks!.found).toBe(1100);
  });
});

function describeWithoutPlaces(finding: Finding): string {
  return describeFinding({ ...finding, at: null, mappedAt: null });
}
