/** Progress for people on stderr: one line that changes on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Something that goes on: rewritten in place, shown on a terminal only. */
  readonly now: (text: string) => void;
  /** Something that stays. */
  readonly say: (text: string) => void;
  /** Clears the line in place. */
  readonly end: () => void;
}

/** @param prefix - begins every line */
export function openProgress(prefix: string): Progress {
  const terminal = process.stderr.isTTY === true;
  const width = process.stderr.columns ?? 80;
  const clear = (): void => {
    if (terminal) process.stderr.write("\r\u001b[K");
  };
  return {
    now: (text) => {
      if (terminal) process.stderr.write(`\r\u001b[K${`${prefix}: ${text}`.slice(0, width - 1)}`);
    },
    say: (text) => {
      clear();
      process.stderr.write(`${prefix}: ${text}\n`);
    },
    end: clear,
  };
}
