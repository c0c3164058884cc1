import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type AddressedView,
  applyOverlay,
  type BufferAttachment,
  createDmaSystem,
  describeBusFault,
  EMBEDDED_6_12,
  type FactOverride,
  loadFacts,
  type Machine,
  orThrow,
  parseMemorySpec,
  readDeviceTree,
  readMachine,
  type SimulatedSystem,
} from "../../src/index.js";
import { boardFolder, cachedBoards } from "../../tools/boards/provide.js";
import { ROOT, requiredParts } from "../../tools/project.js";

/*
 * What examples/multi-device.ts relies on, and what happens where a program does it wrong. That the program itself runs, and what it prints, is checked with
 * README.md.
 */

const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");

interface Model {
  readonly tree: string;
  readonly overlay: string;
  readonly memory: string;
  readonly camera: string;
  readonly scaler: string;
  readonly display: string;
}

const ROCK_5B: Model = {
  tree: "rockchip/rk3588-rock-5b.dtb",
  overlay: "rk3588-camera.dtbo",
  memory: "0x200000+0xefe00000,0x100000000+12G",
  camera: "/camera@fdce0000",
  scaler: "/rga@fdb80000",
  display: "/vop@fdd90000",
};

const IMX8MP: Model = {
  tree: "freescale/imx8mp-evk.dtb",
  overlay: "imx8mp-iommu.dtbo",
  memory: "0x40000000+0xc0000000,0x100000000+3G",
  camera: "/soc@0/bus@32c00000/isi@32e00000",
  scaler: "/soc@0/bus@32c00000/dwe@32e30000",
  display: "/soc@0/bus@32c00000/display-controller@32e80000",
};

const facts = await loadFacts();

function machineOf({ tree, overlay, memory, camera, scaler }: Model): Machine {
  const overrides: FactOverride[] = [
    { match: { node: camera }, fields: { dmaMask: "0xffffffff", buffers: [{ queue: "capture", kind: "contig" }] } },
    {
      match: { node: scaler },
      fields: { mmu: "none", maxSegments: 16, maxSegmentSize: 65536, buffers: [{ queue: "m2m", kind: "sg" }] },
    },
  ];
  const base = readDeviceTree(readFileSync(join(boardFolder("arm64"), tree)));
  return readMachine({
    tree: applyOverlay(base, readDeviceTree(readFileSync(join(ROOT, "examples", overlay)))),
    facts: facts.withOverrides(overrides),
    profile: EMBEDDED_6_12,
    memory: orThrow(parseMemorySpec(memory)),
  });
}

interface Scene {
  readonly system: SimulatedSystem;
  readonly frame: ReturnType<SimulatedSystem["createBuffer"]>;
  readonly camera: BufferAttachment;
  readonly scaler: BufferAttachment;
  readonly display: BufferAttachment;
}

function scene(model: Model, image = "1280x720:R8"): Scene {
  const system = createDmaSystem(machineOf(model));
  const frame = system.createBuffer({ image });
  const [camera, scaler, display] = [model.camera, model.scaler, model.display].map((name) => frame.attach(name));
  return { system, frame, camera: camera!, scaler: scaler!, display: display! };
}

/** A byte that no neighbour has. */
const PATTERN = (i: number): number => (i * 31) % 251;

function write(system: SimulatedSystem, view: AddressedView, bytes: Uint8Array): void {
  orThrow(system.busMaster(view.device).write(view.dmaAddr, bytes));
}

for (const [name, model] of Object.entries({ "an RK3588": ROCK_5B, "an i.MX8MP": IMX8MP })) {
  describe.skipIf(noBoards)(`a picture that four share on ${name} as modelled`, () => {
    it("is one range below 4 GiB for the camera, short segments for the scaler, one range of I/O addresses for the display", () => {
      const { frame, camera, scaler, display } = scene(model);
      const shot = orThrow(camera.map("from-device"));
      expect([shot.via, shot.nents, shot.isContiguous]).toEqual(["direct", 1, true]);
      expect(shot.dmaAddr + shot.size).toBeLessThanOrEqual(2 ** 32);
      const input = orThrow(scaler.map("to-device"));
      expect(input.segments.map(({ length }) => length)).toEqual([...Array(14).fill(65536), 4096]);
      const shown = orThrow(display.map("to-device"));
      expect(shown.isContiguous).toBe(true);
      expect(shown.dmaAddr).not.toBe(frame.allocation!.memory.physAddr[0]);
    });

    it("has no memory before the first map", () => {
      const { frame, scaler } = scene(model);
      expect(frame.allocation).toBeNull();
      orThrow(scaler.map("to-device"));
      expect(frame.allocation?.heap).toBe("cma:default");
    });

    it("is refused to a scaler that would need more segments than it takes, with the numbers", () => {
      const { frame, scaler } = scene(model, "1920x1080:R8");
      expect(scaler.map("to-device")).toMatchObject({ ok: false, refusal: { code: "not-placeable" } });
      const area = frame.place().candidates.find(({ source }) => source.id === "cma:default");
      expect(area?.reasons).toContainEqual({
        code: "too-many-segments",
        device: model.scaler,
        segments: 32,
        maxSegments: 16,
      });
    });

    it("looks old to a CPU that does not say that it looks, and new to one that does", () => {
      const { system, frame, camera } = scene(model);
      const shot = orThrow(camera.map("from-device"));
      const old = new Uint8Array(64);
      frame.readBytes(0, old);
      write(
        system,
        shot,
        Uint8Array.from({ length: frame.size }, (_, i) => PATTERN(i + 1)),
      );
      frame.readBytes(0, old);
      expect([...old]).toEqual(Array(64).fill(0));
      const seen = orThrow(frame.cpuAccess("read", (bytes) => bytes.every((byte, i) => byte === PATTERN(i + 1))));
      expect(seen).toBe(true);
    });

    it("looks old to a display when the CPU does not say that it has written", () => {
      const { system, frame, display } = scene(model);
      const shown = orThrow(display.map("to-device"));
      const reading = (): number => {
        const out = new Uint8Array(1);
        orThrow(system.busMaster(display.device).read(shown.dmaAddr, out));
        return out[0]!;
      };
      orThrow(frame.beginCpuAccess("write"));
      frame.writeBytes(0, Uint8Array.of(7));
      expect(reading()).toBe(0);
      frame.endCpuAccess("write");
      expect(reading()).toBe(7);
    });

    it("leaves nothing behind when it is given back, and the display cannot reach it any more", () => {
      const { system, frame, camera, display } = scene(model);
      const free = (): unknown => system.heaps().map((heap) => [heap.id, heap.free]);
      const before = free();
      const shown = orThrow(display.map("to-device"));
      orThrow(camera.map("from-device"));
      const { dmaAddr } = shown;
      for (const attachment of frame.attachments) attachment.detach();
      frame.release();
      expect(free()).toEqual(before);
      expect(system.busMaster(display.device).read(dmaAddr, new Uint8Array(4)).ok).toBe(false);
      expect(system.findings(true)).toEqual([]);
      system.audit();
    });
  });
}

describe.skipIf(noBoards)("a display that leaves its picture", () => {
  const fault = (model: Model): unknown => {
    const { system, display } = scene(model);
    const shown = orThrow(display.map("to-device"));
    const result = system.busMaster(display.device).read(shown.addressOf(shown.size - 2), new Uint8Array(4));
    return result.ok ? null : { ...result.refusal, behind: result.refusal.address - shown.addressOf(shown.size - 1) };
  };

  it("gets a fault at the first address behind it, with its name and stream id", () => {
    expect(fault(IMX8MP)).toMatchObject({
      code: "bus-fault",
      device: IMX8MP.display,
      streamId: 7,
      access: "read",
      behind: 1,
    });
  });

  it("gets one without a stream id where the IOMMU knows none, by the name that the DMA API has for it", () => {
    expect(fault(ROCK_5B)).toMatchObject({ device: "/display-subsystem", streamId: null, behind: 1 });
  });

  it("is told in one sentence", () => {
    const { system, display } = scene(IMX8MP);
    const result = system.busMaster(display.device).read(0x1000, new Uint8Array(4));
    expect(result.ok ? "" : describeBusFault(result.refusal)).toBe(
      `${IMX8MP.display} reads from 0x1000, stream id 0x7, where nothing is mapped for it`,
    );
  });
});
