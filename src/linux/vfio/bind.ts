import { accepted, type Result, refused } from "../../units/result.js";
import type { SystemCallFailure } from "../../units/system-call.js";
import { attempt } from "../native/system-call-error.js";
import { PciSysfs } from "./pci-sysfs.js";
import type { VfioRefusal } from "./vfio-refusal.js";

/** The driver that gives PCI functions to processes. */
export const VFIO_PCI = "vfio-pci";

/** A function that was given to vfio-pci. */
export interface VfioBinding {
  readonly address: string;
  /** Who had it before; null when nobody did, or vfio-pci had it already. */
  readonly previousDriver: string | null;
  /** Gives it back: to the driver that serves its ids. Does nothing for one that vfio-pci had already. */
  release(): Result<null, VfioRefusal>;
}

/**
 * Takes a PCI function from its driver and gives it to vfio-pci. Only root can; what the driver did for others (a disk, a network) ends. When vfio-pci does not take
 * it, it goes back.
 *
 * @param address - as sysfs has it: `0000:01:00.0`
 * @see Linux 6.12 `drivers/pci/pci-driver.c`, `driver_override` of `Documentation/ABI/testing/sysfs-bus-pci`
 */
export function bindToVfioPci(address: string, sysfs: PciSysfs = new PciSysfs()): Result<VfioBinding, VfioRefusal> {
  checkPciAddress(address);
  if (!sysfs.hasFunction(address)) return refused({ code: "no-device", address });
  const previousDriver = sysfs.driverOf(address);
  if (previousDriver === VFIO_PCI) {
    return accepted({ address, previousDriver: null, release: () => accepted(null) });
  }
  if (sysfs.groupOf(address) === null) return refused({ code: "no-iommu", address });
  if (!sysfs.hasDriver(VFIO_PCI)) return refused({ code: "no-vfio", module: VFIO_PCI });
  const bound = move(sysfs, address, VFIO_PCI);
  if (sysfs.driverOf(address) === VFIO_PCI) {
    return accepted({ address, previousDriver, release: () => giveBack(sysfs, address) });
  }
  const failure = bound.ok ? null : bound.refusal;
  if (failure?.errno === "EACCES") return refused({ code: "no-permission", path: failure.path ?? address });
  move(sysfs, address, "");
  return refused({ code: "bind-failed", address, driver: sysfs.driverOf(address), failure });
}

/** @throws RangeError when it is no address of a PCI function: domain, bus, device, function */
export function checkPciAddress(address: string): void {
  if (/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(address)) return;
  throw new RangeError(`"${address}" is no address of a PCI function, which looks like 0000:01:00.0`);
}

function giveBack(sysfs: PciSysfs, address: string): Result<null, VfioRefusal> {
  const moved = move(sysfs, address, "");
  return moved.ok ? accepted(null) : moved;
}

/** @param driver - the only one that may have it; the empty text for any */
function move(sysfs: PciSysfs, address: string, driver: string): Result<void, SystemCallFailure> {
  return attempt(() => {
    sysfs.overrideDriver(address, driver);
    if (sysfs.driverOf(address) !== null) sysfs.unbind(address);
    sysfs.probe(address);
  });
}
