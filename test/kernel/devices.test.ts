import { describe, expect, it } from "vitest";
import type { Device } from "../../src/machine/machine.js";
import { resolveDevice } from "../../src/machine/names.js";
import { GIB, MIB } from "../../src/units/quantity.js";
import { totalSize } from "../../src/units/ranges.js";
import { orThrow } from "../../src/units/result.js";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";
import { COLLECTOR, itLooksTheSameBothWays, lookOf } from "./look.js";

/** An IOMMU, a device alone in its group, and two functions of one slot, which share a group. */
const DEVICES = [
  "intel-iommu,intremap=on",
  "edu,addr=10.0",
  "edu,addr=11.0,multifunction=on",
  "virtio-rng-pci,addr=11.1",
];

const run = await describeGuest("a guest with Debian's amd64 kernel", {
  kernel: debianKernel("amd64"),
  memory: "1G",
  cmdline: ["intel_iommu=on", "no_timer_check"],
  qemu: ["-machine", "kernel-irqchip=split", ...DEVICES.flatMap((device) => ["-device", device])],
  modules: ["vgem", "vivid"],
  files: COLLECTOR,
  program: "test/kernel/guest/devices.ts",
  seconds: 180,
});

if (run !== null) {
  const look = await lookOf(run);
  const { machine } = look;
  const named = (name: string): Device => orThrow(resolveDevice(machine, name)).device;

  describe("that guest, looked at while it runs", () => {
    itLooksTheSameBothWays(look);

    it("has the gigabyte it was given, without what the firmware keeps", () => {
      expect(machine.banks.every(({ provenance }) => provenance.source === "/proc/iomem")).toBe(true);
      expect(totalSize(machine.banks)).toBeGreaterThan(GIB - 4 * MIB);
      expect(totalSize(machine.banks)).toBeLessThanOrEqual(GIB);
      expect(machine.model).toBe("QEMU Standard PC (Q35 + ICH9, 2009)");
    });

    it("has the heaps of its kernel: scattered pages, udmabuf, no CMA", () => {
      expect(machine.profile).toMatchObject({
        name: expect.stringMatching(/^live-6\.12\./),
        arch: "x86",
        systemHeap: true,
        cma: false,
        udmabuf: { sizeLimit: 64 * MIB, listLimit: 1024 },
      });
      expect(machine.defaultCma).toBeNull();
    });

    it("has the nodes of its modules, each with its device", () => {
      expect(named("/dev/dri/card0").path).toBe("vgem");
      expect(named("/dev/dri/renderD128").path).toBe("vgem");
      expect(named("/dev/video0")).toMatchObject({ path: "vivid.0/vivid-000", queues: [{ kind: "vmalloc" }, {}] });
      expect(named("/dev/video1")).toMatchObject({ path: "vivid.0/vivid-001", queues: [{ kind: "contig" }, {}] });
    });

    it("has each device of a slot in the group of that slot, behind the one IOMMU", () => {
      expect(machine.iommus).toMatchObject([{ path: "dmar0", driver: "intel-iommu" }]);
      const [alone, first, second] = ["0000:00:10.0", "0000:00:11.0", "0000:00:11.1"].map((name) => named(name));
      expect(alone).toMatchObject({
        compatible: ["pci1234,11e8"],
        iommu: { path: "dmar0", state: "translate" },
        translation: "iommu",
        // Debian's amd64 kernel flushes lazily: CONFIG_IOMMU_DEFAULT_DMA_LAZY.
        running: {
          iommuGroup: { type: "DMA-FQ", reserved: [{ kind: "msi", base: 0xfee0_0000, size: MIB }] },
        },
      });
      const group = (device: Device | undefined): unknown => device?.running?.iommuGroup?.id;
      expect(group(first)).toBe(group(second));
      expect(group(first)).not.toBe(group(alone));
      expect(second?.running?.driver).toBe("virtio-pci");
    });
  });
}
