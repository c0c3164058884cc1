import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitOfMask } from "../../src/addressing/limits.js";
import { busReach, iovaRoom, reachOf } from "../../src/addressing/reach.js";
import { translate } from "../../src/addressing/translate.js";
import { cells64, type TreeSpec } from "../../src/devicetree/build.js";
import type { DeviceFact } from "../../src/facts/fact.js";
import type { Device, DmaRange, Machine } from "../../src/machine/machine.js";
import { containsRanges } from "../../src/units/ranges.js";
import { BEHIND, deviceAt, fact, iommu, machineOf } from "../machine/board.js";

const GIB = 0x4000_0000;
const MAX = Number.MAX_SAFE_INTEGER;

describe("limitOfMask", () => {
  const cases: readonly [string, number][] = [
    ["0xffffffff", 0xffff_ffff],
    ["0xdfffffff", 0xdfff_ffff],
    ["0x0", 0],
    ["0xFFFFFFFFFF", 0xff_ffff_ffff],
    ["0x1fffffffffffff", MAX],
    ["0x3fffffffffffff", MAX],
    ["0xffffffffffffffff", MAX],
  ];
  for (const [mask, limit] of cases)
    it(`${mask} lets through up to ${limit}`, () => expect(limitOfMask(mask)).toBe(limit));

  for (const bad of ["", "ffffffff", "0x", "0xg", "0x1ffffffffffffffff", "-0x1"]) {
    it(`refuses "${bad}"`, () => expect(() => limitOfMask(bad)).toThrow(RangeError));
  }
});

describe("translate", () => {
  const alias: readonly DmaRange[] = [
    { cpu: 0, dma: 0xc000_0000, size: GIB },
    { cpu: 4 * GIB, dma: 0, size: GIB },
  ];
  it("moves an address through the window that holds it", () => {
    expect(translate(alias, 0x1000_0000)).toBe(0xd000_0000);
    expect(translate(alias, 4 * GIB + 5)).toBe(5);
    expect(translate(alias, GIB - 1)).toBe(0xffff_ffff);
  });
  it("has no answer outside every window", () => expect(translate(alias, GIB)).toBeNull());
  it("changes nothing without windows", () => expect(translate(null, MAX)).toBe(MAX));
});

/** A device with these masks and windows and nothing else. */
function direct(mask: string, windows: readonly DmaRange[] | null, busDmaLimit: number | "unlimited"): Device {
  const plain = deviceAt(machineOf({ "isp@1": { compatible: "x,isp" } }, [fact("x,isp")]), "/isp@1");
  return { ...plain, dmaMask: mask, coherentDmaMask: mask, windows, busDmaLimit };
}

describe("busReach", () => {
  const cases: readonly [string, Device, unknown][] = [
    ["goes up to the mask", direct("0xffffffff", null, "unlimited"), [{ base: 0, size: 4 * GIB }]],
    ["goes up to an odd mask, inclusive", direct("0xdfffffff", null, "unlimited"), [{ base: 0, size: 0xe000_0000 }]],
    ["is clamped to 2^53 - 1", direct("0xffffffffffffffff", null, "unlimited"), [{ base: 0, size: MAX }]],
    [
      "is the window, where the CPU sees it",
      direct("0xffffffff", [{ cpu: 0, dma: 0xc000_0000, size: GIB }], 0xffff_ffff),
      [{ base: 0, size: GIB }],
    ],
    [
      "cuts a window at the mask",
      direct("0xcfffffff", [{ cpu: 0, dma: 0xc000_0000, size: GIB }], 0xffff_ffff),
      [{ base: 0, size: 0x1000_0000 }],
    ],
    [
      "drops a window that starts above the mask",
      direct("0x3fffffff", [{ cpu: 0, dma: 0xc000_0000, size: GIB }], 0xffff_ffff),
      [],
    ],
    [
      "drops a window whose bus addresses lie above 32 bits, however low its RAM is",
      direct("0xffffffff", [{ cpu: 0, dma: 0x4_0000_0000, size: GIB }], 0x4_3fff_ffff),
      [],
    ],
    [
      "joins windows that follow each other on both sides",
      direct(
        "0xffffffff",
        [
          { cpu: GIB, dma: GIB, size: GIB },
          { cpu: 0, dma: 0, size: GIB },
        ],
        0x7fff_ffff,
      ),
      [{ base: 0, size: 2 * GIB }],
    ],
    [
      "keeps windows apart that follow each other for the CPU and not on the bus",
      direct(
        "0xffffffff",
        [
          { cpu: 0, dma: 0xc000_0000, size: GIB },
          { cpu: GIB, dma: 0, size: GIB },
        ],
        0xffff_ffff,
      ),
      [
        { base: 0, size: GIB },
        { base: GIB, size: GIB },
      ],
    ],
    [
      "takes an address that two windows hold once",
      direct(
        "0xffffffff",
        [
          { cpu: 0, dma: 0xc000_0000, size: GIB },
          { cpu: GIB / 2, dma: 0, size: GIB },
        ],
        0xffff_ffff,
      ),
      [
        { base: 0, size: GIB },
        { base: GIB, size: GIB / 2 },
      ],
    ],
    [
      "keeps the hole between windows",
      direct(
        "0xffffffffff",
        [
          { cpu: 8 * GIB, dma: 8 * GIB, size: GIB },
          { cpu: 0, dma: 0, size: GIB },
        ],
        9 * GIB - 1,
      ),
      [
        { base: 0, size: GIB },
        { base: 8 * GIB, size: GIB },
      ],
    ],
  ];
  for (const [name, device, expected] of cases) it(name, () => expect(busReach(device, "streaming")).toEqual(expected));

  it("takes the mask that is asked for", () => {
    const device = { ...direct("0xffffffff", null, "unlimited"), coherentDmaMask: "0xffffff" };
    expect(busReach(device, "coherent")).toEqual([{ base: 0, size: 0x100_0000 }]);
  });
});

/** 1 GiB of RAM from 1 GiB on, and 4 GiB from 4 GiB on. */
const RAM: TreeSpec = { "memory@40000000": { device_type: "memory", reg: cells64(GIB, GIB, 4 * GIB, 4 * GIB) } };

function board(isp: TreeSpec, more: TreeSpec, own: Partial<DeviceFact> = {}): [Machine, Device] {
  const machine = machineOf({ ...RAM, ...more, "isp@1": { compatible: "x,isp", ...isp } }, [fact("x,isp", own)]);
  return [machine, deviceAt(machine, "/isp@1")];
}

describe("reachOf", () => {
  const LOW = { base: GIB, size: GIB };
  const HIGH = { base: 4 * GIB, size: 4 * GIB };

  it("is RAM under the mask for a direct device", () => {
    const [machine, device] = board({}, {});
    expect(reachOf(machine, device, "streaming")).toEqual([LOW]);
  });

  it("is RAM the tables can point at behind an IOMMU, whatever the mask", () => {
    const [machine, device] = board(BEHIND, iommu("rockchip,rk3568-iommu"));
    expect(reachOf(machine, device, "streaming")).toEqual([LOW, HIGH]);
    const [old, narrow] = board(BEHIND, iommu("rockchip,iommu"));
    expect(reachOf(old, narrow, "streaming")).toEqual([LOW]);
  });

  it("is what both limits leave where the driver runs the domain", () => {
    const [machine, device] = board(BEHIND, iommu("rockchip,rk3568-iommu"), { mmu: "manages-iommu-domain" });
    expect(reachOf(machine, device, "streaming")).toEqual([LOW]);
    const wide = { kind: "exact", value: "0xffffffffff", sources: [] } as const;
    const [old, narrow] = board(BEHIND, iommu("rockchip,iommu"), { mmu: "manages-iommu-domain", dmaMask: wide });
    expect(reachOf(old, narrow, "streaming")).toEqual([LOW]);
  });

  it("is RAM under the mask and under the width of the engine's own MMU", () => {
    const wide = { kind: "exact", value: "0xffffffffffffffff", sources: [] } as const;
    const [machine, device] = board({}, {}, { mmu: "device", dmaMask: wide });
    expect(reachOf(machine, device, "streaming")).toEqual([LOW, HIGH]);
    const [same, narrow] = board({}, {}, { mmu: "device", dmaMask: wide, mmuOutputBits: 31 });
    expect(reachOf(same, narrow, "streaming")).toEqual([LOW]);
  });

  it("is all RAM where the CPU copies", () => {
    const [machine, device] = board({}, {}, { buffers: [{ queue: "capture", kind: "vmalloc" }] });
    expect(reachOf(machine, device, "streaming")).toEqual([LOW, HIGH]);
  });

  it("of a disabled device behind a disabled IOMMU is direct, and translated when judged as enabled", () => {
    const off = iommu("rockchip,rk3568-iommu", { status: "disabled" });
    const [machine, device] = board({ ...BEHIND, status: "disabled" }, off);
    expect(reachOf(machine, device, "streaming")).toEqual([LOW]);
    expect(reachOf(machine, device, "streaming", { asIfEnabled: true })).toEqual([LOW, HIGH]);
  });

  it("of an enabled device behind a disabled IOMMU stays direct however it is judged", () => {
    const [machine, device] = board(BEHIND, iommu("rockchip,rk3568-iommu", { status: "disabled" }));
    expect(reachOf(machine, device, "streaming", { asIfEnabled: true })).toEqual([LOW]);
  });

  const window = fc.record({
    cpu: fc.nat({ max: 2 ** 34 }),
    dma: fc.nat({ max: 2 ** 34 }),
    size: fc.integer({ min: 1, max: 2 ** 33 }),
  });
  const windows = fc.option(fc.array(window, { minLength: 1, maxLength: 4 }), { nil: null });
  const limit = fc.oneof(fc.constant("unlimited" as const), fc.nat({ max: 2 ** 34 }));
  const [machine, plain] = board({}, {});

  it("is a subset of RAM", () => {
    fc.assert(
      fc.property(windows, limit, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (own, busDmaLimit, mask) => {
        const device = { ...plain, windows: own, busDmaLimit, dmaMask: `0x${mask.toString(16)}` };
        expect(containsRanges(machine.banks, reachOf(machine, device, "streaming"))).toBe(true);
      }),
    );
  });

  it("takes the first window where two hold an address, though the second would lead to one that can be emitted", () => {
    const twice = [
      { cpu: 0x4000_0000, dma: 0x1_0000_0000, size: 0x1000_0000 },
      { cpu: 0x4800_0000, dma: 0x800_0000, size: 0x1000_0000 },
    ];
    expect(busReach(direct("0xffffffff", twice, "unlimited"), "streaming")).toEqual([
      { base: 0x5000_0000, size: 0x800_0000 },
    ]);
    expect(busReach(direct("0xffffffffff", twice, "unlimited"), "streaming")).toEqual([
      { base: 0x4000_0000, size: 0x1000_0000 },
      { base: 0x5000_0000, size: 0x800_0000 },
    ]);
  });

  it("is never widened by a narrower mask", () => {
    const bits = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(windows, limit, bits, bits, (own, busDmaLimit, a, b) => {
        const reach = (width: number) => {
          const dmaMask = `0x${(2n ** BigInt(width) - 1n).toString(16)}`;
          return reachOf(machine, { ...plain, windows: own, busDmaLimit, dmaMask }, "streaming");
        };
        expect(containsRanges(reach(Math.max(a, b)), reach(Math.min(a, b)))).toBe(true);
      }),
    );
  });

  it("holds exactly the bytes whose bus address is under mask and bus limit", () => {
    fc.assert(
      fc.property(windows, limit, fc.nat({ max: 2 ** 34 }), fc.nat({ max: 2 ** 34 }), (own, busDmaLimit, mask, at) => {
        const device = { ...plain, windows: own, busDmaLimit, dmaMask: `0x${mask.toString(16)}` };
        const top = Math.min(mask, busDmaLimit === "unlimited" ? MAX : busDmaLimit);
        const first = (own ?? [{ cpu: 0, dma: 0, size: MAX }]).find(({ cpu, size }) => at >= cpu && at < cpu + size);
        const expected = first !== undefined && first.dma + (at - first.cpu) <= top;
        const found = busReach(device, "streaming").some(({ base, size }) => at >= base && at < base + size);
        expect(found).toBe(expected);
      }),
    );
  });
});

describe("iovaRoom", () => {
  const room = (isp: TreeSpec, more: TreeSpec, own: Partial<DeviceFact> = {}): unknown => {
    const [machine, device] = board(isp, more, own);
    return iovaRoom(machine, device);
  };
  const exact = (value: string) => ({ kind: "exact", value, sources: [] }) as const;

  it("is none without an IOMMU", () => expect(room({}, {})).toBeNull());

  it("is the aperture without the first page", () => {
    expect(room(BEHIND, iommu("sprd,iommu-v1"))).toEqual({ base: 0x1000, size: 0x1000_0000 - 0x1000 });
  });

  it("ends at the mask", () => {
    expect(room(BEHIND, iommu("arm,smmu-v3"), { dmaMask: exact("0xdfffffff") })).toEqual({
      base: 0x1000,
      size: 0xe000_0000 - 0x1000,
    });
  });

  it("ends at the bus limit", () => {
    const b = { "#address-cells": 2, "#size-cells": 2, "dma-ranges": cells64(0, 0, GIB) };
    const machine = machineOf({ ...iommu("arm,smmu-v3"), b: { ...b, "isp@1": { compatible: "x,isp", ...BEHIND } } }, [
      fact("x,isp"),
    ]);
    expect(iovaRoom(machine, deviceAt(machine, "/b/isp@1"))).toEqual({ base: 0x1000, size: GIB - 0x1000 });
  });

  it("is the whole aperture where the driver runs the domain", () => {
    expect(room(BEHIND, iommu("rockchip,iommu"), { mmu: "manages-iommu-domain", dmaMask: exact("0xfffff") })).toEqual({
      base: 0x1000,
      size: 4 * GIB - 0x1000,
    });
  });

  it("of a disabled device is that of the device and the IOMMU enabled", () => {
    const off = iommu("rockchip,iommu", { status: "disabled" });
    expect(room({ ...BEHIND, status: "disabled" }, off)).toEqual({ base: 0x1000, size: 4 * GIB - 0x1000 });
    expect(room(BEHIND, off)).toBeNull();
  });
});
