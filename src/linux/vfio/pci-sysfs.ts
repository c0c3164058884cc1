import { existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { systemCallErrorOf } from "../native/system-call-error.js";

/** A device of an IOMMU group. */
export interface GroupMember {
  /** Its name on its bus: `0000:01:00.0`. */
  readonly address: string;
  /** Null when it has none. */
  readonly driver: string | null;
}

/** What sysfs tells of PCI functions, and takes. Linux 6.12 `Documentation/ABI/testing/sysfs-bus-pci`. */
export class PciSysfs {
  readonly #root: string;

  /** @param root - where sysfs is mounted */
  constructor(root: string = "/sys") {
    this.#root = root;
  }

  /** True when there is a function of that address. */
  hasFunction(address: string): boolean {
    return existsSync(this.#function(address));
  }

  /** True when a driver of that name is loaded. */
  hasDriver(name: string): boolean {
    return existsSync(join(this.#root, "bus/pci/drivers", name));
  }

  /** Name of the driver a function is bound to; null when it is to none. */
  driverOf(address: string): string | null {
    return linkedName(join(this.#function(address), "driver"));
  }

  /** Number of its IOMMU group; null when no IOMMU serves it. */
  groupOf(address: string): number | null {
    const name = linkedName(join(this.#function(address), "iommu_group"));
    return name === null ? null : Number(name);
  }

  /** All devices of a group, by name. */
  membersOf(group: number): GroupMember[] {
    const folder = join(this.#root, "kernel/iommu_groups", String(group), "devices");
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    return names.map((address) => ({ address, driver: linkedName(join(folder, address, "driver")) }));
  }

  /** Says which driver is to have a function, whatever ids it serves; the empty text takes that back. @throws SystemCallError */
  overrideDriver(address: string, driver: string): void {
    this.write(join(this.#function(address), "driver_override"), `${driver}\n`);
  }

  /** Takes a function from its driver. @throws SystemCallError */
  unbind(address: string): void {
    this.write(join(this.#function(address), "driver/unbind"), address);
  }

  /** Lets drivers look at a function that has none. @throws SystemCallError: EINVAL also when the driver that was to have it refuses */
  probe(address: string): void {
    this.write(join(this.#root, "bus/pci/drivers_probe"), address);
  }

  /** Writes an attribute. @throws SystemCallError when the kernel refuses */
  protected write(path: string, text: string): void {
    try {
      writeFileSync(path, text);
    } catch (error) {
      throw systemCallErrorOf(error, path);
    }
  }

  #function(address: string): string {
    return join(this.#root, "bus/pci/devices", address);
  }
}

/** Last part of what a link points at; null when there is none. */
function linkedName(path: string): string | null {
  try {
    return basename(readlinkSync(path));
  } catch {
    return null;
  }
}
