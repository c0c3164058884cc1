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

/** Devices that a kernel without CMA is said to leave without contiguous buffers. */
function usersOf(dts: string): readonly string[] {
  const found = checkBoard(exampleBoard({ dts, config: "# CONFIG_CMA is not set" }, facts));
  const [text = ""] = found.flatMap((each) => (each.id === "cma-not-built" ? [each.text] : []));
  return (/needed by ([^:]*): /.exec(text)?.[1] ?? "").split(/, | and /).filter((name) => name !== "");
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

  it("say on what it hangs that there is no default area", () => {
    const { wrong } = RULES.find(({ id }) => id === "default-area-missing") ?? { wrong: { dts: "" } };
    const memory = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };';
    const of = (cmdline: string): string => only("default-area-missing", { dts: memory + wrong.dts, cmdline }).text;
    const needed = ", and contiguous buffers are needed by video-codec@fdea0400: none can be larger than 4 MiB.";
    expect(of("cma=512M")).toBe(`There is no default CMA area${needed}`);
    // The device tree is assumed to lie 128 MiB behind the start of RAM.
    expect(of("cma=64M@0x48000000")).toBe(
      `There is no default CMA area with kernel and device tree where boot loaders usually put them${needed}`,
    );
  });

  it("take a missing area for a note where every picture is small", () => {
    const screen = (more: string): string => `lcdif@fdea0400 {
	compatible = "fsl,imx6sx-lcdif"; reg = <0 0xfdea0400 0 0x400>;
	port { lcdif_out: endpoint { remote-endpoint = <&panel_in>; }; };
};
panel { compatible = "panel-dpi"; port { panel_in: endpoint { remote-endpoint = <&lcdif_out>; }; }; ${more} };`;
    const panel = (size: string): string => screen(`panel-timing { ${size} };`);
    const of = (dts: string): readonly string[] => [
      only("default-area-missing", { dts, cmdline: "cma=0" }).severity,
      only("cma-not-built", { dts, config: "# CONFIG_CMA is not set" }).severity,
    ];
    expect(of(panel("hactive = <800>; vactive = <480>;"))).toEqual(["note", "note"]);
    expect(of(panel("hactive = <1280>; vactive = <800>;"))).toEqual(["warning", "warning"]);
    expect(of(screen(""))).toEqual(["warning", "warning"]);
  });

  it("say how large a buffer can be in a kernel without CMA", () => {
    expect(only("cma-not-built")).toMatchObject({
      severity: "warning",
      text: "This kernel is built without CMA, and contiguous buffers are needed by video-codec@fdea0400: none can be larger than 4 MiB.",
      numbers: { devices: 1, largest: 4 * MIB },
    });
  });

  it("take pools that fill the default area for a note where nobody else needs it", () => {
    const cmdline = "coherent_pool=32M cma=8M";
    const codec = RULES.find(({ id }) => id === "default-area-missing")?.wrong.dts ?? "";
    expect(only("coherent-pool-exceeds-area", { dts: "", cmdline }).severity).toBe("note");
    expect(only("coherent-pool-exceeds-area", { dts: codec, cmdline }).severity).toBe("warning");
    expect(only("coherent-pool-exceeds-area", { dts: "", cmdline, config: "CONFIG_ARM=y" }).severity).toBe("warning");
  });

  it("take an area out of a screen's reach for an error: no block of the page allocator holds a frame", () => {
    const { wrong } = RULES.find(({ id }) => id === "default-area-out-of-reach") ?? { wrong: { dts: "" } };
    const dts = wrong.dts
      .replace("video-codec@fdea0400", "display@fdea0400")
      .replace("rockchip,rk3568-vpu", "nxp,imx8mq-dcss");
    expect(only("default-area-out-of-reach", { dts }).severity).toBe("error");
    const larger = { dts, config: "CONFIG_ARM64_64K_PAGES=y" };
    expect(checkBoard(exampleBoard(larger, facts)).map(({ id, severity: how }) => `${how} ${id}`)).not.toContain(
      "error default-area-out-of-reach",
    );
  });

  it("name what touches memory, not each stage of a display", () => {
    const pipeline = (
      status: string,
    ): string => `display-engine { compatible = "allwinner,sun50i-a64-display-engine"; allwinner,pipelines = <&mixer>; };
mixer: mixer@100000 {
	compatible = "allwinner,sun50i-a64-de2-mixer-0"; reg = <0 0x100000 0 0x100000>;
	ports { port@1 { mixer_out: endpoint { remote-endpoint = <&tcon_in>; }; }; };
};
lcd-controller@1c0c000 {
	compatible = "allwinner,sun50i-a64-tcon-lcd"; reg = <0 0x1c0c000 0 0x1000>;
	ports {
		port@0 { tcon_in: endpoint { remote-endpoint = <&mixer_out>; }; };
		port@1 { tcon_out: endpoint { remote-endpoint = <&panel_in>; }; };
	};
};
panel { compatible = "bananapi,s070wv20-ct16"; status = "${status}"; port { panel_in: endpoint { remote-endpoint = <&tcon_out>; }; }; };`;
    const { text, numbers } = only("cma-not-built", { dts: pipeline("okay"), config: "# CONFIG_CMA is not set" });
    expect(text).toBe(
      "This kernel is built without CMA, and contiguous buffers are needed by display-engine: none can be larger than 4 MiB.",
    );
    expect(numbers).toMatchObject({ devices: 1 });
    expect(usersOf(pipeline("disabled"))).toEqual([]);
  });

  it("count no device that is enabled and that its driver leaves alone", () => {
    const screen = (port: string): string =>
      `display@f080000 { compatible = "arm,mali-dp500"; reg = <0 0xf080000 0 0x10000>; ${port} };`;
    expect(usersOf(screen("port { endpoint { }; };"))).toEqual([]);
    expect(usersOf(screen(""))).toEqual([]);
    const panel = 'panel { compatible = "vendor,panel"; port { panel_in: endpoint { remote-endpoint = <&out>; }; }; };';
    const nested = `dss@48050000 { compatible = "ti,omap3-dss"; reg = <0 0x48050000 0 0x200>;
	encoder { port { dsi: endpoint { remote-endpoint = <&lcd>; }; }; panel { compatible = "vendor,panel"; port { lcd: endpoint { remote-endpoint = <&dsi>; }; }; }; };
};`;
    expect(usersOf(nested)).toEqual(["dss@48050000"]);
    expect(usersOf(`${screen("port { out: endpoint { remote-endpoint = <&panel_in>; }; };")}\n${panel}`)).toEqual([
      "display@f080000",
    ]);
    expect(usersOf('display@1e6e6000 { compatible = "aspeed,ast2500-gfx"; reg = <0 0x1e6e6000 0 0x1000>; };')).toEqual(
      [],
    );
    const encoder = (
      status: string,
    ): string => `mediatek_scp: scp@10500000 { compatible = "mediatek,mt8192-scp"; reg = <0 0x10500000 0 0x1000>; status = "${status}"; };
vcodec@17020000 { compatible = "mediatek,mt8192-vcodec-enc"; reg = <0 0x17020000 0 0x2000>; mediatek,scp = <&mediatek_scp>; };`;
    expect(usersOf(encoder("disabled"))).toEqual([]);
    expect(usersOf(encoder("okay"))).toEqual(["vcodec@17020000"]);
  });

  it("count no part of a device that has buffers for all of them", () => {
    const reader = (at: string): string =>
      `dma-controller@${at} { compatible = "mediatek,mt8195-mdp3-rdma"; reg = <0 0x${at} 0 0x1000>; #dma-cells = <1>; };`;
    expect(usersOf(`${reader("14001000")}\n${reader("14f08000")}`)).toEqual(["dma-controller@14001000"]);
    const processor = `fcp: fcp@fea27000 { compatible = "renesas,fcpv"; reg = <0 0xfea27000 0 0x200>; };
vsp: vsp@fea20000 { compatible = "renesas,vsp2"; reg = <0 0xfea20000 0 0x5000>; renesas,fcp = <&fcp>; };`;
    expect(usersOf(processor)).toEqual(["vsp@fea20000"]);
    expect(usersOf(`${processor}\ndisplay { renesas,vsps = <&vsp 0>; };`)).toEqual([]);
  });

  it("name the engine of MediaTek's display that its first output hangs on", () => {
    const engines = `ovl@1400c000 { compatible = "mediatek,mt8173-disp-ovl"; reg = <0 0x1400c000 0 0x1000>; };
ovl@1400d000 { compatible = "mediatek,mt8173-disp-ovl"; reg = <0 0x1400d000 0 0x1000>; };`;
    const output = (kind: string): string => `${kind} { compatible = "mediatek,mt8173-${kind}"; };`;
    expect(usersOf(engines)).toEqual([]);
    expect(usersOf(`${engines}\n${output("dsi")}\n${output("dpi")}`)).toEqual(["ovl@1400c000"]);
    expect(usersOf(`${engines}\n${output("dpi")}`)).toEqual(["ovl@1400d000"]);
    expect(
      usersOf('syscon@14000000 { compatible = "mediatek,mt2712-mmsys", "syscon"; reg = <0 0x14000000 0 0x1000>; };'),
    ).toEqual([]);
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
    expect(enabled.numbers).toMatchObject({ devices: 1 });
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
	port@1 { csi_direct: endpoint { remote-endpoint = <&to_ipu>; }; };
};
mux { compatible = "video-mux"; port@2 { from_receiver: endpoint { remote-endpoint = <&to_mux>; }; }; port@0 { mux_in: endpoint { remote-endpoint = <&sensor_out>; }; }; port@1 { mux_out: endpoint { remote-endpoint = <&csi_in>; }; }; };
hdmi { compatible = "fsl,imx6q-hdmi"; status = "${status}"; port { hdmi_in: endpoint { remote-endpoint = <&di_out>; }; }; };
receiver { compatible = "fsl,imx6-mipi-csi2"; port@1 { to_mux: endpoint { remote-endpoint = <&from_receiver>; }; }; port@2 { to_ipu: endpoint { remote-endpoint = <&csi_direct>; }; }; };
sensor { compatible = "ovti,ov5640"; status = "${status}"; port { sensor_out: endpoint { remote-endpoint = <&mux_in>; }; }; };`;
    const config = "CONFIG_ARM=y\n# CONFIG_CMA is not set";
    const { text } = only("cma-not-built", { dts: at("okay"), config });
    expect(text).toMatch(/needed by capture-subsystem and display-subsystem: /);
    const found = checkBoard(exampleBoard({ dts: at("disabled"), config }, facts));
    expect(found.map(({ id }) => id)).not.toContain("cma-not-built");
  });

  it("count no further core of a codec whose driver runs the first alone", () => {
    const core = (at: string): string =>
      `video-codec@${at} { compatible = "rockchip,rk3588-vepu121", "rockchip,rk3568-vepu"; reg = <0 0x${at} 0 0x800>; };`;
    const dts = `${core("fdba0000")}\n${core("fdba4000")}`;
    const { numbers } = only("cma-not-built", { dts, config: "# CONFIG_CMA is not set" });
    expect(numbers).toMatchObject({ devices: 1 });
  });

  it("give cma= the limit that the tree's node had", () => {
    const { remedies } = only("cma-cmdline-loses-range");
    expect(remedies.map(({ commandLine }) => commandLine)).toEqual(["cma=48M@0x40000000-0x50000000", null]);
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
