/** Lines of a boot log that the rules of `coalloc check` see coming, and what a line means beside the board's own findings. */

import type { Finding, FindingRemedy } from "../lint/finding.js";
import { changeText } from "../placement/ways-to-apply.js";
import type { Explanation, SeenLines } from "./recogniser.js";
import { shellWord } from "./shell-word.js";

/** Rules that find the same on the board: the line says what they foretell. */
const FORETOLD: Readonly<Record<string, readonly string[]>> = {
  "cma-bypassed": ["cma-cmdline-loses-range", "cma-cmdline-overrides-region"],
  "cma-incorrect-alignment": ["cma-region-misaligned", "cma-region-larger-pages"],
  "cma-not-activated": ["cma-crosses-zone"],
  "cma-pool-refused": ["cma-no-slots", "region-size-zero"],
  "cma-region-boundary": ["cma-option-crosses-highmem"],
  "cma-region-limit": ["cma-option-exceeds-limit"],
  "cma-region-unaligned": ["cma-option-base-misaligned"],
  "cma-reserve-failed": [
    "default-cma-no-room",
    "cma-option-base-misaligned",
    "cma-option-crosses-highmem",
    "cma-option-exceeds-limit",
  ],
  "cma-too-many-areas": ["cma-no-slots"],
  "dma-ranges-untranslated": ["dma-ranges-untranslatable"],
  "iova-reserve-failed": ["dma-ranges-overlap"],
  "reserved-invalid-property": [
    "region-reg-length",
    "region-size-length",
    "region-alignment-length",
    "region-alloc-ranges-length",
  ],
  "reserved-needs-no-map": ["no-map-required"],
  "reserved-no-room": ["region-not-placed"],
  "reserved-overlap": ["regions-overlap"],
  "reserved-overlap-head": ["regions-overlap"],
  "reserved-refused": ["no-map-region-taken", "region-on-initrd"],
  "reserved-regions-ignored": ["region-further-ranges"],
  "reserved-setup-failed": ["cma-region-misaligned", "no-map-required", "cma-no-slots", "reusable-and-no-map"],
  "reserved-too-many": ["too-many-dynamic-regions"],
  "reserved-unsupported-format": ["reserved-memory-ignored"],
};

/** Rules that find what may be behind a line, which has other reasons as well. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  "atomic-pool-failed": ["coherent-pool-exceeds-area"],
  "cma-total": ["default-area-missing", "cma-not-built"],
  "dma-heap-open": ["no-allocator-for-programs", "cma-area-is-no-heap"],
  "dma-mask-overflow": ["default-area-out-of-reach", "dma-ranges-hide-ram", "device-reaches-no-ram"],
  "dma-overflow": ["pool-out-of-reach", "default-area-out-of-reach", "dma-ranges-hide-ram", "device-reaches-no-ram"],
  "drm-scattered-buffer": ["iommu-disabled", "iommu-no-driver"],
  "iommu-not-used": ["iommus-cells", "iommus-names-no-node"],
  "libcamera-no-heap": ["no-allocator-for-programs"],
  "pool-beyond-mask": ["pool-out-of-reach"],
  "restricted-pool-failed": ["restricted-pool-without-option"],
  "swiotlb-missing": ["swiotlb-off-while-devices-bounce"],
  "udmabuf-open": ["no-allocator-for-programs"],
  "vb2-scattered-buffer": ["iommu-disabled", "iommu-no-driver"],
};

/** What the board of a log is known by. */
export interface CheckedBoard {
  /** Findings of `checkBoard`; null where there is no device tree that could be checked. */
  readonly findings: readonly Finding[] | null;
}

/** Rules whose findings {@link besideBoard} puts beside a line of this recogniser; empty for lines that no rule foresees. */
export function rulesBeside(id: string): readonly string[] {
  return [...(FORETOLD[id] ?? []), ...(BEHIND[id] ?? [])];
}

/**
 * What a line means beside what `coalloc check` finds on the board: where the same is found, its remedies, each of which was tried on the board; where a line that is foretold
 * is not found, that the log is of another boot; without a board, what to bring.
 *
 * @param board - null where only the log was given
 */
export function besideBoard(
  id: string,
  explained: Explanation,
  board: CheckedBoard | null,
  lines: SeenLines,
): Explanation {
  const rules = rulesBeside(id);
  if (rules.length === 0) return explained;
  const isBoot = id in FORETOLD;
  if (board === null) return isBoot ? { ...explained, next: [...bringBoard(lines), ...explained.next] } : explained;
  if (board.findings === null) return explained;
  const found = sameFinding(rules, explained, board.findings);
  if (found !== null) return withFinding(explained, found, isBoot);
  return isBoot && explained.severity !== "note" ? ofAnotherBoot(explained, lines) : explained;
}

/** The finding of one of the rules, on the node of the line where it names one. */
function sameFinding(rules: readonly string[], explained: Explanation, findings: readonly Finding[]): Finding | null {
  const candidates = findings.filter(({ id }) => rules.includes(id));
  const { node = null } = explained;
  if (node === null || node === "/reserved-memory") return candidates[0] ?? null;
  const name = node.slice(node.lastIndexOf("/") + 1);
  return (
    candidates.find((finding) => finding.where.node === node) ??
    candidates.find((finding) => finding.where.node?.endsWith(`/${name}`) === true || finding.text.includes(name)) ??
    candidates.find((finding) => finding.where.node === null) ??
    null
  );
}

function withFinding(explained: Explanation, found: Finding, isBoot: boolean): Explanation {
  const known = new Set(explained.remedies.map(changeOf));
  const added = found.remedies.filter((remedy) => !known.has(changeOf(remedy)));
  return {
    ...explained,
    proof: `${explained.proof} coalloc check finds ${isBoot ? "the same" : "this"} on the board given (${found.id}): ${found.text}`,
    certainty: isBoot ? "sure" : explained.certainty,
    remedies: [...explained.remedies, ...added],
    node: found.where.node ?? explained.node ?? null,
    property: found.where.property ?? explained.property ?? null,
    numbers: { ...explained.numbers, rule: found.id },
  };
}

function changeOf(remedy: FindingRemedy): string {
  return changeText(remedy) ?? remedy.text;
}

/** The board given boots without what the log says. */
function ofAnotherBoot(explained: Explanation, lines: SeenLines): Explanation {
  const options = `--cmdline ${cmdlineWord(lines)} --memory RAM --boot BOOT.json`;
  return {
    ...explained,
    proof: `${explained.proof} On the board given, coalloc check foresees no such failure: tree, RAM, command line or what the boot loader loads where differ from those of the log.`,
    next: [`coalloc explain LOG -m MACHINE ${options}`, ...explained.next],
  };
}

/** How to bring the board: its tree as the boot loader handed it over, and its command line. */
function bringBoard(lines: SeenLines): readonly string[] {
  return ["sudo cat /sys/firmware/fdt > BOARD.dtb", `coalloc explain LOG -m BOARD.dtb --cmdline ${cmdlineWord(lines)}`];
}

/** What `--cmdline` has to be for the boot of the log; read from the board where the log does not state it. */
function cmdlineWord(lines: SeenLines): string {
  const stated = lines.of("kernel-command-line").at(-1)?.numbers["commandLine"];
  return typeof stated === "string" ? shellWord(stated) : '"$(cat /proc/cmdline)"';
}
