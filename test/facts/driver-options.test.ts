import { describe, expect, it } from "vitest";
import {
  allDriverOptions,
  isDriverMissing,
  isOfKernel,
  missingOptionsOf,
  readDriverOptions,
} from "../../src/facts/driver-options.js";
import { DRIVER_OPTIONS } from "../../src/facts/extracted/driver-options.js";
import { loadFacts } from "../../src/facts/load.js";

const table = readDriverOptions(DRIVER_OPTIONS);
const scaler = { file: "drivers/gpu/drm/exynos/exynos_drm_scaler.c", kernel: "6.12.117" };

describe("the options of drivers", () => {
  it("are known for every driver of the kernel that has a fact, except what other files include", async () => {
    const base = await loadFacts();
    const extracted = [...(base.extracted?.names() ?? [])].flatMap((name) => base.extracted?.of(name) ?? []);
    const files = [...base.facts, ...extracted]
      .filter(({ driver }) => isOfKernel(driver))
      .map(({ driver }) => driver.file);
    expect([...new Set(files)].filter((file) => !table.has(file)).sort()).toEqual([
      "drivers/usb/host/ehci-ppc-of.c",
      "drivers/usb/host/ehci-xilinx-of.c",
      "drivers/usb/host/ohci-ppc-of.c",
      "drivers/usb/host/uhci-platform.c",
    ]);
    expect([...table.keys()].filter((file) => !files.includes(file))).toEqual([]);
  });

  it("are each well formed, and listed once", () => {
    for (const choices of table.values()) {
      for (const choice of choices) for (const option of choice) expect(option).toMatch(/^CONFIG_[A-Z]\w+$/);
      expect(choices.every((choice) => choice.length > 0)).toBe(true);
    }
    const all = allDriverOptions();
    expect(all).toEqual([...new Set(all)].sort());
    expect(all).toContain("CONFIG_DRM_EXYNOS_SCALER");
  });
});

describe("isDriverMissing", () => {
  it("asks for all options of a choice, and for one choice", () => {
    expect(isDriverMissing(scaler, [])).toBe(false);
    expect(isDriverMissing(scaler, ["CONFIG_DRM_EXYNOS"])).toBe(true);
    expect(isDriverMissing(scaler, ["CONFIG_DRM_EXYNOS_SCALER"])).toBe(true);
    expect(isDriverMissing(scaler, ["CONFIG_DRM_EXYNOS_FIMC", "CONFIG_VIDEO_HANTRO"])).toBe(false);
    const either = { file: "drivers/usb/cdns3/cdns3-plat.c", kernel: "6.12" };
    expect(table.get(either.file)).toHaveLength(2);
    expect(isDriverMissing(either, ["CONFIG_USB"])).toBe(false);
    expect(isDriverMissing(either, ["CONFIG_USB", "CONFIG_USB_CDNS3"])).toBe(true);
  });

  it("is false for a driver of another kernel, and for a file that nobody knows", () => {
    expect(isDriverMissing({ ...scaler, kernel: "Rockchip's kernel" }, allDriverOptions())).toBe(false);
    expect(isDriverMissing({ ...scaler, kernel: "6.1" }, allDriverOptions())).toBe(false);
    expect(isDriverMissing({ file: "drivers/x.c", kernel: "6.12" }, allDriverOptions())).toBe(false);
  });
});

describe("missingOptionsOf", () => {
  it("names what is needed and missing, and nothing for a driver that is there", () => {
    expect(missingOptionsOf(scaler, allDriverOptions())).toEqual(["CONFIG_DRM_EXYNOS", "CONFIG_DRM_EXYNOS_SCALER"]);
    expect(missingOptionsOf(scaler, ["CONFIG_DRM_EXYNOS_SCALER", "CONFIG_VIDEO_HANTRO"])).toEqual([
      "CONFIG_DRM_EXYNOS_SCALER",
    ]);
    expect(missingOptionsOf(scaler, ["CONFIG_VIDEO_HANTRO"])).toEqual([]);
  });
});
