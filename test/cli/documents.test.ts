/** The JSON contract: fields, their order where it is promised, and what survives a round trip. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLE, runCaptured } from "./run-captured.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-documents-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function document(...argv: readonly string[]): Promise<Record<string, never> & { schema: string }> {
  const run = await runCaptured([...argv, "--json"]);
  expect(run.err).toBe("");
  return JSON.parse(run.out);
}

const PICTURE = ["place", EXAMPLE, "-d", "display", "-d", "rga", "--image", "1920x1080:NV12"];

describe("every document", () => {
  const cases: readonly (readonly [schema: string, argv: readonly string[]])[] = [
    ["coalloc/machine/1", ["machine", EXAMPLE]],
    ["coalloc/devices/1", ["devices", EXAMPLE]],
    ["coalloc/heaps/1", ["heaps", EXAMPLE]],
    ["coalloc/reach/1", ["reach", EXAMPLE]],
    ["coalloc/place/1", PICTURE],
    ["coalloc/facts/1", ["facts", "rockchip,rk3399-rga"]],
  ];
  for (const [schema, argv] of cases) {
    it(`${schema} starts with its schema and ends with a line end`, async () => {
      const { out } = await runCaptured([...argv, "--json"]);
      expect(out.startsWith(`{\n  "schema": "${schema}"`)).toBe(true);
      expect(out.endsWith("}\n")).toBe(true);
    });
  }
});

describe("devices", () => {
  it("lists enabled devices with the fields of the contract", async () => {
    const { devices } = (await document("devices", EXAMPLE)) as unknown as {
      devices: readonly Record<string, unknown>[];
    };
    expect(devices.map((d) => d["path"])).toEqual([
      "/soc/bus@fc000000/csi@20000",
      "/soc/bus@fc000000/video-codec@10000",
      "/soc/display@fd000000",
      "/soc/ethernet@fe000000",
      "/soc/gpu@fd200000",
      "/soc/rga@fd100000",
      "/soc/video-codec@fd300000",
      "/soc/video-codec@fd500000",
    ]);
    expect(devices[5]).toMatchObject({
      name: "rga@fd100000",
      compatible: ["rockchip,rk3399-rga"],
      enabled: true,
      driver: { module: "rockchip-rga", kernel: "6.12" },
      dmaDevice: { path: "/soc/rga@fd100000", configuredFrom: "/soc/rga@fd100000" },
      iommu: null,
      coherent: false,
      dmaMask: "0xffffffff",
      coherentDmaMask: "0xffffffff",
      busDmaLimit: "unlimited",
      reach: [{ base: 0x40000000, size: 0xa0000000 }],
      buffers: "scattered",
      ownMmu: true,
      maxSegmentSize: 65536,
      maxSegments: "unlimited",
      segmentBoundaryMask: "unlimited",
      memoryRegions: [],
      provenance: {
        dmaMask: { kind: "fact", source: "drivers/media/platform/rockchip/rga/rga.c:844" },
        reach: { kind: "fact", source: "drivers/media/platform/rockchip/rga/rga.c:844" },
      },
    });
    expect(devices[1]).toMatchObject({
      busDmaLimit: 0xffffffff,
      reach: [{ base: 0x40000000, size: 0x40000000 }],
      buffers: "contiguous",
      memoryRegions: [{ node: "/reserved-memory/decoder-pool@58000000", use: "buffers" }],
    });
  });

  it("has a provenance for every field that a constraint rests on, and unknown ones are null", async () => {
    const { devices } = (await document("devices", EXAMPLE, "--all")) as unknown as {
      devices: readonly (Record<string, unknown> & { provenance: Record<string, { kind: string }> })[];
    };
    for (const device of devices) {
      for (const [field, { kind }] of Object.entries(device.provenance)) {
        expect(device).toHaveProperty(field);
        if (kind === "unknown") expect([null, "unknown"]).toContain(device[field]);
      }
      expect(Object.keys(device.provenance)).toEqual(
        expect.arrayContaining([
          "driver",
          "dmaDevice",
          "iommu",
          "coherent",
          "dmaMask",
          "coherentDmaMask",
          "busDmaLimit",
          "reach",
          "buffers",
          "ownMmu",
          "maxSegmentSize",
          "maxSegments",
          "segmentBoundaryMask",
          "memoryRegions",
        ]),
      );
    }
  });

  it("adds disabled devices with --all", async () => {
    const { devices } = (await document("devices", EXAMPLE, "--all")) as unknown as {
      devices: readonly { path: string; enabled: boolean; iommu: { path: string; state: string } | null }[];
    };
    expect(devices.find((d) => !d.enabled)).toMatchObject({
      path: "/soc/isp@fd400000",
      iommu: { path: "/soc/iommu@fd410000", state: "disabled" },
    });
  });
});

describe("heaps", () => {
  it("lists sources with their routes, and what is out of bounds", async () => {
    const { heaps, reserved } = (await document("heaps", EXAMPLE)) as unknown as {
      heaps: readonly { id: string; routes: readonly unknown[] }[];
      reserved: readonly unknown[];
    };
    expect(heaps.map((heap) => heap.id)).toEqual([
      "cma:codec-pool@50000000",
      "cma:default",
      "coherent-pool:decoder-pool@58000000",
      "dma32-pages",
      "page-block",
      "system",
      "udmabuf",
    ]);
    expect(heaps[0]).toMatchObject({
      kind: "cma",
      regions: [{ base: 0x50000000, size: 0x4000000 }],
      contiguous: true,
      node: "/reserved-memory/codec-pool@50000000",
      boundDevices: ["/soc/video-codec@fd500000"],
      routes: [{ kind: "v4l2", device: "/soc/video-codec@fd500000", cpuMapping: "write-combined" }],
    });
    expect(heaps[1]?.routes[0]).toEqual({ kind: "dma-heap", path: "/dev/dma_heap/reserved", cpuMapping: "cached" });
    expect(reserved).toMatchObject([
      { node: "/reserved-memory/secure-firmware@42000000", regions: [{ base: 0x42000000, size: 0x200000 }] },
    ]);
  });

  it("has no dma-heap on a kernel built without", async () => {
    const { out } = await runCaptured(["heaps", EXAMPLE, "--kernel-profile", "debian-arm64-6.12", "--json"]);
    expect(out).not.toContain("dma_heap");
    expect(out).toContain("/dev/udmabuf");
  });
});

describe("reach", () => {
  it("says how far each device reaches into each heap", async () => {
    const { rows } = (await document("reach", EXAMPLE)) as unknown as {
      rows: readonly { device: string; cells: readonly unknown[] }[];
    };
    const cells = (device: string): unknown => rows.find((row) => row.device === device)?.cells;
    expect(cells("/soc/video-codec@fd300000")).toContainEqual({
      heap: "system",
      verdict: "iommu",
      reachableBytes: expect.any(Number),
    });
    expect(cells("/soc/rga@fd100000")).toContainEqual({
      heap: "cma:default",
      verdict: "direct",
      reachableBytes: 0x4000000,
    });
    expect(cells("/soc/rga@fd100000")).toContainEqual({
      heap: "system",
      verdict: "partial",
      reachableBytes: expect.any(Number),
    });
  });
});

describe("place", () => {
  it("has exactly one of placement and conflict", async () => {
    const placed = (await document(...PICTURE)) as unknown as { placement: unknown; conflict: unknown };
    expect(placed.placement).not.toBeNull();
    expect(placed.conflict).toBeNull();
    const refused = await runCaptured(["place", EXAMPLE, "-d", "display", "--size", "64G", "--json"]);
    const { placement, conflict } = JSON.parse(refused.out);
    expect(placement).toBeNull();
    expect(conflict).not.toBeNull();
  });

  it("names the profile, the devices and the queues it took", async () => {
    expect(await document(...PICTURE)).toMatchObject({
      profile: "embedded-6.12",
      request: {
        size: 3110400,
        count: 1,
        participants: [
          { device: "/soc/display@fd000000", queue: "gem" },
          { device: "/soc/rga@fd100000", queue: "capture" },
        ],
        image: { width: 1920, height: 1080, format: "NV12", modifier: "LINEAR" },
      },
    });
  });
});

describe("facts", () => {
  it("has every field, null where the driver says nothing", async () => {
    const { facts } = (await document("facts", "rockchip,rk3399-rga")) as unknown as {
      facts: readonly Record<string, unknown>[];
    };
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      match: { compatible: "rockchip,rk3399-rga" },
      driver: { file: "drivers/media/platform/rockchip/rga/rga.c", module: "rockchip-rga", kernel: "6.12" },
      appliesTo: "self",
      dmaMask: { kind: "exact", value: "0xffffffff" },
      maxSegmentSize: { kind: "default", setBy: "default" },
      memoryRegionUse: null,
      mmu: "device",
      slaveDma: false,
      confidence: "A",
      reviewed: true,
    });
  });
});

describe("a saved machine", () => {
  it("is the same machine, and places the same", async () => {
    const saved = join(folder, "board.json");
    const machine = await runCaptured(["machine", EXAMPLE, "--json"]);
    writeFileSync(saved, machine.out);
    expect((await runCaptured(["machine", saved, "--json"])).out).toBe(machine.out);
    const again = PICTURE.map((word) => (word === EXAMPLE ? saved : word));
    expect((await runCaptured([...again, "--json"])).out).toBe((await runCaptured([...PICTURE, "--json"])).out);
  });

  it("takes no options that build a machine", async () => {
    const saved = join(folder, "board.json");
    const run = await runCaptured(["machine", saved, "--memory", "4G"]);
    expect(run.exit).toBe(2);
    expect(run.err).toContain("--memory");
  });
});
