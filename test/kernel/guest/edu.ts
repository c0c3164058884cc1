import type { VfioDevice } from "../../../src/linux/index.js";
import { until } from "../../linux/broker/waiting.js";

/** Addresses that QEMU's edu emits. It cuts off what lies above. */
export const EDU_MASK = "0xfffffff";

/** Registers, as indices of 64-bit words: QEMU docs/specs/edu. */
const [FROM, TO, COUNT, COMMAND] = [0x80 / 8, 0x88 / 8, 0x90 / 8, 0x98 / 8];
const [RUN, OUT_OF_DEVICE] = [0x1, 0x2];
/** Its 4 KiB of memory. A transfer of all of them would end the emulator. */
const INSIDE = 0x40000;
export const MOST = 2048;

/** QEMU's edu, which copies bytes between its own memory and that at an I/O address. Whether they arrived, it cannot tell. */
export class Edu {
  readonly #registers: BigUint64Array;

  /** @param device - open; lets it master the bus */
  constructor(device: VfioDevice) {
    device.enable();
    this.#registers = device.mapRegion(0).u64;
  }

  /** The device reads memory. @param count - at most {@link MOST} */
  read(dmaAddr: number, count: number): Promise<void> {
    return this.#transfer(RUN, dmaAddr, INSIDE, count);
  }

  /** The device writes what it read last to memory. */
  write(dmaAddr: number, count: number): Promise<void> {
    return this.#transfer(RUN + OUT_OF_DEVICE, INSIDE, dmaAddr, count);
  }

  async #transfer(command: number, from: number, to: number, count: number): Promise<void> {
    if (count > MOST) throw new RangeError(`${count} bytes in one transfer`);
    const registers = this.#registers;
    for (const [register, value] of [
      [FROM, from],
      [TO, to],
      [COUNT, count],
      [COMMAND, command],
    ] as const) {
      registers[register] = BigInt(value);
    }
    await until("the transfer was over", () => registers[COMMAND]! % 2n === 0n);
  }
}
