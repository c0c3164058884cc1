import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "coalloc") return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error("no package.json of coalloc above this file");
    folder = parent;
  }
}

/** The folder of the project's package.json, wherever the calling file was bundled to. */
export const ROOT: string = findRoot();

/** Where fetched material is kept: `COALLOC_CACHE`, else `.cache` in the project. */
export const CACHE: string = process.env.COALLOC_CACHE ?? join(ROOT, ".cache");

/**
 * Parts whose absence fails a run instead of being skipped, as `COALLOC_REQUIRE` names them: `boards,chromium,dt-schema,headers,kernel`.
 * Anything else in the variable is wrong use.
 */
export function requiredParts(): ReadonlySet<string> {
  const named = (process.env.COALLOC_REQUIRE ?? "").split(",").filter((part) => part !== "");
  const known = ["boards", "chromium", "dt-schema", "headers", "kernel"];
  for (const part of named) {
    if (!known.includes(part)) throw new Error(`COALLOC_REQUIRE: ${part} is no part; parts are ${known.join(", ")}`);
  }
  return new Set(named);
}
