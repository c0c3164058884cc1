import { describe, expect, it } from "vitest";
import { MIGRATE_CMA } from "../../../src/algorithms/zone-types.js";
import { MachinePages } from "../../../src/simulate/memory/machine-pages.js";
import { board } from "../../machine-builder.js";

/** 4 MiB of free pages, and an area of 4 MiB behind. */
function machinePages(): MachinePages {
  return new MachinePages(board({ ram: "0x40000000+8M", cma: "0x40400000+4M" }), null);
}

describe("movable pages", () => {
  it("come from CMA areas while more than half of what is free is theirs", () => {
    const { allocator, movable } = machinePages();
    const first = movable.lend(1)!;
    // 1024 of 2048 are the area's: not more than half.
    expect(allocator.migrateTypeOf([...first.pages][0]!)).not.toBe(MIGRATE_CMA);
    const second = movable.lend(1)!;
    expect(allocator.migrateTypeOf([...second.pages][0]!)).toBe(MIGRATE_CMA);
  });

  it("are lent all or none", () => {
    const pages = machinePages();
    expect(pages.movable.lend(2049)).toBe(null);
    expect(pages.allocator.freePageCount()).toBe(2048);
    expect(pages.movable.lend(2048)?.count).toBe(2048);
    expect(pages.movable.lend(1)).toBe(null);
  });

  it("leave a range that an area takes, and their loan follows", () => {
    const pages = machinePages();
    const loan = pages.movable.lendAt(0x40400, 8);
    expect(pages.takeRange(0x40400, 512)).toBe("taken");
    expect(pages.pagesMigrated).toBe(8);
    expect([...loan.pages].every((pfn) => pages.movable.holds(pfn) && (pfn < 0x40400 || pfn >= 0x40600))).toBe(true);
    pages.movable.audit();
    loan.giveBack(3);
    expect([loan.count, pages.movable.count]).toEqual([5, 5]);
  });

  it("stay where they are as long as they are pinned", () => {
    const pages = machinePages();
    const loan = pages.movable.lendAt(0x40400, 2);
    pages.movable.pin(0x40401);
    expect(pages.takeRange(0x40400, 16)).toBe("busy");
    expect(pages.busyPage).toBe(0x40401000);
    expect(() => loan.giveBack()).toThrow("page 263169 is pinned");
    pages.movable.unpin(0x40401);
    expect(pages.takeRange(0x40400, 16)).toBe("taken");
  });

  it("are lent for a pin, and given back with it", () => {
    const { movable, allocator } = machinePages();
    movable.pin(0x40500);
    expect([movable.count, allocator.pageUse(0x40500)]).toEqual([1, "pinned"]);
    movable.unpin(0x40500);
    expect([movable.count, allocator.pageUse(0x40500)]).toEqual([0, "free"]);
  });

  it("are refused where none can be", () => {
    const { movable } = machinePages();
    expect(() => movable.lendAt(0x40000, 1)).toThrow("page 262144 is not part of a CMA area");
    expect(() => movable.lendAt(0x3ffff, 1)).toThrow("page 262143 cannot be lent: it is absent");
    expect(() => movable.lend(0)).toThrow("0 pages: at least 1 is possible");
    expect(() => movable.unpin(0x40400)).toThrow("page 263168 is not pinned");
    expect(() => movable.lendAt(0x40400, 1).giveBack(2)).toThrow("2 pages to give back, of 1 that are lent");
  });
});
