import { describe, expect, it } from "vitest";
import { describeBufferRefusal } from "../../../src/simulate/buffers/buffer-refusal.js";
import type { Attachment } from "../../../src/simulate/buffers/dma-buffer.js";
import type { SharedBuffer } from "../../../src/simulate/buffers/shared-buffer.js";
import { createDmaSystem, type SimulatedSystem } from "../../../src/simulate/dma-system.js";
import { mebibytes } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { type BoardSpec, board, device, iommu } from "../../machine-builder.js";

const BOARD: BoardSpec = {
  ram: "0x40000000+1G,0x100000000+1G",
  cma: "0x70000000+64M",
  iommus: [iommu("/iommu")],
  devices: [
    device("isp", { exports: "none" }),
    device("rga", { queue: "sg", exports: "none" }),
    device("gpu", { queue: "sg", mask: "0xffffffffff", exports: "none" }),
    device("vop", { iommu: "/iommu", queue: "gem-dma", exports: "none" }),
  ],
};

function system(spec: Partial<BoardSpec> = {}): SimulatedSystem {
  return createDmaSystem(board({ ...BOARD, ...spec }));
}

describe("a device that attaches late", () => {
  it("is accepted when the memory suits it", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(4), participants: ["isp"] });
    const { memory } = orThrow(buffer.allocate());
    const rga = buffer.attach("rga");
    expect(orThrow(rga.map("to-device")).dmaAddr).toBe(memory.physAddr[0]);
    expect(buffer.allocation?.memory).toBe(memory);
  });

  it("makes the buffer move when it does not, contents and all", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(4), participants: ["gpu"] });
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(7)));
    expect(buffer.allocation?.heap).toBe("system");
    buffer.attach("isp");
    expect(buffer.allocation?.heap).toBe("cma:default");
    expect(orThrow(buffer.cpuAccess("read", (bytes) => bytes.every((byte) => byte === 7)))).toBe(true);
    expect(s.heaps().find(({ id }) => id === "system")?.live).toBe(0);
    s.audit();
  });

  // Linux 6.12 drivers/dma-buf/dma-buf.c dma_buf_move_notify().
  it("revokes the views of those who are told of moves, and tells them", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(1) });
    const told: Attachment[] = [];
    const gpu = buffer.attach({ device: "gpu", onMove: (attachment) => told.push(attachment) });
    const before = orThrow(gpu.map("bidirectional"));
    orThrow(s.busMaster("gpu").write(before.addressOf(5), Uint8Array.of(42)));
    const isp = buffer.attach("isp");
    expect(told).toEqual([gpu]);
    expect(before.isLive).toBe(false);
    expect(gpu.view).toBeNull();
    const seen = new Uint8Array(6);
    orThrow(s.busMaster("isp").read(orThrow(isp.map("to-device")).dmaAddr, seen));
    expect([...seen]).toEqual([0, 0, 0, 0, 0, 42]);
    expect(orThrow(gpu.map("bidirectional")).dmaAddr).toBe(buffer.allocation?.memory.physAddr[0]);
  });

  const holders: readonly (readonly [string, (s: SimulatedSystem) => SharedBuffer, object, string])[] = [
    [
      "who has it mapped without being told of moves",
      (s) => {
        const buffer = s.createBuffer({ size: mebibytes(1) });
        orThrow(buffer.attach("gpu").map("to-device"));
        return buffer;
      },
      { device: "/soc/gpu", by: "map" },
      "/soc/gpu has it mapped and is not told of moves",
    ],
    [
      "who has pinned it",
      (s) => {
        const buffer = s.createBuffer({ size: mebibytes(1) });
        orThrow(buffer.attach({ device: "gpu", onMove: () => {} }).pin());
        return buffer;
      },
      { device: "/soc/gpu", by: "pin" },
      "/soc/gpu has it pinned",
    ],
    [
      "the CPU in the middle of an access",
      (s) => {
        const buffer = s.createBuffer({ size: mebibytes(1), participants: ["gpu"] });
        orThrow(buffer.beginCpuAccess("read"));
        return buffer;
      },
      { device: null, by: "cpu-access" },
      "the CPU is in the middle of an access",
    ],
  ];
  for (const [name, make, holder, words] of holders) {
    it(`is refused with the conflict and the holder: ${name}`, () => {
      const s = system();
      const buffer = make(s);
      const before = [buffer.allocation, s.heaps(), buffer.references];
      const late = buffer.tryAttach("isp");
      expect(late).toMatchObject({
        ok: false,
        refusal: {
          code: "held",
          errno: "EBUSY",
          device: "/soc/isp",
          heap: "system",
          reasons: [
            { code: "would-bounce", outside: 1048576, share: 1, firstOutside: buffer.allocation!.memory.physAddr[0] },
          ],
          holders: [holder],
        },
      });
      if (!late.ok) expect(describeBufferRefusal(late.refusal)).toContain(`; and it cannot move: ${words}`);
      expect(() => buffer.attach("isp")).toThrow(RangeError);
      expect([buffer.allocation, s.heaps(), buffer.references]).toEqual(before);
    });
  }

  it("is accepted once whoever held it lets go", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(1) });
    const gpu = buffer.attach("gpu");
    orThrow(gpu.map("to-device"));
    expect(buffer.tryAttach("isp").ok).toBe(false);
    gpu.unmap();
    expect(buffer.tryAttach("isp").ok).toBe(true);
  });

  it("is refused when there is no memory for all, and nothing has changed", () => {
    const far = device("far", { mask: "0xffffffffff", windows: ["0x100000000@0x0+1G"], exports: "none" });
    const s = system({ devices: [...BOARD.devices!, far] });
    const buffer = s.createBuffer({ size: mebibytes(1), participants: ["isp"] });
    orThrow(buffer.allocate());
    const before = s.heaps();
    const late = buffer.tryAttach("far");
    expect(late).toMatchObject({
      ok: false,
      refusal: { code: "nowhere-to-go", device: "/soc/far", heap: "cma:default", refusal: { code: "not-placeable" } },
    });
    expect(s.heaps()).toEqual(before);
    expect(buffer.attachments.map(({ device: path }) => path)).toEqual(["/soc/isp"]);
  });

  it("is refused when the memory that would do is taken, and nothing has changed", () => {
    const s = system();
    const taken = s.createBuffer({ size: mebibytes(60), participants: ["isp"] });
    orThrow(taken.allocate());
    const buffer = s.createBuffer({ size: mebibytes(8), participants: ["gpu"] });
    orThrow(buffer.allocate());
    const before = s.heaps().map(({ used }) => used);
    expect(buffer.tryAttach("isp")).toMatchObject({
      ok: false,
      refusal: { code: "nowhere-to-go", refusal: { code: "no-memory" } },
    });
    expect(s.heaps().map(({ used }) => used)).toEqual(before);
  });

  it("is refused when it needs another layout of the picture, with both", () => {
    const layouts = [{ fourcc: "*", modifier: "LINEAR", strideAlign: 256, heightAlign: 1, offsetAlign: 1 }] as const;
    const s = system({ devices: [...BOARD.devices!, device("enc", { layouts: [...layouts], exports: "none" })] });
    const buffer = s.createBuffer({ image: "1920x1080:XR24", participants: ["isp"] });
    const odd = s.createBuffer({ image: "1000x16:XR24", participants: ["isp"] });
    orThrow(buffer.allocate());
    orThrow(odd.allocate());
    expect(buffer.tryAttach("enc").ok).toBe(true); // 7680 bytes are a multiple of 256 anyway
    const late = odd.tryAttach("enc");
    expect(late).toMatchObject({ ok: false, refusal: { code: "layout-differs", device: "/soc/enc" } });
    if (!late.ok) {
      expect(describeBufferRefusal(late.refusal)).toBe(
        "/soc/enc needs another layout: stride 4096 from 0 on, not stride 4032 from 0 on",
      );
    }
  });
});

describe("moving a buffer", () => {
  it("goes to the heap that is named when that suits everybody", () => {
    const s = system();
    const buffer = s.createBuffer({ size: mebibytes(1), participants: ["gpu"] });
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(9)));
    expect(orThrow(buffer.move("cma:default")).heap).toBe("cma:default");
    expect(orThrow(buffer.cpuAccess("read", (bytes) => bytes[77]))).toBe(9);
    buffer.attach("isp");
    expect(buffer.move("system")).toMatchObject({
      ok: false,
      refusal: {
        code: "unsuitable-heap",
        heap: "system",
        reasons: [{ code: "would-bounce" }, { code: "needs-contiguous" }],
      },
    });
    expect(buffer.move("system").ok).toBe(false);
    expect(() => buffer.move("ion")).toThrow(/no heap of this machine is called ion/);
  });

  it("is refused without memory, and while somebody holds it", () => {
    const buffer = system().createBuffer({ size: mebibytes(1) });
    const isp = buffer.attach("isp");
    expect(buffer.move()).toMatchObject({ ok: false, refusal: { code: "no-allocation" } });
    orThrow(isp.map("to-device"));
    const refusal = buffer.move();
    expect(refusal).toMatchObject({
      ok: false,
      refusal: { code: "held", holders: [{ device: "/soc/isp", by: "map" }] },
    });
    if (!refusal.ok) {
      expect(describeBufferRefusal(refusal.refusal)).toBe(
        "buffer 1 cannot move: /soc/isp has it mapped and is not told of moves",
      );
    }
  });
});
