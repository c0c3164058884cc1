import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { TreeNode } from "../../src/devicetree/tree.js";
import { stringOf, stringsOf } from "../../src/devicetree/values.js";
import type { Confidence } from "../../src/facts/confidence.js";
import type { DeviceFact } from "../../src/facts/fact.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { type BoardArchitecture, boardFolder, listTrees } from "../boards/provide.js";

/** What a row counts: compatibles once, nodes of every board. */
export interface Count {
  compatibles: number;
  nodes: number;
}

/** Nodes of one subsystem, by how sure the facts are; `none` counts those without any. */
export interface CoverageRow {
  readonly subsystem: string;
  readonly levels: Readonly<Record<Confidence | "none", Count>>;
}

/** Folders whose devices share buffers, by the name people give them. */
const SUBSYSTEMS: readonly (readonly [folder: RegExp, name: string])[] = [
  [/^drivers\/(staging\/)?media\//, "camera, codec, scaler"],
  [/^drivers\/gpu\//, "display, GPU"],
  [/^drivers\/(accel\/|remoteproc\/|misc\/fastrpc)/, "NPU, DSP"],
  [/^drivers\/(mmc|ata|ufs|scsi|nvme|mtd|block)\//, "storage"],
  [/^drivers\/net\//, "network"],
  [/^drivers\/usb\//, "USB"],
  [/^drivers\/dma\//, "DMA controllers"],
  [/^drivers\/crypto\//, "crypto"],
  [/^drivers\/pci\//, "PCI hosts"],
  [/^drivers\/(spi|i2c|i3c|tty)\//, "SPI, I2C, serial"],
  [/^sound\//, "sound"],
];

/** Properties that only a node has which reaches memory by itself. */
const OF_A_MASTER = ["iommus", "memory-region"];

function subsystemOf(fact: DeviceFact | null): string {
  if (fact === null) return "no fact";
  return SUBSYSTEMS.find(([folder]) => folder.test(fact.driver.file))?.[1] ?? "other";
}

/**
 * Counts, over the board trees of the cache, the enabled nodes that do DMA and what is known of them.
 *
 * A node counts where there is a fact about it, or it has a property that only a bus master has. Its compatible is the first of its list.
 */
export function coverageOf(facts: FactBase, architectures: readonly BoardArchitecture[]): readonly CoverageRow[] {
  const rows = new Map<string, CoverageRow>();
  const seen = new Set<string>();
  for (const architecture of architectures) {
    const folder = boardFolder(architecture);
    for (const file of listTrees(folder)) {
      for (const node of readDeviceTree(readFileSync(join(folder, file))).nodes()) {
        const compatible = stringsOf(node.get("compatible") ?? new Uint8Array(0));
        const [first] = compatible;
        if (first === undefined || !isEnabled(node)) continue;
        const fact = facts.byCompatible(compatible);
        if (fact === null && !OF_A_MASTER.some((name) => node.has(name))) continue;
        const subsystem = subsystemOf(fact);
        const row = rows.get(subsystem) ?? emptyRow(subsystem);
        rows.set(subsystem, row);
        const count = row.levels[fact?.confidence ?? "none"];
        count.nodes += 1;
        if (!seen.has(first)) count.compatibles += 1;
        seen.add(first);
      }
    }
  }
  const order = [...SUBSYSTEMS.map(([, name]) => name), "other", "no fact"];
  return order.flatMap((name) => rows.get(name) ?? []);
}

function isEnabled(node: TreeNode): boolean {
  const status = node.get("status");
  return status === undefined || /^(okay|ok)$/.test(stringOf(status));
}

function emptyRow(subsystem: string): CoverageRow {
  const none = (): Count => ({ compatibles: 0, nodes: 0 });
  return { subsystem, levels: { A: none(), B: none(), C: none(), D: none(), E: none(), none: none() } };
}
