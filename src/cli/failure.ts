/** Exit codes of every command. They are public and never change meaning. */
export const EXIT = {
  /** Done, and the answer is positive. */
  yes: 0,
  /** Done, and the answer is no. */
  no: 1,
  /** The command line is wrong. */
  wrongUse: 2,
  /** An input is missing, unreadable, malformed or unsupported. */
  badInput: 3,
  /** Not possible on this machine. */
  notHere: 4,
  /** A fault of the program. */
  bug: 70,
} as const;

/** Ends a command with one sentence that says what is wrong, which value, and what to do. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exit: 2 | 3 | 4;

  constructor(exit: 2 | 3 | 4, sentence: string) {
    super(sentence);
    this.exit = exit;
  }
}

/** The command line is wrong. */
export function wrongUse(sentence: string): CommandFailure {
  return new CommandFailure(EXIT.wrongUse, sentence);
}

/** An input cannot be used. */
export function badInput(sentence: string): CommandFailure {
  return new CommandFailure(EXIT.badInput, sentence);
}

/** `a`, `a or b`, `a, b or c`; empty for none. */
export function orList(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
