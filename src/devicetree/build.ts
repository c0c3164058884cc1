import { BuiltNode, treeOf } from "./built-node.js";
import { MAX_DEPTH, MAX_NAME_LENGTH } from "./scan.js";
import type { DeviceTree, MemReservation } from "./tree.js";

/** A property: a string, a list of strings, one cell, a flag (`true`), or bytes as they are. */
export type PropertySpec = string | readonly string[] | number | true | Uint8Array;

/** A node: properties and, as plain objects, its children, in the order they shall stand. */
export type TreeSpec = { readonly [name: string]: PropertySpec | TreeSpec };

/** Numbers as one 32-bit cell each: `cells(0, 0x1000)` is `<0x0 0x1000>`. */
export function cells(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, position) => {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new RangeError(`${value} does not fit a cell`);
    view.setUint32(position * 4, value);
  });
  return bytes;
}

/** Numbers up to 2^53 - 1 as two cells each: `cells64(0x1_0000_0000)` is `<0x1 0x0>`. */
export function cells64(...values: readonly number[]): Uint8Array {
  return cells(
    ...values.flatMap((value) => {
      if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no exact number for two cells`);
      return [Math.floor(value / 0x100000000), value % 0x100000000];
    }),
  );
}

/** Strings with their NULs, one after the other. */
export function stringBytes(...strings: readonly string[]): Uint8Array {
  return new TextEncoder().encode(strings.map((text) => `${text}\0`).join(""));
}

/**
 * Makes a tree without a compiler.
 *
 * @param root - properties and children of the root
 * @throws RangeError for a name that no tree can hold, or a number that fits no cell
 */
export function buildDeviceTree(root: TreeSpec, memReservations: readonly MemReservation[] = []): DeviceTree {
  const node = new BuiltNode("", null);
  fill(node, root, 1);
  for (const { address, size } of memReservations) {
    if (!Number.isSafeInteger(address) || address < 0 || !Number.isSafeInteger(size) || size <= 0) {
      throw new RangeError(`a memory reservation of ${size} bytes at ${address}`);
    }
  }
  return treeOf(node, [...memReservations], 0);
}

function fill(node: BuiltNode, spec: TreeSpec, depth: number): void {
  for (const [name, value] of Object.entries(spec)) {
    if (!isName(name)) throw new RangeError(`"${name}" cannot be the name of a node or property`);
    if (isNodeSpec(value)) {
      if (depth >= MAX_DEPTH) throw new RangeError(`nodes nested deeper than ${MAX_DEPTH}`);
      fill(node.ensureChild(name), value, depth + 1);
    } else {
      node.set(name, bytesOf(value));
    }
  }
}

function isNodeSpec(value: PropertySpec | TreeSpec): value is TreeSpec {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function isName(name: string): boolean {
  return /^[!-.0-~]+$/.test(name) && name.length <= MAX_NAME_LENGTH;
}

function bytesOf(value: PropertySpec): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (typeof value === "number") return cells(value);
  if (typeof value === "string") return stringBytes(value);
  if (value instanceof Uint8Array) return value;
  return stringBytes(...value);
}
