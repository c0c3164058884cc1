import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const CODEC = 'video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };';

/** A default area in a node of this name, with further properties. */
const area = (name: string, properties = "size = <0 0x4000000>;"): string => `reserved-memory {
  #address-cells = <2>; #size-cells = <2>; ranges;
  pool: ${name} { compatible = "shared-dma-pool"; reusable; linux,cma-default; ${properties} };
};`;

function findings(id: string, example: RuleExample): readonly Finding[] {
  return checkBoard(exampleBoard(example, facts)).filter((finding) => finding.id === id);
}

describe.skipIf(!hasCompiler)("the dma-heap of the default area", () => {
  it("is called reserved once the command line states the area, and the node's name is gone", () => {
    const ID = "heap-renamed-by-cma-option";
    expect(
      findings(ID, { dts: area("linux,cma"), cmdline: "cma=128M" }).map(({ severity, text }) => [severity, text]),
    ).toEqual([
      [
        "warning",
        "With cma= there is no /dev/dma_heap/linux,cma: the heap of the default area of 128 MiB is /dev/dma_heap/reserved.",
      ],
    ]);
    expect(findings(ID, { dts: area("default-pool"), cmdline: "cma=128M" }).map(({ severity }) => severity)).toEqual([
      "note",
    ]);
    expect(findings(ID, { dts: area("reserved"), cmdline: "cma=128M" })).toEqual([]);
    expect(findings(ID, { dts: "", cmdline: "cma=128M" })).toEqual([]);
    // No area, and so no heap of any name.
    expect(findings(ID, { dts: area("linux,cma"), cmdline: "cma=0" })).toEqual([]);
    const config = "# CONFIG_DMABUF_HEAPS is not set";
    expect(findings(ID, { dts: area("linux,cma"), cmdline: "cma=128M", config })).toEqual([]);
  });

  it("keeps its name when the tree states what cma= asks for, which then leaves the command line", () => {
    const remedies = (cmdline: string, properties?: string): readonly (readonly (string | null | undefined)[])[] =>
      findings("heap-renamed-by-cma-option", { dts: area("linux,cma", properties), cmdline }).flatMap((found) =>
        found.remedies.map(({ kind, text, commandLine, removes }) => [kind, text, commandLine, removes]),
      );
    expect(remedies("quiet cma=128M")).toEqual([
      ["device-tree", "make linux,cma 128 MiB and take cma=128M off the command line", null, "cma=128M"],
    ]);
    expect(remedies("cma=1M cma=64M quiet")).toEqual([
      ["command-line", "take cma=1M cma=64M off the command line", null, "cma=1M cma=64M"],
    ]);
    // A fixed place is not made larger.
    expect(remedies("cma=128M", "reg = <0 0x50000000 0 0x4000000>;")).toEqual([]);
  });

  it("is not found under another name, which the tree can change", () => {
    const ID = "heap-name-unusual";
    const [found] = findings(ID, { dts: CODEC + area("default-pool") });
    expect(found?.text).toBe(
      "Contiguous memory for video-codec@fdea0400 is in /dev/dma_heap/default-pool, and programs look for linux,cma and reserved.",
    );
    expect(found?.remedies.map(({ text }) => text)).toEqual(["describe the area in a node called linux,cma"]);
    expect(findings(ID, { dts: CODEC + area("linux,cma") })).toEqual([]);
    expect(findings(ID, { dts: CODEC })).toEqual([]);
    // Nobody needs contiguous memory.
    expect(findings(ID, { dts: area("default-pool") })).toEqual([]);
  });

  it("keeps a name with an address, and one that a device refers to", () => {
    const at = area("linux,cma@50000000", "reg = <0 0x50000000 0 0x4000000>;");
    expect(findings("heap-name-unusual", { dts: CODEC + at }).map(({ remedies }) => remedies)).toEqual([[]]);
    const user = 'dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };';
    const [found] = findings("heap-name-unusual", { dts: CODEC + area("default-pool") + user });
    expect(found?.remedies).toEqual([]);
  });

  it("is missing from a kernel that is built without it", () => {
    const ID = "cma-heap-not-built";
    const config = "# CONFIG_DMABUF_HEAPS_CMA is not set";
    expect(findings(ID, { dts: CODEC, config }).map(({ remedies }) => remedies.map((each) => each.config))).toEqual([
      ["CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_CMA=y\n"],
    ]);
    expect(findings(ID, { dts: CODEC })).toEqual([]);
    expect(findings(ID, { dts: "", config })).toEqual([]);
  });
});
