import { describe, expect, it } from "vitest";
import { type ExportPath, exportPathsOf } from "../../src/constraints/exporter.js";
import type { Machine } from "../../src/machine/machine.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu, ranges, region } from "../machine-builder.js";

const SMMU = iommu("/smmu");

function paths(spec: DeviceSpec, about: Partial<BoardSpec> = {}): readonly ExportPath[] {
  const machine: Machine = board({
    ram: "0x40000000+3G,0x100000000+1G",
    cma: "0xf0000000+64M",
    iommus: [SMMU],
    devices: [device("dev", spec)],
    ...about,
  });
  return exportPathsOf(machine, machine.devices[0]!);
}

/** `cma-default, else page-block`. */
function steps(path: ExportPath | undefined): string {
  return (path?.steps ?? [])
    .map(({ source, fallback }) => `${fallback ? "else " : ""}${source.kind === "region" ? source.node : source.kind}`)
    .join(", ");
}

const AREA = region("area", "cma", "0x60000000+16M");
const POOL = region("pool", "coherent-pool", "0x62000000+1M");
const BOUNCE = region("bounce", "restricted-pool", "0x64000000+1M");
const FIRMWARE = region("firmware", "reserved", "0x66000000+1M");
const REGIONS = [AREA, POOL, BOUNCE, FIRMWARE];

describe("where an allocation of a device comes from", () => {
  const cases: readonly {
    readonly name: string;
    readonly spec: DeviceSpec;
    readonly about?: Partial<BoardSpec>;
    readonly from: string;
  }[] = [
    { name: "with a coherent pool: from there alone", spec: { regions: ["pool"] }, from: "/reserved-memory/pool" },
    {
      name: "with a coherent pool, behind an IOMMU: still from there",
      spec: { regions: ["pool"], iommu: "/smmu" },
      from: "/reserved-memory/pool",
    },
    { name: "behind a translating IOMMU: scattered pages", spec: { iommu: "/smmu" }, from: "system" },
    {
      name: "behind an IOMMU with an area of its own: scattered pages, the area is not used",
      spec: { iommu: "/smmu", regions: ["area"] },
      from: "system",
    },
    {
      name: "behind an IOMMU that passes through: as without one",
      spec: { iommu: "/smmu", iommuState: "identity" },
      from: "cma-default, else page-block",
    },
    {
      name: "behind an IOMMU, forced to be contiguous: the area, then one block",
      spec: { iommu: "/smmu", about: { attrs: ["force-contiguous"] } },
      from: "cma-default, else page-block",
    },
    {
      name: "with a restricted pool: from there alone",
      spec: { regions: ["bounce"] },
      from: "/reserved-memory/bounce",
    },
    {
      name: "with a restricted pool behind an IOMMU: scattered pages",
      spec: { regions: ["bounce"], iommu: "/smmu" },
      from: "system",
    },
    {
      name: "with a coherent and a restricted pool: the coherent one",
      spec: { regions: ["bounce", "pool"] },
      from: "/reserved-memory/pool",
    },
    {
      name: "with an area of its own: from there, then one block, never the default area",
      spec: { regions: ["area"] },
      from: "/reserved-memory/area, else page-block",
    },
    { name: "with nothing: the default area, then one block", spec: {}, from: "cma-default, else page-block" },
    {
      name: "with nothing, without a default area: one block",
      spec: {},
      about: { cma: undefined as unknown as string },
      from: "page-block",
    },
    { name: "on arm, not snooping: the area and nothing else", spec: {}, about: { arch: "arm" }, from: "cma-default" },
    {
      name: "on arm, snooping: as elsewhere",
      spec: { coherent: true },
      about: { arch: "arm" },
      from: "cma-default, else page-block",
    },
    {
      name: "with firmware in its region: as with nothing",
      spec: { regions: ["firmware"], regionUse: "firmware" },
      from: "cma-default, else page-block",
    },
    {
      name: "with a region its driver loads firmware into: not from there",
      spec: { regions: ["area"], regionUse: "firmware" },
      from: "cma-default, else page-block",
    },
    {
      name: "with a restricted pool, whatever the driver does: the DMA core asks",
      spec: { regions: ["bounce"], regionUse: "firmware" },
      from: "/reserved-memory/bounce",
    },
    {
      name: "on arm behind an IOMMU, forced to be contiguous: the area and nothing else",
      spec: { iommu: "/smmu", about: { attrs: ["force-contiguous", "no-kernel-mapping"] } },
      about: { arch: "arm" },
      from: "cma-default",
    },
    {
      name: "on arm behind an IOMMU, forced to be contiguous, without an area: nowhere",
      spec: { iommu: "/smmu", about: { attrs: ["force-contiguous"] } },
      about: { arch: "arm", cma: undefined as unknown as string },
      from: "",
    },
    { name: "of scattered pages: anywhere", spec: { queue: "sg" }, from: "system" },
    { name: "of scattered pages below 4 GiB", spec: { queue: "sg", about: { gfp: "dma32" } }, from: "dma32-pages" },
    { name: "of pages for the CPU", spec: { queue: "vmalloc" }, from: "system" },
    { name: "of shmem pages", spec: { queue: "gem-shmem" }, from: "system" },
    { name: "of a TTM manager", spec: { queue: "ttm" }, from: "system" },
    { name: "of contiguous GEM memory", spec: { queue: "gem-dma" }, from: "cma-default, else page-block" },
    {
      name: "by code of its own, scattered",
      spec: { queue: "own", about: { allocates: "scattered" } },
      from: "system",
    },
    {
      name: "by code of its own, contiguous",
      spec: { queue: "own", about: { allocates: "contiguous" } },
      from: "cma-default, else page-block",
    },
  ];
  for (const { name, spec, about, from } of cases) {
    it(name, () => expect(steps(paths(spec, { regions: REGIONS, ...about })[0])).toBe(from));
  }

  it("is not known of code nobody described", () => expect(paths({ queue: "own" })).toEqual([]));
  it("is the default area when the device is bound to that", () => {
    const machine = board({ ram: "0x40000000+1G", regions: [AREA], devices: [device("dev", { regions: ["area"] })] });
    const tree: Machine = {
      ...machine,
      defaultCma: {
        base: 0x6000_0000,
        size: 0x100_0000,
        source: "tree",
        node: AREA.node,
        name: "area",
        certainty: "exact",
      },
    };
    expect(steps(exportPathsOf(tree, tree.devices[0]!)[0])).toBe("cma-default, else page-block");
  });
  it("passes over a region the kernel could not place", () => {
    const lost = { ...AREA, base: null, status: "failed" as const };
    expect(steps(paths({ regions: ["area"] }, { regions: [lost] })[0])).toBe("cma-default, else page-block");
  });
});

describe("the smallest buffer, in pages, that a device's allocation takes", () => {
  const least = (spec: DeviceSpec, about: Partial<BoardSpec> = {}): readonly string[] =>
    paths(spec, { regions: REGIONS, ...about }).flatMap((path) =>
      path.steps.map((s) => `${s.source.kind === "region" ? s.source.node : s.source.kind} ${s.leastPages}`),
    );
  it("is two from the default area, and one from pages", () =>
    expect(least({})).toEqual(["cma-default 2", "page-block 1"]));
  it("is two behind an IOMMU, forced to be contiguous", () =>
    expect(least({ iommu: "/smmu", about: { attrs: ["force-contiguous"] } })).toEqual([
      "cma-default 2",
      "page-block 1",
    ]));
  it("is one from an area of the device's own", () =>
    expect(least({ regions: ["area"] })).toEqual(["/reserved-memory/area 1", "page-block 1"]));
  it("is one from arm's own allocators, and two where a device comes past them", () => {
    expect(least({}, { arch: "arm" })).toEqual(["cma-default 1"]);
    expect(least({ iommu: "/smmu", about: { attrs: ["force-contiguous"] } }, { arch: "arm" })).toEqual([
      "cma-default 1",
    ]);
    expect(least({ coherent: true }, { arch: "arm" })).toEqual(["cma-default 2", "page-block 1"]);
    expect(least({ about: { attrs: ["no-kernel-mapping"] } }, { arch: "arm" })).toEqual([
      "cma-default 2",
      "page-block 1",
    ]);
  });
  it("is one from pools and scattered pages", () => {
    expect(least({ regions: ["pool"] })).toEqual(["/reserved-memory/pool 1"]);
    expect(least({ queue: "sg" })).toEqual(["system 1"]);
  });
});

describe("what user space can ask a device for", () => {
  it("is a dumb buffer of a display", () =>
    expect(paths({ queue: "gem-dma" }).map((p) => p.interface)).toEqual(["drm-dumb"]));
  it("is a buffer of a video queue", () =>
    expect(paths({ queue: "contig" }).map((p) => p.interface)).toEqual(["v4l2"]));
  it("is nothing of a driver that exports nothing", () => expect(paths({ exports: "none" })).toEqual([]));
  it("is nothing of a client of a DMA controller nobody found", () => expect(paths({ slaveDma: true })).toEqual([]));
  it("is a buffer of a client of a known DMA controller", () => {
    const machine = board({
      ram: "0x40000000+1G",
      devices: [{ ...device("dev", { slaveDma: true }), dmaDevice: { path: "/soc/dma" } }],
    });
    expect(exportPathsOf(machine, machine.devices[0]!).map(steps)).toEqual(["page-block"]);
  });
  it("is nothing of a driver nobody described", () => expect(paths({ queue: null })).toEqual([]));
  it("is nothing of a device whose facts do not say", () => {
    const machine = board({ ram: "0x40000000+1G", devices: [{ ...device("dev"), export: null }] });
    expect(exportPathsOf(machine, machine.devices[0]!)).toEqual([]);
  });
  it("is no video buffer of a GEM queue by another name", () => {
    expect(
      paths({
        queues: [
          { queue: "render", kind: "gem-shmem" },
          { queue: "scan", kind: "gem-dma" },
        ],
        exports: "v4l2",
      }),
    ).toEqual([]);
  });
  it("is each queue, the one with pictures first", () => {
    const queues = [
      { queue: "output", kind: "sg" },
      { queue: "capture", kind: "contig" },
    ] as const;
    expect(paths({ queues, pictureQueue: "capture" }).map((p) => p.queue.queue)).toEqual(["capture", "output"]);
  });
  it("is only the queue whose condition holds", () => {
    const queues = [
      { queue: "gem", kind: "gem-shmem", when: "iommu" },
      { queue: "gem", kind: "gem-dma", when: "no-iommu" },
    ] as const;
    expect(paths({ queues }).map(steps)).toEqual(["cma-default, else page-block"]);
    expect(paths({ queues, iommu: "/smmu" }).map(steps)).toEqual(["system"]);
  });
  it("is judged as if enabled when the device is disabled", () => {
    expect(paths({ iommu: "/smmu", enabled: false }).map(steps)).toEqual(["system"]);
  });
});

describe("how the CPU sees what a device exports", () => {
  const cases: readonly { readonly name: string; readonly spec: DeviceSpec; readonly mapping: string }[] = [
    { name: "write-combined for a contiguous queue", spec: {}, mapping: "write-combined" },
    { name: "write-combined for GEM DMA memory", spec: { queue: "gem-dma" }, mapping: "write-combined" },
    { name: "write-combined for shmem pages", spec: { queue: "gem-shmem" }, mapping: "write-combined" },
    { name: "cached for a device that snoops", spec: { queue: "gem-dma", coherent: true }, mapping: "cached" },
    { name: "cached for scattered pages of a video queue", spec: { queue: "sg" }, mapping: "cached" },
    { name: "cached for pages the CPU fills", spec: { queue: "vmalloc" }, mapping: "cached" },
    { name: "cached for a TTM manager", spec: { queue: "ttm" }, mapping: "cached" },
    { name: "what the driver says", spec: { queue: "sg", cpuMapping: "uncached" }, mapping: "uncached" },
  ];
  for (const { name, spec, mapping } of cases) it(name, () => expect(paths(spec)[0]?.cpuMapping).toBe(mapping));
});

describe("where an exporter's memory must lie", () => {
  const ALL = ranges("0x40000000+3G,0x100000000+1G");
  const LOW = ranges("0x40000000+3G");

  it("is the coherent reach, not the streaming one", () =>
    expect(paths({ mask: "0xffffffffff", coherentMask: "0xffffffff" })[0]?.reach).toEqual(LOW));
  it("is the coherent reach of a restricted pool too", () => {
    expect(paths({ coherentMask: "0x5fffffff", regions: ["bounce"] }, { regions: REGIONS })[0]?.reach).toEqual(
      ranges("0x40000000+512M"),
    );
  });
  it("is anywhere for scattered pages", () => expect(paths({ queue: "sg" })[0]?.reach).toEqual(ALL));
  it("is anywhere for a coherent pool, which looks at no mask", () => {
    expect(paths({ coherentMask: "0x5fffffff", regions: ["pool"] }, { regions: REGIONS })[0]?.reach).toEqual(ALL);
  });
  it("is what the IOMMU points at for pages of a driver with a domain of its own", () => {
    const narrow = { iommus: [iommu("/smmu", { outputBits: 32 })] };
    expect(paths({ queue: "gem-shmem", iommu: "/smmu", translation: "driver-domain" }, narrow)[0]?.reach).toEqual(LOW);
    expect(paths({ queue: "gem-shmem", iommu: "/smmu", translation: "driver-domain" })[0]?.reach).toEqual(ALL);
  });
});

describe("where a single block surely lies", () => {
  const pages = "0x40000000+2G,0x100000000+1G";
  const cases: readonly {
    readonly name: string;
    readonly spec: DeviceSpec;
    readonly zoneDmaEnd?: number;
    readonly lies: string;
  }[] = [
    { name: "below 4 GiB for a 32-bit device", spec: {}, lies: "0x40000000+3G" },
    {
      name: "anywhere for a device that reaches everything",
      spec: { mask: "0xffffffffff" },
      lies: "0x40000000+3G,0x100000000+1G",
    },
    { name: "nowhere when the only zone has pages out of reach", spec: { mask: "0x7fffffff" }, lies: "" },
    {
      name: "in the first zone of a device with that limit",
      spec: { mask: "0x7fffffff" },
      zoneDmaEnd: 0x8000_0000,
      lies: "0x40000000+1G",
    },
    // 33 bits: the first try may give a page above, the next looks below 4 GiB.
    {
      name: "in reach when a lower zone is in reach as a whole",
      spec: { mask: "0x13fffffff" },
      lies: "0x40000000+3G,0x100000000+1G",
    },
    {
      name: "in reach when only the first zone is in reach as a whole",
      spec: { windows: ["0x40000000@0x40000000+1G", "0x100000000@0x100000000+1G"], mask: "0xffffffffff" },
      zoneDmaEnd: 0x8000_0000,
      lies: "0x40000000+1G,0x100000000+1G",
    },
    {
      name: "nowhere through a window that misses part of the zone",
      spec: { windows: ["0x40000000@0x0+1G"] },
      lies: "",
    },
    {
      name: "anywhere behind an IOMMU",
      spec: { iommu: "/smmu", about: { attrs: ["force-contiguous"] }, mask: "0xffff" },
      lies: "0x40000000+3G,0x100000000+1G",
    },
  ];
  for (const { name, spec, zoneDmaEnd, lies } of cases) {
    it(name, () =>
      expect(paths(spec, { pages, ...(zoneDmaEnd === undefined ? {} : { zoneDmaEnd }) })[0]?.blockReach).toEqual(
        ranges(lies),
      ),
    );
  }
  it("is nowhere behind an IOMMU too narrow for some page", () => {
    const spec: DeviceSpec = { iommu: "/smmu", about: { attrs: ["force-contiguous"] } };
    expect(paths(spec, { iommus: [iommu("/smmu", { outputBits: 32 })] })[0]?.blockReach).toEqual([]);
  });
});
