import { describe, expect, it } from "vitest";
import { heapsDocument, reachDocument } from "../../src/heaps/document.js";
import { board, device, iommu, range, region } from "../machine-builder.js";

const MACHINE = board({
  ram: "0x40000000+3G,0x100000000+1G",
  cma: "0xf0000000+64M",
  cmaCertainty: "assumed",
  regions: [region("pool", "coherent-pool", "0x60000000+1M"), region("firmware", "reserved", "0x61000000+1M")],
  iommus: [iommu("/iommu")],
  devices: [
    device("cam", { queue: "vmalloc", mask: "0xff" }),
    device("isp", { queue: "sg", mask: "0xffffffffff" }),
    device("off", { enabled: false }),
    device("vop", { queue: "gem-dma", iommu: "/iommu" }),
    device("vpu", { regions: ["pool"], mask: "0x3fffffff" }),
  ],
});

describe("heapsDocument", () => {
  const document = heapsDocument(MACHINE);
  it("lists every source with the ways to it", () => {
    const routes = document.heaps.map(
      (h) => `${h.id}: ${h.routes.map((r) => r.path ?? `${r.kind} ${r.device}#${r.queue}`).join(", ")}`,
    );
    expect(routes).toEqual([
      "cma:default: /dev/dma_heap/reserved",
      "coherent-pool:pool: v4l2 /soc/vpu#capture",
      "dma32-pages: ",
      "page-block: ",
      "system: /dev/dma_heap/system, v4l2 /soc/cam#capture, v4l2 /soc/isp#capture, drm-dumb /soc/vop#gem",
      "udmabuf: /dev/udmabuf",
    ]);
  });
  it("says where each lies and how sure that is", () => {
    expect(document.heaps[0]).toMatchObject({
      kind: "cma",
      algorithm: "cma-first-fit",
      regions: [range("0xf0000000+64M")],
      size: 64 * 2 ** 20,
      contiguous: true,
      node: null,
      boundDevices: [],
      certainty: "assumed",
      routes: [{ kind: "dma-heap", path: "/dev/dma_heap/reserved", cpuMapping: "cached" }],
    });
    expect(document.heaps[1]).toMatchObject({
      node: "/reserved-memory/pool",
      boundDevices: ["/soc/vpu"],
      certainty: "exact",
    });
  });
  it("names what is out of bounds", () =>
    expect(document.reserved.map((r) => r.node)).toEqual(["/reserved-memory/firmware"]));
});

describe("reachDocument", () => {
  it("tells which device reaches which memory, and how", () => {
    const { rows } = reachDocument(MACHINE, MACHINE.devices);
    const words = rows.map((row) => `${row.device}: ${row.cells.map((c) => c.verdict).join(" ")}`);
    // cma:default, coherent-pool:pool, dma32-pages, page-block, system, udmabuf
    expect(words).toEqual([
      "/soc/cam: direct direct direct direct direct direct",
      "/soc/isp: direct direct direct direct direct direct",
      "/soc/off: direct direct direct partial partial partial",
      "/soc/vop: iommu iommu iommu iommu iommu iommu",
      "/soc/vpu: no no no no no no",
    ]);
    expect(rows[2]).toMatchObject({ enabled: false });
    expect(rows[2]?.cells[4]).toEqual({
      heap: "system",
      verdict: "partial",
      reachableBytes: 3 * 2 ** 30 - 66 * 2 ** 20,
    });
  });
});
