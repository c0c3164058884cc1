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

const MIB = 0x10_0000;

function reserved(children: string): string {
  return `reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${children} };`;
}

function found(id: string, example: RuleExample): Finding {
  const findings = checkBoard(exampleBoard(example, facts)).filter((finding) => finding.id === id);
  expect(findings).toHaveLength(1);
  return findings[0]!;
}

describe.skipIf(!hasCompiler)("findings about reserved memory", () => {
  it("name the largest hole, what splits the RAM, and the size that fits", () => {
    const finding = found("region-not-placed", {
      dts: reserved(
        `secmon@60000000 { no-map; reg = <0 0x60000000 0 0x200000>; };
         linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x20400000>; alignment = <0 0x400000>; };`,
      ),
    });
    expect(finding.severity).toBe("error");
    expect(finding.numbers).toEqual({ asked: 516 * MIB, alignment: 4 * MIB, largestHole: 508 * MIB });
    expect(finding.text).toContain("asks for 516 MiB aligned to 4 MiB in all RAM; the largest hole there has 508 MiB");
    expect(finding.text).toContain("secmon@60000000 at 0x60000000 (2 MiB)");
    expect(finding.remedies.map((remedy) => remedy.text)).toEqual(["make it 508 MiB, which fits the largest hole"]);
  });

  it("say what a kernel with 64 KiB pages wants of a CMA region", () => {
    const finding = found("cma-region-misaligned", {
      dts: reserved(
        'linux,cma@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x4000000>; };',
      ),
      config: "CONFIG_ARM64_64K_PAGES=y\nCONFIG_CMA_SIZE_MBYTES=0",
    });
    expect(finding.numbers).toEqual({
      base: 0x5000_0000,
      size: 64 * MIB,
      alignment: 512 * MIB,
      pageSize: 0x1_0000,
    });
    expect(finding.text).toContain("multiples of 512 MiB with pages of 64 KiB");
  });

  it("give the lost bounds of a region to cma=", () => {
    const finding = found("cma-cmdline-loses-range", {
      dts: reserved(
        'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x20000000>; linux,cma-default; };',
      ),
      cmdline: "cma=128M",
    });
    expect(finding.text).toContain("which had to lie in 0x40000000-0x5fffffff");
    expect(finding.remedies.map((remedy) => remedy.commandLine)).toEqual(["cma=128M@0x40000000-0x60000000", null]);
  });

  it("count the CMA areas that would be needed", () => {
    const pools = ["a", "b", "c"].map(
      (name) => `${name} { compatible = "shared-dma-pool"; reusable; size = <0 0x400000>; };`,
    );
    const findings = checkBoard(
      exampleBoard({ dts: reserved(pools.join(" ")), config: "CONFIG_CMA_AREAS=2" }, facts),
    ).filter((finding) => finding.id === "cma-no-slots");
    expect(findings.map(({ where }) => where.node)).toEqual(["/reserved-memory/c", null]);
    for (const { remedies } of findings) expect(remedies.map(({ config }) => config)).toEqual(["CONFIG_CMA_AREAS=4\n"]);
  });

  it("take firmware inside firmware for a note, and two CMA areas on each other for an error", () => {
    const nested = reserved(
      "tz@50000000 { reg = <0 0x50000000 0 0x400000>; }; apps@50100000 { reg = <0 0x50100000 0 0x100000>; };",
    );
    expect(found("regions-overlap", { dts: nested }).severity).toBe("note");
    const pool = 'compatible = "shared-dma-pool"; reusable;';
    const pools = reserved(
      `a@50000000 { ${pool} reg = <0 0x50000000 0 0x800000>; }; b@50400000 { ${pool} reg = <0 0x50400000 0 0x800000>; };`,
    );
    const { severity, numbers } = found("regions-overlap", { dts: pools });
    expect(severity).toBe("error");
    expect(numbers).toMatchObject({ base: 0x5040_0000, size: 4 * MIB });
  });

  it("warn of a page that begins in front of a no-map region, and only note the rest of the one it ends in", () => {
    const part = (...regs: readonly string[]): string =>
      reserved(regs.map((reg, i) => `firmware-${i} { no-map; reg = <${reg}>; };`).join(" "));
    const front = found("no-map-partial-page", { dts: part("0 0x50000800 0 0x800") });
    expect(front.severity).toBe("warning");
    expect(front.text).toContain("2 KiB in front of it can be handed out and are not mapped.");
    const end = found("no-map-partial-page", { dts: part("0 0x50000000 0 0x800") });
    expect(end.severity).toBe("note");
    expect(end.text).toContain("2 KiB behind it are lost.");
    const both = exampleBoard({ dts: part("0 0x50000000 0 0x800", "0 0x50000800 0 0x800") }, facts);
    expect(checkBoard(both).filter(({ id }) => id === "no-map-partial-page")).toEqual([]);
  });

  it("take a log in a hole of RAM for a note, and one behind all RAM for a warning", () => {
    const memory =
      'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000 0 0x50100000 0 0x10000000>; };';
    const log = (base: string): string =>
      reserved(`ramoops@${base} { compatible = "ramoops"; reg = <0 0x${base} 0 0x100000>; };`);
    expect(found("region-outside-ram", { dts: memory + log("50000000") }).severity).toBe("note");
    expect(found("region-outside-ram", { dts: memory + log("90000000") }).severity).toBe("warning");
  });

  it("make no fuss of a region without room that cma= replaces", () => {
    const dts = reserved(
      'linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0 0x60000000>; };',
    );
    expect(found("region-not-placed", { dts }).severity).toBe("error");
    const { severity, text } = found("region-not-placed", { dts, cmdline: "cma=64M" });
    expect(severity).toBe("note");
    expect(text).toMatch(/ cma= takes its place in any case\.$/);
  });

  it("keep the configured default area apart from one that was asked for", () => {
    const memory = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x6000000>; };';
    const display = 'lcdif@fdea0400 { compatible = "fsl,imx6sx-lcdif"; reg = <0 0xfdea0400 0 0x400>; };';
    expect(found("default-cma-no-room", { dts: memory }).severity).toBe("note");
    expect(found("default-cma-no-room", { dts: `${memory}\n${display}` }).severity).toBe("warning");
    const asked = found("default-cma-no-room", { dts: memory, cmdline: "cma=80M" });
    expect(asked.severity).toBe("error");
    expect(asked.numbers["asked"]).toBe(80 * MIB);
  });
});
