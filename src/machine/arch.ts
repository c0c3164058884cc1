import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import type { Arch } from "./profile.js";

const RISCV = /^riscv(,|$)/;

const ARM32 =
  /^(arm,(cortex-(a(5|7|8|9|12|15|17)(?!\d)|m\d+)|arm\d+)|marvell,(pj4|sheeva|feroceon|mohawk)|mrvl,|qcom,(krait|scorpion)|brcm,brahma-b15)/;

const ARM64 =
  /^(arm,(armv8|cortex-(a(3[45]|5[357]|[67]\d|5[12]0|7[12]\d)|x\d)|neoverse)|qcom,(kryo|oryon)|apple,|nvidia,(tegra132-)?(denver|carmel)|cavium,|apm,|brcm,(vulcan|brahma-b53))/;

const X86 = /^(intel|amd),/;

/** The instruction set a tree is for, by its CPUs; null when they do not say. */
export function archOfTree(tree: DeviceTree): Arch | null {
  for (const cpu of tree.root.child("cpus")?.children ?? []) {
    for (const compatible of compatiblesOf(cpu)) {
      if (RISCV.test(compatible)) return "riscv";
      if (ARM32.test(compatible)) return "arm";
      if (ARM64.test(compatible)) return "arm64";
      if (X86.test(compatible)) return "x86";
    }
  }
  return null;
}
