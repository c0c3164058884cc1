/**
 * `npm run lockfile`: completes package-lock.json with the packages of other platforms.
 *
 * Tools such as biome and oxlint bring one binary package per platform, as optional dependencies pinned to one version. A registry mirror that
 * holds only some of them makes npm leave the rest out of the lock file, and `npm ci` then refuses the file. The missing entries
 * are written here from the pins; the platform is in the name. They carry no hash: npm skips them everywhere but on their platform.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missingOptionals } from "./lockfile/missing-optionals.js";
import { ROOT } from "./project.js";

const OS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPU = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

const file = join(ROOT, "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
const missing = missingOptionals(lock);
for (const { name, version, parent } of missing) {
  const words = name.split(/[-/]/);
  const os = OS.find((word) => words.includes(word));
  const cpu = CPU.find((word) => words.includes(word));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
    console.error(`lockfile: ${name}@${version} names no platform or no single version; npm has to resolve it`);
    process.exit(1);
  }
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : words.includes("gnu") ? "glibc" : null;
  lock.packages[`node_modules/${name}`] = {
    version,
    cpu: [cpu],
    ...(lock.packages[parent].dev && { dev: true }),
    ...(libc !== null && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(sorted);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`lockfile: ${missing.length} entries added`);
