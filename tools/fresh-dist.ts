import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./project.js";

/**
 * Before tests: brings dist/ up to date with src/, because tests that start the real command run what lies in dist/. Fast
 * and without type checks; right after `npm run build` it finds nothing to do.
 */
export async function setup(): Promise<void> {
  const source = join(ROOT, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const stale = files.some((file) => {
    const target = join(ROOT, "dist", file.replace(/\.ts$/, ".js"));
    return !existsSync(target) || statSync(target).mtimeMs < statSync(join(source, file)).mtimeMs;
  });
  if (!stale) return;
  const result = await build({
    entryPoints: files.map((file) => join(source, file)),
    outbase: source,
    outdir: join(ROOT, "dist"),
    write: false,
    platform: "node",
    target: "es2023",
    format: "esm",
    logLevel: "error",
  });
  for (const { path, contents } of result.outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, contents);
    renameSync(partial, path);
  }
}
