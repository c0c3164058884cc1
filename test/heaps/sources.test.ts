import { describe, expect, it } from "vitest";
import { deviceFreeRoutes, exportedSources } from "../../src/heaps/route.js";
import { largestPageBlock, reservedNoticesOf, sourcesOf } from "../../src/heaps/source.js";
import type { Machine } from "../../src/machine/machine.js";
import { KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { board, device, range, ranges, region } from "../machine-builder.js";

const REGIONS = [
  region("area", "cma", "0x60000000+16M", "assumed"),
  region("pool", "coherent-pool", "0x62000000+1M"),
  region("bounce", "restricted-pool", "0x64000000+1M"),
  region("firmware", "reserved", "0x66000000+1M"),
  region("modem", "coherent-pool", "0x67000000+1M"),
  region("nobody", "cma", "0x67100000+1M"),
  { ...region("lost", "cma", "0x68000000+1M"), base: null, status: "failed" as const, failure: "no-space" },
];

const MACHINE = board({
  ram: "0x40000000+3G,0x100000000+1G",
  cma: "0xf0000000+64M",
  cmaCertainty: "assumed",
  regions: REGIONS,
  devices: [
    device("vpu", { regions: ["area"] }),
    device("isp", { regions: ["pool"] }),
    device("wifi", { regions: ["bounce", "modem"], regionUse: "firmware" }),
  ],
});

describe("the memory sources of a machine", () => {
  it("are pages, areas and pools, sorted by id", () => {
    expect(
      sourcesOf(MACHINE).map((s) => `${s.id} ${s.kind} ${s.algorithm} ${s.contiguous ? "contiguous" : "scattered"}`),
    ).toEqual([
      "cma:area cma cma-first-fit contiguous",
      "cma:default cma cma-first-fit contiguous",
      "coherent-pool:pool coherent-pool power-of-two-slots contiguous",
      "dma32-pages dma32-pages page-orders scattered",
      "page-block page-block buddy contiguous",
      "restricted-pool:bounce restricted-pool bounce-slots contiguous",
      "system system page-orders scattered",
      "udmabuf udmabuf shmem-pages scattered",
    ]);
  });
  it("lie where boot put them", () => {
    const where = new Map(sourcesOf(MACHINE).map((s) => [s.id, s.regions]));
    expect(where.get("cma:area")).toEqual([range("0x60000000+16M")]);
    expect(where.get("cma:default")).toEqual([range("0xf0000000+64M")]);
    expect(where.get("coherent-pool:pool")).toEqual([range("0x62000000+1M")]);
    expect(where.get("system")).toEqual(MACHINE.pages);
    expect(where.get("dma32-pages")).toEqual(
      ranges(
        "0x40000000+512M,0x61000000+16M,0x62100000+31M,0x64100000+31M,0x66100000+15M,0x67200000+2190M,0xf4000000+192M",
      ),
    );
  });
  it("know their size, node, name, devices and whether boot may have moved them", () => {
    const area = sourcesOf(MACHINE)[0]!;
    expect(area).toMatchObject({
      size: 16 * 2 ** 20,
      node: "/reserved-memory/area",
      areaName: "area",
      boundDevices: ["/soc/vpu"],
      placeIsExact: false,
    });
    const [, cma, pool] = sourcesOf(MACHINE);
    expect(cma).toMatchObject({ node: null, areaName: "reserved", boundDevices: [], placeIsExact: false });
    expect(pool).toMatchObject({
      node: "/reserved-memory/pool",
      areaName: null,
      boundDevices: ["/soc/isp"],
      placeIsExact: true,
    });
  });
  it("have no udmabuf where the kernel has none, and no default area where there is none", () => {
    expect(sourcesOf(board({ ram: "0x40000000+1G", profile: { udmabuf: null } })).map((s) => s.id)).toEqual([
      "dma32-pages",
      "page-block",
      "system",
    ]);
  });
  it("are no larger than their free map, which is one block of pages, can describe", () => {
    const idsWith = (kind: "cma" | "coherent-pool" | "restricted-pool", size: number): readonly string[] => {
      const regions = [{ ...region("big", kind, "0x100000000+1M"), size }];
      const machine = board({ ram: "0+1024G", regions, devices: [device("isp", { regions: ["big"] })] });
      return sourcesOf(machine).flatMap((s) => (s.node === null ? [] : [s.id]));
    };
    const page = 4096;
    expect(idsWith("cma", 128 * 2 ** 30)).toEqual(["cma:big"]);
    expect(idsWith("cma", 128 * 2 ** 30 + page)).toEqual([]);
    expect(idsWith("coherent-pool", 128 * 2 ** 30)).toEqual(["coherent-pool:big"]);
    expect(idsWith("coherent-pool", 128 * 2 ** 30 + page)).toEqual([]);
    // 4 MiB hold 174762 slots of 24 bytes, each for 2 KiB.
    expect(idsWith("restricted-pool", 174_762 * 2048)).toEqual(["restricted-pool:big"]);
    expect(idsWith("restricted-pool", 174_763 * 2048)).toEqual([]);
  });
  it("leave out a default area that is larger than a free map can describe", () => {
    const area = {
      base: 2 ** 32,
      size: 2 ** 50,
      source: "cmdline",
      node: null,
      name: "x",
      certainty: "exact",
    } as const;
    expect(sourcesOf({ ...MACHINE, defaultCma: area }).map((s) => s.id)).not.toContain("cma:default");
  });
  it("name a default area of the tree once, as the default", () => {
    const machine: Machine = {
      ...MACHINE,
      defaultCma: {
        base: 0x6000_0000,
        size: 16 * 2 ** 20,
        source: "tree",
        node: "/reserved-memory/area",
        name: "area",
        certainty: "exact",
      },
    };
    const areas = sourcesOf(machine).filter((s) => s.kind === "cma");
    expect(areas.map((s) => [s.id, s.node, s.areaName, s.boundDevices])).toEqual([
      ["cma:default", "/reserved-memory/area", "area", ["/soc/vpu"]],
    ]);
  });
});

describe("regions nobody allocates buffers from", () => {
  it("are those of firmware, and those the kernel could not place, with the reason", () => {
    expect(reservedNoticesOf(MACHINE)).toEqual([
      {
        node: "/reserved-memory/firmware",
        regions: [range("0x66000000+1M")],
        why: "reserved for firmware or a driver of its own: no buffers are allocated from it",
      },
      { node: "/reserved-memory/lost", regions: [], why: "no-space" },
      {
        node: "/reserved-memory/modem",
        regions: [range("0x67000000+1M")],
        why: "reserved for firmware or a driver of its own: no buffers are allocated from it",
      },
      {
        node: "/reserved-memory/nobody",
        regions: [range("0x67100000+1M")],
        why: "no device is bound to it: no buffers are allocated from it",
      },
    ]);
  });
});

describe("a region that is larger than a free map can describe", () => {
  it("is listed as reserved, the default area too", () => {
    const big = { ...region("big", "cma", "0x100000000+1M"), size: 2 ** 40 };
    const machine = board({ ram: "0+8192G", regions: [big], devices: [device("isp", { regions: ["big"] })] });
    const why = "larger than a free map of this kernel can be: no buffers are allocated from it";
    const notice = { node: "/reserved-memory/big", regions: [range("0x100000000+1024G")], why };
    expect(reservedNoticesOf(machine)).toEqual([notice]);
    const { node, size } = big;
    const defaultCma = { base: 2 ** 32, size, source: "tree", node, name: "big", certainty: "exact" } as const;
    expect(reservedNoticesOf({ ...machine, defaultCma })).toEqual([notice]);
  });
});

describe("an area that the kernel has given up", () => {
  it("is no source, since its pages are free: it spans two zones or NUMA nodes", () => {
    const machine: Machine = { ...MACHINE, pages: [range("0x40000000+3G")] };
    expect(sourcesOf(machine).map((s) => s.id)).toEqual(["dma32-pages", "page-block", "system", "udmabuf"]);
    expect(reservedNoticesOf(machine)).toContainEqual({
      node: "/reserved-memory/area",
      regions: [range("0x60000000+16M")],
      why: "not activated, its pages are free for everybody: no buffers are allocated from it",
    });
  });
});

describe("largestPageBlock", () => {
  it("is 4 MiB with 4 KiB pages, 512 MiB with 64 KiB pages", () => {
    expect(largestPageBlock(MACHINE)).toBe(4 * 2 ** 20);
    expect(largestPageBlock(board({ ram: "0+1G", profile: { pageSize: 65536, maxPageOrder: 13 } }))).toBe(
      512 * 2 ** 20,
    );
  });
});

describe("routes without a device", () => {
  const routes = (profile: string): readonly string[] => {
    const machine: Machine = { ...MACHINE, profile: KERNEL_PROFILES.get(profile)! };
    return sourcesOf(machine).flatMap((s) =>
      deviceFreeRoutes(machine, s).map((r) => `${s.id} ${r.kind} ${r.path} ${r.cpuMapping}`),
    );
  };
  const udmabuf = "udmabuf udmabuf /dev/udmabuf cached";
  const system = "system dma-heap /dev/dma_heap/system cached";
  const cma = "cma:default dma-heap /dev/dma_heap/reserved cached";
  it("embedded: both heaps and udmabuf", () => expect(routes("embedded-6.12")).toEqual([cma, system, udmabuf]));
  it("Debian arm64: udmabuf alone", () => expect(routes("debian-arm64-6.12")).toEqual([udmabuf]));
  it("Debian amd64: the system heap and udmabuf", () => expect(routes("debian-amd64-6.12")).toEqual([system, udmabuf]));
  it("defconfig arm64: none", () => expect(routes("defconfig-arm64-6.12")).toEqual([]));
});

describe("routes through a device", () => {
  const through = (machine: Machine, name: string): readonly string[] => {
    const from = machine.devices.find((d) => d.name === name)!;
    return exportedSources(machine, from, sourcesOf(machine)).map(
      ({ source, route }) =>
        `${source.id} ${route.kind} ${route.exporter?.queue.queue} ${route.cpuMapping}${route.fallback ? " fallback" : ""}`,
    );
  };
  it("lead to the device's own area, then to a block", () => {
    expect(through(MACHINE, "vpu")).toEqual([
      "cma:area v4l2 capture write-combined",
      "page-block v4l2 capture write-combined fallback",
    ]);
  });
  it("lead to the device's pool alone", () =>
    expect(through(MACHINE, "isp")).toEqual(["coherent-pool:pool v4l2 capture write-combined"]));
  it("name a memory once, by the first queue that leads there", () => {
    const queues = [
      { queue: "output", kind: "contig" },
      { queue: "capture", kind: "contig" },
      { queue: "meta", kind: "sg" },
    ] as const;
    const machine = board({ ram: "0x40000000+1G", devices: [device("m2m", { queues, pictureQueue: "capture" })] });
    expect(through(machine, "m2m")).toEqual(["page-block v4l2 capture write-combined", "system v4l2 meta cached"]);
  });
  it("lead to the default area and a block without one's own", () => {
    const machine = board({
      ram: "0x40000000+1G",
      cma: "0x70000000+64M",
      devices: [device("vop", { queue: "gem-dma" })],
    });
    expect(through(machine, "vop")).toEqual([
      "cma:default drm-dumb gem write-combined",
      "page-block drm-dumb gem write-combined fallback",
    ]);
  });
});
