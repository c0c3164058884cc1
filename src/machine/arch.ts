import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import type { Arch } from "./profile.js";

/** 32-bit Arm cores, by the part of the compatible behind `arm,`. */
const ARM32 =
  /^arm,(cortex-a(5|7|8|9|12|15|17)(?!\d)|arm\d+|arm926|arm1176|pj4)|^(marvell,(pj4|sheeva|feroceon)|qcom,(krait|scorpion)|brcm,brahma-b15)/;

/** The instruction set a tree is for, by its CPUs; null when they do not say. */
export function archOfTree(tree: DeviceTree): Arch | null {
  for (const cpu of tree.root.child("cpus")?.children ?? []) {
    for (const compatible of compatiblesOf(cpu)) {
      if (compatible === "riscv" || compatible.startsWith("riscv,")) return "riscv";
      if (ARM32.test(compatible)) return "arm";
      if (
        compatible === "arm,armv8" ||
        /^arm,(cortex-a(3[45]|5[357]|[67]\d|5[12]0|7[12]\d)|neoverse|cortex-x)/.test(compatible)
      )
        return "arm64";
      if (
        /^(qcom,kryo|qcom,oryon|apple,|nvidia,(tegra132-)?denver|nvidia,carmel|cavium,thunder|apm,|brcm,vulcan)/.test(
          compatible,
        )
      )
        return "arm64";
      if (/^(intel|amd),/.test(compatible)) return "x86";
    }
  }
  return null;
}
