import { readdirSync, readlinkSync } from "node:fs";

/** Kinds of files that only tests open: files in memory, counters of events, and what stands for a node. */
const OF_TESTS = /^(\/memfd:|anon_inode:\[eventfd\]|\/dev\/null)/;

/** What this process has open of the kinds that tests open, sorted. The test runner and Node open and close others at any time. */
export function openFiles(): readonly string[] {
  const links = readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      // The folder itself was open while it was read.
      return [];
    }
  });
  return links.filter((link) => OF_TESTS.test(link)).sort();
}
