/** Pools, and the devices whose `memory-region` names them. */
import { reachOf } from "../../addressing/reach.js";
import type { Device, Machine, ReservedRegion } from "../../machine/machine.js";
import { formatHex, formatSize } from "../../units/quantity.js";
import { intersectRanges, type RangeSet, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { isDriven } from "../sharing.js";
import { rangesEdit } from "./reserved-nodes.js";

/** A bus that reaches 512 MiB from 0x40000000, with a video engine that takes its buffers from a pool. */
function engineWithPool(pool: string): string {
  return `reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	video_pool: ${pool}
};
soc {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	dma-ranges = <0 0x40000000 0 0x40000000 0 0x20000000>;
	video@1e700000 { compatible = "aspeed,ast2600-video-engine"; reg = <0 0x1e700000 0 0x1000>; memory-region = <&video_pool>; };
};`;
}

interface Binding {
  readonly region: ReservedRegion;
  readonly device: Device;
}

/** Placed pools with each enabled device that is bound to them and has a driver to use them. */
function bindings(machine: Machine): readonly Binding[] {
  return machine.regions
    .filter(({ kind, status, base }) => kind !== "reserved" && status === "placed" && base !== null)
    .flatMap((region) =>
      machine.devices
        .filter(({ enabled, memoryRegions }) => enabled && memoryRegions.some(({ node }) => node === region.node))
        .filter((device) => isDriven(machine, device))
        .map((device) => ({ region, device })),
    );
}

const OUT_OF_REACH: Rule = {
  id: "pool-out-of-reach",
  severity: "error",
  title: "a device cannot reach the pool it is bound to",
  help: "memory-region says where a driver takes its buffers from; nobody checks that the device can emit those addresses. From a CMA area the allocation then fails. A pool without reusable is handed out all the same, and the device writes somewhere else. Put the pool where its devices reach.",
  source:
    "Linux 6.12 kernel/dma/coherent.c __dma_alloc_from_coherent(), kernel/dma/direct.c __dma_direct_alloc_pages()",
  wrong: {
    dts: engineWithPool(
      'video-pool { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x60000000 0 0x20000000>; };',
    ),
  },
  right: {
    dts: engineWithPool(
      'video-pool { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; alloc-ranges = <0 0x40000000 0 0x20000000>; };',
    ),
  },
  check: (board) => {
    const { machine } = board;
    return bindings(machine).flatMap(({ region, device }): Flaw[] => {
      if (device.memoryRegionUse !== "buffers" || region.base === null) return [];
      const reach = reachOf(machine, device, "coherent");
      // Memory that is no RAM, such as a display's own, is wired to its device.
      const inRam = intersectRanges(toRangeSet(machine.banks), [{ base: region.base, size: region.size }]);
      const missing = totalSize(subtractRanges(inRam, reach));
      if (missing === 0) return [];
      return [
        {
          severity: missing === region.size ? "error" : "warning",
          text: `${device.name} is bound to ${region.name} (${formatSize(region.size)} at ${formatHex(region.base)}) and reaches ${missing === region.size ? "none" : formatSize(region.size - missing)} of it.`,
          where: { node: device.path, property: "memory-region" },
          numbers: { base: region.base, size: region.size, outOfReach: missing, pool: region.node },
          proposals: intoReach(board, region, reach),
        },
      ];
    });
  },
};

/** The pool where its device reaches, if the kernel is free to choose its place. */
function intoReach(board: Board, region: ReservedRegion, reach: RangeSet): readonly Proposal[] {
  if (region.placement !== "dynamic" || reach.length === 0) return [];
  const edits = rangesEdit(board, region.node, "alloc-ranges", reach);
  return edits.length === 0
    ? []
    : [{ kind: "device-tree", text: `let ${region.name} lie only where the device reaches`, edits }];
}

/** Rules about pools that are bound to devices. */
export const BOUND_POOLS: readonly Rule[] = [OUT_OF_REACH];
