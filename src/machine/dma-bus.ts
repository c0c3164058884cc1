import { busRangesOf, translateAddress } from "../devicetree/meaning/addresses.js";
import { dmaParentOf } from "../devicetree/meaning/phandles.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { MAX_EXACT } from "../units/quantity.js";
import type { Bus, DmaRange } from "./machine.js";

/** No real chain of DMA parents is longer; a faulty tree can make a ring. */
const LONGEST_CHAIN = 64;

/**
 * The buses of a tree as DMA sees them. Each bus is read once.
 *
 *   device --- bus without dma-ranges --- bus with dma-ranges --- root
 *                                         ^ its windows count, translated on upwards
 *
 * Only the first node looked at may lack the property; from then on a missing one ends the search and nothing is limited.
 */
export class DmaBuses {
  readonly #tree: DeviceTree;
  readonly #byStart = new Map<TreeNode, Bus | null>();
  readonly #byNode = new Map<TreeNode, Bus | null>();
  readonly #coherent = new Map<TreeNode, boolean | null>();

  constructor(tree: DeviceTree) {
    this.#tree = tree;
  }

  /** Every bus that some search ended at, sorted by path. */
  get found(): readonly Bus[] {
    const buses = [...this.#byNode.values()].filter((bus) => bus !== null);
    return buses.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The bus above a node on the way to memory. */
  parentOf(node: TreeNode): TreeNode | null {
    return dmaParentOf(this.#tree, node);
  }

  /**
   * The bus whose windows count when the search starts at a node: for a platform device its DMA parent, for PCI the host bridge,
   * for a device configured from another node that node itself. Null when nothing limits it: no bus has windows, or none of
   * them can be translated.
   *
   * @see Linux 6.12 `drivers/of/address.c` `of_dma_get_range()`, `drivers/of/device.c` `of_dma_configure_id()`
   */
  busFrom(start: TreeNode | null): Bus | null {
    if (start === null) return null;
    const known = this.#byStart.get(start);
    if (known !== undefined) return known;
    const node = this.#search(start);
    let bus: Bus | null = null;
    if (node !== null) {
      const read = this.#byNode.get(node);
      bus = read === undefined ? this.#read(node) : read;
      this.#byNode.set(node, bus);
    }
    this.#byStart.set(start, bus);
    return bus;
  }

  /**
   * Whether the caches see what a device writes: the first `dma-coherent` or `dma-noncoherent` from the node upwards; null when none
   * says.
   *
   * @see Linux 6.12 `drivers/of/address.c` `of_dma_is_coherent()`
   */
  coherency(node: TreeNode): { readonly coherent: boolean; readonly at: TreeNode } | null {
    let at: TreeNode | null = node;
    for (let step = 0; at !== null && step < LONGEST_CHAIN; step++) {
      let said = this.#coherent.get(at);
      if (said === undefined) {
        said = at.has("dma-coherent") ? true : at.has("dma-noncoherent") ? false : null;
        this.#coherent.set(at, said);
      }
      if (said !== null) return { coherent: said, at };
      at = this.parentOf(at);
    }
    return null;
  }

  #search(start: TreeNode): TreeNode | null {
    let node: TreeNode | null = start;
    for (let step = 0; node !== null && step < LONGEST_CHAIN; step++) {
      const value: Uint8Array | undefined = node.get("dma-ranges");
      if (value !== undefined && value.length > 0) return node;
      if (step > 0 && value === undefined) return null;
      node = this.parentOf(node);
    }
    return null;
  }

  #read(node: TreeNode): Bus | null {
    const windows = this.#windowsOf(node);
    if (windows.length === 0) return null;
    // A window of size 0 ends the table the kernel keeps.
    const end = windows.findIndex((window) => window.size === 0);
    const kept = end < 0 ? windows : windows.slice(0, end);
    const last = kept.reduce((limit, { dma, size }) => Math.max(limit, dma + size - 1), 0);
    return {
      path: node.path,
      windows: kept,
      dmaLimit: Math.min(last === 0 ? 0xffffffff : last, MAX_EXACT),
      provenance: { kind: "tree", source: `${node.path}:dma-ranges` },
    };
  }

  /** Neighbours that go on in both address spaces are one window; what no bus above can translate is dropped. */
  #windowsOf(node: TreeNode): readonly DmaRange[] {
    const written = busRangesOf(node, "dma-ranges");
    if (written === null || written === "identity") return [];
    const joined: { cpu: number | null; dma: number; size: number; flags: number | null }[] = [];
    for (const { child, parent, size, flags } of written) {
      const cpu = translateAddress(node, parent, "dma-ranges", (of) => this.parentOf(of));
      const before = joined[joined.length - 1];
      if (
        before !== undefined &&
        before.cpu !== null &&
        before.flags === flags &&
        before.dma + before.size === child &&
        before.cpu + before.size === cpu
      ) {
        before.size += size;
      } else {
        joined.push({ cpu, dma: child, size, flags });
      }
    }
    return joined.flatMap(({ cpu, dma, size }) =>
      cpu === null ? [] : [{ cpu, dma, size: Math.min(size, MAX_EXACT - Math.max(cpu, dma)) }],
    );
  }
}
