import { describe, expect, it } from "vitest";
import type { DeviceFact } from "../../src/facts/fact.js";
import { compareFacts } from "../../tools/facts/compare.js";

const FACT: DeviceFact = {
  match: { compatible: "test,codec" },
  driver: { file: "drivers/media/codec.c", line: 10, module: "codec", kernel: "6.12" },
  role: "codec",
  appliesTo: "self",
  dmaMask: { kind: "exact", value: "0xffffffff", sources: [] },
  coherentDmaMask: { kind: "default", sources: [] },
  maxSegmentSize: { kind: "default", setBy: "default" },
  segmentBoundaryMask: { kind: "default", sources: [] },
  buffers: [
    { queue: "output", kind: "vmalloc" },
    { queue: "capture", kind: "contig", attrs: ["no-kernel-mapping", "alloc-single-pages"] },
  ],
  pictureQueue: "capture",
  import: { v4l2Dmabuf: true },
  export: { v4l2Mmap: false },
  mmu: "none",
  slaveDma: false,
  confidence: "A",
  reviewed: false,
};

function fieldsThatDiffer(other: Partial<DeviceFact>): string[] {
  return compareFacts([FACT], [{ ...FACT, ...other }]).differences.map(({ field }) => field);
}

describe("compareFacts", () => {
  it("sees no difference in the order of queues, attributes and aggregates, and none between closed and unsaid", () => {
    const buffers: DeviceFact["buffers"] = [
      { queue: "capture", kind: "contig", attrs: ["alloc-single-pages", "no-kernel-mapping"] },
      { queue: "output", kind: "vmalloc" },
    ];
    expect(fieldsThatDiffer({ buffers, export: {} })).toEqual([]);
    const blocks = [
      ["a", "b"],
      ["b", "a"],
    ].map((aggregate): DeviceFact => ({ ...FACT, appliesTo: { aggregate } }));
    expect(compareFacts(blocks.slice(0, 1), blocks.slice(1)).differences).toEqual([]);
  });

  const cases: readonly (readonly [field: string, other: Partial<DeviceFact>])[] = [
    ["buffers", { buffers: [{ queue: "capture", kind: "sg" }] }],
    ["pictureQueue", { pictureQueue: "output" }],
    ["import", { import: { prime: true } }],
    ["export", { export: { v4l2Mmap: true } }],
    ["memoryRegionUse", { memoryRegionUse: "firmware" }],
    ["mmu", { mmu: "device" }],
    ["role", { role: "scaler" }],
    ["slaveDma", { slaveDma: true }],
    ["appliesTo", { appliesTo: "parent" }],
    ["dmaMask", { dmaMask: { kind: "exact", value: "0xffff", sources: [] } }],
  ];
  for (const [field, other] of cases) it(`names ${field}`, () => expect(fieldsThatDiffer(other)).toEqual([field]));

  it("names a compatible that was not extracted", () => {
    expect(compareFacts([], [FACT]).missing).toEqual(["test,codec (drivers/media/codec.c:10)"]);
  });
});
