import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../project.js";
import { type GuestOptions, type GuestRun, runGuest } from "./guest.js";
import { guestRoot } from "./guest-root.js";

/** A guest that runs a program of this repository; the rest is as {@link GuestOptions} has it. */
export interface ProgramOptions extends Omit<GuestOptions, "root" | "script"> {
  /** Path of a TypeScript file, from the project's folder. It may import anything of `src/` and any package. */
  readonly program: string;
  readonly arguments?: readonly string[];
}

/**
 * Boots a guest and runs a program in it, with the Node of {@link guestRoot}: `/run/job/program.mjs`, so that it can start itself again with other arguments. In guests
 * of this machine's own architecture COALLOC_PROJECT names the project's folder.
 *
 * @throws GuestError as {@link runGuest} does; not when the program fails, which the exit status tells
 */
export async function runProgram({ program, arguments: words, ...guest }: ProgramOptions): Promise<GuestRun> {
  const root = guestRoot(guest.kernel.architecture);
  const command = [root.node, "--enable-source-maps", "/run/job/program.mjs", ...(words ?? [])];
  const lines = [
    // Node looks for packages in the folders above a program's.
    `ln -s ${quote(root.nodeModules)} /run/node_modules`,
    ...(root.folder === "/" ? [`export COALLOC_PROJECT=${quote(ROOT)}`] : []),
    command.map(quote).join(" "),
  ];
  const files = new Map([...(guest.files ?? []), ["program.mjs", await bundle(program)] as const]);
  return runGuest({ ...guest, root: root.folder, files, script: lines.join("\n") });
}

/** The program with all it imports but koffi, which has a part for each architecture. */
async function bundle(program: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(ROOT, program)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "esm",
    external: ["koffi"],
    // For packages that are no ES modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    sourcemap: "inline",
    logLevel: "error",
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error(`${program} made no bundle`);
  return file.contents;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
