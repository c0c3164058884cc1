import { describe, expect, it } from "vitest";
import { describeBufferRefusal } from "../../../src/simulate/buffers/buffer-refusal.js";
import { createDmaSystem, type SimulatedSystem } from "../../../src/simulate/dma-system.js";
import type { SystemEvent } from "../../../src/simulate/events.js";
import { mebibytes } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { type BoardSpec, board, device, iommu } from "../../machine-builder.js";

/**
 * RAM on both sides of 4 GiB, a default area, and devices of four kinds: `isp` needs one range below 4 GiB, `rga` takes pages below 4 GiB, `gpu` takes pages
 * anywhere, `vop` sees everything through an IOMMU.
 */
const BOARD: BoardSpec = {
  ram: "0x40000000+1G,0x100000000+1G",
  cma: "0x70000000+64M",
  iommus: [iommu("/iommu")],
  devices: [
    device("isp"),
    device("rga", { queue: "sg", exports: "none" }),
    device("gpu", { queue: "sg", mask: "0xffffffffff", exports: "none" }),
    device("vop", { iommu: "/iommu", queue: "gem-dma", exports: "none" }),
  ],
};

function system(spec: Partial<BoardSpec> = {}): SimulatedSystem {
  return createDmaSystem(board({ ...BOARD, ...spec }));
}

describe("a buffer", () => {
  it("has no memory before somebody maps it", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(12) });
    buffer.attach("isp");
    expect(buffer.allocation).toBeNull();
    expect(s.heaps().find(({ id }) => id === "cma:default")?.live).toBe(3); // boot's pools for atomic allocations
    orThrow(buffer.attachments[0]!.map("from-device"));
    expect(buffer.allocation).toMatchObject({ heap: "cma:default", route: "dma-heap", size: 12582912 });
  });

  it("gets memory that suits everybody who attached before that", () => {
    const s = system();
    const alone = s.createBuffer({ size: mebibytes(12), participants: ["gpu"] });
    expect(orThrow(alone.allocate()).heap).toBe("system");
    const shared = s.createBuffer({ size: mebibytes(12), participants: ["gpu", "isp"] });
    expect(orThrow(shared.allocate()).heap).toBe("cma:default");
  });

  it("gives each device addresses of its own", () => {
    const buffer = system().createBuffer({ size: mebibytes(12) });
    const isp = buffer.attach("isp");
    const vop = buffer.attach("vop");
    const direct = orThrow(isp.map("from-device"));
    const mapped = orThrow(vop.map("to-device"));
    expect(direct).toMatchObject({ via: "direct", nents: 1, dmaAddr: 0x70100000, isContiguous: true, size: 12582912 });
    expect(mapped).toMatchObject({ via: "iommu", nents: 1, dmaAddr: 0xff000000, direction: "to-device" });
    expect(mapped.segments).toEqual([{ dmaAddr: 0xff000000, length: 12582912 }]);
    expect(mapped.addressOf(4096)).toBe(0xff001000);
  });

  it("maps a second time what covers the direction, and counts", () => {
    const buffer = system().createBuffer({ size: 4096 });
    const isp = buffer.attach("isp");
    const view = orThrow(isp.map("bidirectional"));
    expect(orThrow(isp.map("to-device"))).toBe(view);
    isp.unmap();
    expect(view.isLive).toBe(true);
    isp.unmap();
    expect(view.isLive).toBe(false);
    expect(() => view.dmaAddr).toThrow("the view of /soc/isp has ended");
    expect(() => isp.unmap()).toThrow(new RangeError("/soc/isp has nothing of buffer 1 mapped"));
  });

  // Linux 6.12 drivers/dma-buf/dma-buf.c dma_buf_map_attachment(): -EBUSY for another direction than the cached one.
  it("refuses another direction while it is mapped in one", () => {
    const isp = system().createBuffer({ size: 4096 }).attach("isp");
    orThrow(isp.map("to-device"));
    const refusal = isp.map("from-device");
    expect(refusal).toEqual({
      ok: false,
      refusal: {
        code: "mapped-otherwise",
        errno: "EBUSY",
        device: "/soc/isp",
        mapped: "to-device",
        asked: "from-device",
      },
    });
    if (!refusal.ok) {
      expect(describeBufferRefusal(refusal.refusal)).toBe("/soc/isp has it mapped to-device, and asks for from-device");
    }
  });

  it("is sized by what its devices want of a picture, once it has memory for good", () => {
    const layouts = [{ fourcc: "*", modifier: "LINEAR", strideAlign: 256, heightAlign: 1, offsetAlign: 1 }] as const;
    const s = system({ devices: [...BOARD.devices!, device("enc", { layouts: [...layouts] })] });
    const buffer = s.createBuffer({ image: "1920x1080:NV12", participants: ["enc"] });
    expect(buffer).toMatchObject({ size: 2048 * 1080 * 1.5, layout: { planes: [{ stride: 2048 }, { stride: 2048 }] } });
    orThrow(buffer.allocate());
    expect(buffer.size).toBe(3317760);
  });

  it("is freed with its last reference: maker's, attachments', descriptors'", () => {
    const s = system();
    const buffer = s.createBuffer({ size: 8192 });
    const isp = buffer.attach("isp");
    orThrow(isp.map("from-device"));
    const descriptor = buffer.export();
    expect(buffer.references).toBe(3);
    buffer.release();
    expect(() => buffer.release()).toThrow(
      new RangeError("buffer 1 has no reference left to give back: 1 belong to attachments, 1 to descriptors"),
    );
    const again = s.importBuffer(descriptor);
    expect(again).toBe(buffer);
    s.closeDescriptor(descriptor);
    expect(() => s.importBuffer(descriptor)).toThrow(new RangeError(`descriptor ${descriptor} is not open`));
    expect(() => s.closeDescriptor(descriptor)).toThrow(RangeError);
    isp.detach();
    expect(s.buffers).toEqual([buffer]);
    again.release();
    expect(s.buffers).toEqual([]);
    expect(s.heaps().find(({ id }) => id === "cma:default")?.live).toBe(3);
    expect(() => buffer.allocate()).toThrow(new RangeError("buffer 1 has been freed"));
    expect(() => isp.map("to-device")).toThrow(new RangeError("/soc/isp is not attached to buffer 1 any more"));
  });

  it("comes from a heap that is named, whatever its devices need, as programs have it", () => {
    const buffer = system().createBuffer({ size: mebibytes(2), heap: "system", participants: ["isp"] });
    expect(orThrow(buffer.allocate())).toMatchObject({ heap: "system", route: "dma-heap", placement: null });
  });

  it("says who is attached to nobody's buffer", () => {
    const refusal = system().createBuffer({ size: 4096 }).allocate();
    expect(refusal).toEqual({
      ok: false,
      refusal: { code: "no-participants", errno: "EINVAL", buffer: "buffer 1" },
    });
  });

  it("is refused with the conflict when no memory suits all", () => {
    const far = device("far", { mask: "0xffffffffff", windows: ["0x100000000@0x0+1G"] });
    const s = system({ devices: [...BOARD.devices!, far] });
    const refusal = s.createBuffer({ size: mebibytes(8), participants: ["isp", "far"] }).allocate();
    expect(refusal).toMatchObject({ ok: false, refusal: { code: "not-placeable", errno: "EINVAL" } });
    if (!refusal.ok)
      expect(describeBufferRefusal(refusal.refusal)).toContain("/soc/far: reach 0x100000000-0x13fffffff");
  });

  it("is refused with what each heap says when none has memory left", () => {
    const s = system({ profile: { systemHeap: false, udmabuf: null } });
    const first = s.createBuffer({ size: mebibytes(40), participants: ["isp"] });
    orThrow(first.allocate());
    const refusal = s.createBuffer({ size: mebibytes(40), participants: ["isp"] }).allocate();
    expect(refusal).toMatchObject({
      ok: false,
      refusal: { code: "no-memory", errno: "ENOMEM", requested: 41943040, count: 1 },
    });
    if (!refusal.ok) {
      expect(describeBufferRefusal(refusal.refusal)).toMatch(
        /^no memory for 40 MiB: cma:default: 23\.25 MiB are free; cma:default through \/soc\/isp: 23\.25 MiB are free$/,
      );
    }
  });

  it("takes the next best memory when the best has none left", () => {
    const s = system();
    for (let i = 0; i < 3; i += 1) orThrow(s.createBuffer({ size: mebibytes(20), participants: ["isp"] }).allocate());
    const last = orThrow(s.createBuffer({ size: mebibytes(4), participants: ["isp"] }).allocate());
    expect(last).toMatchObject({ heap: "page-block", route: "v4l2", exporter: "/soc/isp" });
  });
});

describe("buffers of a group", () => {
  it("are allocated all or not at all", () => {
    const s = system();
    const before = s.heaps();
    const five = s.createBuffers({ size: mebibytes(20), count: 5, participants: ["isp"] });
    expect(five[3]!.allocate()).toMatchObject({ ok: false, refusal: { code: "not-placeable" } });
    expect(s.heaps()).toEqual(before);
    const three = s.createBuffers({ size: mebibytes(16), count: 3, participants: ["isp"], name: "frame" });
    orThrow(three[1]!.allocate());
    expect(three.map(({ name, allocation }) => [name, allocation?.memory.physAddr[0]])).toEqual([
      ["frame 0", 0x70100000],
      ["frame 1", 0x71100000],
      ["frame 2", 0x72100000],
    ]);
  });

  it("suit everybody attached to any of them", () => {
    const [first, second] = system().createBuffers({ size: mebibytes(2), count: 2, participants: ["gpu"] });
    second!.attach("isp");
    orThrow(first!.allocate());
    expect(first!.allocation?.heap).toBe("cma:default");
  });

  it("go back together when the map that asked for them fails", () => {
    const s = system({ iommus: [iommu("/iommu", { aperture: "0x1000+8M" })] });
    const [first, second] = s.createBuffers({ size: mebibytes(2), count: 2, participants: ["vop", "isp"] });
    s.faults.failNth(6);
    const before = s.heaps().map(({ used }) => used);
    const refusal = first!.attachments[0]!.map("to-device");
    expect(refusal.ok).toBe(false);
    expect([first!.allocation, second!.allocation]).toEqual([null, null]);
    expect(s.heaps().map(({ used }) => used)).toEqual(before);
  });
});

describe("wrong use of a system", () => {
  const wrong: readonly (readonly [string, () => unknown, string | RegExp])[] = [
    ["size 0", () => system().createBuffer({ size: 0 }), "size is 0, not a whole number from 1 to 2^53 - 1"],
    ["half a byte", () => system().createBuffer({ size: 1.5 }), "size is 1.5, not a whole number from 1 to 2^53 - 1"],
    ["no size", () => system().createBuffer({}), "a buffer has either a size or an image"],
    ["both", () => system().createBuffer({ size: 1, image: "1x1:XR24" }), "a buffer has either a size or an image"],
    [
      "no count",
      () => system().createBuffer({ size: 1, count: 0 }),
      "count is 0, not a whole number from 1 to 2^53 - 1",
    ],
    [
      "no picture",
      () => system().createBuffer({ image: "big" }),
      '"big" is no picture: WIDTHxHEIGHT:FOURCC[:MODIFIER]',
    ],
    [
      "a heap that is not there",
      () => system().createBuffer({ size: 1, heap: "ion" }),
      /^no heap of this machine is called ion; there are cma:default, /,
    ],
    [
      "no use by the CPU",
      () => system().createBuffer({ size: 1, cpu: "always" as "often" }),
      '"always" is no use by the CPU: none, rare, often',
    ],
    [
      "no access",
      () =>
        system()
          .createBuffer({ size: 1 })
          .attach({ device: "isp", access: "rw" as "read" }),
      '"rw" is no access: read, write, read-write',
    ],
    [
      "no access of the CPU",
      () =>
        system()
          .createBuffer({ size: 1 })
          .beginCpuAccess("exec" as "read"),
      '"exec" is no access: read, write, read-write',
    ],
    [
      "no direction",
      () =>
        system()
          .createBuffer({ size: 1 })
          .attach("isp")
          .map("both" as "to-device"),
      '"both" is no direction: to-device, from-device, bidirectional',
    ],
    [
      "no address",
      () => system().busMaster("isp").read(-1, new Uint8Array(1)),
      "1 bytes from -1 on leave the addresses 0 to 2^53 - 1",
    ],
    [
      "a byte outside of a view",
      () => orThrow(system().createBuffer({ size: 1 }).attach("isp").map("to-device")).addressOf(4096),
      "offset 4096 is not one of the 4096 bytes mapped for /soc/isp",
    ],
    [
      "half a byte of a view",
      () => orThrow(system().createBuffer({ size: 1 }).attach("isp").map("to-device")).addressOf(0.5),
      "offset 0.5 is no whole number of bytes",
    ],
    ["a device that is not there", () => system().createBuffer({ size: 1 }).attach("isq"), /isq.*isp/],
    ["a device in the request", () => system().createBuffer({ size: 1, participants: ["no"] }), /no/],
    ["a queue that is not there", () => system().createBuffer({ size: 1 }).attach("isp#meta"), /meta/],
    ["an engine that is not there", () => system().busMaster("isq"), /isq/],
    [
      "the end of no access",
      () => system().createBuffer({ size: 1 }).endCpuAccess("read"),
      "buffer 1: the end of a read access of the CPU that has not begun",
    ],
    [
      "unpinning nothing",
      () => system().createBuffer({ size: 1 }).attach("isp").unpin(),
      "/soc/isp has not pinned buffer 1",
    ],
    [
      "bytes of no memory",
      () => system().createBuffer({ size: 1 }).readBytes(0, new Uint8Array(1)),
      "buffer 1 has no memory yet",
    ],
  ];
  for (const [name, use, message] of wrong) {
    it(`is told: ${name}`, () => {
      expect(use).toThrow(RangeError);
      expect(use).toThrow(message);
    });
  }
});

describe("events", () => {
  it("tell a buffer's life in order, with stable ids", () => {
    const s = system();
    const events: SystemEvent[] = [];
    const stop = s.subscribe((event) => events.push(event));
    const buffer = s.createBuffer({ size: mebibytes(3), participants: ["isp", "vop"] });
    for (const attachment of buffer.attachments) orThrow(attachment.map("bidirectional"));
    for (const attachment of buffer.attachments) attachment.detach();
    buffer.release();
    stop();
    s.createBuffer({ size: 4096 }).attach("isp");
    expect(
      events.map((e) => [e.type, "buffer" in e ? e.buffer : null, "participant" in e ? e.participant : null]),
    ).toEqual([
      ["attach", 1, "/soc/isp"],
      ["attach", 1, "/soc/vop"],
      ["allocate", 1, null],
      ["map", 1, "/soc/isp"],
      ["map", 1, "/soc/vop"],
      ["unmap", 1, "/soc/isp"],
      ["detach", 1, "/soc/isp"],
      ["unmap", 1, "/soc/vop"],
      ["detach", 1, "/soc/vop"],
      ["release", 1, null],
    ]);
    const times = events.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(events[2]).toMatchObject({
      heap: "cma:default",
      requested: 3145728,
      taken: 3145728,
      blocks: 1,
      source: "model",
    });
  });

  it("tell what was refused, and why", () => {
    const s = system({ profile: { systemHeap: false, udmabuf: null } });
    const events: SystemEvent[] = [];
    s.subscribe((event) => events.push(event));
    s.createBuffer({ size: mebibytes(100), participants: ["isp"] }).allocate();
    expect(events.at(-1)).toMatchObject({ type: "allocate-failed", heap: null, cause: "not-placeable", buffer: 1 });
  });
});
