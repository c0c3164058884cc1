import { describe, expect, it } from "vitest";
import { V4l2Queue } from "../../src/clients/v4l2-queue.js";
import { describeQueueRefusal, type QueueRefusal } from "../../src/clients/v4l2-refusal.js";
import { mebibytes } from "../../src/units/quantity.js";
import { orThrow, type Result } from "../../src/units/result.js";
import { clientSystem, usage } from "./board.js";

const words = (result: Result<unknown, QueueRefusal>): string =>
  result.ok ? "" : describeQueueRefusal(result.refusal);
const CAMERA = { device: "camera", type: "capture", planes: [8192, 4096] } as const;

describe("a queue of mmap memory", () => {
  it("hands buffers to the driver in their order, and back in the order they are done", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, CAMERA);
    expect(queue.requestBuffers(3, "mmap")).toEqual({ ok: true, value: 3 });
    for (const index of [2, 0, 1]) orThrow(queue.queueBuffer(index));
    expect(queue.nextActive()).toBeNull();
    orThrow(queue.streamOn());
    const first = queue.nextActive()!;
    const second = queue.nextActive()!;
    expect([first.index, second.index]).toEqual([2, 0]);
    expect(first.planes.map(({ size, direction }) => [size, direction])).toEqual([
      [8192, "from-device"],
      [4096, "from-device"],
    ]);
    queue.finish(0, "done", [100, 4]);
    queue.finish(2, "error");
    expect(queue.dequeueBuffer()).toEqual({
      ok: true,
      value: {
        index: 0,
        state: "dequeued",
        memory: "mmap",
        isError: false,
        planes: [
          { length: 8192, bytesused: 100 },
          { length: 4096, bytesused: 4 },
        ],
      },
    });
    expect(orThrow(queue.dequeueBuffer())).toMatchObject({
      index: 2,
      isError: true,
      planes: [{ bytesused: 8192 }, {}],
    });
    expect(words(queue.dequeueBuffer())).toBe("no buffer is done yet");
    expect(orThrow(queue.queryBuffer(1)).state).toBe("queued");
  });

  it("shows the program what the device wrote", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, CAMERA);
    orThrow(queue.requestBuffers(1, "mmap"));
    orThrow(queue.queueBuffer(0));
    orThrow(queue.streamOn());
    const { planes } = queue.nextActive()!;
    orThrow(system.busMaster("camera").write(planes[1]!.addressOf(7)!, Uint8Array.of(42)));
    queue.finish(0);
    orThrow(queue.dequeueBuffer());
    expect(orThrow(queue.plane(0, 1)!.cpuAccess("read", (bytes) => bytes[7]))).toBe(42);
  });

  it("takes all buffers of a request or none", () => {
    const queue = new V4l2Queue(clientSystem(), { device: "camera", type: "capture", planes: [mebibytes(20)] });
    orThrow(queue.requestBuffers(4, "mmap"));
    expect(queue.queueBuffer(0)).toMatchObject({ ok: false, refusal: { code: "not-placeable" } });
    orThrow(queue.requestBuffers(3, "mmap"));
    expect(queue.queueBuffer(0).ok).toBe(true);
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c vb2_core_reqbufs().
  it("gives everything back with a request for none, but for buffers that were exported", () => {
    const system = clientSystem();
    const before = usage(system);
    const queue = new V4l2Queue(system, CAMERA);
    orThrow(queue.requestBuffers(2, "mmap"));
    orThrow(queue.queueBuffer(0));
    const fd = orThrow(queue.exportBuffer(0, 1));
    orThrow(queue.streamOn());
    expect(words(queue.requestBuffers(0, "mmap"))).toBe("the queue is streaming");
    queue.streamOff();
    expect(queue.requestBuffers(0, "mmap")).toEqual({ ok: true, value: 0 });
    expect(system.buffers).toHaveLength(1);
    const orphan = system.importBuffer(fd);
    expect(orphan.size).toBe(4096);
    orphan.release();
    system.closeDescriptor(fd);
    expect(usage(system)).toEqual(before);
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c vb2_core_streamon(), vb2_core_qbuf().
  it("gives the driver nothing before as many are queued as it needs", () => {
    const queue = new V4l2Queue(clientSystem(), { ...CAMERA, minQueued: 2 });
    orThrow(queue.requestBuffers(3, "mmap"));
    orThrow(queue.streamOn());
    orThrow(queue.queueBuffer(0));
    expect(queue.nextActive()).toBeNull();
    orThrow(queue.queueBuffer(1));
    expect([queue.nextActive()?.index, queue.nextActive()?.index]).toEqual([0, 1]);
  });

  it("gives all buffers back to the program when streaming ends", () => {
    const queue = new V4l2Queue(clientSystem(), CAMERA);
    orThrow(queue.requestBuffers(3, "mmap"));
    for (const index of [0, 1, 2]) orThrow(queue.queueBuffer(index));
    orThrow(queue.streamOn());
    queue.nextActive();
    queue.finish(queue.nextActive()!.index);
    queue.streamOff();
    expect([0, 1, 2].map((index) => orThrow(queue.queryBuffer(index)).state)).toEqual([
      "dequeued",
      "dequeued",
      "dequeued",
    ]);
    expect(words(queue.dequeueBuffer())).toBe("the queue is not streaming");
    expect(() => queue.finish(0)).toThrow(new RangeError("buffer 0 is not with the driver"));
  });

  it("has at most 32 buffers, and adds to them of the same memory", () => {
    const queue = new V4l2Queue(clientSystem(), CAMERA);
    expect(queue.requestBuffers(100, "mmap")).toEqual({ ok: true, value: 32 });
    expect(words(queue.createBuffers(1, "mmap"))).toBe("33 buffers: a queue has at most 32");
    orThrow(queue.requestBuffers(30, "mmap"));
    expect(queue.createBuffers(5, "mmap")).toEqual({ ok: true, value: 30 });
    expect(queue.count).toBe(32);
    orThrow(queue.requestBuffers(2, "mmap"));
    expect(queue.createBuffers(2, "mmap")).toEqual({ ok: true, value: 2 });
    expect(words(queue.createBuffers(1, "dmabuf"))).toBe("the queue has buffers of mmap memory, not of dmabuf");
    expect(queue.count).toBe(4);
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c vb2_core_streamon(), vb2_core_qbuf(), vb2_core_queue_init().
  it("has a buffer more than the driver begins with, and begins anew with each stream", () => {
    const queue = new V4l2Queue(clientSystem(), { ...CAMERA, minQueued: 2 });
    expect(queue.createBuffers(1, "mmap").ok).toBe(true);
    expect(words(queue.streamOn())).toBe("the driver begins with 2 queued buffers, and the queue has 1");
    expect(queue.requestBuffers(1, "mmap")).toEqual({ ok: true, value: 3 });
    orThrow(queue.streamOn());
    orThrow(queue.queueBuffer(1));
    expect(queue.nextActive()).toBeNull();
    orThrow(queue.queueBuffer(0));
    expect([queue.nextActive()?.index, queue.nextActive()?.index]).toEqual([1, 0]);
    orThrow(queue.queueBuffer(2));
    expect(queue.nextActive()?.index).toBe(2);
    queue.streamOff();
    orThrow(queue.queueBuffer(2));
    orThrow(queue.streamOn());
    expect(queue.nextActive()).toBeNull();
    expect(() => new V4l2Queue(clientSystem(), { ...CAMERA, minQueued: 32 })).toThrow(
      new RangeError("minQueued is 32, not a whole number from 0 to 31"),
    );
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-v4l2.c __verify_length(), vb2_fill_vb2_v4l2_buffer().
  it("tells the driver what the program put into an output buffer", () => {
    const queue = new V4l2Queue(clientSystem(), { ...CAMERA, type: "output" });
    orThrow(queue.requestBuffers(1, "mmap"));
    const put = (...payloads: object[]): string => words(queue.queueBuffer(0, [], payloads));
    expect(put({ bytesused: 8193 }, {})).toBe("plane 0 has 8192 bytes, and 8193 of them are said to be used");
    expect(put({}, { bytesused: 0.5 })).toBe("plane 1 has 4096 bytes, and 0.5 of them are said to be used");
    expect(put({}, { bytesused: 10, dataOffset: 10 })).toBe("the data of plane 1 begins at 10, and 10 bytes are used");
    expect(put({})).toBe("a buffer has 2 planes, and 1 were given");
    expect(put({ bytesused: 0 }, { bytesused: 10, dataOffset: 9 })).toBe("");
    orThrow(queue.streamOn());
    expect(queue.nextActive()!.payloads).toEqual([
      { bytesused: 8192, dataOffset: 0 },
      { bytesused: 10, dataOffset: 9 },
    ]);
    queue.finish(0);
    expect(orThrow(queue.dequeueBuffer()).planes).toEqual([
      { length: 8192, bytesused: 8192 },
      { length: 4096, bytesused: 10 },
    ]);
  });

  it("does not look at what a capture buffer is said to have in it", () => {
    const queue = new V4l2Queue(clientSystem(), CAMERA);
    orThrow(queue.requestBuffers(1, "mmap"));
    expect(queue.queueBuffer(0, [], [{ bytesused: 9999 }, {}]).ok).toBe(true);
  });
});

describe("a queue of dma-bufs", () => {
  const SCALER = { device: "scaler", type: "output", planes: [8000] } as const;

  it("maps what it is given, and keeps it as long as it is the same", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, SCALER);
    const buffers = [1, 2].map(() => system.createBuffer({ size: 8192 }));
    const [one, other] = buffers.map((buffer) => buffer.export());
    orThrow(queue.requestBuffers(1, "dmabuf"));
    orThrow(queue.queueBuffer(0, [{ fd: one! }]));
    const attachment = buffers[0]!.attachments[0]!;
    expect(attachment.view?.direction).toBe("to-device");
    queue.streamOff();
    orThrow(queue.queueBuffer(0, [{ fd: one! }]));
    expect(buffers[0]!.attachments).toEqual([attachment]);
    queue.streamOff();
    orThrow(queue.queueBuffer(0, [{ fd: other! }]));
    expect([buffers[0]!.attachments.length, buffers[1]!.attachments.length]).toEqual([0, 1]);
    queue.close();
    expect(buffers.map(({ references }) => references)).toEqual([2, 2]);
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c __prepare_dmabuf(); a report: https://github.com/raspberrypi/linux/issues/4669.
  it("refuses what is too short, in the kernel's words", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, { device: "camera", type: "capture", planes: [4177920] });
    const buffer = system.createBuffer({ size: 4147200 });
    const fd = buffer.export();
    orThrow(queue.requestBuffers(1, "dmabuf"));
    expect(words(queue.queueBuffer(0, [{ fd }]))).toBe(
      "invalid dmabuf length 4147200 for plane 0, minimum length 4177920",
    );
    expect(buffer.references).toBe(2);
    expect(orThrow(queue.queryBuffer(0)).state).toBe("dequeued");
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-dma-contig.c vb2_dc_attach_dmabuf(), videobuf2-core.c __prepare_dmabuf().
  it("refuses a length beyond the buffer, and takes 0 for all of it", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, SCALER);
    const fd = system.createBuffer({ size: 8000 }).export();
    orThrow(queue.requestBuffers(1, "dmabuf"));
    expect(words(queue.queueBuffer(0, [{ fd, length: 8193 }]))).toBe(
      "plane 0 has a length of 8193 bytes, and its dma-buf has 8192",
    );
    orThrow(queue.queueBuffer(0, [{ fd, length: 0 }]));
    expect(orThrow(queue.queryBuffer(0)).planes).toEqual([{ length: 8000, bytesused: 8000 }]);
  });

  // Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c __prepare_dmabuf(), struct vb2_plane dbuf_duplicated.
  it("attaches once to a dma-buf that is in two planes", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, { ...SCALER, planes: [4096, 4096] });
    const [both, other] = [1, 2].map(() => system.createBuffer({ size: 8192 }));
    const [fd, otherFd] = [both!.export(), other!.export()];
    orThrow(queue.requestBuffers(1, "dmabuf"));
    orThrow(queue.queueBuffer(0, [{ fd }, { fd }]));
    const [attachment, ...more] = both!.attachments;
    expect(more).toEqual([]);
    orThrow(queue.streamOn());
    const { planes } = queue.nextActive()!;
    expect(planes[0]).toBe(planes[1]);
    queue.streamOff();
    orThrow(queue.queueBuffer(0, [{ fd: otherFd }, { fd }]));
    expect(both!.attachments).toEqual([attachment]);
    expect(attachment!.view?.isLive).toBe(true);
    queue.close();
    expect([both!.references, other!.references]).toEqual([2, 2]);
  });

  it("refuses a buffer that its device cannot use and that cannot move, and leaves the slot as it was", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, { ...SCALER, planes: [4096, 4096] });
    const [good, bad] = [1, 2].map(() => system.createBuffer({ size: 4096, participants: ["gpu"] }));
    orThrow(bad!.attachments[0]!.map("to-device"));
    orThrow(queue.requestBuffers(1, "dmabuf"));
    const refused = queue.queueBuffer(0, [{ fd: good!.export() }, { fd: bad!.export() }]);
    expect(words(refused)).toContain("/soc/gpu has it mapped and is not told of moves");
    expect([good!.references, bad!.references]).toEqual([3, 3]);
    expect(() => queue.queueBuffer(0, [{ fd: good!.export() }, { fd: 999 }])).toThrow("descriptor 999 is not open");
    expect(good!.references).toBe(4);
  });

  it("has nothing to export", () => {
    const queue = new V4l2Queue(clientSystem(), SCALER);
    orThrow(queue.requestBuffers(1, "dmabuf"));
    expect(words(queue.exportBuffer(0))).toBe("the queue has buffers of dmabuf memory, not of mmap");
    expect(queue.plane(0)).toBeNull();
  });
});

describe("wrong use of a queue", () => {
  it("is refused or told, with the numbers", () => {
    const system = clientSystem();
    const queue = new V4l2Queue(system, CAMERA);
    expect(words(queue.streamOn())).toBe("the queue has no buffers");
    orThrow(queue.requestBuffers(1, "mmap"));
    expect(words(queue.queueBuffer(1))).toBe("there is no buffer 1; the queue has 1");
    expect(words(queue.queryBuffer(-1))).toBe("there is no buffer -1; the queue has 1");
    expect(words(queue.exportBuffer(0, 2))).toBe("a buffer has 2 planes, and 3 were given");
    expect(words(queue.queueBuffer(0, [{ fd: 3 }]))).toBe("a buffer has 0 planes, and 1 were given");
    orThrow(queue.queueBuffer(0));
    expect(words(queue.queueBuffer(0))).toBe("buffer 0 is queued");
    expect(() => queue.requestBuffers(-1, "mmap")).toThrow(new RangeError("-1 buffers, not a whole number from 0 on"));
    expect(() => queue.plane(0, 5)).toThrow(new RangeError("there is no plane 5 of a buffer 0"));
    expect(() => new V4l2Queue(system, { ...CAMERA, planes: [] })).toThrow("a queue whose buffers have no plane");
    expect(() => new V4l2Queue(system, { ...CAMERA, planes: [0] })).toThrow(
      new RangeError("a plane of 0 bytes, not a whole number from 1 to 2^53 - 1"),
    );
  });
});
