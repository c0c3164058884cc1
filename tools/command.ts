import { spawn } from "node:child_process";

/** What a finished command printed. `status` is null when it could not be started or ran out of time. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  /** Time limit, in seconds. */
  readonly seconds: number;
  readonly cwd?: string;
  /** Called for every line of standard output that is not empty. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command to its end, in the C locale and without anybody to ask. Never rejects. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<Finished> {
  const { seconds, cwd, onLine } = options;
  return new Promise((done) => {
    const child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: seconds * 1000,
      env: { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line.trim());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => done({ status: null, stdout, stderr: error.message }));
    child.on("close", (status) => done({ status, stdout, stderr }));
  });
}
