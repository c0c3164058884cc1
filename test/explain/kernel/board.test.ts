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

let machine: Machine;
beforeAll(async () => {
  const tree = readDeviceTree(new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb"))));
  machine = readMachine({ tree, facts: await loadFacts(), profile: EMBEDDED_6_12 });
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
