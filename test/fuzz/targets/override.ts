import { parseOverrides } from "../../../src/facts/override.js";
import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import { YamlText } from "../../../src/units/yaml-text.js";
import { machineOf } from "../../machine/board.js";
import { askMachine } from "../ask-machine.js";
import { PARTS_BOARD, PARTS_FACTS } from "../boards.js";
import { checksum } from "../checksum.js";
import { leadsSomewhere } from "../json-path.js";
import type { Mutation } from "../mutate.js";
import { jsonMutation } from "../mutate-json.js";

/**
 * Reads a text as override file, builds a board with it and asks every question of the machine.
 *
 * @throws when it is refused without a sentence of one line, or with a path that leads nowhere, or accepted and then the machine cannot be
 *   saved and read again, or a question cannot be answered
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const result = parseOverrides(text);
  if (!result.ok) {
    const { code, path, line, column, text: sentence } = result.refusal;
    if (sentence === "" || /[\p{Cc}\u2028\u2029]/u.test(sentence)) {
      throw new Error(`no sentence of one line: ${JSON.stringify(sentence)}`);
    }
    const value = YamlText.read(text);
    if (value.ok ? !leadsSomewhere(value.value.value, path) : code !== "not-yaml" || path !== "") {
      throw new Error(`${code}: ${JSON.stringify(path)} leads nowhere`);
    }
    const lines = text.split("\n");
    if (column < 1 || column > (lines[line - 1]?.length ?? -1) + 1) {
      throw new Error(`line ${line}, column ${column} is outside the text`);
    }
    return;
  }
  const machine = machineOf(PARTS_BOARD, PARTS_FACTS, { overrides: result.value });
  const saved = parseMachine(machineToJson(machine));
  if (!saved.ok) throw new Error(`the machine is refused when read again: ${saved.refusal.text}`);
  askMachine(saved.value, checksum(data));
}

const encoder = new TextEncoder();

/** Files about the devices of the board, every field in one of them. */
export const seeds: Uint8Array[] = [
  { schema: "coalloc/facts-override/1", facts: [{ match: { compatible: "vendor,wifi" }, buffers: "scattered" }] },
  {
    schema: "coalloc/facts-override/1",
    facts: [
      {
        match: { node: "/soc/isp@10000000" },
        dmaMask: "0xffffffffff",
        coherentDmaMask: "unlimited",
        maxSegmentSize: 4_194_304,
        maxSegments: 16,
        segmentBoundaryMask: "0xffffff",
        buffers: [
          { queue: "capture", kind: "sg", oneEntry: true },
          { queue: "meta", kind: "own", allocates: "contiguous" },
        ],
        pictureQueue: "capture",
        mmu: "none",
        memoryRegionUse: "buffers",
        layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 64, heightAlign: 8, offsetAlign: 4096 }],
        import: { v4l2Dmabuf: true },
        export: { v4l2Mmap: true, cpuMapping: "write-combined" },
        role: "codec",
        appliesTo: "self",
        slaveDma: false,
        note: "as measured",
      },
      {
        match: { compatible: "vendor,npu" },
        mmu: "device",
        mmuOutputBits: 40,
        appliesTo: { phandle: "memory-region" },
      },
      { match: { node: "/soc/dmac@10050000" }, appliesTo: { aggregate: "vendor,display" }, maxSegments: "unlimited" },
    ],
  },
].map((file) => encoder.encode(JSON.stringify(file)));

/** Words of the format that the seeds do not hold. */
export const mutation: Mutation = jsonMutation([
  "0xffffffff",
  "0x3fffffff",
  "0xffffffffffffffff",
  "0x0",
  "unlimited",
  "contiguous",
  "scattered",
  "contig",
  "vmalloc",
  "gem-dma",
  "gem-shmem",
  "ttm",
  "iommu",
  "no-iommu",
  "dma32",
  "force-contiguous",
  "alloc-single-pages",
  "manages-iommu-domain",
  "device",
  "none",
  "firmware",
  "uncached",
  "cached",
  "display",
  "gpu",
  "parent",
  "dma-channel",
  "NV12",
  "dmas",
  "iommus",
  "/soc/codec@10010000",
  "/soc/narrow/csi@10070000",
  "/display-subsystem",
  "/",
  "vendor,uart",
  "vendor,vop",
  "simple-bus",
]);

/** A run builds a machine and places four buffers. */
export const testExecutions = 2000;
