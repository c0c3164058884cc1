/** Pools that a device is bound to and its driver never asks for. */
import { stringBytes } from "../../devicetree/build.js";
import type { TreeNode } from "../../devicetree/tree.js";
import { neverReadsRegions } from "../../facts/region-readers.js";
import type { Device, ReservedRegion } from "../../machine/machine.js";
import { formatSize } from "../../units/quantity.js";
import type { Board } from "../board.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { contiguousUsers, isDriven, namesOf } from "../sharing.js";
import { type RegionReference, regionReferences } from "./region-users.js";
import { reservedMemory } from "./reserved-example.js";
import { withoutProperties } from "./reserved-nodes.js";

const NOTHING = new Uint8Array(0);

/** A decoder without an IOMMU, with a pool that it is bound to. */
function decoderWithPool(isDefault: boolean): string {
  return `${reservedMemory(`pool: decoder-pool { compatible = "shared-dma-pool"; reusable; size = <0 0x4000000>; ${isDefault ? "linux,cma-default; " : ""}};`)}
video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; memory-region = <&pool>; };`;
}

/** A node, the pools it is bound to and nobody uses on its behalf, and the first device it stands for. */
interface Ignored {
  readonly user: TreeNode;
  readonly pools: readonly [ReservedRegion, ...ReservedRegion[]];
  readonly device: Device;
}

/** Enabled nodes with pools, where every driver whose DMA device the node is is known to leave `memory-region` alone. */
function ignoredPools(board: Board): readonly Ignored[] {
  const { machine, tree } = board;
  const users = new Set(regionReferences(tree).map(({ user }) => user));
  return [...users].flatMap((user): Ignored[] => {
    const owners = machine.devices.filter(
      (device) => device.enabled && isOwner(device, user.path) && isDriven(machine, device),
    );
    const [device] = owners;
    const [first, ...others] = poolsOf(board, user);
    if (device === undefined || first === undefined || !owners.every((owner) => ignores(board, owner))) return [];
    return [{ user, pools: [first, ...others], device }];
  });
}

/** Pools a node is bound to, each once. The default area serves the device all the same, and `iommu-addresses` are read for every device behind an IOMMU. */
function poolsOf({ machine, tree }: Board, user: TreeNode): readonly ReservedRegion[] {
  const targets = regionReferences(tree)
    .filter((reference) => reference.user === user)
    .flatMap(({ target }) => (target === null || target.has("iommu-addresses") ? [] : [target.path]));
  const isPool = ({ kind, status }: ReservedRegion): boolean =>
    status === "placed" && (kind === "cma" || kind === "coherent-pool");
  return machine.regions.filter((region) => targets.includes(region.node) && isPool(region) && !region.isDefaultCma);
}

function isOwner({ path, dmaDevice }: Device, node: string): boolean {
  return path === node || ("path" in dmaDevice && dmaDevice.path === node);
}

/** True for a device none of whose possible drivers looks at its regions. */
function ignores({ options }: Board, device: Device): boolean {
  if (device.memoryRegionUse === "none") return true;
  if (device.memoryRegionUse !== "unknown" || device.driver === null) return false;
  const rivals = device.compatible.flatMap((compatible) => options.facts.byName(compatible).facts);
  return [device.driver, ...rivals.map(({ driver }) => driver)].every(neverReadsRegions);
}

/** True for a device whose driver asks for pools only where no IOMMU serves it, and this kernel has one that does, whether it translates or not. */
function asksAlone({ options }: Board, device: Device): boolean {
  return options.facts.byCompatible(device.compatible)?.memoryRegionWhen === "no-iommu";
}

/** Enabled nodes bound to a pool, apart from one. */
function otherUsers({ tree }: Board, { node }: ReservedRegion, user: TreeNode): readonly TreeNode[] {
  return regionReferences(tree)
    .filter((reference) => reference.target?.path === node && reference.user !== user)
    .map((reference) => reference.user);
}

const IGNORED: Rule = {
  id: "pool-ignored-by-driver",
  severity: "warning",
  title: "a device is bound to a pool that its driver never asks for",
  help: "memory-region has an effect only where the driver asks for it with of_reserved_mem_device_init(); the kernel does nothing by itself. Most drivers for displays, cameras and codecs do not ask. Their buffers then come from the default CMA area, and the pool is memory that nobody uses. Make the pool the default area, or give its memory back. A driver of another kernel may differ.",
  source: "Linux 6.12 drivers/of/of_reserved_mem.c of_reserved_mem_device_init_by_idx()",
  wrong: { dts: decoderWithPool(false) },
  right: { dts: decoderWithPool(true) },
  check: (board) =>
    ignoredPools(board).map((ignored): Flaw => {
      const { user, pools, device } = ignored;
      const unused = pools.filter((pool) => otherUsers(board, pool, user).length === 0);
      const size = unused.reduce((sum, pool) => sum + pool.size, 0);
      const isMapped =
        device.translation === "iommu" || device.translation === "driver-domain" || asksAlone(board, device);
      const driver = device.driver?.module ?? null;
      const why = isMapped
        ? `${driver ?? "its driver"} uses no pool where there is an IOMMU`
        : `${driver ?? "its driver"} never asks for one`;
      const so = unused.length === 0 ? "" : `: ${formatSize(size)} serve nobody`;
      return {
        severity: isMapped ? "note" : "warning",
        text: `${user.name} is bound to the ${pools.length === 1 ? "pool" : "pools"} ${namesOf(pools)}, and in Linux 6.12 ${why}${so}.`,
        where: { node: user.path, property: "memory-region" },
        numbers: { pools: pools.length, unused: size, driver },
        proposals: [
          ...(unused.length === 1 && pools.length === 1 && !isMapped ? asDefaultArea(board, pools[0], device) : []),
          ...withoutPools(board, ignored, unused),
        ],
      };
    }),
};

/** The pool as the default area, where no other node of the tree is it and the device would allocate from it. */
function asDefaultArea(
  { tree, machine }: Board,
  { name, node: path }: ReservedRegion,
  device: Device,
): readonly Proposal[] {
  const node = tree.nodeAt(path);
  if (node === undefined || !machine.profile.cma || machine.defaultCma?.source === "tree") return [];
  if (!contiguousUsers(machine).some((user) => user.path === device.path)) return [];
  return [
    {
      kind: "device-tree",
      text: `make ${name} the default CMA area, from which the device allocates`,
      edits: [
        ...withoutProperties(node, "no-map"),
        ...(node.has("reusable") ? [] : [{ node: path, property: "reusable", value: NOTHING }]),
        { node: path, property: "linux,cma-default", value: NOTHING },
      ],
    },
  ];
}

/** The references taken away, where the node has no others, and with them the pools that nobody else is bound to. */
function withoutPools(
  { tree }: Board,
  { user, pools }: Ignored,
  unused: readonly ReservedRegion[],
): readonly Proposal[] {
  const isIgnored = ({ target }: RegionReference): boolean => pools.some(({ node }) => node === target?.path);
  if (!regionReferences(tree).every((reference) => reference.user !== user || isIgnored(reference))) return [];
  const text =
    unused.length === 0
      ? `take memory-region of ${user.name} away`
      : `take memory-region of ${user.name} away and give the memory of ${namesOf(unused)} back`;
  const off = unused.map(({ node }) => ({ node, property: "status", value: stringBytes("disabled") }));
  return [
    { kind: "device-tree", text, edits: [...withoutProperties(user, "memory-region", "memory-region-names"), ...off] },
  ];
}

/** Rules about pools that nobody asks for. */
export const UNUSED_POOLS: readonly Rule[] = [IGNORED];
