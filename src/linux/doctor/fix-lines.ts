import type { DoctorDocument } from "./doctor-document.js";

const RULES_FILE = "/etc/udev/rules.d/70-coalloc.rules";

/** The options of a kernel's configuration that are not set yet, as one line; none where all are. */
export function configurationLines(
  options: DoctorDocument["options"],
  ...names: readonly `CONFIG_${string}`[]
): readonly string[] {
  const unset = names.filter((name) => options[name] !== "y" && options[name] !== "m");
  return unset.length === 0 ? [] : [`kernel configuration: ${unset.map((name) => `${name}=y`).join(" ")}`];
}

/**
 * A word for the kernel's command line.
 *
 * @param isPc - the machine starts as PCs do, which on Debian is with GRUB; boards have loaders of many kinds
 */
export function commandLineLine(word: string, isPc: boolean): string {
  return isPc
    ? `in /etc/default/grub: ${word} in GRUB_CMDLINE_LINUX; then update-grub`
    : `kernel command line: ${word}`;
}

/** A node is not there that the kernel has made: `/dev` is not the kernel's own. */
export function absentNodeLines(...nodes: readonly string[]): readonly string[] {
  return [
    `in a container: docker run ${nodes.map((node) => `--device ${node}`).join(" ")}`,
    "without udev: mount -t devtmpfs devtmpfs /dev",
  ];
}

/** Rules that give nodes to a group, and what makes them count. */
export function udevLines(rules: readonly string[], subsystems: readonly string[]): readonly string[] {
  const matches = subsystems.map((subsystem) => `--subsystem-match=${subsystem}`).join(" ");
  return [`in ${RULES_FILE}:`, ...rules, `udevadm control --reload && udevadm trigger ${matches}`];
}

/** Makes a user a member of a group; it counts from the next login on. */
export function joinLine(group: string | number, user: string): string {
  return `usermod -aG ${group} ${user}   # then log in again`;
}
