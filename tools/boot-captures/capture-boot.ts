import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cells64 } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { MIB } from "../../src/units/quantity.js";
import { endOf } from "../../src/units/ranges.js";
import type { Capture } from "../../test/boot/capture.js";
import { GUEST_MACHINES } from "../kernel/architecture.js";
import { busyboxOf } from "../kernel/busybox.js";
import type { GuestKernel } from "../kernel/kernels.js";
import { machineTree } from "../kernel/machine-tree.js";
import { newcArchive } from "../kernel/newc.js";
import { runQemu } from "../kernel/run-qemu.js";
import { hexRange, readConsoleLog } from "./console-log.js";
import { guestTree } from "./guest-tree.js";
import { jumpTo } from "./jump.js";
import { memoryNodes, RAM_START, type RandomBoot } from "./random-boot.js";

/**
 * `keep_bootcon` and no other console: the early one says all, once. The built-in tests and certificates only take time.
 */
const CMDLINE =
  "memblock=debug nokaslr earlycon=pl011,0x9000000 keep_bootcon cryptomgr.notests=1 lpj=1000000 panic=-1 " +
  "initcall_blacklist=jent_mod_init,load_system_certificate_list";

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mknod /dev/kmsg c 1 11
/bin/busybox grep ^CmaTotal /proc/meminfo > /dev/kmsg
/bin/busybox poweroff -f
`;

/** Code that jumps to the kernel lies in the second MiB of RAM, where no piece is put. */
const JUMP = RAM_START + MIB;

/** Boots a kernel with trees made for the purpose, every piece put in memory where the caller wants it. */
export class BootCapturer {
  readonly #kernel: GuestKernel;
  readonly #machine: DeviceTree;
  readonly #initrd: Uint8Array;
  /** Bytes in memory, from the image's own header. */
  readonly #imageSize: number;

  /** @param kernel - for arm64, 6.12 */
  constructor(kernel: GuestKernel) {
    this.#kernel = kernel;
    this.#machine = readDeviceTree(machineTree("1G"));
    this.#initrd = newcArchive([
      ...["bin", "dev", "proc"].map((path) => ({ path, contents: null })),
      { path: "bin/busybox", contents: readFileSync(busyboxOf("arm64")), executable: true },
      { path: "init", contents: Buffer.from(INIT), executable: true },
    ]);
    this.#imageSize = Number(readFileSync(kernel.image).readBigUInt64LE(16));
  }

  /** What the pieces take in memory. */
  get sizes(): { readonly image: number; readonly initrd: number } {
    return { image: this.#imageSize, initrd: this.#initrd.length };
  }

  /**
   * Boots once, to the end: switched off, or dead of its tree.
   *
   * @param seconds - time limit
   * @param keep - is given the whole console, also of a boot whose log cannot be read
   * @throws Error when the boot ended at the time limit, or its log cannot be read
   */
  async capture(
    id: string,
    boot: RandomBoot,
    seconds: number,
    keep: (console: string) => void = () => {},
  ): Promise<Capture> {
    const tree = writeDeviceTree(this.#treeOf(boot));
    const treeRange = { base: boot.treeBase, size: tree.length };
    const work = mkdtempSync(join(tmpdir(), "coalloc-boot-"));
    try {
      const blob = (name: string, bytes: Uint8Array, base: number): string[] => {
        const file = join(work, name);
        writeFileSync(file, bytes);
        return ["-device", `loader,file=${file},addr=${base},force-raw=on`];
      };
      const { console, ended } = await runQemu(
        "arm64",
        [
          ...GUEST_MACHINES.arm64.machine,
          ...`-accel tcg -smp 1 -m ${(boot.ramEnd - RAM_START) / MIB}M -nic none -no-reboot -display none`.split(" "),
          ..."-serial stdio -monitor none".split(" "),
          "-device",
          `loader,file=${this.#kernel.image.replaceAll(",", ",,")},addr=${boot.image.base},force-raw=on`,
          ...blob("tree", tree, boot.treeBase),
          ...blob("initrd", this.#initrd, boot.initrd.base),
          ...blob("jump", jumpTo(boot.image.base, boot.treeBase), JUMP),
          "-device",
          `loader,addr=${JUMP},cpu-num=0`,
        ],
        seconds,
      );
      keep(console);
      if (ended.includes("time limit")) throw new Error(ended);
      const { defaultCma, ...log } = readConsoleLog(console, treeRange);
      return {
        id,
        kernel: this.#kernel.release,
        banks: boot.banks.map(hexRange),
        cmdline: boot.cmdline,
        kernelImage: hexRange(boot.image),
        ...log,
        defaultCma:
          defaultCma === null
            ? defaultOfTree(boot, log.regions)
            : [...defaultCma, /(?:^| )cma=/.test(boot.cmdline) ? "cmdline" : "config", null],
        dtb: Buffer.from(tree).toString("base64"),
      };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  #treeOf(boot: RandomBoot): DeviceTree {
    const { initrd, reservedMemory, memReservations } = boot;
    return guestTree(this.#machine, {
      chosen: {
        bootargs: `${CMDLINE} ${boot.cmdline}`.trim(),
        "linux,initrd-start": cells64(initrd.base),
        "linux,initrd-end": cells64(endOf(initrd)),
      },
      nodes: {
        ...memoryNodes(boot.banks),
        ...(reservedMemory === null ? {} : { "reserved-memory": reservedMemory }),
      },
      memReservations,
    });
  }
}

/** Which pool of the tree is the default area, the kernel does not print: it is the last one it created of those that ask for it. */
function defaultOfTree({ reservedMemory }: RandomBoot, regions: Capture["regions"]): Capture["defaultCma"] {
  const asking = regions.filter(([name, , , kind]) => {
    const node = reservedMemory?.[name];
    return kind === "cma" && typeof node === "object" && "linux,cma-default" in node;
  });
  const last = asking.at(-1);
  return last === undefined ? null : [last[1], last[2], "dt", last[0]];
}
