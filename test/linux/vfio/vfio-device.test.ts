import { describe, expect, it } from "vitest";
import { makeMemfd } from "../../../src/linux/memory/memfd.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { openVfioContainer, openVfioDevice } from "../../../src/linux/vfio/vfio-container.js";
import type { VfioDevice } from "../../../src/linux/vfio/vfio-device.js";
import { explainVfioRefusal, type VfioRefusal } from "../../../src/linux/vfio/vfio-refusal.js";
import { orThrow } from "../../../src/units/result.js";
import { openFiles } from "../open-files.js";
import { type FakeMachine, FakeSysfs, FakeVfio } from "./fake-vfio.js";

const real = orThrow(await openKernel());
const EDU = "0000:00:04.0";
const NIC = "0000:01:00.0";
const OPTIONS = { dmaMask: "0xfffffff" };

interface Scene {
  readonly kernel: FakeVfio;
  readonly sysfs: FakeSysfs;
}

function scene(change: Partial<FakeMachine> = {}): Scene {
  const functions = {
    [EDU]: { driver: "vfio-pci", group: 4 },
    [NIC]: { driver: "vfio-pci", group: 5 },
    "0000:01:00.1": { driver: "e1000e", group: 5 },
    "0000:02:00.0": { driver: "e1000e", group: 6 },
    "0000:03:00.0": { driver: null, group: null },
  };
  const machine = { functions, ...change };
  return { kernel: new FakeVfio(real, machine), sysfs: new FakeSysfs(machine) };
}

function open({ kernel, sysfs }: Scene, address = EDU): VfioDevice {
  return orThrow(openVfioDevice(kernel, address, OPTIONS, sysfs));
}

function refusalOf(change: Partial<FakeMachine>, address = EDU): VfioRefusal {
  const { kernel, sysfs } = scene(change);
  const files = openFiles();
  const opened = openVfioDevice(kernel, address, OPTIONS, sysfs);
  if (opened.ok) throw new Error("it was opened");
  expect(openFiles()).toEqual(files);
  return opened.refusal;
}

describe("a device that is not to be had", () => {
  const cases: readonly (readonly [string, Partial<FakeMachine>, string, VfioRefusal, string])[] = [
    [
      "is not there",
      {},
      "0000:00:05.0",
      { code: "no-device", address: "0000:00:05.0" },
      "there is no PCI device 0000:00:05.0: lspci -D lists those that are",
    ],
    [
      "has no IOMMU",
      {},
      "0000:03:00.0",
      { code: "no-iommu", address: "0000:03:00.0" },
      "no IOMMU serves 0000:03:00.0: switch it on in the firmware (VT-d, AMD-Vi, SMMU), and on the kernel's command line where that is needed (intel_iommu=on)",
    ],
    [
      "is with another driver",
      {},
      "0000:02:00.0",
      { code: "not-bound", address: "0000:02:00.0", driver: "e1000e" },
      '0000:02:00.0 is with the driver e1000e: bindToVfioPci("0000:02:00.0"), as root, gives it to vfio-pci',
    ],
    [
      "shares its group with a device of another driver",
      {},
      NIC,
      {
        code: "group-not-viable",
        address: NIC,
        group: 5,
        others: [{ address: "0000:01:00.1", driver: "e1000e" }],
      },
      "0000:01:00.0 shares IOMMU group 5 with 0000:01:00.1 (e1000e): give all of them to vfio-pci, or plug it in where it has a group of its own",
    ],
    [
      "finds no VFIO",
      { refused: { "/dev/vfio/vfio": "ENOENT" } },
      EDU,
      { code: "no-vfio", module: "vfio" },
      "vfio is not loaded: modprobe vfio",
    ],
    [
      "finds another version of VFIO",
      { version: 1 },
      EDU,
      { code: "unknown-version", version: 1, known: 0 },
      "the kernel's VFIO is of version 1, and only 0 is known here",
    ],
    [
      "finds no IOMMU driver of VFIO",
      { hasType1: false },
      EDU,
      { code: "no-vfio", module: "vfio_iommu_type1" },
      "vfio_iommu_type1 is not loaded: modprobe vfio_iommu_type1",
    ],
    [
      "is not for this user",
      { refused: { "/dev/vfio/4": "EACCES" } },
      EDU,
      { code: "no-permission", path: "/dev/vfio/4" },
      '/dev/vfio/4 is not for this user: give it away as root (chown USER /dev/vfio/4, or a udev rule for SUBSYSTEM=="vfio")',
    ],
    [
      "is open in another process",
      { refused: { "/dev/vfio/4": "EBUSY" } },
      EDU,
      { code: "group-in-use", address: EDU, group: 4 },
      "IOMMU group 4 of 0000:00:04.0 is open already, here or in another process: open its devices in one container",
    ],
    [
      "could raise the interrupts of others",
      { remapsInterrupts: false },
      EDU,
      { code: "no-interrupt-remapping", address: EDU, group: 4 },
      "the IOMMU does not remap the interrupts of 0000:00:04.0 (group 4): switch interrupt remapping on, or, where every user of the machine is trusted, load vfio_iommu_type1 with allow_unsafe_interrupts=1",
    ],
    [
      "is refused by the kernel for another reason",
      { refused: { "/dev/vfio/vfio": "EMFILE" } },
      EDU,
      { code: "system-call", call: "open", path: "/dev/vfio/vfio", errno: "EMFILE" },
      "open on /dev/vfio/vfio: EMFILE (too many open files in this process)",
    ],
  ];
  for (const [name, machine, address, refusal, sentence] of cases) {
    it(name, () => {
      expect(refusalOf(machine, address)).toEqual(refusal);
      expect(explainVfioRefusal(refusal)).toBe(sentence);
    });
  }

  it("has an address, a mask and segments that can be", () => {
    const { kernel, sysfs } = scene();
    const files = openFiles();
    expect(() => openVfioDevice(kernel, "edu", OPTIONS, sysfs)).toThrow(RangeError);
    expect(() => openVfioDevice(kernel, EDU, { dmaMask: "28" }, sysfs)).toThrow(RangeError);
    expect(() => openVfioDevice(kernel, EDU, { ...OPTIONS, maxSegmentSize: 0 }, sysfs)).toThrow(RangeError);
    expect(openFiles()).toEqual(files);
  });
});

describe("a device of this process", () => {
  it("answers to its memory and does DMA once it is enabled", () => {
    using device = open(scene());
    expect(() => device.mapRegion(0)).toThrow("0000:00:04.0 does not answer to its memory regions: enable() it first");
    device.enable();
    device.enable();
    expect(device.config.read(4, 2)).toBe(6);
    device.disableDma();
    expect(device.config.read(4, 2)).toBe(2);
  });

  it("has registers of one, two, four and eight bytes", () => {
    using device = open(scene());
    device.enable();
    const { u8, u16, u32, u64 } = device.mapRegion(0);
    u32[1] = 0x89abcdef;
    expect(u64[0]).toBe(0x89abcdef00000000n);
    expect([u8[4], u16[3]]).toEqual([0xef, 0x89ab]);
    const region = device.region(0);
    expect(region.read(4, 4)).toBe(0x89abcdef);
    region.write(2, 2, 0x1234);
    expect(u32[0]).toBe(0x12340000);
    expect([u8.length, u16.length, u32.length, u64.length]).toEqual([8192, 4096, 2048, 1024]);
  });

  it("is read and written by calls where registers cannot be mapped", () => {
    using device = open(scene());
    device.enable();
    const region = device.region(1);
    expect(region).toMatchObject({ size: 256, isReadable: true, isWritable: true, isMappable: false });
    region.write(252, 4, 7);
    expect(region.read(252, 4)).toBe(7);
    expect(() => device.mapRegion(1)).toThrow("region 1 of vfio:0000:00:04.0 cannot be mapped");
    expect(() => region.read(254, 4)).toThrow(RangeError);
    expect(() => region.write(0, 1, 256)).toThrow(RangeError);
    expect(() => region.write(0, 2, -1)).toThrow(RangeError);
    expect(device.region(2).size).toBe(0);
    expect(() => device.region(9)).toThrow("ioctl VFIO_DEVICE_GET_REGION_INFO on vfio:0000:00:04.0: EINVAL");
  });

  it("tells of interrupts, with how often each was raised", async () => {
    const { kernel, sysfs } = scene();
    using device = open({ kernel, sysfs });
    expect([device.interruptCount("intx"), device.interruptCount("msi"), device.interruptCount("msix")]).toEqual([
      1, 4, 0,
    ]);
    const told = new Promise<[number, number]>((resolve) => {
      device.openInterrupts("msi", (vector, times) => resolve([vector, times]), { count: 2 });
    });
    kernel.raise(1);
    kernel.raise(1);
    expect(await told).toEqual([1, 2]);
    expect(() => device.openInterrupts("msix", () => undefined)).toThrow(
      "1 interrupts (msix) of vfio:0000:00:04.0, which has 0",
    );
  });

  it("lets a line through again when its handler has returned", async () => {
    const { kernel, sysfs } = scene();
    using device = open({ kernel, sysfs });
    const order: string[] = [];
    const told = new Promise<void>((resolve) => {
      device.openInterrupts("intx", () => {
        order.push(`handled after ${kernel.calls.at(-1)}`);
        setImmediate(resolve);
      });
    });
    kernel.raise(0);
    await told;
    expect(order).toEqual(["handled after irqs 36 0 0 1"]);
    expect(kernel.calls.at(-1)).toBe("irqs 17 0 0 1");
  });

  it("is told that the kernel wants it back, and closes", async () => {
    const { kernel, sysfs } = scene();
    const device = open({ kernel, sysfs });
    device.openInterrupts("msi", () => undefined);
    const closed = new Promise<void>((resolve) => {
      device.openInterrupts("request", () => {
        device.close();
        resolve();
      });
    });
    kernel.raise(0, 4);
    await closed;
    expect(device.isOpen).toBe(false);
    expect(kernel.calls.filter((call) => call.startsWith("irqs"))).toEqual([
      "irqs 36 1 0 1",
      "irqs 36 4 0 1",
      "irqs 33 4 0 0",
      "irqs 33 1 0 0",
    ]);
    expect(kernel.openPaths).toEqual(new Set());
  });

  it("ends DMA first, then interrupts, registers and mappings, and leaves no file open", () => {
    const { kernel, sysfs } = scene();
    const files = openFiles();
    const device = open({ kernel, sysfs });
    device.enable();
    const registers = device.mapRegion(0);
    const interrupts = device.openInterrupts("msi", () => undefined);
    using memory = makeMemfd(real, { size: 4096 });
    const view = orThrow(device.map(memory, "bidirectional"));
    device.close();
    device.close();
    expect(registers.isOpen).toBe(false);
    expect(interrupts.isOpen).toBe(false);
    expect(view.isLive).toBe(false);
    expect(kernel.mappings).toEqual([]);
    expect(kernel.calls).toEqual([
      "open /dev/vfio/vfio",
      "open /dev/vfio/4",
      `open device ${EDU}`,
      "open eventfd",
      "irqs 36 1 0 1",
      "irqs 33 1 0 0",
      "close eventfd",
      `unmap ${0xffff000}`,
      "close /dev/vfio/4",
      "close /dev/vfio/vfio",
    ]);
    expect(memory.bytes.length).toBe(4096);
    memory.close();
    expect(openFiles()).toEqual(files);
  });

  it("unmaps before it is closed: where it is being unplugged, there is nothing to unmap afterwards", () => {
    const { kernel, sysfs } = scene({ isUnplugging: true });
    using memory = makeMemfd(real, { size: 4096 });
    const device = open({ kernel, sysfs });
    orThrow(device.map(memory, "to-device"));
    device.close();
    expect(kernel.mappings).toEqual([]);
  });

  it("unmaps what it has mapped, and nothing of others", () => {
    const { kernel, sysfs } = scene({
      functions: { [EDU]: { driver: "vfio-pci", group: 4 }, [NIC]: { driver: "vfio-pci", group: 4 } },
    });
    using container = orThrow(openVfioContainer(kernel, sysfs));
    const edu = orThrow(container.openDevice(EDU, OPTIONS));
    const nic = orThrow(container.openDevice(NIC, { dmaMask: "0xffffffffffffffff" }));
    using memory = makeMemfd(real, { size: 4096 });
    const view = orThrow(edu.map(memory, "to-device"));
    const other = orThrow(nic.map(memory, "to-device"));
    expect([view.dmaAddr, other.dmaAddr]).toEqual([0xffff000, 0x8000000000 - 4096]);
    expect(() => nic.unmap(view)).toThrow(RangeError);
    edu.close();
    expect(other.isLive).toBe(true);
    expect(kernel.mappings.length).toBe(1);
    expect(container.domain?.stats().mappings).toBe(1);
  });

  it("does not reset what cannot be reset alone", () => {
    using device = open(scene());
    expect(device.canReset).toBe(false);
    expect(() => device.reset()).toThrow("0000:00:04.0 cannot be reset alone");
  });
});

describe("a container", () => {
  it("opens a group once, and keeps it for the next device of it", () => {
    const { kernel, sysfs } = scene();
    using container = orThrow(openVfioContainer(kernel, sysfs));
    expect(container.domain).toBeNull();
    orThrow(container.openDevice(EDU, OPTIONS)).close();
    orThrow(container.openDevice(EDU, OPTIONS));
    expect(kernel.calls.filter((call) => call === "open /dev/vfio/4").length).toBe(1);
    expect(openVfioDevice(kernel, EDU, OPTIONS, sysfs)).toMatchObject({ ok: false, refusal: { code: "group-in-use" } });
  });

  it("goes on without a group that does not come in", () => {
    const { kernel, sysfs } = scene();
    using container = orThrow(openVfioContainer(kernel, sysfs));
    expect(container.openDevice(NIC, OPTIONS).ok).toBe(false);
    expect(kernel.openPaths.has("/dev/vfio/5")).toBe(false);
    orThrow(container.openDevice(EDU, OPTIONS));
  });

  it("leaves out what a later group keeps for itself", () => {
    const machine: FakeMachine = {
      functions: { [EDU]: { driver: "vfio-pci", group: 4 }, [NIC]: { driver: "vfio-pci", group: 5 } },
    };
    const [kernel, sysfs] = [new FakeVfio(real, machine), new FakeSysfs(machine)];
    using container = orThrow(openVfioContainer(kernel, sysfs));
    const edu = orThrow(container.openDevice(EDU, OPTIONS));
    machine.windows = [[0n, 0x0fff_dfffn]];
    orThrow(container.openDevice(NIC, OPTIONS));
    using memory = makeMemfd(real, { size: 4096 });
    expect(orThrow(edu.map(memory, "to-device")).dmaAddr).toBe(0xfffd000);
    expect(container.domain?.windows).toEqual([{ base: 0, size: 0xfffe000 }]);
  });
});
