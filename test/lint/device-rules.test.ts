import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { RULES } from "../../src/lint/rules.js";
import { GIB, MIB } from "../../src/units/quantity.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

/** The one finding of a rule on its wrong example, or on another board. */
function only(id: string, example?: RuleExample): Finding {
  const wrong = example ?? RULES.find((rule) => rule.id === id)?.wrong;
  if (wrong === undefined) throw new RangeError(`no rule ${id}`);
  const found = checkBoard(exampleBoard(wrong, facts)).filter((finding) => finding.id === id);
  expect(found).toHaveLength(1);
  return found[0] as Finding;
}

describe.skipIf(!hasCompiler)("rules about devices", () => {
  it("say how much of the default area a device reaches, and move the area", () => {
    const { severity, text, numbers, remedies } = only("default-area-out-of-reach");
    expect(severity).toBe("warning");
    expect(text).toMatch(/for video-codec@fdea0400 single blocks of up to 4 MiB are left\.$/);
    expect(numbers).toMatchObject({ size: 64 * MIB, outOfReach: 64 * MIB, devices: 1 });
    expect(numbers["base"]).toBeGreaterThanOrEqual(1.5 * GIB);
    expect(remedies.map(({ text }) => text)).toEqual([
      "let linux,cma lie only where every device reaches",
      "place the area in reach: cma=64M@0x40000000-0x60000000",
    ]);
  });

  it("describe a default area in a tree that has none", () => {
    const { wrong } = RULES.find(({ id }) => id === "default-area-missing") ?? { wrong: { dts: "" } };
    const { remedies } = only("default-area-missing", { dts: wrong.dts, config: "CONFIG_CMA_SIZE_MBYTES=0" });
    expect(remedies.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "device-tree: describe an area of 64 MiB in the tree",
      "command-line: have an area of 64 MiB: cma=64M",
    ]);
    expect(remedies[0]?.overlay).toContain('compatible = "shared-dma-pool"');
  });

  it("take an area out of a screen's reach for an error: no block of the page allocator holds a frame", () => {
    const { wrong } = RULES.find(({ id }) => id === "default-area-out-of-reach") ?? { wrong: { dts: "" } };
    const dts = wrong.dts
      .replace("video-codec@fdea0400", "lcdif@fdea0400")
      .replace("rockchip,rk3568-vpu", "fsl,imx6sx-lcdif");
    expect(only("default-area-out-of-reach", { dts }).severity).toBe("error");
    const larger = { dts, config: "CONFIG_ARM64_64K_PAGES=y" };
    expect(checkBoard(exampleBoard(larger, facts)).map(({ id, severity: how }) => `${how} ${id}`)).not.toContain(
      "error default-area-out-of-reach",
    );
  });

  it("name what touches memory, not each stage of a display", () => {
    const pipeline = `display-engine { compatible = "allwinner,sun50i-a64-display-engine"; allwinner,pipelines = <&mixer>; };
mixer: mixer@100000 { compatible = "allwinner,sun50i-a64-de2-mixer-0"; reg = <0 0x100000 0 0x100000>; };
lcd-controller@1c0c000 { compatible = "allwinner,sun50i-a64-tcon-lcd"; reg = <0 0x1c0c000 0 0x1000>; };`;
    const { text, numbers } = only("cma-not-built", { dts: pipeline, config: "# CONFIG_CMA is not set" });
    expect(text).toBe("This kernel is built without CMA, and contiguous buffers are needed by display-engine.");
    expect(numbers).toEqual({ devices: 1 });
  });

  it("say nothing of programs where one device has nobody to share with, or a GPU gives buffers away", () => {
    const { wrong } = RULES.find(({ id }) => id === "no-allocator-for-programs") ?? { wrong: { dts: "" } };
    const said = (dts: string): readonly string[] =>
      checkBoard(exampleBoard({ ...wrong, dts }, facts)).map(({ id }) => id);
    const gpu = 'gpu@fd00000 { compatible = "img,img-axe"; reg = <0 0xfd00000 0 0x20000>; };';
    expect(said(wrong.dts)).toContain("no-allocator-for-programs");
    expect(said(`${wrong.dts}\n${gpu}`)).not.toContain("no-allocator-for-programs");
    expect(said(wrong.dts.split("\n")[0] ?? "")).not.toContain("no-allocator-for-programs");
  });

  it("know that coherent_pool= takes one piece on 32-bit arm, and no more than a block for each zone elsewhere", () => {
    const said = (cmdline: string, ...config: readonly string[]): readonly string[] =>
      checkBoard(exampleBoard({ dts: "", cmdline, config: config.join("\n") }, facts))
        .filter(({ id }) => id === "coherent-pool-exceeds-area")
        .map(({ text }) => text);
    expect(said("coherent_pool=128M", "CONFIG_ARM=y")).toEqual([
      "coherent_pool= asks for 128 MiB in one piece, and the default CMA area it is taken from has 64 MiB: there is no pool.",
    ]);
    expect(said("coherent_pool=128M")).toEqual([]);
    expect(said("coherent_pool=128M cma=8M")).toEqual([
      "coherent_pool= makes 3 pools of 4 MiB, and the default CMA area it is taken from has 8 MiB: nothing is left for frames.",
    ]);
  });

  it("count no stage of a display whose DMA device is disabled", () => {
    const dts = `display-engine { compatible = "allwinner,sun50i-a64-display-engine"; status = "disabled"; };
hdmi-phy@1ef0000 { compatible = "allwinner,sun50i-a64-hdmi-phy"; reg = <0 0x1ef0000 0 0x1000>; };`;
    const found = checkBoard(exampleBoard({ dts, config: "# CONFIG_CMA is not set" }, facts));
    expect(found.map(({ id }) => id)).not.toContain("cma-not-built");
    const enabled = only("cma-not-built", { dts: dts.replace("disabled", "okay"), config: "# CONFIG_CMA is not set" });
    expect(enabled.numbers).toEqual({ devices: 1 });
  });

  it("count no display without a screen and no camera interface without a camera, behind a switch too", () => {
    const at = (
      status: string,
    ): string => `display-subsystem { compatible = "fsl,imx-display-subsystem"; ports = <&di>; };
capture-subsystem { compatible = "fsl,imx-capture-subsystem"; ports = <&csi>; };
ipu@2400000 {
	compatible = "fsl,imx6q-ipu"; reg = <0 0x2400000 0 0x400000>;
	di: port@2 { di_out: endpoint { remote-endpoint = <&hdmi_in>; }; };
	csi: port@0 { csi_in: endpoint { remote-endpoint = <&mux_out>; }; };
};
mux { compatible = "video-mux"; port@0 { mux_in: endpoint { remote-endpoint = <&sensor_out>; }; }; port@1 { mux_out: endpoint { remote-endpoint = <&csi_in>; }; }; };
hdmi { compatible = "fsl,imx6q-hdmi"; status = "${status}"; port { hdmi_in: endpoint { remote-endpoint = <&di_out>; }; }; };
sensor { compatible = "ovti,ov5640"; status = "${status}"; port { sensor_out: endpoint { remote-endpoint = <&mux_in>; }; }; };`;
    const config = "CONFIG_ARM=y\n# CONFIG_CMA is not set";
    const { text } = only("cma-not-built", { dts: at("okay"), config });
    expect(text).toMatch(/needed by capture-subsystem and display-subsystem\.$/);
    const found = checkBoard(exampleBoard({ dts: at("disabled"), config }, facts));
    expect(found.map(({ id }) => id)).not.toContain("cma-not-built");
  });

  it("count no further core of a codec whose driver runs the first alone", () => {
    const core = (at: string): string =>
      `video-codec@${at} { compatible = "rockchip,rk3588-vepu121", "rockchip,rk3568-vepu"; reg = <0 0x${at} 0 0x800>; };`;
    const dts = `${core("fdba0000")}\n${core("fdba4000")}`;
    const { numbers } = only("cma-not-built", { dts, config: "# CONFIG_CMA is not set" });
    expect(numbers).toEqual({ devices: 1 });
  });

  it("give cma= the limit that the tree's node had", () => {
    const { remedies } = only("cma-cmdline-loses-range");
    expect(remedies.map(({ commandLine }) => commandLine)).toEqual(["cma=128M@0x40000000-0x60000000", null]);
  });

  it("say nothing of the windows of a processor that is given firmware", () => {
    const processor = (compatible: string): readonly string[] => {
      const dts = `mlahb { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
        dma-ranges = <0x10000000 0 0x10000000 0x60000>;
        m4@10000000 { compatible = "${compatible}"; reg = <0x10000000 0x40000>; };
      };`;
      return checkBoard(exampleBoard({ dts }, facts)).map(({ id }) => id);
    };
    expect(processor("st,stm32mp1-m4")).not.toContain("device-reaches-no-ram");
    expect(processor("rockchip,rk3568-vpu")).toContain("device-reaches-no-ram");
  });

  it("name the option that builds an IOMMU's driver", () => {
    const { numbers, remedies } = only("iommu-no-driver");
    expect(numbers).toEqual({ devices: 1, needContiguous: 1, option: "CONFIG_ROCKCHIP_IOMMU" });
    expect(remedies.map(({ config }) => config)).toEqual(["CONFIG_ROCKCHIP_IOMMU=y\n"]);
  });

  it("count the cells of windows", () => {
    expect(only("dma-ranges-length").numbers).toEqual({ cells: 3, perWindow: 4, windows: 0 });
  });

  it("tell both bus addresses of RAM in two windows", () => {
    expect(only("dma-ranges-overlap").numbers).toEqual({
      base: 0x60000000,
      size: 0x20000000,
      first: 0x20000000,
      second: 0x60000000,
    });
  });

  it("count the RAM a bus hides and the RAM that bounces", () => {
    expect(only("dma-ranges-hide-ram").numbers).toMatchObject({ ram: GIB, hidden: 512 * MIB, share: 50, devices: 1 });
    expect(only("devices-bounce").numbers).toEqual({ devices: 1, outOfReach: GIB * 4, ram: 7 * GIB });
  });
});

describe.skipIf(!hasCompiler)("pools that drivers do not ask for", () => {
  const pool = (properties: string): string => `reserved-memory {
    #address-cells = <2>; #size-cells = <2>; ranges;
    pool: pool@50000000 { compatible = "shared-dma-pool"; ${properties} reg = <0 0x50000000 0 0x4000000>; };
  };`;
  const bound = (compatible: string, name = "video"): string =>
    `${name}@fdea0400 { compatible = "${compatible}"; reg = <0 0xfdea0400 0 0x400>; memory-region = <&pool>; };`;
  const idsOf = (dts: string): readonly string[] =>
    checkBoard(exampleBoard({ dts }, facts))
      .map(({ id }) => id)
      .filter((id) => id === "pool-ignored-by-driver");

  it("are told, and become the default area or go away", () => {
    const { severity, text, numbers, remedies } = only("pool-ignored-by-driver", {
      dts: pool("no-map;") + bound("rockchip,rk3568-vpu"),
    });
    expect(severity).toBe("warning");
    expect(text).toBe(
      "video@fdea0400 is bound to the pool pool@50000000, and in Linux 6.12 hantro-vpu never asks for one: 64 MiB serve nobody.",
    );
    expect(numbers).toEqual({ pools: 1, unused: 64 * MIB, driver: "hantro-vpu" });
    expect(remedies.map((each) => each.text)).toEqual([
      "make pool@50000000 the default CMA area, from which the device allocates",
      "take memory-region of video@fdea0400 away and give the memory of pool@50000000 back",
    ]);
  });

  it("stay where another device is bound to them", () => {
    const { text, remedies } = only("pool-ignored-by-driver", {
      dts: pool("no-map;") + bound("rockchip,rk3568-vpu") + bound("aspeed,ast2600-video-engine", "grabber"),
    });
    expect(text).toMatch(/never asks for one\.$/);
    expect(remedies.map((each) => each.text)).toEqual(["take memory-region of video@fdea0400 away"]);
  });

  it("are only worth knowing behind an IOMMU, whether it translates or lets pass", () => {
    const dts = `reserved-memory {
      #address-cells = <2>; #size-cells = <2>; ranges;
      left: left { compatible = "shared-dma-pool"; no-map; size = <0 0x2400000>; alignment = <0 0x1000>; };
      right: right { compatible = "shared-dma-pool"; no-map; size = <0 0x800000>; alignment = <0 0x1000>; };
    };
    codec@13400000 { compatible = "samsung,mfc-v5"; reg = <0 0x13400000 0 0x10000>;
      memory-region = <&left>, <&right>; iommus = <&mmu>; };
    mmu: sysmmu@13620000 { compatible = "samsung,exynos-sysmmu"; reg = <0 0x13620000 0 0x1000>; #iommu-cells = <0>; };`;
    for (const cmdline of ["console=ttyS0", "iommu.passthrough=1"]) {
      const { severity, text, remedies } = only("pool-ignored-by-driver", { dts, cmdline });
      expect(severity).toBe("note");
      expect(text).toBe(
        "codec@13400000 is bound to the pools left and right, and in Linux 6.12 s5p-mfc uses no pool where there is an IOMMU: 44 MiB serve nobody.",
      );
      expect(remedies).toHaveLength(1);
    }
    const without = dts.replace("iommus = <&mmu>;", "");
    expect(checkBoard(exampleBoard({ dts: without }, facts)).map(({ id }) => id)).not.toContain(
      "pool-ignored-by-driver",
    );
  });

  it("are not told where the driver asks, nobody knows, or they are the default area", () => {
    expect(idsOf(pool("no-map;") + bound("aspeed,ast2600-video-engine"))).toEqual([]);
    expect(idsOf(pool("no-map;") + bound("vendor,never-seen"))).toEqual([]);
    expect(idsOf(pool("reusable; linux,cma-default;") + bound("rockchip,rk3568-vpu"))).toEqual([]);
  });

  it("are not told of regions that an IOMMU or a restricted pool's devices use", () => {
    const dts =
      pool("no-map; iommu-addresses = <&video 0 0x50000000 0 0x4000000>;") +
      bound("rockchip,rk3568-vpu", "video: video");
    expect(idsOf(dts)).toEqual([]);
    const restricted = pool("").replace("shared-dma-pool", "restricted-dma-pool");
    expect(idsOf(restricted + bound("rockchip,rk3568-vpu"))).toEqual([]);
  });
});
