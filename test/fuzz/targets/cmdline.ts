import { type BootOptions, parseCmdline } from "../../../src/boot/cmdline.js";
import { DEBIAN_ARM64_6_12 } from "../../../src/boot/profile.js";
import { simulateBoot } from "../../../src/boot/simulate.js";
import { buildDeviceTree } from "../../../src/devicetree/build.js";
import { PLAIN } from "../../machine/board.js";
import { checkFree } from "../check-free.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

const tree = buildDeviceTree(PLAIN);
const banks = [{ base: 0x4000_0000, size: 0x8000_0000, nid: null }];
const numa = { ...DEBIAN_ARM64_6_12, numaCma: true };

/**
 * Reads a text as kernel command line and boots a small board with it.
 *
 * @throws when a number is not exact, when the line means something else with a word behind it that the kernel does not know, or when the boot
 *   leaves memory free that there is not
 */
export function run(data: Uint8Array): void {
  const line = new TextDecoder().decode(data);
  const options = parseCmdline(line);
  for (const value of numbersOf(options)) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} is not exact`);
  }
  if (!line.includes('"') && JSON.stringify(parseCmdline(`quiet ${line} ro`)) !== JSON.stringify(options)) {
    throw new Error("words that are not known change the meaning");
  }
  const boot = simulateBoot({ tree, banks, cmdline: line, profile: numa, reservedBeforeScan: null });
  checkFree(boot, banks);
}

function numbersOf({ cma, mem, coherentPool, swiotlb, cmaPernuma, numaCma }: BootOptions): readonly number[] {
  const single = [cma?.size, cma?.base, cma?.limit, mem, coherentPool, swiotlb?.slots, cmaPernuma];
  return [...single.filter((value) => value !== undefined && value !== null), ...numaCma.keys(), ...numaCma.values()];
}

const encoder = new TextEncoder();

/** Lines as boards have them, and one with everything. */
export const seeds: Uint8Array[] = [
  "console=ttyS0,115200n8 root=/dev/mmcblk0p2 rootwait rw",
  "cma=64M@0x60000000-0x80000000 swiotlb=65536,force mem=1G",
  "cma=256M cma=128M@0x50000000 coherent_pool=2M iommu.passthrough=1",
  'numa_cma=0:64M,1:128M cma_pernuma=32M swiotlb=noforce dyndbg="file drivers/x.c +p" -- mem=1M',
].map((line) => encoder.encode(line));

export const mutation: Mutation = textMutation([
  " ",
  "cma=",
  "mem=",
  "coherent_pool=",
  "swiotlb=",
  "iommu.passthrough=",
  "numa_cma=",
  "cma_pernuma=",
  "cma-pernuma=",
  "64M",
  "1G@3G",
  "8P@8P",
  "4E",
  "@0x50000000",
  "-0x60000000",
  "0:16M",
  ",force",
  "noforce",
  "on",
  "0",
  "--",
  '"',
]);
