/** The text of a kernel's configuration: a whole `.config`, or some lines of one. */

/** What a configuration states. */
export interface KernelConfig {
  /** Last mention of each option, `CONFIG_X`: its value without quotes; `n` where it is not set. */
  readonly values: ReadonlyMap<string, string>;
  /**
   * `lines`: some options, the rest stays open, as in a fragment or a defconfig. `whole`: all of a Linux 6.12, so that what it does not mention is not built:
   * options whose dependencies are off are not written. `other-kernel`: all of another kernel, or of one that does not say which.
   *
   * @see Linux 6.12 `init/Kconfig` `CC_VERSION_TEXT`, `scripts/kconfig/confdata.c` `conf_write()`
   */
  readonly extent: "lines" | "whole" | "other-kernel";
}

/** Reads lines `CONFIG_X=value` and `# CONFIG_X is not set`, and the heading that Kconfig writes; other lines do not count. */
export function readConfig(text: string): KernelConfig {
  const values = new Map<string, string>();
  let version: string | null = null;
  for (const line of text.split("\n")) {
    const set = /^(CONFIG_\w+)=(.*?)\s*$/.exec(line);
    if (set !== null) values.set(set[1] as string, (set[2] as string).replace(/^"(.*)"$/, "$1"));
    const unset = /^# (CONFIG_\w+) is not set\s*$/.exec(line);
    if (unset !== null) values.set(unset[1] as string, "n");
    version ??= /^# Linux\/\S+ (\d+\.\d+)\S* Kernel Configuration\s*$/.exec(line)?.[1] ?? null;
  }
  const isWhole = values.has("CONFIG_CC_VERSION_TEXT");
  if (version === "6.12") return { values, extent: isWhole ? "whole" : "lines" };
  return { values, extent: isWhole || version !== null ? "other-kernel" : "lines" };
}

/** Whether an option is on, as `y` or `m`; null where the configuration leaves it open. */
export function isOn({ values, extent }: KernelConfig, option: string): boolean | null {
  const value = values.get(option);
  if (value === "y" || value === "m") return true;
  return value === "n" || (value === undefined && extent === "whole") ? false : null;
}

/**
 * Options that a kernel is built without. The configuration of another kernel says nothing about drivers of 6.12, even where it names their options as not set: a
 * vendor's kernel has drivers of its own in their place. None is known to be missing from it.
 *
 * @param options - those that are asked for
 * @param before - those missing where the configuration leaves it open
 * @returns sorted
 */
export function missingDriverOptions(
  config: KernelConfig,
  options: readonly string[],
  before: readonly string[],
): readonly string[] {
  if (config.extent === "other-kernel") return [];
  const missing = new Set(before);
  return options.filter((option) => !(isOn(config, option) ?? !missing.has(option)));
}
