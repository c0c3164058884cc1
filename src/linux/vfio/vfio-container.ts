import { accepted, type Result, refused } from "../../units/result.js";
import { Descriptor } from "../native/descriptor.js";
import { hasBit } from "../native/has-bit.js";
import type { Kernel } from "../native/kernel.js";
import { getField, makeStruct } from "../native/struct.js";
import { failureOf, SystemCallError } from "../native/system-call-error.js";
import {
  VFIO_API_VERSION,
  VFIO_CHECK_EXTENSION,
  VFIO_GET_API_VERSION,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_GET_INFO,
  VFIO_SET_IOMMU,
  VFIO_TYPE1v2_IOMMU,
  vfioGroupStatus,
  vfioIommuType1Info,
} from "../uapi/vfio.js";
import { checkPciAddress } from "./bind.js";
import { closeInReverse } from "./close-in-reverse.js";
import { type IommuInfo, readIommuInfo } from "./iommu-info.js";
import { PciSysfs } from "./pci-sysfs.js";
import { dmaMasterOf, VfioDevice, type VfioDeviceOptions } from "./vfio-device.js";
import { VfioDomain } from "./vfio-domain.js";
import type { VfioRefusal } from "./vfio-refusal.js";

/** Drivers that do no DMA of their own, so that a group with them is viable. Linux 6.12: those that set `driver_managed_dma`. */
const HARMLESS: readonly string[] = ["pcieport", "pci-stub", "shpchp"];

/** A refusal on its way out of calls that throw. */
class Refused extends Error {
  readonly refusal: VfioRefusal;

  constructor(refusal: VfioRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** A group that has joined, and the address space it came into. */
interface Group {
  readonly descriptor: Descriptor;
  readonly domain: VfioDomain;
}

/**
 * An address space for devices that this process drives: all of a container's see the same addresses. Groups join with their first device and stay
 * until the container is closed.
 */
export class VfioContainer implements Disposable {
  readonly #kernel: Kernel;
  readonly #descriptor: Descriptor;
  readonly #sysfs: PciSysfs;
  readonly #endsWithLast: boolean;
  readonly #groups: Map<number, Group> = new Map();
  readonly #devices: Set<VfioDevice> = new Set();
  #domain: VfioDomain | null = null;

  /**
   * @param descriptor - of `/dev/vfio/vfio`, which belongs to this object from now on
   * @param endsWithLast - closed when its last device is
   */
  constructor(kernel: Kernel, descriptor: Descriptor, sysfs: PciSysfs, endsWithLast: boolean) {
    this.#kernel = kernel;
    this.#descriptor = descriptor;
    this.#sysfs = sysfs;
    this.#endsWithLast = endsWithLast;
  }

  /** The address space; null before the first device is open. */
  get domain(): VfioDomain | null {
    return this.#domain;
  }

  /**
   * Opens a PCI function that is bound to vfio-pci.
   *
   * @throws RangeError for a text that is no address, a mask or a segment size that cannot be
   */
  openDevice(address: string, options: VfioDeviceOptions): Result<VfioDevice, VfioRefusal> {
    checkPciAddress(address);
    const master = dmaMasterOf(address, options);
    return catchRefusals(() => {
      const number = this.#groupOf(address);
      const group = this.#groups.get(number) ?? this.#join(address, number);
      const name = new TextEncoder().encode(`${address}\0`);
      const fd = this.#kernel.ioctl(group.descriptor, VFIO_GROUP_GET_DEVICE_FD, name);
      const descriptor = new Descriptor(fd, `vfio:${address}`);
      try {
        const device: VfioDevice = new VfioDevice(this.#kernel, descriptor, group.domain, master, () => {
          this.#devices.delete(device);
          if (this.#endsWithLast && this.#devices.size === 0) this.close();
        });
        this.#devices.add(device);
        return device;
      } catch (error) {
        descriptor.close();
        throw error;
      }
    });
  }

  /** Closes its devices, the last first, its groups and itself; a second call does nothing. */
  close(): void {
    const endings = [
      () => this.#descriptor.close(),
      ...[...this.#groups.values()].map(
        ({ descriptor }) =>
          () =>
            descriptor.close(),
      ),
      ...[...this.#devices].map((device) => () => device.close()),
    ];
    this.#groups.clear();
    closeInReverse(endings);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Number of the group of a function that can be opened. */
  #groupOf(address: string): number {
    const sysfs = this.#sysfs;
    if (!sysfs.hasFunction(address)) this.#refuse({ code: "no-device", address });
    const number = sysfs.groupOf(address);
    if (number === null) return this.#refuse({ code: "no-iommu", address });
    const driver = sysfs.driverOf(address);
    if (driver?.includes("vfio") !== true) this.#refuse({ code: "not-bound", address, driver });
    return number;
  }

  /** Takes a group in, with all that its first device needs; a group that cannot come in is closed again. */
  #join(address: string, number: number): Group {
    const descriptor = this.#openGroup(address, number);
    try {
      const status = makeStruct(vfioGroupStatus, { argsz: vfioGroupStatus.size });
      this.#kernel.ioctl(descriptor, VFIO_GROUP_GET_STATUS, status);
      if (!hasBit(getField(vfioGroupStatus, status, "flags"), VFIO_GROUP_FLAGS_VIABLE)) {
        this.#notViable(address, number);
      }
      this.#attach(address, number, descriptor);
      const info = this.#readInfo();
      this.#domain?.narrow(info.windows);
      this.#domain ??= new VfioDomain(this.#kernel, this.#descriptor, info);
      const group = { descriptor, domain: this.#domain };
      this.#groups.set(number, group);
      return group;
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  #openGroup(address: string, group: number): Descriptor {
    const path = `/dev/vfio/${group}`;
    try {
      return this.#kernel.open(path);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "EBUSY") return this.#refuse({ code: "group-in-use", address, group });
      if (errno === "ENOENT") return this.#refuse({ code: "no-vfio", module: "vfio-pci" });
      throw error;
    }
  }

  #attach(address: string, number: number, group: Descriptor): void {
    const container = new Uint8Array(Int32Array.of(this.#descriptor.number).buffer);
    try {
      this.#kernel.ioctl(group, VFIO_GROUP_SET_CONTAINER, container);
    } catch (error) {
      // Linux 6.12 drivers/iommu/iommu.c iommu_group_claim_dma_owner(): a driver uses DMA for a device of the group.
      if (errnoOf(error) === "EBUSY") this.#notViable(address, number);
      throw this.#unlessUnsafe(error, address, number);
    }
    if (this.#groups.size > 0) return;
    if (this.#kernel.ioctl(this.#descriptor, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) === 0) {
      this.#refuse({ code: "no-vfio", module: "vfio_iommu_type1" });
    }
    try {
      this.#kernel.ioctl(this.#descriptor, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
    } catch (error) {
      throw this.#unlessUnsafe(error, address, number);
    }
  }

  /** EPERM when a group joins an IOMMU: Linux 6.12 `drivers/vfio/vfio_iommu_type1.c` `vfio_iommu_type1_attach_group()`. */
  #unlessUnsafe(error: unknown, address: string, group: number): unknown {
    return errnoOf(error) === "EPERM" ? new Refused({ code: "no-interrupt-remapping", address, group }) : error;
  }

  #notViable(address: string, group: number): never {
    const others = this.#sysfs
      .membersOf(group)
      .filter(({ driver }) => driver !== null && !driver.includes("vfio") && !HARMLESS.includes(driver));
    return this.#refuse({ code: "group-not-viable", address, group, others });
  }

  #readInfo(): IommuInfo {
    const head = makeStruct(vfioIommuType1Info, { argsz: vfioIommuType1Info.size });
    this.#kernel.ioctl(this.#descriptor, VFIO_IOMMU_GET_INFO, head);
    const answer = new Uint8Array(Math.max(vfioIommuType1Info.size, getField(vfioIommuType1Info, head, "argsz")));
    answer.set(makeStruct(vfioIommuType1Info, { argsz: answer.length }));
    this.#kernel.ioctl(this.#descriptor, VFIO_IOMMU_GET_INFO, answer);
    return readIommuInfo(answer);
  }

  #refuse(refusal: VfioRefusal): never {
    throw new Refused(refusal);
  }
}

/** Opens a container without devices. @param sysfs - where devices are looked up */
export function openVfioContainer(
  kernel: Kernel,
  sysfs: PciSysfs = new PciSysfs(),
): Result<VfioContainer, VfioRefusal> {
  return open(kernel, sysfs, false);
}

/** Opens one PCI function in a container of its own, which closes with it. @throws RangeError as {@link VfioContainer.openDevice} does */
export function openVfioDevice(
  kernel: Kernel,
  address: string,
  options: VfioDeviceOptions,
  sysfs: PciSysfs = new PciSysfs(),
): Result<VfioDevice, VfioRefusal> {
  const container = open(kernel, sysfs, true);
  if (!container.ok) return container;
  let device: Result<VfioDevice, VfioRefusal> | null = null;
  try {
    device = container.value.openDevice(address, options);
    return device;
  } finally {
    if (device?.ok !== true) container.value.close();
  }
}

function open(kernel: Kernel, sysfs: PciSysfs, endsWithLast: boolean): Result<VfioContainer, VfioRefusal> {
  return catchRefusals(() => {
    const descriptor = openControl(kernel);
    try {
      const version = kernel.ioctl(descriptor, VFIO_GET_API_VERSION, 0);
      if (version !== VFIO_API_VERSION) {
        throw new Refused({ code: "unknown-version", version, known: VFIO_API_VERSION });
      }
      return new VfioContainer(kernel, descriptor, sysfs, endsWithLast);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  });
}

function openControl(kernel: Kernel): Descriptor {
  try {
    return kernel.open("/dev/vfio/vfio");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENODEV") throw new Refused({ code: "no-vfio", module: "vfio" });
    throw error;
  }
}

/** Runs what opens things; its refusals, and failures of calls, are the answer. */
function catchRefusals<T>(run: () => T): Result<T, VfioRefusal> {
  try {
    return accepted(run());
  } catch (error) {
    if (error instanceof Refused) return refused(error.refusal);
    if (!(error instanceof SystemCallError)) throw error;
    if (error.call === "open" && (error.errno === "EACCES" || error.errno === "EPERM")) {
      return refused({ code: "no-permission", path: error.path ?? "" });
    }
    return refused(failureOf(error));
  }
}

function errnoOf(error: unknown): string | null {
  return error instanceof SystemCallError ? error.errno : null;
}
