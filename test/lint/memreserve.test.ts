import { beforeAll, describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { checkBoard } from "../../src/lint/check.js";
import { reservedMemory } from "../../src/lint/rules/reserved-example.js";
import { exampleBoard, hasCompiler } from "./compile.js";

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

const BOOT = '{"kernel": {"base": "0x40200000", "size": "32M"}}';

function underRegion(region: string, memreserve: string, boot?: string) {
  const example = { dts: reservedMemory(region), memreserve, ...(boot === undefined ? {} : { boot }) };
  return checkBoard(exampleBoard(example, facts)).filter(({ id }) => id === "memreserve-under-region");
}

describe.skipIf(!hasCompiler)("an entry of the header under a region", () => {
  const top = "/memreserve/ 0x7e000000 0x100000;";

  // Seen on a real kernel: recording mrs-overlap-dyn.
  it("is an error under a region that is put on it, and a warning where the start is assumed", () => {
    const region = "codec { size = <0 0x4000000>; alignment = <0 0x100000>; };";
    const [finding] = underRegion(region, top, BOOT);
    expect(finding).toMatchObject({
      severity: "error",
      text: "codec is put at 0x7c000000-0x7fffffff, over the /memreserve/ entry 0x7e000000-0x7e0fffff: entries are reserved after it.",
      where: { node: "/reserved-memory/codec", property: "size" },
    });
    expect(finding?.remedies.map(({ dts }) => dts)).toEqual([
      "&{/reserved-memory} {\n\tmemreserve@7e000000 {\n\t\treg = <0x0 0x7e000000 0x0 0x100000>;\n\t};\n};\n",
    ]);
    expect(underRegion(region, top)).toMatchObject([{ severity: "warning" }]);
  });

  const CMA = 'camera@50000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x50000000 0 0x4000000>; };';

  it("is an error in a pool with reg, which hands its memory out", () => {
    expect(underRegion(CMA, "/memreserve/ 0x51234000 0x1000;")).toMatchObject([
      { severity: "error", remedies: [{ text: "if that is enough, end it before the entry: 0x50000000-0x511fffff" }] },
    ]);
    expect(underRegion(CMA, "/memreserve/ 0x50000000 0x1000;")).toMatchObject([{ remedies: [] }]);
  });

  it("is nothing where it says the same twice, or lies in a reservation that hands nothing out", () => {
    expect(underRegion(CMA, "/memreserve/ 0x50000000 0x4000000;")).toEqual([]);
    expect(underRegion("fw@50000000 { reg = <0 0x50000000 0 0x100000>; };", "/memreserve/ 0x50001000 0x1000;")).toEqual(
      [],
    );
    expect(
      underRegion("fw@50000000 { no-map; reg = <0 0x50000000 0 0x100000>; };", "/memreserve/ 0x50001000 0x1000;"),
    ).toEqual([]);
  });

  it("is not read behind one of no size", () => {
    expect(underRegion(CMA, "/memreserve/ 0x40000000 0x0;\n/memreserve/ 0x51234000 0x1000;")).toEqual([]);
  });
});
