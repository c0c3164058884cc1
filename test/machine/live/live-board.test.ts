import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells } from "../../../src/devicetree/build.js";
import { writeDeviceTree } from "../../../src/devicetree/write.js";
import { loadFacts } from "../../../src/facts/load.js";
import type { Device, Machine } from "../../../src/machine/machine.js";
import { resolveDevice } from "../../../src/machine/names.js";
import { machineFromSource, type SourceOptions } from "../../../src/machine/source.js";
import { orThrow } from "../../../src/units/result.js";
import { iommu, PLAIN } from "../board.js";
import { DEFAULT_AREA, runningBoard } from "./running-board.js";
import { sourceOf } from "./running-pc.js";

const facts = await loadFacts();
const machineOf = (
  changes: Readonly<Record<string, string | null>> = {},
  options: Partial<SourceOptions> = {},
): Promise<Machine> => machineFromSource(runningBoard(changes), { facts, ...options });
const board = await machineOf();
const named = (name: string, machine = board): Device => orThrow(resolveDevice(machine, name)).device;
const area = (name: string): string => `sys/kernel/debug/cma/${name}`;
const overlapping = ({ pages }: Machine, base: number, size: number): unknown =>
  pages.filter((range) => range.base < base + size && range.base + range.size > base);

/** Where boot is expected to put the default area. */
const EXPECTED = { base: 0x7c00_0000, size: 0x400_0000 } as const;

describe("CMA areas that debugfs shows", () => {
  it("are where the kernel has them, and that is exact", () => {
    expect(board.defaultCma).toEqual({
      ...DEFAULT_AREA,
      source: "config",
      node: null,
      name: "reserved",
      certainty: "exact",
    });
    expect(board.regions.find(({ kind }) => kind === "cma")).toMatchObject({
      name: "codec-pool@50000000",
      base: 0x5000_0000,
      size: 0x400_0000,
      status: "placed",
      certainty: "exact",
    });
  });

  it("hold no free pages, and leave those of the expected place to others", () => {
    expect(overlapping(board, DEFAULT_AREA.base, DEFAULT_AREA.size)).toEqual([]);
    expect(overlapping(board, EXPECTED.base, EXPECTED.size)).not.toEqual([]);
  });

  it("are expected somewhere else where debugfs is shut", async () => {
    const shut = await machineOf({
      [`${area("reserved")}/base_pfn`]: null,
      [`${area("codec-pool@50000000")}/base_pfn`]: null,
    });
    expect(shut.defaultCma).toMatchObject({ ...EXPECTED, certainty: "assumed" });
  });

  it("of older kernels have a word before their names", async () => {
    const old = await machineOf({
      [`${area("reserved")}/base_pfn`]: null,
      [`${area("cma-reserved")}/base_pfn`]: `${DEFAULT_AREA.base / 4096}\n`,
      [`${area("cma-reserved")}/count`]: `${DEFAULT_AREA.size / 4096}\n`,
    });
    expect(old.defaultCma).toMatchObject({ ...DEFAULT_AREA, certainty: "exact" });
  });

  it("that were given up at boot, or are not there, serve nobody", async () => {
    const gone = await machineOf({
      [`${area("reserved")}/base_pfn`]: null,
      [`${area("codec-pool@50000000")}/count`]: "0\n",
    });
    expect(gone.defaultCma).toBeNull();
    expect(gone.regions.find(({ kind }) => kind === "cma")).toMatchObject({
      status: "failed",
      failure: "cma-not-activated",
    });
    expect(gone.assumptions).toContainEqual({
      code: "pool-not-placed",
      device: null,
      field: "regions",
      source: "/reserved-memory/codec-pool@50000000",
    });
  });

  it("that no board describes take their pages", async () => {
    const other = {
      [`${area("hugetlb0")}/base_pfn`]: `${0x1_8000_0000 / 4096}\n`,
      [`${area("hugetlb0")}/count`]: "262144\n",
    };
    const machine = await machineOf(other);
    expect(overlapping(machine, 0x1_8000_0000, 0x4000_0000)).toEqual([]);
    expect(machine.defaultCma).toEqual(board.defaultCma);
  });

  it("say nothing of another kernel, or another command line, on the same board", async () => {
    expect((await machineOf({}, { cmdline: "cma=32M" })).defaultCma).toMatchObject({
      size: 0x200_0000,
      source: "cmdline",
      certainty: "assumed",
    });
  });

  it("count only where both numbers are whole and exact", async () => {
    for (const count of ["", "-1\n", "1e3\n", "9999999999999999\n", "0x10\n"]) {
      const machine = await machineOf({
        [`${area("codec-pool@50000000")}/base_pfn`]: null,
        [`${area("reserved")}/count`]: count,
      });
      expect(machine.defaultCma).toMatchObject(EXPECTED);
    }
  });
});

describe("devices behind an IOMMU of the tree", () => {
  const group = "sys/kernel/iommu_groups/0/type";
  const codec = "/soc/video-codec@fd300000";
  const link = "sys/devices/platform/soc/fd300000.video-codec/iommu_group";

  it("translate where their group says so, and that is read from it", () => {
    expect(named(codec)).toMatchObject({
      iommu: { path: "/soc/iommu@fd310000", state: "translate", source: `${codec}:iommus` },
      translation: "iommu",
      devNodes: ["/dev/video1"],
      running: { busId: "fd300000.video-codec", driver: "hantro-vpu", iommuGroup: { id: 0, type: "DMA" } },
    });
    const live = { kind: "live", source: "/sys/kernel/iommu_groups/0/type" };
    expect(named(codec).provenance).toMatchObject({ iommu: live, translation: live });
  });

  it("do not where their group passes addresses through, whatever the tree lets expect", async () => {
    const device = named(codec, await machineOf({ [group]: "identity\n" }));
    expect(device).toMatchObject({ iommu: { state: "identity" }, translation: "none" });
    expect(device.provenance["translation"]).toEqual({ kind: "live", source: "/sys/kernel/iommu_groups/0/type" });
  });

  it("translate in a group that was set to, though the command line passes all through", async () => {
    const passed = { "proc/cmdline": "iommu.passthrough=1\n" };
    const device = named(codec, await machineOf({ ...passed, [group]: "DMA-FQ\n" }));
    expect(device).toMatchObject({ iommu: { state: "translate" }, translation: "iommu" });
  });

  it("are not served where the kernel has bound a driver and made no group", async () => {
    const device = named(codec, await machineOf({ [link]: null }));
    expect(device).toMatchObject({ iommu: { state: "no-driver" }, translation: "none" });
    expect(device.provenance["iommu"]).toEqual({
      kind: "live",
      source: "/sys/devices/platform/soc/fd300000.video-codec: no iommu_group",
    });
  });

  it("are as the tree lets expect where no driver is bound yet, or a group does not say", async () => {
    const unbound = { [link]: null, "sys/devices/platform/soc/fd300000.video-codec/driver": null };
    for (const changes of [unbound, { [group]: "unknown\n" }, { [group]: null }]) {
      const device = named(codec, await machineOf(changes));
      expect(device).toMatchObject({ iommu: { state: "translate" }, translation: "iommu" });
      expect(device.provenance["iommu"]).toEqual({ kind: "tree", source: `${codec}:iommus` });
    }
  });

  it("on a PCI bus hang there as the bus does until a driver takes them", async () => {
    const bus = "sys/devices/platform/10000000.pcie";
    const card = `${bus}/pci0000:00/0000:00:10.0`;
    const tree = buildDeviceTree({
      ...PLAIN,
      ...iommu("arm,smmu-v3"),
      "pcie@10000000": {
        device_type: "pci",
        compatible: "pci-host-ecam-generic",
        "#address-cells": 3,
        "#size-cells": 2,
        "iommu-map": cells(0, 1, 0, 0x10000),
      },
    });
    const withCard = async (files: Readonly<Record<string, string>>): Promise<Device> => {
      const bytes = sourceOf({
        "proc/meminfo": "MemTotal: 2000000 kB\n",
        [`${bus}/subsystem`]: "/sys/bus/platform",
        [`${bus}/of_node`]: "/sys/firmware/devicetree/base/pcie@10000000",
        [`${card}/subsystem`]: "/sys/bus/pci",
        [`${card}/vendor`]: "0x1234\n",
        [`${card}/device`]: "0x11e8\n",
        [`${card}/class`]: "0x00ff00\n",
        ...files,
      });
      const source = new Map([["tree.dtb", writeDeviceTree(tree)], ...bytes]);
      return named("0000:00:10.0", await machineFromSource(source, { facts }));
    };
    expect(await withCard({})).toMatchObject({
      iommu: { path: "/iommu@f0000000", state: "translate" },
      translation: "iommu",
      provenance: { iommu: { kind: "tree", source: "/pcie@10000000:iommu-map" } },
    });
    // A driver is there, and no group: nothing serves it, whatever the tree says.
    expect(await withCard({ [`${card}/driver`]: "/sys/bus/pci/drivers/edu" })).toMatchObject({
      iommu: null,
      translation: "none",
    });
  });

  it("keep the reason that the tree has for no IOMMU", async () => {
    const isp = {
      "sys/devices/platform/soc/fd400000.isp/subsystem": "/sys/bus/platform",
      "sys/devices/platform/soc/fd400000.isp/driver": "/sys/bus/platform/drivers/rkisp1",
      "sys/devices/platform/soc/fd400000.isp/of_node": "/sys/firmware/devicetree/base/soc/isp@fd400000",
    };
    expect(named("/soc/isp@fd400000", await machineOf(isp)).iommu).toMatchObject({
      state: "disabled",
      stateIfEnabled: "translate",
    });
  });
});
