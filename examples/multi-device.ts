import { deepStrictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import * as coalloc from "coalloc";

const { orThrow } = coalloc;

// Two real boards, made into ones with a camera that takes one range below 4 GiB and a scaler that takes 16 segments of 64 KiB.
const camera = { dmaMask: "0xffffffff", buffers: [{ queue: "capture", kind: "contig" }] } as const;
const scaler = {
  mmu: "none",
  maxSegments: 16,
  maxSegmentSize: 65536,
  buffers: [{ queue: "m2m", kind: "sg" }],
} as const;
const facts = (await coalloc.loadFacts()).withOverrides([
  { match: { compatible: "rockchip,rk3588-vicap" }, fields: camera },
  { match: { compatible: "rockchip,rk3588-rga" }, fields: scaler },
  { match: { compatible: "fsl,imx8mp-isi" }, fields: camera },
  { match: { compatible: "nxp,imx8mp-dw100" }, fields: scaler },
]);

// Linux 6.12 has no node for the camera of an RK3588, and an i.MX8MP has no IOMMU: overlays add them.
const rock5b = model("rockchip/rk3588-rock-5b", "rk3588-camera", "0x200000+0xefe00000,0x100000000+12G");
const imx8mp = model("freescale/imx8mp-evk", "imx8mp-iommu", "0x40000000+0xc0000000,0x100000000+3G");
moveFrame(rock5b, "camera", "rga@fdb80000", "vop");
moveFrame(imx8mp, "isi", "dwe", "display-controller@32e80000");

function model(board: string, overlay: string, ram: string): coalloc.Machine {
  const base = coalloc.readDeviceTree(readFileSync(`.cache/boards/arm64/${board}.dtb`));
  const tree = coalloc.applyOverlay(base, coalloc.readDeviceTree(readFileSync(`examples/${overlay}.dtbo`)));
  const memory = orThrow(coalloc.parseMemorySpec(ram));
  return coalloc.readMachine({ tree, facts, profile: coalloc.EMBEDDED_6_12, memory });
}

/** The camera writes a frame, the display shows it, the scaler halves it, the CPU looks at both. */
function moveFrame(machine: coalloc.Machine, camera: string, scaler: string, display: string): void {
  const system = coalloc.createDmaSystem(machine);
  const frame = system.createBuffer({ image: "1280x720:R8" });
  const small = system.createBuffer({ image: "640x360:R8" });
  const [shot, input, shown] = [frame.attach(camera), frame.attach(scaler), frame.attach(display)];
  const output = small.attach(scaler);

  // There was no memory so far; the first map of a buffer chooses what suits everybody attached.
  const picture = Uint8Array.from({ length: frame.size }, (_, i) => (i * 31) % 251);
  transfer("write", orThrow(shot.map("from-device")), picture);
  deepStrictEqual(transfer("read", orThrow(shown.map("to-device")), new Uint8Array(frame.size)), picture);
  const source = transfer("read", orThrow(input.map("to-device")), new Uint8Array(frame.size));
  transfer("write", orThrow(output.map("from-device")), half(source));
  orThrow(frame.cpuAccess("read", (bytes) => deepStrictEqual(bytes, picture)));
  orThrow(small.cpuAccess("read", (bytes) => deepStrictEqual(bytes, half(picture))));

  console.log(`${machine.model}: frame in ${frame.allocation?.heap}, every byte seen by all`);
  for (const { device, view } of [shot, input, shown, output]) {
    console.log(`  nents ${view?.nents} at 0x${view?.dmaAddr.toString(16)} (${view?.via}) ${device}`);
  }

  /** What an engine does: it goes through its view segment by segment. */
  function transfer(access: "read" | "write", view: coalloc.AddressedView, bytes: Uint8Array): Uint8Array {
    let done = 0;
    for (const { dmaAddr, length } of view.segments) {
      orThrow(system.busMaster(view.device)[access](dmaAddr, bytes.subarray(done, done + length)));
      done += length;
    }
    return bytes;
  }
}

/** Every second pixel of every second row. */
function half(bytes: Uint8Array): Uint8Array {
  return bytes.filter((_, i) => i % 2 === 0 && Math.floor(i / 1280) % 2 === 0);
}
