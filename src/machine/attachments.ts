import { commonBits } from "../boot/mask.js";
import { type IdMap, idMapOf, phandleList } from "../devicetree/meaning/phandles.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { u32Property } from "../devicetree/values.js";
import { MAX_EXACT } from "../units/quantity.js";
import { type IommuDriver, iommuDriverOf, QCOM_IDENTITY_CLIENTS, servesClient } from "./iommu-drivers.js";
import type { Iommu, IommuAttachment, Provenance, StreamMatch } from "./machine.js";
import type { Arch, KernelProfile } from "./profile.js";
import type { TreeScan } from "./tree-scan.js";

/** An IOMMU with the driver that serves it. */
interface Provider {
  readonly node: TreeNode;
  readonly iommu: Iommu;
  readonly driver: IommuDriver | null;
}

/** What of a device decides whether its IOMMU translates for it. */
interface ClientDevice {
  readonly compatible: readonly string[];
  /** Of its node; null for a device behind a PCI host bridge. */
  readonly name: string | null;
}

/** An entry of a device's references, its first cell with it. */
interface Client {
  readonly provider: Provider;
  readonly streamId: number | null;
  /** Bits of the id that may be anything. */
  readonly streamMask: number;
}

/** How a running kernel has a device behind its IOMMU, and the file that says so. */
export interface SeenAttachment {
  /** `no-driver`: a driver of its own serves the device, and no IOMMU does. */
  readonly state: "translate" | "identity" | "no-driver";
  readonly source: string;
}

/** First bus behind a root port: the id a device gets where the tree does not number buses. */
const FIRST_BUS = 0x100;

/**
 * The IOMMUs of a tree and how devices hang on them.
 *
 * @see Linux 6.12 `drivers/iommu/of_iommu.c` `of_iommu_configure()`, `drivers/iommu/iommu.c` `iommu_get_default_domain_type()`
 */
export class Attachments {
  readonly #tree: DeviceTree;
  readonly #scan: TreeScan;
  readonly #arch: Arch;
  readonly #profile: KernelProfile;
  readonly #passthrough: Provenance | null;
  readonly #seen: ReadonlyMap<string, SeenAttachment>;
  readonly #passedThrough = new WeakSet<IommuAttachment>();
  readonly #confirmed = new WeakMap<IommuAttachment, SeenAttachment>();
  readonly #providers = new Map<TreeNode, Provider>();
  readonly #maps = new Map<TreeNode, IdMap | null>();

  /**
   * @param passthrough - where it is said that default domains pass through: on the command line or in the configuration; null when they translate
   * @param seen - by path of the node, what a kernel that runs has made of it: counts before what the tree lets expect
   */
  constructor(
    tree: DeviceTree,
    scan: TreeScan,
    arch: Arch,
    profile: KernelProfile,
    passthrough: Provenance | null,
    seen: ReadonlyMap<string, SeenAttachment> = new Map(),
  ) {
    this.#seen = seen;
    this.#tree = tree;
    this.#scan = scan;
    this.#arch = arch;
    this.#profile = profile;
    this.#passthrough = passthrough;
    for (const { node } of scan.infos) if (node.has("#iommu-cells")) this.#provider(node);
  }

  /** Every IOMMU of the tree, sorted by path. */
  get iommus(): readonly Iommu[] {
    return [...this.#providers.values()].map(({ iommu }) => iommu).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The driver behind an attachment; null when it translates through none. */
  driverOf(attachment: IommuAttachment | null): IommuDriver | null {
    if (attachment?.path == null) return null;
    const node = this.#tree.nodeAt(attachment.path);
    return node === undefined ? null : (this.#providers.get(node)?.driver ?? null);
  }

  /** What makes an attachment, its providers enabled, pass through that would translate otherwise; null when nothing does. */
  passThroughOf(attachment: IommuAttachment | null): Provenance | null {
    return attachment !== null && this.#passedThrough.has(attachment) ? this.#passthrough : null;
  }

  /** Where the state of an attachment is written. */
  provenanceOf(attachment: IommuAttachment): Provenance {
    const seen = this.#confirmed.get(attachment);
    return seen === undefined ? { kind: "tree", source: attachment.source } : { kind: "live", source: seen.source };
  }

  /** How a platform device hangs on the IOMMUs of its `iommus`; null without the property. */
  ofDevice(node: TreeNode): IommuAttachment | null {
    if (!node.has("iommus")) return null;
    const source = `${node.path}:iommus`;
    const clients: Client[] = [];
    for (const entry of phandleList(this.#tree, node, "iommus", "#iommu-cells")) {
      if (entry.node === null) break;
      const provider = this.#provider(entry.node);
      clients.push({ provider, streamId: entry.args[0] ?? null, streamMask: streamMaskOf(provider, entry.args[1]) });
    }
    return this.#asSeen(node, this.#attach(clients, { compatible: compatiblesOf(node), name: node.name }, source));
  }

  /**
   * How a device on a PCI bus hangs on what the host bridge's `iommu-map` names; null when the map has nothing for it.
   *
   * @param device - its node; null for any device behind the bridge
   * @param id - bus, device and function as one number; null where the tree does not number it
   */
  ofPci(host: TreeNode, device: TreeNode | null, id: number | null): IommuAttachment | null {
    let map = this.#maps.get(host);
    if (map === undefined) {
      map = idMapOf(this.#tree, host, "iommu-map");
      this.#maps.set(host, map);
    }
    if (map === null) return null;
    const source = `${host.path}:iommu-map`;
    if (map.malformed) return { path: null, state: "malformed", stateIfEnabled: "malformed", source };
    const masked = commonBits(id ?? FIRST_BUS, map.mask);
    const entry =
      map.entries.find(({ inputBase, length }) => masked >= inputBase && masked < inputBase + length) ??
      (id === null ? map.entries[0] : undefined);
    if (entry === undefined || entry.node === null) return null;
    const streamId = id === null ? null : entry.outputBase + masked - entry.inputBase;
    const attachment = this.#attach(
      [{ provider: this.#provider(entry.node), streamId, streamMask: 0 }],
      { compatible: [], name: null },
      source,
    );
    return device === null ? attachment : this.#asSeen(device, attachment);
  }

  /** The attachment as the running kernel has it. Why no IOMMU serves a device, the tree may know better. */
  #asSeen(node: TreeNode, expected: IommuAttachment): IommuAttachment {
    const seen = this.#seen.get(node.path);
    if (seen === undefined) return expected;
    const { state } = seen;
    const isServed = expected.state === "translate" || expected.state === "identity";
    if (state === "no-driver" && !isServed) return expected;
    const attachment: IommuAttachment = { ...expected, state, stateIfEnabled: state };
    this.#confirmed.set(attachment, seen);
    if (state === "identity" && this.#passedThrough.has(expected)) this.#passedThrough.add(attachment);
    return attachment;
  }

  #attach(clients: readonly Client[], device: ClientDevice, source: string): IommuAttachment {
    const first = clients[0];
    if (first === undefined) return { path: null, state: "malformed", stateIfEnabled: "malformed", source };
    const providers = clients.map(({ provider }) => provider);
    const translated = this.#stateOf(providers, device);
    const isPassedThrough = translated === "translate" && this.#passthrough !== null && mayPassThrough(providers);
    const enabled = isPassedThrough ? "identity" : translated;
    // One disabled provider among several discards the good ones too.
    const down = clients.find(({ provider }) => !provider.iommu.enabled);
    const { provider, streamId } = down ?? first;
    const attachment: IommuAttachment = {
      path: provider.iommu.path,
      streamId,
      ...streamsOf(clients.filter((client) => client.provider === provider)),
      state: down === undefined ? enabled : "disabled",
      stateIfEnabled: enabled,
      source,
    };
    if (isPassedThrough) this.#passedThrough.add(attachment);
    return attachment;
  }

  /** The state with enabled providers, on a kernel whose default domains translate. */
  #stateOf(providers: readonly Provider[], { compatible, name }: ClientDevice): IommuAttachment["stateIfEnabled"] {
    const drivers = new Set<string>();
    for (const { driver, iommu } of providers) {
      if (driver !== null && !servesClient(driver.module, this.#arch, iommu.compatible, name)) return "identity";
      if (driver === null || this.#profile.missingIommuDrivers.includes(driver.module)) return "no-driver";
      drivers.add(driver.module);
    }
    if (drivers.size > 1) return "malformed";
    const [{ driver, iommu }] = providers as [Provider & { driver: IommuDriver }];
    // Without CONFIG_IOMMU_DMA, which riscv lacks, default domains pass through.
    if (driver.alwaysIdentity || this.#arch === "riscv") return "identity";
    const isQcom = driver.module === "arm_smmu" && iommu.compatible.some((each) => each.startsWith("qcom,"));
    if (isQcom && compatible.some((each) => QCOM_IDENTITY_CLIENTS.has(each))) return "identity";
    return "translate";
  }

  #provider(node: TreeNode): Provider {
    const known = this.#providers.get(node);
    if (known !== undefined) return known;
    const compatible = compatiblesOf(node);
    const driver = iommuDriverOf(compatible, this.#arch, this.#profile.pageSize);
    const built = driver !== null && !this.#profile.missingIommuDrivers.includes(driver.module);
    const provenance: Provenance =
      driver === null ? { kind: "unknown", source: null } : { kind: "fact", source: driver.source };
    const provider: Provider = {
      node,
      driver,
      iommu: {
        path: node.path,
        compatible,
        enabled: this.#scan.isEnabled(node),
        driver: built ? driver.module : null,
        pageSizes: driver?.pageSizes ?? [],
        aperture: { base: 0, end: Math.min(driver?.apertureEnd ?? 0, MAX_EXACT) },
        outputBits: driver?.outputBits ?? 0,
        grouping: driver?.grouping ?? "device",
        provenance: { pageSizes: provenance, aperture: provenance, outputBits: provenance },
      },
    };
    this.#providers.set(node, provider);
    return provider;
  }
}

/** False where the driver has no pass-through domain to give. */
function mayPassThrough(providers: readonly Provider[]): boolean {
  return providers[0]?.driver?.passesThrough === true;
}

/** Bits of a stream id that an `iommus` entry leaves open: its second cell, or what the IOMMU states for all its clients. */
function streamMaskOf({ node, driver }: Provider, cell: number | undefined): number {
  return driver?.module === "arm_smmu" ? (cell ?? u32Property(node, "stream-match-mask") ?? 0) : 0;
}

/** All ids of a device, where the first alone does not say them. */
function streamsOf(clients: readonly Client[]): Pick<IommuAttachment, "streams"> {
  const streams = clients.flatMap(({ streamId, streamMask }): StreamMatch[] =>
    streamId === null ? [] : [{ id: streamId, mask: streamMask }],
  );
  return streams.length > 1 || streams.some(({ mask }) => mask !== 0) ? { streams } : {};
}
