import { describe, expect, it } from "vitest";
import { allDriverOptions } from "../../src/facts/driver-options.js";
import { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES, withPageSize } from "../../src/machine/profiles.js";

const MIB = 1024 * 1024;

describe("the kernel profiles", () => {
  const table: readonly [string, unknown][] = [
    ["embedded-6.12", [null, true, 64 * MIB, true, true, true, true]],
    ["debian-arm64-6.12", ["arm64", true, 64 * MIB, false, false, true, false]],
    ["debian-amd64-6.12", ["x86", false, 0, true, false, true, false]],
    ["defconfig-arm64-6.12", ["arm64", true, 32 * MIB, false, false, false, true]],
  ];
  for (const [name, expected] of table) {
    it(`${name}: architecture, CMA and its size, system heap, CMA heap, udmabuf, restricted pools`, () => {
      const p = KERNEL_PROFILES.get(name);
      expect([p?.arch, p?.cma, p?.cmaSize, p?.systemHeap, p?.cmaHeap, p?.udmabuf !== null, p?.restrictedPools]).toEqual(
        expected,
      );
    });
  }

  it("name the default one first", () => expect([...KERNEL_PROFILES.keys()][0]).toBe("embedded-6.12"));

  it("allow udmabuf 64 MiB and 1024 items", () => {
    expect(EMBEDDED_6_12.udmabuf).toEqual({ sizeLimit: 64 * MIB, listLimit: 1024 });
  });
});

describe("withPageSize", () => {
  const cases = [
    ["4K", 4096, 10, 2 * MIB],
    ["16K", 16384, 11, 32 * MIB],
    ["64K", 65536, 13, 512 * MIB],
  ] as const;
  for (const [size, pageSize, maxPageOrder, cmaGranule] of cases) {
    it(`${size}: largest order ${maxPageOrder}, granule of CMA ${cmaGranule / MIB} MiB`, () => {
      expect(withPageSize(EMBEDDED_6_12, size)).toMatchObject({ pageSize, maxPageOrder, cmaGranule });
    });
  }
});

describe("applyConfig", () => {
  const after = (...lines: string[]): unknown => applyConfig(EMBEDDED_6_12, lines.join("\n"));

  it("keeps what the text does not mention, and marks the name", () => {
    expect(after("CONFIG_FOO=y", "nonsense", "", "CONFIG_CMA_SIZE_MBYTES=lots")).toEqual({
      ...EMBEDDED_6_12,
      name: "embedded-6.12+config",
    });
  });

  it("takes sizes, alignment, areas and the choice between them", () => {
    expect(
      after(
        "CONFIG_CMA_SIZE_MBYTES=320",
        "CONFIG_CMA_ALIGNMENT=9",
        "CONFIG_CMA_AREAS=7",
        "CONFIG_CMA_SIZE_SEL_MAX=y",
        "CONFIG_CMA_SIZE_PERCENTAGE=10",
      ),
    ).toMatchObject({ cmaSize: 320 * MIB, cmaAlignmentOrder: 9, cmaAreas: 7, cmaSelect: "max", cmaPercent: 10 });
  });

  it("takes away CMA, its heap and its areas", () => {
    expect(after("# CONFIG_CMA is not set")).toMatchObject({
      cma: false,
      cmaSize: 0,
      cmaAreas: 0,
      cmaHeap: false,
      systemHeap: true,
    });
    expect(after("# CONFIG_DMA_CMA is not set")).toMatchObject({ cma: false });
  });

  it("takes away all heaps with their core, or one of them", () => {
    expect(after("# CONFIG_DMABUF_HEAPS is not set")).toMatchObject({ systemHeap: false, cmaHeap: false });
    expect(after("CONFIG_DMABUF_HEAPS=y", "# CONFIG_DMABUF_HEAPS_CMA is not set")).toMatchObject({
      systemHeap: true,
      cmaHeap: false,
    });
    expect(after("# CONFIG_UDMABUF is not set")).toMatchObject({ udmabuf: null });
  });

  it("adds what a profile lacks", () => {
    const debian = KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12;
    const text =
      "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\nCONFIG_DMABUF_HEAPS_CMA=y\nCONFIG_EXYNOS_IOMMU=y\n";
    const own = applyConfig(debian, text);
    expect(own).toMatchObject({ systemHeap: true, cmaHeap: true, restrictedPools: false });
    expect(debian.missingIommuDrivers).toContain("exynos-iommu");
    expect(own.missingIommuDrivers).not.toContain("exynos-iommu");
  });

  it("takes pages, orders and pass-through", () => {
    expect(after("CONFIG_ARM64_64K_PAGES=y")).toMatchObject({
      pageSize: 65536,
      maxPageOrder: 13,
      cmaGranule: 512 * MIB,
    });
    expect(after("# CONFIG_TRANSPARENT_HUGEPAGE is not set", "# CONFIG_HUGETLB_PAGE is not set")).toMatchObject({
      cmaGranule: 4 * MIB,
    });
    expect(after("CONFIG_ARCH_FORCE_MAX_ORDER=8")).toMatchObject({ maxPageOrder: 8, cmaGranule: MIB });
    expect(after("CONFIG_IOMMU_DEFAULT_PASSTHROUGH=y")).toMatchObject({ iommuPassthrough: true });
    expect(after("CONFIG_ARM=y")).toMatchObject({ arch: "arm" });
  });

  it("leaves out values that no kernel can have", () => {
    const { name: _name, ...before } = EMBEDDED_6_12;
    expect(after("CONFIG_ARCH_FORCE_MAX_ORDER=18")).toMatchObject(before);
    expect(after("CONFIG_ARCH_FORCE_MAX_ORDER=99")).toMatchObject(before);
    expect(after("CONFIG_CMA_ALIGNMENT=13")).toMatchObject(before);
    expect(after("CONFIG_CMA_SIZE_PERCENTAGE=101")).toMatchObject(before);
    expect(after("CONFIG_ARCH_FORCE_MAX_ORDER=17")).toMatchObject({ maxPageOrder: 17 });
  });

  describe("drivers", () => {
    const debian = KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12;
    const whole = (kernel: string, ...lines: readonly string[]): string =>
      [`# Linux/arm64 ${kernel} Kernel Configuration`, 'CONFIG_CC_VERSION_TEXT="gcc 12"', ...lines].join("\n");

    it("are missing by the lines of a fragment that say so, and else as before", () => {
      const fragment = "# CONFIG_VIDEO_HANTRO is not set\nCONFIG_DRM_EXYNOS=m\n";
      expect(applyConfig(EMBEDDED_6_12, fragment).missingDriverOptions).toEqual(["CONFIG_VIDEO_HANTRO"]);
      const own = applyConfig(debian, fragment).missingDriverOptions;
      expect(debian.missingDriverOptions).toContain("CONFIG_DRM_EXYNOS");
      expect(own).toEqual(
        [...debian.missingDriverOptions, "CONFIG_VIDEO_HANTRO"].filter((name) => name !== "CONFIG_DRM_EXYNOS").sort(),
      );
    });

    it("are missing where a whole .config of the kernel modelled does not mention them", () => {
      const config = whole("6.12.30-rc1", "CONFIG_VIDEO_HANTRO=m", "CONFIG_ROCKCHIP_IOMMU=y");
      const { missingDriverOptions, missingIommuDrivers } = applyConfig(EMBEDDED_6_12, config);
      expect(missingDriverOptions).toHaveLength(allDriverOptions().length - 2);
      expect(missingDriverOptions).not.toContain("CONFIG_VIDEO_HANTRO");
      expect(missingDriverOptions).not.toContain("CONFIG_ROCKCHIP_IOMMU");
      expect(missingIommuDrivers).toContain("exynos-iommu");
      expect(missingIommuDrivers).not.toContain("rockchip-iommu");
    });

    it("are not known to be missing from another kernel, even where it names their options", () => {
      const lines = ["# CONFIG_VIDEO_HANTRO is not set", "# CONFIG_ROCKCHIP_IOMMU is not set"];
      for (const config of [
        whole("6.1.75", ...lines),
        whole("6.120.1", ...lines),
        ["# Linux/arm64 4.4.194 Kernel Configuration", ...lines].join("\n"),
        ['CONFIG_CC_VERSION_TEXT="gcc 12"', ...lines].join("\n"),
      ]) {
        const own = applyConfig(debian, config);
        expect(own.missingDriverOptions).toEqual([]);
        expect(own.missingIommuDrivers).toEqual([...debian.missingIommuDrivers, "rockchip-iommu"].sort());
      }
    });
  });

  it("lets the last mention of an option count", () => {
    expect(after("CONFIG_UDMABUF=y", "# CONFIG_UDMABUF is not set")).toMatchObject({ udmabuf: null });
    expect(after("# CONFIG_UDMABUF is not set", "CONFIG_UDMABUF=y")).toMatchObject({ udmabuf: EMBEDDED_6_12.udmabuf });
  });
});
