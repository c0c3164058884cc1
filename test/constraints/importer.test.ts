import { describe, expect, it } from "vitest";
import { acceptsOf, importerOf, queuesOf } from "../../src/constraints/importer.js";
import type { Participant } from "../../src/constraints/participant.js";
import type { BufferKind } from "../../src/facts/fact.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu, ranges, region } from "../machine-builder.js";

function importer(spec: DeviceSpec, about: Partial<BoardSpec> = {}, queue: string | null = null): Participant {
  const machine = board({
    ram: "0x40000000+3G,0x100000000+1G",
    iommus: [iommu("/smmu", { outputBits: 36 })],
    devices: [device("dev", spec)],
    ...about,
  });
  return importerOf(machine, { device: machine.devices[0]!, queue, access: "read-write" });
}

const constraintsOf = (participant: Participant) => participant.alternatives[0].constraints;
const LOW = ranges("0x40000000+3G");
const ALL = ranges("0x40000000+3G,0x100000000+1G");

describe("how pages become addresses for a device", () => {
  const cases: readonly {
    readonly name: string;
    readonly spec: DeviceSpec;
    readonly about?: Partial<BoardSpec>;
    readonly translation: string;
    readonly contiguous: boolean;
    readonly reach: readonly { base: number; size: number }[];
    readonly room: number | "unlimited";
  }[] = [
    {
      name: "directly: one range within its mask",
      spec: {},
      translation: "none",
      contiguous: true,
      reach: LOW,
      room: "unlimited",
    },
    {
      name: "directly, scattered queue: any pages within its mask",
      spec: { queue: "sg" },
      translation: "none",
      contiguous: false,
      reach: LOW,
      room: "unlimited",
    },
    {
      name: "by an IOMMU: any pages its tables can name, in a space the mask bounds",
      spec: { iommu: "/smmu", mask: "0x7fffffff" },
      about: { iommus: [iommu("/smmu", { outputBits: 36 })] },
      translation: "iommu",
      contiguous: false,
      reach: ALL,
      room: 2 ** 31 - 4096,
    },
    {
      name: "by an IOMMU with narrow output: RAM below it",
      spec: { iommu: "/smmu", mask: "0xffffffffffffffff" },
      about: { iommus: [iommu("/smmu", { outputBits: 32, aperture: "0+16M" })] },
      translation: "iommu",
      contiguous: false,
      reach: LOW,
      room: 2 ** 24 - 4096,
    },
    {
      name: "by an IOMMU that passes through: directly",
      spec: { iommu: "/smmu", iommuState: "identity" },
      translation: "none",
      contiguous: true,
      reach: LOW,
      room: "unlimited",
    },
    {
      name: "in a domain of the driver's own: mapped for the DMA device first",
      spec: { iommu: "/smmu", translation: "driver-domain", queue: "gem-shmem" },
      translation: "driver-domain",
      contiguous: false,
      reach: LOW,
      room: 2 ** 32 - 4096,
    },
    {
      name: "by tables inside the engine",
      spec: { translation: "device-mmu", queue: "gem-shmem", mask: "0xffffffffff", mmuOutputBits: 32 },
      translation: "device-mmu",
      contiguous: false,
      reach: LOW,
      room: "unlimited",
    },
    {
      name: "not at all: the CPU copies",
      spec: { queue: "vmalloc", mask: "0xffffff" },
      translation: "cpu",
      contiguous: false,
      reach: ALL,
      room: "unlimited",
    },
  ];
  for (const { name, spec, about, translation, contiguous, reach, room } of cases) {
    it(name, () => {
      const participant = importer(spec, about);
      expect(participant.translation).toBe(translation);
      expect(constraintsOf(participant)).toEqual({
        reach,
        contiguous,
        alignment: 4096,
        maxSegmentSize: 65536,
        maxSegments: "unlimited",
        segmentBoundaryMask: "unlimited",
        iovaRoom: room,
      });
    });
  }

  it("takes no notice of where the device itself would allocate", () => {
    const bound = importer(
      { coherentMask: "0xffffff", regions: ["area"] },
      { regions: [region("area", "cma", "0x60000000+16M")] },
    );
    expect(constraintsOf(bound).reach).toEqual(LOW);
  });
});

describe("acceptsOf", () => {
  const kinds: readonly (readonly [BufferKind, string])[] = [
    ["contig", "contiguous"],
    ["gem-dma", "contiguous"],
    ["sg", "scattered"],
    ["gem-shmem", "scattered"],
    ["ttm", "scattered"],
    ["vmalloc", "scattered"],
    ["own", "unknown"],
  ];
  for (const [kind, accepts] of kinds)
    it(`${kind}: ${accepts}`, () => expect(acceptsOf({ queue: "q", kind })).toBe(accepts));
  it("believes what a fact states", () => {
    expect(acceptsOf({ queue: "q", kind: "own", accepts: "contiguous" })).toBe("contiguous");
    expect(acceptsOf({ queue: "q", kind: "gem-shmem", accepts: "contiguous" })).toBe("contiguous");
  });
});

describe("the queue of a participant", () => {
  const queues = [
    { queue: "output", kind: "sg" },
    { queue: "capture", kind: "contig" },
  ] as const;
  it("is the one that carries pictures", () =>
    expect(importer({ queues, pictureQueue: "capture" }).queue?.queue).toBe("capture"));
  it("is the one that was named", () =>
    expect(importer({ queues, pictureQueue: "capture" }, {}, "output").queue?.queue).toBe("output"));
  it("is the first when none carries pictures", () =>
    expect(importer({ queues, pictureQueue: "none" }).queue?.queue).toBe("output"));
  it("is none when the name is unknown", () => expect(importer({ queues }, {}, "meta").queue).toBeNull());
  it("depends on a translating IOMMU where its entry says so", () => {
    const conditional = device("dev", {
      queues: [
        { queue: "gem", kind: "gem-shmem", when: "iommu" },
        { queue: "gem", kind: "gem-dma", when: "no-iommu" },
        { queue: "meta", kind: "vmalloc" },
      ],
    });
    expect(queuesOf(conditional, "none").map((q) => q.kind)).toEqual(["gem-dma", "vmalloc"]);
    expect(queuesOf(conditional, "device-mmu").map((q) => q.kind)).toEqual(["gem-dma", "vmalloc"]);
    expect(queuesOf(conditional, "iommu").map((q) => q.kind)).toEqual(["gem-shmem", "vmalloc"]);
    expect(queuesOf(conditional, "driver-domain").map((q) => q.kind)).toEqual(["gem-shmem", "vmalloc"]);
  });
});

describe("what is taken for granted", () => {
  it("is nothing for an enabled device with known queues", () => expect(importer({}).assumptions).toEqual([]));
  it("is that a disabled device and its IOMMU were enabled", () => {
    const participant = importer({ enabled: false, iommu: "/smmu", iommuState: "disabled", translation: "iommu" });
    expect(participant.translation).toBe("iommu");
    expect(participant.assumptions).toEqual([
      { code: "device-disabled", device: "/soc/dev", field: "status", source: "/soc/dev:status" },
      { code: "iommu-disabled", device: "/soc/dev", field: "iommu", source: "/smmu:status" },
    ]);
  });
  it("does not name an IOMMU that is enabled", () => {
    expect(importer({ enabled: false, iommu: "/smmu" }).assumptions.map((a) => a.code)).toEqual(["device-disabled"]);
  });
  it("is contiguous memory for queues nobody described", () => {
    const participant = importer({ queue: null });
    expect([participant.buffers, constraintsOf(participant).contiguous]).toEqual(["unknown", true]);
    expect(participant.assumptions).toEqual([
      { code: "unknown-buffers", device: "/soc/dev", field: "contiguous", source: null },
    ]);
  });
  it("is nothing about queues when an IOMMU makes one range of anything", () =>
    expect(importer({ queue: null, iommu: "/smmu" }).assumptions).toEqual([]));
  it("says each thing once", () => {
    const said = { code: "unknown-buffers", device: "/soc/dev", field: "contiguous", source: "elsewhere" } as const;
    expect(importer({ queue: null, assumptions: [said] }).assumptions).toEqual([said]);
  });
});

describe("importing", () => {
  it("is possible by either interface", () => {
    expect([
      importer({}).canImport,
      importer({ queue: "gem-dma" }).canImport,
      importer({ imports: false }).canImport,
      importer({ imports: null }).canImport,
    ]).toEqual([true, true, false, null]);
  });
  it("is up to the queue where the queues of a driver differ", () => {
    const queues = [
      { queue: "capture", kind: "contig" },
      { queue: "encoder-output", kind: "contig", takesDmabuf: true },
    ] as const;
    const canImport = (queue: string | null) => importer({ imports: false, queues }, {}, queue).canImport;
    expect([canImport(null), canImport("capture"), canImport("encoder-output")]).toEqual([false, false, true]);
  });
  it("goes through a restricted pool where the device has one", () => {
    const pools = {
      regions: [region("pool", "coherent-pool", "0x60000000+1M"), region("bounce", "restricted-pool", "0x62000000+1M")],
    };
    expect(importer({ regions: ["pool", "bounce"] }, pools).bouncePool).toBe("/reserved-memory/bounce");
    expect(importer({ regions: ["pool"] }, pools).bouncePool).toBeNull();
    expect(importer({ regions: ["bounce"], iommu: "/smmu" }, pools).bouncePool).toBeNull();
    expect(importer({ regions: ["bounce"], queue: "vmalloc" }, pools).bouncePool).toBeNull();
    const lost = { regions: [{ ...pools.regions[1]!, status: "failed" as const }] };
    expect(importer({ regions: ["bounce"] }, lost).bouncePool).toBeNull();
  });
});

describe("where a limit stands", () => {
  const cases: readonly { readonly name: string; readonly spec: DeviceSpec; readonly source: string | null }[] = [
    { name: "the mask, in the driver", spec: {}, source: "drivers/test/dev.c:10" },
    {
      name: "the bus, when it ends below the mask",
      spec: { windows: ["0x40000000@0x0+1G"] },
      source: "/soc:dma-ranges",
    },
    {
      name: "the bus, when it ends with the mask",
      spec: { windows: ["0x40000000@0x0+4G"] },
      source: "/soc:dma-ranges",
    },
    {
      name: "the mask, when the bus goes on above it",
      spec: { windows: ["0x40000000@0x0+4G"], mask: "0x7fffffff" },
      source: "drivers/test/dev.c:10",
    },
    {
      name: "the bus, when nobody knows the mask",
      spec: { windows: ["0x40000000@0x0+4G"], mask: null },
      source: "/soc:dma-ranges",
    },
    { name: "the IOMMU's output", spec: { iommu: "/smmu" }, source: "drivers/iommu/test.c:3" },
    {
      name: "the engine's own MMU, when it ends below the mask",
      spec: { translation: "device-mmu", mmuOutputBits: 32, mask: "0xffffffffff" },
      source: "drivers/test/dev.c:16",
    },
    {
      name: "the mask, when the engine's own MMU ends with it",
      spec: { translation: "device-mmu", mmuOutputBits: 32 },
      source: "drivers/test/dev.c:10",
    },
    {
      name: "the bus, when it ends below mask and MMU",
      spec: { translation: "device-mmu", mmuOutputBits: 32, mask: "0xffffffffff", windows: ["0x40000000@0x0+1G"] },
      source: "/soc:dma-ranges",
    },
    {
      name: "the IOMMU's output, when the driver's domain ends below the mask",
      spec: { iommu: "/smmu", translation: "driver-domain", mask: "0xffffffffffff" },
      source: "drivers/iommu/test.c:3",
    },
    {
      name: "the mask, when the driver's domain goes on above it",
      spec: { iommu: "/smmu", translation: "driver-domain" },
      source: "drivers/test/dev.c:10",
    },
    { name: "nothing, when the CPU copies", spec: { queue: "vmalloc" }, source: "the CPU copies" },
  ];
  for (const { name, spec, source } of cases)
    it(`of the reach: ${name}`, () => expect(importer(spec).provenance.reach.source).toBe(source));

  const rooms: readonly { readonly name: string; readonly spec: DeviceSpec; readonly source: string | null }[] = [
    { name: "the IOMMU's own space", spec: { iommu: "/smmu", mask: "0xffffffffff" }, source: "drivers/iommu/test.c:2" },
    { name: "the mask", spec: { iommu: "/smmu", mask: "0x7fffffff" }, source: "drivers/test/dev.c:10" },
    { name: "the bus", spec: { iommu: "/smmu", mask: "0xffffffffff", windows: ["0@0+1G"] }, source: "/soc:dma-ranges" },
    { name: "nothing without one", spec: {}, source: null },
  ];
  for (const { name, spec, source } of rooms)
    it(`of the I/O room: ${name}`, () => expect(importer(spec).provenance.iovaRoom.source).toBe(source));

  it("of the buffers: the line of the queue, unless somebody overrides it", () => {
    const spec: DeviceSpec = { about: { sources: [{ file: "drivers/test/queue.c", line: 7 }] } };
    expect(importer(spec).provenance.contiguous).toEqual({ kind: "fact", source: "drivers/test/queue.c:7" });
    const machine = board({ ram: "0x40000000+1G" });
    const plain = device("dev", spec);
    const overridden = {
      ...plain,
      provenance: { ...plain.provenance, buffers: { kind: "override", source: "mine.json" } as const },
    };
    expect(importerOf(machine, { device: overridden, queue: null, access: "read" }).provenance.contiguous).toEqual({
      kind: "override",
      source: "mine.json",
    });
    const bare = { ...device("dev"), provenance: {} };
    const { provenance } = importerOf(machine, { device: bare, queue: null, access: "read" });
    expect([
      provenance.contiguous,
      provenance.reach,
      provenance.maxSegmentSize,
      provenance.maxSegments,
      provenance.segmentBoundaryMask,
    ]).toEqual([
      { kind: "unknown", source: null },
      { kind: "unknown", source: null },
      { kind: "kernel-default", source: null },
      { kind: "kernel-default", source: null },
      { kind: "kernel-default", source: null },
    ]);
  });
  it("of the alignment: the page size", () => {
    expect(importer({}).provenance.alignment).toEqual({ kind: "config", source: "page size of embedded-6.12" });
  });
  it("of segments: the driver", () => {
    const { provenance } = importer({ maxSegmentSize: 4096 });
    expect([provenance.maxSegmentSize.source, provenance.maxSegments.source]).toEqual([
      "drivers/test/dev.c:12",
      "drivers/test/dev.c:13",
    ]);
  });
});
