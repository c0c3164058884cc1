import type { FindingRemedy } from "./finding.js";

/** One place a distribution reads a change from. */
export interface WayToApply {
  /** Who reads it: `Raspberry Pi firmware`, `extlinux.conf`, `Armbian`, `kernel build`, `board source`. */
  readonly reader: string;
  /** The file that is changed, or the command that is run. */
  readonly file: string;
  /** Lines as they stand in the file. What is there already is kept: a line is added, or its words are added to the line of that name. */
  readonly lines: readonly string[];
}

/**
 * Where a remedy is written down, for the boot loaders and distributions there are on boards like this. Empty for what is done by hand (a boot loader's
 * addresses, a change in a program).
 *
 * @param boardCompatible - of the tree's root: a Raspberry Pi has no U-Boot
 * @param name - the overlay's file name without its ending
 * @see Raspberry Pi documentation, `config.txt`; U-Boot `doc/README.pxe` (`fdtoverlays`, `append`); Armbian documentation, "User overlays";
 *   Linux 6.12 `scripts/kconfig/merge_config.sh`
 */
export function waysToApply(
  remedy: FindingRemedy,
  boardCompatible: readonly string[],
  name = "coalloc-fix",
): readonly WayToApply[] {
  const isRaspberryPi = boardCompatible.some((each) => each.startsWith("raspberrypi,"));
  const ways: WayToApply[] = [];
  if (remedy.overlay !== null) ways.push(...overlayWays(isRaspberryPi, name));
  else if (remedy.dts !== null) {
    ways.push({
      reader: "board source",
      file: "the board's .dts, at its end",
      lines: remedy.dts.trimEnd().split("\n"),
    });
  }
  if (remedy.commandLine !== null) ways.push(...commandLineWays(isRaspberryPi, remedy.commandLine));
  if (remedy.config !== null) {
    const lines = remedy.config.trimEnd().split("\n");
    ways.push({
      reader: "kernel build",
      file: `${name}.config, then scripts/kconfig/merge_config.sh .config ${name}.config`,
      lines,
    });
  }
  return ways;
}

/** Where changes like these are written down: each file once, with the lines of the first remedy that goes there. */
export function firstWays(
  remedies: readonly FindingRemedy[],
  boardCompatible: readonly string[],
): readonly WayToApply[] {
  const ways = new Map<string, WayToApply>();
  for (const way of remedies.flatMap((remedy) => waysToApply(remedy, boardCompatible))) {
    if (!ways.has(way.file)) ways.set(way.file, way);
  }
  return [...ways.values()];
}

/** An overlay is compiled with `dtc -@ -I dts -O dtb -o NAME.dtbo NAME.dts`, put where the reader looks, and named. */
function overlayWays(isRaspberryPi: boolean, name: string): readonly WayToApply[] {
  if (isRaspberryPi) {
    return [{ reader: "Raspberry Pi firmware", file: "/boot/firmware/config.txt", lines: [`dtoverlay=${name}`] }];
  }
  return [
    {
      reader: "extlinux.conf",
      file: "/boot/extlinux/extlinux.conf",
      lines: [`fdtoverlays /boot/${name}.dtbo`],
    },
    { reader: "Armbian", file: "/boot/armbianEnv.txt", lines: [`user_overlays=${name}`] },
  ];
}

function commandLineWays(isRaspberryPi: boolean, words: string): readonly WayToApply[] {
  if (isRaspberryPi) {
    return [{ reader: "Raspberry Pi firmware", file: "/boot/firmware/cmdline.txt, in its one line", lines: [words] }];
  }
  return [
    { reader: "extlinux.conf", file: "/boot/extlinux/extlinux.conf, in the line append", lines: [words] },
    { reader: "Armbian", file: "/boot/armbianEnv.txt", lines: [`extraargs=${words}`] },
  ];
}
