import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBitmap, NOT_FOUND, takeUnits } from "../../src/algorithms/bitmap.js";
import { countRequests } from "../../src/heaps/count-requests.js";
import { capacityOf, type Occupancy, occupancyAfterBoot } from "../../src/heaps/occupancy.js";
import { type SourceKind, sourcesOf } from "../../src/heaps/source.js";
import type { Machine, ReservedRegion } from "../../src/machine/machine.js";
import { board, device, region } from "../machine-builder.js";

const PAGE = 4096;

function pool(kind: ReservedRegion["kind"], where: string): Machine {
  return board({
    ram: "0x40000000+2G",
    regions: [region("pool", kind, where)],
    devices: [device("vpu", { regions: ["pool"] })],
  });
}

/** The free map of the board's pool after boot, with further runs taken. */
function occupancyOf(
  machine: Machine,
  kind: SourceKind,
  taken: readonly (readonly [at: number, nr: number])[],
): Occupancy {
  const source = sourcesOf(machine).find((s) => s.kind === kind)!;
  const occupancy = occupancyAfterBoot(machine, source)!;
  const map = copyBitmap(occupancy.map);
  for (const [at, nr] of taken) takeUnits(map, at, Math.min(nr, map.length - at));
  return { ...occupancy, map };
}

/** The search itself, run until it finds nothing. */
function stepped({ map: fresh, search, alignOf, origin }: Occupancy, taken: number): number {
  const map = copyBitmap(fresh);
  for (let places = 0; ; places += 1) {
    const at = search(map, 0, taken, alignOf(taken), origin);
    if (at === NOT_FOUND) return places;
    takeUnits(map, at, taken);
  }
}

describe("how many requests a source takes", () => {
  it("is every aligned place of each free run of an area", () => {
    // 64 pages with page 20 taken; 3 pages are aligned to 4: 5 places below, 10 above.
    const occupancy = occupancyOf(pool("cma", "0x60000000+256K"), "cma", [[20, 1]]);
    expect(countRequests(occupancy, 3)).toBe(5 + 10);
    expect(countRequests(occupancy, 1)).toBe(63);
  });
  it("counts alignment from address 0, not from the start of the area", () => {
    const occupancy = occupancyOf(pool("cma", "0x60001000+64K"), "cma", []);
    expect(countRequests(occupancy, 8)).toBe(1);
  });
  it("is every free slot of a coherent pool", () => {
    const occupancy = occupancyOf(pool("coherent-pool", "0x60000000+256K"), "coherent-pool", [[20, 1]]);
    expect(countRequests(occupancy, 16)).toBe(3);
  });
  it("never crosses a segment of a restricted pool", () => {
    // 256 slots are two segments; 12 slots are aligned to 16: eight places in each.
    const occupancy = occupancyOf(pool("restricted-pool", "0x60000000+512K"), "restricted-pool", []);
    expect(countRequests(occupancy, 12)).toBe(16);
    expect(countRequests(occupancy, 96)).toBe(2);
  });

  const kinds = ["cma", "coherent-pool", "restricted-pool"] as const;
  for (const kind of kinds) {
    it(`is what running the search again and again finds: ${kind}`, () => {
      const taken = fc.array(fc.tuple(fc.nat(299), fc.integer({ min: 1, max: 40 })), { maxLength: 8 });
      fc.assert(
        fc.property(fc.nat(40), fc.integer({ min: 1, max: 128 }), taken, (page, units, runs) => {
          const where = `0x${(0x6000_0000 + page * PAGE).toString(16)}+1200K`;
          const occupancy = occupancyOf(pool(kind, where), kind, runs);
          const asked = kind === "coherent-pool" ? 2 ** Math.ceil(Math.log2(units)) : units;
          expect(countRequests(occupancy, asked)).toBe(stepped(occupancy, asked));
        }),
      );
    });
  }
  it("answers for millions: an area of 120 GiB less the 4 MiB that boot takes", () => {
    const machine = board({ ram: "0x40000000+1G,0x100000000+127G", cma: "0x100000000+120G" });
    const area = sourcesOf(machine).find((s) => s.kind === "cma")!;
    const capacity = capacityOf(machine, area, occupancyAfterBoot(machine, area), PAGE, 100_000_000);
    expect(capacity.fits).toBe(31_457_280 - 1024);
  });
});
