import { beforeAll, describe, expect, it } from "vitest";
import { stringBytes } from "../../src/devicetree/build.js";
import { applyEdits } from "../../src/devicetree/edit.js";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { MIB } from "../../src/units/quantity.js";
import { compile, exampleBoard, exampleSource, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const SOCKET = 'connector { compatible = "hdmi-connector"; };';
const PANEL = 'panel { compatible = "panel-dpi"; panel-timing { hactive = <2560>; vactive = <1600>; }; };';
const SMALL_PANEL = 'panel { compatible = "panel-dpi"; panel-timing { hactive = <480>; vactive = <272>; }; };';

/** A display without an IOMMU, and with a pool of its own where it has a label. */
const display = (compatible: string, region = ""): string =>
  `display@32e00000 { compatible = "${compatible}"; reg = <0 0x32e00000 0 0x1000>; ${region} };`;

const pool = (properties: string): string => `reserved-memory {
  #address-cells = <2>; #size-cells = <2>; ranges;
  pool: pool { compatible = "shared-dma-pool"; ${properties} };
};`;

function findings(id: string, example: RuleExample): readonly Finding[] {
  return checkBoard(exampleBoard(example, facts)).filter((finding) => finding.id === id);
}

describe.skipIf(!hasCompiler)("a pool of a device's own", () => {
  const ID = "pool-smaller-than-picture";
  const bound = "memory-region = <&pool>;";

  it("holds the two source buffers of 1920x1200 that the video engine needs", () => {
    const engine = `video@1e700000 { compatible = "aspeed,ast2600-video-engine"; reg = <0 0x1e700000 0 0x1000>; ${bound} };`;
    const of = (mebibytes: number): RuleExample => ({
      dts: pool(`reusable; size = <0 ${mebibytes * MIB}>;`) + engine,
    });
    // Two of 2250 pages, the second aligned to 256: 2304 + 2250 pages are 17.8 MiB.
    expect(findings(ID, of(18))).toEqual([]);
    const [found] = findings(ID, of(16));
    expect(found).toMatchObject({ severity: "warning", where: { node: "/reserved-memory/pool", property: "size" } });
    expect(found?.numbers).toMatchObject({ size: 16 * MIB, picture: 1920 * 1200 * 4, count: 2 });
    expect(found?.remedies.map(({ text }) => text)).toEqual(["make pool 28 MiB", "make pool 20 MiB"]);
  });

  it("is cut into slots of a power of two when it is not lent", () => {
    const engine = `video@f0810000 { compatible = "nuvoton,npcm750-vcd"; reg = <0 0xf0810000 0 0x10000>; ${bound} };`;
    const of = (mebibytes: number): RuleExample => ({ dts: pool(`no-map; size = <0 ${mebibytes * MIB}>;`) + engine });
    // The frame buffer of 5 MiB takes a slot of 8.
    expect(findings(ID, of(6)).map(({ remedies }) => remedies.map(({ text }) => text))).toEqual([
      ["make pool 24 MiB", "make pool 8 MiB"],
    ]);
    expect(findings(ID, of(8))).toEqual([]);
  });

  it("is judged by the largest picture that the display's driver allows", () => {
    const of = (kibibytes: number): RuleExample => ({
      dts: SOCKET + pool(`no-map; size = <0 ${kibibytes * 1024}>;`) + display("aspeed,ast2600-gfx", bound),
    });
    // 800x600 in 4 bytes are 1.83 MiB: a slot of 2.
    expect(findings(ID, of(2048))).toEqual([]);
    expect(findings(ID, of(1024)).map(({ numbers }) => numbers["picture"])).toEqual([1_920_000]);
  });

  it("grows where it is, as far as there is room", () => {
    const dts = pool("reusable; reg = <0 0x50000000 0 0x400000>;") + SOCKET + display("arm,hdlcd", bound);
    const [found] = findings(ID, { dts });
    expect(found).toMatchObject({ severity: "warning", where: { property: "reg" } });
    expect(found?.remedies.map(({ text }) => text)).toEqual(["make pool 24 MiB", "make pool 8 MiB"]);
  });

  it("is a guess where neither driver nor tree tells the size", () => {
    const dts = pool("reusable; size = <0 0x400000>;") + display("arm,hdlcd", bound);
    expect(findings(ID, { dts }).map(({ severity }) => severity)).toEqual(["note"]);
  });

  it("holds the screen in the tree", () => {
    const of = (panel: string): readonly Finding[] =>
      findings(ID, { dts: pool("reusable; size = <0 0x800000>;") + panel + display("arm,hdlcd", bound) });
    expect(of(SMALL_PANEL)).toEqual([]);
    expect(of(PANEL).map(({ severity, numbers }) => [severity, numbers["picture"]])).toEqual([
      ["warning", 2560 * 1600 * 4],
    ]);
  });
});

describe.skipIf(!hasCompiler)("the default area", () => {
  const ID = "default-area-smaller-than-picture";

  it("holds a picture of the screen besides what boot takes from it", () => {
    const of = (cmdline: string): RuleExample => ({ dts: SOCKET + display("nxp,imx8mq-dcss"), cmdline });
    // 2025 pages would fit into 8 MiB, but the pools for atomic allocations lie before them.
    expect(findings(ID, of("cma=8M")).map(({ remedies }) => remedies.map(({ commandLine }) => commandLine))).toEqual([
      ["cma=28M", "cma=12M"],
    ]);
    expect(findings(ID, of("cma=12M"))).toEqual([]);
  });

  it("keeps its limit", () => {
    const [found] = findings(ID, { dts: SOCKET + display("nxp,imx8mq-dcss"), cmdline: "cma=4M@0x40000000-0x60000000" });
    expect(found?.remedies[0]?.commandLine).toBe("cma=28M@0x40000000-0x60000000");
  });

  it("grows in the node that describes it", () => {
    const dts = pool("reusable; linux,cma-default; size = <0 0x400000>;") + SOCKET + display("nxp,imx8mq-dcss");
    const [found] = findings(ID, { dts });
    expect(found?.where.node).toBe("/reserved-memory/pool");
    expect(found?.remedies.map(({ text }) => text)).toEqual(["make pool 28 MiB", "make pool 12 MiB"]);
  });

  it("needs no such room for a small screen, nor for a display behind an IOMMU", () => {
    expect(findings(ID, { dts: SMALL_PANEL + display("nxp,imx8mq-dcss"), cmdline: "cma=4M" })).toEqual([]);
    const iommu = `iommu: iommu@fd800000 { compatible = "arm,smmu-v3"; reg = <0 0xfd800000 0 0x20000>; #iommu-cells = <1>; };`;
    const mapped = SOCKET + iommu + display("nxp,imx8mq-dcss", "iommus = <&iommu 1>;");
    expect(findings(ID, { dts: mapped, cmdline: "cma=4M" })).toEqual([]);
  });

  it("takes a socket for what it serves: the display whose graph leads there", () => {
    const port = (mine: string, far: string): string => `port { ${mine}: endpoint { remote-endpoint = <&${far}>; }; };`;
    const lcd = (unit: string, ports: string): string =>
      `display@${unit} { compatible = "fsl,imx8mp-lcdif"; reg = <0 0x${unit} 0 0x1000>; ${ports} };`;
    const panel = `panel { compatible = "multi-inno,mi1010ait-1cp"; ${port("panel_in", "lcd_out")} };`;
    const socket = `connector { compatible = "hdmi-connector"; ${port("socket_in", "hdmi_out")} };`;
    const withPanel = lcd("32e90000", port("lcd_out", "panel_in")) + panel;
    const cmdline = "cma=4M";
    // Nobody says how large the panel is, and the socket is on the other display.
    const both = withPanel + lcd("32fc6000", port("hdmi_out", "socket_in")) + socket;
    expect(findings(ID, { dts: both, cmdline }).map(({ severity, numbers }) => [severity, numbers["device"]])).toEqual([
      ["warning", "/display@32fc6000"],
    ]);
    expect(findings(ID, { dts: withPanel + SOCKET, cmdline }).map(({ severity }) => severity)).toEqual(["note"]);
  });

  it("takes no part that a chip leaves enabled for a socket", () => {
    const phy = `hdmi-phy@1ef0000 { compatible = "allwinner,sun50i-a64-hdmi-phy"; reg = <0 0x1ef0000 0 0x10000>; };`;
    const of = (parts: string): readonly string[] =>
      findings(ID, { dts: parts + display("nxp,imx8mq-dcss"), cmdline: "cma=4M" }).map(({ severity }) => severity);
    expect(of(phy)).toEqual(["note"]);
    expect(of(phy.replaceAll("hdmi-phy", "dw-hdmi"))).toEqual(["warning"]);
  });

  it("is compared with 3840x2160 only for displays that drive it, on boards with a socket", () => {
    const of = (dts: string): readonly string[] => findings("default-area-below-uhd", { dts }).map(({ text }) => text);
    expect(of(SOCKET + display("nxp,imx8mq-dcss"))).toEqual([
      "display@32e00000 drives 3840x2160, and the default CMA area of 64 MiB that it depends on holds 1 of 3 such frames (31.64 MiB each).",
    ]);
    expect(of(display("nxp,imx8mq-dcss"))).toEqual([]);
    expect(of(SOCKET + display("fsl,imx6sx-lcdif"))).toEqual([]);
  });

  it("is not compared with 3840x2160 on a chip whose HDMI is too slow for it", () => {
    const example = { dts: SOCKET + display("amlogic,meson-gxl-vpu") };
    const on = (...board: readonly string[]): readonly Finding[] => {
      const edit = { node: "/", property: "compatible", value: stringBytes(...board) };
      const tree = applyEdits(compile(exampleSource(example)), [edit]);
      return checkBoard(exampleBoard(example, facts, tree)).filter(({ id }) => id === "default-area-below-uhd");
    };
    expect(on("amlogic,p212", "amlogic,s905x", "amlogic,meson-gxl")).toHaveLength(1);
    expect(on("amlogic,p241", "amlogic,s805x", "amlogic,meson-gxl")).toEqual([]);
  });
});
