/**
 * `npm run facts:options -- --kernel-source DIR [--config PROFILE=FILE]...`: reads from the Makefiles of Linux which options of its configuration each driver that
 * facts name is built by, and writes `src/facts/extracted/driver-options.ts`. A `--config` for each profile, with the kernel's whole `.config`, writes
 * `src/machine/missing-driver-options.ts` too. Without a source Debian's of the kernel modelled is fetched and unpacked into the cache.
 *
 * Exit 0; 2: wrong use; 3: no source of Linux, or a file is no whole `.config` of Linux 6.12; 4: no source can be had.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DeviceFact } from "../src/facts/fact.js";
import { loadFacts } from "../src/facts/load.js";
import { missingDriverOptions, readConfig } from "../src/machine/kernel-config.js";
import { KERNEL_PROFILES } from "../src/machine/profiles.js";
import { openProgress } from "./debian/progress.js";
import { driverOptions } from "./facts/kbuild/driver-options.js";
import { missingModule, optionsModule } from "./facts/options-modules.js";
import { provideKernelSource } from "./facts/source/provide.js";
import { openSourceTree } from "./facts/source/source-tree.js";
import { ROOT } from "./project.js";

const { values } = parseArgs({
  options: { "kernel-source": { type: "string" }, config: { type: "string", multiple: true, default: [] } },
});
const configs = new Map(
  values.config.map((each): [string, string] => {
    const at = each.indexOf("=");
    return [each.slice(0, at), each.slice(at + 1)];
  }),
);
/** Kernels that are built without something. */
const profiles = [...KERNEL_PROFILES.keys()].slice(1);
if (configs.size > 0 && profiles.some((name) => !configs.has(name))) {
  console.error(`facts:options: --config is needed for each of ${profiles.join(", ")}`);
  process.exit(2);
}
const progress = openProgress("facts:options");
const named = values["kernel-source"];
const provided = named === undefined ? await provideKernelSource(progress) : { folder: named };
if ("missing" in provided) {
  console.error(`facts:options: no source of Linux: ${provided.missing}`);
  process.exit(4);
}
const tree = openSourceTree(provided.folder);
if (tree.version === null) {
  console.error(`facts:options: ${provided.folder} is no source of Linux: it has no Makefile with a version`);
  process.exit(3);
}
const base = await loadFacts();
const extracted = [...(base.extracted?.names() ?? [])].flatMap((name) => base.extracted?.of(name) ?? []);
const facts: readonly DeviceFact[] = [...base.facts, ...extracted];
const { options, files, unread } = driverOptions(facts, tree);
for (const file of unread) progress.say(`no Makefile names ${file}`);
const always = files - options.size - unread.length;
progress.say(
  `${files} files of drivers: ${options.size} with options, ${always} always built, ${unread.length} unknown`,
);
write(join("src", "facts", "extracted", "driver-options.ts"), optionsModule(options, tree.version));

if (configs.size > 0) {
  const names = [...new Set([...options.values()].flat(2))].sort();
  const missing = new Map<string, readonly string[]>();
  for (const profile of profiles) {
    const file = configs.get(profile) ?? "";
    const config = readConfig(readFileSync(file, "utf8"));
    if (config.extent !== "whole") {
      console.error(`facts:options: ${file} is no whole .config of Linux 6.12`);
      process.exit(3);
    }
    const without = missingDriverOptions(config, names, []);
    missing.set(profile, without);
    progress.say(`${profile}: without ${without.length} of ${names.length} options`);
  }
  write(join("src", "machine", "missing-driver-options.ts"), missingModule(missing));
}

function write(path: string, text: string): void {
  writeFileSync(join(ROOT, path), text);
  progress.say(`wrote ${path}: ${Buffer.byteLength(text)} bytes`);
}
