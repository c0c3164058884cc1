import { describe, expect, it } from "vitest";
import { loadFacts } from "../../../src/facts/load.js";
import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import type { Device, Machine } from "../../../src/machine/machine.js";
import { resolveDevice } from "../../../src/machine/names.js";
import { KERNEL_PROFILES } from "../../../src/machine/profiles.js";
import { machineFromSource } from "../../../src/machine/source.js";
import { orThrow } from "../../../src/units/result.js";
import { runningPc } from "./running-pc.js";

const facts = await loadFacts();
const machineOf = (changes: Readonly<Record<string, string | null>> = {}): Promise<Machine> =>
  machineFromSource(runningPc(changes), { facts });
const pc = await machineOf();
const named = (name: string, machine = pc): Device => orThrow(resolveDevice(machine, name)).device;

describe("the memory of a running machine", () => {
  it("is what /proc/iomem calls System RAM, cut to whole pages", () => {
    expect(pc.banks.map(({ base, size, provenance }) => [base, size, provenance])).toEqual([
      [0x1000, 0x9e000, { kind: "live", source: "/proc/iomem" }],
      [0x10_0000, 0x3fed_d000, { kind: "live", source: "/proc/iomem" }],
    ]);
    expect(pc.assumptions.map(({ code }) => code)).toEqual(["boot-placement"]);
  });

  it("leaves out of the free pages what the kernel shows as taken", () => {
    const inKernel = pc.pages.filter(({ base, size }) => base < 0x220_c000 && base + size > 0x100_0000);
    expect(inKernel).toEqual([]);
    expect(pc.pages.filter(({ base, size }) => base % 4096 !== 0 || size % 4096 !== 0)).toEqual([]);
  });

  it("is the span of the zones for those who see no addresses, with an assumption", async () => {
    const hidden = { "proc/iomem": "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n" };
    const machine = await machineOf(hidden);
    expect(machine.banks.map(({ base, size }) => [base, size])).toEqual([[0x1000, (4095 + 258013) * 4096]]);
    expect(machine.assumptions.map(({ code }) => code)).toContain("memory-from-zones");
  });

  it("is one bank from 0 where only the amount is known", async () => {
    const machine = await machineOf({ "proc/iomem": null, "proc/zoneinfo": null });
    expect(machine.banks.map(({ base, size }) => [base, size])).toEqual([[0, 1_000_000 * 1024]]);
    expect(machine.assumptions.map(({ code }) => code)).toContain("memory-size-only");
  });

  it("has to be there", async () => {
    const empty = { "proc/iomem": null, "proc/zoneinfo": null, "proc/meminfo": "MemFree: 1 kB\n" };
    await expect(machineOf(empty)).rejects.toMatchObject({ code: "no-memory" });
  });

  it("is what the user states instead", async () => {
    const memory = { kind: "banks", banks: [{ base: 0, size: 0x1000_0000 }] } as const;
    const machine = await machineFromSource(runningPc(), { facts, memory });
    expect(machine.banks.map(({ base, size }) => [base, size])).toEqual([[0, 0x1000_0000]]);
  });
});

describe("the kernel of a running machine", () => {
  it("has the heaps, limits and release that are seen", () => {
    expect(pc.profile).toMatchObject({
      name: "live-6.12.48+deb13-amd64",
      arch: "x86",
      pageSize: 4096,
      systemHeap: true,
      cmaHeap: false,
      cma: false,
      udmabuf: { sizeLimit: 128 * 1024 * 1024, listLimit: 1024 },
    });
    expect(pc.model).toBe("QEMU Standard PC (Q35 + ICH9, 2009)");
  });

  it("has no udmabuf without its node, whatever the configuration says", async () => {
    const machine = await machineOf({ "dev/udmabuf": null, config: "CONFIG_UDMABUF=y\nCONFIG_X86_64=y\n" });
    expect(machine.profile.udmabuf).toBeNull();
  });

  it("is another one where a profile is stated", async () => {
    const profile = KERNEL_PROFILES.get("debian-amd64-6.12") ?? null;
    expect((await machineFromSource(runningPc(), { facts, profile })).profile.name).toBe("debian-amd64-6.12");
  });

  it("calls the heap of its CMA area by the name that is seen", async () => {
    const area = { "proc/cmdline": "cma=64M", "proc/meminfo": "MemTotal: 1000000 kB\nCmaTotal: 65536 kB\n" };
    const old = await machineOf({ ...area, "dev/dma_heap/reserved": "crw------- 0 0" });
    expect(old.defaultCma).toMatchObject({ name: "reserved", size: 64 * 1024 * 1024 });
    expect(old.defaultCma).not.toHaveProperty("heapName");
    const young = await machineOf({ ...area, "dev/dma_heap/default_cma_region": "crw------- 0 0" });
    expect(young.defaultCma).toMatchObject({ name: "reserved", heapName: "default_cma_region" });
  });
});

describe("the devices of a running machine", () => {
  it("are PCI functions but bridges, and what has nodes or facts", () => {
    expect(pc.devices.map(({ path }) => path)).toEqual([
      "0000:00:02.0",
      "0000:00:04.0",
      "vgem",
      "vivid.0/vivid-000",
      "vivid.0/vivid-001",
    ]);
  });

  it("are found by their nodes under /dev", () => {
    expect(named("/dev/video0").path).toBe("vivid.0/vivid-000");
    expect(named("/dev/video1").path).toBe("vivid.0/vivid-001");
    expect(named("/dev/dri/card0").path).toBe("vgem");
    expect(named("/dev/dri/renderD128").path).toBe("vgem");
    expect(named("0000:00:04.0").compatible).toEqual(["pci1234,11e8"]);
    expect(resolveDevice(pc, "/dev/video7")).toMatchObject({
      ok: false,
      refusal: { code: "unknown-device", close: expect.arrayContaining(["/dev/video0", "/dev/video1"]) },
    });
  });

  it("have the kind of buffers that the parameter of vivid says", () => {
    expect(named("/dev/video0")).toMatchObject({
      translation: "cpu",
      queues: [{ kind: "vmalloc" }, { kind: "vmalloc" }],
    });
    expect(named("/dev/video1")).toMatchObject({
      translation: "none",
      dmaMask: "0xffffffff",
      dmaDevice: { path: "vivid.0" },
      queues: [{ kind: "contig" }, { kind: "contig" }],
    });
  });

  it("have the mask that sysfs shows while a driver of the kernel is bound", () => {
    const card = named("0000:00:02.0");
    expect(card.dmaMask).toBe("0xffffffff");
    expect(card.provenance["dmaMask"]).toEqual({
      kind: "live",
      source: "/sys/devices/pci0000:00/0000:00:02.0/dma_mask_bits",
    });
  });

  it("do not have the mask that sysfs shows while a process drives them", () => {
    expect(named("0000:00:04.0").provenance["dmaMask"]?.kind).not.toBe("live");
  });

  it("stand behind the IOMMU that sysfs names, in the domain of their group", () => {
    expect(pc.iommus).toMatchObject([{ path: "dmar0", driver: "intel-iommu", aperture: { base: 0, end: 2 ** 39 } }]);
    expect(named("0000:00:02.0")).toMatchObject({ iommu: { path: "dmar0", state: "identity" }, translation: "none" });
    expect(named("0000:00:04.0")).toMatchObject({
      iommu: { path: "dmar0", state: "translate" },
      translation: "iommu",
      running: {
        busId: "0000:00:04.0",
        driver: "vfio-pci",
        iommuGroup: { id: 1, type: "DMA-FQ", reserved: [{ base: 0xfee0_0000, size: 0x10_0000, kind: "msi" }] },
      },
    });
    expect(named("vgem").iommu).toBeNull();
  });
});

it("a running machine is saved and read as the same machine", () => {
  expect(orThrow(parseMachine(machineToJson(pc)))).toEqual(pc);
});
