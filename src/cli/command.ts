import type { Terminal } from "./terminal.js";

/** An option of a command, as it is parsed, explained and completed. */
export interface OptionSpec {
  /** `-d, --device <name>`; a flag without a value has none in angle brackets. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; the order counts. */
  readonly repeat?: true;
  /** The values there are: checked when parsed, offered by completion. */
  readonly choices?: readonly string[];
  /** The value is the name of a file. */
  readonly file?: true;
}

/** An argument of a command. */
export interface ArgumentSpec {
  /** As help shows it: `MACHINE`. */
  readonly name: string;
  readonly description: string;
  /** Takes one or more. */
  readonly many?: true;
  /** May be left out. */
  readonly optional?: true;
  readonly choices?: readonly string[];
  readonly file?: true;
}

/** One command: all that parsing, help and completion need, and what it does. */
export interface CommandSpec {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Command lines that work, each with what it shows. */
  readonly examples: readonly { readonly line: string; readonly shows: string }[];
  /**
   * Does it and prints the answer.
   *
   * @returns the exit code, 0 or 1
   * @throws CommandFailure for everything that ends with another code
   */
  readonly run: (invocation: Invocation) => Promise<number>;
}

/** A command line that was understood. */
export interface Invocation {
  readonly arguments: readonly string[];
  readonly options: OptionValues;
  readonly terminal: Terminal;
}

/** Values of options by their long name without dashes: `kernel-profile`. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, string | true | readonly string[]>;

  constructor(values: ReadonlyMap<string, string | true | readonly string[]>) {
    this.#values = values;
  }

  /** The value of an option that is given once, or null. */
  text(name: string): string | null {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : null;
  }

  /** The values of an option that may be repeated, in order. */
  texts(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }

  /** Whether an option without a value is there. */
  has(name: string): boolean {
    return this.#values.has(name);
  }
}

/** The long name in an option's flags, without dashes: `kernel-profile`. */
export function longName(option: OptionSpec): string {
  return /--([a-z0-9-]+)/.exec(option.flags)?.[1] ?? option.flags;
}

/** Prints a document as JSON: two spaces, keys in the document's own order. */
export function printJson(terminal: Terminal, document: unknown): void {
  terminal.out(`${JSON.stringify(document, null, 2)}\n`);
}

/** Prints lines, each with its end. */
export function printLines(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(lines.map((line) => `${line}\n`).join(""));
}
