/**
 * Checks inside a guest: each is a line of JSON on standard output, which the host turns into a test (`test/kernel/checks.ts`). A check that fails does not end the
 * program, so one boot answers all questions.
 */
import { writeSync } from "node:fs";

/** One line of a guest's standard output. */
export interface CheckLine {
  /** What was checked, as a claim in the present tense. */
  readonly check: string;
  /** Null when it holds, else what the error says, with its stack. */
  readonly error: string | null;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
}

/** Checks a claim: it holds when `run` neither throws nor rejects. */
export async function check(claim: string, run: () => unknown): Promise<void> {
  const started = performance.now();
  let error: string | null = null;
  try {
    await run();
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  const line: CheckLine = { check: claim, error, milliseconds: Math.round(performance.now() - started) };
  writeSync(1, `${JSON.stringify(line)}\n`);
}
