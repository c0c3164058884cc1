import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Loads a module that the guest was given (`modules` of the options it was booted with), after what it needs. Loaded already: nothing is done, and its parameters
 * are as they were.
 *
 * @param name - with `_`, as /proc/modules has it
 * @param parameters - as `NAME=VALUE`
 */
export function loadModule(name: string, parameters: readonly string[] = []): void {
  const lines = readFileSync("/run/job/modules.txt", "utf8").split("\n");
  const needed = lines.map((line) => line.split(" ")).find((words) => words.at(-1) === name);
  if (needed === undefined) throw new Error(`the guest was not given the module ${name}`);
  for (const module of needed) if (!isLoaded(module)) insmod(module, module === name ? parameters : []);
}

/** Unloads a module that nothing uses; those it needed stay. */
export function unloadModule(name: string): void {
  execFileSync("/run/busybox", ["rmmod", name], { stdio: ["ignore", "ignore", "inherit"] });
}

function insmod(name: string, parameters: readonly string[]): void {
  execFileSync("/run/busybox", ["insmod", `/run/job/${name}.ko`, ...parameters], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function isLoaded(name: string): boolean {
  return readFileSync("/proc/modules", "utf8")
    .split("\n")
    .some((line) => line.startsWith(`${name} `));
}

/** {@link loadModule} in guests that were given the module; others have it built in, with its parameters on the command line. */
export function loadIfGiven(name: string, parameters: readonly string[] = []): void {
  const lines = readFileSync("/run/job/modules.txt", "utf8").split("\n");
  if (lines.some((line) => line.split(" ").at(-1) === name)) loadModule(name, parameters);
}
