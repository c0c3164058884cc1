/** Devices that nothing drives, because the kernel is built without their driver. */
import { missingOptionsOf } from "../../facts/driver-options.js";
import type { Device, Machine } from "../../machine/machine.js";
import type { Flaw, Rule } from "../rule.js";
import { dmaDeviceOf, isUnbuilt, namesOf, sharesBuffers } from "../sharing.js";

const CODEC = 'video-codec@fdea0400 { compatible = "rockchip,rk3568-vpu"; reg = <0 0xfdea0400 0 0x400>; };';

/** What this kernel would have to be built with for a device to be driven; empty for one that is, or of whose driver nothing is known. */
function missingFor(machine: Machine, device: Device): readonly string[] {
  const { missingDriverOptions } = machine.profile;
  const unbuilt = [device, dmaDeviceOf(machine, device)].filter((one) => isUnbuilt(machine, one));
  const options = unbuilt.flatMap(({ driver }) =>
    driver === null ? [] : missingOptionsOf(driver, missingDriverOptions),
  );
  return [...new Set(options)].sort();
}

const NO_DRIVER: Rule = {
  id: "device-no-driver",
  severity: "note",
  title: "this kernel has no driver for a device that shares buffers",
  help: "The tree has the device switched on, and the kernel is built without the option that builds its driver: no program finds it, and no other finding counts it. Build the driver, with what Kconfig says that it depends on, where the device is wanted. A driver that is no part of Linux 6.12 is not known here.",
  source: "Linux 6.12 Documentation/kbuild/makefiles.rst, drivers/base/dd.c driver_probe_device()",
  wrong: { dts: CODEC, config: "# CONFIG_VIDEO_HANTRO is not set" },
  right: { dts: CODEC, config: "CONFIG_VIDEO_HANTRO=m" },
  check: ({ machine }) => {
    if (machine.profile.missingDriverOptions.length === 0) return [];
    const bare = new Map<string, [Device, ...Device[]]>();
    for (const device of machine.devices) {
      if (!device.enabled || !sharesBuffers(device)) continue;
      const options = missingFor(machine, device).join(" ");
      const known = bare.get(options);
      if (known !== undefined) known.push(device);
      else if (options !== "") bare.set(options, [device]);
    }
    return [...bare].map(([options, devices]): Flaw => {
      const names = options.split(" ");
      return {
        severity: "note",
        text: `This kernel has no driver for ${namesOf(devices)} (${names.join(", ")}): no other finding counts ${devices.length === 1 ? "it" : "them"}.`,
        where: { node: devices[0].path, property: "compatible" },
        numbers: { devices: devices.length, options },
        proposals: [
          {
            kind: "kernel-option",
            text: `build the driver, with what it depends on: ${names.join(", ")}`,
            config: names.map((name) => `${name}=y\n`).join(""),
          },
        ],
      };
    });
  },
};

/** Rules about drivers that a kernel has, and has not. */
export const DRIVERS: readonly Rule[] = [NO_DRIVER];
