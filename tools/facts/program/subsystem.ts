/**
 * Calls are followed into other modules of the same subsystem only. Without cores such as SDHCI or stmmac a driver that leaves everything to its core looks as
 * if it set nothing; without the limit a chip on I2C looks like a bus master, because the core of its many functions copies masks to children.
 */

/** Folders that are one subsystem although they lie apart, by the name of the subsystem. */
const TOGETHER: Readonly<Record<string, string>> = {
  "drivers/staging/media": "drivers/media",
  "drivers/scsi": "drivers/scsi",
  "drivers/ufs": "drivers/ufs",
};

/** The subsystem of a file; null where exported functions are not followed at all. */
export function subsystemOf(file: string): string | null {
  const parts = file.split("/");
  if (parts[0] === "sound") return "sound";
  const [top, second, third] = parts;
  if (top !== "drivers" || second === undefined || second === "mfd" || second === "base" || second === "of")
    return null;
  const three = `${top}/${second}/${third ?? ""}`;
  if (second === "staging") return TOGETHER[three] ?? three;
  return `${top}/${second}`;
}

/** Folders whose files make up a subsystem. */
export function foldersOf(subsystem: string): readonly string[] {
  const more = Object.entries(TOGETHER)
    .filter(([, name]) => name === subsystem)
    .map(([folder]) => folder);
  return [...new Set([subsystem, ...more])];
}

/** Files that every driver of a subsystem reaches. */
const CORE =
  /^(?:drivers\/(?:spi\/spi(?:-mem)?\.c|pci\/[\w-]+\.c|usb\/core\/|mmc\/core\/|media\/(?:common|v4l2-core|mc|cec\/core)\/|gpu\/drm\/drm_\w+\.c|gpu\/drm\/(?:display|scheduler|ttm)\/|dma\/(?:dmaengine|of-dma|virt-dma)\.c|ata\/libata|net\/phy\/|scsi\/scsi|iommu\/(?:iommu|dma-iommu)\.c|crypto\/[a-z-]+\.c|tty\/serial\/serial_core\.c|i2c\/i2c-core)|sound\/core\/|sound\/soc\/soc-)/;

/** Whether a file belongs to the core of a subsystem, which serves all its drivers: what it calls says nothing of one of them. */
export function isCore(file: string): boolean {
  return CORE.test(file);
}
