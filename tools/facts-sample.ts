/**
 * `npm run facts:sample -- --kernel-source DIR [--seed N]`: draws the compatibles whose drivers a person reads to judge the extracted facts.
 *
 * Drawn are compatibles of the cached board trees that a C file below `drivers/` or `sound/` names as a match, from every subsystem its share, vendor by vendor
 * in turn, so that no vendor with many boards crowds out the others. The draw knows nothing of what is extracted: it looks for the name in the text only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/testing/random.js";
import { treeCompatibles } from "./facts/tree-compatibles.js";

/** How many are drawn below each folder; the rest of `drivers/` counts only where the file speaks of DMA. */
const SHARES: readonly (readonly [folder: string, count: number])[] = [
  ["drivers/media", 26],
  ["drivers/staging/media", 6],
  ["drivers/gpu", 26],
  ["drivers/accel", 1],
  ["drivers/misc", 1],
  ["drivers/remoteproc", 3],
  ["drivers/dma", 8],
  ["drivers/mmc", 8],
  ["drivers/usb", 8],
  ["drivers/net", 9],
  ["drivers/crypto", 5],
  ["drivers/ata", 3],
  ["drivers/ufs", 2],
  ["drivers/spi", 4],
  ["drivers/pci", 2],
  ["sound", 9],
  ["drivers", 8],
];

/** What is on I2C, SPI, MDIO or a display link has no way to memory: drawing it would only dilute the sample. */
const NO_MASTERS =
  /^drivers\/(media\/(cec|i2c|radio|rc)|gpu\/drm\/(bridge|panel)|net\/(can|dsa|mdio|phy)|usb\/typec|spi\/spidev\.c|mfd|input|misc\/[^/]*\.c)|^sound\/soc\/codecs/;

/** Compatibles that files below a folder name as a match, with the files. */
function namedMatches(source: string): Map<string, string[]> {
  const matches = new Map<string, string[]>();
  for (const top of ["drivers", "sound"]) {
    const files = readdirSync(join(source, top), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".c"),
    );
    for (const name of files.sort()) {
      const file = `${top}/${name}`;
      if (NO_MASTERS.test(file)) continue;
      const text = readFileSync(join(source, file), "utf8");
      for (const [, compatible] of text.matchAll(/\.compatible\s*=\s*"([^"]+)"/g)) {
        const known = matches.get(compatible as string) ?? [];
        if (known.at(-1) !== file) matches.set(compatible as string, [...known, file]);
      }
    }
  }
  return matches;
}

/** Puts names into a random order in which the vendors take turns. */
function vendorsInTurn(names: readonly string[], random: Random): string[] {
  const byVendor = new Map<string, string[]>();
  for (const name of shuffled(names, random)) {
    const vendor = name.split(",")[0] as string;
    byVendor.set(vendor, [...(byVendor.get(vendor) ?? []), name]);
  }
  const vendors = shuffled([...byVendor.keys()].sort(), random);
  const order: string[] = [];
  for (let turn = 0; order.length < names.length; turn += 1) {
    for (const vendor of vendors) {
      const name = byVendor.get(vendor)?.[turn];
      if (name !== undefined) order.push(name);
    }
  }
  return order;
}

function shuffled(names: readonly string[], random: Random): string[] {
  const list = [...names];
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j] as string, list[i] as string];
  }
  return list;
}

const { values } = parseArgs({
  options: { "kernel-source": { type: "string" }, seed: { type: "string", default: "612" } },
});
const source = values["kernel-source"];
if (source === undefined) {
  console.error("draw-sample: --kernel-source DIR names the unpacked source of Linux");
  process.exit(2);
}
const random = new Random(Number(values.seed));
const matches = namedMatches(source);
const inTrees = treeCompatibles(["arm64", "armhf"]);
const drawn = new Set<string>();
for (const [folder, count] of SHARES) {
  const below = [...matches].filter(
    ([compatible, files]) =>
      inTrees.has(compatible) &&
      !drawn.has(compatible) &&
      files.some(
        (file) =>
          file.startsWith(`${folder}/`) &&
          (folder !== "drivers" || /dma/i.test(readFileSync(join(source, file), "utf8"))),
      ),
  );
  for (const compatible of vendorsInTurn(below.map(([name]) => name).sort(), random).slice(0, count)) {
    drawn.add(compatible);
    console.log(`${compatible}\t${folder}\t${matches.get(compatible)?.join(" ")}`);
  }
}
