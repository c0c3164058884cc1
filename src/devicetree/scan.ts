/**
 * One pass over a flattened tree: checks everything, makes no string and no object per node.
 *
 * Nodes are numbered in the order they begin (depth first, the root is 0), properties in the order they stand. A node is
 * NODE_FIELDS numbers of one Int32Array, a property PROPERTY_FIELDS numbers of another:
 *
 *   node      begin | end | parent | first child | next sibling | first property
 *   property  name | value | length
 *
 * The properties of node n are those from its first property up to the first property of node n + 1, because the format puts
 * a node's properties before its children. Node 0 is nobody's child or sibling, so 0 there means none.
 */
import { DeviceTreeError } from "./error.js";
import type { FlatHeader } from "./header.js";
import { readFlatHeader } from "./header.js";

/** Numbers a node takes in {@link FlatTree.nodes}. */
export const NODE_FIELDS = 6;
/** Byte offset of the node's begin token; its name starts 4 bytes later. */
export const NODE_BEGIN = 0;
/** Byte offset of the node's end token. */
export const NODE_END = 1;
/** Index of the parent, -1 for the root. */
export const NODE_PARENT = 2;
/** Index of the first child, 0 for none. */
export const NODE_FIRST_CHILD = 3;
/** Index of the next node with the same parent, 0 for none. */
export const NODE_NEXT_SIBLING = 4;
/** Index of the first property; a node without any has the same as the node after it. */
export const NODE_FIRST_PROPERTY = 5;

/** Numbers a property takes in {@link FlatTree.properties}. */
export const PROPERTY_FIELDS = 3;
/** Offset of the name from the start of the strings block. */
export const PROPERTY_NAME = 0;
/** Byte offset of the value in the file. */
export const PROPERTY_VALUE = 1;
/** Length of the value in bytes. */
export const PROPERTY_LENGTH = 2;

/**
 * Nodes at this depth (the root has 0) are refused.
 *
 * @see Linux 6.12 `drivers/of/fdt.c` `unflatten_dt_nodes()`, which leaves out nodes from FDT_MAX_DEPTH - 1 on
 */
export const MAX_DEPTH = 63;

/**
 * Longest name of a node or property in bytes: what a file name under /proc/device-tree may have. The limit keeps reading all names
 * linear in the size of the file.
 */
export const MAX_NAME_LENGTH = 255;

/** What one pass finds; valid as a whole, every offset inside its block, every name terminated. */
export interface FlatTree {
  readonly bytes: Uint8Array;
  readonly header: FlatHeader;
  readonly nodeCount: number;
  readonly propertyCount: number;
  /** {@link NODE_FIELDS} numbers a node. */
  readonly nodes: Int32Array;
  /** {@link PROPERTY_FIELDS} numbers a property. */
  readonly properties: Int32Array;
  /** Byte offset behind the structure block's end token. */
  readonly structureEnd: number;
  /** Byte offset behind the terminating memory reservation. */
  readonly reservationsEnd: number;
}

const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOP = 4;
const END = 9;

/** Kept between calls while small: clearing fresh arrays would cost more than the scan of a usual board. */
const KEPT_WORDS = 1 << 20;
let nodeRoom = new Int32Array(1 << 14);
let propertyRoom = new Int32Array(1 << 15);
const previousAtDepth = new Int32Array(MAX_DEPTH + 1);

/**
 * Scans a flattened tree. Time and memory are linear in the size of the file.
 *
 * @param bytes - the file; kept, not copied, and must not change while the result is used
 * @throws DeviceTreeError for every input that is not one whole, well-formed tree
 */
export function scanFlatTree(bytes: Uint8Array): FlatTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readFlatHeader(bytes, view);
  const lastName = lastNameOffset(bytes, header);
  const words = Math.floor((header.structureEnd - header.structureOffset) / 12) + 1;
  let nodes = nodeRoom;
  let properties = propertyRoom;
  if (nodes.length < words * NODE_FIELDS) {
    nodes = new Int32Array(words * NODE_FIELDS);
    if (nodes.length <= KEPT_WORDS) nodeRoom = nodes;
  }
  if (properties.length < words * PROPERTY_FIELDS) {
    properties = new Int32Array(words * PROPERTY_FIELDS);
    if (properties.length <= KEPT_WORDS) propertyRoom = properties;
  }

  const end = header.structureEnd - ((header.structureEnd - header.structureOffset) % 4);
  const previous = previousAtDepth;
  let at = header.structureOffset;
  let nodeCount = 0;
  let nodeWord = 0;
  let propertyWord = 0;
  let propertyCount = 0;
  let current = -1;
  let depth = 0;
  previous[0] = 0;
  for (;;) {
    if (at >= end) throw new DeviceTreeError("truncated", at, "the structure block has no end token");
    const token = view.getInt32(at);
    if (token === BEGIN_NODE) {
      if (current < 0 && nodeCount > 0) throw new DeviceTreeError("unbalanced", at, "a second root node begins");
      if (depth >= MAX_DEPTH)
        throw new DeviceTreeError("too-deep", at, `nodes are nested ${depth + 1} deep, at most ${MAX_DEPTH} are read`);
      nodes[nodeWord] = at;
      nodes[nodeWord + 1] = 0;
      nodes[nodeWord + 2] = current;
      nodes[nodeWord + 3] = 0;
      nodes[nodeWord + 4] = 0;
      nodes[nodeWord + 5] = propertyCount;
      const sibling = previous[depth] as number;
      if (sibling !== 0) nodes[sibling * NODE_FIELDS + NODE_NEXT_SIBLING] = nodeCount;
      else if (current >= 0) nodes[current * NODE_FIELDS + NODE_FIRST_CHILD] = nodeCount;
      previous[depth] = nodeCount;
      depth += 1;
      previous[depth] = 0;
      current = nodeCount;
      nodeCount += 1;
      nodeWord += NODE_FIELDS;
      const name = at + 4;
      at = name;
      for (;;) {
        if (at >= end) throw new DeviceTreeError("unterminated-string", name, "a node's name has no end");
        const word = view.getInt32(at);
        at += 4;
        // A word with a zero byte: the name and its padding end here.
        if (((word - 0x01010101) & ~word & 0x80808080) !== 0) break;
        if (at - name > MAX_NAME_LENGTH)
          throw new DeviceTreeError("name-too-long", name, `a node's name has more than ${MAX_NAME_LENGTH} bytes`);
      }
      // A node's properties stand before its children, so only here.
      for (;;) {
        if (at >= end) throw new DeviceTreeError("truncated", at, "the structure block has no end token");
        const next = view.getInt32(at);
        if (next !== PROPERTY) {
          if (next !== NOP) break;
          at += 4;
          continue;
        }
        if (at + 12 > end) throw new DeviceTreeError("truncated", at, "a property is cut off");
        // Read with a sign: what is 2 GiB or more is negative, and as wrong as what is too long.
        const length = view.getInt32(at + 4);
        const name = view.getInt32(at + 8);
        const value = at + 12;
        if (length < 0 || length > end - value) throw badLength(at + 4, length);
        if (name < 0 || name > lastName) throw badName(at + 8, name >>> 0, header);
        properties[propertyWord] = name;
        properties[propertyWord + 1] = value;
        properties[propertyWord + 2] = length;
        propertyWord += 3;
        propertyCount += 1;
        at = (value + length + 3) & ~3;
      }
    } else if (token === END_NODE) {
      if (current < 0) throw new DeviceTreeError("unbalanced", at, "a node ends that never began");
      const word = current * NODE_FIELDS;
      nodes[word + NODE_END] = at;
      current = nodes[word + NODE_PARENT] as number;
      depth -= 1;
      at += 4;
    } else if (token === NOP) {
      at += 4;
    } else if (token === END) {
      if (current >= 0) throw new DeviceTreeError("unbalanced", at, `the structure ends inside ${depth} open nodes`);
      if (nodeCount === 0) throw new DeviceTreeError("unbalanced", at, "the tree has no root node");
      at += 4;
      break;
    } else if (token === PROPERTY) {
      throw misplacedProperty(at, current);
    } else {
      throw new DeviceTreeError("bad-token", at, `0x${(token >>> 0).toString(16)} is no token`);
    }
  }
  const structureEnd = header.version >= 17 ? header.structureEnd : at;
  const reservationsEnd = endOfReservations(view, header);
  checkBlocksApart(header, structureEnd, reservationsEnd);
  const columns = new Int32Array(nodeWord + propertyWord);
  columns.set(nodes.subarray(0, nodeWord));
  columns.set(properties.subarray(0, propertyWord), nodeWord);
  return {
    bytes,
    header,
    nodeCount,
    propertyCount,
    nodes: columns.subarray(0, nodeWord),
    properties: columns.subarray(nodeWord),
    structureEnd: at,
    reservationsEnd,
  };
}

/** The largest name offset that still meets a NUL inside the strings block; -1 when there is none. */
function lastNameOffset(bytes: Uint8Array, header: FlatHeader): number {
  const start = header.stringsOffset;
  const last = header.stringsEnd === start ? -1 : bytes.lastIndexOf(0, header.stringsEnd - 1);
  if (last < start) return -1;
  // Hops from the last NUL within reach to the next, so that long blocks cost one look per 256 bytes.
  for (let at = start; at <= last; ) {
    const reach = Math.min(at + MAX_NAME_LENGTH, last);
    const nul = bytes.lastIndexOf(0, reach);
    if (nul < at)
      throw new DeviceTreeError("name-too-long", at, `a property's name has more than ${MAX_NAME_LENGTH} bytes`);
    at = nul + 1;
  }
  return last - start;
}

function badName(at: number, name: number, header: FlatHeader): DeviceTreeError {
  if (header.stringsOffset + name < header.stringsEnd) {
    return new DeviceTreeError("unterminated-string", header.stringsOffset + name, "a property's name has no end");
  }
  return new DeviceTreeError("bad-property", at, `name offset ${name} lies outside the strings block`);
}

function badLength(at: number, length: number): DeviceTreeError {
  return new DeviceTreeError("bad-property", at, `a value of ${length >>> 0} bytes ends outside the structure block`);
}

function misplacedProperty(at: number, current: number): DeviceTreeError {
  const where = current < 0 ? "outside a node" : "after a child node";
  return new DeviceTreeError("misplaced-property", at, `a property stands ${where}`);
}

function endOfReservations(view: DataView, header: FlatHeader): number {
  let at = header.reservationsOffset;
  for (;;) {
    if (at + 16 > header.totalSize)
      throw new DeviceTreeError("bad-reservation", at, "the memory reservations have no end");
    at += 16;
    if (view.getUint32(at - 8) === 0 && view.getUint32(at - 4) === 0) return at;
  }
}

function checkBlocksApart(header: FlatHeader, structureEnd: number, reservationsEnd: number): void {
  const blocks = [
    { name: "structure block", field: 8, start: header.structureOffset, end: structureEnd },
    { name: "strings block", field: 12, start: header.stringsOffset, end: header.stringsEnd },
    { name: "memory reservations", field: 16, start: header.reservationsOffset, end: reservationsEnd },
  ];
  for (const a of blocks) {
    for (const b of blocks) {
      if (a.field < b.field && Math.max(a.start, b.start) < Math.min(a.end, b.end)) {
        throw new DeviceTreeError("overlapping-blocks", b.field, `the ${b.name} overlaps the ${a.name}`);
      }
    }
  }
}
