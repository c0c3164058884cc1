import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const ETHERNET = 'ethernet@11180000 { compatible = "mediatek,mt8516-eth"; reg = <0 0x11180000 0 0x1000>; };';
const HIGH = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0xb0000000>, <1 0 1 0>; };';

function found(cmdline: string, dts = `${HIGH}\n${ETHERNET}`) {
  return checkBoard(exampleBoard({ dts, cmdline }, facts))
    .filter(({ id }) => id.startsWith("swiotlb-"))
    .map(({ id, severity, text, remedies }) => ({
      id,
      severity,
      text,
      remedies: remedies.map(({ commandLine, removes }) => commandLine ?? `without ${removes}`),
    }));
}

describe.skipIf(!hasCompiler)("swiotlb= on a board whose network bounces", () => {
  it("is read in slots, whatever unit stands behind", () => {
    expect(found("swiotlb=64M")).toEqual([
      {
        id: "swiotlb-not-all-read",
        severity: "warning",
        text: "The kernel does not read 'M' of swiotlb=: it makes 256 KiB of bounce memory.",
        remedies: ["swiotlb=32768"],
      },
    ]);
    expect(found("swiotlb=64M swiotlb=8192")).toEqual([]);
    expect(found("swiotlb=64M", ETHERNET)).toMatchObject([{ severity: "note" }]);
    expect(found("swiotlb=8192,forced")).toMatchObject([{ id: "swiotlb-not-all-read", remedies: [] }]);
  });

  it("is off for good with noforce", () => {
    expect(found("swiotlb=noforce swiotlb=32768")).toMatchObject([
      { id: "swiotlb-off-while-devices-bounce", severity: "error", remedies: ["without swiotlb=noforce"] },
    ]);
    expect(found("swiotlb=noforce", ETHERNET)).toEqual([]);
  });

  it("is too small where a mapping for each device does not fit", () => {
    const second = ETHERNET.replaceAll("11180000", "11190000");
    expect(found("swiotlb=128", `${HIGH}\n${ETHERNET}\n${second}`)).toEqual([
      {
        id: "swiotlb-too-small",
        severity: "warning",
        text: "swiotlb= makes 256 KiB of bounce memory for ethernet@11180000 and ethernet@11190000: one mapping of 256 KiB for each takes 512 KiB.",
        remedies: ["swiotlb=32768"],
      },
    ]);
    expect(found("swiotlb=256", `${HIGH}\n${ETHERNET}\n${second}`)).toEqual([]);
    expect(found("swiotlb=128")).toEqual([]);
  });
});

describe.skipIf(!hasCompiler)("devices that bounce", () => {
  const named = (dts: string): string[] =>
    found("swiotlb=noforce", `${HIGH}\n${dts}`).map(
      ({ text }) => /^swiotlb=noforce, and at least (.*) cannot/.exec(text)?.[1] ?? "",
    );

  it("are none that allocate what they use: codecs, sound, engines that copy", () => {
    expect(
      named(`video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };
easrc@300c0000 { compatible = "fsl,imx8mn-easrc"; reg = <0 0x300c0000 0 0x10000>; };
zynqmp-aes { compatible = "xlnx,zynqmp-aes"; };
fcp@fe950000 { compatible = "renesas,fcpf"; reg = <0 0xfe950000 0 0x200>; };
clock-controller@14000000 { compatible = "mediatek,mt8188-vppsys0", "syscon"; reg = <0 0x14000000 0 0x1000>; };`),
    ).toEqual([]);
  });

  const controller = `dma: dma-controller@30bd0000 { compatible = "fsl,imx8mm-sdma", "fsl,imx8mq-sdma"; reg = <0 0x30bd0000 0 0x10000>; #dma-cells = <3>; };`;

  it("are DMA controllers where a client hands them memory of others", () => {
    const client = (name: string, more = ""): string =>
      `${controller}\n${name} { compatible = "vendor,client"; dmas = <&dma 1 2 3>; ${more} };`;
    const isNamed = (dts: string): boolean => named(dts).join().includes("dma-controller@30bd0000");
    expect(isNamed(controller)).toBe(false);
    expect(isNamed(client("serial@30860000"))).toBe(true);
    expect(isNamed(`${client("serial@30860000")}\nchosen { stdout-path = "/serial@30860000:115200n8"; };`)).toBe(false);
    expect(isNamed(client("sai@30010000", "#sound-dai-cells = <0>;"))).toBe(false);
    expect(isNamed(client("spi@30820000"))).toBe(false);
    expect(isNamed(client("spi@30820000", 'flash { compatible = "jedec,spi-nor"; };'))).toBe(true);
  });

  it("are buses with a device on them", () => {
    const spi = (more: string): string =>
      `spi@1100a000 { compatible = "mediatek,mt8183-spi"; reg = <0 0x1100a000 0 0x1000>; ${more} };`;
    expect(named(spi(""))).toEqual([]);
    expect(named(spi('tpm { compatible = "google,cr50"; };'))).toEqual(["spi@1100a000"]);
    const qup = (more: string): string =>
      `geniqup@ac0000 { compatible = "qcom,geni-se-qup"; reg = <0 0xac0000 0 0x2000>; serial { compatible = "${more}"; }; };`;
    expect(named(qup("qcom,geni-debug-uart"))).toEqual([]);
    expect(named(qup("qcom,geni-uart"))).toEqual(["geniqup@ac0000"]);
  });

  it("are cards that have a DMA controller, and USB as a gadget with 32 bits", () => {
    const card = (more: string): string =>
      `mmc@40300000 { compatible = "arm,pl18x", "arm,primecell"; arm,primecell-periphid = <0x41180>; reg = <0 0x40300000 0 0x1000>; ${more} };`;
    expect(named(card(""))).toEqual([]);
    const usb = (mode: string): string =>
      `usb@5b120000 { compatible = "cdns,usb3"; reg = <0 0x5b120000 0 0x10000>; dr_mode = "${mode}"; };`;
    expect(named(usb("host"))).toEqual([]);
    expect(named(usb("peripheral"))).toEqual(["usb@5b120000"]);
  });

  it("are those whose bus hides RAM, whatever their mask", () => {
    const bus = `soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x40000000>; dma-ranges = <0x40000000 0 0x40000000 0xb0000000>;
	mmc@30b40000 { compatible = "fsl,imx8mm-usdhc", "fsl,imx7d-usdhc"; reg = <0x30b40000 0x10000>; };
};`;
    expect(named(bus)).toEqual(["mmc@30b40000"]);
  });
});
