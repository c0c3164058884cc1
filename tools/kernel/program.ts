import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../project.js";
import { type GuestOptions, type GuestRun, runGuest } from "./guest.js";

/** A guest that runs a program of this repository; the rest is as {@link GuestOptions} has it. */
export interface ProgramOptions extends Omit<GuestOptions, "root" | "script"> {
  /** Path of a TypeScript file, from the project's folder. It may import anything of `src/` and packages. */
  readonly program: string;
  readonly arguments?: readonly string[];
}

/**
 * Boots a guest on the root folder of this machine, whose Node and packages it uses, and runs a program in it.
 *
 * @throws GuestError as {@link runGuest} does; not when the program fails, which the exit status tells
 */
export function runProgram({ program, arguments: words, ...guest }: ProgramOptions): Promise<GuestRun> {
  const bundle = execFileSync(process.execPath, [join(ROOT, "tools", "run.mjs"), "--bundle", join(ROOT, program)], {
    encoding: "utf8",
  }).trim();
  const command = [process.execPath, "--enable-source-maps", bundle, ...(words ?? [])];
  return runGuest({ ...guest, root: "/", script: command.map(quote).join(" ") });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
