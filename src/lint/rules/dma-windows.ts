/** Bus windows that do not say what they are meant to say, or hide RAM from devices. */
import { busRangesOf, translateAddress } from "../../devicetree/meaning/addresses.js";
import { busCells } from "../../devicetree/meaning/cells.js";
import { dmaParentOf } from "../../devicetree/meaning/phandles.js";
import type { DeviceTree, TreeNode } from "../../devicetree/tree.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import {
  intersectRanges,
  type Range,
  type RangeSet,
  subtractRanges,
  toRangeSet,
  totalSize,
} from "../../units/ranges.js";
import { enabledNodes } from "../enabled.js";
import type { Flaw, Rule } from "../rule.js";
import { isDriven, namesOf } from "../sharing.js";

/** A bus with a camera on it, in a board of 1 GiB at 0x40000000. */
function bus(dmaRanges: string): string {
  return `soc {
	compatible = "simple-bus";
	#address-cells = <1>;
	#size-cells = <1>;
	ranges = <0xfd000000 0 0xfd000000 0x1000000>;
	${dmaRanges}
	mmc@fd010000 { compatible = "vendor,mmc"; reg = <0xfd010000 0x1000>; };
};`;
}

/** Enabled nodes with windows. */
function windowed(tree: DeviceTree): readonly TreeNode[] {
  return enabledNodes(tree).filter((node) => (node.get("dma-ranges")?.length ?? 0) > 0);
}

const LENGTH: Rule = {
  id: "dma-ranges-length",
  severity: "error",
  title: "a dma-ranges property is no whole number of windows",
  help: "Each window is a child address, a parent address and a size, in the cells of the bus, of the bus above, and of the bus again. The kernel drops a rest at the end without a word, and where the cells are counted wrongly every window before it is read askew as well.",
  source: "Linux 6.12 drivers/of/address.c of_pci_range_parser_one(), of_dma_get_range()",
  wrong: { dts: bus("dma-ranges = <0x0 0x40000000 0x40000000>;") },
  right: { dts: bus("dma-ranges = <0x0 0x0 0x40000000 0x40000000>;") },
  check: ({ tree }) =>
    windowed(tree).flatMap((node): Flaw[] => {
      const own = busCells(node);
      const above = busCells(node.parent ?? node);
      const window = own.address + above.address + own.size;
      const cells = (node.get("dma-ranges")?.length ?? 0) / 4;
      if (window === 0 || cells % window === 0) return [];
      const whole = Math.floor(cells / window);
      return [
        {
          severity: "error",
          text: `dma-ranges of ${node.name} has ${cells} cells, and a window takes ${window} (${own.address} + ${above.address} + ${own.size}): ${whole === 0 ? "no window is read" : `only the first ${whole * window} are read`}.`,
          where: { node: node.path, property: "dma-ranges" },
          numbers: { cells, perWindow: window, windows: whole },
          proposals: [],
        },
      ];
    }),
};

const EMPTY_WINDOW: Rule = {
  id: "dma-ranges-empty-window",
  severity: "error",
  title: "a window of a dma-ranges property has size 0",
  help: "The kernel keeps the windows of a bus as a table that ends at the first entry of size 0. A window of size 0, often 4 GiB written in one cell, hides every window behind it, and where it is the first no address can be translated: every mapping fails or bounces.",
  source: "Linux 6.12 drivers/of/address.c of_dma_get_range(), include/linux/dma-direct.h translate_phys_to_dma()",
  wrong: { dts: bus("dma-ranges = <0x0 0x0 0x0 0x0>;") },
  right: { dts: bus("dma-ranges = <0x0 0x0 0x0 0xffffffff>;") },
  check: ({ tree }) =>
    windowed(tree).flatMap((node): Flaw[] => {
      const windows = busRangesOf(node, "dma-ranges");
      if (windows === null || windows === "identity") return [];
      const at = windows.findIndex(({ size }) => size === 0);
      if (at < 0) return [];
      const hidden = windows.length - at - 1;
      return [
        {
          severity: "error",
          text: `Window ${at + 1} of dma-ranges of ${node.name} has size 0, which ends the table: ${at === 0 ? "devices on the bus reach nothing" : `${hidden} windows behind it do not count`}.`,
          where: { node: node.path, property: "dma-ranges" },
          numbers: { window: at + 1, windows: windows.length, hidden },
          proposals: [],
        },
      ];
    }),
};

const OVERLAP: Rule = {
  id: "dma-ranges-overlap",
  severity: "warning",
  title: "two windows of a bus hold the same RAM at different bus addresses",
  help: "The kernel translates an address through the first window that holds it, and never tries the second, even where the device can only emit what the second gives. Write the window that the devices use first, or let the windows not overlap.",
  source: "Linux 6.12 include/linux/dma-direct.h translate_phys_to_dma()",
  wrong: {
    dts: bus("dma-ranges = <0x0 0x0 0x40000000 0x40000000>, <0x60000000 0x0 0x60000000 0x20000000>;"),
  },
  right: {
    dts: bus("dma-ranges = <0x0 0x0 0x40000000 0x20000000>, <0x60000000 0x0 0x60000000 0x20000000>;"),
  },
  check: ({ machine }) =>
    machine.buses.flatMap(({ path, windows }): Flaw[] => {
      for (const [position, later] of (windows ?? []).entries()) {
        const earlier = (windows ?? [])
          .slice(0, position)
          .find(
            ({ cpu, dma, size }) =>
              cpu < later.cpu + later.size && later.cpu < cpu + size && cpu - dma !== later.cpu - later.dma,
          );
        if (earlier === undefined) continue;
        const base = Math.max(earlier.cpu, later.cpu);
        const size = Math.min(earlier.cpu + earlier.size, later.cpu + later.size) - base;
        return [
          {
            severity: "warning",
            text: `${formatSize(size)} at ${formatHex(base)} lie in two windows of ${nameOf(path)}: the first counts, so that the bus address is ${formatHex(earlier.dma + base - earlier.cpu)} and never ${formatHex(later.dma + base - later.cpu)}.`,
            where: { node: path, property: "dma-ranges" },
            numbers: { base, size, first: earlier.dma + base - earlier.cpu, second: later.dma + base - later.cpu },
            proposals: [],
          },
        ];
      }
      return [];
    }),
};

const UNTRANSLATABLE: Rule = {
  id: "dma-ranges-untranslatable",
  severity: "error",
  title: "a bus window leads nowhere through the buses above",
  help: "The parent address of a window is an address on the bus above, which translates it by its own dma-ranges. Where no window there holds it, the kernel drops the window with `translation of DMA address to CPU address failed`. A bus left without any window counts as one without limits.",
  source: "Linux 6.12 drivers/of/address.c of_dma_get_range()",
  wrong: {
    dts: `axi {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x0 0 0x40000000 0 0x20000000>;
	${bus("dma-ranges = <0x0 0x0 0x80000000 0x40000000>;")}
};`,
  },
  right: {
    dts: `axi {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x0 0 0x40000000 0 0x40000000>;
	${bus("dma-ranges = <0x0 0x0 0x0 0x40000000>;")}
};`,
  },
  check: ({ tree }) =>
    windowed(tree).flatMap((node): Flaw[] => {
      const windows = busRangesOf(node, "dma-ranges");
      if (windows === null || windows === "identity" || node.parent === null) return [];
      const lost = windows.filter(
        ({ parent }) => translateAddress(node, parent, "dma-ranges", (of) => dmaParentOf(tree, of)) === null,
      );
      const first = lost[0];
      if (first === undefined) return [];
      return [
        {
          severity: lost.length === windows.length ? "error" : "warning",
          text: `${lost.length} of ${windows.length} windows of ${node.name} lead nowhere: no window of the buses above holds ${formatHex(first.parent)}.`,
          where: { node: node.path, property: "dma-ranges" },
          numbers: { windows: windows.length, lost: lost.length, address: first.parent },
          proposals: [],
        },
      ];
    }),
};

const UNREAD: Rule = {
  id: "dma-ranges-not-found",
  severity: "warning",
  title: "a bus between devices and bus windows has no dma-ranges",
  help: "To find the windows of a device the kernel goes up from its bus. Only the first bus looked at may lack dma-ranges: the next one without it ends the search, and the windows above are never read. The device then counts as one without limits, and gets addresses it cannot emit. An empty `dma-ranges;` lets the search go on.",
  source: "Linux 6.12 drivers/of/address.c of_dma_get_range()",
  wrong: {
    dts: `axi {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x0 0 0x40000000 0 0x20000000>;
	fabric {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		${bus("")}
	};
};`,
  },
  right: {
    dts: `axi {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x0 0 0x40000000 0 0x20000000>;
	fabric {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		dma-ranges;
		${bus("")}
	};
};`,
  },
  check: ({ tree, machine }) => {
    const ends = new Map<TreeNode, { readonly above: TreeNode; readonly devices: { readonly name: string }[] }>();
    for (const device of machine.devices) {
      if (!device.enabled || device.bus !== null || !("path" in device.dmaDevice) || !isDriven(machine, device))
        continue;
      const node = tree.nodeAt(device.dmaDevice.path);
      const end = node === undefined ? null : endOfSearch(tree, node);
      if (end === null) continue;
      const known = ends.get(end.at);
      if (known === undefined) ends.set(end.at, { above: end.above, devices: [device] });
      else known.devices.push(device);
    }
    return [...ends].flatMap(([at, { above, devices }]): Flaw[] => {
      const { harm, bytes } = harmOf(tree, above, toRangeSet(machine.banks));
      if (harm === "none") return [];
      const what = harm === "wrong" ? "emit addresses the bus does not translate" : "are given RAM out of the windows";
      return [
        {
          severity: harm === "wrong" ? "warning" : "note",
          text: `The windows of ${above.name} do not count for ${namesOf(devices)}: the search ends at ${at.name}, which has no dma-ranges, and they ${what} (${formatSize(bytes)}).`,
          where: { node: at.path, property: "dma-ranges" },
          numbers: { devices: devices.length, bytes },
          proposals: [
            {
              kind: "device-tree",
              text: `let the search go on: an empty dma-ranges in ${at.path}`,
              edits: [{ node: at.path, property: "dma-ranges", value: new Uint8Array() }],
            },
          ],
        },
      ];
    });
  },
};

/** What it costs not to know a bus's windows: RAM that another bus address stands for, or only RAM that no window holds. */
function harmOf(
  tree: DeviceTree,
  bus: TreeNode,
  ram: RangeSet,
): { readonly harm: "none" | "wrong" | "outside"; readonly bytes: number } {
  const written = busRangesOf(bus, "dma-ranges");
  const windows = written === null || written === "identity" ? [] : written;
  const moved: Range[] = [];
  const held: Range[] = [];
  for (const { child, parent, size } of windows) {
    const cpu = translateAddress(bus, parent, "dma-ranges", (of) => dmaParentOf(tree, of));
    if (cpu === null) continue;
    held.push({ base: cpu, size });
    if (cpu !== child) moved.push({ base: cpu, size });
  }
  const wrong = totalSize(intersectRanges(ram, toRangeSet(moved)));
  if (wrong > 0) return { harm: "wrong", bytes: wrong };
  const outside = totalSize(subtractRanges(ram, toRangeSet(held)));
  return { harm: outside > 0 ? "outside" : "none", bytes: outside };
}

/** Where the search for a device's windows ends for want of the property although a bus further up has windows; null elsewhere. */
function endOfSearch(tree: DeviceTree, device: TreeNode): { readonly at: TreeNode; readonly above: TreeNode } | null {
  const chain: TreeNode[] = [];
  for (let node = dmaParentOf(tree, device); node !== null && chain.length < 64; node = dmaParentOf(tree, node))
    chain.push(node);
  const at = chain.findIndex((node, step) => step > 0 && !node.has("dma-ranges"));
  const above = chain.slice(at + 1).find((node) => (node.get("dma-ranges")?.length ?? 0) > 0);
  const end = chain[at];
  return at < 0 || end === undefined || above === undefined ? null : { at: end, above };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Rules about how bus windows are written. */
export const DMA_WINDOWS: readonly Rule[] = [LENGTH, EMPTY_WINDOW, OVERLAP, UNTRANSLATABLE, UNREAD];
