import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../src/algorithms/allocator.js";
import { ALGORITHMS, findAlgorithm } from "../../src/algorithms/registry.js";
import { DrmClient } from "../../src/clients/drm-client.js";
import { IonClient } from "../../src/clients/ion-client.js";
import { V4l2Queue } from "../../src/clients/v4l2-queue.js";
import type { MappingSystemOptions } from "../../src/simulate/mapping/mapping-system.js";
import { orThrow } from "../../src/units/result.js";
import { ROOT } from "../../tools/project.js";
import { clientSystem, usage } from "./board.js";

const SIZE = 640 * 480 * 4;

/** Ion makes a buffer, a camera's queue fills it, a display shows it; then each client makes one of its own. */
function program(options: MappingSystemOptions = {}): { readonly seen: boolean; readonly where: readonly number[] } {
  const system = clientSystem(options);
  const before = usage(system);
  const ion = new IonClient(system);
  const drm = new DrmClient(system, "display");
  const queue = new V4l2Queue(system, { device: "camera", type: "capture", planes: [SIZE] });

  const handle = ion.alloc(SIZE, 0xffffffff);
  const fd = ion.share(handle);
  const shown = orThrow(drm.primeFdToHandle(fd));
  orThrow(queue.requestBuffers(1, "dmabuf"));
  orThrow(queue.queueBuffer(0, [{ fd }]));
  orThrow(queue.streamOn());

  const { planes } = queue.nextActive()!;
  const picture = Uint8Array.from({ length: SIZE }, (_, i) => (i * 13) % 255);
  orThrow(system.busMaster("camera").write(planes[0]!.dmaAddr!, picture));
  queue.finish(0);
  orThrow(queue.dequeueBuffer());

  const about = { width: 640, height: 480, format: "XR24", handles: [shown], pitches: [2560] };
  const framebuffer = orThrow(drm.addFramebuffer(about));
  const [address] = orThrow(drm.show(framebuffer)).planes;
  const seen = new Uint8Array(SIZE);
  orThrow(system.busMaster("display").read(address!, seen));
  const isSame = seen.every((byte, i) => byte === picture[i]);

  // One of each client's own, beside it. The display alone would take scattered pages: the camera takes part as well.
  const own = orThrow(drm.createDumb(640, 480, 32));
  drm.buffer(own.handle).attach("camera");
  const mmap = new V4l2Queue(system, { device: "camera", type: "capture", planes: [SIZE] });
  orThrow(mmap.requestBuffers(1, "mmap"));
  orThrow(mmap.queueBuffer(0));
  const buffers = [ion.buffer(handle), drm.buffer(own.handle), mmap.plane(0)!];
  const where = buffers.map((buffer) => orThrow(buffer.allocate()).memory!.physAddr[0] as number);

  drm.buffer(own.handle).attachments.at(-1)!.detach();
  drm.removeFramebuffer(framebuffer);
  for (const one of [shown, own.handle]) drm.closeHandle(one);
  for (const one of [queue, mmap]) one.close();
  ion.free(handle);
  system.closeDescriptor(fd);
  expect(system.findings(true)).toEqual([]);
  expect(usage(system)).toEqual(before);
  system.audit();
  return { seen: isSame, where };
}

describe("one buffer", () => {
  it("goes through Ion, V4L2 and DRM with its bytes", () => {
    expect(program().seen).toBe(true);
  });

  it("and those of each client lie where the area's algorithm puts them", () => {
    const kernels = program().where;
    expect(kernels).toEqual([0x70100000, 0x70500000, 0x70300000]); // 300 pages, each at a multiple of 256
    // Exchanged by configuration, for all three alike: none of them is where it was.
    const unaligned = program({ algorithms: { "cma:default": findAlgorithm("genalloc-first-fit") as Algorithm } });
    expect(unaligned.where).toEqual([0x700c0000, 0x70318000, 0x701ec000]); // right behind boot's pools, one behind the other
    const blocks = program({ algorithms: { "cma:default": findAlgorithm("buddy") as Algorithm } });
    expect(blocks.where).toEqual([0x73c00000, 0x73800000, 0x73a00000]); // blocks of 512 pages, from the top
    expect([unaligned.seen, blocks.seen]).toEqual([true, true]);
  });
});

describe("src/clients", () => {
  it("names neither an algorithm nor a heap", () => {
    const folder = join(ROOT, "src", "clients");
    const names = [...ALGORITHMS.map(({ name }) => `"${name}"`), "cma", "carveout", '"system"', "udmabuf", "dma_heap"];
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), "utf8");
      for (const name of names) expect([file, name, text.includes(name)]).toEqual([file, name, false]);
    }
  });
});
