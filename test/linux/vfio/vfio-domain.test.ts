import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeMemfd } from "../../../src/linux/memory/memfd.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { setFields } from "../../../src/linux/native/struct.js";
import {
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_GET_INFO,
  VFIO_SET_IOMMU,
  vfioIommuType1Info,
} from "../../../src/linux/uapi/vfio.js";
import { readIommuInfo } from "../../../src/linux/vfio/iommu-info.js";
import type { LockedMemory } from "../../../src/linux/vfio/locked-memory.js";
import { describeVfioMapFailure, type VfioMapFailure } from "../../../src/linux/vfio/map-failure.js";
import type { ProcessMapping } from "../../../src/linux/vfio/process-mappings.js";
import {
  type DmaMaster,
  type PinnableMemory,
  type ProcessMemory,
  VfioDomain,
} from "../../../src/linux/vfio/vfio-domain.js";
import type { SegmentView } from "../../../src/simulate/buffers/view.js";
import { orThrow } from "../../../src/units/result.js";
import { type FakeMachine, FakeVfio } from "./fake-vfio.js";

const real = orThrow(await openKernel());
const PAGE = 4096;
/** QEMU's edu device: 28 bits. */
const EDU: DmaMaster = { address: "0000:00:04.0", dmaLimit: 0xfffffff, maxSegmentSize: Number.POSITIVE_INFINITY };
const WIDE: DmaMaster = { ...EDU, address: "0000:00:05.0", dmaLimit: Number.MAX_SAFE_INTEGER };

const UNKNOWN: ProcessMemory = { locked: () => ({ locked: 0, limit: "unlimited" }), mappings: () => [] };

interface Scene {
  readonly kernel: FakeVfio;
  readonly domain: VfioDomain;
}

function scene(machine: Partial<FakeMachine> = {}, process: Partial<ProcessMemory> = {}): Scene {
  const kernel = new FakeVfio(real, { functions: {}, ...machine });
  const container = kernel.open("/dev/vfio/vfio");
  const group = kernel.open("/dev/vfio/1");
  kernel.ioctl(group, VFIO_GROUP_SET_CONTAINER, new Uint8Array(Int32Array.of(container.number).buffer));
  kernel.ioctl(container, VFIO_SET_IOMMU, 3);
  const answer = new Uint8Array(256);
  setFields(vfioIommuType1Info, answer, { argsz: answer.length });
  kernel.ioctl(container, VFIO_IOMMU_GET_INFO, answer);
  return { kernel, domain: new VfioDomain(kernel, container, readIommuInfo(answer), { ...UNKNOWN, ...process }) };
}

function pages(count: number, name = "test"): PinnableMemory {
  return makeMemfd(real, { size: count * PAGE, name });
}

function refusalOf(result: ReturnType<VfioDomain["map"]>): VfioMapFailure {
  if (result.ok) throw new Error("it was mapped");
  return result.refusal;
}

describe("memory that is mapped for a device", () => {
  it("has addresses below the device's mask, which the kernel is told", () => {
    const { kernel, domain } = scene();
    const memory = pages(4);
    const view = orThrow(domain.map(EDU, { memory: [memory], direction: "bidirectional" }));
    expect(view).toMatchObject({ device: "0000:00:04.0", via: "vfio", size: 4 * PAGE, nents: 1 });
    expect(view.dmaAddr).toBe(0xfffc000);
    expect(kernel.mappings).toEqual([
      { flags: 3, iova: 0xfffc000, size: 4 * PAGE, vaddr: real.addressOf(memory.bytes) },
    ]);
  });

  it("can be read, written, or both, as the direction says", () => {
    const { kernel, domain } = scene();
    for (const direction of ["to-device", "from-device", "bidirectional"] as const) {
      orThrow(domain.map(EDU, { memory: [pages(1)], direction }));
    }
    expect(kernel.mappings.map(({ flags }) => flags)).toEqual([1, 2, 3]);
    const sideways = { memory: [pages(1)], direction: "sideways" as "to-device" };
    expect(() => domain.map(EDU, sideways)).toThrow(RangeError);
  });

  it("is one range for the device, whatever the number of objects", () => {
    const { kernel, domain } = scene();
    const view = orThrow(domain.map(EDU, { memory: [pages(1), pages(2), pages(1)], direction: "to-device" }));
    expect(view.segments).toEqual([{ dmaAddr: 0xfffc000, length: 4 * PAGE }]);
    expect(kernel.mappings.map(({ iova, size }) => [iova, size])).toEqual([
      [0xfffc000, PAGE],
      [0xfffd000, 2 * PAGE],
      [0xffff000, PAGE],
    ]);
    domain.unmap(view);
    expect(kernel.mappings).toEqual([]);
  });

  it("is cut to the segments that the device takes", () => {
    const { domain } = scene();
    const view = orThrow(domain.map({ ...EDU, maxSegmentSize: 3000 }, { memory: [pages(2)], direction: "to-device" }));
    expect(view.segments).toEqual([
      { dmaAddr: 0xfffe000, length: 3000 },
      { dmaAddr: 0xfffe000 + 3000, length: 3000 },
      { dmaAddr: 0xfffe000 + 6000, length: 2192 },
    ]);
    expect(view.isContiguous).toBe(true);
  });

  it("begins where it is asked to", () => {
    const { kernel, domain } = scene();
    const view = orThrow(domain.map(EDU, { memory: [pages(3)], direction: "to-device", iova: 0x5000 }));
    expect(view.dmaAddr).toBe(0x5000);
    expect(kernel.mappings[0]).toMatchObject({ iova: 0x5000 });
    const first = orThrow(domain.map(EDU, { memory: [pages(1)], direction: "to-device", iova: 0 }));
    expect(first.dmaAddr).toBe(0);
  });

  it("is not looked at through a view that has ended", () => {
    const { domain } = scene();
    const view = orThrow(domain.map(EDU, { memory: [pages(1)], direction: "to-device" }));
    domain.unmap(view);
    expect(view.isLive).toBe(false);
    expect(() => view.dmaAddr).toThrow("the view of 0000:00:04.0 has ended");
    expect(() => domain.unmap(view)).toThrow(RangeError);
  });

  it("counts until it is unmapped", () => {
    const { domain } = scene();
    const empty = domain.stats();
    const view = orThrow(domain.map(WIDE, { memory: [pages(1), pages(2)], direction: "to-device" }));
    expect(domain.stats()).toMatchObject({ mappings: 2, mapped: 3 * PAGE, highWater: 3 * PAGE, failures: 0 });
    domain.unmap(view);
    expect(domain.stats()).toEqual({ ...empty, highWater: 3 * PAGE });
  });
});

describe("a mapping that is refused", () => {
  it("lies above the device's mask, and the kernel is not asked: it would do it, and the device meet other memory", () => {
    const { kernel, domain } = scene();
    const request = { memory: [pages(2)], direction: "bidirectional", iova: 0xffff000 } as const;
    const refusal = refusalOf(domain.map(EDU, request));
    expect(refusal).toEqual({
      code: "above-dma-mask",
      errno: "EINVAL",
      device: "0000:00:04.0",
      size: 2 * PAGE,
      iova: 0xffff000,
      limit: 0xfffffff,
    });
    expect(describeVfioMapFailure(refusal)).toBe(
      "8 KiB at 0xffff000 end above 0xfffffff, the last address that 0000:00:04.0 emits: let the address be chosen, or ask for one below",
    );
    expect(kernel.mappings).toEqual([]);
    // Those of a device with a wider mask are free.
    expect(domain.map(WIDE, request).ok).toBe(true);
  });

  it("finds no room below the device's mask, with the numbers", () => {
    const { domain } = scene();
    const narrow = { ...EDU, dmaLimit: 0x3fff };
    orThrow(domain.map(narrow, { memory: [pages(1)], direction: "to-device" }));
    const refusal = refusalOf(domain.map(narrow, { memory: [pages(3)], direction: "to-device" }));
    expect(refusal).toEqual({
      code: "no-iova",
      errno: "ENOMEM",
      device: "0000:00:04.0",
      size: 3 * PAGE,
      needed: 4 * PAGE,
      limit: 0x3fff,
      largestFree: 0x8000000000 - 0xfef00000,
      mapped: PAGE,
    });
    expect(describeVfioMapFailure(refusal)).toMatch(/^0000:00:04\.0 finds no 16 KiB of I\/O addresses up to 0x3fff/);
  });

  it("leaves the IOMMU's windows", () => {
    const { kernel, domain } = scene();
    const refusal = refusalOf(domain.map(WIDE, { memory: [pages(1)], direction: "to-device", iova: 0xfee00000 }));
    expect(refusal).toMatchObject({ code: "outside-windows", iova: 0xfee00000 });
    expect(describeVfioMapFailure(refusal)).toBe(
      "4 KiB at 0xfee00000 are not in one window of the IOMMU, which maps 0x0-0xfedfffff and 0xfef00000-0x7fffffffff",
    );
    const high = refusalOf(domain.map(WIDE, { memory: [pages(1)], direction: "to-device", iova: 2 ** 40 }));
    expect(high.code).toBe("outside-windows");
    expect(kernel.mappings).toEqual([]);
  });

  it("meets another, which is named", () => {
    const { domain } = scene();
    orThrow(domain.map(EDU, { memory: [pages(4)], direction: "to-device", iova: 0x4000 }));
    const refusal = refusalOf(domain.map(EDU, { memory: [pages(2)], direction: "to-device", iova: 0x7000 }));
    expect(refusal).toMatchObject({ code: "iova-taken", taken: { base: 0x4000, size: 4 * PAGE }, errno: "EEXIST" });
    expect(describeVfioMapFailure(refusal)).toBe("8 KiB at 0x7000 meet what is mapped at 0x4000-0x7fff");
  });

  it("is not aligned", () => {
    const { domain } = scene();
    const at = (iova: number): VfioMapFailure =>
      refusalOf(domain.map(EDU, { memory: [pages(1)], direction: "to-device", iova }));
    expect(at(0x1800)).toMatchObject({ code: "unaligned-iova", iova: 0x1800, granule: PAGE });
    expect(at(-4096).code).toBe("unaligned-iova");
    expect(describeVfioMapFailure(at(0x1800))).toBe("0x1800 is no multiple of 4 KiB, the IOMMU's smallest page");
  });

  it("is of memory that is not whole pages of the IOMMU", () => {
    const { domain } = scene({ pageSizes: 0x10000n });
    const small = refusalOf(domain.map(EDU, { memory: [pages(1, "small")], direction: "to-device" }));
    expect(small).toMatchObject({ code: "not-whole-pages", memory: "memfd:small", memorySize: PAGE, granule: 65536 });
    expect(describeVfioMapFailure(small)).toBe(
      "memfd:small (4096 bytes) is not made of whole pages of 64 KiB, the IOMMU's smallest",
    );
    const shifted = { name: "a part", bytes: pages(3).bytes.subarray(100, 100 + PAGE) };
    expect(refusalOf(scene().domain.map(EDU, { memory: [shifted], direction: "to-device" })).code).toBe(
      "not-whole-pages",
    );
    expect(() => domain.map(EDU, { memory: [], direction: "to-device" })).toThrow(RangeError);
  });

  it("is one too many for the container, with how many there are", () => {
    const { kernel, domain } = scene({ mappings: 3 });
    orThrow(domain.map(EDU, { memory: [pages(1), pages(1)], direction: "to-device" }));
    const refusal = refusalOf(domain.map(EDU, { memory: [pages(1), pages(1)], direction: "to-device" }));
    expect(refusal).toMatchObject({ code: "too-many-mappings", mappings: 2, wanted: 2, limit: 3 });
    expect(describeVfioMapFailure(refusal)).toBe(
      "2 of at most 3 mappings are made and 2 more were wanted: map larger objects, or load vfio_iommu_type1 with a higher dma_entry_limit",
    );
    orThrow(domain.map(EDU, { memory: [pages(1)], direction: "to-device" }));
    expect(kernel.mappings.length).toBe(3);
  });

  it("is of pages that cannot be pinned, with what this process's mappings show", () => {
    const memory = pages(2, "of-a-dma-buf");
    const start = real.addressOf(memory.bytes);
    const plain = { start, end: start + 8192n, name: "", isReadable: true, isWritable: true, isOfDriver: false };
    const refused = (...mappings: ProcessMapping[]): VfioMapFailure => {
      const { domain } = scene({ unpinnable: new Set([start]) }, { mappings: () => mappings });
      return refusalOf(domain.map(EDU, { memory: [memory], direction: "from-device" }));
    };
    const dmabuf = refused({ ...plain, name: "/dmabuf:frame", isOfDriver: true });
    expect(dmabuf).toMatchObject({ code: "not-pinnable", memory: "memfd:of-a-dma-buf", errno: "EFAULT" });
    const told = (refusal: VfioMapFailure): string | undefined => describeVfioMapFailure(refusal).split("00:04.0: ")[1];
    expect(told(dmabuf)).toBe(
      "the mapping of /dmabuf:frame shows pages of the driver that exports it. Make the memory with makeMemfd(), map that, and give it to others as a dma-buf through /dev/udmabuf: the bytes are the same",
    );
    expect(told(refused({ ...plain, end: start + 4096n }))).toBe(
      "4 KiB of it, from byte 4096 on, are not mapped into this process",
    );
    expect(told(refused({ ...plain, isWritable: false }))).toBe(
      'anonymous memory is mapped to be read only, and the device was to write: map it to be written, or for the direction "to-device"',
    );
    const candidates = refused(plain);
    expect(candidates).toMatchObject({ code: "not-pinnable", obstacle: null });
    expect(describeVfioMapFailure(candidates)).toBe(
      "the pages of memfd:of-a-dma-buf cannot be pinned for 0000:00:04.0: its mappings do not show why. The kernel (EFAULT) refuses pages behind the end of a file that is shorter than its mapping, pages of a file on a disk that the device would write, and secret memory",
    );
    expect(refused()).toEqual(candidates);
  });

  it("locks more than this process may", () => {
    const locked = (): LockedMemory => ({ locked: 3 * PAGE, limit: 4 * PAGE });
    const { domain } = scene({ lockLimit: 4 * PAGE }, { locked });
    orThrow(domain.map(EDU, { memory: [pages(3)], direction: "to-device" }));
    const refusal = refusalOf(domain.map(EDU, { memory: [pages(2)], direction: "to-device" }));
    expect(refusal).toMatchObject({ code: "locked-memory", locked: 3 * PAGE, limit: 4 * PAGE });
    expect(describeVfioMapFailure(refusal)).toBe(
      "8 KiB for 0000:00:04.0 would be locked, 12 KiB are, and this process may lock 16 KiB: raise the limit (ulimit -l, LimitMEMLOCK= of a systemd unit)",
    );
  });

  it("fails as the kernel says where there is nothing to add", () => {
    const { domain } = scene({ lockLimit: PAGE });
    const refusal = refusalOf(domain.map(EDU, { memory: [pages(2)], direction: "to-device" }));
    expect(refusal).toMatchObject({
      code: "call-failed",
      failure: { call: "ioctl VFIO_IOMMU_MAP_DMA", path: "/dev/vfio/vfio", errno: "ENOMEM" },
    });
    expect(describeVfioMapFailure(refusal)).toBe(
      "0000:00:04.0 could not map 8 KiB: ioctl VFIO_IOMMU_MAP_DMA on /dev/vfio/vfio: ENOMEM (no memory)",
    );
  });

  it("leaves nothing behind when a later object of a list fails", () => {
    const bad = pages(1);
    const { kernel, domain } = scene({ unpinnable: new Set([real.addressOf(bad.bytes)]) });
    const before = domain.stats();
    const request = { memory: [pages(2), pages(1), bad, pages(1)], direction: "to-device" } as const;
    expect(refusalOf(domain.map(EDU, request)).code).toBe("not-pinnable");
    expect(kernel.mappings).toEqual([]);
    expect(kernel.locked).toBe(0);
    expect(domain.stats()).toEqual({ ...before, failures: 1 });
    expect(orThrow(domain.map(EDU, { memory: [pages(8)], direction: "to-device" })).dmaAddr).toBe(0xfff8000);
  });
});

interface Step {
  readonly objects: readonly number[];
  readonly bits: number;
  /** In KiB. */
  readonly iova: number | null;
  readonly unmaps: boolean;
}

describe("any order of mappings", () => {
  it("keeps what is mapped inside windows and masks, apart, and counted as the kernel counts it", () => {
    const objects = Array.from({ length: 6 }, (_, i) => pages(i + 1));
    const bad = pages(2);
    const step: fc.Arbitrary<Step> = fc.record({
      objects: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
      bits: fc.integer({ min: 14, max: 40 }),
      iova: fc.option(fc.integer({ min: 0, max: 63 }), { freq: 2 }),
      unmaps: fc.boolean(),
    });
    const run = (steps: readonly Step[]): void => {
      const windows: [bigint, bigint][] = [
        [0x1000n, 0x7fffn],
        [0xa000n, 0x1_5fffn],
        [0x20_0000n, 0x4f_ffffn],
      ];
      const { kernel, domain } = scene({ windows, mappings: 12, unpinnable: new Set([real.addressOf(bad.bytes)]) });
      const live: { readonly view: SegmentView; readonly limit: number }[] = [];
      for (const { objects: picked, bits, iova, unmaps } of steps) {
        if (unmaps && live.length > 0) domain.unmap(live.splice(bits % live.length, 1)[0]!.view);
        const memory = picked.map((i) => objects[i] ?? bad);
        const limit = 2 ** bits - 1;
        const asked = iova === null ? {} : { iova: iova * 1024 };
        const before = [kernel.mappings.length, kernel.locked];
        const mapped = domain.map({ ...EDU, dmaLimit: limit }, { memory, direction: "to-device", ...asked });
        if (mapped.ok) live.push({ view: mapped.value, limit });
        else expect([kernel.mappings.length, kernel.locked]).toEqual(before);
        expect(domain.stats()).toMatchObject({ mappings: kernel.mappings.length, mapped: kernel.locked });
      }
      for (const { view, limit } of live) {
        expect(view.dmaAddr + view.size - 1).toBeLessThanOrEqual(limit);
        expect(windows.some(([start, end]) => start <= view.dmaAddr && view.dmaAddr + view.size - 1 <= end)).toBe(true);
        const pieces = kernel.mappings.filter(({ iova }) => iova >= view.dmaAddr && iova < view.dmaAddr + view.size);
        expect(pieces.reduce((sum, { size }) => sum + size, 0)).toBe(view.size);
      }
      for (const { view } of live) domain.unmap(view);
      expect(kernel.mappings).toEqual([]);
      expect(kernel.locked).toBe(0);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), run), { numRuns: 200 });
  });
});
