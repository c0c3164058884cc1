import type { Machine } from "../../machine/machine.js";
import { formatSize } from "../../units/quantity.js";
import { formatName, likelyFormats } from "../likely-formats.js";
import type { ExplainContext, Explanation } from "../recogniser.js";

/** Recognitions of kernel lines that say where contiguous memory ran out, in the order in which they prove most. */
const KERNEL_WORD = ["cma-alloc-failed", "swiotlb-full", "page-allocation-failure"] as const;

/** How sure it is that a program's ENOMEM is a shortage of contiguous memory, and why. */
export type Evidence = Pick<Explanation, "certainty" | "why">;

/**
 * Looks at the rest of the log and at the board for what the program's line does not say: which memory was short.
 *
 * @param usual - why contiguous memory is the likely answer where nothing else speaks
 */
export function contiguousEvidence({ lines, machine }: ExplainContext, usual: string): Evidence {
  for (const id of KERNEL_WORD) {
    const [seen] = lines.of(id);
    if (seen !== undefined) {
      return {
        certainty: "sure",
        why: `the kernel says in line ${seen.line} of the same log which memory was short (${id})`,
      };
    }
  }
  return {
    certainty: "likely",
    why: `${usual}${areaWords(machine)}; the kernel's own line about it is not in this log`,
  };
}

function areaWords(machine: Machine | null): string {
  if (machine === null) return "";
  if (machine.defaultCma === null) return "; this board has no default CMA area";
  return `; the default CMA area of this board has ${formatSize(machine.defaultCma.size)}`;
}

/** Where to look next when contiguous memory may be short: the kernel's log, and the totals. */
export const LOOK_AT_POOL: readonly string[] = ["dmesg | coalloc explain -", "grep -i cma /proc/meminfo"];

/** The likeliest picture of a size, ` That is what 1280x720 ... needs.`; empty where no usual picture has that size. */
export function pictureSentence(size: number): string {
  const [picture] = likelyFormats(size, null);
  return picture === undefined ? "" : ` That is what ${formatName(picture)} needs.`;
}

/** `--image 1280x720:NV12` where the size is that of a usual picture, else `--size N`. */
export function requestOption(size: number): string {
  const [picture] = likelyFormats(size, null);
  const code = picture === undefined ? undefined : /^[A-Z][A-Z0-9]{3}/.exec(picture.format)?.[0];
  return picture === undefined || code === undefined
    ? `--size ${size}`
    : `--image ${picture.width}x${picture.height}:${code}`;
}
