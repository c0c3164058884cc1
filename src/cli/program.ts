import { Command, CommanderError, Option } from "commander";
import { closeNames } from "../units/close-names.js";
import { type CommandSpec, longName, type OptionSpec, OptionValues } from "./command.js";
import { loadCommands } from "./commands/index.js";
import { CommandFailure, EXIT, wrongUse } from "./failure.js";
import { printable, wrap } from "./render/wrap.js";
import type { Terminal } from "./terminal.js";
import { VERSION } from "./version.js";

const INTRODUCTION = "One allocator for every DMA buffer, for any set of devices.";

const CLOSING = [
  "Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 input unreadable, malformed or without memory; 4 not possible on this machine; 70 a fault of coalloc.",
  "Environment: COLUMNS (60 to 200), NO_COLOR, FORCE_COLOR, COALLOC_DEBUG=1 (the stack of a fault).",
];

/**
 * Understands a command line, runs the command and prints what it says. Nothing is thrown: faults of the program end with one
 * line and exit code 70.
 *
 * @param argv - without the names of Node and of the program
 * @param load - commands for the first word: that one alone, or all
 * @returns the exit code
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  load: typeof loadCommands = loadCommands,
): Promise<number> {
  let exit: number = EXIT.yes;
  let commands: readonly CommandSpec[] = [];
  try {
    commands = await load(argv[0]);
    const program = buildProgram(commands, terminal, async (spec, invoked) => {
      exit = await spec.run({ arguments: invoked.arguments, options: invoked.options, terminal });
    });
    if (argv.length === 0) {
      terminal.err(program.helpInformation({ error: true }));
      return EXIT.wrongUse;
    }
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    return report(error, argv, commands, terminal);
  }
}

interface Invoked {
  readonly arguments: readonly string[];
  readonly options: OptionValues;
}

function buildProgram(
  commands: readonly CommandSpec[],
  terminal: Terminal,
  invoke: (spec: CommandSpec, invoked: Invoked) => Promise<void>,
): Command {
  const program = new Command("coalloc");
  program
    .description(INTRODUCTION)
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .helpCommand("help [command]", "explain a command")
    .usage("COMMAND [options]")
    .exitOverride()
    .configureHelp({
      helpWidth: terminal.columns,
      minWidthToWrap: 20,
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map((a) => (a.required ? a.name() : `[${a.name()}]`))].join(
          " ",
        ),
    })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: () => {} })
    .addHelpText("after", `\n${CLOSING.flatMap((text) => wrap(text, terminal.columns)).join("\n")}\n`);
  for (const spec of commands) {
    const command = program.command(spec.name).description(`${spec.summary}.`).summary(spec.summary);
    command.helpOption("-h, --help", "explain this command").allowExcessArguments(false);
    for (const argument of spec.arguments) {
      const name = argument.many ? `${argument.name}...` : argument.name;
      command.argument(argument.optional ? `[${name}]` : `<${name}>`, argument.description);
    }
    for (const option of spec.options) command.addOption(commanderOption(option));
    command.addHelpText("after", examplesText(spec, terminal.columns));
    command.action(async () => {
      const values = command.processedArgs.flat().filter((value): value is string => typeof value === "string");
      await invoke(spec, { arguments: values, options: optionValues(spec, command.opts()) });
    });
  }
  return program;
}

function commanderOption(spec: OptionSpec): Option {
  const words = spec.choices === undefined ? spec.description : `${spec.description}: ${spec.choices.join(", ")}`;
  const option = new Option(spec.flags, words);
  if (spec.repeat === true) {
    option.argParser<readonly string[]>((value, before) => [...(before ?? []), value]);
  }
  return option;
}

function optionValues(spec: CommandSpec, given: Readonly<Record<string, unknown>>): OptionValues {
  const values = new Map<string, string | true | readonly string[]>();
  for (const option of spec.options) {
    const value = given[new Option(option.flags).attributeName()];
    if (value === true || typeof value === "string") values.set(longName(option), value);
    else if (Array.isArray(value)) values.set(longName(option), value.map(String));
  }
  return new OptionValues(values);
}

function examplesText(spec: CommandSpec, columns: number): string {
  const examples = spec.examples.map(({ line, shows }) => {
    const says = wrap(shows, columns - 4).map((text) => `  # ${text}`);
    const words = wrap(line, columns - 8);
    const command = words.map((text, i) => `${i === 0 ? "  " : "      "}${text}${i < words.length - 1 ? " \\" : ""}`);
    return [...says, ...command].join("\n");
  });
  return `\nExamples:\n${examples.join("\n\n")}\n`;
}

/** Says on standard error why a command ended, and with which code. */
function report(error: unknown, argv: readonly string[], commands: readonly CommandSpec[], terminal: Terminal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.yes;
  const failure = error instanceof CommanderError ? explainUse(error, argv, commands) : error;
  if (failure instanceof CommandFailure) {
    // File names and contents may hold anything; the sentence stays one line.
    terminal.err(`coalloc: ${printable(failure.message.replaceAll(/\s*\n\s*/g, " "))}\n`);
    return failure.exit;
  }
  const text = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  const hint = terminal.debug ? "" : "; set COALLOC_DEBUG=1 for the stack";
  terminal.err(`coalloc: a fault of coalloc itself, please report it: ${text.split("\n", 1)[0]}${hint}\n`);
  if (terminal.debug && failure instanceof Error) terminal.err(`${failure.stack ?? ""}\n`);
  return EXIT.bug;
}

/** The parser's own complaints in our words, with the nearest name that exists. */
function explainUse(error: CommanderError, argv: readonly string[], commands: readonly CommandSpec[]): CommandFailure {
  const spec = commands.find((c) => c.name === argv.find((word) => !word.startsWith("-")));
  const help = spec === undefined ? "coalloc --help" : `coalloc ${spec.name} --help`;
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const asked = argv[argv.indexOf("help") + 1] ?? "";
  const commandNames = commands.map((command) => command.name);
  switch (error.code) {
    case "commander.help":
      return unknownWord("there is no command", `"${asked}"`, closeNames(asked, commandNames, 1), help);
    case "commander.unknownCommand":
      return unknownWord("there is no command", `"${quoted}"`, closeNames(quoted, commandNames, 1), help);
    case "commander.unknownOption": {
      const names = (spec?.options ?? []).map(longName);
      const close = closeNames(quoted.replace(/^-+/, ""), names, 1).map((name) => `--${name}`);
      return unknownWord(`${spec?.name ?? "coalloc"} has no option`, quoted, close, help);
    }
    case "commander.missingArgument":
      return wrongUse(`${spec?.name ?? "the command"} needs ${quoted}; see ${help}`);
    case "commander.optionMissingArgument":
      return wrongUse(`option ${/--[a-z-]+/.exec(quoted)?.[0] ?? quoted} needs a value; see ${help}`);
    case "commander.excessArguments":
      return wrongUse(
        `${spec?.name ?? "the command"} takes ${spec?.arguments.map((a) => a.name).join(" ") || "no arguments"} and nothing more; see ${help}`,
      );
    default:
      return wrongUse(`${error.message.replace(/^error: /, "").split("\n", 1)[0]}; see ${help}`);
  }
}

/** A word that is no command or option, with the nearest one that is. */
function unknownWord(what: string, word: string, [close]: readonly string[], help: string): CommandFailure {
  return wrongUse(`${what} ${word}; ${close === undefined ? "see" : `did you mean ${close}? See`} ${help}`);
}
