/** The generated files about driver options: `src/facts/extracted/driver-options.ts` and `src/machine/missing-driver-options.ts`. */
import { posix } from "node:path";
import type { BuildOptions } from "../../src/facts/driver-options.js";

/** Width of the lists of names. */
const WIDTH = 116;

/** The module with the options of each file. */
export function optionsModule(options: ReadonlyMap<string, BuildOptions>, kernel: string): string {
  const lines: string[] = [];
  let folder: string | null = null;
  for (const [file, choices] of [...options].sort(([a], [b]) => (byFolder(a) < byFolder(b) ? -1 : 1))) {
    if (posix.dirname(file) !== folder) {
      folder = posix.dirname(file);
      lines.push(`${folder}/`);
    }
    const written = choices.map((choice) => choice.map(withoutPrefix).join("+")).join("|");
    lines.push(`${posix.basename(file)} ${written}`);
  }
  return `/** Written by \`npm run facts:options\` from the Makefiles of Linux ${kernel}: what each driver's file is built by, as \`readDriverOptions()\` reads it. */
export const DRIVER_OPTIONS: string = \`${lines.join("\n")}\`;
`;
}

/** Files of one folder beside each other, before those of its subfolders. */
function byFolder(file: string): string {
  return `${posix.dirname(file)}/\u0000${posix.basename(file)}`;
}

/**
 * The module with the options that kernels are built without.
 *
 * @param missing - by name of the kernel's profile
 */
export function missingModule(missing: ReadonlyMap<string, readonly string[]>): string {
  const lists = [...missing].map(([profile, options]) => {
    const name = `${profile
      .replace(/-[\d.]+$/, "")
      .toUpperCase()
      .replaceAll("-", "_")}_WITHOUT`;
    return `/** Of \`${profile}\`. */
export const ${name}: readonly string[] = listed(\`
${wrapped(options.map(withoutPrefix))}
\`);
`;
  });
  return `/** Written by \`npm run facts:options\`: options of drivers that the kernels of profiles are built without. */

function listed(names: string): readonly string[] {
  return names
    .trim()
    .split(/\\s+/)
    .map((name) => \`CONFIG_\${name}\`);
}

${lists.join("\n")}`;
}

function withoutPrefix(option: string): string {
  return option.replace(/^CONFIG_/, "");
}

function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
