import { describe, expect, it } from "vitest";
import { waysToApply } from "../../src/lint/apply.js";
import type { FindingRemedy } from "../../src/lint/finding.js";

const NOTHING: FindingRemedy = {
  kind: "device-tree",
  text: "do something",
  dts: null,
  overlay: null,
  commandLine: null,
  config: null,
};
const PI = ["raspberrypi,4-model-b", "brcm,bcm2711"];
const OTHER = ["radxa,rock-5b", "rockchip,rk3588"];

describe("waysToApply", () => {
  it("names the overlay to the firmware of a Raspberry Pi, and to U-Boot and Armbian elsewhere", () => {
    const remedy = { ...NOTHING, dts: "&{/} {\n};\n", overlay: "/dts-v1/;\n/plugin/;\n&{/} {\n};\n" };
    expect(waysToApply(remedy, PI).map(({ file, lines }) => [file, ...lines])).toEqual([
      ["/boot/firmware/config.txt", "dtoverlay=coalloc-fix"],
    ]);
    expect(waysToApply(remedy, OTHER, "pool").map(({ file, lines }) => [file, ...lines])).toEqual([
      ["/boot/extlinux/extlinux.conf", "fdtoverlays /boot/pool.dtbo"],
      ["/boot/armbianEnv.txt", "user_overlays=pool"],
    ]);
  });

  it("has the board's source changed where no overlay can do it", () => {
    const ways = waysToApply({ ...NOTHING, dts: "&{/a} {\n\t/delete-property/ size;\n};\n" }, PI);
    expect(ways).toEqual([
      {
        reader: "board source",
        file: "the board's .dts, at its end",
        lines: ["&{/a} {", "\t/delete-property/ size;", "};"],
      },
    ]);
  });

  it("puts words where each boot loader reads the command line", () => {
    const remedy = { ...NOTHING, commandLine: "cma=256M@0-1G" };
    expect(waysToApply(remedy, PI).map(({ file }) => file)).toEqual(["/boot/firmware/cmdline.txt, in its one line"]);
    expect(waysToApply(remedy, OTHER).flatMap(({ lines }) => lines)).toEqual([
      "cma=256M@0-1G",
      "extraargs=cma=256M@0-1G",
    ]);
  });

  it("writes a fragment for the kernel's configuration", () => {
    const [way] = waysToApply({ ...NOTHING, config: "CONFIG_CMA=y\nCONFIG_CMA_AREAS=32\n" }, OTHER);
    expect(way?.lines).toEqual(["CONFIG_CMA=y", "CONFIG_CMA_AREAS=32"]);
    expect(way?.file).toContain("merge_config.sh");
  });

  it("has nothing for what is done by hand", () => {
    expect(waysToApply({ ...NOTHING, kind: "boot-loader" }, PI)).toEqual([]);
  });
});
