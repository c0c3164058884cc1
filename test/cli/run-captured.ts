import { join } from "node:path";
import { expect } from "vitest";
import { loadCommands } from "../../src/cli/commands/index.js";
import { runCommandLine } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { ROOT } from "../../tools/project.js";
import { faultsBySchema } from "../published-schema.js";

/** How the documents begin that have a published schema, and that nothing reads back. */
const PUBLISHED = /^\{\n  "schema": "coalloc\/(?:check|explain)\/1"/;

/** The board every test of the commands uses, as a path relative to the project. */
export const EXAMPLE: string = join(ROOT, "examples", "example-board.dtb");

/** What a command printed and how it ended. */
export interface Captured {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as a terminal of a given width would see it. A document with a published schema is held to it. */
export async function runCaptured(
  argv: readonly string[],
  look: { readonly columns?: number; readonly colour?: boolean; readonly debug?: boolean } = {},
  load: typeof loadCommands = loadCommands,
): Promise<Captured> {
  let out = "";
  let err = "";
  const terminal: Terminal = {
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
  };
  const exit = await runCommandLine(argv, terminal, load);
  if (PUBLISHED.test(out)) expect(faultsBySchema(JSON.parse(out))).toEqual([]);
  return { exit, out, err };
}
