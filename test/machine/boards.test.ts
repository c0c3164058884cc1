import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { iovaRoom, reachOf } from "../../src/addressing/reach.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { loadFacts } from "../../src/facts/load.js";
import { MachineError } from "../../src/machine/error.js";
import { machineToJson, parseMachine } from "../../src/machine/json.js";
import type { Machine } from "../../src/machine/machine.js";
import { parseMemorySpec } from "../../src/machine/memory-spec.js";
import { resolveDevice } from "../../src/machine/names.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { containsRanges, toRangeSet } from "../../src/units/ranges.js";
import { CACHE, requiredParts } from "../../tools/project.js";

const facts = await loadFacts();

function board(file: string, memory: string | null): Machine {
  const spec = memory === null ? null : parseMemorySpec(memory);
  if (spec !== null && !spec.ok) throw new Error(spec.refusal.code);
  const tree = readDeviceTree(new Uint8Array(readFileSync(file)));
  return readMachine({ tree, facts, profile: EMBEDDED_6_12, memory: spec === null ? null : spec.value });
}

for (const architecture of ["arm64", "armhf"]) {
  const folder = join(CACHE, "boards", architecture);
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".dtb"))
        .sort()
    : [];
  const absent = files.length === 0 && !requiredParts().has("boards");
  const title = `a machine of every ${architecture} board`;

  describe.skipIf(absent)(
    absent ? `${title} (skipped: no trees in the cache, npm run boards fetches them)` : title,
    () => {
      it("is made, or its tree states no memory; its reaches are RAM, its names resolve, its JSON is the same machine", () => {
        expect(files.length).toBeGreaterThan(500);
        for (const name of files) {
          const file = join(folder, name);
          let machine: Machine;
          try {
            machine = board(file, null);
          } catch (error) {
            if (!(error instanceof MachineError) || error.code !== "no-memory") throw error;
            machine = board(file, "0x4000000+32M,0x40000000+2G,0x200000000+2G");
          }
          const ram = toRangeSet(machine.banks);
          for (const device of machine.devices) {
            const found = resolveDevice(machine, device.path);
            expect(found.ok && found.value.device === device, `${name} ${device.path}`).toBe(true);
            const reach = reachOf(machine, device, "streaming", { asIfEnabled: true });
            expect(containsRanges(ram, reach), `${name} ${device.path}`).toBe(true);
            const room = iovaRoom(machine, device);
            expect(room === null || room.size > 0, `${name} ${device.path}`).toBe(true);
          }
          expect(containsRanges(ram, machine.pages), name).toBe(true);
          const text = machineToJson(machine);
          const again = parseMachine(text);
          expect(again.ok ? machineToJson(again.value) === text : again.refusal, name).toBe(true);
        }
      });
    },
  );
}

const arm64 = join(CACHE, "boards", "arm64");
const some = existsSync(join(arm64, "rockchip/rk3588-rock-5b.dtb"));

describe.skipIf(!some && !requiredParts().has("boards"))("some boards", () => {
  it("RK3588: the display is disabled, its driver runs the domain, the codecs are translated, RGA has its own MMU", () => {
    const machine = board(join(arm64, "rockchip/rk3588-rock-5b.dtb"), "0x200000+0xefe00000,0x100000000+12G");
    const at = (name: string): unknown => {
      const found = resolveDevice(machine, name);
      if (!found.ok) return found.refusal;
      const { enabled, translation, translationIfEnabled, dmaDevice, driver } = found.value.device;
      return [
        enabled,
        translation,
        translationIfEnabled,
        "path" in dmaDevice ? dmaDevice.path : dmaDevice,
        driver?.module,
      ];
    };
    expect(machine.banks.map((bank) => [bank.base, bank.size])).toEqual([
      [0x20_0000, 0xefe0_0000],
      [0x1_0000_0000, 0x3_0000_0000],
    ]);
    expect(machine.cutOuts).toEqual([]);
    expect(at("vop")).toEqual([false, "none", "driver-domain", "/display-subsystem", "rockchipdrm"]);
    expect(at("rga@fdb80000")).toEqual([true, "device-mmu", "device-mmu", "/rga@fdb80000", "rockchip-rga"]);
    expect(at("video-codec@fdb50000")).toEqual([true, "iommu", "iommu", "/video-codec@fdb50000", "hantro-vpu"]);
    expect(at("gpu@fb000000")).toEqual([true, "device-mmu", "device-mmu", "/gpu@fb000000", "panthor"]);
  });

  it("Raspberry Pi 4: 1 GiB for the display, 3 GiB behind PCIe, no limit for Ethernet", () => {
    const machine = board(join(arm64, "broadcom/bcm2711-rpi-4-b.dtb"), "8G");
    const at = (path: string): unknown => {
      const device = machine.devices.find((one) => one.path === path);
      return device === undefined ? null : [device.bus, device.windows, device.busDmaLimit];
    };
    expect(machine.banks.map((bank) => [bank.base, bank.size])).toEqual([
      [0, 0xfd00_0000],
      [0x1_0000_0000, 0x1_0000_0000],
    ]);
    expect(at("/gpu")).toEqual(["/soc", [{ cpu: 0, dma: 0xc000_0000, size: 0x4000_0000 }], 0xffff_ffff]);
    expect(at("/scb/pcie@7d500000/pci@0,0/usb@0,0")).toEqual([
      "/scb/pcie@7d500000",
      [{ cpu: 0, dma: 0, size: 0xc000_0000 }],
      0xbfff_ffff,
    ]);
    expect(at("/scb/ethernet@7d580000")).toEqual([null, null, "unlimited"]);
  });

  for (const [name, txp, card] of [
    ["bcm2711-rpi-4-b", "/soc/txp@7e004000", "/gpu"],
    ["bcm2837-rpi-3-b", "/soc/txp@7e004000", "/soc/gpu"],
  ] as const) {
    it(`${name}: the writeback engine is a part of the display card`, () => {
      const machine = board(join(arm64, `broadcom/${name}.dtb`), "1G");
      const device = machine.devices.find((one) => one.path === txp);
      expect(device).toMatchObject({ dmaDevice: { path: card }, queues: [{ queue: "gem", kind: "gem-dma" }] });
      expect(device?.assumptions.filter(({ code }) => code === "aggregate")).toEqual([]);
    });
  }

  it("SDM845: the display is passed through and run by its driver, which is the controller's; video is translated", () => {
    const machine = board(join(arm64, "qcom/sdm845-db845c.dtb"), "0x80000000+4G");
    const at = (path: string): unknown => {
      const device = machine.devices.find((one) => one.path === path);
      return device === undefined ? null : [device.iommu?.state, device.translation, device.dmaDevice];
    };
    const controller = "/soc@0/display-subsystem@ae00000/display-controller@ae01000";
    expect(at("/soc@0/display-subsystem@ae00000")).toEqual(["identity", "driver-domain", { path: controller }]);
    expect(at(controller)).toEqual(["identity", "driver-domain", { path: controller }]);
    const codec = "/soc@0/video-codec@aa00000";
    expect(at(`${codec}/video-core0`)).toEqual(["translate", "iommu", { path: codec }]);
  });
});
