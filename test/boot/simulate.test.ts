import { describe, expect, it } from "vitest";
import { assumedReservations, plausibleStarts } from "../../src/boot/assumed.js";
import type { BootInput, BootRegion } from "../../src/boot/outcome.js";
import { type BootProfile, DEBIAN_ARM64_6_12, DEBIAN_ARMMP_6_1 } from "../../src/boot/profile.js";
import { simulateBoot } from "../../src/boot/simulate.js";
import { buildDeviceTree, cells, type TreeSpec } from "../../src/devicetree/build.js";
import { endOf } from "../../src/units/ranges.js";
import { inputOf } from "./capture.js";
import { captures } from "./captures.js";

const MIB = 0x10_0000;

/** 1 GiB of RAM from 0, kernel of 32 MiB at 2 MiB. */
const KERNEL = { base: 0x20_0000, size: 0x200_0000 };

function board(reserved: TreeSpec, more: Partial<BootInput> = {}): BootInput {
  return {
    tree: buildDeviceTree({
      "#address-cells": 1,
      "#size-cells": 1,
      "reserved-memory": { "#address-cells": 1, "#size-cells": 1, ranges: true, ...reserved },
    }),
    banks: [{ base: 0, size: 0x4000_0000 }],
    cmdline: "",
    profile: DEBIAN_ARM64_6_12,
    reservedBeforeScan: [KERNEL],
    reservedBeforeDefaultCma: [KERNEL],
    ...more,
  };
}

const pool = (size: number, rest: TreeSpec = {}): TreeSpec => ({
  compatible: "shared-dma-pool",
  size: cells(size),
  ...rest,
});
const cma = (size: number, rest: TreeSpec = {}): TreeSpec => pool(size, { reusable: true, ...rest });

function region(input: BootInput, name: string): BootRegion {
  const found = simulateBoot(input).regions.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no region ${name}`);
  return found;
}

describe("simulateBoot", () => {
  it("places fixed regions first, then sized ones in tree order, each below the last", () => {
    const outcome = simulateBoot(
      board({
        "fw@3e000000": { reg: cells(0x3e00_0000, 0x200_0000), "no-map": true },
        "linux,cma": cma(64 * MIB, { "alloc-ranges": cells(0, 0x3000_0000), "linux,cma-default": true }),
        vpu: pool(16 * MIB, { "no-map": true, alignment: cells(MIB) }),
        isp: cma(MIB),
      }),
    );
    expect(outcome.regions.map((r) => [r.name, r.base, r.kind, r.status])).toEqual([
      ["fw@3e000000", 0x3e00_0000, "carveout", "placed"],
      ["linux,cma", 0x2c00_0000, "cma", "placed"],
      ["vpu", 0x3d00_0000, "dma-pool", "placed"],
      ["isp", 0x3ce0_0000, "cma", "failed"],
    ]);
    expect(outcome.failures).toEqual([
      {
        kind: "cma-bad-alignment",
        node: "/reserved-memory/isp",
        phase: "scan",
        base: 0x3ce0_0000,
        size: MIB,
        alignment: 2 * MIB,
      },
      {
        kind: "init-failed",
        node: "/reserved-memory/isp",
        phase: "scan",
        base: 0x3ce0_0000,
        size: MIB,
        returned: true,
      },
    ]);
    expect(outcome.defaultCma).toEqual({
      base: 0x2c00_0000,
      size: 64 * MIB,
      source: "tree",
      node: "/reserved-memory/linux,cma",
      name: "linux,cma",
      certainty: "exact",
    });
    expect(outcome.cmaTotal).toBe(64 * MIB);
    expect(outcome.noMap).toEqual([{ base: 0x3d00_0000, size: 0x300_0000 }]);
    expect(outcome.assumptions).toEqual([]);
  });

  it("says how large the largest hole was, and what lay in the way", () => {
    const input = board({
      "fw@10000000": { reg: cells(0x1000_0000, 16 * MIB) },
      big: cma(96 * MIB, { "alloc-ranges": cells(0xc00_0000, 0x800_0000) }),
    });
    expect(simulateBoot(input).failures[0]).toEqual({
      kind: "alloc-failed",
      node: "/reserved-memory/big",
      phase: "scan",
      asked: 96 * MIB,
      alignment: 2 * MIB,
      ranges: [{ base: 0xc00_0000, size: 0x800_0000 }],
      largestHole: 64 * MIB,
      blockers: [{ base: 0x1000_0000, size: 16 * MIB }],
    });
    expect(region(input, "big")).toMatchObject({ base: null, status: "failed", certainty: "exact", kind: "cma" });
  });

  it("loses the memory of a sized no-map region that cannot be set up", () => {
    const input = board({ lost: cma(8 * MIB, { "no-map": true }) });
    const outcome = simulateBoot(input);
    expect(outcome.failures).toContainEqual({
      kind: "init-failed",
      node: "/reserved-memory/lost",
      phase: "scan",
      base: 0x3f80_0000,
      size: 8 * MIB,
      returned: false,
    });
    expect(outcome.afterScan).toContainEqual({ base: 0x3f80_0000, size: 8 * MIB });
    expect(outcome.noMap).toEqual([]);
  });

  it("makes a restricted pool only where the kernel has them, and only of a plain region", () => {
    const node = { compatible: "restricted-dma-pool", reg: cells(0x1000_0000, 4 * MIB) };
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, restrictedPool: true };
    expect(region(board({ "r@10000000": node }), "r@10000000").kind).toBe("carveout");
    expect(region(board({ "r@10000000": node }, { profile }), "r@10000000")).toMatchObject({
      kind: "restricted-pool",
      status: "placed",
    });
    const wrong = region(board({ "r@10000000": { ...node, "no-map": true } }, { profile }), "r@10000000");
    expect(wrong).toMatchObject({ status: "failed", reserved: false });
  });

  it("takes compatibles in any case, at any position", () => {
    expect(region(board({ a: { compatible: ["acme,pool", "Shared-DMA-Pool"], size: cells(MIB) } }), "a").kind).toBe(
      "dma-pool",
    );
  });

  it("makes plain pools of CMA nodes refused where the kernel has no CMA", () => {
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, cma: false, cmaDefaultSize: 0 };
    const input = board({ a: cma(4 * MIB), b: pool(4 * MIB) }, { profile });
    expect(region(input, "a")).toMatchObject({ status: "failed", base: 0x3fc0_0000 });
    expect(region(input, "b")).toMatchObject({ status: "placed", kind: "dma-pool" });
    expect(simulateBoot(input)).toMatchObject({ defaultCma: null, cmaTotal: 0 });
  });

  it("reserves further reg entries without making them part of the region", () => {
    const input = board({ "two@10000000": { reg: cells(0x1000_0000, MIB, 0x2000_0000, 2 * MIB) } });
    expect(region(input, "two@10000000")).toMatchObject({
      base: 0x1000_0000,
      size: MIB,
      furtherRanges: [{ base: 0x2000_0000, size: 2 * MIB }],
    });
    const outcome = simulateBoot(input);
    expect(outcome.failures).toEqual([
      { kind: "extra-reg-ignored", node: "/reserved-memory/two@10000000", phase: "boot", ignored: 1 },
    ]);
    expect(outcome.afterScan).toContainEqual({ base: 0x2000_0000, size: 2 * MIB });
  });

  it("reports an empty reg instead of the nonsense the kernel prints", () => {
    const input = board({ "hole@0": { reg: new Uint8Array(0) } });
    expect(simulateBoot(input).failures).toEqual([
      { kind: "empty-reg", node: "/reserved-memory/hole@0", phase: "boot" },
    ]);
    expect(region(input, "hole@0")).toMatchObject({ base: null, status: "failed" });
  });

  it("places 64 sized regions and skips the rest", () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 66 }, (_, i) => [`p${i}`, pool(4096, { alignment: cells(4096) })]),
    );
    const { regions, failures } = simulateBoot(board(nodes));
    expect(regions.filter((r) => r.status === "placed")).toHaveLength(64);
    expect(failures.map((f) => [f.kind, f.node])).toEqual([
      ["too-many-dynamic", "/reserved-memory/p64"],
      ["too-many-dynamic", "/reserved-memory/p65"],
    ]);
  });

  it("skips nodes whose properties have the wrong length, and says what length they had", () => {
    const { failures } = simulateBoot(
      board({
        "a@10000000": { reg: cells(0x1000_0000) },
        b: pool(MIB, { size: cells(0, MIB) }),
        c: pool(MIB, { alignment: cells(0, MIB) }),
        d: pool(MIB, { "alloc-ranges": cells(0, 0, 0) }),
      }),
    );
    const at = { phase: "scan" } as const;
    expect(failures).toEqual([
      { ...at, kind: "bad-reg-length", node: "/reserved-memory/a@10000000", length: 4, entryLength: 8 },
      { ...at, kind: "bad-size-length", node: "/reserved-memory/b", length: 8, entryLength: 4 },
      { ...at, kind: "bad-alignment-length", node: "/reserved-memory/c", length: 8, entryLength: 4 },
      { ...at, kind: "bad-alloc-ranges-length", node: "/reserved-memory/d", length: 12, entryLength: 8 },
      { phase: "boot", kind: "bad-reg-length", node: "/reserved-memory/a@10000000", length: 4, entryLength: 8 },
    ]);
  });

  it("keeps 64 regions of any kind on 6.1, reserving the memory of the others all the same", () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 65 }, (_, i) => [`f@${i}`, { reg: cells(0x1000_0000 + i * 0x2000, 0x1000) }]),
    );
    const outcome = simulateBoot(
      board(nodes, { profile: { ...DEBIAN_ARMMP_6_1, cmaDefaultSize: 0 }, reservedBeforeDefaultCma: null }),
    );
    expect(outcome.failures).toEqual([{ kind: "table-full", node: "/reserved-memory/f@64", phase: "scan", limit: 64 }]);
    expect(outcome.afterScan).toContainEqual({ base: 0x1000_0000 + 64 * 0x2000, size: 0x1000 });
  });

  it("takes an alloc-ranges entry of nothing at 0 for no limit at all", () => {
    expect(region(board({ a: pool(MIB, { "alloc-ranges": cells(0, 0) }) }), "a").base).toBe(0x3ff0_0000);
  });

  it("leaves disabled nodes alone", () => {
    const input = board({ off: cma(4 * MIB, { status: "disabled" }), on: cma(4 * MIB) });
    expect(region(input, "off")).toMatchObject({ base: null, status: "ignored" });
    expect(region(input, "on").base).toBe(0x3fc0_0000);
  });

  it("applies mem= before anything else, and keeps the kernel image", () => {
    const input = board({ a: cma(4 * MIB) }, { cmdline: "mem=256M" });
    expect(region(input, "a").base).toBe(0xfc0_0000);
    const image = { base: 0x3000_0000, size: 32 * MIB };
    const reserved = [image, { base: 0xfc0_0000, size: 4 * MIB }];
    const start = { reservedBeforeScan: [image], reservedBeforeDefaultCma: reserved, kernelImage: image };
    const high = board({ a: cma(4 * MIB) }, { cmdline: "mem=256M", ...start });
    expect(region(high, "a").base).toBe(0xfc0_0000);
    expect(simulateBoot(high).defaultCma?.base).toBe(0xbc0_0000);
    expect(simulateBoot(high).free).toEqual([{ base: 0, size: 0xbc0_0000 }]);
  });

  it("keeps the pages of the initrd that the tree names when mem= would remove them", () => {
    const chosen = { "linux,initrd-start": cells(0x3000_0123), "linux,initrd-end": cells(0, 0x3010_0001) };
    const tree = buildDeviceTree({ "#address-cells": 1, "#size-cells": 1, chosen });
    const start = { reservedBeforeScan: [], reservedBeforeDefaultCma: [] };
    const outcome = simulateBoot(board({}, { tree, cmdline: "mem=256M cma=0", ...start }));
    expect(outcome.free).toEqual([
      { base: 0, size: 256 * MIB },
      { base: 0x3000_0000, size: 0x10_1000 },
    ]);
    expect(outcome.zoneDmaEnd).toBe(0x3010_1000);
  });
});

describe("the default CMA area", () => {
  const plain = (cmdline: string, more: Partial<BootInput> = {}) => simulateBoot(board({}, { cmdline, ...more }));

  it("takes base and limit from an earlier cma= that the last one does not replace", () => {
    expect(plain("cma=64M@0x10000000 cma=32M").defaultCma).toMatchObject({
      base: 0x1200_0000,
      size: 32 * MIB,
      source: "cmdline",
    });
  });

  it("says what lay in the way of a fixed one", () => {
    expect(plain("cma=64M@0x200000").failures).toEqual([
      {
        certainty: "exact",
        kind: "cma-reserve-failed",
        node: null,
        phase: "boot",
        asked: 64 * MIB,
        range: { base: 0x20_0000, size: 64 * MIB },
        largestHole: 32 * MIB,
        blockers: [KERNEL],
      },
    ]);
  });

  it("is not stopped at a fixed place by memory that is merely not mapped", () => {
    const fw: TreeSpec = {
      "fw@0": { reg: cells(0, MIB), "no-map": true },
      "fw@8000000": { reg: cells(0x800_0000, MIB), "no-map": true },
    };
    const refused = simulateBoot(board(fw, { cmdline: "cma=64M@0x200000" })).failures;
    expect(refused).toMatchObject([{ kind: "cma-reserve-failed", blockers: [KERNEL] }]);
    expect(simulateBoot(board(fw, { cmdline: "cma=64M@0x8000000" })).failures).toEqual([]);
  });

  it("finds no room in a hole that the end of low memory cuts in two", () => {
    const fw = { "fw@20000000": { reg: cells(0x2000_0000, 16 * MIB) } };
    const profile: BootProfile = { ...DEBIAN_ARMMP_6_1, cmaAreas: 7 };
    const { failures } = simulateBoot(board(fw, { cmdline: "cma=480M", profile, reservedBeforeDefaultCma: null }));
    // 496 MiB are free behind the region, 240 of them below the end of low memory; 478 lie between the kernel and the region.
    expect(failures).toMatchObject([{ kind: "cma-reserve-failed", range: { base: 0 }, largestHole: 472 * MIB }]);
  });

  it("is a share of RAM where the build says so", () => {
    const share: BootProfile = { ...DEBIAN_ARM64_6_12, cmaDefaultPercent: 10, cmaDefaultSelect: "percent" };
    expect(plain("", { profile: share }).defaultCma?.size).toBe(104 * MIB);
    expect(plain("", { profile: { ...share, cmaDefaultSelect: "min" } }).defaultCma?.size).toBe(64 * MIB);
    expect(plain("", { profile: { ...share, cmaDefaultSelect: "max" } }).defaultCma?.size).toBe(104 * MIB);
  });

  it("comes after the areas of NUMA nodes, each in its own node", () => {
    const banks = [
      { base: 0, size: 0x2000_0000, nid: 0 },
      { base: 0x2000_0000, size: 0x2000_0000, nid: 1 },
    ];
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, numaCma: true };
    const outcome = plain("cma_pernuma=16M numa_cma=1:32M", { banks, profile });
    expect(outcome.cmaTotal).toBe((16 + 16 + 32 + 64) * MIB);
    expect(outcome.defaultCma?.base).toBe(0x4000_0000 - (16 + 32 + 64) * MIB);
  });

  it("goes to the first free granule above 4 GiB on x86 with enough RAM there", () => {
    const banks = [
      { base: 0, size: 0x8000_0000 },
      { base: 0x1_0000_0000, size: 0x4000_0000 },
    ];
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, arch: "x86" };
    expect(plain("", { banks, profile }).defaultCma?.base).toBe(0x1_0000_0000);
    expect(plain("", { profile }).defaultCma?.base).toBe(0x3c00_0000);
  });

  it("is made although a static region claims to be it on riscv, which registers those too late", () => {
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, arch: "riscv" };
    const node: TreeSpec = {
      compatible: "shared-dma-pool",
      reusable: true,
      "linux,cma-default": true,
      reg: cells(0x1000_0000, 32 * MIB),
    };
    const outcome = simulateBoot(board({ "c@10000000": node }, { profile, reservedBeforeDefaultCma: null }));
    expect(outcome.defaultCma).toMatchObject({ base: 0x1000_0000, source: "tree" });
    expect(outcome.cmaTotal).toBe((32 + 64) * MIB);
  });
});

describe("a boot whose start state is not given", () => {
  const assumed = (reserved: TreeSpec, more: Partial<BootInput> = {}) =>
    board(reserved, { reservedBeforeScan: null, reservedBeforeDefaultCma: null, ...more });

  it("names what it assumes", () => {
    expect(simulateBoot(assumed({})).assumptions.map((a) => [a.name, a.base])).toEqual([
      ["kernel image", 0x20_0000],
      ["device tree", 0x800_0000],
      ["page tables", 0x3fe0_e000],
      ["unflattened tree", expect.any(Number)],
      ["node data", expect.any(Number)],
      ["section table", expect.any(Number)],
      ["section usage", expect.any(Number)],
      ["memory map", 0x3ec0_0000],
      ["page tables", expect.any(Number)],
    ]);
  });

  it("takes a kernel for half as large on 32-bit arm", () => {
    const kernel = (arch: "arm" | "arm64") => {
      const profile = { ...DEBIAN_ARM64_6_12, arch, lowMemory: arch === "arm" ? 768 * MIB : null };
      return simulateBoot(assumed({}, { profile })).assumptions.find(({ name }) => name === "kernel image")?.size;
    };
    expect([kernel("arm"), kernel("arm64")]).toEqual([24 * MIB, 48 * MIB]);
  });

  it("is sure of fixed regions and of what no start has room for, not of places the allocator chose", () => {
    const input = assumed({
      "fix@10000000": { reg: cells(0x1000_0000, MIB) },
      free: cma(4 * MIB),
      low: cma(4 * MIB, { "alloc-ranges": cells(0x3000_0000, 0x40_0000) }),
      huge: pool(0x3fff_f000),
    });
    expect(simulateBoot(input).regions.map((r) => [r.name, r.status, r.certainty])).toEqual([
      ["fix@10000000", "placed", "exact"],
      ["free", "placed", "assumed"],
      ["low", "placed", "assumed"],
      ["huge", "failed", "exact"],
    ]);
    expect(simulateBoot(input).defaultCma?.certainty).toBe("assumed");
  });

  it("is sure of a default area at a fixed place in the tree", () => {
    const node: TreeSpec = {
      compatible: "shared-dma-pool",
      reusable: true,
      "linux,cma-default": true,
      reg: cells(0x1000_0000, 32 * MIB),
    };
    expect(simulateBoot(assumed({ "c@10000000": node })).defaultCma).toMatchObject({
      base: 0x1000_0000,
      certainty: "exact",
    });
  });

  it("doubts that a default area finds no room where only the assumed pieces are in its way", () => {
    const refusal = (cmdline: string): unknown =>
      simulateBoot(assumed({}, { cmdline })).failures.map(({ kind, ...more }) => [
        kind,
        "certainty" in more ? more.certainty : null,
      ]);
    expect(refusal("cma=64M@0x8000000")).toEqual([["cma-reserve-failed", "assumed"]]);
    expect(refusal("cma=1000M")).toEqual([["cma-reserve-failed", "exact"]]);
    // Between the kernel image low in RAM and the tree behind it, or above both when they lie side by side.
    expect(refusal("cma=900M")).toEqual([["cma-reserve-failed", "assumed"]]);
  });

  it("keeps the assumed kernel off fixed regions and /memreserve/, as a boot loader must", () => {
    const input = assumed({ "fw@1000000": { reg: cells(0x100_0000, MIB), "no-map": true } });
    expect(region(input, "fw@1000000")).toMatchObject({ reserved: true, certainty: "exact" });
    expect(simulateBoot(input).assumptions[0]).toMatchObject({
      name: "kernel image",
      base: 0x120_0000,
      size: 48 * MIB,
    });
    const tree = buildDeviceTree({}, [{ address: 0x400_0000, size: 0x1000 }]);
    expect(assumedReservations(tree, input.banks, DEBIAN_ARM64_6_12)[0]?.base).toBe(0x20_0000);
    const low = buildDeviceTree({}, [{ address: 0x200_0000, size: 0x1000 }]);
    expect(assumedReservations(low, input.banks, DEBIAN_ARM64_6_12)[0]?.base).toBe(0x220_0000);
  });

  it("gives every start inside RAM and without overlap", () => {
    const banks = [
      { base: 0x4000_0000, size: 0x1000_0000 },
      { base: 0x8000_0000, size: 0x4000_0000 },
    ];
    const tree = buildDeviceTree({}, [{ address: 0xbfff_f000, size: 0x1000 }]);
    const starts = plausibleStarts(tree, banks, DEBIAN_ARM64_6_12);
    expect(starts.map(({ name, reservations }) => [name, ...reservations.map((r) => r.base)])).toEqual([
      ["low", 0x4000_0000, 0x4800_0000],
      ["initrd-low", 0x4000_0000, 0x4800_0000, 0x4820_0000],
      ["top-below-4g", 0x4000_0000, 0xbfe0_0000, 0xbbe0_0000],
      ["top", 0xbce0_0000, 0xbfe0_0000, 0xb8e0_0000],
    ]);
    for (const { reservations } of starts) {
      const sorted = [...reservations].sort((a, b) => a.base - b.base);
      sorted.forEach((range, i) => {
        expect(banks.some((bank) => bank.base <= range.base && endOf(range) <= endOf(bank))).toBe(true);
        expect(i === 0 || endOf(sorted[i - 1]!) <= range.base).toBe(true);
      });
    }
  });

  it("puts the device tree in no start on riscv, which reserves it after the scan", () => {
    const profile: BootProfile = { ...DEBIAN_ARM64_6_12, arch: "riscv" };
    const banks = [{ base: 0x8000_0000, size: 0x4000_0000 }];
    expect(assumedReservations(buildDeviceTree({}), banks, profile).map((r) => r.name)).toEqual(["kernel image"]);
  });

  it("puts the default area where 200 of 200 real boots had it, from what was reserved before the scan alone", () => {
    const looked = captures.filter((c) => c.kernel === "6.12.117+deb12-arm64" && c.beforeDefaultCma !== null);
    const wrong = looked.filter((capture) => {
      const outcome = simulateBoot({ ...inputOf(capture), reservedBeforeDefaultCma: null });
      return (
        (outcome.defaultCma?.base ?? null) !== (capture.defaultCma === null ? null : Number(capture.defaultCma[0]))
      );
    });
    expect(wrong.map((capture) => capture.id)).toEqual([]);
    expect(looked).toHaveLength(200);
  });

  it("is never sure of a place that a real boot did not give", () => {
    const wrong: string[] = [];
    for (const capture of captures) {
      const truth = simulateBoot(inputOf(capture));
      simulateBoot({ ...inputOf(capture), reservedBeforeScan: null, reservedBeforeDefaultCma: null }).regions.forEach(
        (r, i) => {
          const real = truth.regions[i];
          if (r.certainty === "exact" && (r.base !== real?.base || r.status !== real.status))
            wrong.push(`${capture.id} ${r.name}`);
        },
      );
    }
    expect(wrong).toEqual([]);
  });
});
