/** What a board adds to lines that name its devices. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { deviceOfKernelName } from "../../../src/explain/named-device.js";
import { loadFacts } from "../../../src/facts/load.js";
import type { Machine } from "../../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import { ROOT } from "../../../tools/project.js";
import { onlyFinding } from "../read-log.js";

const tree = readDeviceTree(new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb"))));
const facts = await loadFacts();
let machine: Machine;
beforeAll(() => {
  machine = readMachine({ tree, facts, profile: EMBEDDED_6_12 });
});

describe("a device's name in a log", () => {
  it("is found by address and name, or by the name alone where the kernel translated the address", () => {
    expect(deviceOfKernelName(machine, "fd000000.display")?.path).toBe("/soc/display@fd000000");
    expect(deviceOfKernelName(machine, "fc020000.csi")?.path).toBe("/soc/bus@fc000000/csi@20000");
  });

  it("is nobody's where two devices may have it, or none has", () => {
    expect(deviceOfKernelName(machine, "fc010000.video-codec")).toBeNull();
    expect(deviceOfKernelName(machine, "1.nothing")).toBeNull();
  });
});

describe("an address out of reach", () => {
  it("is explained with the device's node and how much RAM it reaches", () => {
    const finding = onlyFinding(
      "rkisp fc020000.csi: DMA addr 0x0000000100000000+4096 overflow (mask ffffffff, bus limit 0).",
      machine,
    );
    expect(finding.where.node).toBe("/soc/bus@fc000000/csi@20000");
    expect(finding.numbers).toMatchObject({ reachableBytes: 0x4000_0000, limitedBy: "mask" });
    expect(finding.fix).toContain("it reaches 1 GiB of");
    expect(finding.next).toContain("coalloc place MACHINE -d /soc/bus@fc000000/csi@20000 --size 4096");
  });
});

describe("a default area that the command line states", () => {
  const FULL = `cma: __cma_alloc: reserved: alloc failed, req-size: 8100 pages, ret: -12
cma: number of available pages: 4096@0=> 4096 free of 4096 total pages
`;
  const optionFor = (cmdline: string): string | null | undefined =>
    onlyFinding(FULL, readMachine({ tree, facts, profile: EMBEDDED_6_12, cmdline })).remedies[0]?.commandLine;

  it("grows by the same option, within the limit that it gives", () => {
    expect(optionFor("cma=16M")).toMatch(/^cma=\d+M$/);
    expect(optionFor("cma=16M@0x40000000-0x80000000")).toMatch(/^cma=\d+M@0x40000000-0x80000000$/);
  });
});
