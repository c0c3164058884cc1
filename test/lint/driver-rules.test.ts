import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import { RULES } from "../../src/lint/rules.js";
import { isDriven } from "../../src/lint/sharing.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

describe.skipIf(!hasCompiler)("a kernel without the driver of a device", () => {
  describe("leaves nothing to say of the device", () => {
    const hantro = "# CONFIG_VIDEO_HANTRO is not set";
    const aspeed = "# CONFIG_VIDEO_ASPEED is not set";
    const missing: Readonly<Record<string, string>> = {
      "iommu-disabled": hantro,
      "iommu-no-driver": hantro,
      "iommu-passes-through": hantro,
      "pool-out-of-reach": aspeed,
      "pool-smaller-than-picture": aspeed,
      "pool-ignored-by-driver": hantro,
      "default-area-missing": hantro,
      "cma-not-built": hantro,
      "default-area-smaller-than-picture": "# CONFIG_DRM_IMX_DCSS is not set",
      "default-area-below-uhd": "# CONFIG_DRM_IMX_DCSS is not set",
      "device-reaches-no-ram": hantro,
      "no-allocator-for-programs": "# CONFIG_VIDEO_SAMSUNG_S5P_G2D is not set",
      "heap-name-unusual": hantro,
      "cma-heap-not-built": hantro,
    };
    for (const [id, option] of Object.entries(missing)) {
      it(id, () => {
        const wrong = RULES.find((rule) => rule.id === id)?.wrong ?? { dts: "" };
        const said = (config: string): readonly string[] =>
          checkBoard(exampleBoard({ ...wrong, config: `${wrong.config ?? ""}\n${config}` }, facts)).map(
            (one) => one.id,
          );
        expect(said("")).toContain(id);
        expect(said(option)).not.toContain(id);
        expect(said(option)).toContain("device-no-driver");
      });
    }

    it("devices-bounce, swiotlb-off-while-devices-bounce", () => {
      for (const id of ["devices-bounce", "swiotlb-off-while-devices-bounce"]) {
        const wrong = RULES.find((rule) => rule.id === id)?.wrong ?? { dts: "" };
        const said = (config: string): readonly string[] =>
          checkBoard(exampleBoard({ ...wrong, config }, facts)).map((one) => one.id);
        expect(said("")).toContain(id);
        expect(said("# CONFIG_NET_MEDIATEK_STAR_EMAC is not set")).not.toContain(id);
      }
    });

    it("memory-region-disabled, memory-region-failed, unless nobody knows the driver", () => {
      for (const id of ["memory-region-disabled", "memory-region-failed"]) {
        const { dts } = RULES.find((rule) => rule.id === id)?.wrong ?? { dts: "" };
        const said = (compatible: string): readonly string[] =>
          checkBoard(exampleBoard({ dts: dts.replace("vendor,dsp", compatible), config: aspeed }, facts)).map(
            (one) => one.id,
          );
        expect(said("vendor,dsp")).toContain(id);
        expect(said("rockchip,rk3568-vpu")).toContain(id);
        expect(said("aspeed,ast2600-video-engine")).not.toContain(id);
      }
    });

    it("dma-ranges-not-found", () => {
      const { dts } = RULES.find(({ id }) => id === "dma-ranges-not-found")?.wrong ?? { dts: "" };
      const known = dts.replace("vendor,mmc", "rockchip,rk3568-vpu");
      const said = (config: string): readonly string[] =>
        checkBoard(exampleBoard({ dts: known, config }, facts)).map(({ id }) => id);
      expect(said("")).toContain("dma-ranges-not-found");
      expect(said(hantro)).not.toContain("dma-ranges-not-found");
    });
  });

  it("is named with the options that are missing, once for devices of one driver", () => {
    const dts = `video-scaler@13c00000 { compatible = "samsung,exynos5433-gsc"; reg = <0 0x13c00000 0 0x1000>; };
video-scaler@13c10000 { compatible = "samsung,exynos5433-gsc"; reg = <0 0x13c10000 0 0x1000>; };
scaler@15000000 { compatible = "samsung,exynos5433-scaler"; reg = <0 0x15000000 0 0x1294>; };
serial@14c10000 { compatible = "samsung,exynos5433-uart"; reg = <0 0x14c10000 0 0x100>; };`;
    const config = "# CONFIG_VIDEO_SAMSUNG_EXYNOS_GSC is not set\n# CONFIG_DRM_EXYNOS is not set";
    const found = checkBoard(exampleBoard({ dts, config }, facts)).filter(({ id }) => id === "device-no-driver");
    expect(found.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      "note: This kernel has no driver for scaler@15000000 (CONFIG_DRM_EXYNOS): no other finding counts it.",
      "note: This kernel has no driver for video-scaler@13c00000 and video-scaler@13c10000 (CONFIG_VIDEO_SAMSUNG_EXYNOS_GSC): no other finding counts them.",
    ]);
    expect(found.map(({ remedies }) => remedies.map((remedy) => remedy.config))).toEqual([
      ["CONFIG_DRM_EXYNOS=y\n"],
      ["CONFIG_VIDEO_SAMSUNG_EXYNOS_GSC=y\n"],
    ]);
  });

  it("takes the stages of a DMA device with it", () => {
    const dts = `display-engine { compatible = "allwinner,sun50i-a64-display-engine"; allwinner,pipelines = <&mixer>; };
mixer: mixer@100000 { compatible = "allwinner,sun50i-a64-de2-mixer-0"; reg = <0 0x100000 0 0x100000>; };`;
    const board = (option: string) => exampleBoard({ dts, config: `# ${option} is not set` }, facts);
    const driven = ({ machine }: ReturnType<typeof board>): readonly string[] =>
      machine.devices.filter((device) => isDriven(machine, device)).map(({ name }) => name);
    expect(driven(board("CONFIG_VIDEO_HANTRO"))).toEqual(["display-engine", "mixer@100000"]);
    expect(driven(board("CONFIG_DRM_SUN8I_MIXER"))).toEqual(["display-engine"]);
    expect(driven(board("CONFIG_DRM_SUN4I"))).toEqual([]);
  });

  it("is believed to have one that is seen to run", () => {
    const { dts } = RULES.find(({ id }) => id === "device-no-driver")?.wrong ?? { dts: "" };
    const { machine } = exampleBoard({ dts, config: "# CONFIG_VIDEO_HANTRO is not set" }, facts);
    const running = { busId: "fdea0400.video-codec", driver: "hantro-vpu", iommuGroup: null };
    const devices = machine.devices.map((device) => ({ ...device, running }));
    expect(machine.devices.map((device) => isDriven(machine, device))).toEqual([false]);
    expect(devices.map((device) => isDriven({ ...machine, devices }, device))).toEqual([true]);
  });
});
