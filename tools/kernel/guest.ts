import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GUEST_MACHINES } from "./architecture.js";
import { EXIT_LINE, FAILED_LINE, initramfs, SHARES } from "./initramfs.js";
import type { GuestKernel } from "./kernels.js";
import { moduleWithDependencies } from "./modules.js";
import { runQemu } from "./run-qemu.js";

/** A guest to boot once. */
export interface GuestOptions {
  readonly kernel: GuestKernel;
  /** Folder of the host that becomes the guest's root, read only there: programs and libraries of the guest's architecture. */
  readonly root: string;
  /** Memory in QEMU's form, as `1G`. */
  readonly memory: string;
  /** Words for the kernel's command line, after the console's. */
  readonly cmdline?: readonly string[];
  /** Further words for QEMU's command line: devices, for example. */
  readonly qemu?: readonly string[];
  /**
   * Modules that the script may load. The job's folder gets NAME.ko of each and of what they need, and `modules.txt` with one line for each: names in the order
   * they must be loaded in, it itself last. Nothing for one that is built in.
   */
  readonly modules?: readonly string[];
  /** Files the job finds in /run/job. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Lines for busybox's sh. Their standard output is kept apart from the console, standard error goes to the console. */
  readonly script: string;
  /** Time limit on the whole guest, in seconds. */
  readonly seconds: number;
}

/** What a guest that switched itself off has left. */
export interface GuestRun {
  /** Exit status of the script. */
  readonly exit: number;
  /** What the script wrote to standard output. */
  readonly stdout: string;
  /** What the kernel and the script's standard error said: no escape codes, lines end in LF. */
  readonly console: string;
  /** Files the script left in /run/out, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** From QEMU's start to its end. */
  readonly seconds: number;
}

/** A guest that did not get to the end of its script. The message has the last lines of its console. */
export class GuestError extends Error {
  override readonly name: string = "GuestError";
  readonly console: string;

  constructor(message: string, console: string) {
    const tail = console.trimEnd().split("\n").slice(-40).join("\n");
    super(`${message}; the guest's console ends with\n${tail}`);
    this.console = console;
  }
}

/**
 * Boots a kernel in QEMU without hardware help, runs a script in it and waits until it has switched itself off. Nothing is left behind.
 *
 * @throws GuestError when QEMU cannot be run, the time is over, or the guest stopped before the script's end
 */
export async function runGuest(options: GuestOptions): Promise<GuestRun> {
  const work = mkdtempSync(join(tmpdir(), "coalloc-guest-"));
  try {
    const job = join(work, "job");
    const out = join(work, "out");
    for (const folder of [job, out]) mkdirSync(folder);
    writeJob(job, options);
    writeFileSync(join(work, "initrd"), initramfs(options.kernel));

    const started = Date.now();
    const { console, ended } = await runQemu(
      options.kernel.architecture,
      qemuArguments(options, work),
      options.seconds,
    );
    const seconds = (Date.now() - started) / 1000;
    const exit = new RegExp(`^${EXIT_LINE} (\\d+)$`, "m").exec(console)?.[1];
    const failed = new RegExp(`^${FAILED_LINE} (.*)$`, "m").exec(console)?.[1];
    if (failed !== undefined) throw new GuestError(`the guest failed at ${failed}`, console);
    const panic = /Kernel panic - not syncing: (.*)$/m.exec(console)?.[1];
    if (panic !== undefined) throw new GuestError(`the guest's kernel panicked: ${panic}`, console);
    const files = readFolder(out);
    const stdout = Buffer.from(files.get("stdout") ?? []).toString("utf8");
    if (exit === undefined) {
      const printed = stdout === "" ? "it printed nothing" : `it printed\n${stdout.trimEnd()}\n`;
      throw new GuestError(`the guest never ended its script: ${ended} after ${seconds} s; ${printed}`, console);
    }
    files.delete("stdout");
    return { exit: Number(exit), stdout, console, files, seconds };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeJob(job: string, { kernel, modules, files, script }: GuestOptions): void {
  const lines: string[] = [];
  for (const wanted of modules ?? []) {
    const needed = moduleWithDependencies(kernel, wanted);
    for (const { name, bytes } of needed) writeFileSync(join(job, `${name}.ko`), bytes);
    if (needed.length > 0) lines.push(`${needed.map(({ name }) => name).join(" ")}\n`);
  }
  writeFileSync(join(job, "modules.txt"), lines.join(""));
  writeFileSync(join(job, "run.sh"), `export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/dev/shm\n${script}\n`);
  for (const [name, bytes] of files ?? []) writeFileSync(join(job, name), bytes);
}

function qemuArguments({ kernel, root, memory, cmdline, qemu }: GuestOptions, work: string): string[] {
  const { machine, console } = GUEST_MACHINES[kernel.architecture];
  const append = [`console=${console}`, "quiet", "oops=panic", "panic=-1", ...(cmdline ?? [])];
  const share = (path: string, tag: string, more: string): string[] => [
    "-virtfs",
    `local,path=${path.replaceAll(",", ",,")},mount_tag=${tag},security_model=none,multidevs=remap${more}`,
  ];
  return [
    ...machine,
    ...`-accel tcg -smp 1 -m ${memory} -nic none -no-reboot -display none -serial stdio -monitor none`.split(" "),
    "-kernel",
    kernel.image,
    "-initrd",
    join(work, "initrd"),
    "-append",
    append.join(" "),
    ...share(root, SHARES.root, ",readonly=on"),
    ...share(join(work, "job"), SHARES.job, ",readonly=on"),
    ...share(join(work, "out"), SHARES.out, ""),
    ...(qemu ?? []),
  ];
}

function readFolder(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}
