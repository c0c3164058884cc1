import { describe, expect, it } from "vitest";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { formatRanges } from "../../../src/placement/explain.js";
import { type BoardRam, boardRam } from "../../../tools/survey/board-ram.js";
import { compile, hasCompiler } from "../compile.js";

/** RAM of a board of that chip. */
function ramOf(chip: string, dts: string, arch: "arm64" | "arm" = "arm64"): BoardRam {
  const tree = compile(
    `/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = "vendor,board", "${chip}"; ${dts} };`,
  );
  return boardRam(tree, arch, EMBEDDED_6_12);
}

function reserved(node: string): string {
  return `reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${node} };`;
}

describe.skipIf(!hasCompiler)("RAM of a surveyed board", () => {
  const cases = [
    {
      name: "is what the tree states",
      chip: "vendor,soc",
      dts: 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x8000000>; };',
      basis: "tree",
      ram: "0x40000000-0x47ffffff",
    },
    {
      name: "is less than the tree states where firmware keeps a share",
      chip: "brcm,bcm2837",
      dts: 'memory@0 { device_type = "memory"; reg = <0 0 0 0x40000000>; };',
      basis: "firmware",
      ram: "0x0-0x3b3fffff",
    },
    {
      name: "starts where the boot loader of the chip says, without a memory node",
      chip: "allwinner,sun50i-h5",
      dts: "",
      basis: "filled-in",
      ram: "0x40000000-0x7fffffff",
    },
    {
      name: "starts where a memory node of size 0 is",
      chip: "qcom,sdm845",
      dts: 'memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0>; };',
      basis: "filled-in",
      ram: "0x80000000-0xbfffffff",
    },
    {
      name: "grows until it holds a fixed region",
      chip: "qcom,sdm845",
      dts: `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0>; }; ${reserved("gpu@c5000000 { reg = <0 0xc5000000 0 0x2000>; };")}`,
      basis: "filled-in",
      ram: "0x80000000-0xffffffff",
    },
    {
      name: "starts lower where Linux keeps a log there",
      chip: "qcom,msm8994",
      dts: `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0>; }; ${reserved('ramoops@71fe0000 { compatible = "ramoops"; reg = <0 0x71fe0000 0 0x100000>; };')}`,
      basis: "filled-in",
      ram: "0x70000000-0xafffffff",
    },
    {
      name: "holds the start of alloc-ranges and what is taken of it",
      chip: "fsl,imx8qm",
      dts: reserved("pool { size = <0 0x3c000000>; alloc-ranges = <0 0xc0000000 0 0x3c000000>; };"),
      basis: "filled-in",
      ram: "0x80000000-0xffffffff",
    },
    {
      name: "is twice what regions without a place take",
      chip: "fsl,imx8mm",
      dts: reserved("pool { size = <0 0x28000000>; };"),
      basis: "filled-in",
      ram: "0x40000000-0xbfffffff",
    },
    {
      name: "leaves out registers",
      chip: "rockchip,rk3399",
      dts: `soc { #address-cells = <2>; #size-cells = <2>; ranges; serial@f8000000 { reg = <0 0xf8000000 0 0x1000>; }; }; ${reserved("pool { size = <0 0x60000000>; };")}`,
      basis: "filled-in",
      ram: "0x0-0xf7ffffff",
    },
  ] as const;
  for (const { name, chip, dts, basis, ram } of cases) {
    it(name, () => {
      const found = ramOf(chip, dts);
      expect([found.basis, formatRanges(found.banks)]).toEqual([basis, ram]);
    });
  }

  it("is 64 MiB where the chip has it in its package", () => {
    expect(formatRanges(ramOf("allwinner,sun8i-v3s", "", "arm").banks)).toBe("0x40000000-0x43ffffff");
  });
});
