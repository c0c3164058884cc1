import { describe, expect, it } from "vitest";
import { loadFacts } from "../../../src/facts/load.js";
import type { FactBase } from "../../../src/facts/lookup.js";
import { type DoctorDocument, type DoctorFindings, doctorDocument } from "../../../src/linux/doctor/doctor-document.js";
import type { Missing } from "../../../src/linux/doctor/missing.js";
import { configOf, machineFromSource } from "../../../src/machine/source.js";
import { runningBoard } from "../../machine/live/running-board.js";
import { runningPc } from "../../machine/live/running-pc.js";

const facts: FactBase = await loadFacts();
const LOADED = { loaded: true, why: null, text: null };
const ALICE = { name: "alice", groupNames: new Map([[44, "video"]]) };

async function examine(
  changes: Readonly<Record<string, string | null>> = {},
  findings: Partial<DoctorFindings> = {},
): Promise<DoctorDocument> {
  const source = runningPc(changes);
  const machine = await machineFromSource(source, { facts });
  const usual: DoctorFindings = {
    machine,
    source,
    config: await configOf(source),
    native: LOADED,
    accessTo: () => "read-write",
    user: ALICE,
    broker: null,
  };
  return doctorDocument({ ...usual, ...findings });
}

const codes = ({ missing }: DoctorDocument): readonly string[] =>
  missing.map(({ code, weight }) => `${weight} ${code}`);

async function missingOf(
  code: Missing["code"],
  changes: Readonly<Record<string, string | null>> = {},
  findings: Partial<DoctorFindings> = {},
): Promise<Missing | undefined> {
  return (await examine(changes, findings)).missing.find((one) => one.code === code);
}

/** No heap and no udmabuf: what is left are the devices. */
const NO_NODES = { "dev/dma_heap/system": null, "dev/udmabuf": null };
/** Nor a device that exports. */
const NOTHING = {
  ...NO_NODES,
  "dev/dri/card0": null,
  "dev/dri/renderD128": null,
  "dev/video0": null,
  "dev/video1": null,
};

describe("doctor", () => {
  it("lists the ways to memory that are open, and says ready", async () => {
    const document = await examine();
    expect(document.ready).toBe(true);
    expect(document.routes).toContainEqual({
      heap: "system",
      kind: "dma-heap",
      node: "/dev/dma_heap/system",
      device: null,
    });
  });

  it("knows nothing of rights on another machine, and takes its nodes for usable", async () => {
    const document = await examine({}, { native: null, user: null, accessTo: () => "unknown" });
    expect(document.native).toBeNull();
    expect(document.ready).toBe(true);
    expect(document.nodes.every(({ access }) => access === "unknown")).toBe(true);
    expect(codes(document)).not.toContain("useful access");
  });

  it("lists the groups of devices that an IOMMU keeps apart", async () => {
    expect((await examine()).iommu.groups).toEqual([
      { id: 1, devices: [{ busId: "0000:00:04.0", driver: "vfio-pci" }] },
      { id: 2, devices: [{ busId: "0000:00:02.0", driver: "e1000" }] },
    ]);
  });

  it("has a line that mends it for whatever is missing", async () => {
    const poor = await examine(NOTHING, { broker: { path: "/tmp/b.sock", state: "absent" } });
    const shut = await examine({ "dev/vfio/2": "crw------- 0 0" }, { accessTo: () => "none" });
    const items = [...poor.missing, ...shut.missing];
    expect(items.length).toBeGreaterThan(6);
    for (const item of items) expect(item).toMatchObject({ fix: expect.arrayContaining([expect.any(String)]) });
  });
});

describe("doctor, where system calls cannot be made", () => {
  it("says what to type where koffi is missing", async () => {
    const native = { loaded: false, why: "not-installed", text: "koffi is not installed" } as const;
    const document = await examine({}, { native });
    expect(document.ready).toBe(false);
    expect(document.missing[0]).toEqual({
      code: "native",
      weight: "needed",
      text: "koffi is not installed",
      fix: ["npm install koffi"],
    });
  });

  it("says another thing where it is there and does not load", async () => {
    const native = { loaded: false, why: "not-loadable", text: "wrong ELF class" } as const;
    expect(await missingOf("native", {}, { native })).toMatchObject({ fix: ["npm rebuild koffi"] });
  });
});

describe("doctor, where nodes are missing", () => {
  it("names the options of a kernel that has no dma-heaps, without those it has", async () => {
    const arm64 = "# CONFIG_DMABUF_HEAPS is not set\nCONFIG_CMA=y\nCONFIG_DMA_CMA=y\nCONFIG_UDMABUF=y\n";
    expect(await missingOf("dma-heaps", { "dev/dma_heap/system": null, config: arm64 })).toEqual({
      code: "dma-heaps",
      weight: "useful",
      text: "this kernel is built without dma-heaps",
      fix: ["kernel configuration: CONFIG_DMABUF_HEAPS=y CONFIG_DMABUF_HEAPS_SYSTEM=y CONFIG_DMABUF_HEAPS_CMA=y"],
    });
  });

  it("asks for no new kernel where the running one has what is needed", async () => {
    const config = "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\nCONFIG_UDMABUF=y\n";
    expect(await missingOf("dma-heaps", { ...NO_NODES, config })).toMatchObject({
      text: "there is no node under /dev/dma_heap",
      fix: ["in a container: docker run --device /dev/dma_heap", "without udev: mount -t devtmpfs devtmpfs /dev"],
    });
    expect(await missingOf("udmabuf", { ...NO_NODES, config })).toMatchObject({
      fix: ["in a container: docker run --device /dev/udmabuf", "without udev: mount -t devtmpfs devtmpfs /dev"],
    });
  });

  it("misses a heap of scattered pages beside one of contiguous memory", async () => {
    const changes = { "dev/dma_heap/system": null, "dev/dma_heap/reserved": "crw------- 0 0" };
    const config = "CONFIG_DMABUF_HEAPS=y\nCONFIG_CMA=y\nCONFIG_DMA_CMA=y\nCONFIG_DMABUF_HEAPS_CMA=y\n";
    expect(await missingOf("system-heap", { ...changes, config })).toMatchObject({
      weight: "useful",
      fix: ["kernel configuration: CONFIG_DMABUF_HEAPS_SYSTEM=y"],
    });
    expect(await missingOf("cma-heap", changes)).toBeUndefined();
  });

  it("misses a heap of contiguous memory, and an area for it where there is none", async () => {
    const config = "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\n";
    expect(await missingOf("cma-heap", { config })).toMatchObject({
      weight: "useful",
      fix: [
        "kernel configuration: CONFIG_CMA=y CONFIG_DMA_CMA=y CONFIG_DMABUF_HEAPS_CMA=y",
        "in /etc/default/grub: cma=64M in GRUB_CMDLINE_LINUX; then update-grub",
      ],
    });
    const area = { "proc/cmdline": "cma=64M", "proc/meminfo": "MemTotal: 1000000 kB\nCmaTotal: 65536 kB\n" };
    const built = `${config}CONFIG_CMA=y\nCONFIG_DMA_CMA=y\n`;
    expect(await missingOf("cma-heap", { ...area, config: built })).toMatchObject({
      fix: ["kernel configuration: CONFIG_DMABUF_HEAPS_CMA=y"],
    });
  });

  it("never loads udmabuf as a module, which it is not", async () => {
    const lines = [{}, { config: "CONFIG_UDMABUF=y\n" }, { config: "CONFIG_CMA=y\n" }].map((changes) =>
      missingOf("udmabuf", { "dev/udmabuf": null, ...changes }),
    );
    for (const item of await Promise.all(lines)) expect(item?.fix.join()).not.toContain("modprobe");
    expect(await missingOf("udmabuf", { "dev/udmabuf": null, config: "CONFIG_CMA=y\n" })).toMatchObject({
      text: "this kernel is built without udmabuf",
      fix: ["kernel configuration: CONFIG_UDMABUF=y"],
    });
  });

  it("says that there is no way to memory only where no device exports either", async () => {
    expect(codes(await examine(NO_NODES))).not.toContain("needed route");
    const document = await examine({ ...NOTHING, config: "CONFIG_CMA=y\n" });
    expect(document.ready).toBe(false);
    expect(document.missing[0]).toEqual({
      code: "route",
      weight: "needed",
      text: "there is no way to memory: no heap, no udmabuf, no device that exports",
      fix: ["kernel configuration: CONFIG_DMABUF_HEAPS=y CONFIG_DMABUF_HEAPS_SYSTEM=y CONFIG_UDMABUF=y"],
    });
    expect(codes(document)).toEqual(["needed route", "useful dma-heaps", "useful udmabuf", "useful vfio"]);
  });
});

describe("doctor, where a user has no rights", () => {
  it("gives nodes of root to a group, and the user to it", async () => {
    const document = await examine({}, { accessTo: (path) => (path.includes("heap") ? "none" : "read-write") });
    expect(document.missing.find(({ code }) => code === "access")).toEqual({
      code: "access",
      weight: "useful",
      text: "alice may not use /dev/dma_heap/system",
      fix: [
        "in /etc/udev/rules.d/70-coalloc.rules:",
        'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"',
        "udevadm control --reload && udevadm trigger --subsystem-match=dma_heap",
        "usermod -aG video alice   # then log in again",
      ],
    });
  });

  it("makes the user a member of the groups that have the rights already", async () => {
    const { missing } = await examine({}, { accessTo: (path) => (path.includes("heap") ? "read-write" : "none") });
    const access = missing.filter(({ code }) => code === "access").map(({ text, fix }) => [text, ...fix]);
    expect(access).toEqual([
      ["alice may not use /dev/dri/card0, /dev/video0, /dev/video1", "usermod -aG video alice   # then log in again"],
      ["alice may not use /dev/dri/renderD128", "usermod -aG 106 alice   # then log in again"],
      ["alice may not use /dev/udmabuf", "usermod -aG 78 alice   # then log in again"],
    ]);
  });

  it("needs rights where nothing is open without them, and then misses no way", async () => {
    const document = await examine({}, { accessTo: () => "none" });
    expect(document.ready).toBe(false);
    expect(document.routes).toEqual([]);
    expect(codes(document)).toContain("needed access");
    expect(codes(document)).not.toContain("needed route");
  });

  it("keeps the groups of VFIO out of the group of cameras", async () => {
    const vfio = { "dev/vfio/vfio": "crw-rw-rw- 0 0", "dev/vfio/1": "crw------- 0 0" };
    const closed = { accessTo: (path: string) => (path.startsWith("/dev/vfio/") ? "none" : "read-write") } as const;
    expect(await missingOf("access", vfio, closed)).toEqual({
      code: "access",
      weight: "useful",
      text: "alice may drive no device of /dev/vfio/1",
      fix: [
        "groupadd --system --force vfio",
        "in /etc/udev/rules.d/70-coalloc.rules:",
        'SUBSYSTEM=="vfio", GROUP="vfio", MODE="0660"',
        "udevadm control --reload && udevadm trigger --subsystem-match=vfio",
        "usermod -aG vfio alice   # then log in again",
      ],
    });
  });
});

describe("doctor, where a device is to be driven from user space", () => {
  it("loads vfio-pci where there is no container to put groups into", async () => {
    expect(await missingOf("vfio")).toEqual({
      code: "vfio",
      weight: "useful",
      text: "there is no /dev/vfio/vfio: no device can be driven from user space",
      fix: ["modprobe vfio-pci", "echo vfio-pci > /etc/modules-load.d/vfio-pci.conf   # at every start"],
    });
    expect(await missingOf("vfio", { config: "CONFIG_CMA=y\n" })).toMatchObject({
      fix: ["kernel configuration: CONFIG_VFIO=y CONFIG_VFIO_PCI=y"],
    });
    expect(await missingOf("vfio", { "dev/vfio/vfio": "crw-rw-rw- 0 0" })).toBeUndefined();
    const source = runningBoard();
    const machine = await machineFromSource(source, { facts });
    expect(machine.devices.some(({ running }) => running?.iommuGroup != null)).toBe(true);
    expect(await missingOf("vfio", {}, { source, machine })).toBeUndefined();
  });

  it("gives a group away as a whole before anybody gets a right to it", async () => {
    const sibling = {
      "dev/vfio/vfio": "crw-rw-rw- 0 0",
      "dev/vfio/1": "crw------- 0 0",
      "sys/devices/pci0000:00/0000:00:02.0/iommu_group": "/sys/kernel/iommu_groups/1",
    };
    const document = await examine(sibling, { accessTo: (path) => (path === "/dev/vfio/1" ? "none" : "read-write") });
    expect(document.missing.find(({ code }) => code === "vfio-group")).toEqual({
      code: "vfio-group",
      weight: "useful",
      text: "IOMMU group 1 goes to a process as a whole, or not at all: the kernel still drives 0000:00:02.0 (e1000)",
      fix: [
        "echo vfio-pci > /sys/bus/pci/devices/0000:00:02.0/driver_override",
        "echo 0000:00:02.0 > /sys/bus/pci/devices/0000:00:02.0/driver/unbind",
        "echo 0000:00:02.0 > /sys/bus/pci/drivers_probe",
      ],
    });
    expect(codes(document)).toEqual(["useful cma-heap", "useful vfio-group", "useful access"]);
  });

  it("says how an IOMMU is switched on where none serves a device of a PC", async () => {
    const none = Object.fromEntries(
      ["0000:00:02.0", "0000:00:04.0"].map((id) => [`sys/devices/pci0000:00/${id}/iommu_group`, null]),
    );
    const grub = (word: string): string => `in /etc/default/grub: ${word} in GRUB_CMDLINE_LINUX; then update-grub`;
    const firmware = "firmware setup: switch on VT-d (Intel) or AMD-Vi (AMD)";
    expect(await missingOf("iommu", { ...none, "proc/cmdline": "quiet\n" })).toMatchObject({
      weight: "useful",
      fix: [firmware, `Intel: ${grub("intel_iommu=on")}`],
    });
    expect(await missingOf("iommu", none)).toMatchObject({ fix: [firmware] });
    expect(await missingOf("iommu", { ...none, "proc/cmdline": "iommu=off intel_iommu=on\n" })).toMatchObject({
      fix: [grub("no iommu=off"), firmware],
    });
    expect(await missingOf("iommu", { ...none, config: "CONFIG_CMA=y\n" })).toMatchObject({
      fix: ["kernel configuration: CONFIG_INTEL_IOMMU=y CONFIG_AMD_IOMMU=y", firmware],
    });
    expect(await missingOf("iommu", { ...none, "sys/class/dmi/id/sys_vendor": null })).toBeUndefined();
    expect(await missingOf("iommu")).toBeUndefined();
  });
});

describe("doctor, about the broker", () => {
  it("misses nothing where none was looked for, or its socket is open", async () => {
    expect(await missingOf("broker-socket")).toBeUndefined();
    const open = { path: "/run/coalloc/broker.sock", state: "open" } as const;
    expect(await missingOf("broker-socket", {}, { broker: open })).toBeUndefined();
  });

  it("opens a socket that is shut: the policy says who may have what", async () => {
    const broker = { path: "/run/coalloc/broker.sock", state: "shut" } as const;
    expect(await missingOf("broker-socket", {}, { broker })).toEqual({
      code: "broker-socket",
      weight: "useful",
      text: "the broker's socket /run/coalloc/broker.sock is there, but not for this user, whatever its policy says",
      fix: ["chmod a+x /run/coalloc", "chmod 666 /run/coalloc/broker.sock"],
    });
  });

  it("starts one where a socket was named that is not there", async () => {
    const usual = { path: "/run/coalloc/broker.sock", state: "absent" } as const;
    expect(await missingOf("broker-socket", {}, { broker: usual })).toMatchObject({
      text: "no broker listens at /run/coalloc/broker.sock: there is no such socket",
      fix: ["systemctl enable --now coalloc-broker.socket"],
    });
    const other = { path: "/tmp/b.sock", state: "absent" } as const;
    expect(await missingOf("broker-socket", {}, { broker: other })).toMatchObject({
      fix: ["coalloc broker --socket /tmp/b.sock"],
    });
  });
});
