import { cells64 } from "../../../src/devicetree/build.js";
import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import { KERNEL_PROFILES } from "../../../src/machine/profiles.js";
import { BEHIND, fact, iommu, machineOf } from "../../machine/board.js";
import { askMachine } from "../ask-machine.js";
import { PARTS_BOARD, PARTS_FACTS } from "../boards.js";
import { checksum } from "../checksum.js";
import { leadsSomewhere } from "../json-path.js";
import type { Mutation } from "../mutate.js";
import { jsonMutation } from "../mutate-json.js";

/**
 * Reads a text as machine and asks every question of it.
 *
 * @throws when it is refused without a sentence of one line, or with a path that leads nowhere, or accepted and then not written as it was
 *   read, or when a question cannot be answered
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  const result = parseMachine(text);
  if (!result.ok) {
    const { code, path, text: sentence } = result.refusal;
    if (sentence === "" || /[\p{Cc}\u2028\u2029]/u.test(sentence)) {
      throw new Error(`no sentence of one line: ${JSON.stringify(sentence)}`);
    }
    if (code === "not-json" ? path !== "" : !leadsSomewhere(JSON.parse(text), path)) {
      throw new Error(`${code}: ${JSON.stringify(path)} leads nowhere`);
    }
    return;
  }
  const written = machineToJson(result.value);
  const again = parseMachine(written);
  if (!again.ok) throw new Error(`what was written is refused: ${again.refusal.text}`);
  if (machineToJson(again.value) !== written) throw new Error("written again, the text differs");
  askMachine(result.value, checksum(data));
}

const encoder = new TextEncoder();

/** A machine with one of everything on a kernel with everything, and a plain one on a kernel without dma-heaps. */
export const seeds: Uint8Array[] = [
  machineOf(PARTS_BOARD, PARTS_FACTS, {
    memory: {
      kind: "banks",
      banks: [
        { base: 0x4000_0000, size: 0x6000_0000 },
        { base: 0x1_0000_0000, size: 0x4000_0000 },
      ],
    },
  }),
  machineOf(
    {
      ...iommu("arm,smmu-v3", { status: "disabled" }),
      "camera@70000000": { compatible: "vendor,camera", reg: cells64(0x7000_0000, 0x1000), ...BEHIND },
    },
    [fact("vendor,camera", { role: "camera", export: { v4l2Mmap: true }, import: { v4l2Dmabuf: true } })],
    { profile: KERNEL_PROFILES.get("debian-arm64-6.12")! },
  ),
].map((machine) => encoder.encode(machineToJson(machine)));

/** Words of the format that the seeds do not hold. */
export const mutation: Mutation = jsonMutation([
  "unlimited",
  "0xffffffff",
  "0x3fffffff",
  "0xffffffffffffffff",
  "0x0",
  "arm",
  "riscv",
  "x86",
  "self",
  "parent",
  "card",
  "contiguous",
  "scattered",
  "contig",
  "sg",
  "vmalloc",
  "gem-dma",
  "gem-shmem",
  "own",
  "ttm",
  "iommu",
  "no-iommu",
  "dma32",
  "force-contiguous",
  "none",
  "driver-domain",
  "device-mmu",
  "cpu",
  "translate",
  "identity",
  "disabled",
  "no-driver",
  "malformed",
  "cma",
  "coherent-pool",
  "restricted-pool",
  "reserved",
  "placed",
  "failed",
  "ignored",
  "exact",
  "assumed",
  "tree",
  "cmdline",
  "config",
  "fact",
  "kernel-default",
  "unknown",
  "buffers",
  "firmware",
  "cached",
  "write-combined",
  "uncached",
  "codec",
  "display",
  "device",
  "instance",
  "percent",
  "max",
  "cma=0",
  "coherent_pool=8P swiotlb=0 mem=1K",
  "/soc/isp@10000000",
  "/reserved-memory/area",
]);

/** A run places four buffers. */
export const testExecutions = 4000;
