import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const CODEC = 'video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };';
const HIGH = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0xb0000000>, <1 0 1 0>; };';

function found(cmdline: string, dts = `${HIGH}\n${CODEC}`) {
  return checkBoard(exampleBoard({ dts, cmdline }, facts))
    .filter(({ id }) => id.startsWith("swiotlb-"))
    .map(({ id, severity, text, remedies }) => ({
      id,
      severity,
      text,
      remedies: remedies.map(({ commandLine }) => commandLine),
    }));
}

describe.skipIf(!hasCompiler)("swiotlb= on a board whose codec bounces", () => {
  it("is read in slots, whatever unit stands behind", () => {
    expect(found("swiotlb=64M")).toEqual([
      {
        id: "swiotlb-not-all-read",
        severity: "warning",
        text: "The kernel does not read 'M' of swiotlb=: it makes 256 KiB of bounce memory.",
        remedies: ["swiotlb=32768"],
      },
    ]);
    expect(found("swiotlb=64M swiotlb=8192")).toEqual([]);
    expect(found("swiotlb=64M", CODEC)).toMatchObject([{ severity: "note" }]);
    expect(found("swiotlb=8192,forced")).toMatchObject([{ id: "swiotlb-not-all-read", remedies: [] }]);
  });

  it("is off for good with noforce", () => {
    expect(found("swiotlb=noforce swiotlb=32768")).toMatchObject([
      { id: "swiotlb-off-while-devices-bounce", severity: "error", remedies: [] },
    ]);
    expect(found("swiotlb=noforce", CODEC)).toEqual([]);
  });

  it("is too small where a mapping for each device does not fit", () => {
    const second = 'video-codec@fdee0000 { compatible = "rockchip,rk3568-vepu"; reg = <0 0xfdee0000 0 0x800>; };';
    expect(found("swiotlb=128", `${HIGH}\n${CODEC}\n${second}`)).toEqual([
      {
        id: "swiotlb-too-small",
        severity: "warning",
        text: "swiotlb= makes 256 KiB of bounce memory for video-codec@fdea0400 and video-codec@fdee0000: one mapping of 256 KiB for each takes 512 KiB.",
        remedies: ["swiotlb=32768"],
      },
    ]);
    expect(found("swiotlb=256", `${HIGH}\n${CODEC}\n${second}`)).toEqual([]);
    expect(found("swiotlb=128")).toEqual([]);
  });
});
