import { GIB, KIB, MAX_EXACT, MIB } from "../../units/quantity.js";
import type { SeenAttachment } from "../attachments.js";
import type { Iommu, IommuAttachment, IommuGroup, Provenance } from "../machine.js";
import type { MachineSource } from "../source.js";
import { valueOf } from "./layout.js";
import type { SysDevice } from "./sys-devices.js";

/** Physical address bits in an entry of the tables of Intel's and AMD's IOMMUs. */
const PC_OUTPUT_BITS = 52;

/**
 * What the kernel has made of the IOMMUs of the tree, by path of the device. A device without a driver has no group yet, and one whose group has no
 * domain of the kernel's own (`type` is `unknown`, `unmanaged` or `blocked`) says nothing either.
 *
 * @see Linux 6.12 `drivers/base/dd.c` `really_probe()`, `drivers/iommu/iommu.c` `iommu_group_show_type()`
 */
export function seenAttachments(devices: readonly SysDevice[]): ReadonlyMap<string, SeenAttachment> {
  const seen = new Map<string, SeenAttachment>();
  for (const { treePath, sysPath, driver, iommuGroup } of devices) {
    if (treePath === null) continue;
    const state = iommuGroup === null ? null : DOMAIN_STATES.get(iommuGroup.type ?? "");
    if (iommuGroup !== null && state != null) seen.set(treePath, { state, source: typeFile(iommuGroup) });
    else if (iommuGroup === null && driver !== null) {
      seen.set(treePath, { state: "no-driver", source: `/sys/${sysPath}: no iommu_group` });
    }
  }
  return seen;
}

/** Types of default domains, as groups state them. */
const DOMAIN_STATES: ReadonlyMap<string, "translate" | "identity"> = new Map([
  ["DMA", "translate"],
  ["DMA-FQ", "translate"],
  ["identity", "identity"],
]);

function typeFile({ id }: IommuGroup): string {
  return `/sys/kernel/iommu_groups/${id}/type`;
}

/** The IOMMUs that sysfs shows and the tree, if there is one, does not know. */
export class LiveIommus {
  readonly #source: MachineSource;
  readonly #inTree: ReadonlySet<string>;
  readonly #treePaths: ReadonlyMap<string, string>;
  readonly #found = new Map<string, Iommu>();

  /**
   * @param inTree - paths of the IOMMUs the tree has
   * @param devices - of the running system: one of them may be the node of an IOMMU
   */
  constructor(source: MachineSource, inTree: readonly Iommu[], devices: readonly SysDevice[]) {
    this.#source = source;
    this.#inTree = new Set(inTree.map(({ path }) => path));
    this.#treePaths = new Map(
      devices.flatMap(({ sysPath, treePath }) => (treePath === null ? [] : [[sysPath, treePath]])),
    );
  }

  /** Those that a device was found behind, sorted by path. */
  get found(): readonly Iommu[] {
    return [...this.#found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * How a device hangs on its IOMMU; null for one that no IOMMU serves.
   *
   * @see Linux 6.12 `drivers/iommu/iommu.c` `iommu_group_show_type()`
   */
  attachmentOf({ iommu, iommuGroup }: SysDevice): IommuAttachment | null {
    if (iommuGroup === null) return null;
    const state = DOMAIN_STATES.get(iommuGroup.type ?? "") ?? "translate";
    const path = iommu === null ? null : this.#pathOf(iommu);
    return { path, state, stateIfEnabled: state, source: typeFile(iommuGroup) };
  }

  #pathOf(sysPath: string): string {
    for (let at = sysPath; at.includes("/"); at = at.slice(0, at.lastIndexOf("/"))) {
      const treePath = this.#treePaths.get(at);
      if (treePath !== undefined && this.#inTree.has(treePath)) return treePath;
    }
    const path = sysPath.slice(sysPath.lastIndexOf("/") + 1);
    if (!this.#found.has(path)) this.#found.set(path, this.#read(sysPath, path));
    return path;
  }

  #read(sysPath: string, path: string): Iommu {
    const register = valueOf(this.#source, `sys/${sysPath}/intel-iommu/cap`);
    if (register !== null && /^[0-9a-f]{1,16}$/.test(register)) {
      const says: Provenance = { kind: "live", source: `/sys/${sysPath}/intel-iommu/cap` };
      return pcIommu(path, "intel-iommu", 2 ** guestAddressBits(BigInt(`0x${register}`)), says);
    }
    const amd = path.startsWith("ivhd");
    return pcIommu(path, amd ? "amd-iommu" : null, MAX_EXACT, { kind: amd ? "derived" : "unknown", source: null });
  }
}

/**
 * Width of the addresses that an Intel IOMMU translates, from its capability register.
 *
 * @see Linux 6.12 `drivers/iommu/intel/iommu.h:184` `cap_mgaw()`, `iommu.c:3526`: at most 57
 */
function guestAddressBits(capabilities: bigint): number {
  return Math.min(Number((capabilities / 0x10000n) % 0x40n) + 1, 57);
}

function pcIommu(path: string, driver: string | null, end: number, says: Provenance): Iommu {
  return {
    path,
    compatible: [],
    enabled: true,
    driver,
    pageSizes: [4 * KIB, 2 * MIB, GIB],
    aperture: { base: 0, end: Math.min(end, MAX_EXACT) },
    outputBits: PC_OUTPUT_BITS,
    grouping: "device",
    provenance: { pageSizes: says, aperture: says, outputBits: { kind: "derived", source: null } },
  };
}
