import { describe, expect, it } from "vitest";
import { messageOf } from "../../src/explain/line-prefix.js";

const MESSAGE = "cma: cma_alloc: alloc failed, req-size: 1 pages, ret: -16";

describe("messageOf", () => {
  const prefixes: readonly (readonly [what: string, prefix: string])[] = [
    ["nothing", ""],
    ["dmesg", "[    1.234567] "],
    ["dmesg with a caller", "[    1.234567][   T42] "],
    ["dmesg with a caller, aligned", "[    1.234567] [    T1] "],
    ["dmesg -T", "[Sat Nov 28 13:27:20 2026] "],
    ["dmesg -T with a day of one digit", "[Sun Nov  1 03:27:20 2026] "],
    ["dmesg -d", "[  +0.000012] "],
    ["dmesg -e", "[Nov28 13:27] "],
    ["dmesg -x", "kern  :err   : [    1.234567] "],
    ["dmesg --time-format iso", "2026-11-28T13:27:20,123456+00:00 "],
    ["raw printk", "<3>[    1.234567] "],
    ["syslog", "Nov 28 13:27:20 raspberrypi kernel: [    1.234567] "],
    ["journalctl", "Nov 28 13:27:20 raspberrypi kernel: "],
    ["journalctl -o short-iso", "2026-11-28T13:27:20+0100 raspberrypi kernel: "],
    ["journalctl -o short-precise", "Nov 28 13:27:20.123456 raspberrypi kernel: "],
    ["a process", "Nov 28 13:27:20 host rpicam-vid[1234]: "],
    ["docker compose", "camera_1  | "],
    ["a quotation", "> > [    1.234567] "],
    ["colours", "\u001b[32m[    1.234567] \u001b[0m\u001b[31m"],
  ];
  for (const [what, prefix] of prefixes) {
    it(`takes away what ${what} puts before a line`, () => {
      expect(messageOf(prefix + MESSAGE)).toBe(MESSAGE);
    });
  }

  it("leaves the tag of logcat, which names the library", () => {
    expect(messageOf("11-28 13:27:20.123  1234  1240 E rga     : fail")).toBe("rga     : fail");
    expect(messageOf("E/rga( 1234): fail")).toBe("rga( 1234): fail");
  });

  it("leaves a device's name and a program's own level", () => {
    expect(messageOf("xhci_hcd 0000:01:00.0: swiotlb buffer is full")).toBe(
      "xhci_hcd 0000:01:00.0: swiotlb buffer is full",
    );
    expect(messageOf("ERROR V4L2 v4l2_videodevice.cpp:1241 failed")).toBe(
      "ERROR V4L2 v4l2_videodevice.cpp:1241 failed",
    );
  });
});
