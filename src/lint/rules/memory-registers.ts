/** RAM that a tree states, against the registers of its devices. */
import type { TreeNode } from "../../devicetree/tree.js";
import type { CutOut, MemoryBank } from "../../machine/machine.js";
import { cutRegisters, enabledRegisters } from "../../machine/registers.js";
import { formatRanges } from "../../placement/explain.js";
import { MIB } from "../../units/quantity.js";
import { intersectRanges, type RangeSet, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { namesOf } from "../sharing.js";
import { nameOf, rangesEdit } from "./reserved-nodes.js";

/** A window as large as this is no register block. */
const LARGEST_BLOCK = 256 * MIB;

const UART = 'serial@7e200000 { compatible = "arm,pl011", "arm,primecell"; reg = <0 0x7e200000 0 0x1000>; };';

const OVER_REGISTERS: Rule = {
  id: "memory-over-registers",
  severity: "warning",
  title: "a memory node states RAM where devices have their registers",
  help: "The kernel takes what a memory node states for RAM: it hands those pages out, which writes into registers, and refuses to map them for the driver, whose probe fails. Many boot loaders replace the memory node by what they find, so the mistake stays hidden until one does not. Leave the registers out of the node; for the boards at hand, give the real banks with --memory.",
  source: "Linux 6.12 arch/arm64/mm/ioremap.c __ioremap_prot(), arch/arm/mm/ioremap.c __arm_ioremap_pfn_caller()",
  wrong: { dts: UART },
  right: {
    dts: `memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x3e000000>; };\n${UART}`,
  },
  check: (board) => {
    const blocks = enabledRegisters(board.tree).filter((block) => isBlock(board, block));
    const kept = keptRanges(board);
    return statedByTree(board).flatMap(({ node, banks }): Flaw[] => {
      const ram = subtractRanges(toRangeSet(banks), kept);
      const met = blocks.filter((block) => intersectRanges(ram, [block]).length > 0);
      const shared = intersectRanges(ram, toRangeSet(met));
      const [first] = shared;
      if (first === undefined) return [];
      const nodes = [...new Set(met.map((block) => block.node))].map((path) => ({ name: nameOf(path) }));
      return [
        {
          severity: isReplaced(board) ? "note" : "warning",
          text: `${nameOf(node)} states RAM at ${formatRanges(toRangeSet(banks))}, where ${namesOf(nodes)} ${nodes.length === 1 ? "has its" : "have their"} registers, the first at ${formatRanges([first])}.`,
          where: { node, property: "reg" },
          numbers: { base: first.base, registers: totalSize(shared), devices: nodes.length },
          proposals: withoutRegisters(board, node, banks),
        },
      ];
    });
  },
};

/** Raspberry Pi's firmware writes the memory node itself, always. */
function isReplaced({ machine }: Board): boolean {
  return machine.compatible.some((each) => each.startsWith("raspberrypi,"));
}

/** Numbers in the first page count registers inside another block (`mrvl,mmp2-mux-intc`). */
function isBlock({ input }: Board, { base, size }: CutOut): boolean {
  return base >= input.profile.pageSize && size < LARGEST_BLOCK;
}

/** What the kernel never hands out: somebody has thought of it. */
function keptRanges({ tree, boot }: Board): RangeSet {
  const regions = boot.regions.flatMap(({ base, size, placement, furtherRanges }) =>
    base === null || placement === "dynamic" ? [] : [{ base, size }, ...furtherRanges],
  );
  const entries = tree.memReservations.map(({ address, size }) => ({ base: address, size }));
  return toRangeSet([...boot.noMap, ...regions, ...entries]);
}

interface StatedMemory {
  /** Path of the memory node. */
  readonly node: string;
  readonly banks: readonly MemoryBank[];
}

/** Banks by the memory node whose `reg` states them. */
function statedByTree({ tree, machine }: Board): readonly StatedMemory[] {
  const states = (node: TreeNode, { provenance }: MemoryBank): boolean =>
    provenance.kind === "tree" && provenance.source === `${node.path}:reg`;
  return tree.root.children
    .map((node) => ({ node: node.path, banks: machine.banks.filter((bank) => states(node, bank)) }))
    .filter(({ banks }) => banks.length > 0);
}

/** Ends and begins RAM where registers do. */
function withoutRegisters(board: Board, node: string, banks: readonly MemoryBank[]): readonly Proposal[] {
  const left = cutRegisters(board.tree, toRangeSet(banks), board.input.profile.pageSize, false).banks;
  const edits = left.length === 0 ? [] : rangesEdit(board, node, "reg", left);
  const text = `if that is where RAM is, state ${formatRanges(left)}`;
  return edits.length === 0 ? [] : [{ kind: "device-tree", text, edits }];
}

/** Rules about memory nodes. */
export const MEMORY_REGISTERS: readonly Rule[] = [OVER_REGISTERS];
