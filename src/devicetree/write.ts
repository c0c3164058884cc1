import { ByteWriter } from "./byte-writer.js";
import { FDT_MAGIC } from "./header.js";
import type { FlatTree } from "./scan.js";
import {
  NODE_BEGIN,
  NODE_END,
  NODE_FIELDS,
  NODE_FIRST_PROPERTY,
  PROPERTY_FIELDS,
  PROPERTY_NAME,
  PROPERTY_VALUE,
} from "./scan.js";
import type { DeviceTree, TreeNode } from "./tree.js";

const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;

/**
 * Writes a flattened tree.
 *
 * A tree as it was read keeps its header, the order of its blocks, its name offsets and its padding: the same bytes. Any other
 * tree is written as version 17: header, reservations, structure, strings, without gaps.
 *
 * @returns bytes the caller owns
 */
export function writeDeviceTree(tree: DeviceTree): Uint8Array {
  return tree.flat === null ? writePlain(tree) : writeAsRead(tree, tree.flat);
}

function writePlain(tree: DeviceTree): Uint8Array {
  const out = new ByteWriter(1 << 16);
  const names = new Map<string, number>();
  const strings = new ByteWriter(1 << 12);
  for (let word = 0; word < 10; word++) out.u32(0);
  const reservations = out.length;
  for (const { address, size } of tree.memReservations) {
    out.u64(address);
    out.u64(size);
  }
  out.u64(0);
  out.u64(0);
  const structure = out.length;
  writeNode(tree.root, out, (name) => {
    let offset = names.get(name);
    if (offset === undefined) {
      offset = strings.length;
      strings.latin1z(name);
      names.set(name, offset);
    }
    return offset;
  });
  out.u32(END);
  const stringsOffset = out.length;
  out.bytes(strings.result());
  const header = [FDT_MAGIC, out.length, structure, stringsOffset, reservations, 17, 16, tree.bootCpu];
  [...header, strings.length, stringsOffset - structure].forEach((word, position) => {
    out.patchU32(position * 4, word);
  });
  return out.result().slice();
}

function writeNode(node: TreeNode, out: ByteWriter, offsetOfName: (name: string) => number): void {
  out.u32(BEGIN_NODE);
  out.latin1z(node.name);
  out.align(4);
  for (const [name, value] of node.entries()) {
    out.u32(PROPERTY);
    out.u32(value.length);
    out.u32(offsetOfName(name));
    out.bytes(value);
    out.align(4);
  }
  for (const child of node.children) writeNode(child, out, offsetOfName);
  out.u32(END_NODE);
}

/**
 * Writes every token, name and value of the nodes to where it was read from. What lies between (no-operation tokens, padding,
 * gaps between blocks, bytes behind the tree) has no meaning and is taken over from the file.
 */
function writeAsRead(tree: DeviceTree, flat: FlatTree): Uint8Array {
  const { bytes: source, header, nodes, properties } = flat;
  const out = new ByteWriter(source.length);
  const keepTo = (end: number): void => {
    if (end > out.length) out.bytes(source.subarray(out.length, end));
  };
  const blocks: { start: number; write: () => void }[] = [
    { start: 0, write: () => writeHeaderAsRead(out, flat) },
    {
      start: header.reservationsOffset,
      write: () => {
        for (const { address, size } of tree.memReservations) {
          out.u64(address);
          out.u64(size);
        }
      },
    },
    { start: header.structureOffset, write: () => writeStructureAsRead() },
    { start: header.stringsOffset, write: () => keepTo(header.stringsEnd) },
  ];

  function writeStructureAsRead(): void {
    let index = 0;
    const writeOne = (node: TreeNode): void => {
      const word = index * NODE_FIELDS;
      let property = nodes[word + NODE_FIRST_PROPERTY] as number;
      index += 1;
      keepTo(nodes[word + NODE_BEGIN] as number);
      out.u32(BEGIN_NODE);
      // Some writers name the root "/"; its name here is always empty.
      if (word > 0) out.latin1z(node.name);
      for (const [, value] of node.entries()) {
        const place = property * PROPERTY_FIELDS;
        property += 1;
        keepTo((properties[place + PROPERTY_VALUE] as number) - 12);
        out.u32(PROPERTY);
        out.u32(value.length);
        out.u32(properties[place + PROPERTY_NAME] as number);
        out.bytes(value);
      }
      for (const child of node.children) writeOne(child);
      keepTo(nodes[word + NODE_END] as number);
      out.u32(END_NODE);
    };
    writeOne(tree.root);
    keepTo(flat.structureEnd - 4);
    out.u32(END);
  }

  // Blocks do not overlap, but an empty one may start where another does: it must come first.
  const sizes = [header.headerSize, flat.reservationsEnd, flat.structureEnd, header.stringsEnd];
  const ordered = blocks
    .map((block, position) => ({ ...block, end: sizes[position] as number }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  for (const block of ordered) {
    if (block.end === block.start) continue;
    keepTo(block.start);
    block.write();
  }
  keepTo(source.length);
  return out.result().slice();
}

function writeHeaderAsRead(out: ByteWriter, flat: FlatTree): void {
  const { header } = flat;
  out.u32(FDT_MAGIC);
  out.u32(header.totalSize);
  out.u32(header.structureOffset);
  out.u32(header.stringsOffset);
  out.u32(header.reservationsOffset);
  out.u32(header.version);
  out.u32(header.lastCompatibleVersion);
  out.u32(header.bootCpu);
  out.u32(header.stringsEnd - header.stringsOffset);
  if (header.version >= 17) out.u32(header.structureEnd - header.structureOffset);
}
