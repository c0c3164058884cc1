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

// linux-dma-semantics 13, item 4: the first row that applies decides.
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

  it("has its bus address behind an IOMMU when it comes from a coherent pool, and the IOMMU lets nothing through", () => {
    // linux-dma-semantics 1.1
    const r = machine();
    const buffer = r.api.alloc(r.device("behind-pool"), 4096)!;
    expect(buffer.dmaAddr).toBe(0x68000000);
    expect(r.api.translate(buffer.device, buffer.dmaAddr, "read")).toBeNull();
    r.api.free(buffer);
    expect(r.heaps.get("coherent-pool:pool")!.stats().used).toBe(0);
  });

  it("has no address for a device that does not see its own pool, and goes back all the same", () => {
    // linux-dma-semantics 5, rule 3: nobody looks whether the pool is in reach.
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

  // linux-dma-semantics 2.7
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

  it("comes from the atomic pool for who must not wait", () => {
    expect(heapOf(arm(true), "plain", "8K", NOT_WAITING)).toBe("atomic-pool:kernel");
  });
});
