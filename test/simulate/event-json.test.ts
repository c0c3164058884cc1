import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { createDmaSystem } from "../../src/simulate/dma-system.js";
import { eventToJson, parseEvent } from "../../src/simulate/event-json.js";
import type { SystemEvent } from "../../src/simulate/events.js";
import { orThrow } from "../../src/units/result.js";
import { ROOT } from "../../tools/project.js";
import { exampleMachine } from "./example-machine.js";

const published = new Ajv2020().compile(
  JSON.parse(readFileSync(join(ROOT, "schema", "event-1.schema.json"), "utf8")) as object,
);

/** Judged by the published schema and by the reader, which must agree. */
function isEvent(line: string): boolean {
  const read = parseEvent(line).ok;
  expect(published(JSON.parse(line)), JSON.stringify(published.errors)).toBe(read);
  return read;
}

describe("an event as JSON", () => {
  it("has the fields of its type and no others", () => {
    const event = { type: "attach", time: 1, source: "model", buffer: 1, participant: "/a" } as const;
    expect(isEvent(eventToJson(event))).toBe(true);
    expect(isEvent(JSON.stringify({ ...event, schema: "coalloc/event/1", mood: "good" }))).toBe(false);
    expect(isEvent(JSON.stringify({ ...event, schema: "coalloc/event/1", time: -1 }))).toBe(false);
    expect(isEvent(JSON.stringify({ ...event, schema: "coalloc/event/1", type: "vanish" }))).toBe(false);
    expect(isEvent(JSON.stringify(event))).toBe(false);
  });

  it("says which field is wrong", () => {
    const line = '{"schema":"coalloc/event/1","type":"detach","time":1,"source":"model","buffer":0,"participant":"/a"}';
    const read = parseEvent(line);
    expect(read.ok ? "" : read.refusal.text).toContain("buffer");
  });

  it("is what a system tells, of every operation on a buffer", () => {
    const system = createDmaSystem(exampleMachine(), { bytes: false });
    const told: SystemEvent[] = [];
    system.subscribe((event) => told.push(event));
    const buffer = system.createBuffer({ size: 1 << 20 });
    const codec = buffer.attach("decoder");
    orThrow(codec.map("from-device"));
    expect(buffer.tryAttach("csi").ok).toBe(false);
    codec.unmap();
    orThrow(buffer.move("cma:default"));
    orThrow(codec.map("to-device"));
    const other = system.createBuffer({ size: 2 ** 40, participants: ["decoder"] });
    expect(other.allocate().ok).toBe(false);
    codec.detach();
    buffer.release();
    expect(told.map((event) => event.type)).toEqual([
      "attach",
      "allocate",
      "map",
      "attach-failed",
      "unmap",
      "move",
      "map",
      "attach",
      "allocate-failed",
      "unmap",
      "detach",
      "release",
    ]);
    for (const event of told) expect(parseEvent(eventToJson(event))).toEqual({ ok: true, value: event });
    for (const event of told) expect(isEvent(eventToJson(event))).toBe(true);
  });
});

describe("lines that a kernel recorded", () => {
  const by = { task: "node", pid: 190, cpu: 0 };
  const cases: readonly { readonly lines: readonly string[]; readonly event: SystemEvent }[] = [
    {
      lines: [
        "node-190 [000] ..... 13.995490: cma_alloc_start: name=linux,cma count=57 align=6",
        "node-190 [000] ..... 14.006636: cma_alloc_finish: name=linux,cma pfn=0x7c0c0 page=00000000d58461ab count=57 align=6 errorno=0",
        "node-190 [000] ..... 14.007465: dma_alloc: vivid.0 dir=BIDIRECTIONAL dma_addr=7c0c0000 size=233472 virt_addr=0000000000d89951 flags=GFP_KERNEL attrs=",
      ],
      event: {
        type: "allocate",
        time: 14_007_465_000,
        source: "ftrace",
        by,
        buffer: 1,
        participant: "vivid.0",
        heap: "linux,cma",
        requested: 233_472,
        taken: 233_472,
        blocks: 1,
        address: 0x7c0c0000,
        dmaAddr: 0x7c0c0000,
        alignment: 262_144,
        took: 11_146_000,
      },
    },
    {
      lines: [
        "node-190 [000] ..... 14.962104: cma_alloc_finish: name=linux,cma pfn=0xffffffffffffffff page=0000000000000000 count=2025 align=8 errorno=-12",
      ],
      event: {
        type: "allocate-failed",
        time: 14_962_104_000,
        source: "ftrace",
        by,
        buffer: null,
        participant: null,
        heap: "linux,cma",
        requested: 8_294_400,
        cause: "ENOMEM",
        free: null,
        largest: null,
        alignment: 1_048_576,
      },
    },
    {
      lines: [
        "node-190 [000] ..... 14.274338: cma_release: name=linux,cma pfn=0x7c200 page=00000000ac01f80a count=113",
      ],
      event: {
        type: "release",
        time: 14_274_338_000,
        source: "ftrace",
        by,
        buffer: 2,
        participant: null,
        heap: "linux,cma",
        taken: 462_848,
        address: 0x7c200000,
      },
    },
    {
      lines: [
        "node-151 [000] ..... 10.729619: dma_map_sg: vgem dir=BIDIRECTIONAL nents=2/2 ents=2/2 dma_addrs={0xb800000,0xb900000} sizes={0x100000,0x100000} phys_addrs={0xb800000,0xb900000} attrs=",
      ],
      event: {
        type: "map",
        time: 10_729_619_000,
        source: "ftrace",
        by: { task: "node", pid: 151, cpu: 0 },
        buffer: 3,
        participant: "vgem",
        direction: "bidirectional",
        size: 0x200000,
        blocks: 2,
        segments: 2,
        address: 0xb800000,
        bounced: 0,
        list: {
          physAddr: [0xb800000, 0xb900000],
          dmaAddr: [0xb800000, 0xb900000],
          length: [0x100000, 0x100000],
          truncated: false,
        },
      },
    },
    {
      lines: [
        "ip-159 [000] .N... 7.743020: swiotlb_bounced: dev_name: 0000:00:05.0 dma_mask=ffffffff dev_addr=1046bf8c0 size=1522 NORMAL",
      ],
      event: {
        type: "bounce",
        time: 7_743_020_000,
        source: "ftrace",
        by: { task: "ip", pid: 159, cpu: 0 },
        participant: "0000:00:05.0",
        size: 1522,
        address: 0x1046bf8c0,
        dmaMask: "0xffffffff",
        forced: false,
      },
    },
    {
      lines: [
        "ip-159 [000] .N... 7.743633: dma_map_page: 0000:00:05.0 dir=FROM_DEVICE dma_addr=7be7a000 size=1522 phys_addr=1046bf8c0 attrs=",
      ],
      event: {
        type: "map",
        time: 7_743_633_000,
        source: "ftrace",
        by: { task: "ip", pid: 159, cpu: 0 },
        buffer: null,
        participant: "0000:00:05.0",
        direction: "from-device",
        size: 1522,
        blocks: 1,
        segments: 1,
        address: 0x7be7a000,
        bounced: 1522,
        list: { physAddr: [0x1046bf8c0], dmaAddr: [0x7be7a000], length: [1522], truncated: false },
      },
    },
    {
      lines: [
        "<idle>-0 [000] ..s1. 10.765118: dma_sync_single_for_cpu: 0000:00:05.0 dir=FROM_DEVICE dma_addr=7be7a000 size=68",
      ],
      event: {
        type: "sync",
        time: 10_765_118_000,
        source: "ftrace",
        by: { task: "<idle>", pid: 0, cpu: 0 },
        buffer: null,
        participant: "0000:00:05.0",
        direction: "from-device",
        for: "cpu",
        address: 0x7be7a000,
        size: 68,
      },
    },
    {
      lines: [
        "modprobe-154 [000] ..... 9.962696: map: IOMMU: iova=0x00000000fffff000 - 0x0000000100000000 paddr=0x00000000038ef000 size=4096",
      ],
      event: {
        type: "iommu-map",
        time: 9_962_696_000,
        source: "ftrace",
        by: { task: "modprobe", pid: 154, cpu: 0 },
        iova: 0xfffff000,
        physAddr: 0x38ef000,
        size: 4096,
      },
    },
  ];
  for (const { lines, event } of cases) {
    it(`become events: ${lines
      .at(-1)
      ?.replace(/^.*?\d: |^.*?\.\.\.\.\. /, "")
      .slice(0, 60)}`, () => {
      expect(parseEvent(eventToJson(event))).toEqual({ ok: true, value: event });
      expect(isEvent(eventToJson(event))).toBe(true);
    });
  }
});
