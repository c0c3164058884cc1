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
