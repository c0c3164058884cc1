import { deepStrictEqual } from "node:assert";
import { orThrow } from "coalloc";
import { bindToVfioPci, makeMemfd, openKernel, openVfioDevice } from "coalloc/linux";

// Registers of QEMU's teaching device (-device edu), and the buffer inside of it: QEMU docs/specs/edu.
const [LIVENESS, STATUS, ACKNOWLEDGE] = [0x04 / 4, 0x24 / 4, 0x64 / 4];
const [FROM, TO, COUNT, COMMAND] = [0x80 / 8, 0x88 / 8, 0x90 / 8, 0x98 / 8];
const [TO_DEVICE, FROM_DEVICE] = [0x1 + 0x4, 0x1 + 0x2 + 0x4];
const INSIDE = 0x40000;

await copyThroughDevice(process.argv[2] ?? "0000:00:04.0");

/** A driver: it copies bytes into the device and back, and an interrupt tells when each piece is done. */
async function copyThroughDevice(address: string): Promise<void> {
  const kernel = orThrow(await openKernel());
  orThrow(bindToVfioPci(address));

  // The device emits 28 address bits and takes 4 KiB at most: only its driver knows that.
  using device = orThrow(openVfioDevice(kernel, address, { dmaMask: "0xfffffff", maxSegmentSize: 2048 }));
  device.enable();
  const { u32, u64 } = device.mapRegion(0);
  u32[LIVENESS] = 0x12345678;
  deepStrictEqual(u32[LIVENESS], 0xedcba987);

  let finished = (): void => undefined;
  device.openInterrupts("msi", () => {
    u32[ACKNOWLEDGE] = u32[STATUS] ?? 0;
    finished();
  });

  using original = makeMemfd(kernel, { size: 8192 });
  using copy = makeMemfd(kernel, { size: 8192 });
  original.bytes.set(Uint8Array.from({ length: original.size }, (_, i) => (i * 31) % 251));
  const source = orThrow(device.map(original, "to-device"));
  const target = orThrow(device.map(copy, "from-device"));

  for (const [i, { dmaAddr, length }] of source.segments.entries()) {
    await transfer(TO_DEVICE, dmaAddr, INSIDE, length);
    await transfer(FROM_DEVICE, INSIDE, target.segments[i]?.dmaAddr ?? 0, length);
  }
  deepStrictEqual(copy.bytes, original.bytes);
  console.log(`${address} copied ${copy.size} bytes in ${source.nents} pieces`);

  /** Lets the device move bytes, and waits for its interrupt. */
  function transfer(command: number, from: number, to: number, count: number): Promise<void> {
    return new Promise((resolve) => {
      finished = resolve;
      for (const [register, value] of [
        [FROM, from],
        [TO, to],
        [COUNT, count],
        [COMMAND, command],
      ] as const) {
        u64[register] = BigInt(value);
      }
    });
  }
}
