#!/usr/bin/env node
/**
 * Runs a TypeScript file on a Node that has no TypeScript: bundles it (packages stay outside), keeps the bundle below
 * node_modules/.cache, and imports it.
 *
 *   node tools/run.mjs FILE.ts [ARGUMENT...]          as if FILE were the program
 *   node tools/run.mjs --main FILE.ts [ARGUMENT...]   imports FILE and calls the `main()` it exports
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const callMain = args[0] === "--main";
if (callMain) args.shift();
const file = args.shift();
if (file === undefined) {
  console.error("usage: node tools/run.mjs [--main] FILE.ts [ARGUMENT...]");
  process.exit(2);
}
const entry = resolve(file);
if (!existsSync(entry)) {
  console.error(`tools/run.mjs: no such file: ${file}`);
  process.exit(2);
}

/** @returns the path of the bundle; equal sources give one path, so runs at the same time do not disturb each other. */
async function bundle() {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
    // A bundle turns constants into variables, which V8 loads each time. This writes the plain ones in.
    minifySyntax: true,
    logLevel: "error",
  });
  const code = result.outputFiles[0].contents;
  const folder = join(root, "node_modules", ".cache", "coalloc");
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 12);
  const target = join(folder, `${basename(entry, ".ts")}-${digest}.mjs`);
  if (!existsSync(target)) {
    mkdirSync(folder, { recursive: true });
    const partial = `${target}.${process.pid}`;
    writeFileSync(partial, code);
    renameSync(partial, target);
  }
  return target;
}

const target = await bundle().catch(() => process.exit(1)); // esbuild has printed what is wrong
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], callMain ? fileURLToPath(import.meta.url) : target, ...args];
const module = await import(pathToFileURL(target).href);
if (callMain) {
  if (typeof module.main !== "function") {
    console.error(`tools/run.mjs: ${file} exports no main()`);
    process.exit(2);
  }
  await module.main();
}
