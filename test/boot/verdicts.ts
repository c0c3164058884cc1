import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BootInput, BootOutcome } from "../../src/boot/outcome.js";
import { DEBIAN_ARM64_6_12 } from "../../src/boot/profile.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { buildDeviceTree, type PropertySpec, type TreeSpec } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { TreeNode } from "../../src/devicetree/tree.js";
import { formatHex, MIB } from "../../src/units/quantity.js";
import type { Range } from "../../src/units/ranges.js";
import { boardFolder } from "../../tools/boards/provide.js";
import { MessageReader } from "../../tools/boot-captures/messages.js";
import { ROOT } from "../../tools/project.js";
import { announced, complaints } from "./compare.js";

/** What the kernel did with the reserved memory of one real board; fixtures/verdicts/README.md says how it was asked. */
export interface Verdict {
  /** Tree of the board, in the package's folder. */
  readonly board: string;
  readonly ram: Range;
  /** Kernel image, initrd and device tree, whole pages. */
  readonly pieces: readonly Range[];
  readonly printed: VerdictAnswer;
}

/** What kernel and model can be compared in. */
export interface VerdictAnswer {
  /** Name, base, size, kind, `map` or `nomap`, `reusable` or `non-reusable`, in the order announced. */
  readonly regions: readonly unknown[];
  readonly failures: readonly unknown[];
  /** Base and MiB of an area not from the tree; null when none was made. */
  readonly defaultCma: readonly [string, number] | null;
  readonly cmaTotalKiB: number;
}

const FOLDER = join(ROOT, "test", "boot", "fixtures", "verdicts");

/** All of them, by the names of their boards. */
export function readVerdicts(): readonly Verdict[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
  return files.sort().map((name) => readVerdict(readFileSync(join(FOLDER, name), "utf8")));
}

function readVerdict(text: string): Verdict {
  const field = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`no ${pattern} in a verdict`);
    return found;
  };
  const messages = new MessageReader();
  const reusable: string[] = [];
  const [log = ""] = text.split("# iomem");
  for (const line of log.split("\n")) {
    messages.read(line);
    const word = /\) (?:map|nomap) ((?:non-)?reusable) /.exec(line)?.[1];
    if (word !== undefined) reusable.push(word);
  }
  const { regions, failures } = messages.end();
  const area = /^cma: Reserved (\d+) MiB at 0x([0-9a-f]+)/m.exec(text);
  return {
    board: field(/^# board (.+)$/m),
    ram: { base: Number(field(/^# ram (0x[0-9a-f]+) \+/m)), size: Number(field(/^# ram \S+ \+ (\d+)M/m)) * MIB },
    pieces: [
      between(field(/^ {2}([0-9a-f]+)-[0-9a-f]+ : Kernel code$/m), field(/^ {2}[0-9a-f]+-([0-9a-f]+) : Kernel data$/m)),
      ...["48000000", "48200000"].map((start) =>
        between(start, field(new RegExp(`^ {2}${start}-([0-9a-f]+) : `, "m"))),
      ),
    ],
    printed: {
      regions: regions.map((region, index) => [...region, reusable[index]]),
      failures,
      defaultCma: area === null ? null : [formatHex(Number(`0x${area[2]}`)), Number(area[1])],
      cmaTotalKiB: Number(field(/^CmaTotal: +(\d+) kB$/m)),
    },
  };
}

/**
 * What the model says. Where an area not from the tree lies depends on what the kernel took before it, which a verdict does not hold: that
 * is the model's own estimate, from the size of memory and tree.
 */
export function foretell(verdict: Verdict): VerdictAnswer {
  const outcome = simulateBoot(inputOf(verdict));
  const area = outcome.defaultCma;
  return {
    regions: announced(outcome).map((region) => [...region, reusableWord(outcome, region[0])]),
    failures: complaints(outcome),
    defaultCma: area === null || area.source === "tree" ? null : [formatHex(area.base), area.size / MIB],
    cmaTotalKiB: outcome.cmaTotal / 1024,
  };
}

function reusableWord(outcome: BootOutcome, name: string | undefined): string {
  const region = outcome.regions.find((entry) => entry.name === name);
  return region?.reusable === true ? "reusable" : "non-reusable";
}

/** The board's block in QEMU's tree, as it was grafted for the boot. */
function inputOf({ board, ram, pieces }: Verdict): BootInput {
  const block = readDeviceTree(readFileSync(join(boardFolder("arm64"), board))).root.child("reserved-memory");
  if (block === undefined) throw new Error(`${board} has no reserved memory`);
  const machine = readDeviceTree(readFileSync(join(FOLDER, "qemu-virt.dtb")));
  const [image, ...others] = pieces as [Range, ...Range[]];
  return {
    tree: buildDeviceTree({ ...specOf(machine.root), "reserved-memory": specOf(block) }),
    banks: [ram],
    cmdline: "",
    profile: DEBIAN_ARM64_6_12,
    reservedBeforeScan: [{ ...image, name: "kernel image" }, ...others],
  };
}

/** Properties that name nodes outside the block, which were removed. */
const DROPPED = ["phandle", "linux,phandle", "iommu-addresses", "memory-region"];

function specOf(node: TreeNode): TreeSpec {
  const spec: Record<string, PropertySpec | TreeSpec> = {};
  for (const [name, value] of node.entries()) if (!DROPPED.includes(name)) spec[name] = value;
  for (const child of node.children) spec[child.name] = specOf(child);
  return spec;
}

function between(first: string, last: string): Range {
  const base = Number(`0x${first}`);
  return { base, size: Number(`0x${last}`) - base + 1 };
}
