import { describe, expect, it } from "vitest";
import { blockOrdersOf } from "../../src/heaps/block-orders.js";
import { deviceFreeRoutes, exportedSources } from "../../src/heaps/route.js";
import { sourcesOf } from "../../src/heaps/source.js";
import type { Iommu } from "../../src/machine/machine.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu } from "../machine-builder.js";

const KIB = 1024;
const MIB = 1024 * KIB;

function tables(...pageSizes: readonly number[]): Iommu {
  return { ...iommu("/iommu"), pageSizes };
}

/** Orders of the pages that the device exports, or, without a device, those of the system heap. */
function orders(spec: DeviceSpec | null, about: Partial<BoardSpec> = {}): readonly number[] {
  const devices = spec === null ? [] : [device("dev", spec)];
  const machine = board({ ram: "0x40000000+1G", iommus: [tables(4 * KIB)], devices, ...about });
  const sources = sourcesOf(machine);
  const system = sources.find((s) => s.id === "system")!;
  const route =
    spec === null
      ? deviceFreeRoutes(machine, system)[0]!
      : exportedSources(machine, machine.devices[0]!, sources)[0]!.route;
  return blockOrdersOf(machine, system, route);
}

describe("blocks that scattered memory comes in", () => {
  it("are those of the system heap: 1 MiB, 64 KiB and single pages", () => expect(orders(null)).toEqual([8, 4, 0]));
  it("are single pages of a memfd", () => {
    const machine = board({ ram: "0x40000000+1G" });
    const udmabuf = sourcesOf(machine).find((s) => s.id === "udmabuf")!;
    expect(blockOrdersOf(machine, udmabuf, deviceFreeRoutes(machine, udmabuf)[0]!)).toEqual([0]);
  });
  it("are any up to the largest of the page allocator, for page-wise queues and TTM", () => {
    expect(orders({ queue: "sg" })).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(orders({ queue: "ttm" })).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(orders({ queue: "sg" }, { profile: { maxPageOrder: 2 } })).toEqual([2, 1, 0]);
  });
  it("are single pages of shmem objects and of vmalloc()", () => {
    expect(orders({ queue: "gem-shmem" })).toEqual([0]);
    expect(orders({ queue: "vmalloc" })).toEqual([0]);
  });

  describe("behind an IOMMU of the DMA API", () => {
    const behind: DeviceSpec = { queue: "gem-dma", iommu: "/iommu" };
    it("are the page sizes of its tables that the page allocator has", () => {
      expect(orders(behind, { iommus: [tables(4 * KIB, 64 * KIB, MIB, 16 * MIB)] })).toEqual([8, 4, 0]);
      expect(orders(behind, { iommus: [tables(4 * KIB, 2 * MIB, 1024 * MIB)] })).toEqual([9, 0]);
      expect(orders({ ...behind, queue: "contig" }, { iommus: [tables(4 * KIB, 4 * MIB)] })).toEqual([10, 0]);
      expect(orders(behind)).toEqual([0]);
    });
    it("are whole pages where tables have smaller ones", () => {
      const about = { iommus: [tables(4 * KIB, 16 * KIB, 2 * MIB)], profile: { pageSize: 16 * KIB } };
      expect(orders(behind, about)).toEqual([7, 0]);
    });
    it("are single pages where the driver asks for those", () =>
      expect(
        orders({ ...behind, about: { attrs: ["alloc-single-pages"] } }, { iommus: [tables(4 * KIB, MIB)] }),
      ).toEqual([0]));
    it("are four sizes on arm, whatever the tables", () =>
      expect(orders(behind, { arch: "arm" })).toEqual([9, 8, 4, 0]));
    it("are the same for a driver's own allocation", () =>
      expect(
        orders({ ...behind, queue: "own", about: { allocates: "scattered" } }, { iommus: [tables(4 * KIB, MIB)] }),
      ).toEqual([8, 0]));
  });
  it("are single pages for a driver with a domain of its own", () => {
    const about = { iommus: [tables(4 * KIB, MIB)] };
    const spec = {
      iommu: "/iommu",
      translation: "driver-domain",
      queue: "own",
      about: { allocates: "scattered" },
    } as const;
    expect(orders(spec, about)).toEqual([0]);
  });
});
