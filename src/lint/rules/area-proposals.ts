/** Changes to the default CMA area and to pools: a node's size or place, `cma=`, or a node where the tree has none. */
import { parseCmdline } from "../../boot/cmdline.js";
import { stringBytes } from "../../devicetree/build.js";
import type { PropertyEdit } from "../../devicetree/edit.js";
import { atomicPoolOrders } from "../../heaps/occupancy.js";
import type { Machine, ReservedRegion } from "../../machine/machine.js";
import { cmaArgument } from "../../placement/remedy-area.js";
import { alignUp, type Bytes, formatSize, MAX_EXACT, MIB, roundUpToPowerOfTwo } from "../../units/quantity.js";
import { containsRanges, type Range, type RangeSet, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import { type Proposal, takingOff } from "../proposal.js";
import { numberEdit, rangesEdit } from "./reserved-nodes.js";

const NOTHING = new Uint8Array(0);

/** Bytes that so many buffers of one size take in a pool or area, alignment between them included, in MiB that a person would write. */
export function sizeForBuffers(machine: Machine, kind: "cma" | "coherent-pool", size: Bytes, count: number): Bytes {
  const { pageSize, cmaGranule, cmaAlignmentOrder } = machine.profile;
  const pages = Math.ceil(size / pageSize);
  const slot = roundUpToPowerOfTwo(pages);
  if (kind === "coherent-pool") return slot * pageSize * count;
  const each = alignUp(pages, Math.min(slot, 2 ** cmaAlignmentOrder)) * pageSize;
  return alignUp(each * count, Math.max(4 * MIB, cmaGranule));
}

/** The same for the default area, from which boot itself takes pools for atomic allocations. */
export function areaForBuffers(machine: Machine, size: Bytes, count: number): Bytes {
  const { pageSize, cmaGranule } = machine.profile;
  const frames = sizeForBuffers(machine, "cma", size, count);
  const area = { base: machine.banks[0]?.base ?? 0, size: frames };
  const taken = atomicPoolOrders(machine, area).reduce((sum, order) => sum + pageSize * 2 ** order, 0);
  return alignUp(frames + taken, Math.max(4 * MIB, cmaGranule));
}

/** A pool with another size: `size` where the kernel chooses its place, else `reg` with the same start. */
export function largerPool(board: Board, region: ReservedRegion, size: Bytes): readonly Proposal[] {
  const edits =
    region.placement === "dynamic" || region.base === null
      ? numberEdit(board, region.node, "size", size)
      : rangesEdit(board, region.node, "reg", [{ base: region.base, size }]);
  return edits.length === 0 ? [] : [{ kind: "device-tree", text: `make ${region.name} ${formatSize(size)}`, edits }];
}

/** A default area of another size, by the node that describes it, else by `cma=` within the limit that today's states. */
export function largerArea(board: Board, size: Bytes): readonly Proposal[] {
  const region = defaultRegion(board);
  if (region !== null) return largerPool(board, region, size);
  const today = parseCmdline(board.machine.commandLine).cma;
  const isLimited = today !== null && today.limit > 0;
  const range = isLimited ? { base: today.base, size: Math.max(size, today.limit - today.base) } : null;
  return optionOf(size, range, `make the default CMA area ${formatSize(size)}`);
}

/**
 * What `cma=` asks for stated in the node that it drops: the node with at least that size, and the option taken off the command line. None where
 * the node has a fixed place that is too small.
 */
export function areaInTree(board: Board, node: string): readonly Proposal[] {
  const { commandLine, regions } = board.machine;
  const off = takingOff(commandLine, /^cma=/);
  const asked = parseCmdline(commandLine).cma;
  const region = regions.find((each) => each.node === node);
  const granule = board.input.profile.cmaMinAlign;
  if (off === null || asked === null || region === undefined || asked.size > MAX_EXACT - granule) return [];
  const size = alignUp(asked.size, granule);
  if (region.size >= size) return [off];
  if (region.placement !== "dynamic") return [];
  const edits = numberEdit(board, node, "size", size);
  return edits.length === 0
    ? []
    : [
        {
          kind: "device-tree",
          text: `make ${region.name} ${formatSize(size)} and ${off.text}`,
          edits,
          removes: off.removes,
        },
      ];
}

/** The default area inside one of several ranges, by `alloc-ranges` of the node that describes it, and by `cma=`. */
export function areaWithin(board: Board, size: Bytes, ranges: RangeSet, range: Range): readonly Proposal[] {
  const region = defaultRegion(board);
  const edits = region?.placement === "dynamic" ? rangesEdit(board, region.node, "alloc-ranges", ranges) : [];
  const inTree: readonly Proposal[] =
    region === null || edits.length === 0
      ? []
      : [{ kind: "device-tree", text: `let ${region.name} lie only where every device reaches`, edits }];
  return [...inTree, ...optionOf(size, range, "place the area in reach")];
}

/**
 * A default area where there is none: a new node, if the tree describes none, and `cma=`.
 *
 * @param reach - what every device that needs the area reaches: stated as `alloc-ranges` where it is not all RAM
 */
export function newArea(board: Board, size: Bytes, reach: RangeSet): readonly Proposal[] {
  const { tree, machine } = board;
  const regions = tree.root.child("reserved-memory");
  const option = optionOf(size, null, `have an area of ${formatSize(size)}`);
  if (regions?.children.some((node) => node.has("linux,cma-default") || node.name === AREA)) return option;
  const node = `/reserved-memory/${AREA}`;
  const sizes = numberEdit(board, node, "size", size);
  if (sizes.length === 0) return option;
  const edits: PropertyEdit[] = [
    ...(regions === undefined ? cellsOf(board) : []),
    { node, property: "compatible", value: stringBytes("shared-dma-pool") },
    { node, property: "reusable", value: NOTHING },
    ...sizes,
    ...(containsRanges(reach, toRangeSet(machine.banks)) ? [] : rangesEdit(board, node, "alloc-ranges", reach)),
    { node, property: "linux,cma-default", value: NOTHING },
  ];
  return [{ kind: "device-tree", text: `describe an area of ${formatSize(size)} in the tree`, edits }, ...option];
}

/** What dma-heaps have been called by, and programs look for. */
const AREA = "linux,cma";

/** What a new `/reserved-memory` must have: the root's cells, and addresses that are those of the root. */
function cellsOf({ tree }: Board): readonly PropertyEdit[] {
  const node = "/reserved-memory";
  const cells = ["#address-cells", "#size-cells"].flatMap((property): PropertyEdit[] => {
    const value = tree.root.get(property);
    return value === undefined ? [] : [{ node, property, value }];
  });
  return [...cells, { node, property: "ranges", value: NOTHING }];
}

function defaultRegion({ machine }: Board): ReservedRegion | null {
  const node = machine.defaultCma?.node ?? null;
  return machine.regions.find((region) => region.node === node) ?? null;
}

function optionOf(size: Bytes, range: Range | null, text: string): readonly Proposal[] {
  const option = cmaArgument(size, range);
  return [{ kind: "command-line", text: `${text}: ${option}`, commandLine: option }];
}
