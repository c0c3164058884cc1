import { absentNodeLines, commandLineLine, configurationLines } from "./fix-lines.js";
import type { Known, Missing } from "./missing.js";

/**
 * Drivers beside which a process may have the rest of a group: those that give devices away, and those that do no DMA of their own.
 *
 * @see Linux 6.12 `driver_managed_dma` in `drivers/pci/pci-stub.c`, `drivers/pci/pcie/portdrv.c` and `drivers/vfio/`
 */
const SHARING_DRIVERS: ReadonlySet<string> = new Set([
  "pci-stub",
  "pcieport",
  "vfio-amba",
  "vfio-fsl-mc",
  "vfio-pci",
  "vfio-platform",
]);

const CONTAINER = "/dev/vfio/vfio";

const PCI_ADDRESS = /^[0-9a-f]{4,8}:/;

/** What stands between a process and a device that it wants to drive. */
export function missingForVfio(known: Known): readonly Missing[] {
  const { iommu, nodes, options } = known;
  if (iommu.groups.length === 0) return known.isPc && known.arch === "x86" ? [noIommu(known)] : [];
  const found: Missing[] = [];
  const hasFunctions = iommu.groups.some(({ devices }) => devices.some(({ busId }) => PCI_ADDRESS.test(busId)));
  if (hasFunctions && !nodes.some(({ path }) => path === CONTAINER)) {
    const isBuiltIn = options["CONFIG_VFIO_PCI"] === "y";
    const isNot = options["CONFIG_VFIO_PCI"] === "n";
    found.push({
      code: "vfio",
      weight: "useful",
      text: `there is no ${CONTAINER}: no device can be driven from user space`,
      fix: isBuiltIn
        ? absentNodeLines(CONTAINER)
        : isNot
          ? configurationLines(options, "CONFIG_VFIO", "CONFIG_VFIO_PCI")
          : ["modprobe vfio-pci", "echo vfio-pci > /etc/modules-load.d/vfio-pci.conf   # at every start"],
    });
  }
  for (const { id, devices } of iommu.groups) {
    if (!nodes.some(({ path }) => path === `/dev/vfio/${id}`)) continue;
    const blockers = devices.filter(({ driver }) => driver !== null && !SHARING_DRIVERS.has(driver));
    if (blockers.length === 0) continue;
    const names = blockers.map(({ busId, driver }) => `${busId} (${driver})`).join(", ");
    found.push({
      code: "vfio-group",
      weight: "useful",
      text: `IOMMU group ${id} goes to a process as a whole, or not at all: the kernel still drives ${names}`,
      fix: blockers.flatMap(({ busId }) => givingAway(busId)),
    });
  }
  return found;
}

function noIommu({ options, commandLine, isPc }: Known): Missing {
  const off = /(^|\s)((intel_iommu|amd_iommu|iommu)=off)(?=\s|$)/.exec(commandLine)?.[2];
  const isNotBuilt = options["CONFIG_INTEL_IOMMU"] === "n" && options["CONFIG_AMD_IOMMU"] === "n";
  const fix = isNotBuilt ? [...configurationLines(options, "CONFIG_INTEL_IOMMU", "CONFIG_AMD_IOMMU")] : [];
  if (off !== undefined) fix.push(commandLineLine(`no ${off}`, isPc));
  fix.push("firmware setup: switch on VT-d (Intel) or AMD-Vi (AMD)");
  if (!/(^|\s)intel_iommu=on/.test(commandLine)) fix.push(`Intel: ${commandLineLine("intel_iommu=on", isPc)}`);
  const text = "no IOMMU serves a device: what user space drives directly cannot be contained";
  return { code: "iommu", weight: "useful", text, fix };
}

/** Linux 6.12 `Documentation/ABI/testing/sysfs-bus-pci`, `driver_override`; platform devices have the same. */
function givingAway(busId: string): readonly string[] {
  const [bus, driver] = PCI_ADDRESS.test(busId) ? ["pci", "vfio-pci"] : ["platform", "vfio-platform"];
  const folder = `/sys/bus/${bus}/devices/${busId}`;
  return [
    `echo ${driver} > ${folder}/driver_override`,
    `echo ${busId} > ${folder}/driver/unbind`,
    `echo ${busId} > /sys/bus/${bus}/drivers_probe`,
  ];
}
