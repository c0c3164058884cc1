/** What becomes of a kernel, a tree and an initrd at odd places, and of `swiotlb=`: the rules against Debian's arm64 kernel. */
import { beforeAll, describe, expect, it } from "vitest";
import { cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { EMBEDDED_6_12, KERNEL_PROFILES } from "../../src/machine/profiles.js";
import { GIB, KIB, MIB } from "../../src/units/quantity.js";
import { BootCapturer } from "../../tools/boot-captures/capture-boot.js";
import type { RandomBoot } from "../../tools/boot-captures/random-boot.js";
import { debianKernel } from "../../tools/kernel/kernels.js";
import type { Capture } from "../boot/capture.js";

/** Generous: a loaded machine boots many times slower. */
const SECONDS = 300;

const capturer = new BootCapturer(debianKernel("arm64"));
const { image, initrd } = capturer.sizes;

/** 512 MiB of RAM, of which QEMU has more, everything where it belongs. */
const PLAIN: RandomBoot = {
  banks: [{ base: GIB, size: 512 * MIB }],
  ramEnd: 2 * GIB,
  cmdline: "",
  image: { base: 0x4020_0000, size: image },
  initrd: { base: 0x4800_0000, size: initrd },
  treeBase: 0x4c00_0000,
  reservedMemory: null,
  memReservations: [],
};

function region(properties: TreeSpec): TreeSpec {
  const node = { ...properties, reg: cells64(0x4800_0000, 32 * MIB) };
  return { "#address-cells": 2, "#size-cells": 2, ranges: true, "region@48000000": node };
}

const CMA: TreeSpec = { compatible: "shared-dma-pool", reusable: true };

interface Try {
  readonly name: string;
  readonly change: Partial<RandomBoot>;
  /** Whether user space is reached. */
  readonly complete: boolean;
  readonly console: RegExp;
  /** Id and severity of the finding. */
  readonly finding: readonly [id: string, severity: string];
}

const tries: readonly Try[] = [
  {
    name: "dies of an image that misaligns its stack",
    change: { image: { base: 0x4020_4000, size: image } },
    complete: false,
    console: /Kernel panic - not syncing: kernel stack overflow/,
    finding: ["kernel-misaligned", "error"],
  },
  {
    name: "complains of an image between multiples of 2 MiB, and boots",
    change: { image: { base: 0x4020_8000, size: image } },
    complete: true,
    console: /Kernel image misaligned at boot/,
    finding: ["kernel-misaligned", "note"],
  },
  {
    name: "drops an initrd below RAM",
    change: {
      banks: [{ base: 0x5000_0000, size: 256 * MIB }],
      image: { base: 0x5020_0000, size: image },
      treeBase: 0x5c00_0000,
    },
    complete: false,
    console: /initrd not fully accessible via the linear mapping/,
    finding: ["initrd-outside-ram", "error"],
  },
  {
    name: "adds the memory of an initrd above RAM, and hands it out",
    change: { initrd: { base: 0x7000_0000, size: initrd } },
    complete: true,
    console: /Freeing initrd memory/,
    finding: ["initrd-outside-ram", "warning"],
  },
  {
    name: "reads a device tree outside RAM",
    change: { treeBase: 0x7000_0000 },
    complete: true,
    console: /Machine model/,
    finding: ["device-tree-outside-ram", "note"],
  },
  {
    name: "lends the pages of an initrd in a CMA area before it frees them once more",
    change: { reservedMemory: region(CMA) },
    complete: true,
    console: /BUG: Bad page state[^]*free_initrd_mem/,
    finding: ["boot-loaded-into-region", "error"],
  },
  {
    name: "does not hide a no-map region with an initrd in it",
    change: { reservedMemory: region({ "no-map": true }) },
    complete: true,
    console: /failed to reserve memory for node 'region@48000000'/,
    finding: ["boot-loaded-into-region", "error"],
  },
  {
    name: "reads no unit of swiotlb=",
    change: { cmdline: "swiotlb=64M" },
    complete: true,
    console: /software IO TLB: mapped \[mem 0x0*[0-9a-f]+80000-0x0*[0-9a-f]+c0000\]/,
    finding: ["swiotlb-not-all-read", "note"],
  },
];

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

/** The findings on the board that was booted. */
function findings(boot: RandomBoot, { dtb, cmdline }: Capture): readonly (readonly [string, string])[] {
  const pieces = { kernel: boot.image, initrd: boot.initrd, fdt: { base: boot.treeBase, size: 64 * KIB } };
  const board = readBoard({
    tree: readDeviceTree(Buffer.from(dtb, "base64")),
    facts,
    profile: KERNEL_PROFILES.get("debian-arm64-6.12") ?? EMBEDDED_6_12,
    cmdline,
    bootState: { reservedBeforeScan: null, reservedBeforeDefaultCma: null, pieces },
  });
  return checkBoard(board).map(({ id, severity }) => [id, severity]);
}

describe("a real kernel", () => {
  for (const { name, change, complete, console, finding } of tries) {
    it(name, async () => {
      const boot = { ...PLAIN, ...change };
      let text = "";
      const capture = await capturer.capture(name, boot, SECONDS, (all) => {
        text = all;
      });
      expect(capture.complete).toBe(complete);
      expect(text).toMatch(console);
      expect(findings(boot, capture)).toContainEqual(finding);
    });
  }

  it("says nothing of a boot where everything is where it belongs", async () => {
    const capture = await capturer.capture("plain", PLAIN, SECONDS);
    expect(capture.complete).toBe(true);
    expect(findings(PLAIN, capture).filter(([, severity]) => severity !== "note")).toEqual([]);
  });
});
