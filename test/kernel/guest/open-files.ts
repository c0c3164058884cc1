import { readdirSync, readlinkSync } from "node:fs";

/** What this process has open, sorted: dma-bufs, nodes, sync files. */
export function openFiles(): readonly string[] {
  return readdirSync("/proc/self/fd")
    .flatMap((number) => {
      try {
        return [readlinkSync(`/proc/self/fd/${number}`)];
      } catch {
        // The folder itself, which is closed by now.
        return [];
      }
    })
    .sort();
}
