import { join } from "node:path";
import { runCommandLine } from "../../src/cli/program.js";
import { ROOT } from "../../tools/project.js";

/** The board every test of the commands uses, as a path relative to the project. */
export const EXAMPLE: string = join(ROOT, "examples", "example-board.dtb");

/** What a command printed and how it ended. */
export interface Captured {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as a terminal of a given width would see it. */
export async function runCaptured(
  argv: readonly string[],
  look: { readonly columns?: number; readonly colour?: boolean; readonly debug?: boolean } = {},
): Promise<Captured> {
  let out = "";
  let err = "";
  const exit = await runCommandLine(argv, {
    columns: look.columns ?? 80,
    colour: look.colour ?? false,
    watched: false,
    debug: look.debug ?? false,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { exit, out, err };
}
