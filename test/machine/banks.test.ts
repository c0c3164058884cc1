import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { FactBase } from "../../src/facts/lookup.js";
import { MachineError } from "../../src/machine/error.js";
import type { Machine } from "../../src/machine/machine.js";
import { parseMemorySpec } from "../../src/machine/memory-spec.js";
import { EMBEDDED_6_12, withPageSize } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";

const WIDE = { "#address-cells": 2, "#size-cells": 2 } as const;
const facts = new FactBase([]);

function machine(tree: TreeSpec, memory: string | null = null, cmdline = ""): Machine {
  const spec = memory === null ? null : parseMemorySpec(memory);
  if (spec !== null && !spec.ok) throw new Error(spec.refusal.code);
  const arch = { cpus: { "cpu@0": { compatible: "arm,cortex-a53" } } };
  return readMachine({
    tree: buildDeviceTree({ ...WIDE, ...arch, ...tree }),
    facts,
    profile: EMBEDDED_6_12,
    memory: spec === null ? null : spec.value,
    cmdline,
  });
}

const ranges = (list: readonly { base: number; size: number }[]): number[][] => list.map((r) => [r.base, r.size]);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof MachineError) return error.code;
    throw error;
  }
  return "none";
}

describe("memory from the tree", () => {
  it("is every entry of every available memory node, sorted, with its NUMA node", () => {
    const built = machine({
      "memory@100000000": { device_type: "memory", reg: cells64(0x1_0000_0000, 0x4000_0000), "numa-node-id": 1 },
      "memory@0": { device_type: "memory", reg: cells64(0x8000_0000, 0x1000_0000, 0, 0x2000_0000) },
      "memory@200000000": { device_type: "memory", reg: cells64(0x2_0000_0000, 0x1000_0000), status: "disabled" },
    });
    expect(built.banks.map((b) => [b.base, b.size, b.numaNode, b.provenance.source])).toEqual([
      [0, 0x2000_0000, 0, "/memory@0:reg"],
      [0x8000_0000, 0x1000_0000, 0, "/memory@0:reg"],
      [0x1_0000_0000, 0x4000_0000, 1, "/memory@100000000:reg"],
    ]);
    expect(built.assumptions.map((a) => a.code)).toContain("memory-from-tree");
  });

  it("prefers linux,usable-memory to reg", () => {
    const node = {
      device_type: "memory",
      reg: cells64(0, 0x4000_0000),
      "linux,usable-memory": cells64(0x1000, 0x100_0000),
    };
    expect(ranges(machine({ "memory@0": node }).banks)).toEqual([[0x1000, 0x100_0000]]);
  });

  it("leaves out entries of size 0 and cuts ends to whole pages", () => {
    const node = { device_type: "memory", reg: cells64(0x8000_0000, 0, 0x800, 0x1000_0900) };
    expect(ranges(machine({ "memory@0": node }).banks)).toEqual([[0x1000, 0x1000_0000]]);
  });

  it("is refused where there is none, or only size 0 for the boot loader to fill in", () => {
    expect(codeOf(() => machine({}))).toBe("no-memory");
    expect(codeOf(() => machine({ "memory@0": { device_type: "memory", reg: cells64(0, 0) } }))).toBe("no-memory");
  });

  it("ends below 2^52, where no kernel has addresses any more", () => {
    const node = (base: number, size: number): TreeSpec => ({
      "memory@0": { device_type: "memory", reg: cells64(0x4000_0000, 0x4000_0000, base, size) },
    });
    expect(ranges(machine(node(2 ** 52 - 0x1000, 0x2000)).banks)).toEqual([
      [0x4000_0000, 0x4000_0000],
      [2 ** 52 - 0x1000, 0x1000],
    ]);
    expect(ranges(machine(node(2 ** 53 - 0xfff, 0xffe)).banks)).toEqual([[0x4000_0000, 0x4000_0000]]);
    expect(codeOf(() => machine({}, "0x1ffffffffff000+4095"))).toBe("no-memory");
  });

  it("is missing when mem= leaves no page of it", () => {
    const node = { device_type: "memory", reg: cells64(0x4000_0000, 0x4000_0000) };
    const arm = { cpus: { "cpu@0": { compatible: "arm,cortex-a7" } } };
    expect(codeOf(() => machine({ "memory@0": node, ...arm }, null, "mem=4095"))).toBe("no-memory");
    expect(ranges(machine({ "memory@0": node, ...arm }, null, "mem=8191").banks)).toEqual([[0x4000_0000, 0x1000]]);
  });

  it("ends where mem= says, counted in RAM", () => {
    const node = { device_type: "memory", reg: cells64(0, 0x2000_0000, 0x4000_0000, 0x2000_0000) };
    expect(ranges(machine({ "memory@0": node }, null, "mem=768M").banks)).toEqual([
      [0, 0x2000_0000],
      [0x4000_0000, 0x1000_0000],
    ]);
  });
});

describe("memory given", () => {
  const registers = { "uart@fe000000": { compatible: "x,uart", reg: cells64(0xfe00_0010, 0x20), status: "disabled" } };

  it("replaces the tree's", () => {
    const built = machine({ "memory@0": { device_type: "memory", reg: cells64(0, 0x4000_0000) } }, "0x80000000+1G");
    expect(ranges(built.banks)).toEqual([[0x8000_0000, 0x4000_0000]]);
    expect(built.banks[0]?.provenance).toEqual({ kind: "override", source: "--memory" });
    expect(built.assumptions.map((a) => a.code)).not.toContain("memory-from-tree");
  });

  it("starts, as a size, where the tree's memory starts, be that node of size 0", () => {
    const node = { device_type: "memory", reg: cells64(0x4000_0000, 0) };
    expect(ranges(machine({ "memory@40000000": node }, "1G").banks)).toEqual([[0x4000_0000, 0x4000_0000]]);
  });

  it("is refused as a size where the tree has no memory node", () => {
    expect(codeOf(() => machine({}, "1G"))).toBe("memory-needs-base");
  });

  it("loses the pages in which device registers lie, enabled or not, and says which node's", () => {
    const built = machine(registers, "0+8G");
    expect(ranges(built.banks)).toEqual([
      [0, 0xfe00_0000],
      [0xfe00_1000, 0x1_01ff_f000],
    ]);
    expect(built.cutOuts).toEqual([{ base: 0xfe00_0000, size: 0x1000, node: "/uart@fe000000" }]);
    expect(built.assumptions.map((a) => a.code)).toContain("registers-cut-out");
  });

  it("loses, as a size, whole areas of 16 MiB", () => {
    const built = machine({ "memory@0": { device_type: "memory", reg: cells64(0, 0) }, ...registers }, "8G");
    expect(ranges(built.banks)).toEqual([
      [0, 0xfe00_0000],
      [0xff00_0000, 0x1_0100_0000],
    ]);
  });

  it("loses slivers between and behind registers, which no board has: up to 16 MiB of a bank, up to 240 MiB of a size", () => {
    const uart = (base: number) => ({
      [`uart@${base.toString(16)}`]: { compatible: "x,uart", reg: cells64(base, 0x1000) },
    });
    const tree = {
      "memory@0": { device_type: "memory", reg: cells64(0, 0) },
      ...uart(0xc000_0000),
      ...uart(0xc100_1000),
      ...uart(0xd000_0000),
      ...uart(0xff80_0000),
    };
    expect(ranges(machine(tree, "0+4G").banks)).toEqual([
      [0, 0xc000_0000],
      [0xc100_2000, 0xeff_e000],
      [0xd000_1000, 0x2f7f_f000],
    ]);
    expect(ranges(machine(tree, "4G").banks)).toEqual([
      [0, 0xc000_0000],
      [0xd100_0000, 0x2e00_0000],
    ]);
  });

  it("keeps the largest piece of RAM between registers however small it is", () => {
    const low = { compatible: "x,uart", reg: cells64(0, 0x1000) };
    const high = { compatible: "x,uart", reg: cells64(0x40_0000, 0x1000) };
    expect(ranges(machine({ "uart@0": low, "uart@400000": high }, "0+7M").banks)).toEqual([[0x1000, 0x3f_f000]]);
  });

  it("keeps a bank between registers that lie in the holes around it", () => {
    const register = (base: number) => ({
      [`syscon@${base.toString(16)}`]: { compatible: "x,syscon", reg: cells64(base, 0x800) },
    });
    const tree = { ...register(0x5f0_1000), ...register(0x6df_f800) };
    expect(ranges(machine(tree, "0+0x5f01000,0x5f02000+0xefd000,0x6e00000+256M").banks)).toEqual([
      [0, 0x5f0_1000],
      [0x5f0_2000, 0xef_d000],
      [0x6e0_0000, 0x1000_0000],
    ]);
  });

  it("keeps banks as they are where no registers lie in them", () => {
    const built = machine(
      { "pcie@f0000000": { compatible: "x,pcie", device_type: "pci", reg: cells64(0xf000_0000, 0x10_0000) } },
      "0x200000+0xefe00000,0x100000000+12G",
    );
    expect(ranges(built.banks)).toEqual([
      [0x20_0000, 0xefe0_0000],
      [0x1_0000_0000, 0x3_0000_0000],
    ]);
    expect(built.cutOuts).toEqual([]);
  });

  it("loses the windows of PCI buses where only a size is given", () => {
    const pci = { device_type: "pci", "#address-cells": 3, "#size-cells": 2, reg: cells64(0xfd50_0000, 0x1_0000) };
    const tree = {
      "memory@0": { device_type: "memory", reg: cells64(0, 0) },
      "pcie@fd500000": { ...pci, ranges: cells(0x200_0000, 0, 0xc000_0000, 0, 0xc000_0000, 0, 0x1000_0000) },
    };
    expect(ranges(machine(tree, "4G").banks)).toEqual([
      [0, 0xc000_0000],
      [0xd000_0000, 0x2d00_0000],
    ]);
    expect(ranges(machine(tree, "0+4G").banks)).toEqual([
      [0, 0xfd50_0000],
      [0xfd51_0000, 0x2af_0000],
    ]);
  });

  it("loses registers behind a bus at their CPU address, and none behind a bus without ranges", () => {
    const below = { "#address-cells": 1, "#size-cells": 1 };
    const built = machine(
      {
        "soc@0": {
          ...below,
          ranges: cells(0x7e00_0000, 0, 0xfe00_0000, 0x100_0000),
          "dma@7e007000": { reg: cells(0x7e00_7000, 0x1000) },
        },
        "i2c-like": { ...below, "chip@1000": { reg: cells(0x1000, 0x1000) } },
      },
      "0+4G",
    );
    expect(built.cutOuts).toEqual([{ base: 0xfe00_7000, size: 0x1000, node: "/soc@0/dma@7e007000" }]);
  });

  it("loses nothing to nodes that describe RAM or CPUs", () => {
    const built = machine(
      {
        "memory@0": { device_type: "memory", reg: cells64(0, 0x4000_0000) },
        "reserved-memory": { ...WIDE, ranges: true, "fw@1000000": { reg: cells64(0x100_0000, 0x1000) } },
        chosen: {
          ...WIDE,
          ranges: true,
          "framebuffer@2000000": { compatible: "simple-framebuffer", reg: cells64(0x200_0000, 0x1000) },
        },
        "smem@3000000": { compatible: "qcom,smem", reg: cells64(0x300_0000, 0x1000) },
      },
      "0+1G",
    );
    expect(built.cutOuts).toEqual([]);
  });

  it("is refused where registers occupy all of it", () => {
    expect(codeOf(() => machine(registers, "0xfe000000+4K"))).toBe("memory-all-registers");
  });

  it("is cut to pages of the kernel's size", () => {
    const tree = buildDeviceTree({ ...WIDE, "memory@0": { device_type: "memory", reg: cells64(0x1000, 0x100_f000) } });
    const built = readMachine({ tree, facts, profile: withPageSize(EMBEDDED_6_12, "64K") });
    expect(ranges(built.banks)).toEqual([[0x1_0000, 0x100_0000]]);
  });
});
