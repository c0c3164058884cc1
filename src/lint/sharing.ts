import { importerOf } from "../constraints/importer.js";
import { isDriverMissing } from "../facts/driver-options.js";
import type { Device, Machine } from "../machine/machine.js";

/** What devices that hand buffers to each other are for. */
const SHARING_ROLES: ReadonlySet<string> = new Set(["camera", "codec", "scaler", "2d", "display", "gpu", "npu"]);

/** True for a device whose buffers other devices see: a display, a camera, a codec, and what stands between them. */
export function sharesBuffers({ role }: Device): boolean {
  return role !== null && SHARING_ROLES.has(role);
}

/**
 * Enabled devices that share buffers and can only use physically contiguous ones: nothing translates for them, and their driver is known to
 * take one range. What nobody knows does not count.
 */
export function contiguousUsers(machine: Machine): readonly Device[] {
  return machine.devices.filter(
    (device) =>
      device.enabled &&
      sharesBuffers(device) &&
      device.translation === "none" &&
      isDriven(machine, device) &&
      isContiguous(machine, device),
  );
}

/** Devices that allocate from the default CMA area: contiguous users without a pool of their own, and without an engine that makes one range of scattered pages. */
export function areaUsers(machine: Machine): readonly Device[] {
  return contiguousUsers(machine).filter(
    (device) => device.memoryRegions.every(({ use }) => use !== "buffers") && !isTiled(machine, device),
  );
}

/**
 * True for a display of OMAP 4 and later beside its dynamic memory manager: it takes contiguous buffers of others, and its own are pages.
 *
 * @see Linux 6.12 `drivers/gpu/drm/omapdrm/omap_gem.c` `omap_gem_new()`
 */
function isTiled({ devices }: Machine, { driver }: Device): boolean {
  return (
    driver?.module === "omapdrm" &&
    devices.some((one) => one.enabled && one.driver?.file === "drivers/gpu/drm/omapdrm/omap_dmm_tiler.c")
  );
}

/**
 * Of devices for which one and the same device maps, that one, or the first where it is not among them: the stages of a display or a camera touch no memory of their own.
 */
export function memoryUsers(devices: readonly Device[]): readonly Device[] {
  const users = new Map<string, Device>();
  for (const device of devices) {
    const { dmaDevice } = device;
    const key = "path" in dmaDevice ? dmaDevice.path : dmaDevice.virtual;
    if (!users.has(key) || device.path === key) users.set(key, device);
  }
  return [...users.values()];
}

/** Names of devices in a sentence: three, and how many more. */
export function namesOf(devices: readonly { readonly name: string }[]): string {
  const shown = devices.slice(0, 3).map(({ name }) => name);
  const more = devices.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

/**
 * False for an enabled device that no driver runs all the same: one whose driver, or that of its DMA device, this kernel is built without, a stage whose DMA device is
 * disabled, and a further core of a codec whose driver runs the first of each kind alone.
 *
 * @see Linux 6.12 `drivers/gpu/drm/sun4i/sun4i_drv.c` `sun4i_drv_probe()`, `drivers/media/platform/verisilicon/hantro_drv.c` `hantro_disable_multicore()`
 */
export function isDriven(machine: Machine, device: Device): boolean {
  const { driver } = device;
  const target = dmaDeviceOf(machine, device);
  if (!target.enabled || isUnbuilt(machine, device) || (target !== device && isUnbuilt(machine, target))) return false;
  const [kind] = device.compatible;
  if (driver?.module !== "hantro-vpu" || kind === undefined) return true;
  return machine.devices.find(({ enabled, compatible }) => enabled && compatible.includes(kind)) === device;
}

/** The device the DMA API sees; the device itself where that is no other one of the machine. */
export function dmaDeviceOf({ devices }: Machine, device: Device): Device {
  const { path, dmaDevice } = device;
  if (!("path" in dmaDevice) || dmaDevice.path === path) return device;
  return devices.find((one) => one.path === dmaDevice.path) ?? device;
}

/** True for a device whose driver this kernel is built without, as far as that is known: not of drivers outside Linux 6.12, nor where one is seen to run. */
export function isUnbuilt({ profile }: Machine, { driver, running }: Device): boolean {
  return driver !== null && (running?.driver ?? null) === null && isDriverMissing(driver, profile.missingDriverOptions);
}

function isContiguous(machine: Machine, device: Device): boolean {
  return importerOf(machine, { device, queue: null, access: "read-write" }).buffers === "contiguous";
}
