/** The kernel command line as a log states it: what a board has to be judged with. */
import { patternRecogniser } from "../pattern-recogniser.js";
import type { Recogniser } from "../recogniser.js";
import { shellWord } from "../shell-word.js";

/** Parameters that decide where memory for devices is. */
const DECIDING =
  /^(?:mem|memmap|cma|cma_pernuma|numa_cma|coherent_pool|swiotlb|crashkernel|iommu\.\w+|arm-smmu\.\w+|movable_node|numa)(?:=|$)/;

/** `Kernel command line: console=ttyS0 cma=512M`. */
export const bootCommandLine: Recogniser = patternRecogniser<{ readonly commandLine: string }>({
  id: "kernel-command-line",
  topic: "the boot the log is of",
  hint: "Kernel command line: ",
  isAside: true,
  source: "Linux 6.12 init/main.c print_kernel_cmdline()",
  pattern: /Kernel command line: (.*)/,
  read: ([, commandLine = ""]) => ({ commandLine: commandLine.trim() }),
  explain: ({ commandLine }, { machine }) => {
    if (machine === null) return null;
    const [logged, given] = [deciding(commandLine), deciding(machine.commandLine)];
    if (logged.join(" ") === given.join(" ")) return null;
    return {
      severity: "warning",
      cause: `The log is of a boot with ${wordsOf(logged)}; the board is judged with ${wordsOf(given)}. Where pools lie, and whether they exist, may differ.`,
      proof: "Both command lines were compared in the parameters that decide about memory for devices.",
      certainty: "sure",
      why: "the kernel prints its command line first of all",
      fix: "Give the log's command line, so that both are of one boot.",
      next: [`coalloc explain LOG -m MACHINE --cmdline ${shellWord(commandLine)}`],
      remedies: [],
      numbers: { given: machine.commandLine },
    };
  },
});

function deciding(commandLine: string): readonly string[] {
  return commandLine.split(/\s+/).filter((word) => DECIDING.test(word));
}

function wordsOf(parameters: readonly string[]): string {
  return parameters.length === 0 ? "none of cma=, mem= and the like" : parameters.join(" ");
}
