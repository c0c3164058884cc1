import { describe, expect, it } from "vitest";
import type { Device } from "../../src/machine/machine.js";
import { resolveDevice } from "../../src/machine/names.js";
import { GIB, MIB } from "../../src/units/quantity.js";
import { orThrow } from "../../src/units/result.js";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";
import { COLLECTOR, itLooksTheSameBothWays, lookOf } from "./look.js";

/** A kernel with the system heap alone, and one without dma-heaps. One with a CMA heap is in the long tests. */
await describeGuest("one program on Debian's amd64 kernel", {
  kernel: debianKernel("amd64"),
  memory: "1G",
  modules: ["vgem", "vivid"],
  program: "test/kernel/guest/same-program.ts",
  arguments: ["page-block by v4l2"],
  seconds: 180,
});

const arm64 = await describeGuest("one program on Debian's arm64 kernel", {
  kernel: debianKernel("arm64"),
  memory: "1G",
  cmdline: ["cma=48M"],
  qemu: ["-machine", "iommu=smmuv3", "-device", "edu,addr=10.0"],
  modules: ["vgem", "vivid"],
  files: COLLECTOR,
  program: "test/kernel/guest/same-program.ts",
  arguments: ["cma:default by v4l2"],
  seconds: 240,
});

if (arm64 !== null) {
  const look = await lookOf(arm64);
  const { machine, log } = look;
  const named = (name: string): Device => orThrow(resolveDevice(machine, name)).device;

  describe("the arm64 guest, looked at while it runs", () => {
    itLooksTheSameBothWays(look);

    it("has the gigabyte it was given, where QEMU's board has it", () => {
      expect(machine.banks).toEqual([
        { base: GIB, size: GIB, numaNode: 0, provenance: { kind: "live", source: "/proc/iomem" } },
      ]);
      expect(machine.compatible).toEqual(["linux,dummy-virt"]);
    });

    it("has the CMA area of its command line where the kernel says it is", () => {
      const said = /cma: Reserved 48 MiB at (0x[0-9a-f]+)/.exec(log)?.[1];
      expect(machine.defaultCma).toMatchObject({ base: Number(said), size: 48 * MIB, source: "cmdline" });
    });

    it("has udmabuf and no dma-heap", () => {
      expect(machine.profile).toMatchObject({
        name: expect.stringMatching(/^live-6\.12\./),
        arch: "arm64",
        systemHeap: false,
        cmaHeap: false,
        cma: true,
        udmabuf: { sizeLimit: 64 * MIB, listLimit: 1024 },
      });
    });

    it("has the nodes of its modules, each with its device", () => {
      expect(named("/dev/dri/card0").path).toBe("vgem");
      expect(named("/dev/video0")).toMatchObject({ path: "vivid.0/vivid-000", queues: [{ kind: "contig" }, {}] });
    });

    it("has what is on its PCI bus behind the IOMMU of the tree, taken by a driver or not", () => {
      const smmu = machine.iommus.find(({ compatible }) => compatible.includes("arm,smmu-v3"));
      expect(smmu).toMatchObject({ enabled: true, driver: "arm_smmu_v3" });
      const behind = { iommu: { path: smmu?.path, state: "translate" }, translation: "iommu" };
      const taken = machine.devices.filter(({ running }) => running?.driver === "virtio-pci");
      expect(taken.length).toBeGreaterThan(0);
      // Debian's arm64 kernel flushes at once: CONFIG_IOMMU_DEFAULT_DMA_STRICT.
      for (const one of taken) expect(one).toMatchObject({ ...behind, running: { iommuGroup: { type: "DMA" } } });
      expect(named("0000:00:10.0")).toMatchObject({
        ...behind,
        compatible: ["pci1234,11e8"],
        running: { driver: null, iommuGroup: null },
      });
    });
  });
}
