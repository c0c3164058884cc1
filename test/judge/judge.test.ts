import { describe, expect, it } from "vitest";
import { type FaultCode, judgePlacement } from "./judge.js";
import type { PlainCandidate, PlainMachine, PlainPlacement } from "./plain.js";

/**
 * A board with 2 GiB, 64 MiB of CMA and a codec that needs one range, with the answer for a 1 MiB buffer written by hand; each test spoils one
 * thing and names the fault.
 */
const MACHINE: PlainMachine = {
  arch: "arm64",
  commandLine: "",
  profile: {
    pageSize: 4096,
    maxPageOrder: 10,
    cmaAlignmentOrder: 8,
    systemHeap: true,
    cmaHeap: true,
    udmabuf: { sizeLimit: 0x400_0000 },
  },
  banks: [{ base: 0x4000_0000, size: 0x8000_0000 }],
  iommus: [],
  devices: [
    {
      path: "/vpu",
      enabled: true,
      windows: null,
      busDmaLimit: "unlimited",
      dmaMask: "0xffffffff",
      coherentDmaMask: "0xffffffff",
      coherent: false,
      iommu: null,
      translation: "none",
      translationIfEnabled: "none",
      dmaDevice: { path: "/vpu" },
      maxSegmentSize: 65536,
      maxSegments: "unlimited",
      queues: [{ queue: "capture", kind: "contig" }],
      pictureQueue: "capture",
      mmuOutputBits: null,
      import: { v4l2Dmabuf: true, prime: false },
      export: { cpuMapping: null },
      memoryRegions: [],
      layouts: [{ fourcc: "NV12", modifier: "LINEAR", strideAlign: 64, offsetAlign: 64 }],
    },
  ],
  regions: [],
  defaultCma: { base: 0xb000_0000, size: 0x400_0000, node: null },
  zoneDmaEnd: 0xc000_0000,
  pages: [
    { base: 0x4000_0000, size: 0x7000_0000 },
    { base: 0xb400_0000, size: 0xc00_0000 },
  ],
};

const COST = { certainty: 0, copies: 0, scarcity: 0, cpuAccess: 0, entries: 1, outsider: 0, contiguity: 0 };

function candidate(
  heap: string,
  route: PlainCandidate["route"],
  rank: number | null,
  reason: Partial<PlainCandidate["reasons"][number]>,
  more: Partial<PlainCandidate> = {},
): PlainCandidate {
  const verdict = reason.code === "fits" ? "fits" : reason.code === "only-when-full" ? "depends" : "refused";
  return {
    heap,
    kind: heap.split(":")[0]!,
    route,
    verdict,
    rank,
    cost: COST,
    reasons: [{ code: "fits", text: "", ...reason }],
    ...more,
  };
}

const NEEDS = { code: "needs-contiguous", device: "/vpu" };
const THROUGH = { kind: "v4l2", device: "/vpu", queue: "capture" };
const GOOD: PlainPlacement = {
  request: {
    size: 0x10_0000,
    count: 1,
    cpu: "none",
    participants: [{ device: "/vpu", queue: "capture" }],
    image: null,
  },
  layout: null,
  constraints: {
    merged: { reach: MACHINE.banks, contiguous: true },
    devices: [{ path: "/vpu", via: "direct", reach: MACHINE.banks }],
  },
  candidates: [
    candidate("cma:default", { kind: "dma-heap", path: "/dev/dma_heap/reserved" }, 1, { code: "fits" }),
    candidate("cma:default", THROUGH, 2, { code: "fits" }),
    candidate("page-block", THROUGH, 3, { code: "only-when-full", device: "/vpu" }),
    candidate("system", { kind: "dma-heap", path: "/dev/dma_heap/system" }, null, NEEDS),
    candidate("udmabuf", { kind: "udmabuf", path: "/dev/udmabuf" }, null, NEEDS),
  ],
  placement: {
    heap: "cma:default",
    allocated: 0x10_0000,
    regions: [{ base: 0xb000_0000, size: 0x400_0000 }],
    route: { kind: "dma-heap", path: "/dev/dma_heap/reserved" },
  },
  conflict: null,
};

const codes = (document: PlainPlacement, machine: PlainMachine = MACHINE): readonly FaultCode[] =>
  judgePlacement(machine, document).map((f) => f.code);

/** The answer with one candidate changed. */
function change(index: number, patch: Partial<PlainCandidate>): PlainPlacement {
  return { ...GOOD, candidates: GOOD.candidates.map((c, i) => (i === index ? { ...c, ...patch } : c)) };
}

describe("judgePlacement", () => {
  it("finds nothing wrong with a right answer", () => expect(judgePlacement(MACHINE, GOOD)).toEqual([]));

  const { constraints, placement } = GOOD;
  const half = [{ base: 0x4000_0000, size: 0x4000_0000 }];
  const [device] = constraints.devices;
  const spoiled: readonly {
    readonly name: string;
    readonly document: PlainPlacement;
    readonly faults: readonly FaultCode[];
  }[] = [
    {
      name: "a reach too small",
      document: { ...GOOD, constraints: { ...constraints, devices: [{ ...device!, reach: half }] } },
      faults: ["reach"],
    },
    {
      name: "a device seen through an IOMMU it has not",
      document: { ...GOOD, constraints: { ...constraints, devices: [{ ...device!, via: "iommu" }] } },
      faults: ["via"],
    },
    {
      name: "a merged reach too small",
      document: { ...GOOD, constraints: { ...constraints, merged: { reach: half, contiguous: true } } },
      faults: ["merged-reach"],
    },
    {
      name: "one range not asked for",
      document: { ...GOOD, constraints: { ...constraints, merged: { ...constraints.merged, contiguous: false } } },
      faults: ["merged-contiguous"],
    },
    {
      name: "a participant the document forgot",
      document: { ...GOOD, constraints: { ...constraints, devices: [] } },
      faults: ["unknown-device"],
    },
    { name: "a source the machine has not", document: change(4, { heap: "cma:other" }), faults: ["unknown-source"] },
    {
      name: "a heap the kernel has not",
      document: change(3, { route: { kind: "udmabuf", path: "/dev/udmabuf" } }),
      faults: ["route-leads-elsewhere"],
    },
    {
      name: "a device that does not lead there",
      document: change(3, { route: THROUGH }),
      faults: ["route-leads-elsewhere", "missing-reason"],
    },
    {
      name: "a refusal left out",
      document: change(4, { verdict: "fits", rank: 4, reasons: [{ code: "fits", text: "" }] }),
      faults: ["missing-reason", "wrong-verdict", "cost-order"],
    },
    {
      name: "a refusal that is not true",
      document: change(1, {
        verdict: "refused",
        rank: null,
        reasons: [{ code: "cannot-import", device: "/vpu", text: "" }],
      }),
      faults: ["untrue-reason", "wrong-verdict", "rank-numbers"],
    },
    { name: "a verdict the reasons do not give", document: change(2, { verdict: "fits" }), faults: ["wrong-verdict"] },
    {
      name: "a dearer candidate first",
      document: change(0, { cost: { ...COST, scarcity: 1 } }),
      faults: ["cost-order"],
    },
    { name: "a rank left out", document: change(1, { rank: 5 }), faults: ["rank-numbers"] },
    { name: "a rank for what is refused", document: change(3, { rank: 4 }), faults: ["rank-numbers"] },
    { name: "neither a placement nor a conflict", document: { ...GOOD, placement: null }, faults: ["both-or-neither"] },
    {
      name: "a placement and a conflict",
      document: { ...GOOD, conflict: { members: [] } },
      faults: ["both-or-neither"],
    },
    {
      name: "another candidate than the best",
      document: { ...GOOD, placement: { ...placement!, heap: "system" } },
      faults: ["not-the-best"],
    },
    {
      name: "a conflict although something fits",
      document: { ...GOOD, placement: null, conflict: { members: [{ device: "/vpu", field: "reach" }] } },
      faults: ["not-the-best", "conflict-misses"],
    },
    {
      name: "bytes that are not what is taken",
      document: { ...GOOD, placement: { ...placement!, allocated: 0x20_0000 } },
      faults: ["allocated"],
    },
    {
      name: "a place that is not the source's",
      document: { ...GOOD, placement: { ...placement!, regions: half } },
      faults: ["regions-out-of-reach"],
    },
  ];
  for (const { name, document, faults } of spoiled)
    it(`sees ${name}`, () => expect([...new Set(codes(document))]).toEqual(faults));

  it("sees a device the machine has not", () => {
    const document = {
      ...GOOD,
      request: { ...GOOD.request, participants: [...GOOD.request.participants, { device: "/other", queue: null }] },
    };
    expect(codes(document)).toEqual(["unknown-device"]);
  });
  it("sees memory out of reach", () => {
    const narrow = { ...MACHINE, devices: [{ ...MACHINE.devices[0]!, dmaMask: "0x7fffffff" }] };
    expect(new Set(codes(GOOD, narrow))).toEqual(
      new Set(["reach", "merged-reach", "missing-reason", "wrong-verdict", "regions-out-of-reach"]),
    );
  });

  describe("of numbers", () => {
    const large: PlainPlacement["request"] = { ...GOOD.request, size: 0x440_0000 };
    const hole = {
      code: "no-hole",
      heap: "cma:default",
      asked: 0x440_0000,
      largestHole: 0x3f0_0000,
      missing: 0x50_0000,
      count: 1,
      fits: 0,
      text: "",
    };
    const big = {
      code: "too-large",
      asked: 0x800_0000,
      largest: 0x40_0000,
      missing: 0x7c0_0000,
      limit: "page-block",
      text: "",
    };
    const over = {
      code: "too-large",
      asked: 0x440_0000,
      largest: 0x400_0000,
      missing: 0x40_0000,
      limit: "udmabuf",
      text: "",
    };
    const refusal = (reasons: readonly PlainCandidate["reasons"][number][]): PlainPlacement => ({
      ...GOOD,
      request: large,
      candidates: GOOD.candidates.map((c, i) => ({
        ...c,
        verdict: "refused",
        rank: null,
        reasons:
          i < 2
            ? [{ ...hole, ...reasons[i] }]
            : i === 2
              ? [{ ...big, ...reasons[2] }]
              : i === 4
                ? [{ text: "", ...NEEDS }, over]
                : c.reasons,
      })),
      placement: null,
      conflict: {
        members: [
          { device: null, field: "size" },
          { device: "/vpu", field: "contiguous" },
        ],
      },
    });
    const none = [hole, hole, big];
    it("finds nothing wrong with a right refusal", () => expect(judgePlacement(MACHINE, refusal(none))).toEqual([]));
    it("sees a wrong hole", () =>
      expect(codes(refusal([{ ...hole, largestHole: 0x3e0_0000, missing: 0x60_0000 }, hole, big]))).toEqual([
        "wrong-number",
      ]));
    it("sees a wrong difference", () =>
      expect(codes(refusal([{ ...hole, missing: 1 }, hole, big]))).toEqual(["wrong-number"]));
    it("sees a wrong number of buffers", () =>
      expect(codes(refusal([{ ...hole, count: 2 }, hole, big]))).toEqual(["wrong-number"]));
    it("sees a wrong block", () =>
      expect(new Set(codes(refusal([hole, hole, { ...big, asked: 0x440_0000 }])))).toEqual(new Set(["wrong-number"])));
    it("sees a conflict that misses a candidate", () => {
      expect(codes({ ...refusal(none), conflict: { members: [{ device: null, field: "size" }] } })).toEqual([
        "conflict-misses",
      ]);
    });
    it("sees a member that could be dropped", () => {
      const members = [
        { device: null, field: "size" },
        { device: "/vpu", field: "contiguous" },
        { device: "/vpu", field: "reach" },
      ];
      expect(new Set(codes({ ...refusal(none), conflict: { members } }))).toEqual(
        new Set(["conflict-not-minimal", "conflict-not-smallest"]),
      );
    });
    it("sees bytes out of reach counted wrongly", () => {
      const narrow: PlainMachine = { ...MACHINE, devices: [{ ...MACHINE.devices[0]!, dmaMask: "0xb1ffffff" }] };
      const document = (outside: number, share: number, firstOutside: number): PlainPlacement =>
        change(0, {
          verdict: "refused",
          rank: null,
          reasons: [{ code: "would-bounce", device: "/vpu", outside, share, firstOutside, text: "" }],
        });
      const wrong = (d: PlainPlacement): readonly string[] =>
        judgePlacement(narrow, d)
          .filter((f) => f.code === "wrong-number")
          .map((f) => f.detail);
      expect(wrong(document(0x200_0000, 0.5, 0xb200_0000))).toEqual([]);
      expect(wrong(document(0x100_0000, 0.25, 0xb100_0000))).toHaveLength(3);
    });
  });

  describe("of pictures", () => {
    const size = 64 * 32 + 64 * 16;
    const picture = (planes: NonNullable<PlainPlacement["layout"]>["planes"], bytes = size): PlainPlacement => ({
      ...GOOD,
      request: { ...GOOD.request, size: bytes, image: { width: 64, height: 32, format: "NV12", modifier: "LINEAR" } },
      layout: { planes },
      placement: { ...GOOD.placement!, allocated: 4096 },
      candidates: GOOD.candidates.map((c, i) =>
        i < 3 ? c : { ...c, verdict: "fits", rank: i, reasons: [{ code: "fits", text: "" }] },
      ),
    });
    const y = { offset: 0, stride: 64, size: 64 * 32 };
    const uv = { offset: 64 * 32, stride: 64, size: 64 * 16 };
    const planesOf = (d: PlainPlacement): readonly string[] => codes(d).filter((c) => c.startsWith("plane"));
    it("finds nothing wrong with a right one", () => expect(planesOf(picture([y, uv]))).toEqual([]));
    it("sees planes that overlap", () =>
      expect(planesOf(picture([y, { ...uv, offset: 64 * 31 }], 64 * 47))).toEqual(["plane-overlap"]));
    it("sees a stride no engine takes", () =>
      expect(planesOf(picture([y, { offset: 2048, stride: 32, size: 1024 }]))).toEqual(["plane-alignment"]));
    it("sees an offset no engine takes", () =>
      expect(planesOf(picture([y, { ...uv, offset: 2080 }], size + 32))).toEqual(["plane-alignment"]));
    it("sees too few rows", () => expect(planesOf(picture([{ ...y, size: 64 * 31 }, uv]))).toEqual(["plane-size"]));
    it("sees a size that is not the end", () =>
      expect(planesOf(picture([y, uv], size + 4096))).toEqual(["plane-size"]));
    it("sees a plane of half a row", () =>
      expect(planesOf(picture([y, { ...uv, size: 64 * 16 - 32 }], size - 32))).toEqual(["plane-size"]));
    it("sees a layout nobody asked for", () =>
      expect(codes({ ...GOOD, layout: { planes: [y] } })).toEqual(["plane-size"]));
  });
});
