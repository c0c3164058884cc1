/** What a command prints to, and what decides the look of it. */
export interface Terminal {
  /** Width to print for, from 60 to 200. */
  readonly columns: number;
  /** Colours may be used on standard output. */
  readonly colour: boolean;
  /** Standard error is looked at by somebody, so progress may be shown there. */
  readonly watched: boolean;
  /** Stack traces are wanted for faults of the program itself. */
  readonly debug: boolean;
  /** Writes to standard output: the answer and nothing else. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
}

const NARROWEST = 60;
const WIDEST = 200;
const USUAL = 80;

/** The width a command prints for: `COLUMNS`, else the terminal's, else 80; kept from 60 to 200. */
export function columnsFrom(environment: string | undefined, terminal: number | undefined): number {
  const asked = environment !== undefined && /^\d{1,6}$/.test(environment) ? Number(environment) : 0;
  const columns = asked > 0 ? asked : (terminal ?? USUAL);
  return Math.min(WIDEST, Math.max(NARROWEST, columns));
}

/** Whether to use colours: never with `NO_COLOR`, always with `FORCE_COLOR`, else on a terminal that is not dumb. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

/** The process's own streams. */
export function processTerminal(): Terminal {
  return {
    columns: columnsFrom(process.env["COLUMNS"], process.stdout.columns),
    colour: wantsColour(process.env, process.stdout.isTTY),
    watched: process.stderr.isTTY,
    debug: process.env["COALLOC_DEBUG"] === "1",
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}
