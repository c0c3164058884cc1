import { describe, expect, it } from "vitest";
import { type ChangeTexts, firstWays, type WayToApply, waysToApply } from "../../src/placement/ways-to-apply.js";

const NOTHING: ChangeTexts = { dts: null, overlay: null, commandLine: null, config: null };
const OVERLAY: ChangeTexts = {
  ...NOTHING,
  dts: "&{/} {\n\tflag;\n};\n",
  overlay: "/dts-v1/;\n/plugin/;\n\n&{/} {\n\tflag;\n};\n",
};
const PI = ["raspberrypi,4-model-b", "brcm,bcm2711"];
const BONE = ["ti,am335x-bone-black", "ti,am335x-bone", "ti,am33xx"];
const JETSON = ["nvidia,p3768-0000+p3767-0000", "nvidia,p3767-0000", "nvidia,tegra234"];
const OTHER = ["radxa,rock-5b", "rockchip,rk3588"];

const short = (ways: readonly WayToApply[]) => ways.map(({ reader, file, lines }) => [`${reader}: ${file}`, ...lines]);
const inTree = ["any other boot loader: the board's .dtb, from which a new one is made"];
const inSource = ["board source: the board's .dts, at its end", "&{/} {", "\tflag;", "};"];

describe("an overlay", () => {
  it("is named to the firmware of a Raspberry Pi", () => {
    const ways = waysToApply(OVERLAY, PI);
    expect(short(ways)).toEqual([
      ["Raspberry Pi firmware: /boot/firmware/config.txt", "dtoverlay=coalloc-fix"],
      inTree,
      inSource,
    ]);
    expect(ways.map(({ overlayAt }) => overlayAt)).toEqual([
      "/boot/firmware/overlays/coalloc-fix.dtbo",
      "coalloc-fix.dtbo",
      null,
    ]);
    expect(ways[1]?.run).toEqual(["fdtoverlay -i board.dtb -o board-fixed.dtb coalloc-fix.dtbo"]);
  });

  it("is named to U-Boot, Armbian and Debian on other boards", () => {
    const ways = waysToApply(OVERLAY, OTHER, "pool");
    expect(short(ways)).toEqual([
      ["extlinux.conf: /boot/extlinux/extlinux.conf", "fdtoverlays /boot/pool.dtbo"],
      ["Armbian: /boot/armbianEnv.txt", "user_overlays=pool"],
      ["Debian's u-boot-menu: /etc/default/u-boot, if it sets this variable", 'U_BOOT_FDT_OVERLAYS="pool.dtbo"'],
      inTree,
      inSource,
    ]);
    expect(ways.map(({ overlayAt }) => overlayAt).slice(0, 3)).toEqual([
      "/boot/pool.dtbo",
      "/boot/overlay-user/pool.dtbo",
      "/boot/dtbo/pool.dtbo",
    ]);
    expect(ways[2]?.run).toEqual(["u-boot-update"]);
  });

  it("is named as the makers of BeagleBones and Jetsons have it", () => {
    expect(short(waysToApply(OVERLAY, BONE))[0]).toEqual([
      "BeagleBoard's Debian: /boot/uEnv.txt",
      "enable_uboot_overlays=1",
      "uboot_overlay_addr4=/lib/firmware/coalloc-fix.dtbo",
    ]);
    expect(short(waysToApply(OVERLAY, JETSON))[0]).toEqual([
      "Jetson Linux: /boot/extlinux/extlinux.conf, in a label that has FDT",
      "OVERLAYS /boot/coalloc-fix.dtbo",
    ]);
  });

  it("is not there where only the source can be changed", () => {
    expect(short(waysToApply({ ...OVERLAY, overlay: null }, PI))).toEqual([inSource]);
  });
});

describe("words for the command line", () => {
  const of = (commandLine: string, board: readonly string[]) => waysToApply({ ...NOTHING, commandLine }, board);

  it("stand where each boot loader reads it", () => {
    expect(short(of("cma=256M@0-1G", OTHER))).toEqual([
      ["extlinux.conf: /boot/extlinux/extlinux.conf, in the line append", "cma=256M@0-1G"],
      ["Armbian: /boot/armbianEnv.txt", "extraargs=cma=256M@0-1G"],
      ["GRUB: /etc/default/grub", 'GRUB_CMDLINE_LINUX="cma=256M@0-1G"'],
      ["Debian's u-boot-menu: /etc/default/u-boot", 'U_BOOT_PARAMETERS="ro quiet cma=256M@0-1G"'],
      ["Debian's flash-kernel: /etc/default/flash-kernel", 'LINUX_KERNEL_CMDLINE="cma=256M@0-1G"'],
      [
        "U-Boot: its environment, where bootargs is kept there",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: U-Boot's own variable
        'setenv bootargs "${bootargs} cma=256M@0-1G"',
        "saveenv",
      ],
    ]);
    expect(of("a", OTHER).flatMap(({ run }) => run)).toEqual(["update-grub", "u-boot-update", "flash-kernel"]);
    expect(short(of("a", BONE))).toEqual([["BeagleBoard's Debian: /boot/uEnv.txt", "cmdline=a"]]);
    expect(short(of("a", JETSON))).toEqual([["extlinux.conf: /boot/extlinux/extlinux.conf, in the line append", "a"]]);
  });

  it("are a parameter of an overlay for a size of the area of a Raspberry Pi, which then keeps its limits", () => {
    const cmdline = "Raspberry Pi firmware: /boot/firmware/cmdline.txt, in its one line";
    const withKms = "Raspberry Pi firmware: /boot/firmware/config.txt, where it has dtoverlay=vc4-kms-v3d";
    const without = "Raspberry Pi firmware: /boot/firmware/config.txt, where it has not";
    expect(short(of("cma=256M", PI))).toEqual([
      [withKms, "dtoverlay=vc4-kms-v3d,cma-256"],
      [without, "dtoverlay=cma,cma-256"],
      [cmdline, "cma=256M"],
    ]);
    expect(short(of("cma=104M", PI))[1]).toEqual([without, "dtoverlay=cma,cma-size=109051904"]);
    for (const other of ["cma=102M", "cma=256M@0x0-0x40000000", "cma=0", "mem=1G"]) {
      expect(short(of(other, PI))).toEqual([[cmdline, other]]);
    }
  });

  it("stand in every place where the board is not known", () => {
    const readers = new Set(of("a", []).map(({ reader }) => reader));
    expect([...readers]).toContain("extlinux.conf");
    expect([...readers]).toContain("Raspberry Pi firmware");
  });
});

describe("lines of a configuration", () => {
  it("are a fragment for each way to build a kernel", () => {
    const ways = waysToApply({ ...NOTHING, config: "CONFIG_CMA=y\nCONFIG_CMA_AREAS=32\n" }, OTHER);
    const lines = ["CONFIG_CMA=y", "CONFIG_CMA_AREAS=32"];
    expect(short(ways)).toEqual([
      ["kernel build: coalloc-fix.config", ...lines],
      ["Yocto Project: coalloc-fix.cfg, which the kernel's .bbappend adds to SRC_URI", ...lines],
      [
        "Buildroot: its .config, with the lines in that file",
        'BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES="coalloc-fix.config"',
      ],
    ]);
    expect(ways[0]?.run).toEqual(["scripts/kconfig/merge_config.sh .config coalloc-fix.config"]);
  });
});

describe("several changes", () => {
  it("name each place once, with the first that goes there", () => {
    const ways = firstWays([{ ...NOTHING, commandLine: "a" }, { ...NOTHING, commandLine: "b" }, OVERLAY], PI);
    expect(short(ways).map(([place, line]) => [place, line])).toEqual([
      ["Raspberry Pi firmware: /boot/firmware/cmdline.txt, in its one line", "a"],
      ["Raspberry Pi firmware: /boot/firmware/config.txt", "dtoverlay=coalloc-fix"],
      [inTree[0], undefined],
      [inSource[0], "&{/} {"],
    ]);
  });

  it("name a file for an overlay and for words, where both go into it", () => {
    const ways = firstWays([{ ...OVERLAY, commandLine: "a" }], OTHER).filter(({ reader }) => reader === "Armbian");
    expect(ways.flatMap(({ lines }) => lines)).toEqual(["user_overlays=coalloc-fix", "extraargs=a"]);
  });

  it("have no place where all is done by hand", () => {
    expect(firstWays([NOTHING], OTHER)).toEqual([]);
  });
});
