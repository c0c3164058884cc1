import { reachOf } from "../addressing/reach.js";
import type { Device, Machine } from "../machine/machine.js";
import { type Bytes, formatSize } from "../units/quantity.js";
import { intersectRanges, toRangeSet, totalSize } from "../units/ranges.js";

/**
 * The device that `dev_printk()` names: `fdd90000.vop`, `soc:gpu`, `0000:01:00.0`, as the kernel makes such names of nodes. A platform device's name
 * begins with the address the CPU sees, which need not be the one its node is named by; then the rest of the name decides, if only one device has it.
 *
 * @returns null for a name no device of the board, or more than one, may have
 * @see Linux 6.12 `drivers/of/device.c` `of_device_make_bus_id()`
 */
export function deviceOfKernelName(machine: Machine, busId: string): Device | null {
  const running = machine.devices.filter((device) => device.running?.busId === busId || device.path === busId);
  if (running.length > 0) return only(running);
  const dotted = /^([0-9a-f]+)\.([\w,+-]+)$/.exec(busId);
  if (dotted !== null) {
    const [, address, name] = dotted;
    const exact = machine.devices.filter((device) => device.name === `${name}@${address}`);
    if (exact.length > 0) return only(exact);
    return only(machine.devices.filter((device) => device.name.split("@")[0] === name));
  }
  const path = `/${busId.replaceAll(":", "/")}`;
  return only(machine.devices.filter((device) => device.path.replaceAll(/@[^/]*/g, "") === path));
}

function only(devices: readonly Device[]): Device | null {
  return devices.length === 1 ? (devices[0] ?? null) : null;
}

/** The device name before a message, as a piece of a regular expression with one group: `xhci_hcd 0000:01:00.0: `. */
export const DEVICE_PREFIX = "(?:(?:^|\\s)([\\w.,:@+-]*[\\w.@+-]): +)?";

/**
 * How a command line names a device of the log: its path where the board is known; without a board the node that a platform device's name is made of; else a word to fill in.
 */
export function deviceWord(machine: Machine | null, busId: string | null): string {
  if (busId === null) return "DEVICE";
  if (machine !== null) return deviceOfKernelName(machine, busId)?.path ?? "DEVICE";
  const [, address, name] = /^([0-9a-f]+)\.([\w,+-]+)$/.exec(busId) ?? [];
  return address === undefined || name === undefined ? "DEVICE" : `${name}@${address}`;
}

/** The board of a command that goes on from here. */
export function boardWord(machine: Machine | null): string {
  return machine === null ? "BOARD.dtb" : "MACHINE";
}

/** RAM of the board, and how much of it the device reaches, in bytes. */
export function ramReached(machine: Machine, device: Device): { readonly ram: Bytes; readonly reached: Bytes } {
  const ram = toRangeSet(machine.banks);
  return { ram: totalSize(ram), reached: totalSize(intersectRanges(ram, reachOf(machine, device, "streaming"))) };
}

/** `it reaches 1 GiB of 4 GiB RAM`, or null where the board or the device is not known. */
export function reachWords(machine: Machine | null, busId: string | null): string | null {
  const device = machine === null || busId === null ? null : deviceOfKernelName(machine, busId);
  if (machine === null || device === null) return null;
  const { ram, reached } = ramReached(machine, device);
  return `it reaches ${formatSize(reached)} of ${formatSize(ram)} RAM`;
}

/** The path of the device a log names; null where the board is not given or does not have it. */
export function nodeOfKernelName(machine: Machine | null, busId: string | null): string | null {
  return machine === null || busId === null ? null : (deviceOfKernelName(machine, busId)?.path ?? null);
}
