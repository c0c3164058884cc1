import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unpackPackage } from "./debian/apt.js";
import { installPackages } from "./debian/install.js";
import { fetchPackage } from "./debian/packages.js";
import { openProgress } from "./debian/progress.js";
import { findProgram } from "./kernel/programs.js";
import { CACHE } from "./project.js";
import { makeWholeFolder } from "./whole-folder.js";

/** Programs that judge device trees, with the packages of Debian that have them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  dtc: "device-tree-compiler",
  fdtoverlay: "device-tree-compiler",
  "dt-mk-schema": "dt-schema",
  "dt-validate": "dt-schema",
};

/** The last series of Linux that had the bindings of reserved memory itself, and after which dt-schema has them. */
const LAST_WITH_BINDINGS = /^linux-doc-6\.1$/;

/** Bindings of Linux that an older dt-schema lacks: `reserved-memory/*.yaml`. */
const BINDINGS: string = join(CACHE, "bindings");

/** What of a schema's address says that it is the binding of reserved memory. */
const RESERVED_MEMORY = "/schemas/reserved-memory/reserved-memory.yaml#";

/**
 * The schemas that device trees are judged by, in the form of `dt-mk-schema -j`: those of dt-schema, with the bindings of reserved memory from Linux
 * where it is older than having them. Null where a program or the bindings are missing; installs nothing.
 */
export function processedSchemas(): string | null {
  if (lackingPackages().length > 0) return null;
  const run = spawnSync("dt-mk-schema", ["-j", ...(existsSync(BINDINGS) ? [BINDINGS] : [])], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return run.status === 0 && run.stdout.includes(RESERVED_MEMORY) ? run.stdout : null;
}

/**
 * Makes sure that device trees can be compiled and judged by schemas: as root, installs Debian's packages of the programs that are missing; fetches bindings of
 * Linux where dt-schema lacks those of reserved memory.
 *
 * @returns null, or one sentence about what cannot be had
 */
export async function provideDtSchema(): Promise<string | null> {
  const lacking = lackingPackages();
  const refused = lacking.length === 0 ? null : installPackages("dt-schema", lacking);
  if (refused !== null) return `${lacking.join(" and ")} missing, and ${refused}`;
  if (processedSchemas() !== null) return null;
  const unfetched = await fetchBindings();
  if (unfetched !== null) return unfetched;
  return processedSchemas() === null ? "dt-mk-schema makes no schema of reserved memory" : null;
}

function lackingPackages(): readonly string[] {
  const lacking = Object.entries(PROGRAMS).filter(([program]) => findProgram(program) === null);
  return [...new Set(lacking.map(([, name]) => name))];
}

async function fetchBindings(): Promise<string | null> {
  const progress = openProgress("dt-schema");
  const fetched = await fetchPackage("amd64", LAST_WITH_BINDINGS, progress);
  progress.end();
  if ("missing" in fetched) return fetched.missing;
  const { deb } = fetched.package;
  return makeWholeFolder(BINDINGS, async (work) => {
    const unpacked = await unpackPackage(deb, work, ["*/devicetree/bindings/reserved-memory/*.yaml.gz"]);
    if (unpacked !== null) return unpacked;
    const files = readdirSync(work, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gz"));
    for (const file of files) {
      const name = file.slice(file.lastIndexOf("/") + 1, -".gz".length);
      writeFileSync(join(work, name), gunzipSync(readFileSync(join(work, file))));
    }
    rmSync(join(work, "usr"), { recursive: true });
    return null;
  });
}
