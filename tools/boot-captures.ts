/**
 * `npm run captures -- --count N --seed S [--resume] [--jobs J]`: boots Debian's arm64 kernel N times with trees, memory and command lines drawn at random, and compares what
 * the boot model predicts with what the kernel printed. Every difference is printed; exit status 1 when there is one.
 *
 * Records and consoles are kept in `.cache/boot-captures/SEED/`. With --resume those that are there are compared, not booted again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Capture } from "../test/boot/capture.js";
import { differences } from "../test/boot/compare.js";
import { BootCapturer } from "./boot-captures/capture-boot.js";
import { randomBoot } from "./boot-captures/random-boot.js";
import { openProgress } from "./debian/progress.js";
import { debianKernel } from "./kernel/kernels.js";
import { provideGuests } from "./kernel/provide.js";
import { CACHE } from "./project.js";

/** Time limit of a boot, which takes two seconds of processor time. */
const SECONDS = 120;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    resume: { type: "boolean", default: false },
  },
});
const [count, seed, jobs] = [values.count, values.seed, values.jobs].map(Number) as [number, number, number];
if (![count, seed, jobs].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error("captures: --count, --seed and --jobs are whole numbers from 1");
  process.exit(2);
}
const missing = await provideGuests();
if (missing !== null) {
  console.error(`captures: ${missing}`);
  process.exit(1);
}

const folder = join(CACHE, "boot-captures", String(seed));
mkdirSync(folder, { recursive: true });
const capturer = new BootCapturer(debianKernel("arm64"));
const progress = openProgress("captures");
let next = 0;
let done = 0;
let different = 0;
let unread = 0;

async function work(): Promise<void> {
  while (next < count) {
    const index = next++;
    const id = `${seed}-${String(index).padStart(4, "0")}`;
    try {
      const found = differences(await recordOf(id, index));
      if (found.length > 0) {
        different += 1;
        progress.say(`${id} differs\n${found.join("\n")}`);
      }
    } catch (error) {
      unread += 1;
      progress.say(`${id}: ${(error as Error).message}`);
    }
    done += 1;
    progress.now(`${done} of ${count}, ${different} differ`);
  }
}

async function recordOf(id: string, index: number): Promise<Capture> {
  const file = join(folder, `${id}.json`);
  if (values.resume && existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Capture;
  const boot = randomBoot(seed * 1_000_003 + index, capturer.sizes);
  const keep = (text: string): void => writeFileSync(join(folder, `${id}.log`), text);
  const capture = await capturer.capture(id, boot, SECONDS, keep);
  writeFileSync(file, `${JSON.stringify(capture)}\n`);
  return capture;
}

await Promise.all(Array.from({ length: jobs }, work));
progress.end();
const failed = unread === 0 ? "" : `, ${unread} without an answer`;
console.log(`${count - unread} cases, ${different} differences${failed}`);
process.exitCode = different + unread === 0 ? 0 : 1;
