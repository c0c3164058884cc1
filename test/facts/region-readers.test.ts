import { describe, expect, it } from "vitest";
import type { DeviceFact } from "../../src/facts/fact.js";
import { loadFacts } from "../../src/facts/load.js";
import { neverReadsRegions } from "../../src/facts/region-readers.js";

const facts = await loadFacts();

/** Every fact there is, read by a person or found by a program. */
function allFacts(): readonly DeviceFact[] {
  const { extracted } = facts;
  const found = extracted === null ? [] : [...extracted.names()].flatMap((name) => extracted.of(name));
  return [...facts.facts, ...found];
}

describe("drivers that never read memory-region", () => {
  it("are none of those whose facts say what they do with it", () => {
    const uses = allFacts().filter(
      ({ memoryRegionUse }) => memoryRegionUse === "buffers" || memoryRegionUse === "firmware",
    );
    expect(new Set(uses.map(({ driver }) => driver.module)).size).toBeGreaterThan(50);
    expect(uses.filter(({ driver }) => neverReadsRegions(driver)).map(({ driver }) => driver.file)).toEqual([]);
  });

  const never = (file: string, kernel = "6.12"): boolean => neverReadsRegions({ file, kernel });

  it("are those with no reader in their folder, above it or below it", () => {
    expect(never("drivers/media/platform/verisilicon/hantro_drv.c")).toBe(true);
    expect(never("drivers/gpu/drm/rockchip/rockchip_drm_vop.c", "6.12.117")).toBe(true);
    expect(never("drivers/media/platform/aspeed/aspeed-video.c")).toBe(false);
    expect(never("drivers/gpu/drm/msm/disp/dpu1/dpu_kms.c")).toBe(false);
    expect(never("sound/soc/sof/mediatek/mt8186/mt8186.c")).toBe(false);
    expect(never("drivers/gpu/drm/drm_drv.c")).toBe(false);
  });

  it("are unknown for other kernels", () => {
    expect(never("drivers/video/rockchip/rga3/rga_drv.c", "Rockchip's kernel")).toBe(false);
    expect(never("drivers/media/platform/verisilicon/hantro_drv.c", "6.18")).toBe(false);
  });
});
