import type { MemoryBank } from "../../src/boot/memblock.js";
import type { BootInput } from "../../src/boot/outcome.js";
import {
  type BootProfile,
  DEBIAN_ARM64_6_12,
  DEBIAN_ARMMP_6_1,
  DEBIAN_ARMMP_LPAE_6_1,
} from "../../src/boot/profile.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { type Range, type RangeSet, toRangeSet } from "../../src/units/ranges.js";

/** `[base, size]` in hexadecimal. */
export type HexRange = readonly [string, string];

/** One boot of a real kernel; fixtures/README.md says what each field is. */
export interface Capture {
  readonly id: string;
  readonly kernel: string;
  readonly complete: boolean;
  readonly banks: readonly HexRange[];
  readonly cmdline: string;
  readonly kernelImage: HexRange | null;
  readonly beforeScan: readonly HexRange[];
  readonly afterScan: readonly HexRange[];
  readonly beforeDefaultCma: readonly HexRange[] | null;
  readonly memory: readonly HexRange[];
  readonly noMap: readonly HexRange[] | null;
  readonly zones: { readonly [name: string]: HexRange };
  readonly regions: readonly (readonly [string, string, string, string, string])[];
  readonly failures: readonly (readonly [string, string | null])[];
  readonly defaultCma: readonly [string, string, string, string | null] | null;
  readonly cmaTotalKiB: number | null;
  readonly dtb: string;
}

export function rangeOf([base, size]: HexRange): Range {
  return { base: Number(base), size: Number(size) };
}

export function setOf(ranges: readonly HexRange[]): RangeSet {
  return toRangeSet(ranges.map(rangeOf));
}

export function profileOf(capture: Capture): BootProfile {
  if (capture.kernel.endsWith("-armmp-lpae")) return DEBIAN_ARMMP_LPAE_6_1;
  return capture.kernel.endsWith("-armmp") ? DEBIAN_ARMMP_6_1 : DEBIAN_ARM64_6_12;
}

/** The capture as input of the model: what was known before the scan, and before the default area. */
export function inputOf(capture: Capture): BootInput & { readonly banks: readonly MemoryBank[] } {
  const known = {
    tree: readDeviceTree(Buffer.from(capture.dtb, "base64")),
    banks: capture.banks.map(rangeOf),
    cmdline: capture.cmdline,
    profile: profileOf(capture),
    reservedBeforeScan: capture.beforeScan.map(rangeOf),
    reservedBeforeDefaultCma: capture.beforeDefaultCma?.map(rangeOf) ?? null,
  };
  return capture.kernelImage === null ? known : { ...known, kernelImage: rangeOf(capture.kernelImage) };
}

/** The same for arm, which looks for its default area directly after the scan: nothing is taken in between that a record would have to say. */
export function earlyAreaInput(capture: Capture): BootInput {
  return { ...inputOf(capture), reservedBeforeDefaultCma: null };
}
