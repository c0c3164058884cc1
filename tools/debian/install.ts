import { spawnSync } from "node:child_process";

/**
 * Installs packages of Debian on this machine, when root; everything apt prints goes to stderr.
 *
 * @param part - begins every line said about it
 * @returns null when they are installed, else why not
 */
export function installPackages(part: string, packages: readonly string[]): string | null {
  const command = `apt-get install ${packages.join(" ")}`;
  if (process.getuid?.() !== 0) return `only root can install it (${command})`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "-q", "--no-install-recommends", ...packages]]) {
    console.error(`${part}: apt-get ${args.join(" ")}`);
    const run = spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"], timeout: 600_000 });
    if (run.error !== undefined) return `apt-get cannot be run (${run.error.message})`;
    if (run.status !== 0 && args[0] === "install") return `${command} failed (above is why)`;
  }
  return null;
}
