/**
 * Runs the examples of README.md: every fenced `console` block that starts with `$ npx coalloc`, and every `ts` block that starts with an import
 * of coalloc, whose output is the `text` block behind it. Called directly, it writes the outputs into the file.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./project.js";

const README = join(ROOT, "README.md");

/** README.md with every example's output as the program prints it now. Needs `npm run build` and the boards. */
export async function readmeWithOutputs(): Promise<string> {
  let text = readFileSync(README, "utf8");
  for (const [block, command] of blocks(text, /```console\n(\$ npx coalloc [^]*?[^\\])\n[^]*?```/g)) {
    text = text.replace(block, () => `\`\`\`console\n${command}\n${runCommand(command)}\`\`\``);
  }
  for (const [block, code] of blocks(text, /```ts\n(import [^]*?)```\n\n```text\n[^]*?```/g)) {
    const output = await runCode(code);
    text = text.replace(block, () => `\`\`\`ts\n${code}\`\`\`\n\n\`\`\`text\n${output}\`\`\``);
  }
  return text;
}

function blocks(text: string, pattern: RegExp): [block: string, code: string][] {
  return [...text.matchAll(pattern)].map((match) => [match[0], match[1] as string]);
}

/** A command as the README shows it, lines joined at backslashes, at 80 columns without colour; both streams as a terminal shows them. */
function runCommand(command: string): string {
  const words = command
    .replace(/^\$ npx coalloc /, "")
    .replaceAll("\\\n", " ")
    .trim()
    .split(/\s+/);
  const run = spawnSync(process.execPath, [join(ROOT, "bin", "coalloc.js"), ...words], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "80", NO_COLOR: "1" },
  });
  return run.stdout + run.stderr;
}

async function runCode(code: string): Promise<string> {
  const folder = join(ROOT, "node_modules", ".cache", "coalloc", `readme-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const file = join(folder, "example.mjs");
    await build({
      stdin: { contents: code, resolveDir: ROOT, loader: "ts" },
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      // Packages written for require() ask for Node's own modules by it.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      alias: { coalloc: join(ROOT, "src", "index.ts") },
      logLevel: "error",
    });
    const run = spawnSync(process.execPath, [file], { cwd: ROOT, encoding: "utf8" });
    return run.stdout + run.stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(README, await readmeWithOutputs());
}
