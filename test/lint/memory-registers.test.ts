import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { readBoard } from "../../src/lint/board.js";
import { checkBoard } from "../../src/lint/check.js";
import { reservedMemory } from "../../src/lint/rules/reserved-example.js";
import { exampleBoard, exampleOptions, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const ID = "memory-over-registers";

/** RAM is 1 GiB at 0x40000000. */
function found(dts: string) {
  return checkBoard(exampleBoard({ dts }, facts)).filter(({ id }) => id === ID);
}

function serial(more = ""): string {
  return `serial@7e200000 { compatible = "arm,pl011"; reg = <0 0x7e200000 0 0x1000>; ${more} };`;
}

describe.skipIf(!hasCompiler)("RAM over registers", () => {
  it("counts nodes, also those of one name on two buses", () => {
    const bus = (name: string, at: string): string =>
      `${name} { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges = <0 0 0 0x${at} 0 0x1000>;
        rtc@0 { compatible = "vendor,rtc"; reg = <0 0 0 0x20>; }; };`;
    expect(found(`${bus("cp0", "7e000000")}\n${bus("cp1", "7e100000")}`)[0]).toMatchObject({
      text: expect.stringContaining("where rtc@0 and rtc@0 have their registers"),
      numbers: { devices: 2, registers: 0x40 },
    });
  });

  it("is said once for a memory node, with what is left of it", () => {
    const timer = 'timer@7e003000 { compatible = "vendor,timer"; reg = <0 0x7e003000 0 0x20>; };';
    const [finding, ...more] = found(`${timer}\n${serial()}`);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: "warning",
      text: "memory@40000000 states RAM at 0x40000000-0x7fffffff, where timer@7e003000 and serial@7e200000 have their registers, the first at 0x7e003000-0x7e00301f.",
      where: { node: "/memory@40000000", property: "reg" },
      numbers: { devices: 2, registers: 0x1020 },
    });
    // The 2 MiB between the two are taken for a part of the register area, the 30 MiB behind for RAM.
    expect(finding?.remedies.map(({ text }) => text)).toEqual([
      "if that is where RAM is, state 0x40000000-0x7e002fff, 0x7e201000-0x7fffffff",
    ]);
  });

  it("counts registers behind the windows of a bus, and none of a disabled one", () => {
    const bus = (status: string): string => `soc {
	compatible = "simple-bus";
	#address-cells = <1>;
	#size-cells = <1>;
	ranges = <0x20000000 0 0x7e000000 0x1000000>;
	${status}
	serial@20200000 { compatible = "arm,pl011"; reg = <0x20200000 0x1000>; };
};`;
    expect(found(bus(""))).toMatchObject([{ numbers: { base: 0x7e200000 } }]);
    expect(found(bus('status = "disabled";'))).toEqual([]);
    expect(found(serial('status = "disabled";'))).toEqual([]);
  });

  it("counts nothing that is reserved, in the first page, or too large for registers", () => {
    const hidden = reservedMemory("io@7e000000 { no-map; reg = <0 0x7e000000 0 0x2000000>; };");
    expect(found(`${serial()}\n${hidden}`)).toEqual([]);
    const low = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x40000000>; };';
    expect(found(`${low}\nmux@150 { compatible = "vendor,mux"; reg = <0 0x150 0 0x4>; };`)).toEqual([]);
    expect(found('window@60000000 { compatible = "vendor,spi"; reg = <0 0x60000000 0 0x10000000>; };')).toEqual([]);
  });

  it("is not said of memory that the user states, of which registers are cut out", () => {
    const options = exampleOptions({ dts: serial() }, facts);
    const memory = { kind: "banks", banks: [{ base: 0x40000000, size: 0x40000000 }] } as const;
    expect(checkBoard(readBoard({ ...options, memory })).filter(({ id }) => id === ID)).toEqual([]);
  });
});
