import type { CommandSpec } from "../command.js";
import { MACHINE_OPTIONS } from "../machine-options.js";
import { LIMITS, REPORT_OPTIONS } from "../report-format.js";

/** `coalloc explain`: what lines of a log mean. */
export const explainCommand: CommandSpec = {
  name: "explain",
  summary: "Say what lines about DMA memory in a log mean, and what to do",
  arguments: [
    {
      name: "LOG",
      description: "a file with a kernel or application log, mixed as you like, or - for standard input",
      file: true,
    },
  ],
  options: [
    {
      flags: "-m, --machine <machine>",
      description: "the board the log is from, as other commands take it: numbers and remedies are then its own",
      file: true,
    },
    {
      flags: "--boot <file>",
      description: "what was in memory when the board's kernel started, as check takes it",
      file: true,
    },
    {
      flags: "--fail-on <severity>",
      description: "accepted as check has it; the exit code says only whether anything was recognised",
      choices: LIMITS,
    },
    ...REPORT_OPTIONS,
    ...MACHINE_OPTIONS,
  ],
  examples: [
    {
      line: "coalloc explain dmesg.txt",
      shows: "what a log says of memory for devices; dmesg | coalloc explain - does without a file",
    },
    { line: "coalloc explain dmesg.txt -m board.dtb", shows: "the same with the board's numbers" },
    {
      line: "coalloc explain - -m live --json",
      shows: "standard input as data, for this machine: journalctl -b | coalloc explain - ...",
    },
  ],
  // Recognisers are read only where they are asked for: other commands start without them.
  run: async (invocation) => (await import("../run-explain.js")).runExplain(invocation),
};
