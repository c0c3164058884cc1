import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { reservedMemory } from "../../src/lint/rules/reserved-example.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const BOOT = `{"kernel": {"base": "0x40200000", "size": "32M"}, "fdt": {"base": "0x48000000", "size": "64K"},
  "initrd": {"base": "0x48100000", "size": "0xf103d"}}`;

function found(id: string, example: RuleExample): readonly Finding[] {
  return checkBoard(exampleBoard(example, facts)).filter((finding) => finding.id === id);
}

function inRegion(region: string, boot = BOOT): readonly Finding[] {
  return found("boot-loaded-into-region", { dts: reservedMemory(region), boot });
}

describe.skipIf(!hasCompiler)("what the boot loader put into a region", () => {
  it("names every piece and moves them all", () => {
    const [finding, ...more] = inRegion("firmware@48000000 { no-map; reg = <0 0x48000000 0 0x400000>; };");
    expect(more).toEqual([]);
    expect(finding?.severity).toBe("error");
    expect(finding?.text).toBe(
      "The device tree (0x48000000-0x4800ffff) and initrd (0x48100000-0x481f103c) lie in firmware@48000000 (0x48000000-0x483fffff): the kernel does not hide the region and goes on using that memory as its own.",
    );
    expect(finding?.remedies.map(({ kind, boot }) => ({ kind, boot }))).toEqual([
      {
        kind: "boot-loader",
        boot: '{"kernel": {"base": "0x40200000", "size": "0x2000000"}, "initrd": {"base": "0x48600000", "size": "0xf103d"}, "fdt": {"base": "0x48400000", "size": "0x10000"}}',
      },
    ]);
    expect(finding?.remedies[0]?.text).toContain("U-Boot: ramdisk_addr_r=0x48600000, initrd_high=0xffffffffffffffff");
  });

  it("tells a piece that lies in a region from one that only reaches into it", () => {
    const verbs = (base: string, size: string): readonly (string | undefined)[] =>
      inRegion(`firmware@${base} { no-map; reg = <0 0x${base} 0 0x${size}>; };`).map(
        ({ text }) => / (lies? in|overlaps?) /.exec(text)?.[1],
      );
    expect(verbs("40000000", "2200000")).toEqual(["lies in"]);
    expect(verbs("40000000", "400000")).toEqual(["overlaps"]);
    expect(verbs("48000000", "180000")).toEqual(["overlap"]);
  });

  it("notes a piece in a pool that no enabled device has", () => {
    const pool = (status: string): readonly string[] =>
      found("boot-loaded-into-region", {
        dts: `${reservedMemory('pool: pool@48000000 { compatible = "shared-dma-pool"; reg = <0 0x48000000 0 0x400000>; };')}
dsp { compatible = "vendor,dsp"; status = "${status}"; memory-region = <&pool>; };`,
        boot: BOOT,
      }).map(({ severity }) => severity);
    expect(pool("disabled")).toEqual(["note"]);
    expect(pool("okay")).toEqual(["error"]);
  });

  it("says it instead of the rule about no-map regions that are taken", () => {
    const dts = reservedMemory("firmware@48000000 { no-map; reg = <0 0x48000000 0 0x400000>; };");
    expect(found("no-map-region-taken", { dts, boot: BOOT })).toEqual([]);
    expect(found("no-map-region-taken", { dts, boot: '{"reserved": [["0x48000000", 4096]]}' })).toHaveLength(1);
  });

  it("counts the initrd in whole pages, the device tree byte by byte", () => {
    expect(inRegion("buffer@481f2000 { reg = <0 0x481f2000 0 0x1000>; };")).toEqual([]);
    expect(inRegion("buffer@481f1800 { reg = <0 0x481f1800 0 0x800>; };")).toHaveLength(1);
    expect(inRegion("buffer@48010000 { reg = <0 0x48010000 0 0x800>; };")).toEqual([]);
  });

  it("takes a plain region around a piece that nobody uses for the piece's own", () => {
    expect(inRegion("initrd@48100000 { reg = <0 0x48100000 0 0xf2000>; };")).toEqual([]);
    expect(inRegion("some@48180000 { reg = <0 0x48180000 0 0xf2000>; };").map(({ severity }) => severity)).toEqual([
      "warning",
    ]);
    const traces = 'trace@48100000 { compatible = "ramoops"; reg = <0 0x48100000 0 0xf2000>; };';
    expect(inRegion(traces).map(({ severity }) => severity)).toEqual(["error"]);
  });

  it("offers no place where the start is a list of reservations too", () => {
    const boot = '{"initrd": {"base": "0x48100000", "size": 4096}, "reserved": [["0x48100000", 4096]]}';
    const [finding] = inRegion("firmware@48000000 { no-map; reg = <0 0x48000000 0 0x400000>; };", boot);
    expect(finding?.remedies).toEqual([]);
  });

  it("says nothing of a disabled region, or where nothing is stated", () => {
    expect(inRegion('off@48000000 { status = "disabled"; reg = <0 0x48000000 0 0x400000>; };')).toEqual([]);
    expect(inRegion("firmware@48000000 { no-map; reg = <0 0x48000000 0 0x400000>; };", "{}")).toEqual([]);
  });
});

describe.skipIf(!hasCompiler)("where the boot loader put things", () => {
  const at = (id: string, boot: string, cmdline = "") =>
    found(id, { dts: "", boot, cmdline }).map(({ severity, text, remedies }) => ({
      severity,
      text,
      remedies: remedies.map((remedy) => remedy.boot),
    }));

  // Tried with Debian's arm64 kernel 6.12 in QEMU: at 0x40204000 it says "kernel stack overflow", at 0x40208000 it complains and boots.
  it("is fatal for an image that misaligns its stack, and a note for one between", () => {
    expect(at("kernel-misaligned", '{"kernel": {"base": "0x40204000", "size": "32M"}}')).toEqual([
      {
        severity: "error",
        text: "The kernel image at 0x40204000 is at no multiple of 2 MiB, nor of 32 KiB, and the kernel dies of a misaligned stack.",
        remedies: ['{"kernel": {"base": "0x40000000", "size": "0x2000000"}}'],
      },
    ]);
    expect(at("kernel-misaligned", '{"kernel": {"base": "0x40208000", "size": "32M"}}')).toMatchObject([
      { severity: "note" },
    ]);
  });

  // Tried likewise: below the start of RAM "initrd not fully accessible", above it the boot goes on to user space.
  it("is fatal for an initrd below RAM, and a warning above it", () => {
    expect(at("initrd-outside-ram", '{"initrd": {"base": "0x3ff00000", "size": "2M"}}')).toEqual([
      {
        severity: "error",
        text: "1 MiB of the initrd (0x3ff00000-0x400fffff) lies outside RAM, which is at 0x40000000-0x7fffffff: the kernel starts without it.",
        remedies: ['{"initrd": {"base": "0x48000000", "size": "0x200000"}}'],
      },
    ]);
    expect(at("initrd-outside-ram", '{"initrd": {"base": "0x90000000", "size": "2M"}}')).toMatchObject([
      { severity: "warning" },
    ]);
  });

  it("does not count what mem= takes away: the kernel adds its pieces again", () => {
    const boot = '{"kernel": {"base": "0x70000000", "size": "32M"}, "initrd": {"base": "0x78000000", "size": "2M"}}';
    expect(at("kernel-outside-ram", boot, "mem=512M")).toEqual([]);
    expect(at("initrd-outside-ram", boot, "mem=512M")).toEqual([]);
  });

  it("is a note for a device tree outside RAM, which the kernel reads", () => {
    expect(at("device-tree-outside-ram", '{"fdt": {"base": "0x80000000", "size": "64K"}}')).toMatchObject([
      { severity: "note" },
    ]);
  });

  it("is fatal for a device tree above 2 MiB, which no other place helps", () => {
    expect(at("device-tree-not-mappable", '{"fdt": {"base": "0x48000000", "size": 2097153}}')).toMatchObject([
      { severity: "error", remedies: [] },
    ]);
    expect(at("device-tree-not-mappable", '{"fdt": {"base": "0x48000000", "size": 2097152}}')).toEqual([]);
  });
});
