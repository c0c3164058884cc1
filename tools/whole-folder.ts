import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes a folder that is there whole or not at all: in another one beside it, which takes its place when it is done.
 *
 * @param make - fills the folder it is given; returns null, or why it could not
 * @returns what `make` returned; the folder is as it was unless that is null
 */
export async function makeWholeFolder(
  folder: string,
  make: (work: string) => Promise<string | null>,
): Promise<string | null> {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(join(dirname(folder), ".make-"));
  try {
    const refused = await make(work);
    if (refused !== null) return refused;
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
    return null;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
