import { describe, expect, it } from "vitest";
import { describeBusFault } from "../../../src/simulate/bus-master.js";
import { createDmaSystem, type SimulatedSystem } from "../../../src/simulate/dma-system.js";
import { orThrow } from "../../../src/units/result.js";
import { type BoardSpec, board, device, iommu } from "../../machine-builder.js";

const BOARD: BoardSpec = {
  ram: "0x40000000+1G",
  cma: "0x70000000+64M",
  iommus: [iommu("/iommu")],
  devices: [
    device("isp", { exports: "none" }),
    device("npu", { exports: "none", coherent: true }),
    device("vop", { iommu: "/iommu", queue: "gem-dma", exports: "none" }),
  ],
};

const system = (options: Parameters<typeof createDmaSystem>[1] = {}): SimulatedSystem =>
  createDmaSystem(board(BOARD), options);

describe("what CPU and devices see of a buffer", () => {
  it("reads as zero when it is new, also where somebody had written before", () => {
    const s = system();
    const first = s.createBuffer({ size: 8192, participants: ["isp"] });
    orThrow(first.cpuAccess("write", (bytes) => bytes.fill(1)));
    const where = first.allocation?.memory.physAddr[0];
    first.attachments[0]!.detach();
    first.release();
    const second = s.createBuffer({ size: 8192, participants: ["isp"] });
    expect(orThrow(second.cpuAccess("read", (bytes) => bytes.every((byte) => byte === 0)))).toBe(true);
    expect(second.allocation?.memory.physAddr[0]).toBe(where);
  });

  it("is old for the CPU until it syncs, when a device that does not snoop has written", () => {
    const s = system();
    const buffer = s.createBuffer({ size: 4096 });
    const isp = buffer.attach("isp");
    const view = orThrow(isp.map("bidirectional"));
    const seen = new Uint8Array(1);
    buffer.readBytes(0, seen); // now the CPU's cache holds it
    orThrow(s.busMaster("isp").write(view.dmaAddr, Uint8Array.of(5)));
    buffer.readBytes(0, seen);
    expect(seen[0]).toBe(0);
    expect(orThrow(buffer.cpuAccess("read", (bytes) => bytes[0]))).toBe(5);
  });

  it("is old for a device that does not snoop until the CPU syncs what it wrote", () => {
    const s = system();
    const buffer = s.createBuffer({ size: 4096 });
    const view = orThrow(buffer.attach("isp").map("bidirectional"));
    const seen = new Uint8Array(1);
    buffer.writeBytes(0, Uint8Array.of(6));
    orThrow(s.busMaster("isp").read(view.dmaAddr, seen));
    expect(seen[0]).toBe(0);
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(7)));
    orThrow(s.busMaster("isp").read(view.dmaAddr, seen));
    expect(seen[0]).toBe(7);
  });

  it("is the same at once for a device that snoops", () => {
    const s = system();
    const buffer = s.createBuffer({ size: 4096 });
    const view = orThrow(buffer.attach("npu").map("bidirectional"));
    buffer.writeBytes(0, Uint8Array.of(8));
    const seen = new Uint8Array(1);
    orThrow(s.busMaster("npu").read(view.dmaAddr, seen));
    expect(seen[0]).toBe(8);
    orThrow(s.busMaster("npu").write(view.dmaAddr, Uint8Array.of(9)));
    buffer.readBytes(0, seen);
    expect(seen[0]).toBe(9);
  });

  it("is handed to a function in part, and written back only for write access", () => {
    const buffer = system().createBuffer({ size: 10000, participants: ["isp"] });
    orThrow(buffer.cpuAccess("write", (bytes) => bytes.set([1, 2, 3]), { offset: 4095, size: 3 }));
    orThrow(buffer.cpuAccess("read", (bytes) => bytes.fill(99)));
    expect(orThrow(buffer.cpuAccess("read", (bytes) => [...bytes], { offset: 4094, size: 5 }))).toEqual([
      0, 1, 2, 3, 0,
    ]);
    expect(() => buffer.cpuAccess("read", () => 0, { offset: 9000, size: 4000 })).toThrow(
      new RangeError("4000 bytes from 9000 on are not all in a buffer of 12288"),
    );
    expect(buffer.move().ok).toBe(true); // the access that failed holds nothing
  });

  it("has no bytes, and no cost of bytes, when only numbers are asked for", () => {
    const s = system({ bytes: false });
    const buffer = s.createBuffer({ size: 4096 });
    const view = orThrow(buffer.attach("isp").map("bidirectional"));
    orThrow(s.busMaster("isp").write(view.dmaAddr, Uint8Array.of(1)));
    const seen = Uint8Array.of(77);
    orThrow(s.busMaster("isp").read(view.dmaAddr, seen));
    expect(seen[0]).toBe(0);
    expect(orThrow(buffer.cpuAccess("read", (bytes) => bytes[0]))).toBe(0);
  });
});

describe("a bus master", () => {
  it("faults outside of what is mapped for it, with device, address and access, and touches nothing behind that", () => {
    const s = system();
    const buffer = s.createBuffer({ size: 8192 });
    const view = orThrow(buffer.attach("vop").map("bidirectional"));
    const master = s.busMaster("vop");
    const fault = master.write(view.dmaAddr + 8190, Uint8Array.of(1, 2, 3, 4));
    expect(fault).toEqual({
      ok: false,
      refusal: { code: "bus-fault", device: "/soc/vop", address: view.dmaAddr + 8192, streamId: null, access: "write" },
    });
    if (!fault.ok) {
      expect(describeBusFault(fault.refusal)).toBe(
        `/soc/vop writes to 0x${(view.dmaAddr + 8192).toString(16)}, where nothing is mapped for it`,
      );
    }
    expect(orThrow(buffer.cpuAccess("read", (bytes) => [...bytes.subarray(8188)]))).toEqual([0, 0, 1, 2]);
  });

  it("faults where a mapping has ended, so that freed memory is out of its reach", () => {
    const s = system();
    for (const name of ["vop", "isp"]) {
      const buffer = s.createBuffer({ size: 4096 });
      const attachment = buffer.attach(name);
      const { dmaAddr } = orThrow(attachment.map("bidirectional"));
      attachment.detach();
      buffer.release();
      expect(s.busMaster(name).write(dmaAddr, Uint8Array.of(1))).toMatchObject({
        ok: false,
        refusal: { address: dmaAddr },
      });
    }
    expect(s.mapping.world.memory?.residentPages).toBe(0);
  });

  it("may not write what is mapped for reading behind an IOMMU", () => {
    const s = system();
    const view = orThrow(s.createBuffer({ size: 4096 }).attach("vop").map("to-device"));
    expect(s.busMaster("vop").read(view.dmaAddr, new Uint8Array(4)).ok).toBe(true);
    expect(s.busMaster("vop").write(view.dmaAddr, new Uint8Array(4)).ok).toBe(false);
  });
});
