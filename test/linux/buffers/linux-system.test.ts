import { afterEach, describe, expect, it } from "vitest";
import type { LinuxSystem } from "../../../src/linux/buffers/linux-system.js";
import type { BufferRefusal } from "../../../src/simulate/buffers/buffer-refusal.js";
import { describeBufferRefusal } from "../../../src/simulate/buffers/buffer-refusal.js";
import type { SystemEvent } from "../../../src/simulate/events.js";
import { mebibytes } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { openFiles } from "../open-files.js";
import { availableGiB, boardNodes, from, runningSystem } from "./board.js";

const MIB = mebibytes(1);
const DISPLAY = "/dev/dri/card0";
const CAMERA = "/dev/video0";
const SCALER = "/dev/video1";
const GPU = "/dev/dri/card1";

const systems: LinuxSystem[] = [];
let before: readonly string[] = [];

async function start(...args: Parameters<typeof runningSystem>): ReturnType<typeof runningSystem> {
  if (systems.length === 0) before = openFiles();
  const made = await runningSystem(...args);
  systems.push(made.system);
  return made;
}

afterEach(() => {
  for (const system of systems.splice(0)) system.close();
  expect(openFiles()).toEqual(before);
});

describe("a buffer on real Linux", () => {
  it("comes from the heap that suits all its devices, which nobody named", async () => {
    const { system } = await start();
    const shared = orThrow(system.allocate({ size: MIB, participants: [CAMERA, DISPLAY] }));
    expect(shared.allocation).toMatchObject({ heap: "cma:default", route: "dma-heap", size: MIB, memory: null });
    const scattered = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    expect(scattered.allocation).toMatchObject({ heap: "system", route: "dma-heap" });
    const low = orThrow(system.allocate({ size: MIB, participants: [SCALER] }));
    expect(low.allocation).toMatchObject({ heap: "dma32-pages", route: "v4l2", exporter: "/soc/rga@fd100000" });
  });

  it("is zeros, and the CPU's bytes are its own", async () => {
    const { system, kernel } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(7, 4096, 8192)));
    const seen = orThrow(buffer.cpuAccess("read", (bytes) => [bytes.length, bytes[4095], bytes[4096]]));
    expect(seen).toEqual([MIB, 0, 7]);
    expect(kernel.accesses).toEqual(["start write", "end write", "start read", "end read"]);
    const part = orThrow(buffer.cpuAccess("read", (bytes) => [...bytes], { offset: 8190, size: 4 }));
    expect(part).toEqual([7, 7, 0, 0]);
    expect(() => buffer.cpuAccess("read", () => 0, { offset: MIB - 1, size: 2 })).toThrow(
      "2 bytes from 1048575 on are not all in a buffer of 1048576",
    );
  });

  it("ends an access even when its user throws", async () => {
    const { system, kernel } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    const use = (): never => {
      throw new Error("mine");
    };
    expect(() => buffer.cpuAccess("read", use)).toThrow("mine");
    expect(kernel.accesses).toEqual(["start read", "end read"]);
  });

  it("reads as zeros through bytes that somebody kept when it is gone", async () => {
    const { system } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    const kept = orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(7)));
    for (const attachment of buffer.attachments) attachment.detach();
    buffer.release();
    expect(kept[0]).toBe(0);
  });

  it("refuses the CPU while a device is at work, instead of waiting", async () => {
    const { system, kernel } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    const { ino } = (await import("node:fs")).fstatSync(buffer.fd);
    kernel.atWork.add(ino);
    const refused = buffer.cpuAccess("read", () => 0);
    expect(refused).toMatchObject({ ok: false, refusal: { code: "at-work", errno: "EAGAIN", access: "read" } });
    kernel.atWork.delete(ino);
    await buffer.whenIdle("read");
    expect(buffer.cpuAccess("read", () => 0).ok).toBe(true);
  });

  it("is named for whoever reads debugfs", async () => {
    const { system, kernel } = await start();
    orThrow(system.allocate({ size: MIB, participants: [DISPLAY], name: "a name of more than thirty-one bytes" }));
    expect(kernel.names).toEqual(["a name of more than thirty-one "]);
  });
});

describe("when the first way fails", () => {
  it("the next one is tried, and the report says why", async () => {
    const nodes = { ...boardNodes(), "/dev/dma_heap/reserved": { kind: "dma-heap", room: 0 } as const };
    const { system } = await start(nodes);
    const { allocation } = orThrow(system.allocate({ size: MIB, participants: [CAMERA, DISPLAY] }));
    expect(allocation).toMatchObject({ heap: "cma:default", route: "drm-dumb", exporter: "/soc/display@fd000000" });
    expect(allocation!.attempts).toEqual([
      {
        heap: "cma:default",
        route: "dma-heap",
        exporter: null,
        outcome: "failed",
        failure: {
          code: "system-call",
          call: "ioctl DMA_HEAP_IOCTL_ALLOC",
          path: "/dev/dma_heap/reserved",
          errno: "ENOMEM",
        },
      },
    ]);
  });

  it("and all others too, every one is told with call, path and error", async () => {
    const { system } = await start({});
    const refused = system.allocate({ size: MIB, participants: [CAMERA, DISPLAY] });
    expect(refused.ok).toBe(false);
    const text = describeBufferRefusal((refused as { refusal: BufferRefusal }).refusal);
    expect(text).toContain("cma:default: open on /dev/dma_heap/reserved: ENOENT (not there)");
    expect(text).toContain("cma:default through /soc/bus@fc000000/csi@20000: open on /dev/video0: ENOENT");
    expect(system.buffers).toEqual([]);
  });

  it("nothing is taken that others need", async () => {
    const { system } = await start(boardNodes(), { available: availableGiB(1 / 2048) });
    const { allocation } = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    expect(allocation!.heap).not.toBe("system");
    expect(allocation!.attempts[0]).toMatchObject({
      heap: "system",
      outcome: "refused",
      refusal: { code: "exhausted", free: 2 ** 19 },
    });
  });

  it("all buffers of a group are given back", async () => {
    const nodes = boardNodes();
    const heap = { kind: "dma-heap" as const, room: 5 * MIB };
    const { system } = await start({ "/dev/dma_heap/reserved": heap, "/dev/dri/card0": nodes["/dev/dri/card0"]! });
    const group = system.createBuffers({ size: 2 * MIB, count: 3, participants: [DISPLAY] });
    expect(orThrow(group[0]!.allocate())).toMatchObject({ route: "drm-dumb" });
    expect(group.map((buffer) => buffer.allocation?.route)).toEqual(["drm-dumb", "drm-dumb", "drm-dumb"]);
    expect(heap.room).toBe(MIB);
  });

  it("no memory is there for devices that have none in common", async () => {
    const { system } = await start();
    expect(system.allocate({ size: 2 ** 40, participants: [DISPLAY] })).toMatchObject({
      refusal: { code: "not-placeable" },
    });
    expect(system.createBuffer({ size: 1 }).allocate()).toMatchObject({ refusal: { code: "no-participants" } });
  });
});

describe("a device that is asked", () => {
  it("takes what suits it, and says no to the wrong heap with what is wrong with it", async () => {
    const { system } = await start();
    const right = orThrow(system.allocate({ size: MIB, participants: [CAMERA, DISPLAY] }));
    expect(right.attachments.map((one) => orThrow(one.probe()))).toEqual([
      { via: "v4l2", path: "/dev/video0" },
      { via: "prime", path: "/dev/dri/renderD128" },
    ]);
    const wrong = orThrow(system.allocate({ size: MIB, heap: "system", participants: [CAMERA] }));
    const refused = wrong.attachments[0]!.probe();
    expect(refused).toMatchObject({
      refusal: {
        code: "not-imported",
        errno: "EFAULT",
        failure: { call: "ioctl VIDIOC_QBUF", path: "/dev/video0" },
        reasons: [{ code: "would-bounce" }, { code: "needs-contiguous" }],
      },
    });
    const text = describeBufferRefusal((refused as { refusal: BufferRefusal }).refusal);
    expect(text).toMatch(
      /^the driver of \/soc\/bus@fc000000\/csi@20000 does not take the buffer: ioctl VIDIOC_QBUF on \/dev\/video0: EFAULT/,
    );
  });

  it("decides when it is asked for every memory", async () => {
    const nodes = boardNodes();
    const onlyOwn = { kind: "drm" as const, takes: from("/dev/dri/card0") };
    const { system } = await start({ ...nodes, "/dev/dri/renderD128": onlyOwn }, { probe: true });
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY, CAMERA] }));
    expect(buffer.allocation).toMatchObject({ route: "drm-dumb" });
    expect(buffer.allocation!.attempts).toMatchObject([
      { route: "dma-heap", outcome: "not-imported", device: "/soc/display@fd000000", failure: { errno: "EINVAL" } },
    ]);
  });

  it("tells nothing when it is set up for longer buffers", async () => {
    const nodes = { ...boardNodes(), [CAMERA]: { kind: "video", sizeImage: 2 * MIB, takes: () => true } as const };
    const { system } = await start(nodes);
    const buffer = orThrow(system.allocate({ size: MIB, participants: [CAMERA] }));
    expect(buffer.attachments[0]!.probe()).toMatchObject({ refusal: { code: "too-short-to-try", needed: 2 * MIB } });
  });

  it("holds the buffer while a graphics device has it mapped", async () => {
    const { system, kernel } = await start();
    const buffer = system.createBuffer({ size: MIB, participants: [DISPLAY, CAMERA] });
    const [display, camera] = buffer.attachments as [(typeof buffer.attachments)[0], (typeof buffer.attachments)[0]];
    const view = orThrow(display.map("to-device"));
    expect(view).toMatchObject({ via: "prime", nents: null, dmaAddr: null, isLive: true, size: MIB });
    expect(kernel.handles).toBe(1);
    expect(buffer.move()).toMatchObject({
      refusal: { code: "held", holders: [{ device: "/soc/display@fd000000", by: "map" }] },
    });
    display.unmap();
    expect(kernel.handles).toBe(0);
    expect(view.isLive).toBe(false);
    expect(camera.map("from-device")).toMatchObject({ refusal: { code: "no-importer", nodes: ["/dev/video0"] } });
  });
});

describe("a device that comes late", () => {
  it("makes the buffer go where all can use it, with its bytes", async () => {
    const { system } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(9)));
    expect(buffer.allocation).toMatchObject({ heap: "system" });
    buffer.attach(DISPLAY);
    expect(buffer.allocation).toMatchObject({ heap: "cma:default" });
    expect(orThrow(buffer.cpuAccess("read", (bytes) => bytes.every((byte) => byte === 9)))).toBe(true);
  });

  it("leaves the buffer where it is when its bytes cannot be copied", async () => {
    const { system, kernel } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    kernel.failing.set("mmap", "ENOMEM");
    expect(() => buffer.attach(DISPLAY)).toThrow("ENOMEM");
    kernel.failing.clear();
    expect(buffer.allocation).toMatchObject({ heap: "system" });
    expect(buffer.attachments.length).toBe(1);
    expect(system.heaps().find(({ id }) => id === "cma:default")).toMatchObject({ used: 0, live: 0 });
  });

  it("is refused when a descriptor was given away, since nobody can change what that stands for", async () => {
    const { system } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    expect(buffer.fd).toBeGreaterThan(2);
    expect(buffer.tryAttach(DISPLAY)).toMatchObject({
      refusal: {
        code: "held",
        device: "/soc/display@fd000000",
        heap: "system",
        reasons: [{ code: "needs-contiguous" }],
        holders: [{ device: null, by: "descriptor" }],
      },
    });
    expect(buffer.attachments.length).toBe(1);
  });
});

describe("descriptors", () => {
  it("lead back to the buffer, and keep it", async () => {
    const { system } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    const fd = buffer.export();
    expect(fd).not.toBe(buffer.fd);
    for (const attachment of buffer.attachments) attachment.detach();
    buffer.release();
    const again = system.importBuffer(fd);
    expect(again).toBe(buffer);
    again.release();
    expect(system.buffers).toEqual([buffer]);
    system.closeDescriptor(fd);
    expect(system.buffers).toEqual([]);
    expect(() => system.closeDescriptor(fd)).toThrow(`descriptor ${fd} is not open`);
    expect(() => buffer.fd).toThrow("buffer 1 has been freed");
  });

  it("lead back to the buffer also when only its number was told", async () => {
    const { system } = await start();
    const [first, second] = [1, 2].map(() => orThrow(system.allocate({ size: MIB, participants: [DISPLAY] })));
    const again = system.importBuffer(second!.fd);
    expect(again).toBe(second);
    expect(system.importBuffer(first!.fd)).toBe(first);
    for (const buffer of [first!, second!]) {
      const fd = buffer.export();
      buffer.destroy();
      expect(() => system.importBuffer(fd)).toThrow("is no dma-buf");
    }
  });

  it("of what is no dma-buf are refused", async () => {
    const { system } = await start();
    expect(() => system.importBuffer(0)).toThrow("descriptor 0 is no dma-buf");
    expect(() => system.importBuffer(99_999)).toThrow("descriptor 99999 is not open");
  });
});

describe("a system on real Linux", () => {
  it("counts what its buffers have of each heap, and says what it does not know", async () => {
    const { system } = await start();
    const [buffer] = system.createBuffers({ size: MIB, count: 2, participants: [DISPLAY] });
    orThrow(buffer!.allocate());
    const cma = (): unknown => system.heaps().find(({ id }) => id === "cma:default");
    expect(cma()).toMatchObject({ used: 2 * MIB, live: 2, allocations: 2, free: 65536 * 1024, largestHole: null });
    for (const one of buffer!.group) {
      for (const attachment of one.attachments) attachment.detach();
      one.release();
    }
    expect(cma()).toMatchObject({ used: 0, live: 0, highWater: 2 * MIB });
    expect(system.heaps().find(({ id }) => id === "cma:codec-pool@50000000")).toMatchObject({ free: null });
  });

  it("tells what happens, in the events of simulated systems", async () => {
    const { system } = await start();
    const seen: SystemEvent[] = [];
    system.subscribe((event) => seen.push(event));
    const buffer = orThrow(system.allocate({ size: MIB, participants: [DISPLAY] }));
    buffer.attachments[0]!.map("to-device");
    system.close();
    expect(seen.map(({ type, source }) => `${source} ${type}`)).toEqual([
      "linux attach",
      "linux allocate",
      "linux map",
      "linux unmap",
      "linux release",
    ]);
  });

  it("leaves nothing open when a call fails in the middle", async () => {
    for (const call of [
      "DMA_HEAP_IOCTL_ALLOC",
      "DRM_IOCTL_PRIME_HANDLE_TO_FD",
      "VIDIOC_EXPBUF",
      "mmap",
      "UDMABUF_CREATE",
    ]) {
      const { system, kernel } = await start();
      kernel.failing.set(call, "EMFILE");
      const made = system.allocate({ size: MIB, participants: [GPU, DISPLAY] });
      if (made.ok) made.value.cpuAccess("read", () => 0);
    }
  });

  it("leaves nothing open when a device that holds a buffer is unplugged", async () => {
    const { system, kernel } = await start();
    const buffer = orThrow(system.allocate({ size: MIB, participants: [GPU] }));
    orThrow(buffer.attachments[0]!.map("to-device"));
    kernel.nodes.clear();
    buffer.attachments[0]!.unmap();
    expect(kernel.handles).toBe(0);
    const again = buffer.attachments[0]!.probe();
    expect(again.ok || again.refusal).toMatchObject({
      code: "not-imported",
      failure: { call: "open", path: "/dev/dri/renderD129", errno: "ENOENT" },
    });
    expect(buffer.cpuAccess("read", (bytes) => bytes.length)).toEqual({ ok: true, value: MIB });
  });

  it("throws for devices and heaps that are not there, and keeps nothing", async () => {
    const { system } = await start();
    expect(() => system.createBuffer({ size: MIB, participants: [DISPLAY, "/dev/video9"] })).toThrow(
      'no device that does DMA is called "/dev/video9"',
    );
    expect(() => system.createBuffer({ size: MIB, heap: "magic" })).toThrow("no heap of this machine is called magic");
    expect(system.buffers).toEqual([]);
  });
});
