import type { CommandSpec } from "../command.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS } from "../machine-options.js";
import { LIMITS, REPORT_OPTIONS } from "../report-format.js";

/** `coalloc check`: where the kernel will put every pool, and what is wrong with a tree. */
export const checkCommand: CommandSpec = {
  name: "check",
  summary: "Say where the kernel will put every pool, and what is wrong with a tree",
  arguments: [
    {
      ...MACHINE_ARGUMENT,
      description: "a .dtb, a folder in /proc/device-tree form, a collector tarball, or live",
      optional: true,
    },
  ],
  options: [
    {
      flags: "--boot <file>",
      description: "what is in memory when the kernel starts, as docs/check.md says",
      file: true,
    },
    ...REPORT_OPTIONS,
    {
      flags: "--fail-on <severity>",
      description: "least severity that ends with exit code 1 (default: error)",
      choices: LIMITS,
    },
    { flags: "--rules", description: "list the rules instead, each with a wrong and a right tree" },
    ...MACHINE_OPTIONS,
  ],
  examples: [
    {
      line: "coalloc check board.dtb --memory 2G --cmdline cma=256M",
      shows: "what this command line does to the pools",
    },
    { line: "coalloc check board.dtb --boot boot.json", shows: "byte for byte, with what the boot loader reserves" },
    { line: "coalloc check board.dtb --sarif --fail-on warning > check.sarif", shows: "for continuous integration" },
    { line: "coalloc check --rules", shows: "every rule, why it matters and what is right" },
  ],
  // Rules are read only where they are asked for: other commands start without them.
  run: async (invocation) => (await import("../run-check.js")).runCheck(invocation),
};
