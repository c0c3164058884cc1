/**
 * A pool as text: device tree source to be merged into the board's, or an overlay for its compiled tree. dtc warns of nothing in either, save that
 * before 1.8.0 it finds the cells unnecessary that an overlay for a tree without `/reserved-memory` repeats from the root: a fragment is a
 * tree of its own to the compiler, which misses them otherwise. Neither the kernel nor libfdt takes them for a change.
 *
 * @see Linux 6.12 `drivers/of/overlay.c` `add_changeset_property()`
 */
import type { Machine } from "../machine/machine.js";
import { formatHex } from "../units/quantity.js";
import type { PoolEdit } from "./pool-edit.js";

/** The change as device tree source to be merged into the board's own. */
export function poolSource(machine: Machine, edit: PoolEdit): string {
  const node = edit.isThere ? changedNode(machine, edit) : ["/ {", ...indent(reservedMemory(machine, edit)), "};"];
  return text([node, ...furtherChanges(edit)]);
}

/**
 * The change as an overlay. It has to be applied before the kernel starts (by the boot loader or the build): a running kernel
 * reserves no memory for a node that comes late.
 */
export function poolOverlay(machine: Machine, edit: PoolEdit): string {
  return text([["/dts-v1/;", "/plugin/;"], overlayNode(machine, edit), ...furtherChanges(edit)]);
}

function overlayNode(machine: Machine, edit: PoolEdit): string[] {
  if (edit.isThere) return changedNode(machine, edit);
  if (machine.tree.hasReservedMemory) return ["&{/reserved-memory} {", ...indent(newNode(machine, edit)), "};"];
  return ["&{/} {", ...indent([...rootCells(machine), "", ...reservedMemory(machine, edit)]), "};"];
}

function reservedMemory(machine: Machine, edit: PoolEdit): string[] {
  return ["reserved-memory {", ...indent([...rootCells(machine), "ranges;", "", ...newNode(machine, edit)]), "};"];
}

/** Cells that `/reserved-memory` must have in common with the root, or the kernel ignores all of it. */
function rootCells({ tree }: Machine): string[] {
  return [`#address-cells = <${tree.addressCells}>;`, `#size-cells = <${tree.sizeCells}>;`];
}

function newNode(machine: Machine, edit: PoolEdit): string[] {
  const properties = ['compatible = "shared-dma-pool";', edit.reusable ? "reusable;" : "no-map;"];
  properties.push(...sizeAndPlace(machine, edit));
  if (edit.isDefault) properties.push("linux,cma-default;");
  return [`${labelOf(edit)}: ${edit.name} {`, ...indent(properties), "};"];
}

function changedNode(machine: Machine, edit: PoolEdit): string[] {
  return [`&{/reserved-memory/${edit.name}} {`, ...indent(sizeAndPlace(machine, edit)), "};"];
}

function sizeAndPlace(machine: Machine, edit: PoolEdit): string[] {
  const { addressCells, sizeCells } = machine.tree;
  const lines = [`size = <${cells(edit.size, sizeCells)}>;`, `alignment = <${cells(edit.alignment, addressCells)}>;`];
  if (edit.allocRanges !== null) {
    const ranges = edit.allocRanges.map((r) => `<${cells(r.base, addressCells)} ${cells(r.size, sizeCells)}>`);
    lines.push(`alloc-ranges = ${ranges.join(", ")};`);
  }
  return lines;
}

/** What the change does elsewhere: the area it stands in for, and the devices that shall use it. */
function furtherChanges(edit: PoolEdit): string[][] {
  const off = edit.disables === null ? [] : [property(edit.disables, 'status = "disabled";')];
  return [...off, ...edit.bind.map((path) => property(path, `memory-region = <&${labelOf(edit)}>;`))];
}

function property(path: string, line: string): string[] {
  return [`&{${path}} {`, ...indent([line]), "};"];
}

function labelOf(edit: PoolEdit): string {
  return edit.name.replaceAll("-", "_");
}

function text(blocks: readonly (readonly string[])[]): string {
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `\t${line}`));
}

/** A number as `count` cells of 32 bits, most significant first. */
function cells(value: number, count: number): string {
  const words: string[] = [];
  let rest = value;
  for (let i = 0; i < count; i++) {
    words.unshift(formatHex(rest % 2 ** 32));
    rest = Math.floor(rest / 2 ** 32);
  }
  return words.join(" ");
}
