import { buildDeviceTree, cells, stringBytes, type TreeSpec } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { MemReservation, TreeNode } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { type Mutation, mutate } from "./mutate.js";
import type { Random } from "./random.js";

/** Names and values that trees give meaning to. */
export interface TreeWords {
  /** Properties that may be added. */
  readonly properties: readonly string[];
  /** Strings that may become a property's value. */
  readonly strings: readonly string[];
}

/** A node that can be changed. */
type Draft = { [name: string]: Uint8Array | Draft };

/** Cells at which readers of addresses, sizes, counts and references go wrong. */
const CELLS = [
  0, 1, 2, 3, 4, 5, 7, 0x10, 0x1000, 0x1001, 0x10_0000, 0x20_0000, 0x1000_0000, 0x4000_0000, 0x8000_0000, 0xffff_f000,
  0xffff_ffff,
];

/**
 * Mutations of flattened trees: an eighth of the inputs is changed byte by byte, the others stay well-formed and get other values, properties
 * and nodes, so that what reads their meaning is reached.
 */
export function treeMutation(words: TreeWords): Mutation {
  return (seed, other, longest, random) => {
    if (random.below(8) === 0) return mutate(seed, other, longest, random);
    const tree = readDeviceTree(seed);
    const root = draftOf(tree.root);
    const reservations: MemReservation[] = [...tree.memReservations];
    for (let left = 1 + random.below(5); left > 0; left--) changeOne(root, words, random);
    if (random.below(16) === 0) reservations.push({ address: someNumber(random), size: 1 + random.below(2 ** 28) });
    return writeDeviceTree(buildDeviceTree(root as TreeSpec, reservations));
  };
}

function draftOf(node: TreeNode): Draft {
  const draft: Draft = {};
  for (const [name, value] of node.entries()) draft[name] = value.slice();
  for (const child of node.children) draft[child.name] = draftOf(child);
  return draft;
}

function changeOne(root: Draft, words: TreeWords, random: Random): void {
  const nodes = nodesOf(root);
  const node = nodes[random.below(nodes.length)] as Draft;
  const names = Object.keys(node);
  const name = names[random.below(Math.max(1, names.length))];
  switch (random.below(10)) {
    case 0:
      if (name !== undefined) delete node[name];
      break;
    case 1:
      node[pick(words.properties, random)] = new Uint8Array(0);
      break;
    case 2:
      node[pick(words.properties, random)] = cells(
        ...Array.from({ length: 1 + random.below(6) }, () => pick(CELLS, random)),
      );
      break;
    case 3:
      node[pick(words.properties, random)] = stringBytes(pick(words.strings, random));
      break;
    case 4:
      copyFrom(nodes[random.below(nodes.length)] as Draft, node, random);
      break;
    default:
      if (name !== undefined) node[name] = anotherValue(node[name] as Uint8Array | Draft, words, random);
  }
}

/** The node and all below. */
function nodesOf(root: Draft): Draft[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const value of Object.values(node)) if (!(value instanceof Uint8Array)) nodes.push(value);
  }
  return nodes;
}

/** One property or child more; not below itself, and no deeper than a few levels. */
function copyFrom(from: Draft, to: Draft, random: Random): void {
  const names = Object.keys(from);
  const name = names[random.below(Math.max(1, names.length))];
  const value = name === undefined ? undefined : from[name];
  if (name === undefined || value === undefined) return;
  if (value instanceof Uint8Array) to[name] = value.slice();
  else if (nodesOf(value).length < 20 && !nodesOf(value).includes(to))
    to[`${name.slice(0, 30)}x`] = structuredClone(value);
}

function anotherValue(value: Uint8Array | Draft, words: TreeWords, random: Random): Uint8Array | Draft {
  if (!(value instanceof Uint8Array)) return value;
  switch (random.below(8)) {
    case 0:
      return stringBytes(pick(words.strings, random));
    case 1:
      return value.slice(0, random.below(value.length + 1));
    case 2: {
      const longer = new Uint8Array(value.length * 2);
      longer.set(value);
      longer.set(value, value.length);
      return longer.slice(0, 256);
    }
    case 3: {
      const flipped = value.slice();
      if (flipped.length > 0) (flipped[random.below(flipped.length)] as number) ^= 1 << random.below(8);
      return flipped;
    }
    default: {
      const changed = value.slice();
      if (changed.length >= 4) {
        changed.set(cells(pick(CELLS, random)), random.below(Math.floor(changed.length / 4)) * 4);
      }
      return changed;
    }
  }
}

function someNumber(random: Random): number {
  return random.below(2 ** 32) * (random.below(2) === 0 ? 1 : 2 ** 20);
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random.below(values.length)] as T;
}
