import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { loadFacts } from "../../../src/facts/load.js";
import type { Machine } from "../../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import { GIB } from "../../../src/units/quantity.js";
import { boardFolder } from "../../../tools/boards/provide.js";
import { requiredParts } from "../../../tools/project.js";
import { onlyFinding } from "../read-log.js";

/** Its display has two entries with a mask, its codec another two. */
const BOARD = join(boardFolder("arm64"), "qcom", "sdm845-db845c.dtb");
const absent = !existsSync(BOARD) && !requiredParts().has("boards");

const fault = (stream: string): string =>
  `arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x9d400000, fsynr=0x370020, cbfrsynra=${stream}, cb=1`;

describe.skipIf(absent)("the stream id of a fault on a real board (skipped only without board trees)", () => {
  let machine: Machine;
  beforeAll(async () => {
    const tree = readDeviceTree(new Uint8Array(readFileSync(BOARD)));
    const memory = { kind: "banks", banks: [{ base: 0x8000_0000, size: 4 * GIB }] } as const;
    machine = readMachine({ tree, facts: await loadFacts(), profile: EMBEDDED_6_12, memory });
  });

  it.each([
    ["0x880", "/soc@0/display-subsystem@ae00000"],
    ["0xc88", "/soc@0/display-subsystem@ae00000"],
    ["0x10a8", "/soc@0/video-codec@aa00000"],
    ["0x10b0", "/soc@0/video-codec@aa00000"],
  ])("%s is that of %s", (stream, path) => {
    const { cause, where, why, next } = onlyFinding(fault(stream), machine);
    expect(cause).toContain(`${path} read from address 0x9d400000`);
    expect(where.node).toBe(path);
    expect(why).toContain("the device is sure");
    expect(next).toContain(`coalloc place MACHINE -d ${path} --size SIZE`);
  });

  it("of no device of the tree is said as it is", () => {
    const { cause, where } = onlyFinding(fault("0x7ff"), machine);
    expect(cause).toContain("The device with stream id 0x7ff read from");
    expect(where.node).toBe("15000000.iommu");
  });
});
