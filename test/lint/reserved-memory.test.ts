import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { RULES } from "../../src/lint/rules.js";
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
    expect(finding.text).toContain(
      "asks for 516 MiB aligned to 4 MiB in all RAM; the largest hole so aligned has 508 MiB",
    );
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

  it("note a CMA region that is refused when only disabled devices refer to it, or nobody", () => {
    const severity = (device: string): string =>
      found("cma-region-misaligned", {
        dts: `${reserved('pool: pool@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x100000>; };')}\n${device}`,
      }).severity;
    const dsp = (status: string): string =>
      `dsp { status = "${status}"; glink { compatible = "vendor,glink"; memory-region = <&pool>; }; };`;
    expect([severity(""), severity(dsp("disabled")), severity(dsp("okay"))]).toEqual(["note", "note", "error"]);
  });

  it("give the lost bounds of a region to cma=", () => {
    const finding = found("cma-cmdline-loses-range", {
      dts: reserved(
        'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x20000000>; linux,cma-default; };',
      ),
      cmdline: "cma=128M",
    });
    expect(finding.severity).toBe("note");
    expect(finding.text).toContain("which had to lie in 0x40000000-0x5fffffff");
    expect(finding.remedies.map((remedy) => remedy.commandLine)).toEqual(["cma=128M@0x40000000-0x60000000", null]);
  });

  it("warn of lost bounds that a device needs, and name it", () => {
    const { severity, text } = found(
      "cma-cmdline-loses-range",
      RULES.find(({ id }) => id === "cma-cmdline-loses-range")!.wrong,
    );
    expect(severity).toBe("warning");
    expect(text).toMatch(/ is at 0x7[0-9a-f]{7} instead, out of reach of video-codec@1c0e000\.$/);
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

  it("warn of the page in front of a no-map region where little is free above it, and only note what is lost elsewhere", () => {
    const part = (...regs: readonly string[]): string =>
      reserved(regs.map((reg, i) => `firmware-${i} { no-map; reg = <${reg}>; };`).join(" "));
    const near = found("no-map-partial-page", { dts: part("0 0x7a000800 0 0x800") });
    expect(near.severity).toBe("warning");
    expect(near.text).toContain("2 KiB in front of it can be handed out and are not mapped.");
    const front = found("no-map-partial-page", { dts: part("0 0x77000800 0 0x800") });
    expect(front.severity).toBe("note");
    expect(front.text).toContain("2 KiB in front of it are lost.");
    const shared = found("no-map-partial-page", {
      dts: reserved('shmem@5010f800 { compatible = "arm,scmi-shmem"; no-map; reg = <0 0x5010f800 0 0x100>; };'),
    });
    expect(shared.severity).toBe("warning");
    expect(shared.text).toContain("the page it begins in counts as RAM, which the kernel does not map for a driver.");
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

  it("say where a default area was looked for: on either side of the end of low memory", () => {
    const dts = reserved("fw@60000000 { reg = <0 0x60000000 0 0x1000000>; };");
    const { text, numbers } = found("default-cma-no-room", { dts, cmdline: "cma=496M", config: "CONFIG_ARM=y" });
    expect(text).toContain("are asked for in 0x0-0x6fffffff or, in high memory, 0x70000000-0x7f");
    expect(numbers["largestHole"]).toBeLessThan(496 * MIB);
  });

  it("say that the place asked for a default area holds no RAM", () => {
    const dts = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };';
    const { text } = found("default-cma-no-room", { dts, config: "CONFIG_ARM64_64K_PAGES=y" });
    expect(text).toMatch(/are asked for in 0x0-0x3fffffff, where there is no RAM\.$/);
  });

  it("tell a region that no RAM is large enough for from one that something is in the way of", () => {
    const area = (size: string, more = ""): string =>
      reserved(`area { compatible = "shared-dma-pool"; reusable; size = <0 ${size}>; ${more} };`);
    const text = (dts: string, config = ""): string => found("region-not-placed", { dts, config }).text;
    const window = "alloc-ranges = <0 0x78000000 0 0x10000000>;";
    expect(text(area("0x9000000", window))).toBe(
      "area asks for 144 MiB aligned to 2 MiB in 0x78000000-0x87ffffff; even with nothing in the way, the largest hole so aligned has 128 MiB.",
    );
    expect(text(area("0x1000000", "alloc-ranges = <0 0x80000000 0 0x10000000>;"))).toBe(
      "area asks for 16 MiB aligned to 2 MiB in 0x80000000-0x8fffffff; there is no RAM there.",
    );
    const low = 'memory@40000000 { device_type = "memory"; reg = <0 0 0 0x20000000>; };';
    // A pageblock of 512 MiB: 0 is its only multiple in RAM, and the kernel never hands out the first page.
    expect(text(`${low}\n${area("0x1000000")}`, "CONFIG_ARM64_64K_PAGES=y")).toBe(
      "area asks for 16 MiB aligned to 512 MiB in all RAM; even with nothing in the way, the largest hole so aligned has 0 B.",
    );
  });

  it("take a region without room for a note where the kernel could make no area of it", () => {
    const { severity, text } = found("region-not-placed", {
      dts: reserved('area { compatible = "shared-dma-pool"; reusable; size = <0 0x60000000>; };'),
      config: "# CONFIG_DMA_CMA is not set",
    });
    expect(severity).toBe("note");
    expect(text).toMatch(/\. Without CONFIG_DMA_CMA the kernel gives it up in any case\.$/);
  });

  it("keep the configured default area apart from one that was asked for", () => {
    const memory = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x6000000>; };';
    const codec = 'video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };';
    expect(found("default-cma-no-room", { dts: memory }).severity).toBe("note");
    expect(found("default-cma-no-room", { dts: `${memory}\n${codec}` }).severity).toBe("warning");
    const asked = found("default-cma-no-room", { dts: memory, cmdline: "cma=80M" });
    expect(asked.severity).toBe("error");
    expect(asked.numbers["asked"]).toBe(80 * MIB);
  });
});
