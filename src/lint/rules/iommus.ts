/** Devices that should be behind an IOMMU, and are not. */
import { stringBytes } from "../../devicetree/build.js";
import type { DeviceTree, TreeNode } from "../../devicetree/tree.js";
import { cellsOf, u32Property } from "../../devicetree/values.js";
import { IOMMU_OPTIONS, iommuDriverOf } from "../../machine/iommu-drivers.js";
import type { Device, Iommu } from "../../machine/machine.js";
import { formatHex } from "../../units/quantity.js";
import { atWork } from "../at-work.js";
import type { Board } from "../board.js";
import { enabledNodes, isEnabled } from "../enabled.js";
import type { Flaw, Rule } from "../rule.js";
import { contiguousUsers, isDriven, namesOf, sharesBuffers } from "../sharing.js";

const MMU = `mmu: iommu@fdea0800 { compatible = "rockchip,rk3568-iommu"; reg = <0 0xfdea0800 0 0x40>; #iommu-cells = <0>; };`;

/** A codec behind an IOMMU, with another text for its `iommus`. */
function codec(iommus: string): string {
  return `video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; iommus = <${iommus}>; };`;
}

/** What makes an entry of `iommus` unreadable. */
interface Fault {
  /** Position of the entry, from 1. */
  readonly entry: number;
  readonly phandle: number;
  /** The node the entry names; null when there is none. */
  readonly target: TreeNode | null;
  /** Its `#iommu-cells`; null without. */
  readonly stated: number | null;
  /** Cells that follow the reference. */
  readonly left: number;
}

/** The entry at which the kernel stops reading; null when all can be read. */
function faultOf(tree: DeviceTree, node: TreeNode): Fault | null {
  const cells = cellsOf(node.get("iommus") ?? new Uint8Array());
  let entry = 1;
  for (let at = 0; at < cells.length; entry++) {
    const phandle = cells[at] as number;
    const target = tree.nodeByPhandle(phandle) ?? null;
    const stated = target === null ? null : (u32Property(target, "#iommu-cells") ?? null);
    const left = cells.length - at - 1;
    if (phandle !== 0 && (stated === null || stated > left)) return { entry, phandle, target, stated, left };
    at += 1 + (phandle === 0 ? 0 : (stated ?? 0));
  }
  return null;
}

/** Faults of enabled nodes. */
function faults({ tree }: { readonly tree: DeviceTree }): readonly (Fault & { readonly node: TreeNode })[] {
  return enabledNodes(tree)
    .filter((node) => node.has("iommus"))
    .flatMap((node) => {
      const fault = faultOf(tree, node);
      return fault === null ? [] : [{ ...fault, node }];
    });
}

function lost(entry: number): string {
  return entry === 1 ? "the device gets no IOMMU" : "this entry and all behind it are dropped";
}

const NO_NODE: Rule = {
  id: "iommus-names-no-node",
  severity: "error",
  title: "an iommus property names a node that is not there",
  help: "The kernel stops reading iommus at the first reference it cannot follow, and says so only in a line of its log. The device then emits bus addresses and needs contiguous memory in its reach. Most often the IOMMU's node was deleted, or the entry before has more cells than its IOMMU reads, so that one of them is taken for a reference.",
  source: "Linux 6.12 drivers/iommu/of_iommu.c of_iommu_configure_dev(), drivers/of/base.c of_phandle_iterator_next()",
  wrong: { dts: `${MMU}\n${codec("&mmu 7")}` },
  right: { dts: `${MMU}\n${codec("&mmu")}` },
  check: (board) =>
    faults(board)
      .filter(({ target }) => target === null)
      .map(({ node, entry, phandle }) => ({
        severity: "error",
        text: `Entry ${entry} of iommus of ${node.name} is phandle ${formatHex(phandle)}, which no node has: ${lost(entry)}.`,
        where: { node: node.path, property: "iommus" },
        numbers: { entry, phandle },
        proposals: [],
      })),
};

const CELLS: Rule = {
  id: "iommus-cells",
  severity: "error",
  title: "an iommus property has too few cells for the IOMMU it names",
  help: "How many cells follow the reference is said by #iommu-cells of the IOMMU: a stream id, a port, nothing at all. With too few of them, or where the node named is no IOMMU, the kernel drops the entry, and the device goes without.",
  source: "Linux 6.12 drivers/of/base.c of_phandle_iterator_next(); devicetree/bindings/iommu/iommu.txt",
  wrong: {
    dts: `mmu: iommu@15000000 { compatible = "arm,mmu-500"; reg = <0 0x15000000 0 0x100000>; #iommu-cells = <1>; };\n${codec("&mmu")}`,
  },
  right: {
    dts: `mmu: iommu@15000000 { compatible = "arm,mmu-500"; reg = <0 0x15000000 0 0x100000>; #iommu-cells = <1>; };\n${codec("&mmu 0x2c0")}`,
  },
  check: (board) =>
    faults(board).flatMap(({ node, target, entry, stated, left }): Flaw[] => {
      if (target === null) return [];
      const what =
        stated === null ? "which has no #iommu-cells" : `whose #iommu-cells is ${stated}, with ${left} cells behind it`;
      return [
        {
          severity: "error",
          text: `Entry ${entry} of iommus of ${node.name} names ${target.name}, ${what}: ${lost(entry)}.`,
          where: { node: node.path, property: "iommus" },
          numbers: { entry, stated, left },
          proposals: [],
        },
      ];
    }),
};

/** Devices that hang on an IOMMU by a node that is enabled as they are, and those of them that lose something worth a warning. */
function clientsOf(
  board: Board,
  iommu: Iommu,
): { readonly clients: readonly Device[]; readonly losers: readonly Device[] } {
  const { machine, tree } = board;
  const isHeld = ({ iommu: attachment }: Device): boolean => {
    const holder = tree.nodeAt(attachment?.source.replace(/:[^:]*$/, "") ?? "");
    return holder !== undefined && isEnabled(holder);
  };
  const clients = atWork(
    board,
    machine.devices.filter(
      (device) => device.enabled && device.iommu?.path === iommu.path && isHeld(device) && isDriven(machine, device),
    ),
  );
  return { clients, losers: clients.filter((device) => sharesBuffers(device) && device.translation === "none") };
}

const DISABLED: Rule = {
  id: "iommu-disabled",
  severity: "warning",
  title: "an IOMMU is disabled while enabled devices name it",
  help: "A device whose IOMMU is disabled is not refused: it goes on with bus addresses. Its buffers must then be contiguous and in its reach, so that they come from a CMA area and no longer from any page. Enable the IOMMU with the devices that name it.",
  source: "Linux 6.12 drivers/iommu/of_iommu.c of_iommu_xlate()",
  wrong: { dts: `${MMU.replace("#iommu-cells", 'status = "disabled"; #iommu-cells')}\n${codec("&mmu")}` },
  right: { dts: `${MMU}\n${codec("&mmu")}` },
  check: (board) =>
    board.machine.iommus.flatMap((iommu): Flaw[] => {
      if (iommu.enabled) return [];
      const { clients, losers } = clientsOf(board, iommu);
      if (clients.length === 0) return [];
      const losing = losers.filter((device) => device.translationIfEnabled !== "none");
      return [
        {
          severity: losing.length > 0 ? "warning" : "note",
          text: `${nameOf(iommu)} is disabled, and ${namesOf(losing.length > 0 ? losing : clients)} would be behind it: they use bus addresses${losing.length > 0 ? " and need contiguous buffers" : ""}.`,
          where: { node: iommu.path, property: "status" },
          numbers: { devices: clients.length, needContiguous: losing.length },
          proposals: [
            {
              kind: "device-tree",
              text: `enable ${iommu.path}`,
              edits: [{ node: iommu.path, property: "status", value: stringBytes("okay") }],
            },
          ],
        },
      ];
    }),
};

const NO_DRIVER: Rule = {
  id: "iommu-no-driver",
  severity: "warning",
  title: "this kernel has no driver for an IOMMU that devices name",
  help: "The kernel waits some time for a driver of the IOMMU, then the devices go on without: where they have drivers, these use bus addresses and need contiguous buffers in their reach. Build the driver of the IOMMU in. A driver that is no part of Linux 6.12 is not known here.",
  source: "Linux 6.12 drivers/iommu/iommu.c iommu_fwspec_init(), drivers/base/dd.c driver_deferred_probe_check_state()",
  wrong: { dts: `${MMU}\n${codec("&mmu")}`, config: "# CONFIG_ROCKCHIP_IOMMU is not set" },
  right: { dts: `${MMU}\n${codec("&mmu")}`, config: "CONFIG_ROCKCHIP_IOMMU=y" },
  check: (board) =>
    board.machine.iommus.flatMap((iommu): Flaw[] => {
      if (!iommu.enabled || iommu.driver !== null) return [];
      const { clients, losers } = clientsOf(board, iommu);
      if (clients.length === 0) return [];
      // What its driver leaves alone loses nothing without it.
      if (clients.every((device) => device.iommu?.state === "identity")) return [];
      const { machine } = board;
      const known = iommuDriverOf(iommu.compatible, machine.arch, machine.profile.pageSize);
      const option = [...IOMMU_OPTIONS].find(([, module]) => module === known?.module)?.[0] ?? null;
      const why =
        option === null ? "has no driver in Linux 6.12 that is known here" : `has no driver in this kernel (${option})`;
      return [
        {
          severity: option !== null && losers.length > 0 ? "warning" : "note",
          text: `${nameOf(iommu)} ${why}: whoever drives ${namesOf(clients)} works with bus addresses.`,
          where: { node: iommu.path, property: "compatible" },
          numbers: { devices: clients.length, needContiguous: losers.length, option },
          proposals:
            option === null
              ? []
              : [{ kind: "kernel-option", text: `build the driver of the IOMMU: ${option}`, config: `${option}=y\n` }],
        },
      ];
    }),
};

const PASS_THROUGH: Rule = {
  id: "iommu-passes-through",
  severity: "warning",
  title: "pass-through for all IOMMUs while devices need them to translate",
  help: "With iommu.passthrough=1, or CONFIG_IOMMU_DEFAULT_PASSTHROUGH, the IOMMU is there and changes nothing: each buffer of a device that takes one range has to be contiguous in RAM, and comes from a CMA area. The option saves time for network cards; cameras, codecs and displays pay for it.",
  source: "Linux 6.12 drivers/iommu/iommu.c iommu_set_def_domain_type(), iommu_subsys_init()",
  wrong: { dts: `${MMU}\n${codec("&mmu")}`, cmdline: "iommu.passthrough=1" },
  right: { dts: `${MMU}\n${codec("&mmu")}`, cmdline: "iommu.passthrough=0" },
  check: (board) => {
    const losers = atWork(
      board,
      contiguousUsers(board.machine).filter((device) =>
        ["cmdline", "config"].includes(device.provenance["translation"]?.kind ?? ""),
      ),
    );
    if (losers.length === 0) return [];
    const said = losers[0]?.provenance["translation"]?.source ?? "the configuration";
    return [
      {
        severity: "warning",
        text: `${said} lets IOMMUs pass through: buffers of ${namesOf(losers)} have to be contiguous, where scattered pages would do.`,
        where: { node: null, property: null },
        numbers: { devices: losers.length },
        proposals: [
          {
            kind: "command-line",
            text: "let IOMMUs translate: iommu.passthrough=0",
            commandLine: "iommu.passthrough=0",
          },
          {
            kind: "kernel-option",
            text: "build a kernel whose IOMMUs translate",
            config: "CONFIG_IOMMU_DEFAULT_DMA_LAZY=y\n# CONFIG_IOMMU_DEFAULT_PASSTHROUGH is not set\n",
          },
        ],
      },
    ];
  },
};

/** Name of the IOMMU's node. */
function nameOf({ path }: Iommu): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Rules about IOMMUs that do not translate for the devices behind them. */
export const IOMMUS: readonly Rule[] = [NO_NODE, CELLS, DISABLED, NO_DRIVER, PASS_THROUGH];
