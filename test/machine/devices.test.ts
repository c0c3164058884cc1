import { describe, expect, it } from "vitest";
import { cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { assumptionText } from "../../src/placement/explain.js";
import { BEHIND, deviceAt, fact, iommu, machineOf, soc } from "./board.js";

const REG = { reg: cells64(0xff00_0000, 0x1000) };

describe("the devices of a machine", () => {
  const found = (tree: TreeSpec, facts = [fact("x,known")]): string[] =>
    machineOf(tree, facts).devices.map((device) => `${device.enabled ? "" : "-"}${device.path}`);

  const cases: readonly [string, TreeSpec, string[]][] = [
    ["hold what there is a fact about, whatever it is called", { "thing@1": { compatible: "x,known" } }, ["/thing@1"]],
    ["hold what hangs on an IOMMU", { "thing@1": { compatible: "x,y", ...BEHIND } }, ["/thing@1"]],
    ["hold what claims a region", { "thing@1": { compatible: "x,y", "memory-region": cells(1) } }, ["/thing@1"]],
    ["hold what says it is coherent", { "thing@1": { compatible: "x,y", "dma-coherent": true, ...REG } }, ["/thing@1"]],
    ["hold bus masters by their generic name", { "ethernet@1": { compatible: "x,y", ...REG } }, ["/ethernet@1"]],
    ["hold no node of that name without registers", { usb: { compatible: "x,y" } }, []],
    ["hold no client of a DMA controller", { "uart@1": { compatible: "x,y", dmas: cells(1, 2), ...REG } }, []],
    ["hold no node without a compatible", { "gpu@1": { ...REG, "zap-shader": { "memory-region": cells(1) } } }, []],
    ["hold no IOMMU", { "iommu@1": { compatible: "x,y", "#iommu-cells": 0, "dma-coherent": true, ...REG } }, []],
    ["hold no plain bus", { "usb@1": { compatible: ["x,y", "simple-bus"], "dma-coherent": true, ...REG } }, []],
    ["hold no reserved region", { "reserved-memory": { "gpu@1": { compatible: "x,known", ...REG } } }, []],
    [
      "hold disabled ones as disabled, and what is below a disabled bus",
      {
        "ethernet@1": { compatible: "x,y", status: "disabled", ...REG },
        b: { status: "disabled", "#address-cells": 2, "#size-cells": 2, "mmc@2": { compatible: "x,y", ...REG } },
      },
      ["-/b/mmc@2", "-/ethernet@1"],
    ],
    [
      "hold USB controllers, and no device on their bus",
      {
        "usb@1": {
          compatible: "x,y",
          ...REG,
          "#address-cells": 1,
          "#size-cells": 0,
          "ethernet@1": { compatible: "usb424,ec00", reg: cells(1) },
        },
      },
      ["/usb@1"],
    ],
  ];
  for (const [name, tree, paths] of cases) it(name, () => expect(found(tree)).toEqual(paths));

  it("are sorted by path", () => {
    expect(found(soc({ "usb@2": { compatible: "x,y", ...REG }, "mmc@10": { compatible: "x,y", ...REG } }))).toEqual([
      "/soc/mmc@10",
      "/soc/usb@2",
    ]);
  });
});

describe("the device the DMA API sees", () => {
  const target = (tree: TreeSpec, facts: Parameters<typeof machineOf>[1], path: string): unknown => {
    const device = deviceAt(machineOf(tree, facts), path);
    return [device.dmaDevice, device.dmaMask, device.assumptions.map((a) => a.code)];
  };
  const exact = (value: string) => ({ kind: "exact", value, sources: [{ file: "drivers/y.c", line: 5 }] }) as const;
  const block = fact("x,block", { appliesTo: { aggregate: "x,display" }, buffers: [] });
  const display = fact("x,display", { dmaMask: exact("0xfffffffff"), buffers: [{ queue: "gem", kind: "gem-dma" }] });

  it("is the aggregate's node for its blocks, with its mask and its buffers", () => {
    const tree = { display: { compatible: "x,display" }, "vop@1": { compatible: "x,block" } };
    expect(target(tree, [block, display], "/vop@1")).toEqual([{ path: "/display" }, "0xfffffffff", []]);
    const vop = deviceAt(machineOf(tree, [block, display]), "/vop@1");
    expect(vop.queues).toEqual([{ queue: "gem", kind: "gem-dma" }]);
  });

  it("translates for a named node that no fact describes, and the provenance says whose word that is", () => {
    const managed = { ...display, mmu: "device" } as const;
    const tree = { display: { compatible: "x,display" }, "vop@1": { compatible: "x,unknown" } };
    const overrides = [{ match: { node: "/vop@1" }, fields: { appliesTo: { aggregate: "x,display" } } }] as const;
    const vop = deviceAt(machineOf(tree, [managed], { overrides }), "/vop@1");
    expect(vop.ownMmu).toBe(true);
    expect(vop.provenance["ownMmu"]).toEqual({ kind: "fact", source: "drivers/x.c:1" });
  });

  it("is the enabled one of two aggregates", () => {
    const tree = {
      "display@1": { compatible: "x,display", status: "disabled" },
      "display@2": { compatible: "x,display" },
      "vop@1": { compatible: "x,block" },
    };
    expect(target(tree, [block, display], "/vop@1")).toEqual([{ path: "/display@2" }, "0xfffffffff", []]);
  });

  it("is, of several aggregates a block can belong to, the enabled one, else the one the tree has", () => {
    const shared = fact("x,block", { appliesTo: { aggregate: ["x,display", "x,older"] }, buffers: [] });
    const older = fact("x,older", { dmaMask: exact("0x7fffffff"), buffers: [{ queue: "gem", kind: "gem-dma" }] });
    const block1 = { "vop@1": { compatible: "x,block" } };
    const onOlder = [{ path: "/older" }, "0x7fffffff", []];
    const facts = [shared, display, older];
    expect(target({ older: { compatible: "x,older" }, ...block1 }, facts, "/vop@1")).toEqual(onOlder);
    const off = { display: { compatible: "x,display", status: "disabled" } };
    expect(target({ ...off, older: { compatible: "x,older" }, ...block1 }, facts, "/vop@1")).toEqual(onOlder);
    const newer = [{ path: "/display" }, "0xfffffffff", []];
    expect(target({ display: { compatible: "x,display" }, ...block1 }, facts, "/vop@1")).toEqual(newer);
    expect(target({ ...off, ...block1 }, facts, "/vop@1")).toEqual(newer);
    const machine = machineOf({ older: { compatible: "x,older" }, ...block1 }, facts);
    expect(deviceAt(machine, "/vop@1").appliesTo).toEqual({ aggregate: "x,older" });
  });

  it("is the node itself, assumed, where the tree has no such aggregate", () => {
    expect(target({ "vop@1": { compatible: "x,block" } }, [block], "/vop@1")).toEqual([
      { path: "/vop@1" },
      "0xffffffff",
      ["unknown-buffers", "aggregate"],
    ]);
  });

  it("is the node's IOMMU for an aggregate, and an aggregate of blocks behind one is run by its driver", () => {
    const tree = {
      ...iommu("rockchip,iommu"),
      display: { compatible: "x,display" },
      "vop@1": { compatible: "x,block", ...BEHIND },
    };
    const direct = machineOf(tree, [block, display]);
    expect(deviceAt(direct, "/vop@1").translation).toBe("none");
    const own = { ...display, mmu: "manages-iommu-domain" } as const;
    const managed = machineOf(tree, [block, own]);
    expect(deviceAt(managed, "/vop@1")).toMatchObject({
      translation: "driver-domain",
      iommu: { path: "/iommu@f0000000" },
    });
    expect(deviceAt(managed, "/display")).toMatchObject({
      translation: "driver-domain",
      iommu: { path: "/iommu@f0000000" },
    });
  });

  it("is the parent, the node a property points at, or the DMA controller, where the driver says so", () => {
    const tree = {
      "codec@1": { compatible: "x,core", phandle: 1, decoder: { compatible: "x,child" } },
      "isp@2": { compatible: "x,pointing", "x,dma-dev": cells(1) },
      "dma@3": { compatible: "x,dmac", phandle: 3, "#dma-cells": 1 },
      "uart@4": { compatible: "x,slave", dmas: cells(3, 9) },
    };
    const facts = [
      fact("x,core", { dmaMask: exact("0xffffffffff") }),
      fact("x,child", { appliesTo: "parent" }),
      fact("x,pointing", { appliesTo: { phandle: "x,dma-dev" } }),
      fact("x,dmac", { dmaMask: exact("0xffffff") }),
      fact("x,slave", { appliesTo: "dma-channel", slaveDma: true, dmaMask: exact("0xff") }),
    ];
    expect(target(tree, facts, "/codec@1/decoder")).toEqual([{ path: "/codec@1" }, "0xffffffffff", []]);
    expect(target(tree, facts, "/isp@2")).toEqual([{ path: "/codec@1" }, "0xffffffffff", []]);
    expect(target(tree, facts, "/uart@4")).toEqual([{ path: "/dma@3" }, "0xffffff", []]);
  });

  it("is a virtual device, configured from the first enabled core, where the search for bus windows starts", () => {
    const window = { "#address-cells": 2, "#size-cells": 2, "dma-ranges": cells64(0, 0x4000_0000, 0xc000_0000) };
    const core = { compatible: "x,gc" };
    const tree = { b: { ...window, "gpu@1": { ...core, status: "disabled" }, "gpu@2": core } };
    const facts = [fact("x,gc", { appliesTo: { virtual: "etna", configuredFrom: "x,gc" } })];
    expect(deviceAt(machineOf(tree, facts), "/b/gpu@1")).toMatchObject({
      dmaDevice: { virtual: "etna", configuredFrom: "/b/gpu@2" },
      bus: "/b",
      busDmaLimit: 0xbfff_ffff,
    });
    // From the core the bus above is the first ancestor, and the one above that must have the property.
    const deeper = { p: { ...window, b: { "#address-cells": 2, "#size-cells": 2, "gpu@2": core } } };
    expect(deviceAt(machineOf(deeper, facts), "/p/b/gpu@2").bus).toBeNull();
  });
});

describe("masks and limits", () => {
  const line = { file: "drivers/x.c", line: 42 };
  const planned = (mask: Parameters<typeof fact>[1], more: TreeSpec = {}): unknown => {
    const device = deviceAt(machineOf({ "isp@1": { compatible: "x,isp", ...more } }, [fact("x,isp", mask)]), "/isp@1");
    const assumed = device.assumptions.filter((a) => a.field === "dmaMask").map((a) => a.code);
    return [device.dmaMask, device.provenance["dmaMask"], assumed];
  };
  const fromFact = { kind: "fact", source: "drivers/x.c:42" };
  const fromKernel = (source: string | null) => ({ kind: "kernel-default", source });

  it("are what the driver sets, with the line that sets them", () => {
    expect(planned({ dmaMask: { kind: "exact", value: "0xffffffffff", sources: [line] } })).toEqual([
      "0xffffffffff",
      fromFact,
      [],
    ]);
  });

  it("are the tightest candidate where a condition or a register decides, and say so", () => {
    const candidates = ["0xffffffff", "0xffffffffff"];
    expect(planned({ dmaMask: { kind: "set", candidates, sources: [line] } })).toEqual([
      "0xffffffff",
      fromFact,
      ["conditional-mask"],
    ]);
    expect(planned({ dmaMask: { kind: "runtime", candidates, sources: [line] } })).toEqual([
      "0xffffffff",
      fromFact,
      ["runtime-mask"],
    ]);
    expect(planned({ dmaMask: { kind: "runtime", sources: [line] } })).toEqual([
      "0xffffffff",
      fromKernel("drivers/x.c:42"),
      ["runtime-mask"],
    ]);
  });

  it("are the candidate that the board's IOMMU decides for, and nothing is assumed", () => {
    const candidates = ["0xffffffff", "0x3ffffffff"];
    const dmaMask = { kind: "set", candidates, byIommu: ["no-iommu", "iommu"], sources: [line] } as const;
    const planned = (node: TreeSpec, more: TreeSpec): unknown => {
      const tree = { "isp@1": { compatible: "x,isp", ...node }, ...iommu("arm,smmu-v3", more) };
      const device = deviceAt(machineOf(tree, [fact("x,isp", { dmaMask })]), "/isp@1");
      return [device.dmaMask, device.assumptions.filter((a) => a.field === "dmaMask")];
    };
    expect(planned(BEHIND, {})).toEqual(["0x3ffffffff", []]);
    expect(planned({}, {})).toEqual(["0xffffffff", []]);
    expect(planned(BEHIND, { status: "disabled" })).toEqual(["0xffffffff", []]);
  });

  it("say what each candidate hangs on", () => {
    const candidates = ["0xffffffff", "0xffffffffff"];
    const when = ["no IOMMU serves it", "one does"];
    const [isp] = machineOf({ "isp@1": { compatible: "x,isp" } }, [
      fact("x,isp", { dmaMask: { kind: "set", candidates, when, sources: [line] } }),
    ]).devices;
    const assumption = isp?.assumptions.find(({ field }) => field === "dmaMask");
    expect(assumption?.condition).toBe("0xffffffff if no IOMMU serves it; 0xffffffffff if one does");
    expect(assumptionText(assumption!)).toBe(
      "/isp@1 has a mask that depends on a condition; the tightest was used: 0xffffffff if no IOMMU serves it; 0xffffffffff if one does",
    );
  });

  it("are the kernel's 32 bits where a reviewed driver sets nothing; assumed where nobody read it to the end", () => {
    expect(planned({})).toEqual(["0xffffffff", fromKernel("drivers/x.c:10"), []]);
    expect(planned({ reviewed: false })).toEqual(["0xffffffff", fromKernel("drivers/x.c:10"), ["default-mask"]]);
  });

  it("are the kernel's 32 bits, assumed, where no driver is known", () => {
    const device = deviceAt(machineOf({ "isp@1": { compatible: "x,other", ...REG } }), "/isp@1");
    expect(device).toMatchObject({
      dmaMask: "0xffffffff",
      coherentDmaMask: "0xffffffff",
      maxSegmentSize: 65536,
      maxSegments: "unlimited",
      segmentBoundaryMask: "unlimited",
      driver: null,
      queues: [],
      confidence: "E",
    });
    expect(device.assumptions.map((a) => [a.code, a.field])).toEqual([
      ["unknown-driver", "dmaMask"],
      ["unknown-driver", "coherentDmaMask"],
      ["unknown-buffers", "buffers"],
    ]);
  });

  it("keep the mask apart from the bus limit", () => {
    const b = { "#address-cells": 2, "#size-cells": 2, "dma-ranges": cells64(0, 0, 0x4000_0000) };
    const tree = { b: { ...b, "isp@1": { compatible: "x,isp" } } };
    const isp = deviceAt(machineOf(tree, [fact("x,isp")]), "/b/isp@1");
    expect([isp.dmaMask, isp.busDmaLimit]).toEqual(["0xffffffff", 0x3fff_ffff]);
    expect(isp.provenance["busDmaLimit"]).toEqual({ kind: "bus", source: "/b:dma-ranges" });
  });

  it("of a function on a PCI bus have PCI's segment boundary", () => {
    const pcie = { compatible: "x,pcie", device_type: "pci", "#address-cells": 3, "#size-cells": 2 };
    const tree = { "pcie@1": { ...pcie, "wifi@0,0": { compatible: "pci14e4,43a0", reg: cells(0, 0, 0, 0, 0) } } };
    const known = fact("", {
      match: { pci: [0x14e4, 0x43a0] },
      dmaMask: { kind: "exact", value: "0xffffffffff", sources: [line] },
    });
    expect(deviceAt(machineOf(tree, [known]), "/pcie@1/wifi@0,0")).toMatchObject({
      dmaMask: "0xffffffffff",
      segmentBoundaryMask: "0xffffffff",
      maxSegmentSize: 65536,
    });
  });

  it("are what a user states over the fact, for a node before a compatible", () => {
    const overrides = [
      { match: { node: "/isp@1" }, fields: { dmaMask: "0xfff" } },
      { match: { compatible: "x,isp" }, fields: { dmaMask: "unlimited", maxSegmentSize: "unlimited", mmu: "device" } },
    ] as const;
    const device = deviceAt(machineOf({ "isp@1": { compatible: "x,isp" } }, [fact("x,isp")], { overrides }), "/isp@1");
    expect(device).toMatchObject({
      dmaMask: "0xfff",
      maxSegmentSize: "unlimited",
      translation: "device-mmu",
      ownMmu: true,
    });
    expect(device.provenance["dmaMask"]).toEqual({ kind: "override", source: null });
  });

  it("of a node the facts do not know are what a user states, which makes it a device", () => {
    const overrides = [{ match: { node: "/thing@1" }, fields: { dmaMask: "0xfffffff" } }];
    const machine = machineOf({ "thing@1": { compatible: "x,thing" } }, [], { overrides });
    expect(deviceAt(machine, "/thing@1").dmaMask).toBe("0xfffffff");
  });
});

describe("translation", () => {
  it("is the engine's own where it has an MMU, and the CPU's copy where every queue copies", () => {
    const gpu = fact("x,gpu", { mmu: "device", mmuOutputBits: 40 });
    const copies = fact("x,cam", { buffers: [{ queue: "capture", kind: "vmalloc" }] });
    const mixed = fact("x,dec", {
      buffers: [
        { queue: "output", kind: "vmalloc" },
        { queue: "capture", kind: "contig" },
      ],
    });
    const machine = machineOf(
      { "gpu@1": { compatible: "x,gpu" }, "cam@2": { compatible: "x,cam" }, "dec@3": { compatible: "x,dec" } },
      [gpu, copies, mixed],
    );
    expect(deviceAt(machine, "/gpu@1")).toMatchObject({ translation: "device-mmu", mmuOutputBits: 40 });
    expect(deviceAt(machine, "/cam@2").translation).toBe("cpu");
    expect(deviceAt(machine, "/dec@3").translation).toBe("none");
  });
});

describe("coherency and NUMA node", () => {
  it("are the nearest word upwards", () => {
    const bus: TreeSpec = { "dma-coherent": true, "numa-node-id": 1, "isp@1": { compatible: "x,isp" } };
    expect(deviceAt(machineOf({ b: bus }, [fact("x,isp")]), "/b/isp@1")).toMatchObject({ coherent: true, numaNode: 1 });
    expect(deviceAt(machineOf({ "isp@1": { compatible: "x,isp" } }, [fact("x,isp")]), "/isp@1")).toMatchObject({
      coherent: false,
      numaNode: 0,
    });
  });
});

describe("regions", () => {
  const reserved = (children: TreeSpec): TreeSpec => ({
    "reserved-memory": { "#address-cells": 2, "#size-cells": 2, ranges: true, ...children },
  });
  const pool = reserved({
    "pool@50000000": {
      compatible: "shared-dma-pool",
      "no-map": true,
      reg: cells64(0x5000_0000, 0x100_0000),
      phandle: 7,
    },
    "fw@52000000": { "no-map": true, reg: cells64(0x5200_0000, 0x10_0000), phandle: 8 },
    "bounce@53000000": { compatible: "restricted-dma-pool", reg: cells64(0x5300_0000, 0x40_0000), phandle: 9 },
    "area@58000000": {
      compatible: "shared-dma-pool",
      reusable: true,
      reg: cells64(0x5800_0000, 0x800_0000),
      "linux,cma-default": true,
    },
  });
  const isp = {
    "isp@1": { compatible: "x,isp", "memory-region": cells(8, 7, 9), "memory-region-names": ["fw", "dma"] },
  };

  it("are where boot puts them, with their kind and the devices that claim them", () => {
    const machine = machineOf({ ...pool, ...isp }, [fact("x,isp", { memoryRegionUse: "buffers" })]);
    expect(machine.regions.map((r) => [r.name, r.kind, r.base, r.size, r.status, r.boundDevices])).toEqual([
      ["area@58000000", "cma", 0x5800_0000, 0x800_0000, "placed", []],
      ["bounce@53000000", "restricted-pool", 0x5300_0000, 0x40_0000, "placed", ["/isp@1"]],
      ["fw@52000000", "reserved", 0x5200_0000, 0x10_0000, "placed", ["/isp@1"]],
      ["pool@50000000", "coherent-pool", 0x5000_0000, 0x100_0000, "placed", ["/isp@1"]],
    ]);
    expect(machine.defaultCma).toMatchObject({ base: 0x5800_0000, source: "tree", name: "area@58000000" });
    for (const page of machine.pages) {
      for (const region of machine.regions) {
        expect(page.base >= (region.base ?? 0) + region.size || page.base + page.size <= (region.base ?? 0)).toBe(true);
      }
    }
  });

  const bindings = (use: Parameters<typeof fact>[1]): unknown =>
    deviceAt(machineOf({ ...pool, ...isp }, [fact("x,isp", use)]), "/isp@1").memoryRegions.map((r) => [
      r.node,
      r.name,
      r.use,
    ]);

  it("are used as the driver uses them, unknown where nobody read it; a restricted pool by the DMA core", () => {
    expect(bindings({ memoryRegionUse: "firmware" })).toEqual([
      ["/reserved-memory/fw@52000000", "fw", "firmware"],
      ["/reserved-memory/pool@50000000", "dma", "firmware"],
      ["/reserved-memory/bounce@53000000", null, "buffers"],
    ]);
    expect(bindings({})).toEqual([
      ["/reserved-memory/fw@52000000", "fw", "unknown"],
      ["/reserved-memory/pool@50000000", "dma", "unknown"],
      ["/reserved-memory/bounce@53000000", null, "buffers"],
    ]);
    expect(bindings({ memoryRegionUse: "none" })).toEqual([["/reserved-memory/bounce@53000000", null, "buffers"]]);
  });

  it("that the kernel refuses say why", () => {
    const bad = reserved({
      "area@50100000": { compatible: "shared-dma-pool", reusable: true, reg: cells64(0x5010_0000, 0x10_0000) },
      "off@51000000": { reg: cells64(0x5100_0000, 0x10_0000), status: "disabled" },
    });
    expect(machineOf(bad).regions.map((r) => [r.name, r.status, r.failure])).toEqual([
      ["area@50100000", "failed", "cma-bad-alignment"],
      ["off@51000000", "ignored", "disabled"],
    ]);
  });
});
