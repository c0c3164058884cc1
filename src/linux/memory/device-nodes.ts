import type { Device } from "../../machine/machine.js";

/** The primary node of a graphics device, `/dev/dri/cardN`. Null for one that has none. */
export function cardOf(device: Device): string | null {
  return device.devNodes?.find((path) => /^\/dev\/dri\/card\d+$/.test(path)) ?? null;
}

/** A node of a graphics device that takes buffers: the render node, which needs the fewest rights, else the primary one. */
export function primeNodeOf(device: Device): string | null {
  return device.devNodes?.find((path) => path.startsWith("/dev/dri/renderD")) ?? cardOf(device);
}

/** The node of a video device, `/dev/videoN`. */
export function videoNodeOf(device: Device): string | null {
  return device.devNodes?.find((path) => /^\/dev\/video\d+$/.test(path)) ?? null;
}
