import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import type { Finding } from "../../src/lint/finding.js";
import type { RuleExample } from "../../src/lint/rule.js";
import { RULES } from "../../src/lint/rules.js";
import { GIB, MIB } from "../../src/units/quantity.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

/** The one finding of a rule on its wrong example, or on another board. */
function only(id: string, example?: RuleExample): Finding {
  const wrong = example ?? RULES.find((rule) => rule.id === id)?.wrong;
  if (wrong === undefined) throw new RangeError(`no rule ${id}`);
  const found = checkBoard(exampleBoard(wrong, facts)).filter((finding) => finding.id === id);
  expect(found).toHaveLength(1);
  return found[0] as Finding;
}

describe.skipIf(!hasCompiler)("rules about devices", () => {
  it("say how much of the default area a device reaches, and move the area", () => {
    const { severity, numbers, remedies } = only("default-area-out-of-reach");
    expect(severity).toBe("error");
    expect(numbers).toMatchObject({ size: 64 * MIB, outOfReach: 64 * MIB, devices: 1 });
    expect(numbers["base"]).toBeGreaterThanOrEqual(1.5 * GIB);
    expect(remedies.map(({ commandLine }) => commandLine)).toEqual(["cma=64M@0x40000000-0x60000000"]);
  });

  it("give cma= the limit that the tree's node had", () => {
    const { remedies } = only("cma-cmdline-loses-range");
    expect(remedies.map(({ commandLine }) => commandLine)).toEqual(["cma=128M@0x40000000-0x60000000"]);
  });

  it("say nothing of the windows of a processor that is given firmware", () => {
    const processor = (compatible: string): readonly string[] => {
      const dts = `mlahb { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
        dma-ranges = <0x10000000 0 0x10000000 0x60000>;
        m4@10000000 { compatible = "${compatible}"; reg = <0x10000000 0x40000>; };
      };`;
      return checkBoard(exampleBoard({ dts }, facts)).map(({ id }) => id);
    };
    expect(processor("st,stm32mp1-m4")).not.toContain("device-reaches-no-ram");
    expect(processor("rockchip,rk3568-vpu")).toContain("device-reaches-no-ram");
  });

  it("name the option that builds an IOMMU's driver", () => {
    const { numbers, remedies } = only("iommu-no-driver");
    expect(numbers).toEqual({ devices: 1, needContiguous: 1, option: "CONFIG_ROCKCHIP_IOMMU" });
    expect(remedies.map(({ config }) => config)).toEqual(["CONFIG_ROCKCHIP_IOMMU=y\n"]);
  });

  it("count the cells of windows", () => {
    expect(only("dma-ranges-length").numbers).toEqual({ cells: 3, perWindow: 4, windows: 0 });
  });

  it("tell both bus addresses of RAM in two windows", () => {
    expect(only("dma-ranges-overlap").numbers).toEqual({
      base: 0x60000000,
      size: 0x20000000,
      first: 0x20000000,
      second: 0x60000000,
    });
  });

  it("count the RAM a bus hides and the RAM that bounces", () => {
    expect(only("dma-ranges-hide-ram").numbers).toMatchObject({ ram: GIB, hidden: 512 * MIB, share: 50, devices: 1 });
    expect(only("devices-bounce").numbers).toEqual({ devices: 1, outOfReach: GIB * 4, ram: 7 * GIB });
  });
});
