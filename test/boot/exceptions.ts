import type { HexRange } from "./capture.js";

/** The kernel reads behind an empty `reg` and reports whatever bytes follow: there is no right answer. */
export const NO_DEFINED_ANSWER: readonly string[] = ["st-emptyreg"];

/**
 * With RAM above 4 GiB the 6.1 kernel on arm reserves a default area in high memory, forgets it and makes another one. The log has the lost range among the operations of
 * the scan, where the model does not count it.
 */
export const LOST_IN_HIGH_MEMORY: Readonly<Record<string, HexRange>> = {
  "a32l-cmd-lim": ["0x78000000", "0x8000000"],
  "a32l-dyn": ["0xfee00000", "0x1000000"],
  "a32l-dyn-hi": ["0xfee00000", "0x1000000"],
  "a32l-dyn-low": ["0xfd000000", "0x1000000"],
};

/** Why a capture is not reproduced in every field; null where there is no reason. */
export function reasonOf(id: string): string | null {
  if (NO_DEFINED_ANSWER.includes(id)) return "the kernel reads behind an empty reg and reports whatever bytes follow";
  if (id in LOST_IN_HIGH_MEMORY) {
    return "the kernel reserves a default area in high memory and forgets it: the record counts it to the scan; user space dies for other reasons";
  }
  return null;
}
