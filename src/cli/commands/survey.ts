import { type CommandSpec, printLines } from "../command.js";
import { badInput, EXIT } from "../failure.js";
import { kernelProfile, statedProfile } from "../load-machine.js";
import {
  AMOUNT_FORMS,
  JSON_OPTION,
  KERNEL_OPTIONS,
  MEMORY_OPTION,
  readMachineOptions,
  TIMING_OPTION,
} from "../machine-options.js";
import { treeFiles } from "../open.js";
import { SurveyTotals } from "../render/survey.js";
import { lookOf } from "../show.js";
import { Stopwatch } from "../stopwatch.js";
import { Survey } from "../survey.js";

/** Trees between two signs of life. */
const PAUSE = 50;

/** `coalloc survey`: many trees at once. */
export const surveyCommand: CommandSpec = {
  name: "survey",
  summary: "Read many device trees and count what is in them",
  arguments: [
    {
      name: "PATH",
      description: "device trees, collector tarballs, and folders searched for *.dtb",
      many: true,
      file: true,
    },
  ],
  options: [
    {
      ...MEMORY_OPTION,
      description: `RAM for trees that state none: BASE+SIZE[,BASE+SIZE...], or SIZE where a memory node gives the base; ${AMOUNT_FORMS}`,
    },
    ...KERNEL_OPTIONS,
    JSON_OPTION,
    TIMING_OPTION,
  ],
  examples: [
    { line: "coalloc survey arch/arm64/boot/dts --memory 0x40000000+2G", shows: "every tree of a kernel build" },
    {
      line: "coalloc survey boards --json | jq -c 'select(.ok == false)'",
      shows: "one line of JSON a tree: the failures",
    },
  ],
  run: async ({ arguments: paths, options, terminal }) => {
    const watch = new Stopwatch();
    watch.lap("start");
    const machineOptions = readMachineOptions(options);
    const survey = await Survey.start({
      profile: kernelProfile(machineOptions),
      stated: statedProfile(machineOptions),
      memory: machineOptions.memory,
    });
    const json = options.has("json");
    const totals = new SurveyTotals(lookOf(terminal));
    let seen = 0;
    for (const file of treeFiles(paths)) {
      const line = await survey.see(file);
      seen += 1;
      if (json) terminal.out(`${JSON.stringify(line)}\n`);
      else totals.add(line);
      if (seen % PAUSE !== 0) continue;
      if (terminal.watched) terminal.err(`\r${seen} trees`);
      // A reader that went away is noticed only between two turns of the event loop.
      await new Promise((resume) => setImmediate(resume));
    }
    if (terminal.watched && seen >= PAUSE) terminal.err(`\r${" ".repeat(24)}\r`);
    if (seen === 0)
      throw badInput(`no device tree (*.dtb) below ${paths.join(", ")}; name files or the folder they are in`);
    const { summary } = survey;
    if (json) terminal.out(`${JSON.stringify(summary)}\n`);
    else printLines(terminal, totals.render(summary));
    watch.lap("survey");
    if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
    return summary.summary.failed === 0 ? EXIT.yes : EXIT.no;
  },
};
