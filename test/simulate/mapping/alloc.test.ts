import { describe, expect, it } from "vitest";
import type { DmaAttrs } from "../../../src/simulate/mapping/dma-map-ops.js";
import { bytes, device, iommu, region } from "../../machine-builder.js";
import { type Rig, rig } from "./rig.js";

const NOT_WAITING: DmaAttrs = { blocking: false };

/** Free memory above 4 GiB and below, a default area, one area, pool and restricted pool of devices' own. */
function machine(options: Parameters<typeof rig>[1] = {}): Rig {
  return rig(
    {
      ram: "0x40000000+1G,0x140000000+1G",
      cma: "0x70000000+64M",
      zoneDmaEnd: 2 ** 32,
      regions: [
        region("area", "cma", "0x60000000+8M"),
        region("pool", "coherent-pool", "0x68000000+1M"),
        region("own", "restricted-pool", "0x6a000000+4M"),
      ],
      iommus: [iommu("/iommu")],
      devices: [
        device("plain"),
        device("snoops", { coherent: true }),
        device("wide", { mask: "0xffffffffffffffff", coherent: true }),
        device("with-area", { regions: ["area"] }),
        device("with-pool", { regions: ["pool"] }),
        device("restricted", { regions: ["own"] }),
        device("behind", { iommu: "/iommu" }),
        device("behind-area", { iommu: "/iommu", regions: ["area"] }),
        device("behind-snoops", { iommu: "/iommu", coherent: true }),
        device("behind-pool", { iommu: "/iommu", regions: ["pool"] }),
      ],
    },
    options,
  );
}

/** Id of the heap that coherent memory came from; null when there was none. */
function heapOf(r: Rig, name: string, size: string, attrs: DmaAttrs = {}): string | null {
  return r.api.alloc(r.device(name), bytes(size), attrs)?.backing.heap.source.id ?? null;
}

/** Takes everything a heap has, in blocks. */
function exhaust(r: Rig, id: string, block: string): void {
  const heap = r.heaps.get(id)!;
  while (heap.allocate({ size: bytes(block), alignment: 4096, owner: "test" }).ok);
}

// Linux 6.12 kernel/dma/mapping.c dma_alloc_attrs(), kernel/dma/direct.c dma_direct_alloc(), drivers/iommu/dma-iommu.c iommu_dma_alloc().
describe("where coherent memory comes from", () => {
  it("is the device's coherent pool, whatever the rest says", () => {
    expect(heapOf(machine(), "with-pool", "8K")).toBe("coherent-pool:pool");
    expect(heapOf(machine(), "with-pool", "8K", NOT_WAITING)).toBe("coherent-pool:pool");
    expect(heapOf(machine(), "behind-pool", "8K")).toBe("coherent-pool:pool");
  });

  it("is nothing when that pool has no room: powers of two count", () => {
    expect(heapOf(machine(), "with-pool", "1M")).toBe("coherent-pool:pool");
    const r = machine();
    expect(heapOf(r, "with-pool", "4K")).toBe("coherent-pool:pool");
    expect(heapOf(r, "with-pool", "516K")).toBeNull();
    expect(r.context.lastRefusal).toMatchObject({ heap: "coherent-pool:pool" });
  });

  it("is scattered pages behind a translating IOMMU: no area, not even the device's own", () => {
    expect(heapOf(machine(), "behind", "6M")).toBe("system");
    expect(heapOf(machine(), "behind-area", "6M")).toBe("system");
  });

  it("is an area there when it must be one block, then a block of pages", () => {
    const contiguous = { forceContiguous: true };
    expect(heapOf(machine(), "behind-area", "2M", contiguous)).toBe("cma:area");
    const r = machine();
    expect(heapOf(r, "behind", "2M", contiguous)).toBe("cma:default");
    exhaust(r, "cma:default", "4K");
    expect(heapOf(r, "behind", "2M", contiguous)).toBe("page-block");
  });

  it("is the atomic pools there for who must not wait and does not snoop, and a block of pages for who does", () => {
    expect(heapOf(machine(), "behind", "8K", NOT_WAITING)).toBe("atomic-pool:kernel");
    expect(heapOf(machine(), "behind-snoops", "8K", NOT_WAITING)).toBe("page-block");
  });

  it("is the restricted pool, and nothing beyond 256 KiB", () => {
    expect(heapOf(machine(), "restricted", "128K")).toBe("restricted-pool:own");
    expect(heapOf(machine(), "restricted", "128K", NOT_WAITING)).toBe("restricted-pool:own");
    expect(heapOf(machine(), "restricted", "260K")).toBeNull();
  });

  it("is never the atomic pools for memory that the kernel does not map", () => {
    const unmapped = { noKernelMapping: true };
    expect(heapOf(machine(), "plain", "8K", { ...unmapped, blocking: false })).toBe("page-block");
    expect(heapOf(machine(), "plain", "8K", unmapped)).toBe("cma:default");
    expect(heapOf(machine(), "with-area", "4K", unmapped)).toBe("cma:area");
  });

  it("is the atomic pools of its zone for who must not wait and does not snoop", () => {
    expect(heapOf(machine(), "plain", "8K", NOT_WAITING)).toBe("atomic-pool:dma");
  });

  it("is the device's own area, even for a page, then pages and never the default area", () => {
    const r = machine();
    expect(heapOf(r, "with-area", "4K")).toBe("cma:area");
    exhaust(r, "cma:area", "4K");
    expect(heapOf(r, "with-area", "1M")).toBe("page-block");
    expect(heapOf(r, "with-area", "5M")).toBeNull();
  });

  it("is the default area for more than a page, then pages", () => {
    const r = machine();
    expect(heapOf(r, "plain", "8K")).toBe("cma:default");
    exhaust(r, "cma:default", "4K");
    expect(heapOf(r, "plain", "8K")).toBe("page-block");
  });

  it("is pages for one page", () => {
    expect(heapOf(machine(), "plain", "4K")).toBe("page-block");
    expect(heapOf(machine(), "plain", "1")).toBe("page-block");
  });

  it("is pages for a device that snoops and must not wait", () => {
    expect(heapOf(machine(), "snoops", "8K", NOT_WAITING)).toBe("page-block");
  });
});

describe("where coherent memory comes from, on boards of all kinds", () => {
  /** 8 GiB, the default area right below 4 GiB. */
  const large = (): Rig =>
    rig(
      {
        ram: "0x40000000+8G",
        cma: "0xfc000000+64M",
        devices: [device("plain"), device("snoops", { coherent: true })],
      },
      { bounces: false },
    );

  // Linux 6.12 kernel/dma/contiguous.c dma_alloc_contiguous(), kernel/dma/direct.c __dma_direct_alloc_pages().
  it("is a page below 4 GiB for one page, and the area for two, aligned to two", () => {
    const r = large();
    const page = r.api.alloc(r.device("plain"), 4096)!;
    expect(page.backing.heap.source.id).toBe("page-block");
    expect(page.dmaAddr).toBeLessThan(0xfc000000);
    const pair = r.api.alloc(r.device("plain"), 8192)!;
    expect([pair.backing.heap.source.id, pair.dmaAddr % 8192]).toEqual(["cma:default", 0]);
  });

  it("is the area for 6 MiB, aligned to 1 MiB and no more, and nothing when the area is full: pages end at 4 MiB", () => {
    const r = large();
    r.api.alloc(r.device("plain"), bytes("1M"));
    const [first, second] = [0, 1].map(() => r.api.alloc(r.device("plain"), bytes("6M"))!.dmaAddr);
    expect([first! % bytes("1M"), second! - first!]).toEqual([0, bytes("6M")]);
    exhaust(r, "cma:default", "4K");
    expect(heapOf(r, "plain", "6M")).toBeNull();
    expect(heapOf(r, "plain", "4M")).toBe("page-block");
  });

  it("is exactly the pages of the area, and a power of two of them without one", () => {
    expect(large().api.alloc(large().device("plain"), bytes("3M"))!.backing.taken).toBe(bytes("3M"));
    const r = rig({ ram: "0x40000000+1G", devices: [device("plain")] });
    expect(r.api.alloc(r.device("plain"), bytes("3M"))!.backing.taken).toBe(bytes("4M"));
  });

  it("is the same, and one block, for who asks for one block or for single pages without an IOMMU", () => {
    for (const attrs of [{ forceContiguous: true }, { allocSinglePages: true }]) {
      const r = large();
      const buffer = r.api.alloc(r.device("plain"), bytes("64K"), attrs)!;
      expect([buffer.backing.heap.source.id, buffer.backing.memory.count]).toEqual(["cma:default", 1]);
    }
  });

  // Linux 6.12 kernel/dma/direct.c dma_direct_optimal_gfp_mask(): a 32-bit limit is within zone_dma_limit where the zone ends with RAM, too.
  it("is the DMA pool for who must not wait, where all RAM is in the first zone", () => {
    const r = rig({ ram: "0x40000000+1G", cma: "0x70000000+64M", devices: [device("plain")] });
    expect(heapOf(r, "plain", "8K", NOT_WAITING)).toBe("atomic-pool:dma");
  });

  it("is the DMA32 pool where a narrow bus makes the first zone smaller than 32 bits, or there is no such zone", () => {
    const narrow = rig({ ram: "0+4G", cma: "0x10000000+64M", zoneDmaEnd: 2 ** 30, devices: [device("plain")] });
    expect(heapOf(narrow, "plain", "8K", NOT_WAITING)).toBe("atomic-pool:dma32");
    const riscv = rig({ arch: "riscv", ram: "0x80000000+1G", cma: "0xb0000000+64M", devices: [device("plain")] });
    expect(heapOf(riscv, "plain", "8K", NOT_WAITING)).toBe("atomic-pool:dma32");
  });

  it("is the coherent pool and nothing else for a device that also has a restricted pool", () => {
    const r = rig({
      ram: "0x40000000+1G",
      regions: [region("pool", "coherent-pool", "0x50000000+16K"), region("own", "restricted-pool", "0x51000000+1M")],
      devices: [device("both", { regions: ["pool", "own"] })],
    });
    expect(heapOf(r, "both", "16K")).toBe("coherent-pool:pool");
    expect(heapOf(r, "both", "4K")).toBeNull();
    expect(r.heaps.get("restricted-pool:own")!.stats().allocations).toBe(0);
  });

  // Linux 6.12 mm/cma.c cma_activate_area(), rmem_cma_device_init() in kernel/dma/contiguous.c: the pointer stays, the area has no page.
  it("is pages for a device whose own area was not activated: the default one is not asked", () => {
    const r = rig({
      ram: "0x40000000+1G",
      cma: "0x70000000+64M",
      pages: "0x40000000+256M",
      regions: [region("dead", "cma", "0x4f000000+8M")],
      devices: [device("bound", { regions: ["dead"] }), device("plain")],
    });
    expect(r.heaps.has("cma:dead")).toBe(false);
    expect(heapOf(r, "bound", "64K")).toBe("page-block");
    expect(heapOf(r, "plain", "64K")).toBe("cma:default");
  });

  // Linux 6.12 drivers/of/device.c of_dma_configure_id(): a restricted pool is looked for only where of_iommu_configure() failed.
  it("is no restricted pool behind an IOMMU, be it one that lets everything through", () => {
    const regions = [region("own", "restricted-pool", "0x51000000+1M")];
    const r = rig({
      ram: "0x40000000+1G",
      regions,
      iommus: [iommu("/iommu")],
      devices: [
        device("through", { iommu: "/iommu", iommuState: "identity", regions: ["own"] }),
        device("behind", { iommu: "/iommu", regions: ["own"] }),
        device("alone", { iommu: "/iommu", iommuState: "no-driver", regions: ["own"] }),
      ],
    });
    expect(heapOf(r, "through", "8K")).toBe("page-block");
    expect(r.device("through").ops.name).toBe("direct");
    expect(heapOf(r, "behind", "8K")).toBe("system");
    expect(heapOf(r, "alone", "8K")).toBe("restricted-pool:own");
  });
});

describe("coherent memory", () => {
  it("lies where the coherent mask reaches, in the highest zone for it", () => {
    const r = machine();
    expect(r.api.alloc(r.device("plain"), 4096)!.dmaAddr).toBeLessThan(2 ** 32);
    expect(r.api.alloc(r.device("wide"), 4096)!.dmaAddr).toBeGreaterThanOrEqual(0x140000000);
  });

  it("goes back when the device does not reach it, and the next source is asked", () => {
    // A default area above 4 GiB, and a device of 32 bits.
    const r = rig({ ram: "0x40000000+1G,0x140000000+1G", cma: "0x170000000+64M", devices: [device("plain")] });
    const used = r.heaps.get("cma:default")!.stats().used;
    expect(heapOf(r, "plain", "8K")).toBe("page-block");
    expect(r.heaps.get("cma:default")!.stats().used).toBe(used);
  });

  // Linux 6.12 kernel/dma/direct.c dma_direct_optimal_gfp_mask(), __dma_direct_alloc_pages().
  it("is tried anywhere and then in the first zone, not below 4 GiB, where no window of the bus holds the mask", () => {
    const r = rig(
      { ram: "0+4G", zoneDmaEnd: 2 ** 30, devices: [device("odd", { windows: ["0@0x400000000+1G"] })] },
      { bounces: false },
    );
    expect(r.api.alloc(r.device("odd"), 4096)).toBeNull();
    expect(r.heaps.get("page-block")!.stats()).toMatchObject({ allocations: 2, failures: 0, used: 0 });
  });

  it("comes from the first zone where the window of the bus ends with it, at the address of the bus", () => {
    const r = rig({ ram: "0+4G", zoneDmaEnd: 2 ** 30, devices: [device("cam", { windows: ["0@0xc0000000+1G"] })] });
    const buffer = r.api.alloc(r.device("cam"), 4096)!;
    expect(buffer.dmaAddr - buffer.backing.memory.physAddr[0]!).toBe(0xc0000000);
    expect(r.heaps.get("page-block")!.stats().allocations).toBe(1);
  });

  it("is refused at once when there is no memory: a lower zone is looked at only for memory out of reach", () => {
    const r = rig({ ram: "0x40000000+64M,0x140000000+64M", devices: [device("wide", { mask: "0xffffffffff" })] });
    exhaust(r, "page-block", "4K");
    const { failures } = r.heaps.get("page-block")!.stats();
    expect(r.api.alloc(r.device("wide"), 4096)).toBeNull();
    expect(r.heaps.get("page-block")!.stats().failures).toBe(failures + 1);
  });

  // Linux 6.12 kernel/dma/coherent.c dma_init_coherent_memory() with use_dev_dma_pfn_offset.
  it("has of one pool the address of each device's own bus", () => {
    const r = rig({
      ram: "0+2G",
      regions: [region("pool", "coherent-pool", "0x60000000+1M")],
      devices: [device("a", { regions: ["pool"] }), device("b", { regions: ["pool"], windows: ["0@0x80000000+2G"] })],
    });
    expect(r.api.alloc(r.device("a"), 4096)!.dmaAddr).toBe(0x60000000);
    expect(r.api.alloc(r.device("b"), 4096)!.dmaAddr).toBe(0xe0001000);
  });

  it("can be given back once, and a second time takes nobody else's mapping away", () => {
    const r = machine();
    const behind = r.device("behind");
    const buffer = r.api.alloc(behind, 4096)!;
    r.api.free(buffer);
    const next = r.api.alloc(behind, 4096)!;
    expect(next.dmaAddr).toBe(buffer.dmaAddr);
    expect(() => r.api.free(buffer)).toThrow("was given back before");
    expect(r.api.translate(behind, next.dmaAddr, "read")).not.toBeNull();
  });

  it("is not there when even the lowest zone has it out of reach, and the block goes back", () => {
    const r = rig({ ram: "0x80000000+1G", devices: [device("odd", { mask: "0x7fffffff" })] });
    expect(r.api.alloc(r.device("odd"), 4096)).toBeNull();
    expect(r.heaps.get("page-block")!.stats()).toMatchObject({ used: 0, allocations: 1 });
  });

  it("has one range of I/O addresses behind an IOMMU, made of blocks the tables like", () => {
    const r = machine();
    const buffer = r.api.alloc(r.device("behind"), bytes("3M"))!;
    expect(buffer.dmaAddr % bytes("4M")).toBe(0);
    expect(r.api.translate(buffer.device, buffer.dmaAddr + bytes("2M"), "write")!.physAddr).toBe(
      buffer.backing.memory.physAddr[Math.floor(bytes("2M") / 4096)]!,
    );
    expect(r.api.getSgtable(buffer).size).toBe(bytes("3M"));
  });

  it("is exported as the blocks it lies in, neighbours joined, up to the bytes that were asked for", () => {
    const r = machine();
    const buffer = r.api.alloc(r.device("behind"), 3 * 4096 + 100)!;
    const table = r.api.getSgtable(buffer);
    expect(buffer.backing.memory.length).toEqual([4096, 4096, 4096, 4096]);
    expect(table.size).toBe(3 * 4096 + 100);
    expect(table.count).toBeLessThan(4);
    expect(r.api.getSgtable(buffer)).toBe(table);
  });

  it("has its bus address behind an IOMMU when it comes from a coherent pool, and the IOMMU lets nothing through", () => {
    // Linux 6.12 kernel/dma/mapping.c dma_alloc_attrs(): dma_alloc_from_dev_coherent() comes before anything else.
    const r = machine();
    const buffer = r.api.alloc(r.device("behind-pool"), 4096)!;
    expect(buffer.dmaAddr).toBe(0x68000000);
    expect(r.api.translate(buffer.device, buffer.dmaAddr, "read")).toBeNull();
    r.api.free(buffer);
    expect(r.heaps.get("coherent-pool:pool")!.stats().used).toBe(0);
  });

  it("has no address for a device that does not see its own pool, and goes back all the same", () => {
    // Linux 6.12 kernel/dma/coherent.c __dma_alloc_from_coherent(): nobody looks whether the pool is in reach.
    const r = rig(
      {
        ram: "0+2G",
        regions: [region("pool", "coherent-pool", "0x60000000+1M")],
        devices: [device("cam", { regions: ["pool"], windows: ["0@0+1G"] })],
      },
      { checks: true },
    );
    const buffer = r.api.alloc(r.device("cam"), 4096)!;
    expect(buffer.dmaAddr).toBe(-1);
    expect(r.api.translate(r.device("cam"), buffer.dmaAddr, "read")).toBeNull();
    r.api.free(buffer);
    expect(r.api.checks!.findings).toEqual([]);
    expect(r.heaps.get("coherent-pool:pool")!.stats().used).toBe(0);
  });

  it("goes back where it came from", () => {
    const r = machine();
    const before = [...r.heaps.values()].map((heap) => heap.stats().used);
    const buffers = ["plain", "wide", "with-area", "with-pool", "restricted", "behind"].map(
      (name) => r.api.alloc(r.device(name), bytes("64K"))!,
    );
    for (const buffer of buffers) r.api.free(buffer);
    expect([...r.heaps.values()].map((heap) => heap.stats().used)).toEqual(before);
    r.table.audit();
    r.heaps.audit();
  });

  it("is not there when any step fails, and nothing is left behind", () => {
    const r = machine();
    for (const name of ["plain", "with-area", "with-pool", "restricted", "behind"]) {
      const device = r.device(name);
      for (let step = 1; ; step += 1) {
        const before = [...r.heaps.values()].map((heap) => heap.stats().used);
        const start = r.world.faults.steps;
        r.world.faults.failNth(step);
        const buffer = r.api.alloc(device, bytes("64K"));
        if (buffer !== null) r.api.free(buffer);
        if (r.world.faults.steps - start < step) break;
        expect([...r.heaps.values()].map((heap) => heap.stats().used)).toEqual(before);
        r.table.audit();
        r.heaps.audit();
        expect(step).toBeLessThan(100);
      }
    }
  });

  it("needs a size", () => {
    const r = machine();
    expect(() => r.api.alloc(r.device("plain"), 0)).toThrow("0 bytes");
    expect(() => r.api.alloc(r.device("plain"), 1.5)).toThrow(RangeError);
  });
});

describe("coherent memory on arm", () => {
  const arm = (cma: boolean): Rig =>
    rig({
      arch: "arm",
      ram: "0x40000000+512M",
      zoneDmaEnd: 0x60000000,
      ...(cma ? { cma: "0x50000000+16M" } : {}),
      devices: [device("plain"), device("snoops", { coherent: true })],
    });

  // Linux 6.12 arch/arm/mm/dma-mapping.c __dma_alloc().
  it("comes from the area alone when there is one, even a single page", () => {
    const r = arm(true);
    expect(heapOf(r, "plain", "4K")).toBe("cma:default");
    exhaust(r, "cma:default", "4K");
    expect(heapOf(r, "plain", "4K")).toBeNull();
  });

  it("comes from pages when there is none, and for devices that snoop", () => {
    expect(heapOf(arm(false), "plain", "8K")).toBe("page-block");
    const r = arm(true);
    exhaust(r, "cma:default", "4K");
    expect(heapOf(r, "snoops", "8K")).toBe("page-block");
  });

  it("comes from low memory, whatever the mask", () => {
    const r = rig({
      arch: "arm",
      ram: "0x40000000+2G",
      zoneDmaEnd: 0x70000000,
      devices: [device("wide", { mask: "0xffffffffff" }), device("snoops", { mask: "0xffffffffff", coherent: true })],
    });
    for (const name of ["wide", "snoops"]) expect(r.api.alloc(r.device(name), 8192)!.dmaAddr).toBeLessThan(0x70000000);
  });

  // Linux 6.12 arch/arm/mm/dma-mapping.c __iommu_alloc_buffer(), arm_iommu_alloc_attrs().
  it("is made of 2 MiB, 1 MiB, 64 KiB and single pages behind an IOMMU, whatever its tables have, and one block for who snoops", () => {
    const r = rig({
      arch: "arm",
      ram: "0x40000000+512M",
      zoneDmaEnd: 0x60000000,
      iommus: [iommu("/iommu")],
      devices: [device("vpu", { iommu: "/iommu" }), device("snoops", { iommu: "/iommu", coherent: true })],
    });
    const lengths = (attrs: DmaAttrs) => r.api.alloc(r.device("vpu"), bytes("3140K"), attrs)!.backing.memory.length;
    expect(lengths({})).toEqual([bytes("2M"), bytes("1M"), bytes("64K"), 4096]);
    expect(lengths({ allocSinglePages: true })).toHaveLength(785);
    expect(heapOf(r, "snoops", "64K")).toBe("page-block");
  });

  it("comes from the atomic pool for who must not wait", () => {
    expect(heapOf(arm(true), "plain", "8K", NOT_WAITING)).toBe("atomic-pool:kernel");
  });
});
