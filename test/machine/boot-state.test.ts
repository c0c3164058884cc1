import { describe, expect, it } from "vitest";
import { buildDeviceTree } from "../../src/devicetree/build.js";
import { FactBase } from "../../src/facts/lookup.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { type BootState, bootMachine } from "../../src/machine/read.js";
import { PLAIN } from "./board.js";

const NOTHING = { kernel: null, initrd: null, fdt: null };
const KERNEL = { base: 0x4020_0000, size: 0x200_0000 };

function startOf(state: Partial<BootState> | null) {
  const whole = { reservedBeforeScan: null, reservedBeforeDefaultCma: null, pieces: NOTHING };
  return bootMachine({
    tree: buildDeviceTree(PLAIN),
    facts: new FactBase([]),
    profile: EMBEDDED_6_12,
    bootState: state === null ? null : { ...whole, ...state },
  }).input;
}

describe("the start of a boot", () => {
  it("is what the stated pieces take", () => {
    const { reservedBeforeScan, kernelImage } = startOf({ pieces: { ...NOTHING, kernel: KERNEL } });
    expect(reservedBeforeScan).toEqual([{ name: "kernel image", ...KERNEL }]);
    expect(kernelImage).toEqual(KERNEL);
  });

  it("is the stated list rather than what the pieces would give", () => {
    const list = [{ base: 8192, size: 100 }];
    const { reservedBeforeScan, kernelImage } = startOf({
      reservedBeforeScan: list,
      pieces: { ...NOTHING, kernel: KERNEL },
    });
    expect(reservedBeforeScan).toEqual(list);
    expect(kernelImage).toEqual(KERNEL);
  });

  it("is left to the usual load addresses where nothing is stated, and is nothing where that is stated", () => {
    expect(startOf(null).reservedBeforeScan).toBeNull();
    expect(startOf({}).reservedBeforeScan).toBeNull();
    expect(startOf({ reservedBeforeScan: [] }).reservedBeforeScan).toEqual([]);
  });
});
