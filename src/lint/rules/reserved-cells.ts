/** Properties of `/reserved-memory` whose length or cell counts the kernel does not accept. */
import { rootCells } from "../../boot/region-node.js";
import { stringBytes } from "../../devicetree/build.js";
import type { PropertyEdit } from "../../devicetree/edit.js";
import type { TreeNode } from "../../devicetree/tree.js";
import { numberFromCells, u32Property } from "../../devicetree/values.js";
import { intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { reservedMemory } from "./reserved-example.js";
import { cellBytes, failuresOf, nameOf, numberEdit, rangesEdit, withoutProperties } from "./reserved-nodes.js";

const CAMERA = 'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; };';

const ROOT_FORMAT: Rule = {
  id: "reserved-memory-ignored",
  severity: "error",
  title: "the kernel ignores all of /reserved-memory",
  help: "/reserved-memory has to repeat the #address-cells and #size-cells of the root and to have a ranges property, which may be empty. Otherwise the kernel prints 'unsupported node format, ignoring' and reserves nothing: firmware memory is handed out as ordinary RAM, and pools do not exist.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_check_root()",
  wrong: { dts: `reserved-memory { #address-cells = <2>; #size-cells = <2>; ${CAMERA} };` },
  right: { dts: reservedMemory(CAMERA) },
  check: (board) => {
    const node = board.tree.root.child("reserved-memory");
    const [failure] = failuresOf(board, "unsupported-root");
    if (node === undefined || failure === undefined || node.children.length === 0) return [];
    const root = rootCells(board.tree.root);
    const property = failure.reason === "ranges" ? "ranges" : (`#${failure.reason}` as const);
    const stated = u32Property(node, property) ?? null;
    const wanted = failure.reason === "size-cells" ? root.size : root.address;
    const what =
      failure.reason === "ranges"
        ? "it has no ranges property"
        : `its ${property} ${stated === null ? "is missing" : `is ${stated}`} where the root's is ${wanted}`;
    return [
      {
        severity: "error",
        text: `The kernel ignores /reserved-memory with its ${node.children.length} nodes: ${what}.`,
        where: { node: node.path, property },
        numbers: { stated, wanted: failure.reason === "ranges" ? null : wanted, nodes: node.children.length },
        proposals: [rootProposal(board, node)],
      },
    ];
  },
};

function rootProposal({ tree }: Board, node: TreeNode): Proposal {
  const root = rootCells(tree.root);
  const edits: PropertyEdit[] = [];
  const count = (property: string, cells: number): void => {
    const value = cellBytes([cells, 1]);
    if (u32Property(node, property) !== cells && value !== null) edits.push({ node: node.path, property, value });
  };
  count("#address-cells", root.address);
  count("#size-cells", root.size);
  if (!node.has("ranges")) edits.push({ node: node.path, property: "ranges", value: new Uint8Array() });
  return {
    kind: "device-tree",
    text: `give /reserved-memory the root's ${root.address} address cells and ${root.size} size cells, and ranges`,
    edits,
  };
}

/** A property of ranges whose length is no whole number of entries. */
function badRanges(board: Board, property: "reg" | "alloc-ranges"): readonly Flaw[] {
  const failures = failuresOf(board, property === "reg" ? "bad-reg-length" : "bad-alloc-ranges-length");
  const root = rootCells(board.tree.root);
  return failures.flatMap(({ node: path, length, entryLength }): Flaw[] => {
    const node = path === null ? undefined : board.tree.nodeAt(path);
    if (node === undefined) return [];
    const meant = otherCells(board, node, property);
    const edits = meant === null ? [] : rangesEdit(board, node.path, property, meant.ranges);
    const widths = `${root.address} address and ${root.size} size cells`;
    return [
      {
        severity: "error",
        text: `${node.name} has ${length} bytes of ${property}, which is no whole number of entries of ${entryLength} bytes (${widths}, as the root has them): the kernel skips the node.`,
        where: { node: node.path, property },
        numbers: { length, entryLength },
        proposals:
          meant === null || edits.length === 0
            ? []
            : [
                {
                  kind: "device-tree",
                  text: `write ${property} with ${widths}; it was written with ${meant.address} and ${meant.size}`,
                  edits,
                },
              ],
      },
    ];
  });
}

/** The ranges of a property if it was written with other cell counts, taken from those under which all of them touch RAM. */
function otherCells(
  board: Board,
  node: TreeNode,
  property: string,
): { readonly address: number; readonly size: number; readonly ranges: readonly Range[] } | null {
  const value = node.get(property);
  if (value === undefined || value.length === 0) return null;
  const ram = toRangeSet(board.machine.banks);
  for (const [address, size] of [
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const) {
    const entry = address + size;
    if (value.length % (entry * 4) !== 0) continue;
    const ranges: Range[] = [];
    for (let cell = 0; cell * 4 < value.length; cell += entry) {
      ranges.push({
        base: numberFromCells(value, cell, address),
        size: numberFromCells(value, cell + address, size),
      });
    }
    if (ranges.every((range) => intersectRanges(ram, toRangeSet([range])).length > 0)) return { address, size, ranges };
  }
  return null;
}

/** `size` or `alignment` that is not exactly as many cells as the root states. */
function badNumber(board: Board, property: "size" | "alignment"): readonly Flaw[] {
  return failuresOf(board, property === "size" ? "bad-size-length" : "bad-alignment-length").flatMap(
    (failure): Flaw[] => {
      const { node: path, length, entryLength } = failure;
      const value = path === null ? undefined : board.tree.nodeAt(path)?.get(property);
      if (path === null || value === undefined) return [];
      const whole = length > 0 && length % 4 === 0 && length <= 16;
      const edits = whole ? numberEdit(board, path, property, numberFromCells(value, 0, length / 4)) : [];
      return [
        {
          severity: "error",
          text: `${nameOf(path)} has ${length / 4} cells of ${property} where the root asks for ${entryLength / 4}: the kernel skips the node, and the pool does not exist.`,
          where: { node: path, property },
          numbers: { length, entryLength },
          proposals:
            edits.length === 0
              ? []
              : [
                  {
                    kind: "device-tree",
                    text: `write ${property} in ${entryLength / 4} cells, as the root has it`,
                    edits,
                  },
                ],
        },
      ];
    },
  );
}

const REG_LENGTH: Rule = {
  id: "region-reg-length",
  severity: "error",
  title: "reg of a region has the wrong length",
  help: "The kernel reads reg below /reserved-memory by the cell counts of the root, whatever the author had in mind. A length that is no whole number of entries makes it skip the node: the memory is handed out as ordinary RAM while firmware or a device still uses it.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_reserve_reg()",
  wrong: { dts: reservedMemory("firmware@50000000 { reg = <0x50000000 0x100000>; no-map; };") },
  right: { dts: reservedMemory("firmware@50000000 { reg = <0 0x50000000 0 0x100000>; no-map; };") },
  check: (board) => badRanges(board, "reg"),
};

const ALLOC_RANGES_LENGTH: Rule = {
  id: "region-alloc-ranges-length",
  severity: "error",
  title: "alloc-ranges of a region has the wrong length",
  help: "The kernel reads alloc-ranges by the cell counts of the root. A length that is no whole number of entries makes it skip the node: the pool does not exist, and devices that refer to it fall back to the default area or fail.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_alloc_size()",
  wrong: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0x40000000 0x40000000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x40000000>; };',
    ),
  },
  check: (board) => badRanges(board, "alloc-ranges"),
};

const SIZE_LENGTH: Rule = {
  id: "region-size-length",
  severity: "error",
  title: "size of a region has the wrong number of cells",
  help: "size has as many cells as the root's #size-cells says. A tree in which another stage of the boot (firmware, U-Boot) wrote one cell where the kernel expects two, or two where it expects one, loses the pool: the kernel prints 'invalid size property' and skips the node.",
  source: "https://github.com/raspberrypi/linux/issues/7230",
  wrong: {
    dts: reservedMemory(
      'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0x4000000>; linux,cma-default; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'linux,cma { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; linux,cma-default; };',
    ),
  },
  check: (board) => badNumber(board, "size"),
};

const ALIGNMENT_LENGTH: Rule = {
  id: "region-alignment-length",
  severity: "error",
  title: "alignment of a region has the wrong number of cells",
  help: "alignment is read by the root's #address-cells, which many authors do not expect: bindings speak of the size of a pointer. A wrong length makes the kernel skip the node, so the pool does not exist.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c __reserved_mem_alloc_size()",
  wrong: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alignment = <0x400000>; };',
    ),
  },
  right: {
    dts: reservedMemory(
      'camera { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alignment = <0 0x400000>; };',
    ),
  },
  check: (board) => badNumber(board, "alignment"),
};

const EMPTY_REG: Rule = {
  id: "region-empty-reg",
  severity: "error",
  title: "reg of a region is empty",
  help: "An empty reg passes the kernel's check of the length, and Linux 6.12 then reads an address and a size behind the property: it sets up a region from whatever bytes stand there. A region that is to be placed by the kernel has no reg at all, only a size.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c fdt_scan_reserved_mem_reg_nodes()",
  wrong: { dts: reservedMemory("pool { reg; size = <0 0x100000>; };") },
  right: { dts: reservedMemory("pool { size = <0 0x100000>; };") },
  check: (board) =>
    failuresOf(board, "empty-reg").flatMap(({ node: path }): Flaw[] => {
      const node = path === null ? undefined : board.tree.nodeAt(path);
      if (node === undefined) return [];
      const dynamic = node.has("size");
      return [
        {
          severity: "error",
          text: `${node.name} has an empty reg: the kernel reads an address and a size from the bytes behind it.`,
          where: { node: node.path, property: "reg" },
          numbers: {},
          proposals: [
            dynamic
              ? {
                  kind: "device-tree",
                  text: "take reg away, so that the kernel finds a place of the size stated",
                  edits: withoutProperties(node, "reg"),
                }
              : {
                  kind: "device-tree",
                  text: "switch the node off until it has a range",
                  edits: [{ node: node.path, property: "status", value: stringBytes("disabled") }],
                },
          ],
        },
      ];
    }),
};

/** Rules about the shape of properties below `/reserved-memory`. */
export const RESERVED_CELLS: readonly Rule[] = [
  ROOT_FORMAT,
  REG_LENGTH,
  SIZE_LENGTH,
  ALIGNMENT_LENGTH,
  ALLOC_RANGES_LENGTH,
  EMPTY_REG,
];
