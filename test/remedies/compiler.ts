import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDeviceTree } from "../../src/devicetree/read.js";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";

/** Whether there is a compiler for device tree source, and with it libfdt's `fdtoverlay`. */
export const hasCompiler: boolean = spawnSync("dtc", ["--version"]).status === 0;

/** What dtc before 1.8.0 says of cells that only a child's `ranges` needs. */
const UNNECESSARY = /^ Warning \(avoid_unnecessary_addr_size\): \/fragment@\d+\/__overlay__: unnecessary /;

/** Source as `dtc` compiles it with the labels kept, and each of its warnings without the place in the source. */
export function compileSource(source: string): {
  readonly bytes: Uint8Array;
  readonly tree: DeviceTree;
  readonly warnings: readonly string[];
} {
  const { status, stdout, stderr } = spawnSync("dtc", ["-@", "-I", "dts", "-O", "dtb", "-"], { input: source });
  if (status !== 0) throw new Error(stderr.toString());
  const bytes = new Uint8Array(stdout);
  const warnings = stderr
    .toString()
    .split("\n")
    .map((line) => line.replaceAll(/<stdin>:[\d.:-]*/g, ""))
    .filter((line) => line !== "" && !UNNECESSARY.test(line));
  return { bytes, tree: readDeviceTree(bytes), warnings };
}

/** The tree with an overlay applied by libfdt's own program, as U-Boot and the firmware of a Raspberry Pi apply it. */
export function applyByLibfdt(base: DeviceTree, overlay: Uint8Array): DeviceTree {
  const folder = mkdtempSync(join(tmpdir(), "coalloc-fdtoverlay-"));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("base.dtb"), writeDeviceTree(base));
    writeFileSync(at("fix.dtbo"), overlay);
    const words = ["-i", at("base.dtb"), "-o", at("after.dtb"), at("fix.dtbo")];
    const { status, stderr } = spawnSync("fdtoverlay", words);
    if (status !== 0) throw new Error(`fdtoverlay: ${stderr}`);
    return readDeviceTree(new Uint8Array(readFileSync(at("after.dtb"))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
