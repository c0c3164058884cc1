import type { DriverSource } from "./fact.js";

/** The kernel whose source was searched. */
const KERNEL = "6.12";

/**
 * Folders of Linux 6.12 with a file that names the property `memory-region` or calls `of_reserved_mem_device_init()`, `_by_idx()`, `_by_name()` or
 * `of_reserved_mem_lookup()`: all there are below `drivers/` and `sound/`, except `drivers/of`. What the kernel does there for every device concerns
 * `restricted-dma-pool` and `iommu-addresses` alone.
 *
 * @see Linux 6.12 `drivers/of/device.c` `of_dma_set_restricted_buffer()`, `drivers/iommu/of_iommu.c` `of_iommu_get_resv_regions()`
 */
const READERS: readonly string[] = [
  "drivers/char/tpm/eventlog",
  "drivers/firmware/qcom",
  "drivers/firmware/tegra",
  "drivers/fsi",
  "drivers/gpu/drm/arm",
  "drivers/gpu/drm/aspeed",
  "drivers/gpu/drm/i915",
  "drivers/gpu/drm/ingenic",
  "drivers/gpu/drm/kmb",
  "drivers/gpu/drm/logicvc",
  "drivers/gpu/drm/msm",
  "drivers/gpu/drm/pl111",
  "drivers/gpu/drm/sun4i",
  "drivers/gpu/drm/tiny",
  "drivers/gpu/drm/xlnx",
  "drivers/iommu",
  "drivers/media/platform/amphion",
  "drivers/media/platform/aspeed",
  "drivers/media/platform/mediatek/vpu",
  "drivers/media/platform/nuvoton",
  "drivers/media/platform/qcom/venus",
  "drivers/media/platform/samsung/s5p-mfc",
  "drivers/memory/tegra",
  "drivers/misc",
  "drivers/net/ethernet/mediatek",
  "drivers/net/ipa",
  "drivers/net/wireless/ath/ath10k",
  "drivers/net/wireless/ath/ath11k",
  "drivers/net/wireless/mediatek/mt76/mt7915",
  "drivers/nvmem",
  "drivers/remoteproc",
  "drivers/soc/aspeed",
  "drivers/soc/fsl/qbman",
  "drivers/soc/qcom",
  "drivers/staging/media/sunxi/cedrus",
  "drivers/video/fbdev",
  "drivers/watchdog",
  "sound/soc/codecs",
  "sound/soc/fsl",
  "sound/soc/mediatek",
  "sound/soc/sof",
  "sound/soc/sprd",
];

/**
 * True for a driver that surely never looks at a `memory-region`: neither its folder nor one above or below it has a file that does. False for the others, and
 * for drivers of other kernels, which nobody has searched.
 *
 * @param driver - with its file relative to the kernel's source root
 */
export function neverReadsRegions({ file, kernel }: Pick<DriverSource, "file" | "kernel">): boolean {
  if (kernel !== KERNEL && !kernel.startsWith(`${KERNEL}.`)) return false;
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  return !READERS.some((reader) => folder.startsWith(`${reader}/`) || `${reader}/`.startsWith(folder));
}
