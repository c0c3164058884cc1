import { describe, expect, it } from "vitest";
import { GuestError, type GuestRun } from "../../tools/kernel/guest.js";
import { type ProgramOptions, runProgram } from "../../tools/kernel/program.js";
import type { CheckLine } from "./guest/check.js";

/**
 * Boots a guest, runs a program of `test/kernel/guest/` in it, and makes a test of each of its checks, and one that it came to its end. Called while tests are
 * collected: the names of the tests are the guest's.
 *
 * @returns what the guest left, for tests on the host's side; null when it did not get to the end, which is a failed test already
 */
export async function describeGuest(title: string, options: ProgramOptions): Promise<GuestRun | null> {
  let run: GuestRun | null = null;
  let stopped: unknown = null;
  try {
    run = await runProgram(options);
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    stopped = error;
  }
  describe(title, () => {
    for (const { check, error } of checkLines(run?.stdout ?? "")) {
      it(check, () => {
        if (error !== null) throw new Error(`in the guest: ${error}`);
      });
    }
    it("runs to the end of its program", () => {
      if (stopped !== null) throw stopped;
      expect(run?.exit, run?.console).toBe(0);
    });
  });
  return run;
}

/** Lines that are no checks are shown as they are: a program being written may print. */
function checkLines(stdout: string): CheckLine[] {
  const lines: CheckLine[] = [];
  for (const line of stdout.split("\n")) {
    if (line.startsWith('{"check":')) lines.push(JSON.parse(line) as CheckLine);
    else if (line !== "") console.log(`guest: ${line}`);
  }
  return lines;
}
