/** Devices that refer to regions which are not there for them. */
import { stringBytes } from "../../devicetree/build.js";
import { phandleList } from "../../devicetree/meaning/phandles.js";
import { isAvailable } from "../../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../../devicetree/tree.js";
import type { Machine } from "../../machine/machine.js";
import { enabledNodes } from "../enabled.js";
import type { Flaw, Rule } from "../rule.js";
import { isDriven } from "../sharing.js";
import { reservedMemory } from "./reserved-example.js";
import { regionAt } from "./reserved-nodes.js";

/** A node and one entry of its `memory-region`. */
export interface RegionReference {
  readonly user: TreeNode;
  readonly index: number;
  readonly phandle: number;
  /** Null when no node has the phandle. */
  readonly target: TreeNode | null;
}

/** Every `memory-region` of nodes that are switched on. */
export function regionReferences(tree: DeviceTree): readonly RegionReference[] {
  return enabledNodes(tree)
    .filter((node) => node.has("memory-region"))
    .flatMap((user) =>
      phandleList(tree, user, "memory-region", null)
        .map(({ node, phandle }, index) => ({ user, index, phandle, target: node }))
        .filter(({ phandle }) => phandle !== 0),
    );
}

/** False for a node that drivers are known for and this kernel has none of them: what its regions are does nothing. */
function mayUseRegions(machine: Machine, { path }: TreeNode): boolean {
  const owners = machine.devices.filter((device) => device.path === path);
  return owners.length === 0 || owners.some((device) => isDriven(machine, device));
}

/** True for a region that a node refers to which is switched on. */
export function isReferredTo(tree: DeviceTree, path: string): boolean {
  return regionReferences(tree).some(({ target }) => target?.path === path);
}

const DANGLING: Rule = {
  id: "memory-region-dangling",
  severity: "error",
  title: "memory-region leads to no node",
  help: "memory-region is a list of phandles of regions. One that no node has is left over from a node that was deleted or from an overlay that was not applied, or it is a number that was meant as an address. The driver gets no region: it fails to probe, or takes memory elsewhere.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c of_reserved_mem_device_init_by_idx()",
  wrong: { dts: 'dsp { compatible = "vendor,dsp"; memory-region = <0x1234>; };' },
  right: {
    dts: `${reservedMemory('pool: dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>; };')}
dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };`,
  },
  check: ({ tree }) =>
    regionReferences(tree)
      .filter(({ target }) => target === null)
      .map(
        ({ user, index, phandle }): Flaw => ({
          severity: "error",
          text: `Entry ${index} of memory-region of ${user.name} is the phandle ${phandle}, which no node has.`,
          where: { node: user.path, property: "memory-region" },
          numbers: { index, phandle },
          proposals: [],
        }),
      ),
};

const DISABLED: Rule = {
  id: "memory-region-disabled",
  severity: "warning",
  title: "memory-region leads to a node that is switched off",
  help: "The kernel passes over a region whose status is anything but okay: it reserves nothing, and a device that refers to it finds no region. Depending on the driver it fails to probe or works on memory that firmware uses too.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c of_reserved_mem_device_init_by_idx()",
  wrong: {
    dts: `${reservedMemory('pool: dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>; status = "disabled"; };')}
dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };`,
  },
  right: {
    dts: `${reservedMemory('pool: dsp@50000000 { compatible = "shared-dma-pool"; no-map; reg = <0 0x50000000 0 0x400000>; };')}
dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };`,
  },
  check: ({ tree, machine }) =>
    regionReferences(tree).flatMap(({ user, target }): Flaw[] =>
      target === null || isAvailable(target) || !mayUseRegions(machine, user)
        ? []
        : [
            {
              severity: "warning",
              text: `${user.name} refers to ${target.name} by memory-region, and that node is switched off.`,
              where: { node: user.path, property: "memory-region" },
              numbers: { region: target.path },
              proposals: [
                {
                  kind: "device-tree",
                  text: `switch ${target.name} on`,
                  edits: [{ node: target.path, property: "status", value: stringBytes("okay") }],
                },
              ],
            },
          ],
    ),
};

const FAILED: Rule = {
  id: "memory-region-failed",
  severity: "warning",
  title: "memory-region leads to a region the kernel gives up",
  help: "A device is bound to a region that does not exist after boot: there was no room for it, its properties are wrong, or the command line replaced it. The driver then fails, or takes memory from the default area without a word. What is wrong with the region is another finding.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c of_reserved_mem_device_init_by_idx()",
  wrong: {
    dts: `${reservedMemory('pool: dsp { compatible = "shared-dma-pool"; no-map; size = <0x400000>; };')}
dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };`,
  },
  right: {
    dts: `${reservedMemory('pool: dsp { compatible = "shared-dma-pool"; no-map; size = <0 0x400000>; alignment = <0 0x1000>; };')}
dsp { compatible = "vendor,dsp"; memory-region = <&pool>; };`,
  },
  check: (board) =>
    regionReferences(board.tree).flatMap(({ user, target }): Flaw[] => {
      const region = regionAt(board, target?.path ?? null);
      if (target === null || region === undefined || region.status !== "failed" || region.certainty !== "exact")
        return [];
      if (!mayUseRegions(board.machine, user)) return [];
      return [
        {
          severity: "warning",
          text: `${user.name} refers to ${region.name} by memory-region, and the kernel gives that region up.`,
          where: { node: user.path, property: "memory-region" },
          numbers: { region: region.node },
          proposals: [],
        },
      ];
    }),
};

/** Rules about references to regions. */
export const REGION_USERS: readonly Rule[] = [DANGLING, DISABLED, FAILED];
