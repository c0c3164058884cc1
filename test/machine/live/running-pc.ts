import type { MachineSource } from "../../../src/machine/source.js";

/** A PC with a virtual IOMMU, a network card, a device of 28 address bits, vgem and two cameras of vivid. */
const FILES: Readonly<Record<string, string>> = {
  "proc/version": "Linux version 6.12.48+deb13-amd64 (debian-kernel@lists.debian.org) (gcc) #1 SMP\n",
  "proc/sys/kernel/arch": "x86_64\n",
  "proc/cmdline": "console=ttyS0 intel_iommu=on\n",
  "proc/meminfo": "MemTotal:        1000000 kB\nMemFree:          900000 kB\n",
  "proc/iomem": [
    "00000000-00000fff : Reserved",
    "00001000-0009fbff : System RAM",
    "0009fc00-0009ffff : Reserved",
    "00100000-3ffdcfff : System RAM",
    "  01000000-0220bb07 : Kernel code",
    "  02400000-02e09fff : Kernel rodata",
    "3ffdd000-3fffffff : Reserved",
    "b0000000-bfffffff : PCI ECAM 0000 [bus 00-ff]",
    "  b0000000-bfffffff : Reserved",
    "",
  ].join("\n"),
  "proc/zoneinfo": zone("DMA", 1, 4095, 3840) + zone("DMA32", 4096, 258013, 246160),
  "sys/class/dmi/id/sys_vendor": "QEMU\n",
  "sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)\n",
  "sys/devices/virtual/iommu/dmar0/subsystem": "/sys/class/iommu",
  "sys/devices/virtual/iommu/dmar0/intel-iommu/cap": "d2008c22260286\n",
  "sys/kernel/iommu_groups/1/type": "DMA-FQ\n",
  "sys/kernel/iommu_groups/1/reserved_regions": "0x00000000fee00000 0x00000000feefffff msi\n",
  "sys/kernel/iommu_groups/2/type": "identity\n",
  "sys/module/vivid/parameters/allocators": `0,1${",0".repeat(62)}\n`,
  "sys/module/udmabuf/parameters/size_limit_mb": "128\n",
  "sys/module/udmabuf/parameters/list_limit": "1024\n",
  "dev/dma_heap/system": "crw------- 0 0",
  "dev/udmabuf": "crw-rw---- 0 78",
  "dev/dri/card0": "crw-rw---- 0 44",
  "dev/dri/renderD128": "crw-rw---- 0 106",
  "dev/video0": "crw-rw---- 0 44",
  "dev/video1": "crw-rw---- 0 44",
  ...pci("0000:00:00.0", "0x8086", "0x29c0", "0x060000", {}),
  ...pci("0000:00:02.0", "0x8086", "0x100e", "0x020000", {
    driver: "/sys/bus/pci/drivers/e1000",
    iommu_group: "/sys/kernel/iommu_groups/2",
    iommu: "/sys/devices/virtual/iommu/dmar0",
  }),
  ...pci("0000:00:04.0", "0x1234", "0x11e8", "0x00ff00", {
    driver: "/sys/bus/pci/drivers/vfio-pci",
    iommu_group: "/sys/kernel/iommu_groups/1",
    iommu: "/sys/devices/virtual/iommu/dmar0",
  }),
  "sys/devices/platform/serial8250/subsystem": "/sys/bus/platform",
  "sys/devices/platform/serial8250/driver": "/sys/bus/platform/drivers/serial8250",
  "sys/devices/platform/vgem/subsystem": "/sys/bus/platform",
  ...node("platform/vgem", "drm", "card0", "dri/card0", null),
  ...node("platform/vgem", "drm", "renderD128", "dri/renderD128", null),
  "sys/devices/platform/vivid.0/subsystem": "/sys/bus/platform",
  "sys/devices/platform/vivid.0/driver": "/sys/bus/platform/drivers/vivid",
  ...node("platform/vivid.0", "video4linux", "video0", "video0", "vivid-000-vid-cap"),
  ...node("platform/vivid.0", "video4linux", "video1", "video1", "vivid-001-vid-cap"),
};

/** What a look at that PC gives; `changes` replace files, null leaves one out. */
export function runningPc(changes: Readonly<Record<string, string | null>> = {}): MachineSource {
  return sourceOf({ ...FILES, ...changes });
}

/** Files with text in them; those that are null are left out. */
export function sourceOf(files: Readonly<Record<string, string | null>>): MachineSource {
  const source = new Map<string, Uint8Array>();
  for (const [path, text] of Object.entries(files)) {
    if (text !== null) source.set(path, new TextEncoder().encode(text));
  }
  return source;
}

/** A zone as `/proc/zoneinfo` prints it, in pages. */
export function zone(name: string, startPfn: number, spanned: number, managed: number): string {
  return [
    `Node 0, zone ${name.padStart(8)}`,
    "  per-node stats",
    "      nr_inactive_anon 0",
    "  pages free     3840",
    `        spanned  ${spanned}`,
    `        present  ${spanned}`,
    `        managed  ${managed}`,
    "        cma      0",
    "        protection: (0, 950, 950, 950, 950)",
    `  start_pfn:           ${startPfn}`,
    "",
  ].join("\n");
}

function pci(
  id: string,
  vendor: string,
  device: string,
  pciClass: string,
  links: Readonly<Record<string, string>>,
): Record<string, string> {
  const folder = `sys/devices/pci0000:00/${id}`;
  const values = {
    vendor: `${vendor}\n`,
    device: `${device}\n`,
    class: `${pciClass}\n`,
    dma_mask_bits: "32\n",
    consistent_dma_mask_bits: "32\n",
    numa_node: "-1\n",
    subsystem: "/sys/bus/pci",
    ...links,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${folder}/${name}`, value]));
}

function node(
  parent: string,
  subsystem: string,
  name: string,
  path: string,
  label: string | null,
): Record<string, string> {
  const folder = `sys/devices/${parent}/${subsystem}/${name}`;
  return {
    [`${folder}/subsystem`]: `/sys/class/${subsystem}`,
    [`${folder}/device`]: `/sys/devices/${parent}`,
    [`${folder}/uevent`]: `MAJOR=226\nMINOR=0\nDEVNAME=${path}\n`,
    ...(label === null ? {} : { [`${folder}/name`]: `${label}\n` }),
  };
}
