import { describe, expect, it } from "vitest";
import { cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceFact } from "../../src/facts/fact.js";
import type { IommuAttachment } from "../../src/machine/machine.js";
import { EMBEDDED_6_12, KERNEL_PROFILES } from "../../src/machine/profiles.js";
import type { MachineOptions } from "../../src/machine/read.js";
import { BEHIND, deviceAt, fact, iommu, machineOf } from "./board.js";

const OWN = [fact("x,isp")];

/** `[state, state if enabled, translation, translation if enabled]` of `/isp@1000`. */
function hangs(
  tree: TreeSpec,
  isp: TreeSpec = BEHIND,
  more: Partial<MachineOptions> = {},
  facts: readonly DeviceFact[] = OWN,
): unknown {
  const machine = machineOf({ ...tree, "isp@1000": { compatible: "x,isp", ...isp } }, facts, more);
  const device = deviceAt(machine, "/isp@1000");
  return [device.iommu?.state, device.iommu?.stateIfEnabled, device.translation, device.translationIfEnabled];
}

describe("a device behind an IOMMU", () => {
  it("is translated where provider and driver are there", () => {
    expect(hangs(iommu("rockchip,iommu"))).toEqual(["translate", "translate", "iommu", "iommu"]);
  });

  it("goes direct without the property, whatever its parents have", () => {
    expect(hangs(iommu("rockchip,iommu"), {})).toEqual([undefined, undefined, "none", "none"]);
  });

  it("goes direct while the provider is disabled, and it is known what enabling device and provider would change", () => {
    const off = iommu("rockchip,iommu", { status: "disabled" });
    expect(hangs(off)).toEqual(["disabled", "translate", "none", "iommu"]);
    expect(hangs(off, { ...BEHIND, status: "disabled" })).toEqual(["disabled", "translate", "none", "iommu"]);
  });

  it("goes direct where one provider of several is disabled", () => {
    const two: TreeSpec = {
      ...iommu("rockchip,iommu"),
      "iommu@2": { compatible: "rockchip,iommu", "#iommu-cells": 0, phandle: 2, status: "disabled" },
    };
    expect(hangs(two, { iommus: cells(1, 7, 2) })).toEqual(["disabled", "translate", "none", "iommu"]);
  });

  it("goes direct where two providers have different drivers, and not where they share one", () => {
    const two = (second: string): TreeSpec => ({
      ...iommu("rockchip,iommu"),
      "iommu@2": { compatible: second, "#iommu-cells": 0, phandle: 2 },
    });
    expect(hangs(two("arm,smmu-v3"), { iommus: cells(1, 7, 2) })).toEqual(["malformed", "malformed", "none", "none"]);
    expect(hangs(two("rockchip,iommu"), { iommus: cells(1, 7, 2) })).toEqual([
      "translate",
      "translate",
      "iommu",
      "iommu",
    ]);
  });

  it("goes direct where no driver serves the provider, or this kernel lacks it", () => {
    expect(hangs(iommu("vendor,private-mmu"))).toEqual(["no-driver", "no-driver", "none", "none"]);
    const debian = KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12;
    expect(hangs(iommu("samsung,exynos-sysmmu"))).toEqual(["translate", "translate", "iommu", "iommu"]);
    expect(hangs(iommu("samsung,exynos-sysmmu"), BEHIND, { profile: debian })).toEqual([
      "no-driver",
      "no-driver",
      "none",
      "none",
    ]);
  });

  it("goes direct where the property cannot be read, and keeps the entries before the one that cannot", () => {
    expect(hangs({}, { iommus: cells(9, 7) })).toEqual(["malformed", "malformed", "none", "none"]);
    expect(hangs(iommu("rockchip,iommu"), { iommus: cells(1, 7, 9) })).toEqual([
      "translate",
      "translate",
      "iommu",
      "iommu",
    ]);
  });

  it("is passed through when the command line or the configuration says so", () => {
    expect(hangs(iommu("arm,smmu-v3"), BEHIND, { cmdline: "iommu.passthrough=1" })).toEqual([
      "identity",
      "identity",
      "none",
      "none",
    ]);
    const profile = { ...EMBEDDED_6_12, iommuPassthrough: true };
    expect(hangs(iommu("arm,smmu-v3"), BEHIND, { profile })).toEqual(["identity", "identity", "none", "none"]);
    expect(hangs(iommu("arm,smmu-v3"), BEHIND, { profile, cmdline: "iommu.passthrough=0" })).toEqual([
      "translate",
      "translate",
      "iommu",
      "iommu",
    ]);
  });

  it("is translated on 32-bit arm all the same, where the DMA core maps through every IOMMU", () => {
    const arm = { profile: { ...EMBEDDED_6_12, arch: "arm" as const }, cmdline: "iommu.passthrough=1" };
    expect(hangs(iommu("samsung,exynos-sysmmu"), BEHIND, arm)).toEqual(["translate", "translate", "iommu", "iommu"]);
  });

  it("says what made it pass through, and nothing of the kind where it would not translate anyway", () => {
    const said = (tree: TreeSpec, more: Partial<MachineOptions>, isp: TreeSpec = BEHIND): unknown => {
      const machine = machineOf({ ...tree, "isp@1000": { compatible: "x,isp", ...isp } }, OWN, more);
      return deviceAt(machine, "/isp@1000").provenance["translation"];
    };
    const line = { cmdline: "iommu.passthrough=1" };
    expect(said(iommu("arm,smmu-v3"), line)).toEqual({ kind: "cmdline", source: "iommu.passthrough=1" });
    expect(said(iommu("arm,smmu-v3"), { profile: { ...EMBEDDED_6_12, iommuPassthrough: true } })).toEqual({
      kind: "config",
      source: "CONFIG_IOMMU_DEFAULT_PASSTHROUGH",
    });
    const derived = { kind: "derived", source: "/isp@1000:iommus" };
    expect(said(iommu("nvidia,tegra210-mc"), line)).toEqual(derived);
    const off = iommu("arm,smmu-v3", { status: "disabled" });
    expect(said(off, line)).toEqual(derived);
    expect(said(off, line, { ...BEHIND, status: "disabled" })).toEqual({
      kind: "cmdline",
      source: "iommu.passthrough=1",
    });
    expect(said(iommu("sprd,iommu-v1"), line)).toEqual({ kind: "tree", source: "/isp@1000:iommus" });
  });

  it("is translated by a driver that cannot pass through, whatever the command line says", () => {
    expect(hangs(iommu("sprd,iommu-v1"), BEHIND, { cmdline: "iommu.passthrough=1" })).toEqual([
      "translate",
      "translate",
      "iommu",
      "iommu",
    ]);
  });

  it("is passed through by Tegra's SMMU always, and by Qualcomm's for display and GPU", () => {
    expect(hangs(iommu("nvidia,tegra210-mc"))).toEqual(["identity", "identity", "none", "none"]);
    const qcom = iommu(["qcom,sdm845-smmu-500", "arm,mmu-500"]);
    expect(hangs(qcom)).toEqual(["translate", "translate", "iommu", "iommu"]);
    expect(hangs(qcom, { ...BEHIND, compatible: ["x,isp", "qcom,adreno"] })).toEqual([
      "identity",
      "identity",
      "none",
      "none",
    ]);
    expect(hangs(iommu("arm,mmu-500"), { ...BEHIND, compatible: ["x,isp", "qcom,adreno"] })).toEqual([
      "translate",
      "translate",
      "iommu",
      "iommu",
    ]);
  });

  it("is turned away by Renesas' driver on 64-bit chips, but for four card hosts, and on some chips all are", () => {
    const state = (chip: string, name: string): unknown => {
      const cpus: TreeSpec = { "cpu@0": { compatible: "arm,cortex-a57" } };
      const machine = machineOf(
        { cpus, ...iommu(`renesas,ipmmu-${chip}`), [name]: { compatible: "x,isp", ...BEHIND } },
        OWN,
      );
      return deviceAt(machine, `/${name}`).translation;
    };
    expect(state("r8a77965", "vsp@fe9a0000")).toBe("none");
    expect(state("r8a77965", "mmc@ee140000")).toBe("iommu");
    expect(state("r8a774a1", "mmc@ee140000")).toBe("none");
  });

  it("is run by its driver where the driver says so, translated or passed through, but not while the provider is disabled", () => {
    const own = [fact("x,isp", { mmu: "manages-iommu-domain" })];
    expect(hangs(iommu("rockchip,iommu"), BEHIND, {}, own)).toEqual([
      "translate",
      "translate",
      "driver-domain",
      "driver-domain",
    ]);
    expect(hangs(iommu("nvidia,tegra210-mc"), BEHIND, {}, own)).toEqual([
      "identity",
      "identity",
      "driver-domain",
      "driver-domain",
    ]);
    const off = iommu("rockchip,iommu", { status: "disabled" });
    expect(hangs(off, { ...BEHIND, status: "disabled" }, {}, own)).toEqual([
      "disabled",
      "translate",
      "none",
      "driver-domain",
    ]);
  });
});

describe("the stream id of a device", () => {
  const idOf = (tree: TreeSpec, isp: TreeSpec): unknown => {
    const machine = machineOf({ ...tree, "isp@1000": { compatible: "x,isp", ...isp } }, OWN);
    return deviceAt(machine, "/isp@1000").iommu?.streamId;
  };

  it("is the first cell behind the reference to its IOMMU, of several the first", () => {
    expect(idOf(iommu("arm,smmu-v3"), BEHIND)).toBe(7);
    expect(idOf(iommu("arm,mmu-500", { "#iommu-cells": 2 }), { iommus: cells(1, 0x820, 0x7f) })).toBe(0x820);
    expect(idOf(iommu("arm,smmu-v3"), { iommus: cells(1, 7, 1, 8) })).toBe(7);
  });

  it("has others beside it where entries follow or leave bits open", () => {
    const streamsOf = (tree: TreeSpec, iommus: TreeSpec): unknown => {
      const machine = machineOf({ ...tree, "isp@1000": { compatible: "x,isp", ...iommus } }, OWN);
      return deviceAt(machine, "/isp@1000").iommu?.streams;
    };
    const smmu = iommu("arm,mmu-500", { "#iommu-cells": 2 });
    expect(streamsOf(smmu, { iommus: cells(1, 0x820, 0x7f) })).toEqual([{ id: 0x820, mask: 0x7f }]);
    expect(streamsOf(smmu, { iommus: cells(1, 0x820, 0) })).toBeUndefined();
    expect(streamsOf(iommu("arm,smmu-v3"), { iommus: cells(1, 7, 1, 8) })).toEqual([
      { id: 7, mask: 0 },
      { id: 8, mask: 0 },
    ]);
    const masked = iommu("arm,mmu-500", { "stream-match-mask": cells(0x7f80) });
    expect(streamsOf(masked, { iommus: cells(1, 7) })).toEqual([{ id: 7, mask: 0x7f80 }]);
  });

  it("is null where the IOMMU takes no cells: it knows no clients apart", () => {
    expect(idOf(iommu("rockchip,iommu", { "#iommu-cells": 0 }), { iommus: cells(1) })).toBeNull();
  });

  it("goes with the IOMMU that is named: of several the disabled one", () => {
    const two: TreeSpec = { ...iommu("arm,smmu-v3"), "iommu@2": off("arm,smmu-v3") };
    expect(idOf(two, { iommus: cells(1, 7, 2, 9) })).toBe(9);
  });
});

/** A disabled IOMMU with one cell, phandle 2. */
function off(compatible: string): TreeSpec {
  return { compatible, "#iommu-cells": 1, phandle: 2, status: "disabled" };
}

describe("a device on a PCI bus", () => {
  const pci = (more: TreeSpec): TreeSpec => ({
    ...iommu("arm,smmu-v3"),
    "pcie@20000000": {
      compatible: "x,pcie",
      device_type: "pci",
      "#address-cells": 3,
      "#size-cells": 2,
      ...more,
      "pci@0,0": { device_type: "pci", reg: cells(0, 0, 0, 0, 0), "usb@0,0": { reg: cells(0x1_0000, 0, 0, 0, 0) } },
    },
  });
  const both = (more: TreeSpec): readonly (IommuAttachment | null)[] => {
    const machine = machineOf(pci(more));
    return ["/pcie@20000000", "/pcie@20000000/pci@0,0/usb@0,0"].map((path) => deviceAt(machine, path).iommu);
  };
  const state = (more: TreeSpec): unknown => both(more).map((attachment) => attachment?.state ?? null);

  it("hangs on what iommu-map names for its id", () => {
    expect(state({ "iommu-map": cells(0, 1, 0, 0x1_0000) })).toEqual(["translate", "translate"]);
  });

  it("goes direct where the map has no entry for its id; the bridge stands for some device behind it", () => {
    expect(state({ "iommu-map": cells(0x200, 1, 0, 0x100) })).toEqual(["translate", null]);
    expect(state({})).toEqual([null, null]);
  });

  it("has the stream id that the map makes of its id; a bridge stands for several and has none", () => {
    const ids = both({ "iommu-map": cells(0x80, 1, 0x4000, 0x1000) }).map((attachment) => attachment?.streamId);
    expect(ids).toEqual([null, 0x4000 + 0x100 - 0x80]);
  });

  it("counts only the bits of the id that iommu-map-mask lets through", () => {
    expect(state({ "iommu-map": cells(0, 1, 0, 1), "iommu-map-mask": 0xff })).toEqual(["translate", "translate"]);
  });

  it("goes direct, like all its neighbours, where the map is malformed", () => {
    expect(state({ "iommu-map": cells(0, 1, 0) })).toEqual(["malformed", "malformed"]);
  });
});

describe("an IOMMU", () => {
  const only = (compatible: string | readonly string[], more: Partial<MachineOptions> = {}): unknown => {
    const [one] = machineOf(iommu(compatible), [], more).iommus;
    return one === undefined ? null : [one.driver, one.pageSizes[0], one.aperture.end, one.outputBits, one.grouping];
  };
  const FOUR_GIB = 0x1_0000_0000;
  const cases: readonly [string | readonly string[], unknown][] = [
    ["rockchip,iommu", ["rockchip-iommu", 4096, FOUR_GIB, 32, "instance"]],
    [
      ["rockchip,rk3588-iommu", "rockchip,rk3568-iommu"],
      ["rockchip-iommu", 4096, FOUR_GIB, 40, "instance"],
    ],
    ["allwinner,sun50i-h6-iommu", ["sun50i-iommu", 4096, FOUR_GIB, 32, "instance"]],
    ["arm,smmu-v3", ["arm_smmu_v3", 4096, 2 ** 48, 48, "device"]],
    [
      ["qcom,sc7180-smmu-v2", "qcom,adreno-smmu", "qcom,smmu-v2"],
      ["arm_smmu", 4096, 2 ** 48, 48, "device"],
    ],
    [
      ["arm,mmu-401", "arm,smmu-v1"],
      ["arm_smmu", 4096, 2 ** 40, 40, "device"],
    ],
    ["mediatek,mt8183-m4u", ["mtk_iommu", 4096, 0xff80_0000, 35, "instance"]],
    ["mediatek,mt8173-m4u", ["mtk_iommu", 4096, 0xff80_0000, 33, "instance"]],
    [
      ["qcom,msm8916-iommu", "qcom,msm-iommu-v1"],
      ["qcom_iommu", 4096, FOUR_GIB, 40, "device"],
    ],
    ["samsung,exynos-sysmmu", ["exynos-iommu", 4096, Number.MAX_SAFE_INTEGER, 36, "device"]],
    ["renesas,ipmmu-r8a774a1", ["ipmmu-vmsa", 4096, FOUR_GIB, 40, "instance"]],
    ["sprd,iommu-v1", ["sprd-iommu", 4096, 0x1000_0000, 32, "instance"]],
    ["ti,omap4-iommu", ["omap-iommu", 4096, FOUR_GIB, 32, "instance"]],
    ["apple,t8103-dart", ["apple-dart", 16384, FOUR_GIB, 36, "device"]],
    ["vendor,private-mmu", [null, undefined, 0, 0, "device"]],
  ];
  for (const [compatible, expected] of cases) {
    it(`called ${String(compatible)} is what its driver makes of it`, () => expect(only(compatible)).toEqual(expected));
  }

  it("has page sizes that follow the CPU's where its tables are the CPU's", () => {
    const profile = { ...EMBEDDED_6_12, pageSize: 65536 };
    const [smmu] = machineOf(iommu("arm,smmu-v3"), [], { profile }).iommus;
    expect(smmu?.pageSizes).toEqual([65536, 0x2000_0000]);
    const [rockchip] = machineOf(iommu("rockchip,iommu"), [], { profile }).iommus;
    expect(rockchip?.pageSizes).toEqual([
      0x1000, 0x2000, 0x4000, 0x8000, 0x1_0000, 0x2_0000, 0x4_0000, 0x8_0000, 0x10_0000, 0x20_0000, 0x40_0000,
    ]);
  });

  it("whose width nobody can read is assumed, where RAM above 4 GiB makes it matter", () => {
    const memory = (reg: Uint8Array): TreeSpec => ({ "memory@40000000": { device_type: "memory", reg } });
    const assumed = (tree: TreeSpec): unknown =>
      deviceAt(machineOf({ ...tree, "isp@1000": { compatible: "x,isp", ...BEHIND } }, OWN), "/isp@1000").assumptions;
    const high = memory(cells64(0x8000_0000, 0x1_0000_0000));
    expect(assumed({ ...iommu("arm,smmu-v3"), ...high })).toEqual([
      {
        code: "iommu-output-width",
        device: "/isp@1000",
        field: "iommu",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:4356",
      },
    ]);
    expect(assumed(iommu("arm,smmu-v3"))).toEqual([]);
    expect(assumed({ ...iommu("rockchip,rk3568-iommu"), ...high })).toEqual([]);
  });
});
