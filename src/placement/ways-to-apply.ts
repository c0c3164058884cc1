/**
 * Where boot loaders, distributions and builds of images read a change from. What each line rests on, with addresses, is in docs/applying-remedies.md.
 */

/** The texts of a change; null where it has no such part. */
export interface ChangeTexts {
  /** Device tree source to be merged behind the board's. */
  readonly dts: string | null;
  /** The same as an overlay. */
  readonly overlay: string | null;
  /** Words for the kernel command line. */
  readonly commandLine: string | null;
  /** Lines for the kernel's configuration. */
  readonly config: string | null;
}

/** A change without texts, to which those it has are added. */
export const NO_TEXTS: ChangeTexts = { dts: null, overlay: null, commandLine: null, config: null };

/** What a change is in one text: source, words or options; null where it has none. */
export function changeText({ dts, commandLine, config }: ChangeTexts): string | null {
  return dts ?? commandLine ?? config;
}

/** What somebody pastes who makes a change: the overlay, or source where there is none, then words, then options. */
export function pastedTexts({ dts, overlay, commandLine, config }: ChangeTexts): readonly string[] {
  return [overlay ?? dts, commandLine, config].filter((text) => text !== null);
}

/** One place a change is read from. */
export interface WayToApply {
  /** Who reads it: `Raspberry Pi firmware`, `extlinux.conf`, `Armbian`, `kernel build`, `board source`. */
  readonly reader: string;
  /** The file that is changed, or where in it. */
  readonly file: string;
  /** Lines as they stand in the file. What is there already is kept: a line is added, or its words are added to the line of that name. */
  readonly lines: readonly string[];
  /** Path of the compiled overlay (`dtc -@ -I dts -O dtb -o NAME.dtbo NAME.dts`); null where no overlay is read. */
  readonly overlayAt: string | null;
  /** Commands to run when that is done, in this order. */
  readonly run: readonly string[];
}

/** Boards whose makers have a way of their own. */
type Family = "raspberry-pi" | "beaglebone" | "jetson" | "other";

/** Sizes in MiB that Raspberry Pi's overlays have a parameter for; others are given in bytes, in steps of 4 MiB. */
const RASPBERRY_PI_SIZES: readonly number[] = [64, 96, 128, 192, 256, 320, 384, 448, 512];

/**
 * Where a change is written down on boards like this, the likeliest first. Empty for what is done by hand (a boot loader's addresses, a change in a program).
 *
 * @param boardCompatible - of the tree's root; empty where no board is known, which may be a Raspberry Pi or a board with U-Boot
 * @param name - the overlay's file name without its ending
 */
export function waysToApply(
  change: ChangeTexts,
  boardCompatible: readonly string[],
  name = "coalloc-fix",
): readonly WayToApply[] {
  const families: readonly Family[] =
    boardCompatible.length > 0 ? [familyOf(boardCompatible)] : ["other", "raspberry-pi"];
  const ways: WayToApply[] = [];
  if (change.overlay !== null) ways.push(...families.flatMap((each) => OVERLAY_WAYS[each](name)), inCompiledTree(name));
  if (change.dts !== null) ways.push(inSource(change.dts));
  const { commandLine } = change;
  if (commandLine !== null) ways.push(...families.flatMap((each) => COMMAND_LINE_WAYS[each](commandLine)));
  if (change.config !== null) ways.push(...configWays(change.config.trimEnd().split("\n"), name));
  return ways;
}

/** Where changes like these are written down: each place once for overlays, source, words and configurations, with the first that goes there. */
export function firstWays(changes: readonly ChangeTexts[], boardCompatible: readonly string[]): readonly WayToApply[] {
  const ways = new Map<string, WayToApply>();
  for (const change of changes) {
    for (const part of ["overlay", "dts", "commandLine", "config"] as const) {
      for (const way of waysToApply({ ...NO_TEXTS, [part]: change[part] }, boardCompatible)) {
        const key = `${part} ${way.reader}: ${way.file}`;
        if (!ways.has(key)) ways.set(key, way);
      }
    }
  }
  return [...ways.values()];
}

function familyOf(compatible: readonly string[]): Family {
  const is = (pattern: RegExp): boolean => compatible.some((each) => pattern.test(each));
  if (is(/^raspberrypi,/)) return "raspberry-pi";
  if (is(/^(ti,am335x-bone|beagle,am5729-)/)) return "beaglebone";
  return is(/^nvidia,tegra(210|186|194|234|264)$/) ? "jetson" : "other";
}

const OVERLAY_WAYS: Readonly<Record<Family, (name: string) => readonly WayToApply[]>> = {
  "raspberry-pi": (name) => [
    {
      reader: "Raspberry Pi firmware",
      file: "/boot/firmware/config.txt",
      lines: [`dtoverlay=${name}`],
      overlayAt: `/boot/firmware/overlays/${name}.dtbo`,
      run: [],
    },
  ],
  beaglebone: (name) => [
    {
      reader: "BeagleBoard's Debian",
      file: "/boot/uEnv.txt",
      lines: ["enable_uboot_overlays=1", `uboot_overlay_addr4=/lib/firmware/${name}.dtbo`],
      overlayAt: `/lib/firmware/${name}.dtbo`,
      run: [],
    },
  ],
  // L4TLauncher applies overlays only to a tree that the label names as well.
  jetson: (name) => [
    {
      reader: "Jetson Linux",
      file: "/boot/extlinux/extlinux.conf, in a label that has FDT",
      lines: [`OVERLAYS /boot/${name}.dtbo`],
      overlayAt: `/boot/${name}.dtbo`,
      run: [],
    },
  ],
  other: (name) => [
    {
      reader: "extlinux.conf",
      file: "/boot/extlinux/extlinux.conf",
      lines: [`fdtoverlays /boot/${name}.dtbo`],
      overlayAt: `/boot/${name}.dtbo`,
      run: [],
    },
    {
      reader: "Armbian",
      file: "/boot/armbianEnv.txt",
      lines: [`user_overlays=${name}`],
      overlayAt: `/boot/overlay-user/${name}.dtbo`,
      run: [],
    },
    // Without the variable every overlay of the folder is applied; setting it would drop those it does not name.
    {
      reader: "Debian's u-boot-menu",
      file: "/etc/default/u-boot, if it sets this variable",
      lines: [`U_BOOT_FDT_OVERLAYS="${name}.dtbo"`],
      overlayAt: `/boot/dtbo/${name}.dtbo`,
      run: ["u-boot-update"],
    },
  ],
};

const COMMAND_LINE_WAYS: Readonly<Record<Family, (words: string) => readonly WayToApply[]>> = {
  "raspberry-pi": (words) => [
    ...raspberryPiSize(words),
    {
      reader: "Raspberry Pi firmware",
      file: "/boot/firmware/cmdline.txt, in its one line",
      lines: [words],
      overlayAt: null,
      run: [],
    },
  ],
  beaglebone: (words) => [
    { reader: "BeagleBoard's Debian", file: "/boot/uEnv.txt", lines: [`cmdline=${words}`], overlayAt: null, run: [] },
  ],
  jetson: (words) => [inAppend(words)],
  other: (words) => [
    inAppend(words),
    { reader: "Armbian", file: "/boot/armbianEnv.txt", lines: [`extraargs=${words}`], overlayAt: null, run: [] },
    {
      reader: "GRUB",
      file: "/etc/default/grub",
      lines: [`GRUB_CMDLINE_LINUX="${words}"`],
      overlayAt: null,
      run: ["update-grub"],
    },
    {
      reader: "Debian's u-boot-menu",
      file: "/etc/default/u-boot",
      lines: [`U_BOOT_PARAMETERS="ro quiet ${words}"`],
      overlayAt: null,
      run: ["u-boot-update"],
    },
    {
      reader: "Debian's flash-kernel",
      file: "/etc/default/flash-kernel",
      lines: [`LINUX_KERNEL_CMDLINE="${words}"`],
      overlayAt: null,
      run: ["flash-kernel"],
    },
    {
      reader: "U-Boot",
      file: "its environment, where bootargs is kept there",
      lines: [`setenv bootargs "\${bootargs} ${words}"`, "saveenv"],
      overlayAt: null,
      run: [],
    },
  ],
};

/**
 * A size of the default area in config.txt: there the area keeps the limits its node states, which `cma=` makes the kernel pass over.
 *
 * @see https://github.com/raspberrypi/linux/issues/3861, where the display of a Pi 4 was lost that way
 */
function raspberryPiSize(words: string): readonly WayToApply[] {
  const size = Number(/^cma=(\d+)M$/.exec(words)?.[1]);
  if (!(size > 0) || (size % 4 !== 0 && !RASPBERRY_PI_SIZES.includes(size))) return [];
  const parameter = RASPBERRY_PI_SIZES.includes(size) ? `cma-${size}` : `cma-size=${size * 2 ** 20}`;
  const line = (overlay: string, file: string): WayToApply => ({
    reader: "Raspberry Pi firmware",
    file,
    lines: [`dtoverlay=${overlay},${parameter}`],
    overlayAt: null,
    run: [],
  });
  return [
    line("vc4-kms-v3d", "/boot/firmware/config.txt, where it has dtoverlay=vc4-kms-v3d"),
    line("cma", "/boot/firmware/config.txt, where it has not"),
  ];
}

function inAppend(words: string): WayToApply {
  return {
    reader: "extlinux.conf",
    file: "/boot/extlinux/extlinux.conf, in the line append",
    lines: [words],
    overlayAt: null,
    run: [],
  };
}

/** For every boot loader that applies no overlays: GRUB, flash-kernel, images that hold the tree. */
function inCompiledTree(name: string): WayToApply {
  return {
    reader: "any other boot loader",
    file: "the board's .dtb, from which a new one is made",
    lines: [],
    overlayAt: `${name}.dtbo`,
    run: [`fdtoverlay -i board.dtb -o board-fixed.dtb ${name}.dtbo`],
  };
}

function inSource(dts: string): WayToApply {
  return {
    reader: "board source",
    file: "the board's .dts, at its end",
    lines: dts.trimEnd().split("\n"),
    overlayAt: null,
    run: [],
  };
}

function configWays(lines: readonly string[], name: string): readonly WayToApply[] {
  return [
    {
      reader: "kernel build",
      file: `${name}.config`,
      lines,
      overlayAt: null,
      run: [`scripts/kconfig/merge_config.sh .config ${name}.config`],
    },
    {
      reader: "Yocto Project",
      file: `${name}.cfg, which the kernel's .bbappend adds to SRC_URI`,
      lines,
      overlayAt: null,
      run: [],
    },
    {
      reader: "Buildroot",
      file: "its .config, with the lines in that file",
      lines: [`BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES="${name}.config"`],
      overlayAt: null,
      run: [],
    },
  ];
}
