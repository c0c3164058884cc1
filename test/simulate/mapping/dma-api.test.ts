import { describe, expect, it } from "vitest";
import type { SystemEvent } from "../../../src/simulate/events.js";
import { DMA_MAPPING_ERROR, type DmaMapOps } from "../../../src/simulate/mapping/dma-map-ops.js";
import { DmaSegments, scatterList } from "../../../src/simulate/scatter-list.js";
import { bytes, device, iommu, region } from "../../machine-builder.js";
import { list, mapList, rig } from "./rig.js";

const spec = {
  ram: "0x40000000+8G",
  cma: "0x70000000+64M",
  iommus: [iommu("/iommu")],
  devices: [device("cam"), device("vpu", { iommu: "/iommu" })],
};

describe("the DMA API", () => {
  it("throws for wrong arguments, naming value and bound", () => {
    const r = rig(spec);
    const cam = r.device("cam");
    expect(() => r.api.mapPage(cam, 0x50000000, 0, "to-device")).toThrow("0 bytes: a whole number from 1 on");
    expect(() => r.api.mapPage(cam, 2 ** 53, 1, "to-device")).toThrow("2^53 - 1");
    expect(() => r.api.mapPage(cam, -4096, 1, "to-device")).toThrow(RangeError);
    expect(() => r.api.mapPage(cam, 0x50000000, 1, "none" as "to-device")).toThrow('"none" is no direction');
    expect(() => r.api.unmapSg(cam, list("0x50000000+4K"), new DmaSegments(), "to-device")).toThrow("never mapped");
    expect(() => r.api.unmapPage(cam, Number.NaN, 1, "to-device")).toThrow("address NaN");
    expect(() => r.api.syncSingleForCpu(cam, 0.5, 1, "to-device")).toThrow("address 0.5");
    expect(() => r.api.syncSingleForDevice(cam, 2 ** 60, 1, "to-device")).toThrow("2^53 - 1");
    const empty = { count: 0, physAddr: [], length: [], size: 0 };
    expect(() => r.api.mapSg(cam, empty, "to-device", {}, new DmaSegments())).toThrow("0 entries");
  });

  it("leaves alone what is not mapped, when nobody watches", () => {
    const r = rig(spec);
    const before = mapList(r, r.device("vpu"), "0x50000000+4K");
    for (const name of ["cam", "vpu"]) {
      r.api.unmapPage(r.device(name), 0xfc000000, 4096, "bidirectional");
      r.api.unmapPage(r.device(name), DMA_MAPPING_ERROR, 4096, "bidirectional");
      r.api.syncSingleForCpu(r.device(name), 0xfc000000, 4096, "bidirectional");
      r.api.syncSingleForDevice(r.device(name), 0xfc000000, 4096, "bidirectional");
    }
    expect(before).toEqual(["0xfffff000+0x1000"]);
    r.table.audit();
  });

  it("tells events of mappings, with what bounces, in the name of whoever maps", () => {
    const r = rig(spec);
    const told: SystemEvent[] = [];
    r.world.events.subscribe((event) => told.push(event));
    const out = new DmaSegments();
    const memory = list("0x140000000+8K,0x50000000+4K");
    const origin = { buffer: 5, participant: "/soc/cam#capture" };
    r.api.mapSg(r.device("cam"), memory, "from-device", {}, out, origin);
    r.api.unmapSg(r.device("cam"), memory, out, "from-device", {}, origin);
    r.api.mapSg(r.device("cam"), list("0x140000000+1M"), "from-device", {}, out);
    const mapping = {
      source: "model",
      buffer: 5,
      participant: "/soc/cam#capture",
      direction: "from-device",
      size: 12288,
      blocks: 2,
      segments: 2,
      address: 0xfc000000,
      bounced: 8192,
    };
    expect(told).toEqual([
      { type: "map", time: expect.any(Number), ...mapping },
      { type: "unmap", time: expect.any(Number), ...mapping },
      {
        type: "map-failed",
        time: expect.any(Number),
        source: "model",
        buffer: null,
        participant: "/soc/cam",
        direction: "from-device",
        size: bytes("1M"),
        cause: "bounce-too-large",
      },
    ]);
  });

  it("tells events of coherent memory, and why there was none", () => {
    const r = rig(spec);
    const told: SystemEvent[] = [];
    r.world.events.subscribe((event) => told.push(event));
    const buffer = r.api.alloc(r.device("cam"), 6000)!;
    r.api.free(buffer);
    expect(r.api.alloc(r.device("cam"), bytes("100M"))).toBeNull();
    expect(told).toMatchObject([
      { type: "allocate", heap: "cma:default", requested: 6000, taken: 8192, blocks: 1, participant: "/soc/cam" },
      { type: "release", heap: "cma:default", taken: 8192 },
      { type: "allocate-failed", heap: "page-block", requested: bytes("100M"), cause: "too-large" },
    ]);
  });

  it("makes nothing of events when nobody listens", () => {
    const r = rig(spec);
    const time = r.world.clock();
    mapList(r, r.device("cam"), "0x50000000+4K");
    expect(r.world.clock()).toBe(time + 1);
  });
});

describe("a scatter list", () => {
  it("is made of blocks that are there: at least one, of a byte or more, at addresses up to 2^53 - 1", () => {
    expect(() => scatterList([])).toThrow("at least one entry");
    for (const [base, size] of [
      [0, 0],
      [0, 1.5],
      [0, Number.NaN],
      [-4096, 4096],
      [0.5, 4096],
      [2 ** 53 - 4096, 4097],
    ]) {
      expect(() => scatterList([{ base: base!, size: size! }]), `${size} at ${base}`).toThrow(RangeError);
    }
  });
});

describe("the devices of a machine", () => {
  it("have limits as numbers, the tighter of mask and bus", () => {
    const r = rig({
      ram: "0+2G",
      devices: [
        device("cam", { windows: ["0@0x10000000+256M"], mask: "0xffffffffffffffff", coherentMask: "0x1fffffff" }),
        device("odd", { mask: null, maxSegmentSize: "unlimited" }),
      ],
    });
    expect(r.device("cam")).toMatchObject({ streamingLimit: 0x1fffffff, coherentLimit: 0x1fffffff, coherent: false });
    expect(r.device("odd")).toMatchObject({
      streamingLimit: Number.MAX_SAFE_INTEGER,
      maxSegmentSize: Number.POSITIVE_INFINITY,
      maxSegments: Number.POSITIVE_INFINITY,
      splitSize: Number.POSITIVE_INFINITY,
    });
  });

  it("are one for the DMA API where one driver maps for several blocks", () => {
    const master = { dmaDevice: { virtual: "display-subsystem", configuredFrom: "/soc/a" } };
    const r = rig({
      ram: "0+2G",
      devices: [{ ...device("a"), ...master }, { ...device("b"), ...master }, device("c")],
    });
    expect(r.device("a")).toBe(r.device("b"));
    expect(r.device("a")).toMatchObject({ path: "display-subsystem", id: 0 });
    expect(r.device("c").id).toBe(2);
  });

  it("are taken as if enabled, with their IOMMU", () => {
    const off = device("off", { iommu: "/iommu", iommuState: "disabled", enabled: false });
    const r = rig({ ram: "0x40000000+1G", iommus: [iommu("/iommu", { enabled: false })], devices: [off] });
    expect(r.device("off").ops.name).toBe("iommu");
  });

  it("have the heaps their regions name: areas, coherent pools, the default area", () => {
    const r = rig({
      ram: "0x40000000+1G",
      regions: [region("area", "cma", "0x50000000+8M"), region("pool", "coherent-pool", "0x60000000+1M")],
      devices: [device("a", { regions: ["area"] }), device("b", { regions: ["pool"] }), device("c")],
    });
    expect(r.device("a").cmaArea?.source.id).toBe("cma:area");
    expect(r.device("b").coherentPool?.source.id).toBe("coherent-pool:pool");
    expect(r.device("c")).toMatchObject({ cmaArea: null, coherentPool: null });
  });

  it("know PCI by the names of bridges and the form of addresses", () => {
    const plugged = { ...device("x"), path: "/soc/pcie@fe000000/wifi@0,0", dmaDevice: { path: "/soc/pcie@fe000000" } };
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam"), plugged] });
    const of = (path: string) => r.table.deviceFor(r.world.machine.devices.find((d) => d.path === path)!);
    expect(of("/soc/pcie@fe000000/wifi@0,0").isPci).toBe(true);
    expect(of("/soc/cam").isPci).toBe(false);
  });
});

describe("operations of a user's own", () => {
  /** Shows every device memory 4 GiB higher than it is. */
  const shifted = (direct: DmaMapOps): DmaMapOps => ({
    ...direct,
    name: "shifted",
    mapPage: (_device, physAddr) => physAddr + 2 ** 32,
  });

  it("serve the devices they choose, and no others", () => {
    const r = rig(spec, {
      ops: [
        { name: "shifted", make: (_context, builtIn) => shifted(builtIn.direct), chooses: (d) => d.name === "cam" },
      ],
    });
    expect(r.api.mapPage(r.device("cam"), 0x50000000, 4096, "to-device")).toBe(0x150000000);
    expect(r.device("vpu").ops.name).toBe("iommu");
  });

  it("have a name that nobody else has", () => {
    const make = (_context: unknown, builtIn: { direct: DmaMapOps }): DmaMapOps => builtIn.direct;
    const named =
      (...names: string[]) =>
      () =>
        rig(spec, { ops: names.map((name) => ({ name, make, chooses: () => false })) });
    expect(named("direct")).toThrow('operations are called "direct" already');
    expect(named("a", "a")).toThrow(RangeError);
    expect(named("")).toThrow("without a name");
  });
});
