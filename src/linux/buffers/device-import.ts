import type { Device } from "../../machine/machine.js";
import type { Reason } from "../../placement/reason.js";
import type { ImportRefusal } from "../../simulate/buffers/buffer-refusal.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { importIntoDrm } from "../drm/prime-import.js";
import { primeNodeOf, videoNodeOf } from "../memory/device-nodes.js";
import type { DeviceImport, LinuxMemory } from "../memory/linux-memory.js";
import type { Kernel } from "../native/kernel.js";
import { attempt } from "../native/system-call-error.js";
import { importIntoVideo } from "../video/video-import.js";

/** A device, and the queue of it, that is to take a buffer. */
export interface Importer {
  readonly device: Device;
  readonly queue: string | null;
}

/**
 * Lets a device take a buffer for good reason or for a try: a graphics device by PRIME, a video device by its queue.
 *
 * @param reasons - what the model has against it, for the refusal
 */
export function importInto(
  kernel: Kernel,
  { device, queue }: Importer,
  memory: LinuxMemory,
  reasons: () => readonly Reason[],
): Result<DeviceImport, ImportRefusal> {
  const tried = attempt((): Result<DeviceImport, ImportRefusal> => {
    const card = primeNodeOf(device);
    if (card !== null) return accepted(importIntoDrm(kernel, card, memory.dmabuf));
    const video = videoNodeOf(device);
    if (video === null) return refused(noImporter(device));
    const taken = importIntoVideo(kernel, video, queue, memory.dmabuf, memory.size);
    if (taken.ok) return taken;
    if (taken.refusal.code === "no-queue") return refused(noImporter(device));
    const { needed } = taken.refusal;
    return refused({ code: "too-short-to-try", errno: "EINVAL", device: device.path, size: memory.size, needed });
  });
  if (tried.ok) return tried.value;
  const { refusal: failure } = tried;
  return refused({
    code: "not-imported",
    errno: failure.errno,
    device: device.path,
    failure,
    reasons: reasons(),
  });
}

function noImporter(device: Device): ImportRefusal {
  return { code: "no-importer", errno: "EOPNOTSUPP", device: device.path, nodes: device.devNodes ?? [] };
}
