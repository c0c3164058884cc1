import { factsDocument } from "../../facts/document.js";
import { loadFacts } from "../../facts/load.js";
import { type CommandSpec, printJson, printLines } from "../command.js";
import { EXIT } from "../failure.js";
import { withOverrides } from "../load-machine.js";
import { FACTS_OPTION, JSON_OPTION } from "../machine-options.js";
import { renderFacts } from "../render/facts.js";
import { lookOf } from "../show.js";

/** `coalloc facts`: what is known of a driver. */
export const factsCommand: CommandSpec = {
  name: "facts",
  summary: "Show what is known of a driver that no device tree says, with file and line",
  arguments: [
    {
      name: "NAME",
      description:
        "a compatible, a platform driver, what a driver calls its video device, or a PCI id as vendor:device",
    },
  ],
  options: [FACTS_OPTION, JSON_OPTION],
  examples: [
    { line: "coalloc facts rockchip,rk3588-vop", shows: "masks, queues and layouts of one driver" },
    {
      line: "coalloc facts rockchip,rk3399-vpu-enc",
      shows: "the driver behind a name that v4l2-ctl --list-devices prints",
    },
    { line: "coalloc facts rockchip,rk3288-rga --json", shows: "the same as data" },
  ],
  run: async ({ arguments: [name], options, terminal }) => {
    const base = await withOverrides(await loadFacts(), options.text("facts"));
    const document = factsDocument(base, name as string);
    const known = document.facts.length > 0 || document.overrides.length > 0;
    if (options.has("json")) printJson(terminal, document);
    else if (known) {
      printLines(terminal, renderFacts(document, lookOf(terminal)));
    }
    if (!known) {
      const close = document.close.length === 0 ? "" : `; similar names: ${document.close.join(", ")}`;
      terminal.err(`coalloc: nothing is known of "${name}"${close}\n`);
    }
    return known ? EXIT.yes : EXIT.no;
  },
};
