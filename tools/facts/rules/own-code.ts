import type { Definition } from "../program/kernel-source.js";
import type { Question } from "./rule.js";

/** Files that every driver of a subsystem reaches. */
const CORE =
  /^(?:drivers\/(?:spi\/spi(?:-mem)?\.c|usb\/core\/|mmc\/core\/|media\/(?:common|v4l2-core|mc|cec\/core)\/|gpu\/drm\/drm_\w+\.c|gpu\/drm\/(?:display|scheduler|ttm)\/|dma\/(?:dmaengine|of-dma|virt-dma)\.c|ata\/libata|net\/phy\/|scsi\/scsi|iommu\/(?:iommu|dma-iommu)\.c|crypto\/[a-z-]+\.c|tty\/serial\/serial_core\.c|i2c\/i2c-core)|sound\/core\/|sound\/soc\/soc-)/;

/** What a probe can come to in the code of the driver and the cores it is built on; not in the core of its subsystem, which serves all. Nearest first. */
export function ownCode({ reach, driver, source }: Pick<Question, "reach" | "driver" | "source">): Definition[] {
  const own = new Set(source.filesWith(driver.probe.file));
  return [...reach.nodes].filter(({ file }) => own.has(file) || !CORE.test(file));
}
